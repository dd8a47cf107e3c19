"""Takes rules out of ink, and leaves the strokes that cross them.

Where the print is fainter than the pen, all that is no darker goes; else the lines themselves, save where something
crosses. This module does not know how rules are found.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import Pieces, quantile
from inkread.rules.runs import Rule

__all__ = ["darker_than", "erase", "erase_crumbs", "erase_ends", "erase_pieces"]

_DARKER, _FULL = 1.25, 1.3
"""Writing is darker than the rules by at least this factor; what is so by the second is surely ink."""


def darker_than(
    ink: NDArray[np.float32], contrast: NDArray[np.float32], lines: Sequence[Rule], pen: float
) -> NDArray[np.float32] | None:
    """What is darker than the lines, as ink; None if the writing is hardly darker than they are."""
    mask = np.zeros(ink.shape, np.uint8)
    for line in lines:
        box = line.box
        mask[box.top : box.bottom, box.left : box.right] |= line.pixels
    reach = 2 * max(1, round(pen)) + 1
    beside = (ink >= 0.9) & (cv2.dilate(mask, np.ones((reach, reach), np.uint8)) == 0)
    if not beside.any():
        return None
    # Where a stroke runs along a rule, the rule is as dark as the stroke; and some of the paper's print is left beside.
    faint, dark = quantile(contrast[mask > 0], 0.9), quantile(contrast[beside], 0.7)
    if dark < _DARKER * faint:
        return None
    full = min(dark, _FULL * faint)  # paler pens than the darkest are ink, too
    return np.clip((contrast - np.float32(faint)) / np.float32(full - faint), 0, 1)


def erase(ink: NDArray[np.float32], line: Rule, pen: float) -> None:
    """Clears the line from ``ink``, in place, except where a stroke crosses it."""
    margin = max(1, round(0.6 * pen))
    box = line.box
    top, bottom = max(0, box.top - 3 * margin), min(ink.shape[0], box.bottom + 3 * margin)
    left, right = max(0, box.left - margin), min(ink.shape[1], box.right + margin)
    band = np.zeros((bottom - top, right - left), np.uint8)
    band[box.top - top : box.bottom - top, box.left - left : box.right - left] = line.pixels
    band = cv2.dilate(band, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    window = ink[top:bottom, left:right]
    strokes = ((window >= 0.5) & (band == 0)).astype(np.uint8)
    near = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    touching = cv2.dilate(strokes, near) & band
    rows = np.arange(band.shape[0])[:, None]
    middle = (band * rows).sum(axis=0) / np.maximum(band.sum(axis=0), 1)
    above = (touching * (rows < middle)).any(axis=0)
    below = (touching * (rows > middle)).any(axis=0)
    width = 2 * max(1, round(1.1 * pen)) + 1
    both = _widened(above, width) & _widened(below, width)
    crossing = _widened(both, 3)
    window[(band > 0) & ~crossing[None, :]] = 0


def erase_pieces(ink: NDArray[np.float32], pieces: Pieces, lines: Sequence[Rule]) -> NDArray[np.float32]:
    """The ink without the ``pieces`` that the lines are of, and without their soft edges."""
    gone = np.zeros(len(pieces) + 1, bool)
    for line in lines:
        box = line.box
        gone[pieces.labels[box.top : box.bottom, box.left : box.right][line.pixels]] = True
    gone[0] = False
    near = cv2.dilate(gone[pieces.labels].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(near & (gone[pieces.labels] | (pieces.labels == 0)), np.float32(0), ink)


def erase_crumbs(cleaned: NDArray[np.float32], ink: NDArray[np.float32], height: float) -> None:
    """Clears, in place, what is left of the rules themselves: small pieces that lay against them."""
    taken = cv2.dilate(((ink >= 0.5) & (cleaned < 0.5)).astype(np.uint8), np.ones((3, 3), np.uint8))
    mask = (cleaned >= 0.5).astype(np.uint8)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    beside = np.zeros(n, bool)
    beside[np.unique(labels[(taken > 0) & (mask > 0)])] = True
    small = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) < 0.5 * height
    crumbs = beside & small
    crumbs[0] = False
    if crumbs.any():
        gone = cv2.dilate(crumbs[labels].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        cleaned[gone & ((mask == 0) | crumbs[labels])] = 0


def erase_ends(ink: NDArray[np.float32], lines: list[Rule], height: float, pen: float) -> None:
    """Clears, in place, thin pieces in line with the horizontal ``lines``: ends that were bent or too faint."""
    if not lines:
        return
    mask = np.ascontiguousarray(ink >= 0.5).astype(np.uint8)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for i in range(1, n):
        left, top, w, h = (int(value) for value in stats[i, :4])
        if h > 2.5 * pen or w < 2 * h:
            continue
        for line in lines:
            box = line.box
            level = top >= box.top - 2 * pen and top + h <= box.bottom + 2 * pen
            if level and left <= box.right + 0.5 * height and left + w >= box.left - 0.5 * height:
                window = ink[max(0, top - 2) : top + h + 2, max(0, left - 2) : left + w + 2]
                own = labels[max(0, top - 2) : top + h + 2, max(0, left - 2) : left + w + 2]
                window[(own == i) | (own == 0)] = 0
                break


def _widened(columns: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    return cv2.dilate(columns.astype(np.uint8)[None, :], np.ones((1, width), np.uint8))[0] > 0
