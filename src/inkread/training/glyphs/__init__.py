"""The network for single glyphs, in the order of a lesson: samples -> network -> fit.

augment      light and full augmentation          negatives     what is no digit, and cut digits
samples      pools of glyphs with labels          prefetch      the next pool, made meanwhile
networks     the layers                           own_network   FILE.py:function
optimizers   optimizers and schedules             teachers      networks to learn from
learner      a step, and averaged weights         tasks         samples, loss and score of a network
fit          a run, resumable
"""
