"""What is read off the columns of a line: nothing, one of ten digits, or a mark; and how columns become a number.

Connectionist temporal classification (Graves, Fernández, Gomez, Schmidhuber 2006): a class that is seen in several
columns on end is read off once, and "nothing" stands between two that are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = "0123456789"
CLASSES: Final = ("nothing", *DIGITS, "mark")
"""The network's outputs in order. Marks are one class: which one it is, the network for single glyphs tells."""
LABELLED_MARKS: Final = "-/.,()+:"
"""What is a mark; other signs (= # * $ %) and letters are nothing, as all that numbers are not made of."""
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
