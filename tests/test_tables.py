"""Tables: rows, columns and cells of made pictures, ruled and not."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

import inkread
from inkread.reading import Line, Reading, Rejected
from inkread.tables import Cell, Table, find_tables
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


@pytest.mark.parametrize("degrees", [3, -8])
def test_the_edges_of_the_sheet_are_no_rules(degrees: float) -> None:
    """The sheet is cut close around the table, and lies on something darker."""
    picture = draw_table(NUMBERS, replace(RULED, margin=0.8), 3)
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += 60
    grey = (190, 190, 190)
    lying = cv2.warpAffine(picture, matrix, (width + 120, height + 120), borderValue=grey)
    (table,) = inkread.Reader().read_tables(lying)
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


def test_merged_cells_are_one() -> None:
    (table,) = read(
        Look(merged=((0, 0, 1, 2), (1, 2, 2, 1))), (("21", "", "6"), ("40", "7", "12"), ("5", "58", ""))
    )
    merged = {cell.name: (cell.rows, cell.columns) for cell in table.cells if cell.rows * cell.columns > 1}
    assert merged == {"A1": (1, 2), "C2": (2, 1)}
    assert table.rows == (("21", "", "6"), ("40", "7", "12"), ("5", "58", ""))


@pytest.mark.parametrize("ruling", ["all", "none"])
def test_two_tables_on_a_page(ruling: str) -> None:
    above = draw_table((("12", "3"), ("4", "56")), Look(ruling=ruling, margin=3.0), 3)
    below = draw_table((("7", "8", "90"), ("1", "23", "4")), Look(ruling=ruling, margin=3.0), 5)
    page = np.full(
        (above.shape[0] + below.shape[0], max(above.shape[1], below.shape[1]), 3), above[0, 0], np.uint8
    )
    page[: above.shape[0], : above.shape[1]] = above
    page[above.shape[0] :, : below.shape[1]] = below
    tables = inkread.read_tables(page)
    assert [table.rows for table in tables] == [
        (("12", "3"), ("4", "56")),
        (("7", "8", "90"), ("1", "23", "4")),
    ]
    assert inkread.read_table(page).rows == tables[1].rows


def test_a_word_stays_empty_and_is_told() -> None:
    picture = draw_table(NUMBERS, RULED, 3).copy()
    (table,) = read()
    box = next(cell.box for cell in table.cells if cell.name == "B2")
    cv2.putText(
        picture, "Kim", (box.left + 12, box.bottom - 20), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (30, 30, 60), 3
    )
    (table,) = inkread.read_tables(picture)
    cell = next(cell for cell in table.cells if cell.name == "B2")
    assert cell.unread
    assert cell.doubtful
    assert [each.name for each in table.cells if each.unread] == ["B2"]


def test_digits_that_are_not_wanted_are_no_unread_ink() -> None:
    picture = draw_table(NUMBERS, RULED, 3)
    whole = inkread.read(picture)
    first, *others = whole.lines
    unwanted = tuple(Rejected(digit.box, "printed") for digit in first)
    (table,) = find_tables(picture, replace(whole, lines=tuple(others), rejected=unwanted))
    assert [cell.text for cell in table.cells[:3]] == ["", "", ""]
    assert not any(cell.unread for cell in table.cells)


def test_a_large_photo() -> None:
    picture = cv2.resize(draw_table(NUMBERS, RULED, 3), None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    (table,) = inkread.read_tables(picture)
    assert texts_of(table) == NUMBERS


def test_a_cell_with_a_missed_digit_is_read_again() -> None:
    picture = draw_table(NUMBERS, RULED, 3)
    whole = inkread.read(picture)
    first = whole.lines[0]
    missed = replace(whole, lines=(Line(first.digits[1:]), *whole.lines[1:]))
    asked: list[tuple[int, ...]] = []

    def again(cell: np.ndarray) -> Reading:
        asked.append(cell.shape)
        return Reading((cell.shape[1], cell.shape[0]), (Line(first.digits[:2]),))

    (before,) = find_tables(picture, missed)
    assert (before.cells[0].text, before.cells[0].unread, before.cells[0].doubtful) == ("1", True, True)
    (after,) = find_tables(picture, missed, again)
    assert len(asked) == 1
    assert (after.cells[0].text, after.cells[0].unread) == ("21", False)


def test_what_somebody_says_stands_in_place_of_what_was_read() -> None:
    (table,) = read()
    cell = replace(table.cells[0], said="22")
    assert (cell.written, cell.text, cell.doubtful) == ("22", "21", False)
    assert Cell.from_dict(cell.to_dict(), table.size_wh).said == "22"


def test_points_between_digits_are_written() -> None:
    texts = (("12.5", "3.25"), ("1.5", "22.75"))
    (table,) = read(RULED, texts, 1)
    assert table.rows == texts
