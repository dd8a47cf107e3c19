"""The network's cells -> detections: local maxima of the centre score, and non-maximum suppression of boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.detection.detections import Detections

__all__ = ["STRIDE", "PeakSettings", "peaks_of", "without_duplicates"]

STRIDE: Final = 4
"""Pixels of a cell's side."""


@dataclass(frozen=True, slots=True)
class PeakSettings:
    """``least_score`` of a centre, and how much boxes of one symbol overlap."""

    least_score: float = 0.1
    most_iou: float = 0.4
    """Two boxes that overlap by more are one symbol."""
    most_covered: float = 0.75
    """So is a box that lies in another one by more, if it is not much smaller:"""
    least_area: float = 0.2
    """its area over the other's."""


def peaks_of(cells: NDArray[np.float32], scale: float, settings: PeakSettings = PeakSettings()) -> Detections:
    """Detections in the network's output (h, w, C + 6), in pixels of the picture before it was resized by ``scale``.

    Channels: centre score, C class probabilities, printed, distances to left, top, right and bottom in pixels.
    """
    scores = np.ascontiguousarray(cells[..., 0])
    highest = cv2.dilate(scores, np.ones((3, 3), np.uint8))
    ys, xs = np.nonzero((scores >= highest) & (scores >= settings.least_score))
    at = cells[ys, xs]
    middles = (np.stack([xs, ys], axis=1).astype(np.float32) + 0.5) * STRIDE
    edges = np.concatenate([middles - at[:, -4:-2], middles + at[:, -2:]], axis=1)
    boxes = np.asarray(edges / np.float32(scale), np.float32)
    return Detections(boxes, at[:, 0], at[:, 1:-5], at[:, -5], np.full(len(at), scale, np.float32))


def without_duplicates(
    boxes: NDArray[np.float32], preference: NDArray[np.float32], settings: PeakSettings = PeakSettings()
) -> NDArray[np.intp]:
    """Indices, in order, of the boxes (n, 4) that no preferred one covers.

    Greedy non-maximum suppression by ``preference`` (n,).
    """
    order = np.argsort(-preference, kind="stable")
    boxes = boxes[order]
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3), axis=1)
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if not alive[i]:
            continue
        low = np.maximum(boxes[i, :2], boxes[i + 1 :, :2])
        high = np.minimum(boxes[i, 2:], boxes[i + 1 :, 2:])
        common = np.prod(np.maximum(high - low, 0), axis=1)
        smaller, larger = np.minimum(areas[i], areas[i + 1 :]), np.maximum(areas[i], areas[i + 1 :])
        same = common > settings.most_iou * (smaller + larger - common)
        same |= (common > settings.most_covered * smaller) & (smaller > settings.least_area * larger)
        alive[i + 1 :] &= ~same
    return np.sort(order[alive])
