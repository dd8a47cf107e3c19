"""Pieces of ink -> those that are the binding of a notebook: a row of holes or rings along an edge of the picture.

People do not write the same shape at the same distance from edge to edge of a page, binders do. This module does not
know what a digit looks like: rings are read as 0, and holes with a wire as 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box

__all__ = ["find_bindings"]

_OUTERMOST = 0.12
"""A binding lies within this share of the picture from its edge."""
_LONGEST = 0.6
"""The least share of the edge that a binding covers."""
_FEWEST = 6
"""The least number of rings of a binding."""
_ALIKE = 0.15
"""Rings differ by at most this share in width, in height, and in their place across."""
_EVEN = 0.1
"""Distances of rings differ by at most this share from the usual one, or from a multiple where rings are missed."""
_SAME = 0.7
"""Intersection over union of each, on average, with what most of them have."""
_GRID = 16
_MISSED, _MOSTLY = 2, 0.8
"""So many in a row may not have been seen; and so much of the distances must be even."""

Floats = NDArray[np.float64]


def find_bindings(boxes: Mapping[int, Box], labels: NDArray[np.int32]) -> list[int]:
    """The names, among those of ``boxes``, of all pieces in the strip of paper that a binding takes up.

    ``labels`` (h, w) int32 tells which piece each pixel belongs to.
    """
    if len(boxes) < _FEWEST:
        return []
    names = np.array(list(boxes))
    edges = np.array([box.to_list() for box in boxes.values()], np.float64)
    height, width = labels.shape
    found: set[int] = set()
    for across, far in ((0, False), (0, True), (1, False), (1, True)):
        extent, length = (width, height) if across == 0 else (height, width)
        low, high = edges[:, across], edges[:, across + 2]
        near, away = (extent - high, extent - low) if far else (low, high)
        outer = np.flatnonzero(away <= _OUTERMOST * extent)
        start, end = edges[outer, 1 - across], edges[outer, 3 - across]
        for rings in _rows_of_rings(near[outer], away[outer], start, end, length):
            chosen = outer[rings]
            if _look_alike([boxes[int(name)] for name in names[chosen]], names[chosen], labels):
                strip = away[chosen].max() + _ALIKE * float(np.median(away[chosen] - near[chosen]))
                found.update(int(name) for name in names[away <= strip])
    return sorted(found)


def _rows_of_rings(
    near: Floats, away: Floats, start: Floats, end: Floats, length: int
) -> Iterator[NDArray[np.int64]]:
    """Which of the pieces are of one size and stand in one row at even distances, row by row.

    Each reaches from ``near`` the edge ``away`` from it, and from ``start`` to ``end`` along it, ``length`` pixels
    long.
    """
    left = np.ones(len(near), bool)
    for i in range(len(near)):
        if not left[i] or left.sum() < _FEWEST:
            continue
        deep, long = away[i] - near[i], end[i] - start[i]
        alike = (
            left
            & (np.abs(away - near - deep) <= _ALIKE * deep)
            & (np.abs(end - start - long) <= _ALIKE * long)
        )
        row = np.flatnonzero(alike & (np.abs(near - near[i]) <= _ALIKE * max(deep, long)))
        left[row] = False
        if len(row) < _FEWEST:
            continue
        steps = np.diff(np.sort(start[row] + end[row]) / 2)
        usual = float(np.median(steps))
        times = np.rint(steps / max(usual, 1.0))
        even = (np.abs(steps - times * usual) <= _EVEN * usual) & (times >= 1) & (times <= _MISSED + 1)
        if even.mean() >= _MOSTLY and steps.sum() + usual >= _LONGEST * length:
            yield row


def _look_alike(rings: Sequence[Box], names: NDArray[np.int64], labels: NDArray[np.int32]) -> bool:
    """Whether the rings are of one shape: printed digits at even distances are not."""
    shapes = []
    for box, name in zip(rings, names, strict=True):
        own = (labels[box.top : box.bottom, box.left : box.right] == name).astype(np.float32)
        shapes.append(cv2.resize(own, (_GRID, _GRID), interpolation=cv2.INTER_AREA) >= 0.5)
    each = np.array(shapes)
    most = each.mean(axis=0) >= 0.5
    shared, either = (each & most).sum(axis=(1, 2)), (each | most).sum(axis=(1, 2))
    return float(np.mean(shared / np.maximum(either, 1))) >= _SAME
