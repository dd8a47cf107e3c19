"""Networks as files: Keras -> ONNX and its card, and files of other people.

export        a run or a Keras file -> ONNX       onnx_export   Keras' exporter, with names and weights
card          what is known of a network          parity        Keras and ONNX must agree
loading       any format -> something that reads  conversion    the process that opens Keras files
keras_file    .keras and .h5, safely              keras2        networks of Keras 2
input_range   numbers for paper and ink           test_glyphs   digits to try a network with
"""
