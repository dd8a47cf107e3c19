"""The network for single glyphs, in the order of a lesson: samples -> network -> fit.

samples      pools of glyphs with labels          augment              another hand, pen and scanner
negatives    what is no digit                     light_augmentation   turn, slant, stretch, shift
neighbours   digits cut from neighbours           variants             augmentation, to look at
dataset      samples of each epoch                prefetch             the next pool, made meanwhile
networks     the layers                           optimizers           optimizers and schedules
learner      loss and batches                     stepper              a step, and averaged weights
teachers     networks to learn from               tasks                glyphs or lines
fit          a run, resumable
"""
