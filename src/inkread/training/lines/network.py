"""The network that reads lines: a list of layers to be read from top to bottom (Keras 3).

Input: strips (n, 32, w, 1) float32, 0 paper … 1 ink, w a multiple of 4. Output: logits (n, w / 2, 12) of the classes
of the ``alphabet``, for each two columns of the strip.
"""

from __future__ import annotations

from typing import Any

from inkread.strips import STRIP_HEIGHT
from inkread.training.glyphs.networks import convolution, import_keras
from inkread.training.lines.alphabet import CLASSES
from inkread.training.lines.recipe import FILTERS


def build_network(filters: tuple[int, ...] = FILTERS) -> Any:
    """A fresh, uncompiled network; ``filters`` are those of each convolution down to a single row.

    Four strided convolutions make one row of the 32; two more look to the left and right, so that each column sees
    some 30 pixels to either side, wider than a digit. There is no recurrent layer, as in Graves et al.: what stands far
    away says nothing about a digit. The last layer says two columns' classes at each place, since reducing the width
    by four leaves narrow ones too few places (1's that touch).
    """
    keras = import_keras()
    first, second, third, fourth, fifth, last = filters
    layers = [
        *convolution(keras, first, size=4, strides=2),
        *convolution(keras, second),
        *convolution(keras, third, strides=2),
        *convolution(keras, fourth),
        *convolution(keras, fifth, strides=(2, 1)),
        *convolution(keras, last, size=(4, 1), strides=(4, 1), padding="valid"),
        *convolution(keras, last, size=(1, 5)),
        keras.layers.Dropout(0.2),
        *convolution(keras, last, size=(1, 5)),
        keras.layers.Dropout(0.2),
        keras.layers.Conv2D(2 * len(CLASSES), 1),
        keras.layers.Reshape((-1, len(CLASSES)), name="logits"),
    ]
    return keras.Sequential([keras.Input((STRIP_HEIGHT, None, 1), name="strips"), *layers], name="lines")


def is_for_lines(model: Any) -> bool:
    """Whether a Keras network takes strips and gives what is read off their columns."""
    takes, gives = tuple(model.inputs[0].shape[1:]), tuple(model.outputs[0].shape[1:])
    return takes == (STRIP_HEIGHT, None, 1) and gives[1:] == (len(CLASSES),)
