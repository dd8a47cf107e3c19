"""Boxes of digits -> rows and columns, where no rules tell them.

Rows are lines of writing; columns are what stands one below the other. This module does not know pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkread.layout import group_lines, lean_of
from inkread.tables.curves import Curve, fitted
from inkread.tables.grid import Grid

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArrangeSettings:
    """Lengths are in heights of the digits. Chosen on made tables."""

    word: float = 0.9
    """Digits that are farther apart are of different numbers."""
    line: float = 0.6
    """Lines of writing between two rules are farther apart."""
    block: float = 3.0
    """Rows that are farther apart than so many times as usual are of different tables."""
    share: float = 0.3
    """Numbers are of one column if they share more of the narrower one's width."""
    near: float = 0.5
    """Numbers of different rows that are nearer, beside each other, are of one column."""
    margin: float = 0.5
    """Room around the outermost digits."""
    several: float = 0.5
    """Share of the cells between two rules that hold several numbers, if the rules leave out rows or columns."""


def arranged(boxes: Numbers, settings: ArrangeSettings = ArrangeSettings()) -> list[Grid]:
    """The tables that boxes (n, 4) are arranged in, from top to bottom."""
    if not len(boxes):
        return []
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    lines = group_lines(boxes)
    levels = np.array([np.mean(boxes[line][:, [1, 3]]) for line in lines])
    gaps = np.diff(levels)
    usual = max(float(np.median(gaps)), height) if len(gaps) else height
    starts = [0, *(np.flatnonzero(gaps > settings.block * usual) + 1).tolist(), len(lines)]
    grids = []
    for first, stop in pairwise(starts):
        block = [line for line in lines[first:stop] if line]
        names = sorted(i for line in block for i in line)
        lean = lean_of(boxes[names])
        words = [(row, word) for row, line in enumerate(block) for word in words_of(boxes, line, settings)]
        down = column_curves(boxes, words, lean, settings)
        grids.append(Grid(tuple(row_curves(boxes, block, lean, settings)), tuple(down)))
    return grids


def refined(grid: Grid, boxes: Numbers, settings: ArrangeSettings = ArrangeSettings()) -> Grid:
    """The grid with the rows and columns that its rules leave out: boxes (n, 4) are those of the digits in it."""
    places = grid.places((boxes[:, :2] + boxes[:, 2:]) / 2)
    lean, across, down = lean_of(boxes), [grid.across[0]], [grid.down[0]]
    for row, below in enumerate(grid.across[1:]):
        inside = np.flatnonzero(places[:, 0] == row)
        lines = _levels(boxes[inside], grid.across[row], settings)
        cells = [{int(places[inside[i], 1]) for i in line} for line in lines]
        if _several(cells, settings):
            curves = row_curves(boxes[inside], lines, lean, settings)[1:-1]
            across += [replace(curve, start=below.start, stop=below.stop) for curve in curves]
        across.append(below)
    grid = replace(grid, across=tuple(across))
    places = grid.places((boxes[:, :2] + boxes[:, 2:]) / 2)
    for column, right in enumerate(grid.down[1:]):
        words: list[tuple[int, list[int]]] = []
        for row, above in enumerate(grid.across[:-1]):
            inside = np.flatnonzero((places == (row, column)).all(axis=1))
            for line in _levels(boxes[inside], above, settings):
                words += [(row, inside[word].tolist()) for word in words_of(boxes[inside], line, settings)]
        counts = np.bincount([row for row, _ in words], minlength=1)
        if (counts > 1).sum() >= settings.several * max(1, (counts > 0).sum()):
            down += column_curves(boxes, words, lean, settings)[1:-1]
        down.append(right)
    return replace(grid, down=tuple(down))


def _levels(boxes: Numbers, above: Curve, settings: ArrangeSettings) -> list[list[int]]:
    """The lines of boxes (n, 4) between two rules, each from left to right, by how far they lie below the rule."""
    if not len(boxes):
        return []
    below = (boxes[:, 1] + boxes[:, 3]) / 2 - above.at((boxes[:, 0] + boxes[:, 2]) / 2)
    order = np.argsort(below, kind="stable")
    steps = np.diff(below[order]) > settings.line * np.median(boxes[:, 3] - boxes[:, 1])
    lines = np.split(order, np.flatnonzero(steps) + 1)
    return [line[np.argsort(boxes[line, 0], kind="stable")].tolist() for line in lines]


def _several(cells: Sequence[set[int]], settings: ArrangeSettings) -> bool:
    """Whether lines, of which each says in which cells it has digits, are of several rows."""
    filled = set().union(*cells)
    twice = sum(sum(cell in line for line in cells) > 1 for cell in filled)
    return twice >= settings.several * max(1, len(filled))


def words_of(
    boxes: Numbers, line: Sequence[int], settings: ArrangeSettings = ArrangeSettings()
) -> list[list[int]]:
    """The numbers of a line: its boxes, split where there is much room."""
    height = float(np.median(boxes[line][:, 3] - boxes[line][:, 1]))
    words, right = [[line[0]]], boxes[line[0], 2]
    for i in line[1:]:
        if boxes[i, 0] - right > settings.word * height:
            words.append([])
        words[-1].append(i)
        right = max(right, boxes[i, 2])
    return words


def row_curves(
    boxes: Numbers, lines: Sequence[Sequence[int]], lean: float, settings: ArrangeSettings = ArrangeSettings()
) -> list[Curve]:
    """The curves above, between and below lines of boxes."""
    slope = np.tan(lean)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    start, stop = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    middles = []
    for line in lines:
        of = boxes[list(line)]
        x, y = (of[:, 0] + of[:, 2]) / 2, (of[:, 1] + of[:, 3]) / 2
        # A far point on the common lean steadies short lines.
        weights = [1.0] * len(x)
        curve = fitted([*x, x.mean() + 10 * height, x.mean() - 10 * height],
                       [*y, y.mean() + 10 * height * slope, y.mean() - 10 * height * slope],
                       [*weights, 0.5, 0.5], bent=False)  # fmt: skip
        middles.append(Curve(*curve.shape, start, stop, drawn=False))
    between = [one.between(other) for one, other in pairwise(middles)]
    outer = (0.5 + settings.margin) * height
    return [middles[0].moved(-outer), *between, middles[-1].moved(outer)]


def column_curves(
    boxes: Numbers,
    words: Sequence[tuple[int, list[int]]],
    lean: float,
    settings: ArrangeSettings = ArrangeSettings(),
) -> list[Curve]:
    """The curves beside and between columns of ``words``, each with the number of its row."""
    slope = np.tan(lean)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    level = (boxes[:, 1] + boxes[:, 3]) / 2
    left, right = boxes[:, 0] + slope * level, boxes[:, 2] + slope * level
    spans = sorted((float(left[word].min()), float(right[word].max()), row) for row, word in words)
    columns: list[tuple[float, float, set[int]]] = []
    for start, stop, row in spans:
        if columns:
            first, last, rows = columns[-1]
            overlap = min(stop, last) - start > settings.share * min(stop - start, last - first)
            # Numbers of one column need not reach below each other: a 1 is narrow.
            if overlap or (row not in rows and start - last < settings.near * height):
                columns[-1] = first, max(last, stop), rows | {row}
                continue
        columns.append((start, stop, {row}))
    margin = settings.margin * height
    at = [columns[0][0] - margin, columns[-1][1] + margin]
    at[1:1] = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    ends = float(boxes[:, 1].min()), float(boxes[:, 3].max())
    return [Curve(each, -slope, 0.0, *ends, drawn=False) for each in at]
