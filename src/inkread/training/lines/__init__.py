"""The network that reads whole lines, in the order of a lesson: made lines -> network -> learner -> export.

texts        what stands in a line                signs         marks, letters and words as ink
writing      one writer's line                    degradation   joins, specks, rules, blur
samples      strips with labels                   network       classes and layers
learner      pools, loss, figures of an epoch     evaluate      figures on held-out lines
export       ONNX, parity
"""
