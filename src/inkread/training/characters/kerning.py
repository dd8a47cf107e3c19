"""Ink beside ink: how far to the left a digit can be moved until it meets what is already written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """``ink`` (h, w) float32, 0 paper … 1 ink, and where its left upper pixel lies."""

    ink: NDArray[np.float32]
    left: int
    top: int

    @property
    def box(self) -> Box:
        height, width = self.ink.shape
        return Box(self.left, self.top, self.left + width, self.top + height)


def contact_left(placed: Sequence[Placed], ink: NDArray[np.float32], top: int, reach: int) -> int:
    """The leftmost place of ``ink`` at which none of its rows meets the last two ``placed``; rows up to ``reach``
    pixels away count as the same."""
    starts = _edges(ink)
    best = -(10**6)
    for each in placed[-2:]:
        ends = each.ink.shape[1] - _edges(each.ink[:, ::-1])
        if reach:
            ends = cv2.dilate(ends.astype(np.float32), np.ones((2 * reach + 1, 1))).ravel()
        first, stop = max(top, each.top), min(top + len(starts), each.top + len(ends))
        if first < stop:
            mine, others = starts[first - top : stop - top], ends[first - each.top : stop - each.top]
            best = max(best, round(float((each.left + others - mine).max())))
    return best if best > -(10**6) else placed[-1].box.right


def _edges(ink: NDArray[np.float32]) -> NDArray[np.float64]:
    """The first column of ink of each row (h,); far beyond the last where a row has none."""
    inked = ink >= 0.5
    return np.where(inked.any(axis=1), inked.argmax(axis=1).astype(np.float64), 10.0**5)
