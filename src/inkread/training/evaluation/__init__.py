"""How well a network reads: figures, plots, a report, and the thresholds chosen on validation data.

validation   accuracy on held-out data            metrics         probabilities and labels -> figures
report       one page of HTML                     plots, curves   drawings by matplotlib
threshold    the threshold of doubt               calibrate       temperature scaling of probabilities
"""
