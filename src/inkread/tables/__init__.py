"""A reading and its picture -> the tables on it: rows, columns, and what stands in each cell.

    rules     straight lines on the picture        grid      the rules of one table, merged cells
    arrange   rows and columns without rules       curves    lines between rows and columns
    unread    ink that nobody read                 cells     what was read -> the cells that it stands in
    table     Table, Cell and TableSum             write     CSV, XLSX, Parquet, JSON
    expecting sums and patterns of a table

Rows and columns are those between rules where there are any; elsewhere, digits that stand below and beside each
other make them. This room does not read: it says where
what was read stands, and which cells want a closer look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Digit, Line, Mark, Reading, Rejected
from inkread.tables.arrange import arranged, refined
from inkread.tables.cells import filled, looked_closer
from inkread.tables.expecting import TableExpectation, expected_table, table_expectation_of
from inkread.tables.grid import Grid, apart, make_grids, merged_spans
from inkread.tables.rules import find_rules
from inkread.tables.table import Cell, Table, TableSum
from inkread.tables.unread import unread_ink

__all__ = [
    "Cell",
    "Table",
    "TableExpectation",
    "TableSum",
    "expected_table",
    "find_tables",
    "table_expectation_of",
]

_UNWANTED = ("printed", "handwriting")
"""Reasons of digits that were read and not wanted."""
Read = Callable[[NDArray[np.uint8]], Reading]
"""Reads a picture (H, W, 3) RGB."""
_ON_RULE, _NARROW = 0.15, 0.45
"""A digit so near to a rule that runs down, and so narrow, in heights of the digits, is a part of the rule."""


def find_tables(image: NDArray[np.uint8], reading: Reading, read: Read | None = None) -> tuple[Table, ...]:
    """The tables on an upright picture (H, W, 3) RGB of which ``reading`` is known, from top to bottom.

    ``read`` reads cells again, each for itself, that hold ink which was not read; None: they stay as they are.
    """
    boxes = _boxes(reading.digits)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height = float(np.median(boxes[:, 3] - boxes[:, 1])) if len(boxes) else grey.shape[0] / 25
    rules = find_rules(grey, height)
    ruled = [
        part for grid in make_grids(*rules, height, reading.size_wh) for part in apart(grey, grid, height)
    ]
    reading = _without_rules(reading, ruled, height)
    boxes = _boxes(reading.digits)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    free, grids = np.ones(len(boxes), bool), []
    for grid in ruled:
        inside = free & grid.holds(middles)
        if inside.any():
            free &= ~inside
            grids.append(refined(grid, boxes[inside]))
    grids += [grid for grid in arranged(boxes[free]) if not grids or min(grid.shape) > 1]
    known = [each for each in reading.rejected if each.reason in _UNWANTED]
    unread = unread_ink(grey, grids, _boxes([*reading.digits, *reading.marks, *known]), height)
    tables = [filled(grid, merged_spans(grey, grid, height), reading, unread) for grid in grids]
    if read is not None:
        tables = [looked_closer(image, table, height, read) for table in tables]
    return tuple(sorted(tables, key=lambda table: table.cells[0].box.top))


def _boxes(things: Sequence[Digit | Mark | Rejected]) -> NDArray[np.float64]:
    return np.array([each.box.to_list() for each in things], np.float64).reshape(-1, 4)


def _without_rules(reading: Reading, grids: Sequence[Grid], height: float) -> Reading:
    """The reading without the 1s that are parts of rules."""
    rules = [curve for grid in grids for curve in grid.down if curve.drawn]

    def is_rule(digit: Digit) -> bool:
        x, y = digit.box.centre
        near = [abs(float(rule.at(y)) - x) for rule in rules if rule.start <= y <= rule.stop]
        return digit.box.width <= _NARROW * height and min(near, default=height) <= _ON_RULE * height

    lines = [Line(tuple(digit for digit in line if not is_rule(digit))) for line in reading.lines]
    return replace(reading, lines=tuple(line for line in lines if line.digits))
