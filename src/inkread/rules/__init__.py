"""Ink -> ink without the page's furniture: ruled and squared paper, box borders, underlines, page edges.

A rule is straight, thin, and much longer than the writing is high; a box side ends at other rules or at the
edge of the picture. Rules are taken out where nothing crosses them, so that a digit that stands on a line or
touches its box keeps its strokes. This module does not know what a digit looks like: only how long and how
straight its strokes can be.

    runs      straight runs of ink        erasing   what is taken out, and what stays
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import Pieces, find_pieces, quantile
from inkread.reading import Box, Rejected
from inkread.rules.erasing import darker_than, erase, erase_crumbs, erase_ends, erase_pieces
from inkread.rules.runs import Rule, straight_runs, turned, turned_mask

__all__ = ["remove_rules"]

_SHORTEST = 7.5
"""Rules are at least this many pens long: one and a half times as long as writing is high, and that is five pens."""
_SHORTEST_FREE = 12.5
"""Those that end within the picture are longer: two and a half times as long as writing is high."""
_MANY = 4
"""Of so many rules, what is much darker is no part: on squared paper, strokes cross and follow them everywhere."""
_SQUARED = 4
"""So many long straight runs, none of which is a rule, may be squared paper."""


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
    if height == 0:
        return erase_pieces(ink, pieces, [*rules, *sides]), taken
    if contrast is not None and len(taken) >= _MANY:
        darker = darker_than(ink, contrast(), [*rules, *sides], pen)
        if darker is not None:
            return darker, taken
    cleaned = ink.copy()
    for line in rules:
        erase(cleaned, line, pen)
    for line in sides:
        erase(cleaned.T, turned(line), pen)
    erase_crumbs(cleaned, ink, height)
    erase_ends(cleaned, rules, height, pen)
    erase_ends(cleaned.T, [turned(line) for line in sides], height, pen)
    return cleaned, taken


def _find_rules(mask: NDArray[np.uint8], pen: float) -> tuple[list[Rule], list[Rule], float]:
    """The rules that run across, the sides of boxes that run down, and the height of the writing in pixels.

    That is 0.0 where there is none between them: bare paper.
    """
    rows, columns = mask.shape
    first, last = 0.03 * rows + 3.5 * pen, rows - 0.03 * rows - 3.5 * pen
    left, top, width, written = cv2.boundingRect(mask)
    from_top_to_bottom = top <= first and top + written >= last
    crosses = from_top_to_bottom or (left <= 0.03 * columns + 1 and left + width >= 0.97 * columns - 1)
    across = straight_runs(mask, pen, (_SHORTEST if crosses else _SHORTEST_FREE) * pen)
    rules, height = _rules_across(mask, across, pen)
    # Without a rule to end at, only what runs from edge to edge can be the side of a box.
    if rules:
        down = _straight_runs_down(mask, pen)
    elif from_top_to_bottom:
        down = _straight_runs_down(mask, pen, last - first)
        down = [side for side in down if side.box.top <= first and side.box.bottom >= last]
    else:
        return [], [], 0.0
    return _sides_of_boxes(mask, pen, across, rules, down, height)


def _straight_runs_down(mask: NDArray[np.uint8], pen: float, shortest: float = 0.0) -> list[Rule]:
    """The straight runs of ink that run down, at least ``shortest`` pixels long."""
    return [turned(line) for line in straight_runs(turned_mask(mask), pen, shortest)]


def _rules_across(mask: NDArray[np.uint8], across: list[Rule], pen: float) -> tuple[list[Rule], float]:
    """The rules among the straight runs ``across``, and the height of the writing between all of these in pixels."""
    rows, columns = mask.shape
    height, count = _writing_height(mask, across, pen) if across else (0.0, 0)
    rules = [line for line in across if _is_rule(line.box, columns, height, count)]
    if not rules and len(across) >= _SQUARED:
        # On squared paper, the ink between the lines hangs on the vertical lines and seems as high as they are.
        grid = across + [line for line in _straight_runs_down(mask, pen) if line.box.height > rows / 2]
        height, count = _writing_height(mask, grid, pen)
        rules = [line for line in across if _is_rule(line.box, columns, height, count)]
    return rules, height


def _sides_of_boxes(
    mask: NDArray[np.uint8],
    pen: float,
    across: list[Rule],
    rules: list[Rule],
    down: list[Rule],
    height: float,
) -> tuple[list[Rule], list[Rule], float]:
    """The ``rules``, those of the runs ``down`` that are sides of boxes, and the height of the writing in pixels."""
    between = _writing_height(mask, rules + down, pen)[0] if down else height
    if rules and between == 0 and all(_crosses(line.box, mask.shape) for line in rules + down):
        return rules, down, 0.0
    if down:
        height = between or _writing_height(mask, across, pen)[0]
    if height == 0 or not (rules or down):
        return [], [], 0.0  # nothing but straight lines: a 1, a dash, or a drawing of rules
    sides = [line for line in down if _is_side(line.box, rules, mask.shape[0], height, pen)]
    return rules, sides, height


def _writing_height(mask: NDArray[np.uint8], lines: list[Rule], pen: float) -> tuple[float, int]:
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


def _crosses(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a line runs from one edge of the picture to another, or leaves out what a margin takes."""
    rows, columns = shape
    start, end, extent = (
        (box.left, box.right, columns) if box.width > box.height else (box.top, box.bottom, rows)
    )
    margin = 0.03 * extent + 1
    return start <= margin and end >= extent - margin


def _is_rule(box: Box, extent: int, height: float, count: int) -> bool:
    """A horizontal line is a rule if it is far longer than the writing is high, or crosses the picture.

    ``count`` is of how many parts the writing is: the foot of a lone 2 or 1 may well cross a tight picture.
    """
    margin = 0.03 * extent + 1
    crosses = box.left <= margin and box.right >= extent - margin and count > 1
    return box.width >= (1.5 if crosses else 2.5) * height


def _is_side(box: Box, rules: list[Rule], extent: int, height: float, pen: float) -> bool:
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
