"""Which digit is it, if it is one? Ink of boxes -> probabilities, by the public ``Reader``.

A box holds one character, so nothing has to be cut: the ink as a whole is one glyph. This module does not know how a
glyph is made, nor which network reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader, Steps

__all__ = ["NOT_A_DIGIT", "digit_probabilities"]

NOT_A_DIGIT = 10
"""The last column."""
_NONE = np.eye(11, dtype=np.float32)[NOT_A_DIGIT]
_CELL = 128
"""Pixels from one ink to the next, …"""
_INK = 64
"""… and of its longer side: far enough apart that no two are taken for one."""
_AT_ONCE = 3
"""Inks on one picture: of so few, a reader never thinks that the picture lies on its side."""


def digit_probabilities(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Probabilities (n, 11) float32 of 0 … 9 and of "not a digit" for each ink (h, w), 0 paper … 1 ink, of one box."""
    if not inks:
        return np.zeros((0, 11), np.float32)
    found = [_read_row(reader, inks[i : i + _AT_ONCE]) for i in range(0, len(inks), _AT_ONCE)]
    return np.concatenate(found)


def _eleven(scores: NDArray[np.float32], classes: Sequence[str]) -> NDArray[np.float32]:
    """Scores (C,) of one glyph as the ten digits and all else together.

    A slanted 1 looks like a slash, which a box for a digit cannot hold: where it is rather a 1, the slash is left out.
    """
    shares = dict(zip(classes, scores.astype(np.float64).tolist(), strict=True))
    if shares["1"] > shares.get("/", 0.0):
        shares.pop("/", None)
    total = max(sum(shares.values()), 1e-9)
    digits = np.array([shares[str(value)] for value in range(10)]) / total
    return np.append(digits, max(0.0, 1.0 - digits.sum())).astype(np.float32)


def _read_row(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Puts the inks far apart on one picture, and takes what the reader's steps say of each."""
    row = np.zeros((_CELL, len(inks) * _CELL), np.float32)
    for i, ink in enumerate(inks):
        small = _fit(ink)
        height, width = small.shape
        x, y = i * _CELL + (_CELL - width) // 2, (_CELL - height) // 2
        row[y : y + height, x : x + width] = small
    steps = reader.steps(np.rint(255 - 255 * row).astype(np.uint8))
    if steps.reading.turned_degrees:  # then nothing is where it was put, and a 6 may be a 9
        return np.tile(_NONE, (len(inks), 1))
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
    left, right = i * _CELL * steps.scale, (i + 1) * _CELL * steps.scale
    own = [j for j, candidate in enumerate(steps.candidates) if left <= candidate.box.centre[0] < right]
    if not own:
        return _NONE
    best = max(own, key=lambda j: steps.candidates[j].box.area)
    return _eleven(steps.scores[best], steps.classes)
