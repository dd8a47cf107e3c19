"""Rules -> grids: which rules make a table, its outer rows and columns, and its merged cells.

This module does not know what stands in the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.tables.curves import Curve, crossing, fitted

Span = tuple[int, int, int, int]
"""First row, first column, rows and columns of a merged cell."""


@dataclass(frozen=True, slots=True)
class GridSettings:
    """Chosen on made tables."""

    slack: float = 0.8
    """Heights of a digit by which a rule may end before the one that it meets."""
    same: float = 0.35
    """Rules that are nearer than this share of the usual distance, and do not run beside each other, are one."""
    outer: float = 0.45
    """Share of the usual distance by which rules go on beyond the last one that they cross, if there is a row."""
    outer_least: float = 1.3
    """Heights of a digit by which they go on, if that is less."""
    beside: float = 0.6
    """Share of the shorter of two rules along which they run beside each other, if they are of one table."""
    shown: float = 0.7
    """Share of its length between two others along which a rule is dark."""
    missing: float = 0.2
    """Share of a rule's usual contrast that is less than what it has where it is interrupted."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The curves between the rows and the columns of a table, the outer ones among them."""

    across: tuple[Curve, ...]
    down: tuple[Curve, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return len(self.across) - 1, len(self.down) - 1

    def turned(self) -> Grid:
        """The grid with x and y exchanged."""
        return Grid(self.down, self.across)

    def places(self, points: NDArray[np.float64]) -> NDArray[np.intp]:
        """Row and column (n, 2) of points (n, 2) ``x, y``; −1 before the first, and one too many behind the last."""
        x, y = points[:, 0], points[:, 1]
        rows = np.sum([curve.at(x) < y for curve in self.across], axis=0) - 1
        columns = np.sum([curve.at(y) < x for curve in self.down], axis=0) - 1
        return np.stack([rows, columns], axis=1).astype(np.intp)

    def holds(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points (n, 2) lie in a cell."""
        places = self.places(points)
        return np.asarray(((places >= 0) & (places < self.shape)).all(axis=1))


def make_grids(
    across: Sequence[Curve],
    down: Sequence[Curve],
    height: float,
    size_wh: tuple[int, int],
    settings: GridSettings = GridSettings(),
) -> list[Grid]:
    """The grids of rules that cross or run beside each other; ``height`` is that of the digits."""
    slack = settings.slack * height
    meet = np.zeros((len(across), len(down)), bool)
    for i, one in enumerate(across):
        for j, other in enumerate(down):
            x, y = crossing(one, other)
            meet[i, j] = (
                one.start - slack <= x <= one.stop + slack and other.start - slack <= y <= other.stop + slack
            )
    grids = [
        _ruled([across[i] for i in rows], [down[j] for j in columns], height, size_wh, settings)
        for rows, columns in _connected(meet)
        if len(rows) + len(columns) > 2
    ]
    width, tall = size_wh
    for group in _parallel([across[i] for i in np.flatnonzero(~meet.any(axis=1)).tolist()], height, settings):
        grids.append(_open(group, width))
    for group in _parallel([down[j] for j in np.flatnonzero(~meet.any(axis=0)).tolist()], height, settings):
        grids.append(_open(group, tall).turned())
    return grids


def _connected(meet: NDArray[np.bool_]) -> Iterator[tuple[list[int], list[int]]]:
    """Rows and columns of a matrix that are joined by what is true in it."""
    left: NDArray[np.bool_] = np.asarray(meet.any(axis=1))
    while left.any():
        rows: NDArray[np.bool_] = np.zeros(len(left), np.bool_)
        rows[left.argmax()] = True
        while True:
            columns = meet[rows].any(axis=0)
            more = np.asarray(meet[:, columns].any(axis=1))
            if (more == rows).all():
                break
            rows = more
        left &= ~rows
        yield np.flatnonzero(rows).tolist(), np.flatnonzero(columns).tolist()


def _ruled(
    across: list[Curve], down: list[Curve], height: float, size_wh: tuple[int, int], settings: GridSettings
) -> Grid:
    across, down = _levels(across, height, settings), _levels(down, height, settings)
    grid = Grid(tuple(across), tuple(down))
    grid = _with_outer(grid, height, size_wh[1], settings)
    return _with_outer(grid.turned(), height, size_wh[0], settings).turned()


def _levels(curves: list[Curve], height: float, settings: GridSettings) -> list[Curve]:
    """The curves in order, those that are parts of one rule joined."""
    middle = float(np.median([curve.middle for curve in curves]))
    curves = sorted(curves, key=lambda curve: float(curve.at(middle)))
    if len(curves) < 2:
        return curves
    gaps = np.diff([float(curve.at(middle)) for curve in curves])
    usual = float(np.median(gaps[gaps > height])) if (gaps > height).any() else height
    joined = [curves[0]]
    for curve in curves[1:]:
        last = joined[-1]
        between = (max(curve.start, last.start) + min(curve.stop, last.stop)) / 2
        if abs(float(curve.at(between) - last.at(between))) < settings.same * usual:
            joined[-1] = _joined(last, curve)
        else:
            joined.append(curve)
    return joined


def _joined(*curves: Curve) -> Curve:
    u = np.concatenate([np.linspace(curve.start, curve.stop, 20) for curve in curves])
    v = np.concatenate([curve.at(np.linspace(curve.start, curve.stop, 20)) for curve in curves])
    weights = np.repeat([curve.length for curve in curves], 20)
    return fitted(u.tolist(), v.tolist(), weights.tolist(), bent=True)


def _with_outer(grid: Grid, height: float, extent: int, settings: GridSettings) -> Grid:
    """The grid with a row above and below, if the rules that run down go on there."""
    across, down = list(grid.across), grid.down
    middle = float(np.median([curve.middle for curve in across]))
    gaps = np.diff([float(curve.at(middle)) for curve in across])
    usual = float(np.median(gaps)) if len(gaps) else 2.5 * height
    over = [float(across[0].at(curve.at(curve.start)) - curve.start) for curve in down]
    under = [float(curve.stop - across[-1].at(curve.at(curve.stop))) for curve in down]
    # A few may seem to go on where the paper is uneven.
    above, below = float(np.quantile(over, 0.25)), float(np.quantile(under, 0.25))
    least = min(settings.outer * usual, settings.outer_least * height)
    if above >= least:
        across.insert(0, across[0].moved(-above))
    if below >= least:
        across.append(across[-1].moved(below))
    return replace(grid, across=tuple(across))


def _parallel(curves: list[Curve], height: float, settings: GridSettings) -> Iterator[list[Curve]]:
    """Groups of curves one below the other, at least two in each."""
    group: list[Curve] = []
    for curve in sorted(curves, key=lambda curve: float(curve.at(curve.middle))):
        shared = min(curve.stop, group[-1].stop) - max(curve.start, group[-1].start) if group else 0.0
        if group and shared < settings.beside * min(curve.length, group[-1].length):
            if len(group) > 1:
                yield group
            group = []
        group.append(curve)
    if len(group) > 1:
        yield group


def _open(across: list[Curve], extent: int) -> Grid:
    """A grid of rows alone, as wide as they are."""
    first, last = across[0], across[-1]
    ends = float(first.at(first.middle)), float(last.at(last.middle))
    lean = float(np.median([curve.slope(curve.middle) for curve in across]))
    start, stop = min(curve.start for curve in across), max(curve.stop for curve in across)
    down = (
        Curve(at + lean * ends[0], -lean, 0.0, *ends, drawn=False)
        for at in (max(0.0, start), min(float(extent), stop))
    )
    return Grid(tuple(across), tuple(down))


def merged_spans(
    grey: NDArray[np.uint8], grid: Grid, height: float, settings: GridSettings = GridSettings()
) -> list[Span]:
    """The merged cells: neighbours without a rule between them."""
    rows, columns = grid.shape
    names = np.arange(rows * columns).reshape(rows, columns)
    below = _missing(grey, grid, height, settings)[1:-1]
    beside = _missing(np.ascontiguousarray(grey.T), grid.turned(), height, settings)[1:-1].T
    for missing, axis in ((below, 0), (beside, 1)):
        for row, column in np.argwhere(missing).tolist():
            one, other = names[row, column], names[row + 1 - axis, column + axis]
            names[names == max(one, other)] = min(one, other)
    spans = []
    for name in np.unique(names).tolist():
        at = np.argwhere(names == name)
        (top, left), (bottom, right) = at.min(axis=0), at.max(axis=0) + 1
        if 1 < len(at) == (bottom - top) * (right - left):
            spans.append((int(top), int(left), int(bottom - top), int(right - left)))
    return spans


def apart(
    grey: NDArray[np.uint8], grid: Grid, height: float, settings: GridSettings = GridSettings()
) -> list[Grid]:
    """The grids that a grid is of: parted where no rule runs on from one row, or column, to the next."""
    if min(grid.shape) < 1:
        return []
    parts = _parted(grey, grid, height, settings)
    turned = np.ascontiguousarray(grey.T)
    return [each.turned() for part in parts for each in _parted(turned, part.turned(), height, settings)]


def _parted(grey: NDArray[np.uint8], grid: Grid, height: float, settings: GridSettings) -> Iterator[Grid]:
    """The parts of a grid, from top to bottom."""
    drawn = np.array([curve.drawn for curve in grid.down])
    missing = _missing(np.ascontiguousarray(grey.T), grid.turned(), height, settings)[drawn]
    gaps = missing.all(axis=0) if drawn.sum() > 1 else np.zeros(grid.shape[0], bool)
    first = 0
    for last in [*np.flatnonzero(gaps).tolist(), grid.shape[0]]:
        if last > first:
            across = grid.across[first : last + 1]
            ends = float(across[0].at(across[0].middle)), float(across[-1].at(across[-1].middle))
            down = [curve for curve in grid.down if _shared(curve, *ends) > 0.5 * (ends[1] - ends[0])]
            if len(gaps) == 1 or not gaps.any():
                down = list(grid.down)
            if len(down) > 1:
                yield Grid(across, tuple(down))
        first = last + 1


def _shared(curve: Curve, start: float, stop: float) -> float:
    return min(curve.stop, stop) - max(curve.start, start)


def _missing(grey: NDArray[np.uint8], grid: Grid, height: float, settings: GridSettings) -> NDArray[np.bool_]:
    """Where there is no rule above a cell, and below the last ones: (rows + 1, columns)."""
    rows, columns = grid.shape
    contrast = np.zeros((rows + 1, columns))
    reach = max(3, round(0.25 * height))
    for i, curve in enumerate(grid.across):
        if not curve.drawn:
            continue
        ends = [crossing(curve, down)[0] for down in grid.down]
        for j, (start, stop) in enumerate(pairwise(ends)):
            u = np.linspace(start + 0.15 * (stop - start), stop - 0.15 * (stop - start), 64)
            xs = np.tile(u, (2 * reach + 1, 1)).astype(np.float32)
            ys = (curve.at(u) + np.arange(-reach, reach + 1)[:, None]).astype(np.float32)
            seen = cv2.remap(grey, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            profile = np.quantile(seen, settings.shown, axis=1)  # digits in a merged cell hide a part
            contrast[i, j] = np.median(profile) - profile.min()
    usual = np.quantile(contrast, 0.75, axis=1, keepdims=True)
    drawn = np.array([curve.drawn for curve in grid.across], bool)[:, None]
    return np.asarray(drawn & (contrast < settings.missing * np.maximum(usual, 2.0)))
