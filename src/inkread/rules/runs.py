"""A mask of ink -> its straight runs: long, thin, level, and with paper above and below.

This module does not know which of them are rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import quantile
from inkread.reading import Box

__all__ = ["Rule", "straight_runs", "turned", "turned_mask"]

_STEEPEST = 0.12
"""Rules rise by at most this much per pixel (7°); paper is seldom photographed more askew."""


@dataclass(frozen=True)
class Rule:
    """A straight horizontal run of ink (in a transposed map: a vertical one)."""

    box: Box
    pixels: NDArray[np.bool_]
    """(height, width) of the box: the ink that belongs to the run."""


def turned(line: Rule) -> Rule:
    box = line.box
    return Rule(Box(box.top, box.left, box.bottom, box.right), line.pixels.T)


def turned_mask(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask.T)


def straight_runs(mask: NDArray[np.uint8], pen: float, longest: float = 0.0) -> list[Rule]:
    """Horizontal runs of ink longer than a letter's stroke, straight and thin; none if none is at least ``longest``."""
    first, top, width, height = cv2.boundingRect(mask)
    shortest = max(3, round(7 * pen))
    if shortest >= mask.shape[1] or max(shortest, longest) > width:
        return []
    written = mask[top : top + height, first : first + width]
    bridged = cv2.morphologyEx(written, cv2.MORPH_CLOSE, np.ones((1, max(1, round(pen))), np.uint8))
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    if not cv2.countNonZero(runs):
        return []
    # A sloping rule is a staircase of runs: one pixel up and down joins its steps, and gaps of a few pens.
    reach = round(3.5 * pen)
    above, before = min(1, top), min(reach, first)
    below, behind = min(1, mask.shape[0] - top - height), min(reach, mask.shape[1] - first - width)
    runs = cv2.copyMakeBorder(runs, above, below, before, behind, cv2.BORDER_CONSTANT, value=0)
    first_row, first_column = top - above, first - before
    near = mask[first_row : top + height + below, first_column : first + width + behind]
    joined = cv2.dilate(runs, np.ones((3, 2 * reach + 1), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found: list[Rule] = []
    for label, (left, top, w, h) in enumerate(stats[1:, :4].tolist(), 1):
        if w < 1.5 * shortest or h > _STEEPEST * w + 7 * pen + 4:
            continue
        window = np.s_[top : top + h, left : left + w]
        pixels = (labels[window] == label) & (runs[window] > 0) & (near[window] > 0)
        line = _trimmed(pixels, first_column + left, first_row + top)
        if line is not None:
            found.append(line)
    if max((line.box.width for line in found), default=0) < longest:
        return []
    return [line for line in found if _is_straight(line, pen) and _stands_free(line, mask, pen)]


def _trimmed(pixels: NDArray[np.bool_], left: int, top: int) -> Rule | None:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if rows.size == 0:
        return None
    inner = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    left, top = left + int(columns[0]), top + int(rows[0])
    return Rule(Box(left, top, left + inner.shape[1], top + inner.shape[0]), inner)


def _is_straight(line: Rule, pen: float) -> bool:
    """Whether the run keeps to a gentle curve, is unbroken for the most part, and no thicker than a bar."""
    columns = np.flatnonzero(line.pixels.any(axis=0))
    if columns.size < 0.85 * line.box.width:
        return False
    thickness = line.pixels.sum(axis=0)[columns]
    if quantile(thickness, 0.5) > 5 * pen + 2:
        return False
    rows = np.arange(line.box.height, dtype=np.float32)
    middle = (rows @ line.pixels.astype(np.float32))[columns] / thickness
    return quantile(_off_curve(columns, middle), 0.9) <= 1.8 * pen + 1


def _off_curve(x: NDArray[np.int64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each point (n,) lies above or below the parabola that is nearest to all of them (least squares)."""
    if len(x) < 4:
        return np.zeros(len(x))
    at = 2 * (x - x[0]) / (x[-1] - x[0]) - 1
    powers = np.stack([np.ones(len(x)), at, at * at])
    fitted = np.linalg.solve(powers @ powers.T, powers @ y) @ powers
    return np.abs(y - fitted)


def _stands_free(line: Rule, mask: NDArray[np.uint8], pen: float) -> bool:
    """Whether most of the run has paper above and below: the feet of a row of digits do not."""
    margin = max(1, round(0.9 * pen))
    columns = np.flatnonzero(line.pixels.any(axis=0))
    rows = line.pixels[:, columns]
    first = line.box.top + rows.argmax(axis=0) - margin - 1
    last = line.box.bottom - rows[::-1].argmax(axis=0) + margin
    x = line.box.left + columns
    above = np.where(first >= 0, mask[np.maximum(first, 0), x], 0)
    below = np.where(last < mask.shape[0], mask[np.minimum(last, mask.shape[0] - 1), x], 0)
    return float(np.mean((above == 0) & (below == 0))) >= 0.5
