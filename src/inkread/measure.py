"""How wide the strokes are: the one yardstick that every stage shares.

Sizes in inkread scale with stroke width or digit height, never with raw pixels. This module knows only ink.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["page_stroke_width", "part_stroke_widths", "stroke_width"]


def stroke_width(ink: NDArray[np.float32]) -> float:
    """Mean width of the strokes in ``ink`` (h, w), 0 paper … 1 ink, in pixels; 0.0 where there is no ink.

    Twice the area over the perimeter, which is exact for a long strip of constant width. The perimeter is
    the total variation, so soft edges need no threshold.
    """
    padded = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    # On squares of 2 × 2, as a falling edge then counts as much as a rising one.
    rising, falling = padded[:-1, 1:] - padded[1:, :-1], padded[1:, 1:] - padded[:-1, :-1]
    perimeter = float(cv2.magnitude(rising, falling).sum()) * float(np.sqrt(0.5))
    return 2.0 * float(ink.sum()) / perimeter if perimeter > 0 else 0.0


def part_stroke_widths(labels: NDArray[np.int32], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean stroke width of each part, and the length of its outline, both (n,) in pixels; entry 0 is the paper's.

    ``labels`` (h, w) int32 numbers the parts from 1 to ``n`` - 1.
    """
    # Most of a page is bare: only the rectangle that is written on is looked at.
    left, top, width, height = cv2.boundingRect((labels > 0).astype(np.uint8))
    written = labels[top : top + height, left : left + width]
    padded = cv2.copyMakeBorder(written, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    flat, row = padded.ravel(), padded.shape[1]
    at = np.flatnonzero(flat)
    own = flat[at]
    left, right, up, down = (flat[at + step] == 0 for step in (-1, 1, -row, row))
    # A pixel with paper on two sides of a corner is crossed by the edge from corner to corner.
    outline = np.bincount(own, weights=np.hypot(left, up) + np.hypot(right, down), minlength=n)
    widths = 2.0 * np.bincount(own, minlength=n) / np.maximum(outline, 1.0)
    return widths, outline.astype(np.float64)


def page_stroke_width(labels: NDArray[np.int32], boxes_ltwh: NDArray[np.int32]) -> float:
    """The usual stroke width of a page of connected parts, in pixels; 0.0 without any.

    ``labels`` (h, w) int32 numbers the parts from 1; ``boxes_ltwh`` (n, 4) are their left, top, width and height
    (entry 0, the paper, is ignored), as OpenCV gives them. The median over the parts, weighted by the length of
    their strokes and somewhat by their height, so that neither dust nor a blot decides; parts at the edge of the
    picture may be a table or a thumb and count less.
    """
    n = len(boxes_ltwh)
    if n < 2:
        return 0.0
    widths, outline = part_stroke_widths(labels, n)
    left, top, width, height = boxes_ltwh.T[:4]
    inside = (left > 0) & (top > 0) & (left + width < labels.shape[1]) & (top + height < labels.shape[0])
    weights = (outline * np.sqrt(height) * np.where(inside, 1.0, 0.2))[1:]
    order = np.argsort(widths[1:])
    reached = np.cumsum(weights[order])
    return float(widths[1:][order][np.searchsorted(reached, reached[-1] / 2)])
