"""The network for single glyphs, in the order of a lesson: samples -> network -> fit.

samples      pools of glyphs with labels          augment       light and full augmentation
negatives    what is no digit, and cut digits     dataset       samples of each epoch
prefetch     the next pool, made meanwhile        networks      the layers
own_network  FILE.py:function                     optimizers    optimizers and schedules
learner      loss and batches                     stepper       a step, and averaged weights
teachers     networks to learn from               tasks         glyphs or lines
fit          a run, resumable
"""
