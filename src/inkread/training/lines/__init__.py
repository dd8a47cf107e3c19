"""Training the network that reads whole lines: made lines of writing, the network, and its ONNX file.

What is shared with the network for single glyphs (hands, pens, marks, the order of a run) stays in ``training``.
"""
