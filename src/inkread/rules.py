"""Ink -> ink without the page's furniture: ruled and squared paper, box borders, underlines, page edges.

A rule is straight, thin, and much longer than the writing is high; a box side ends at other rules or at the
edge of the picture. Rules are taken out where nothing crosses them, so that a digit that stands on a line or
touches its box keeps its strokes. This module does not know what a digit looks like: only how long and how
straight its strokes can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import Pieces, find_pieces, quantile
from inkread.reading import Box, Rejected

__all__ = ["remove_rules"]

_STEEPEST = 0.12
"""Rules rise by at most this much per pixel (7°); paper is seldom photographed more askew."""
_SHORTEST = 7.5
"""Rules are at least this many pens long: one and a half times as long as writing is high, and that is five pens."""
_MANY, _DARKER = 12, 1.25
"""Of so many rules, what is darker by so much is no part: on squared paper, strokes cross them everywhere."""
_SQUARED = 4
"""So many long straight runs, none of which is a rule, may be squared paper."""


@dataclass(frozen=True)
class _Line:
    """A straight horizontal run of ink (in a transposed map: a vertical one)."""

    box: Box
    pixels: NDArray[np.bool_]
    """(height, width) of the box: the ink that belongs to the run."""


def remove_rules(
    ink: NDArray[np.float32],
    pieces: Pieces | None = None,
    contrast: Callable[[], NDArray[np.float32]] | None = None,
) -> tuple[NDArray[np.float32], tuple[Rejected, ...]]:
    """The ink (H, W) float32 without rules, and what was taken out, as boxes in pixels of ``ink``.

    ``pieces`` are those of ``ink``, if they are known; ``contrast`` makes the map that the ink was found in, so that of
    many rules that are fainter than the writing nothing is left. The caller's array is not altered; it is what comes
    back where there is no rule.
    """
    pieces = find_pieces(ink) if pieces is None else pieces
    if not len(pieces):
        return ink, ()
    pen = pieces.pen
    rules, sides, height = _find_rules((pieces.labels > 0).view(np.uint8), pen)
    if not rules and not sides:
        return ink, ()
    taken = tuple(Rejected(line.box, "rule") for line in rules + sides)
    if contrast is not None and len(taken) >= _MANY:
        darker = _darker(ink, contrast(), [*rules, *sides], pen)
        if darker is not None:
            return darker, taken
    cleaned = ink.copy()
    for line in rules:
        _erase(cleaned, line, pen)
    for line in sides:
        _erase(cleaned.T, _turned(line), pen)
    _erase_crumbs(cleaned, ink, height)
    _erase_ends(cleaned, rules, height, pen)
    _erase_ends(cleaned.T, [_turned(line) for line in sides], height, pen)
    return cleaned, taken


def _darker(
    ink: NDArray[np.float32], contrast: NDArray[np.float32], lines: Sequence[_Line], pen: float
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
    return np.clip((contrast - np.float32(faint)) / np.float32(dark - faint), 0, 1)


def _find_rules(mask: NDArray[np.uint8], pen: float) -> tuple[list[_Line], list[_Line], float]:
    """The rules that run across, the sides of boxes that run down, and the height of the writing in pixels."""
    nothing: tuple[list[_Line], list[_Line], float] = ([], [], 0.0)
    rows, columns = mask.shape
    across = _straight_runs(mask, pen, _SHORTEST * pen)
    height, count = _writing_height(mask, across, pen) if across else (0.0, 0)
    rules = [line for line in across if _is_rule(line.box, columns, height, count)]
    if not rules and len(across) >= _SQUARED:
        # Of squared paper, what is left between the lines hangs on those that run down, and seems as high as they are.
        grid = across + [
            line
            for line in map(_turned, _straight_runs(_turned_mask(mask), pen))
            if line.box.height > rows / 2
        ]
        height, count = _writing_height(mask, grid, pen)
        rules = [line for line in across if _is_rule(line.box, columns, height, count)]
    # Without a rule to end at, only what runs from edge to edge can be the side of a box.
    first, last = (0, rows) if rules else (0.03 * rows + 3.5 * pen, rows - 0.03 * rows - 3.5 * pen)
    _, top, _, written = cv2.boundingRect(mask)
    if not rules and (top > first or top + written < last):
        return nothing
    down = [_turned(line) for line in _straight_runs(_turned_mask(mask), pen)]
    down = [side for side in down if rules or (side.box.top <= first and side.box.bottom >= last)]
    if down:
        height = _writing_height(mask, rules + down, pen)[0] or _writing_height(mask, across, pen)[0]
    if height == 0 or not (rules or down):
        return nothing  # nothing but straight lines: a 1, a dash, or a drawing of rules
    sides = [line for line in down if _is_side(line.box, rules, rows, height, pen)]
    return rules, sides, height


def _turned_mask(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask.T)


def _turned(line: _Line) -> _Line:
    box = line.box
    return _Line(Box(box.top, box.left, box.bottom, box.right), line.pixels.T)


def _straight_runs(mask: NDArray[np.uint8], pen: float, longest: float = 0.0) -> list[_Line]:
    """Horizontal runs of ink longer than a letter's stroke, straight and thin; none if none is at least ``longest``."""
    first, _, width, _ = cv2.boundingRect(mask)
    shortest = max(3, round(7 * pen))
    if shortest >= mask.shape[1] or shortest > width:
        return []
    written = np.s_[:, first : first + width]
    bridged = cv2.morphologyEx(mask[written], cv2.MORPH_CLOSE, np.ones((1, max(1, round(pen))), np.uint8))
    inner = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    if not cv2.countNonZero(inner):
        return []
    runs = np.zeros_like(mask)
    runs[written] = inner
    # A sloping rule is a staircase of runs: one pixel up and down joins its steps, and gaps of a few pens.
    reach = 2 * round(3.5 * pen) + 1
    joined = cv2.dilate(runs, np.ones((3, reach), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found: list[_Line] = []
    for label, (left, top, w, h) in enumerate(stats[1:, :4].tolist(), 1):
        if w < 1.5 * shortest or h > _STEEPEST * w + 7 * pen + 4:
            continue
        window = np.s_[top : top + h, left : left + w]
        pixels = (labels[window] == label) & (runs[window] > 0) & (mask[window] > 0)
        line = _trimmed(pixels, left, top)
        if line is not None:
            found.append(line)
    if max((line.box.width for line in found), default=0) < longest:
        return []
    return [line for line in found if _is_straight(line, pen) and _stands_free(line, mask, pen)]


def _trimmed(pixels: NDArray[np.bool_], left: int, top: int) -> _Line | None:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if rows.size == 0:
        return None
    inner = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    left, top = left + int(columns[0]), top + int(rows[0])
    return _Line(Box(left, top, left + inner.shape[1], top + inner.shape[0]), inner)


def _is_straight(line: _Line, pen: float) -> bool:
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


def _stands_free(line: _Line, mask: NDArray[np.uint8], pen: float) -> bool:
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


def _writing_height(mask: NDArray[np.uint8], lines: list[_Line], pen: float) -> tuple[float, int]:
    """Height of the writing between the lines, in pixels (0.0: there is none), and of how many parts it is."""
    rest = mask.copy()
    for line in lines:
        box = line.box
        rest[box.top : box.bottom, box.left : box.right][line.pixels] = 0
    # Strokes broken by less than two pens belong together: the halves of a digit would look like low writing.
    reach = max(1, round(pen))
    left, top, width, written = cv2.boundingRect(rest)
    rest = rest[max(0, top - reach) : top + written + reach, max(0, left - reach) : left + width + reach]
    joined = cv2.dilate(rest, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas = np.bincount(labels[rest > 0], minlength=len(stats))[1:]
    # Not the longer side: a row of joined digits would pass for one huge one, and its neighbours for crumbs.
    heights = stats[1:, cv2.CC_STAT_HEIGHT] - 2.0 * reach
    heights = heights[(heights >= 5 * pen) & (areas >= 8 * pen * pen)]
    return (quantile(heights, 0.6) if heights.size else 0.0), heights.size


def _is_rule(box: Box, extent: int, height: float, count: int) -> bool:
    """A horizontal line is a rule if it is far longer than the writing is high, or crosses the picture.

    ``count`` is of how many parts the writing is: the foot of a lone 2 or 1 may well cross a tight picture.
    """
    margin = 0.03 * extent + 1
    crosses = box.left <= margin and box.right >= extent - margin and count > 1
    return box.width >= (1.5 if crosses else 2.5) * height


def _is_side(box: Box, rules: list[_Line], extent: int, height: float, pen: float) -> bool:
    """A vertical line is a box side if both its ends lie at rules or at the edge of the picture.

    Free-standing ones are left alone: the stem of a 4 is many times as high as what is left of the 4 without
    it, and without a rule at either end a tall 1 in a tight crop would do as well.
    """
    margin = 0.03 * extent + 3.5 * pen
    ends = [box.top <= margin, box.bottom >= extent - margin]
    at_rule = False
    for rule in rules:
        if rule.box.left - 3.5 * pen <= box.right and rule.box.right + 3.5 * pen >= box.left:
            touches = [
                rule.box.top - 3.5 * pen <= end <= rule.box.bottom + 3.5 * pen
                for end in (box.top, box.bottom)
            ]
            ends = [known or touching for known, touching in zip(ends, touches, strict=True)]
            at_rule |= any(touches)
    return all(ends) and box.height >= (1.15 if at_rule else 4.0) * height


def _erase(ink: NDArray[np.float32], line: _Line, pen: float) -> None:
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


def _erase_crumbs(cleaned: NDArray[np.float32], ink: NDArray[np.float32], height: float) -> None:
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


def _erase_ends(ink: NDArray[np.float32], lines: list[_Line], height: float, pen: float) -> None:
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
