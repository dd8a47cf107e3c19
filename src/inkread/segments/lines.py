"""Parts -> lines of writing, from the top, each from left to right.

Geometry only: which parts stand beside one another. This module does not know what a part looks like.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inkread.measure import quantile
from inkread.reading import Box, Rejected
from inkread.segments.parts import Part

__all__ = ["find_lines", "line_height", "line_middle", "without_furniture"]

_MOST_HIGHER = 2.5
"""Parts of one line differ in height by at most this factor (a small 0 after a tall 1 on a cheque: 2.2)."""
_LONE = 0.1
"""What a line of a single part counts, beside others, when the height of the writing is sought."""
_THINNER, _SLENDER = 0.9, 20
"""Of an upright stroke, how many pens its box is wide at most, and how many times as high at least, to be print."""
_LOWEST_LINE = 0.3
"""Lines lower than this, in heights of the page's tallest writing, are left unread."""


def find_lines(parts: list[Part], pen: float) -> list[list[Part]]:
    """Parts grouped into lines from the top, each line from left to right; ``pen`` is the stroke width.

    A part joins the line whose last members it overlaps most in height, so that a line may slant or curve.
    """
    if not parts:
        return []
    usual = _usual_height(parts)
    large = [part for part in parts if part.box.height >= 0.45 * usual]
    small = [part for part in parts if part.box.height < 0.45 * usual]
    lines = _chained(sorted(large, key=lambda part: part.box.left))
    lines = _merged_rows(lines, pen)
    _attach(small, lines)
    for line in lines:
        line.sort(key=lambda part: part.box.left + part.box.right)
    return sorted(lines, key=lambda line: float(np.mean([part.box.centre[1] for part in line])))


def _usual_height(parts: list[Part]) -> float:
    """The height of the writing: the 60th percentile, each part counting by the square of its height."""
    # Upright strokes may be printed lines; they decide only where there is nothing else.
    broad = [part.box.height for part in parts if part.box.height <= 5 * part.box.width]
    heights = np.sort(np.array(broad or [part.box.height for part in parts], float))
    reached = np.cumsum(np.square(heights))
    return float(heights[np.searchsorted(reached, 0.6 * reached[-1])])


def _chained(parts: list[Part]) -> list[list[Part]]:
    """Lines of ``parts``, which come from left to right: each joins the line whose end it overlaps most."""
    lines: list[list[Part]] = []
    # Top and bottom of the last three members of each line, newest last.
    ends = np.zeros((len(parts), 3, 2))
    for part in parts:
        box = part.box
        tops, bottoms = ends[: len(lines), :, 0], ends[: len(lines), :, 1]
        shared = np.minimum(box.bottom, bottoms) - np.maximum(box.top, tops)
        lower, higher = np.minimum(box.height, bottoms - tops), np.maximum(box.height, bottoms - tops)
        # What is far higher than its neighbours (a printed line, a brace) would tie lines of writing together.
        shares = np.where(higher > _MOST_HIGHER * lower, 0.0, shared / np.maximum(1, lower))
        fits = np.maximum(shares[:, 2], 0.8 * shares.max(axis=1)) if lines else np.zeros(0)
        best = int(fits.argmax()) if lines else -1
        if best < 0 or fits[best] < 0.4:
            best = len(lines)
            lines.append([])
            ends[best] = (box.top, box.bottom)
        lines[best].append(part)
        ends[best] = np.concatenate([ends[best, 1:], [[box.top, box.bottom]]])
    return lines


def _merged_rows(lines: list[list[Part]], pen: float) -> list[list[Part]]:
    """Lines that run through one another are one: a digit that sat too high or too low had begun a new one."""
    merged: list[list[Part]] = []
    boxes: list[Box] = []
    for line in sorted(lines, key=len, reverse=True):
        box = Box.around(part.box for part in line)
        for i, other in enumerate(merged):
            if box.top > boxes[i].bottom + 5 * pen or box.bottom < boxes[i].top - 5 * pen:
                continue
            if _is_same_row(line, other) or _is_one_digit(line, other, pen):
                other += line
                boxes[i] = Box.around((boxes[i], box))
                break
        else:
            merged.append(line)
            boxes.append(box)
    return merged


def _is_same_row(line: list[Part], other: list[Part]) -> bool:
    """Whether ``line`` stands in the height of ``other`` where they are near, and never above or below a part."""
    box = Box.around(part.box for part in line)
    others = np.array([part.box.to_list() for part in other])
    near = others[(others[:, 2] > box.left - 2 * box.height) & (others[:, 0] < box.right + 2 * box.height)]
    left, top, right, bottom = near.T
    widths, heights = right - left, bottom - top
    level = False
    for part in line:
        own = part.box
        shared = np.minimum(own.bottom, bottom) - np.maximum(own.top, top)
        lower, higher = np.minimum(own.height, heights), np.maximum(own.height, heights)
        level |= bool(((shared >= 0.35 * lower) & (higher <= _MOST_HIGHER * lower)).any())
        beside = np.minimum(own.right, right) - np.maximum(own.left, left)
        if ((shared < 0.2 * own.height) & (beside > 0.4 * np.minimum(own.width, widths))).any():
            return False
    return level


