"""Cell and Table: what a table on a page is, as plain results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inkread.reading import Box, Reading

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


def letters_of(column: int) -> str:
    """What spreadsheets call a column, counted from 0: A, B … Z, AA, AB."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; ``reading`` holds its digits and marks, which are none in an empty cell."""

    row: int
    column: int
    """Counted from 0, as ``row`` is."""
    rows: int
    columns: int
    """How many rows and columns the cell spans: 1 and 1, unless it is merged."""
    corners: Corners
    """Its corners as ``(x, y)`` in pixels of the upright image, clockwise from the upper left one."""
    reading: Reading
    unread: bool = False
    """Whether there is ink in the cell that was not read, such as a word."""
    said: str | None = None
    """What somebody says is written there, in place of what was read."""

    @property
    def name(self) -> str:
        """What spreadsheets call the cell: ``"A1"`` is the first, ``"B1"`` stands to its right."""
        return f"{letters_of(self.column)}{self.row + 1}"

    @property
    def text(self) -> str:
        """The digits alone; "" for an empty cell."""
        return self.reading.text

    @property
    def written(self) -> str:
        """The digits with the marks between them, or what is ``said`` to be written there."""
        return self.reading.written if self.said is None else self.said

    @property
    def confidence(self) -> float:
        """The probability that ``text`` is right, 0 … 1; 1.0 for a cell without ink, 0.0 for ink without digits."""
        return self.reading.confidence if self.text else float(not self.unread)

    @property
    def doubtful(self) -> bool:
        """Whether a digit is doubtful, or there is ink in the cell that was not read."""
        return (self.reading.doubtful or self.unread) and self.said is None

    @property
    def box(self) -> Box:
        """The rectangle around the corners, within the image."""
        width, height = self.reading.size_wh
        xs, ys = zip(*self.corners, strict=True)
        left, top = max(0, min(width - 1, round(min(xs)))), max(0, min(height - 1, round(min(ys))))
        return Box(
            left, top, max(left + 1, min(width, round(max(xs)))), max(top + 1, min(height, round(max(ys))))
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "rows": self.rows,
            "columns": self.columns,
            "text": self.text,
            "written": self.written,
            "confidence": round(self.confidence, 6),
            "doubtful": self.doubtful,
            "unread": self.unread,
            **({} if self.said is None else {"said": self.said}),
            "box": self.box.to_list(),
            "corners": [[round(x, 1), round(y, 1)] for x, y in self.corners],
            "lines": [line.to_dict() for line in self.reading.lines],
            "marks": [mark.to_dict() for mark in self.reading.marks],
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], size_wh: tuple[int, int]) -> Cell:
        """The inverse of ``to_dict`` for an image of ``size_wh`` pixels."""
        reading = Reading.from_dict({**fields, "size_wh": size_wh, "rejected": ()})
        a, b, c, d = ((float(x), float(y)) for x, y in fields["corners"])
        row, column, rows, columns = (fields[name] for name in ("row", "column", "rows", "columns"))
        return cls(row, column, rows, columns, (a, b, c, d), reading, fields["unread"], fields.get("said"))


@dataclass(frozen=True, slots=True)
class TableSum:
    """A sum that was expected of a table: ``name`` is that of its row or column, such as ``"row 3"``."""

    name: str
    total: str
    """The name of the cell that should be the sum of ``parts``."""
    parts: tuple[str, ...]
    satisfied: bool
    difference: float | None
    """The sum of the parts without the total, as they were read; None: one of them is no number."""
    searched: bool = True
    """False: the search for a reading in which the sum holds was cut off before it found one."""

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "parts": list(self.parts)}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> TableSum:
        return cls(**{**fields, "parts": tuple(fields["parts"])})


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ``row_count`` × ``column_count``; ``cells`` run row by row, a merged cell once.

    A table without cells is false: nothing was found.
    """

    row_count: int
    column_count: int
    cells: tuple[Cell, ...]
    size_wh: tuple[int, int]
    """The size of the upright image in pixels."""
    sums: tuple[TableSum, ...] = ()
    """The sums that were expected, and whether they hold."""

    def __bool__(self) -> bool:
        return bool(self.cells)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What is ``written`` in each place; a merged cell has it in its first place."""
        grid = [[""] * self.column_count for _ in range(self.row_count)]
        for cell in self.cells:
            grid[cell.row][cell.column] = cell.written
        return tuple(map(tuple, grid))

    def to_dict(self) -> dict[str, Any]:
        return {
            "row_count": self.row_count,
            "column_count": self.column_count,
            "size_wh": list(self.size_wh),
            "cells": [cell.to_dict() for cell in self.cells],
            **({"sums": [each.to_dict() for each in self.sums]} if self.sums else {}),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Table:
        """The inverse of ``to_dict``."""
        width, height = fields["size_wh"]
        cells = tuple(Cell.from_dict(cell, (width, height)) for cell in fields["cells"])
        sums = tuple(TableSum.from_dict(each) for each in fields.get("sums", ()))
        return cls(fields["row_count"], fields["column_count"], cells, (width, height), sums)
