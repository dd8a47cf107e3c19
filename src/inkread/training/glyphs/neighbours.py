"""Digits as they are cut from a neighbour that they touch: a little of the digit is lost, a little of the other left.

What reading cuts apart is seldom cut where the pen had lifted. A network that has only seen whole digits takes a 5
with the tip of the next digit at its foot for anything.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.glyphs.negatives import cropped, on_canvas

Ink = NDArray[np.float32]

_LEAST_KEPT, _MOST_LEFT = 0.88, 0.1
"""Shares of the digit's ink: how much of it a cut keeps at least, and how much of the neighbour's it leaves at most."""
_TRIES = 5


def cut_from(ink: Ink, neighbour: Ink, rng: np.random.Generator) -> Ink:
    """Ink (112, 112) float32, 0 … 1, of the digit in ``ink`` after it was cut from ``neighbour`` at its left or right.

    Both are (112, 112) float32. The digit stays as it is where no cut through the two would leave it to be read.
    """
    mirrored = bool(rng.random() < 0.5)
    own, other = (cropped(each[:, ::-1] if mirrored else each) for each in (ink, neighbour))
    height, width = own.shape
    scale = height / max(other.shape[0], 1) * rng.uniform(0.75, 1.25)
    if neighbour_is_flat := other.shape[0] < 0.4 * other.shape[1]:
        scale = 0.4 * height / other.shape[1]
    size_wh = max(2, round(other.shape[1] * scale)), max(2, round(other.shape[0] * scale))
    other = np.asarray(cv2.resize(other, size_wh), np.float32)
    overlap = round(rng.uniform(-0.02, 0.22) * min(width, other.shape[1]))
    drop = round((0.3 if neighbour_is_flat else rng.uniform(-0.15, 0.15)) * height)
    mine, foreign = _side_by_side(own, other, width - overlap, drop)
    total = max(float(mine.sum()), 1e-6)
    ys, xs = np.mgrid[0 : mine.shape[0], 0 : mine.shape[1]]
    for _ in range(_TRIES):
        at = width - overlap / 2 + rng.uniform(-0.1, 0.1) * width
        kept = xs < at + rng.uniform(-0.4, 0.4) * (ys - mine.shape[0] / 2)
        lost, left = 1 - float(mine[kept].sum()) / total, float(foreign[kept].sum()) / total
        if lost <= 1 - _LEAST_KEPT and left <= _MOST_LEFT:
            cut = np.where(kept, np.maximum(mine, foreign), np.float32(0))
            return on_canvas(cut[:, ::-1] if mirrored else cut)
    return ink


def _side_by_side(first: Ink, second: Ink, at: int, drop: int) -> tuple[Ink, Ink]:
    """Both on canvases of one size, the second ``at`` pixels to the right and ``drop`` down."""
    top = max(-drop, 0)
    height = max(top + first.shape[0], top + drop + second.shape[0])
    width = max(first.shape[1], at + second.shape[1])
    a, b = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    a[top : top + first.shape[0], : first.shape[1]] = first
    b[top + drop : top + drop + second.shape[0], at : at + second.shape[1]] = second
    return a, b
