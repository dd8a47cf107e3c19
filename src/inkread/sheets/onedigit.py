"""Which digit is it, if it is one? Ink of boxes -> probabilities, by the public ``Reader``.

A box holds one character, so nothing has to be cut: the ink as a whole is one glyph. This module does not know how a
glyph is made, nor which network reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader

__all__ = ["NOT_A_DIGIT", "digit_probabilities"]

NOT_A_DIGIT = 10
"""The last column."""
_MARKS = 0.05
"""How much rarer a mark (such as a dash) is in a box for a digit than among what the network learned from."""
_NEITHER = 0.2
"""The same of what is neither digit nor mark. Both were chosen on made pages with validation digits:
see docs/decisions/2026-11-21-exam-sheets.md."""


def digit_probabilities(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Probabilities (n, 11) float32 of 0 … 9 and of "not a digit" for each ink (h, w), 0 paper … 1 ink, of one box.

    The network has learned from as many marks and scrawls as a page may have; in a box they are rare. So its scores are
    divided by the shares they were learned with and multiplied by those of boxes (Saerens et al. 2002, "Adjusting the
    outputs of a classifier to new a priori probabilities").
    """
    scores = reader.classify_ink(inks)
    weights = [1.0 if name.isdigit() else _MARKS if len(name) == 1 else _NEITHER for name in reader.classes]
    weighed = scores * np.array(weights, np.float32)
    digits = weighed[:, :10] / np.maximum(weighed.sum(axis=1, keepdims=True), np.float32(1e-9))
    return np.concatenate([digits, np.maximum(0, 1 - digits.sum(axis=1, keepdims=True))], axis=1)
