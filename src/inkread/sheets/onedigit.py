"""Which digit is it, if it is one? Ink of boxes -> probabilities, by the public ``Reader``.

A box holds one character, so nothing has to be cut: the ink as a whole is one glyph. This module does not know how a
glyph is made, nor which network reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader, Steps

__all__ = ["NOT_A_DIGIT", "digit_probabilities"]

NOT_A_DIGIT = 10
"""The last column."""
_CELL = 96
_INK = 44
_ROW = 8
_AT_ONCE = 40


@runtime_checkable
class _ReadsInk(Protocol):
    """A reader that takes the ink of one character as it is."""

    def classify_ink(self, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]: ...


def digit_probabilities(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Probabilities (n, 11) float32 of 0 … 9 and of "not a digit" for each ink (h, w), 0 paper … 1 ink, of one box."""
    if not inks:
        return np.zeros((0, 11), np.float32)
    if isinstance(reader, _ReadsInk):
        return _eleven(reader.classify_ink(inks))
    found = [_read_sheet(reader, inks[i : i + _AT_ONCE]) for i in range(0, len(inks), _AT_ONCE)]
    return np.concatenate(found)


def _eleven(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores (n, C ≥ 10) as the ten digits and all else together."""
    digits = scores[:, :10]
    return np.concatenate([digits, np.maximum(0, 1 - digits.sum(axis=1, keepdims=True))], axis=1).astype(
        np.float32
    )


def _read_sheet(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Puts the inks far apart on one picture, and takes what the reader's steps say of each."""
    rows = -(-len(inks) // _ROW)
    sheet = np.zeros((rows * _CELL, _ROW * _CELL), np.float32)
    for i, ink in enumerate(inks):
        small = _fit(ink)
        height, width = small.shape
        x, y = (i % _ROW) * _CELL + (_CELL - width) // 2, (i // _ROW) * _CELL + (_CELL - height) // 2
        sheet[y : y + height, x : x + width] = small
    steps = reader.steps(np.rint(255 - 255 * sheet).astype(np.uint8))
    return np.stack([_of_cell(steps, i) for i in range(len(inks))])


def _fit(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    if not rows.size:
        return np.zeros((1, 1), np.float32)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _INK / max(ink.shape)
    size_wh = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return cv2.resize(ink, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _of_cell(steps: Steps, i: int) -> NDArray[np.float32]:
    """What was found in one place of the picture: the candidate that covers most of the ink there."""
    side = _CELL * steps.scale
    x, y = (i % _ROW) * side, (i // _ROW) * side
    best, most = -1, 0
    for j, candidate in enumerate(steps.candidates):
        middle_x, middle_y = candidate.box.centre
        if x <= middle_x < x + side and y <= middle_y < y + side and candidate.box.area > most:
            best, most = j, candidate.box.area
    if best < 0:
        return np.eye(11, dtype=np.float32)[NOT_A_DIGIT]
    return _eleven(steps.scores[best : best + 1])[0]
