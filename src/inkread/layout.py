"""Symbols -> lines in reading order, by the geometry of their boxes alone.

Works on leaning and curved lines, columns of single digits, tables (row by row) and small raised digits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LayoutSettings", "group_lines", "lean_of"]

Numbers = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class LayoutSettings:
    """Distances in heights of the symbols."""

    neighbour: float = 3.0
    """How far apart neighbours of a line stand at most, to tell how the lines lean."""
    steepest: float = 0.55
    """Tangent of the steepest lean that neighbours can show."""
    judged: int = 600
    """Symbols, from the top of the page, that tell how its lines lean."""
    off_line: float = 0.5
    """A symbol whose middle is farther from where a line goes on is not of that line."""
    overlap: float = 0.3
    """Lines are one if each symbol of one overlaps with one of the other in height by more, and none stands above
    another."""


def lean_of(boxes: Numbers, settings: LayoutSettings = LayoutSettings()) -> float:
    """The angle, in radians, by which the lines of boxes (n, 4) fall to the right; 0.0 where nothing tells it."""
    if len(boxes) < 2:
        return 0.0
    boxes = boxes[np.argsort(boxes[:, 1], kind="stable")[: settings.judged]]
    middles, heights = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3] - boxes[:, 1]
    across = middles[None, :, 0] - middles[:, None, 0]
    down = middles[None, :, 1] - middles[:, None, 1]
    height = np.minimum(heights[None], heights[:, None])
    similar = np.maximum(heights[None], heights[:, None]) < 1.6 * height
    near = (across > 0.3 * height) & (across < settings.neighbour * height) & similar
    near &= np.abs(down) < settings.steepest * across + 0.15 * height
    distance = np.where(near, across + 2 * np.abs(down), np.inf)
    nearest = distance.argmin(axis=1)
    found = np.isfinite(distance[np.arange(len(boxes)), nearest])
    if not found.any():
        return 0.0
    i, j = np.flatnonzero(found), nearest[found]
    angles, weights = np.arctan2(down[i, j], across[i, j]), across[i, j]
    order = np.argsort(angles)
    total = np.cumsum(weights[order])
    return float(angles[order][np.searchsorted(total, total[-1] / 2)])


def group_lines(boxes: Numbers, settings: LayoutSettings = LayoutSettings()) -> list[list[int]]:
    """Indices of boxes (n, 4) by line, lines from top to bottom and each from left to right."""
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    angle = lean_of(boxes, settings)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    x = middles[:, 0] * np.cos(angle) + middles[:, 1] * np.sin(angle)
    y = middles[:, 1] * np.cos(angle) - middles[:, 0] * np.sin(angle)
    heights = boxes[:, 3] - boxes[:, 1]
    lines: list[list[int]] = []
    for symbol in np.argsort(x, kind="stable").tolist():
        best, least = None, settings.off_line
        for line in lines:
            # Far lines are not looked at closely: a page may have hundreds.
            if abs(y[symbol] - y[line[-1]]) > 3 * max(heights[symbol], heights[line[-1]]):
                continue
            away = abs(y[symbol] - _level(line, x, y, heights, x[symbol])) / max(
                heights[symbol], heights[line[-1]]
            )
            if away < least:
                best, least = line, away
        if best is None:
            lines.append([symbol])
        else:
            best.append(symbol)
    # The lean of few symbols is a guess: what is one row with it or without it is one.
    lines = _joined(lines, boxes[:, [0, 2]], np.stack([y, middles[:, 1]]), heights, settings.overlap)
    return sorted(lines, key=lambda line: float(np.average(y[line], weights=heights[line])))


def _joined(
    lines: list[list[int]], edges: Numbers, levels: Numbers, heights: Numbers, least: float
) -> list[list[int]]:
    """The lines, those of one row put together: writing that jumps up and down by half of its height.

    ``edges`` (n, 2) are left and right of the symbols, ``levels`` (2, n) their middles in height with and without lean.
    """
    joined: list[list[int]] = []
    spans = np.zeros((0, 2, 2))
    for line in sorted(lines, key=lambda line: float(edges[line, 0].min())):
        span = np.stack([(levels[:, line] - heights[line] / 2).min(axis=1),
                         (levels[:, line] + heights[line] / 2).max(axis=1)])  # fmt: skip
        near = ((spans[:, 0] < span[1]) & (spans[:, 1] > span[0])).any(axis=1)
        for at in np.flatnonzero(near).tolist():
            if _is_one_row(joined[at], line, edges, levels, heights, least):
                joined[at] = sorted(joined[at] + line, key=lambda symbol: float(edges[symbol].sum()))
                spans[at] = np.minimum(spans[at, 0], span[0]), np.maximum(spans[at, 1], span[1])
                break
        else:
            joined.append(line)
            spans = np.concatenate([spans, span[None]])
    return joined


def _is_one_row(
    row: list[int], line: list[int], edges: Numbers, levels: Numbers, heights: Numbers, least: float
) -> bool:
    """Whether ``line`` goes on with ``row`` or fills a gap of it."""
    for symbol in line:
        apart = np.abs(levels[:, row] - levels[:, [symbol]]).min(axis=0)
        shared = (heights[row] + heights[symbol]) / 2 - apart
        if (shared < least * np.minimum(heights[row], heights[symbol])).all():
            return False
        common = np.minimum(edges[row, 1], edges[symbol, 1]) - np.maximum(edges[row, 0], edges[symbol, 0])
        widths = np.minimum(edges[row, 1] - edges[row, 0], edges[symbol, 1] - edges[symbol, 0])
        if (common > 0.3 * widths).any():
            return False
    return True


def _level(line: list[int], x: Numbers, y: Numbers, heights: Numbers, at: float) -> float:
    """How high a line runs at ``at``: as its last symbols, which count the less the farther they are."""
    last = line[-4:]
    # A line that rises and falls is best known by its last symbol.
    weights = np.exp(-(at - x[last]) / heights[last]) + 1e-3
    return float(np.average(y[last], weights=weights))
