"""How wide the strokes are, and where ink hangs together: the yardsticks that every stage shares.

Sizes in inkread scale with stroke width or digit height, never with raw pixels. This module knows only ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box

__all__ = [
    "LineOfInk",
    "Pieces",
    "find_pieces",
    "page_stroke_width",
    "part_stroke_widths",
    "pixels_of",
    "quantile",
    "stroke_width",
]

_FEW = 3
"""So many labels are compared one by one; more are looked up in a table."""


@dataclass(frozen=True)
class LineOfInk:
    """Where a line's ink is: the labels of its pieces in a label map, and the box around them, in its pixels.

    ``height`` is that of its digits; their middle lies at ``level`` at the left edge of the box, and ``slope`` lower
    for each pixel to the right of it.
    """

    labels: Sequence[int]
    box: Box
    height: float
    level: float
    slope: float = 0.0


@dataclass(frozen=True, eq=False)
class Pieces:
    """The connected pieces (also corner to corner) of an ink map, found once and looked at by several stages."""

    labels: NDArray[np.int32]
    """(h, w), the pieces numbered from 1; 0: paper."""
    boxes_ltwh: NDArray[np.int32]
    """(n, 4), left, top, width and height of each; entry 0, the paper's, means nothing."""
    areas: NDArray[np.int64]
    """(n,) area in pixels, 0 for the paper."""
    outlines: NDArray[np.float64]
    """(n,) length of the outline in pixels."""

    def __len__(self) -> int:
        """The number of pieces, without the paper."""
        return len(self.areas) - 1

    @cached_property
    def widths(self) -> NDArray[np.float64]:
        """(n,) mean stroke width of each piece, in pixels."""
        return 2.0 * self.areas / np.maximum(self.outlines, 1.0)

    @cached_property
    def pen(self) -> float:
        """The usual stroke width, in pixels, 0.0 without ink: the median over the pieces, weighted by the length of
        their strokes and somewhat by their height, so that neither dust nor a blot decides; pieces at the edge of
        the picture may be a table or a thumb and count less."""
        return (
            _usual_width(self.widths, self.outlines, self.boxes_ltwh, self.labels.shape) if len(self) else 0.0
        )

    @cached_property
    def written_ltwh(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the rectangle around all ink; zeros without any."""
        if not len(self):
            return 0, 0, 0, 0
        if len(self) == 1:
            left, top, width, height = self.boxes_ltwh[1].tolist()
            return left, top, width, height
        corners = self.boxes_ltwh[1:, :2]
        left, top = corners.min(axis=0)
        right, bottom = (corners + self.boxes_ltwh[1:, 2:]).max(axis=0)
        return int(left), int(top), int(right - left), int(bottom - top)

    def only(self, kept: NDArray[np.bool_]) -> Pieces:
        """The pieces of which ``kept`` (n,) says so, numbered anew in the same order; entry 0 must be True."""
        if kept.all():
            return self
        numbers = (np.cumsum(kept) - 1).astype(np.int32) * kept
        left, top, width, height = self.written_ltwh
        written = np.s_[top : top + height, left : left + width]
        labels = np.zeros_like(self.labels)
        labels[written] = numbers[self.labels[written]]
        return Pieces(labels, self.boxes_ltwh[kept], self.areas[kept], self.outlines[kept])


def find_pieces(ink: NDArray[np.float32]) -> Pieces:
    """The pieces of an ink map (h, w) float32, 0 paper … 1 ink: ink is what is at least half of it."""
    mask = (ink >= 0.5).view(np.uint8)
    # Most of a page is bare: only the rectangle that is written on is looked at, from even pixels on, because
    # OpenCV numbers pieces in squares of 2 × 2.
    left, top, width, height = cv2.boundingRect(mask)
    labels = np.zeros(ink.shape, np.int32)
    if not width:
        return Pieces(labels, np.zeros((1, 4), np.int32), np.zeros(1, np.int64), np.zeros(1))
    first_row, first_column = top & ~1, left & ~1
    written = np.s_[first_row : top + height, first_column : left + width]
    # Small numbers, where they suffice for as many pieces as there can be, are written in half the time.
    kind = cv2.CV_16U if (height + 3) * (width + 3) < 4 * 65_536 else cv2.CV_32S
    n, own, stats, _ = cv2.connectedComponentsWithStats(mask[written], connectivity=8, ltype=kind)
    labels[written] = own
    boxes = stats[:, :4] + np.array([first_column, first_row, 0, 0], np.int32)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    return Pieces(labels, boxes, areas, _outlines(own, n))


def pixels_of(labels: NDArray[np.int32], parts: Sequence[int]) -> NDArray[np.bool_]:
    """Where in ``labels`` (h, w), 0 or more, one of the ``parts`` (at least one) is: ``numpy.isin``, but sooner."""
    if len(parts) <= _FEW:
        own = labels == parts[0]
        for part in parts[1:]:
            own |= labels == part
        return own
    chosen = np.zeros(max(int(labels.max(initial=0)), *parts) + 1, bool)
    chosen[list(parts)] = True
    return chosen[labels]


def stroke_width(ink: NDArray[np.float32]) -> float:
    """Mean width of the strokes in ``ink`` (h, w), 0 paper … 1 ink, in pixels; 0.0 where there is no ink.

    Twice the area over the perimeter, which is exact for a long strip of constant width. The perimeter is
    the total variation, so soft edges need no threshold.
    """
    left, top, width, height = cv2.boundingRect((ink > 0).view(np.uint8))
    if not width:
        return 0.0
    ink = ink[top : top + height, left : left + width]
    padded = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    # On squares of 2 × 2, as a falling edge then counts as much as a rising one.
    rising = cv2.subtract(padded[:-1, 1:], padded[1:, :-1])
    falling = cv2.subtract(padded[1:, 1:], padded[:-1, :-1])
    perimeter = float(cv2.magnitude(rising, falling).sum()) * float(np.sqrt(0.5))
    return 2.0 * float(ink.sum()) / perimeter if perimeter > 0 else 0.0


def part_stroke_widths(labels: NDArray[np.int32], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean stroke width of each part, and the length of its outline, both (n,) in pixels; entry 0 is the paper's.

    ``labels`` (h, w) int32 numbers the parts from 1 to ``n`` - 1.
    """
    outlines = _outlines(labels, n)
    areas = np.bincount(labels[labels > 0], minlength=n)
    return 2.0 * areas / np.maximum(outlines, 1.0), outlines


def page_stroke_width(labels: NDArray[np.int32], boxes_ltwh: NDArray[np.int32]) -> float:
    """The usual stroke width of a page of connected parts, as ``Pieces.pen``; 0.0 without any.

    ``labels`` (h, w) int32 numbers the parts from 1; ``boxes_ltwh`` (n, 4) are their left, top, width and height
    (entry 0, the paper, is ignored), as OpenCV gives them.
    """
    if len(boxes_ltwh) < 2:
        return 0.0
    widths, outlines = part_stroke_widths(labels, len(boxes_ltwh))
    return _usual_width(widths, outlines, boxes_ltwh, labels.shape)


def quantile(values: Sequence[float] | NDArray[Any], share: float) -> float:
    """``numpy.quantile`` of (n,) numbers, n > 0, in a tenth of its time where they are few."""
    ordered = np.sort(np.asarray(values, np.float64))
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (at - low))


