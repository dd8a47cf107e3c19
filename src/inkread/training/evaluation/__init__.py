"""How well a network reads: figures, plots, a report, and the thresholds chosen on validation data.

validation   accuracy on held-out data            metrics         probabilities and labels -> figures
matching     digits read and digits written       plots, curves   drawings by matplotlib
report       one page of HTML                     contact_sheet   the worst mistakes
threshold    from which confidence on             calibrate       how far probabilities are sharpened
"""
