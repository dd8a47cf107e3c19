"""The network that reads lines (Keras 3), its classes, and how columns become a number.

Input: strips (n, 32, w, 1) float32, 0 paper … 1 ink, w a multiple of 4. Output: logits (n, w / 2, 12) of ``CLASSES``
for each two columns. Connectionist temporal classification (Graves et al. 2006): a class that is seen in several
columns on end is read once, and "nothing" stands between two that are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inkread.lines.strips import STRIP_HEIGHT
from inkread.training.glyphs.networks import convolution, import_keras
from inkread.training.recipe import LINES_FILTERS

DIGITS: Final = "0123456789"
CLASSES: Final = ("nothing", *DIGITS, "mark")
"""The network's outputs in order. Marks are one class: which one it is, the network for single glyphs tells."""
LABELLED_MARKS: Final = "-/.,()+:"
"""The marks. Other signs (= # * $ %) and letters have no class."""
_NOTHING, _MARK = 0, len(CLASSES) - 1


def label_of(symbol: str) -> int | None:
    """The class of a symbol in a line; None for what is not to be read."""
    if symbol in DIGITS:
        return 1 + int(symbol)
    return _MARK if symbol in LABELLED_MARKS else None


def text_of(labels: Sequence[int]) -> str:
    """The digits among classes."""
    return "".join(DIGITS[label - 1] for label in labels if _NOTHING < label < _MARK)


def read_off(columns: NDArray[np.floating[Any]]) -> str:
    """The digits in the likeliest class of each column (T, 12): the greedy decoding of Graves et al., 3.2."""
    return text_of([label for label, _ in groupby(columns.argmax(axis=1).tolist())])


def edits(read: str, written: str) -> int:
    """The fewest digits to be put in, left out or changed to make one of the other (Levenshtein 1966)."""
    row = list(range(len(written) + 1))
    for i, own in enumerate(read, 1):
        above, row = row, [i, *row[1:]]
        for j, other in enumerate(written, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (own != other))
    return row[-1]


def build_network(filters: tuple[int, ...] = LINES_FILTERS) -> Any:
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
