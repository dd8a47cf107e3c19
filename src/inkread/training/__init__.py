"""Makes the network: data, augmentation, recipe, training, export.

Nothing that reads imports this room; training meets reading in a file, ``model/digits.onnx``.
Keras is imported inside the functions that need it: importing these modules needs only the base install.
"""
