"""A reading and its picture -> the tables on it: rows, columns, and what stands in each cell.

    rules     straight lines on the picture        grid      the rules of one table, merged cells
    arrange   rows and columns without rules       curves    lines between rows and columns
    table     Table and Cell                       write     CSV, XLSX, Parquet, JSON

Rows and columns are those between rules where there are any; elsewhere, digits that stand below and beside each
other make them. This room does not read: it says where what was read stands.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.layout import group_lines
from inkread.reading import Box, Digit, Line, Mark, Reading
from inkread.tables.arrange import arranged, refined
from inkread.tables.curves import crossing
from inkread.tables.grid import Grid, make_grids, merged_spans
from inkread.tables.rules import find_rules
from inkread.tables.table import Cell, Table

__all__ = ["Cell", "Table", "find_tables"]

_UNREAD = ("other writing", "letter", "not a digit")
"""Reasons of ink that may be a word, or a digit that was missed."""


def find_tables(image: NDArray[np.uint8], reading: Reading) -> tuple[Table, ...]:
    """The tables on an upright picture (H, W, 3) RGB of which ``reading`` is known, from top to bottom."""
    boxes = np.array([digit.box.to_list() for digit in reading.digits], np.float64).reshape(-1, 4)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height = float(np.median(boxes[:, 3] - boxes[:, 1])) if len(boxes) else grey.shape[0] / 25
    grids = make_grids(*find_rules(grey, height), height, reading.size_wh)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    free, tables = np.ones(len(boxes), bool), []
    for grid in grids:
        places = grid.places(middles)
        inside = free & ((places >= 0) & (places < grid.shape)).all(axis=1)
        if min(grid.shape) < 1 or not inside.any():
            continue
        free &= ~inside
        grid = refined(grid, boxes[inside])
        tables.append(_filled(grid, merged_spans(grey, grid, height), reading))
    for grid in arranged(boxes[free]):
        if not tables or min(grid.shape) > 1:
            tables.append(_filled(grid, [], reading))
    return tuple(sorted(tables, key=lambda table: table.cells[0].box.top))


def _filled(grid: Grid, spans: list[tuple[int, int, int, int]], reading: Reading) -> Table:
    """The table of a grid, with what was read in its cells."""
    rows, columns = grid.shape
    owner = np.arange(rows * columns).reshape(rows, columns)
    sizes = dict.fromkeys(owner.ravel().tolist(), (1, 1))
    for top, left, tall, wide in spans:
        owner[top : top + tall, left : left + wide] = owner[top, left]
        sizes[int(owner[top, left])] = tall, wide
    held: dict[int, list[Digit | Mark | Box]] = {}
    unread = [each.box for each in reading.rejected if each.reason in _UNREAD]
    things: list[Digit | Mark | Box] = [*reading.digits, *reading.marks, *unread]
    centres = [(each if isinstance(each, Box) else each.box).centre for each in things]
    for each, (row, column) in zip(
        things, grid.places(np.array(centres).reshape(-1, 2)).tolist(), strict=True
    ):
        if 0 <= row < rows and 0 <= column < columns:
            held.setdefault(int(owner[row, column]), []).append(each)
    cells = []
    for name in np.unique(owner).tolist():
        row, column = divmod(name, columns)
        tall, wide = sizes[name]
        above, below = grid.across[row], grid.across[row + tall]
        left, right = grid.down[column], grid.down[column + wide]
        corners = crossing(above, left), crossing(above, right), crossing(below, right), crossing(below, left)
        own = held.get(name, [])
        inside = _part(
            reading,
            [each for each in own if isinstance(each, Digit)],
            [each for each in own if isinstance(each, Mark)],
        )
        cells.append(
            Cell(row, column, tall, wide, corners, inside, any(isinstance(each, Box) for each in own))
        )
    return Table(rows, columns, tuple(cells), reading.size_wh)


def _part(reading: Reading, digits: list[Digit], marks: list[Mark]) -> Reading:
    """The reading of one cell."""
    boxes = np.array([digit.box.to_list() for digit in digits], np.float64).reshape(-1, 4)
    lines = tuple(Line(tuple(digits[i] for i in line)) for line in group_lines(boxes)) if digits else ()
    return replace(reading, lines=lines, marks=tuple(marks) if digits else (), rejected=(), _origin=None)