def _outlines(labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """The length of the outline (n,) of each part in ``labels`` (h, w) int32, 0: paper; entry 0 is 0."""
    padded = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    mask = (padded > 0).view(np.uint8)
    inner = cv2.erode(mask, _CROSS)
    at = np.flatnonzero(mask != inner)
    flat, row = mask.ravel(), padded.shape[1]
    # A pixel with paper on two sides of a corner is crossed by the edge from corner to corner.
    left, right, up, down = (flat[at + step] for step in (-1, 1, -row, row))
    lengths = _CORNER[left + up] + _CORNER[right + down]
    return np.asarray(np.bincount(padded.ravel()[at], weights=lengths, minlength=n), np.float64)


_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_CORNER = np.array([np.sqrt(2.0), 1.0, 0.0])
"""The length of the edge at a corner of a pixel, by how many of the two neighbours there are ink."""


def _usual_width(
    widths: NDArray[np.float64],
    outlines: NDArray[np.float64],
    boxes_ltwh: NDArray[np.int32],
    shape: tuple[int, ...],
) -> float:
    if len(widths) == 2:
        return float(widths[1])
    left, top, width, height = boxes_ltwh.T[:4]
    inside = (left > 0) & (top > 0) & (left + width < shape[1]) & (top + height < shape[0])
    weights = (outlines * np.sqrt(height) * np.where(inside, 1.0, 0.2))[1:]
    order = np.argsort(widths[1:])
    reached = np.cumsum(weights[order])
    return float(widths[1:][order][np.searchsorted(reached, reached[-1] / 2)])
