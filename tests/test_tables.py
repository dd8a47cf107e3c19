"""Tables: rows, columns and cells of made pictures, ruled and not."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import inkread
from inkread.tables import Cell, Table
from made_tables import Look, draw_table

NUMBERS = (("21", "307", "6"), ("40", "", "12"), ("", "58", "95"), ("7", "84", "230"))


RULED = Look()


@functools.lru_cache
def read(look: Look = RULED, texts: Any = NUMBERS, seed: int = 3) -> tuple[Table, ...]:
    return inkread.read_tables(draw_table(texts, look, seed))


def texts_of(table: Table) -> tuple[tuple[str, ...], ...]:
    grid = [[""] * table.column_count for _ in range(table.row_count)]
    for cell in table.cells:
        grid[cell.row][cell.column] = cell.text
    return tuple(map(tuple, grid))


@pytest.mark.parametrize("ruling", ["all", "inner", "rows", "columns", "header", "frame", "none"])
def test_rows_columns_and_empty_cells(ruling: str) -> None:
    (table,) = read(Look(ruling=ruling))
    assert texts_of(table) == NUMBERS


def test_a_table_may_lean() -> None:
    for turn in (-3.0, 3.0):
        (table,) = read(Look(turn=turn))
        assert texts_of(table) == NUMBERS


def test_a_table_may_be_seen_from_the_side() -> None:
    (table,) = read(Look(tilt=0.06, turn=2.0, photo=True))
    assert texts_of(table) == NUMBERS


def test_an_empty_picture_has_no_table() -> None:
    blank = np.full((300, 400, 3), 255, np.uint8)
    assert inkread.read_tables(blank) == ()
    assert not inkread.read_table(blank)


def test_one_number_is_a_table_of_one_cell() -> None:
    (table,) = read(Look(ruling="none"), (("2024",),))
    assert table.rows == (("2024",),)


def test_a_cell_knows_its_place_and_how_sure_it_is() -> None:
    (table,) = read()
    cells = {cell.name: cell for cell in table.cells}
    assert list(cells) == [f"{letter}{row}" for row in (1, 2, 3, 4) for letter in "ABC"]
    assert (cells["B2"].text, cells["B2"].confidence, cells["B2"].doubtful) == ("", 1.0, False)
    assert 0.5 < cells["C4"].confidence <= 1
    assert cells["C4"].box.left > cells["B4"].box.left
    assert cells["C4"].box.top > cells["C3"].box.top
    for cell in table.cells:
        for digit in cell.reading:
            assert cell.box.left < digit.box.centre[0] < cell.box.right


def test_a_table_comes_back_from_its_dict() -> None:
    (table,) = read()
    again = Table.from_dict(table.to_dict())
    assert again.to_dict() == table.to_dict()
    assert isinstance(again.cells[0], Cell)
