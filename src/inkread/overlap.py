"""How far boxes lie on each other: left, top, right, bottom in rows of arrays, in any unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_areas", "iou_matrix"]

Boxes = NDArray[np.float32]
_LEAST_SIDE = 1e-3
"""Sides of boxes that are empty or turned over are taken for this."""


def common_areas(boxes: Boxes, others: Boxes) -> tuple[Boxes, Boxes, Boxes]:
    """Areas (n, m) that boxes (n, 4) and (m, 4) have in common, and the areas (n,) and (m,) of each."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    own, theirs = (
        np.prod(np.maximum(each[:, 2:] - each[:, :2], _LEAST_SIDE), axis=1) for each in (boxes, others)
    )
    return np.prod(np.maximum(high - low, 0), axis=2), own, theirs


def iou_matrix(boxes: Boxes, others: Boxes) -> Boxes:
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4): 0 apart, 1 the same."""
    common, own, theirs = common_areas(boxes, others)
    return np.asarray(common / (own[:, None] + theirs[None] - common), np.float32)
