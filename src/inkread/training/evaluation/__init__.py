"""How well a network reads: figures, plots, a report, and the thresholds chosen on validation data.

metrics      probabilities and labels -> figures  validation      held-out data, and the sharpness it asks for
curves       figures of epochs                    plots           drawings by matplotlib
report       one page of HTML                     threshold       the threshold of doubt
"""
