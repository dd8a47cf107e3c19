"""How far boxes lie on each other: left, top, right, bottom in rows of arrays, in any unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_areas", "iou_matrix", "is_covered"]

Boxes = NDArray[np.float32]
_LEAST_SIDE = 1e-3
"""Sides of boxes that are empty or turned over are taken for this."""
_LEAST_ASPECT = 0.4
"""Boxes of thin symbols count as wide as this share of their height, and low ones as high: a pixel beside a 1 is near
it, though the boxes may have no pixel in common."""


def common_areas(boxes: Boxes, others: Boxes) -> tuple[Boxes, Boxes, Boxes]:
    """Areas (n, m) that boxes (n, 4) and (m, 4) have in common, and the areas (n,) and (m,) of each."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    own, theirs = (
        np.prod(np.maximum(each[:, 2:] - each[:, :2], _LEAST_SIDE), axis=1) for each in (boxes, others)
    )
    return np.prod(np.maximum(high - low, 0), axis=2), own, theirs


def iou_matrix(boxes: Boxes, others: Boxes) -> Boxes:
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4), thin ones widened: 0 apart, 1 the same."""
    common, own, theirs = common_areas(_widened(boxes), _widened(others))
    return np.asarray(common / (own[:, None] + theirs[None] - common), np.float32)


def is_covered(boxes: Boxes, by: Boxes, most: float) -> NDArray[np.bool_]:
    """Which boxes (n, 4) share more than ``most`` of the smaller area with one of others (m, 4)."""
    common, own, theirs = common_areas(boxes, by)
    return np.asarray((common > most * np.minimum(own[:, None], theirs[None])).any(axis=1))


def _widened(boxes: Boxes) -> Boxes:
    """The boxes with their shorter sides at least ``_LEAST_ASPECT`` of the longer ones, around the same middles."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], _LEAST_SIDE)
    room = np.maximum(0, _LEAST_ASPECT * sides.max(axis=1, keepdims=True) - sides) / 2
    return np.asarray(np.concatenate([boxes[:, :2] - room, boxes[:, 2:] + room], axis=1), np.float32)