def _is_one_digit(line: list[Part], other: list[Part], pen: float) -> bool:
    """Whether two lonely parts, one just above the other, are a digit broken in two (the bar of a 5)."""
    if len(line) > 1 or len(other) > 1:
        return False
    upper, lower = sorted((line[0].box, other[0].box), key=lambda box: box.top)
    both = Box.around((upper, lower))
    beside = min(upper.right, lower.right) - max(upper.left, lower.left)
    gap = lower.top - upper.bottom
    return beside > 0.25 * min(upper.width, lower.width) and gap <= min(5 * pen, 0.15 * both.height)


def _attach(small: list[Part], lines: list[list[Part]]) -> None:
    """Puts each small part (a dot, a bar, a fragment) into the line it lies in, or into one of its own."""
    edges = np.array([part.box.to_list() for line in lines for part in line], float).reshape(-1, 4)
    owner = np.array([i for i, line in enumerate(lines) for _ in line], int)
    height = edges[:, 3] - edges[:, 1]
    for part in small:
        box = part.box
        apart = np.maximum(0, np.maximum(edges[:, 0] - box.right, box.left - edges[:, 2]))
        off = np.maximum(0, np.maximum(edges[:, 1] - box.bottom, box.top - edges[:, 3]))
        distance = np.where((off <= 0.35 * height) & (apart <= 3 * height), apart + 2 * off, np.inf)
        nearest = int(distance.argmin()) if distance.size else -1
        if nearest < 0 or np.isinf(distance[nearest]):
            lines.append([part])
        else:
            lines[owner[nearest]].append(part)


def line_height(parts: list[Part]) -> float:
    """The height of the digits of a line, in pixels: small marks do not lower it much."""
    heights = np.array([part.box.height for part in parts], float)
    return quantile(heights[heights >= 0.4 * heights.max()], 0.6)


def line_middle(parts: list[Part], height: float) -> Callable[[float], float]:
    """How high the middle of the digits lies at each x: a straight line through the parts that are no small marks."""
    tall = [part.box for part in parts if part.box.height >= 0.6 * height]
    centres = np.array([box.centre for box in tall or [part.box for part in parts]])
    if len(centres) < 3 or np.ptp(centres[:, 0]) < 2 * height:
        level = quantile(centres[:, 1], 0.5)
        return lambda _: level
    line = np.polynomial.Polynomial.fit(centres[:, 0], centres[:, 1], 1)
    return lambda x: float(line(x))


def without_furniture(lines: list[list[Part]], pen: float) -> tuple[list[list[Part]], tuple[Rejected, ...]]:
    """The lines of writing, less lone printed lines, and less what is far lower than the writing: texture, dirt.

    ``pen`` is the stroke width.
    """
    if not lines:
        return lines, ()
    heights = np.array([line_height(line) for line in lines])
    bars = np.array([_is_bar(line) for line in lines])
    tall = _tall(lines, heights, bars)
    kept, rejected = [], []
    for line, height, bar in zip(lines, heights, bars, strict=True):
        printed = bar and (height > 2 * tall or (len(lines) > 1 and _is_hairline(line, pen)))
        reason = "rule" if printed else "speck" if height < _LOWEST_LINE * tall else ""
        if reason:
            rejected.append(Rejected(Box.around(part.box for part in line), reason))
        else:
            kept.append(line)
    return kept, tuple(rejected)


def _tall(lines: list[list[Part]], heights: NDArray[np.float64], bars: NDArray[np.bool_]) -> float:
    """The weighted 0.7 quantile of the lines' ``heights`` (n,) in pixels; ``bars`` (n,) count only among themselves."""
    # The tallest line might be a blot, and most lines texture: a line's weight is the amount and size of its writing.
    weights = heights**2 * [sum(part.box.height for part in line) for line in lines]
    weights *= [1.0 if len(line) > 1 else _LONE for line in lines]
    weights[bars] = 0 if not bars.all() else 1
    order = np.argsort(heights)
    reached = np.cumsum(weights[order])
    tall: float = heights[order[int(np.searchsorted(reached, 0.7 * reached[-1]))]]
    return tall


def _is_hairline(line: list[Part], pen: float) -> bool:
    """Whether the line is nothing that the pen can have drawn: thinner, and straighter than a hand is."""
    box = max((part.box for part in line), key=lambda box: box.height)
    return box.width <= _THINNER * pen and box.height >= _SLENDER * box.width


def _is_bar(line: list[Part]) -> bool:
    """Whether the line is one upright stroke, dirt aside: a 1, or a printed line if it is far too high."""
    highest = max(part.box.height for part in line)
    tall = [part.box for part in line if part.box.height >= 0.4 * highest]
    return len(tall) == 1 and tall[0].height > 5 * tall[0].width
