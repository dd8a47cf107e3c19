"""What is expected of a table: sums that do not hold are told, with the likeliest reading; nothing is replaced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import inkread
from inkread.apps.cli import main
from inkread.errors import ExpectationError
from inkread.expectations.sums import Sum, agreeing
from inkread.reading import Box, Digit, Line, Mark, Reading
from inkread.tables import Cell, Table, expected_table, table_expectation_of
from inkread.tables.table import letters_of
from made_tables import Look, draw_table

ROWS = (("1", "14", "7", "21"), ("2", "9", "", "9"), ("3", "18", "10", "28"), ("6", "41", "17", "58"))


def table_of(
    rows: Sequence[Sequence[str]], unsure: dict[str, tuple[tuple[int, float], ...]] | None = None
) -> Table:
    """A table whose digits are sure; of cells in ``unsure``, the last digit has these runners-up."""
    cells, size_wh = [], (100 * len(rows[0]), 50 * len(rows))
    for i, texts in enumerate(rows):
        for j, text in enumerate(texts):
            left, top = 100 * j, 50 * i
            digits, marks = [], []
            for place, sign in enumerate(text):
                box = Box(left + 5 + 15 * place, top + 10, left + 17 + 15 * place, top + 40)
                others = (unsure or {}).get(f"{letters_of(j)}{i + 1}", ()) if place == len(text) - 1 else ()
                sure = 0.99 - sum(share for _, share in others)
                if sign.isdigit():
                    digits.append(Digit(int(sign), sure, False, box, others))
                else:
                    marks.append(Mark(sign, 0.95, box))
            corners = ((left, top), (left + 100, top), (left + 100, top + 50), (left, top + 50))
            lines = (Line(tuple(digits)),) if digits else ()
            cells.append(Cell(i, j, 1, 1, corners, Reading(size_wh, lines, tuple(marks))))
    return Table(len(rows), len(rows[0]), tuple(cells), size_wh)


def doubtful(table: Table) -> set[str]:
    return {cell.name for cell in table.cells if cell.doubtful}


def broken(table: Table) -> dict[str, float | None]:
    return {each.name: each.difference for each in table.sums if not each.satisfied}


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("D = B + C", 4), ("D = B:C", 4), ("4 = 1 + 2 + 3", 4), ("column sums", 4), ("D = B:C & column sums", 8),
     ("A: rising & D = B + C & B: 0..50", 4), ("0..100", 0)],
)  # fmt: skip
def test_what_is_as_expected_stays_as_it_is(pattern: str, count: int) -> None:
    table = table_of(ROWS)
    found = expected_table(table, table_expectation_of(pattern))
    assert (len(found.sums), broken(found), doubtful(found)) == (count, {}, set())
    assert found.rows == table.rows
    assert Table.from_dict(json.loads(json.dumps(found.to_dict()))).sums == found.sums


def test_a_row_that_does_not_add_up_is_told_with_the_likeliest_reading() -> None:
    rows = [list(row) for row in ROWS]
    rows[2][3] = "23"
    found = expected_table(table_of(rows, {"D3": ((8, 0.2),)}), table_expectation_of("D = B + C"))
    assert broken(found) == {"row 3": 5}
    assert doubtful(found) == {"B3", "C3", "D3"}
    assert found.rows[2] == ("3", "18", "10", "23")
    expected = {cell.name: cell.reading.expected for cell in found.cells if cell.reading.expected}
    assert {name: each.text for name, each in expected.items()} == {"B3": "18", "C3": "10", "D3": "28"}
    assert expected["D3"].odds == pytest.approx(0.2 / 0.79, rel=0.1)
    assert expected["D3"].confidence > 0.8
    assert not expected["D3"].satisfied
    assert Table.from_dict(json.loads(json.dumps(found.to_dict()))).sums == found.sums


def test_sums_both_ways_show_which_cell_is_wrong() -> None:
    rows = [list(row) for row in ROWS]
    rows[0][2] = "1"
    found = expected_table(table_of(rows), table_expectation_of("D = B + C & column sums"))
    assert broken(found) == {"row 1": -6, "column C": -6}
    assert doubtful(found) == {"C1"}
    (cell,) = (cell for cell in found.cells if cell.name == "C1")
    assert cell.reading.expected is not None
    assert (cell.written, cell.reading.expected.text) == ("1", "7")


def test_decimals_and_what_is_no_number() -> None:
    found = expected_table(
        table_of([("1,5", "2,25", "3,75"), ("1/5", "2", "3")]), table_expectation_of("row sums")
    )
    assert broken(found) == {"row 2": None}
    assert [each.satisfied for each in found.sums] == [True, False]


def test_what_stands_in_a_column() -> None:
    found = expected_table(table_of(ROWS), table_expectation_of("B: 0..20 & A: rising by 1..1"))
    assert doubtful(found) == {"A4", "B4"}


def test_nothing_likely_that_adds_up_is_told_without_a_text() -> None:
    pattern = table_expectation_of("C = A + B & A: 98|99 & B: 98|99")
    found = expected_table(table_of([("99", "99", "1")]), pattern)
    assert broken(found) == {"row 1": 197}
    assert found.cells[2].reading.expected is None
    assert doubtful(found) == {"A1", "B1", "C1"}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("", "nothing is given"), ("D = ", "is no column"), ("D = 1 + 2", "is no column"), ("D = D + C", "each once"),
     ("0 = 1 + 2", "counted from 1"), ("D = B + B", "each once"), ("B: abc", "for a table, give something like"),
     ("row sums &", "nothing is given"), ("3 = A + B", "is no row")],
)  # fmt: skip
def test_a_notation_that_is_none_says_what_to_give(pattern: str, said: str) -> None:
    with pytest.raises(ExpectationError, match=said) as error:
        table_expectation_of(pattern)
    assert "\n" not in str(error.value)


def test_a_table_that_is_too_small_for_what_is_expected() -> None:
    with pytest.raises(ExpectationError, match="the table has 4 columns, too few"):
        expected_table(table_of(ROWS), table_expectation_of("F = B + C"))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_the_first_choice_that_agrees_is_the_likeliest(data: st.DataObject) -> None:
    """Compared with all choices."""
    drawn = data.draw(st.lists(st.dictionaries(st.integers(0, 9), st.floats(0.01, 1.0), min_size=1, max_size=4),
                               min_size=4, max_size=4))  # fmt: skip
    numbers = [
        sorted(((Decimal(value), share) for value, share in each.items()), key=lambda way: -way[1])
        for each in drawn
    ]
    sums = [Sum(3, (0, 1)), Sum(2, (0, 1))]
    found, complete = agreeing(numbers, sums, kept=1)
    assert complete
    ways = {}
    for choice in [
        (a, b, c, d) for a in numbers[0] for b in numbers[1] for c in numbers[2] for d in numbers[3]
    ]:
        if not any(one.difference([value for value, _ in choice]) for one in sums):
            ways[tuple(value for value, _ in choice)] = (
                choice[0][1] * choice[1][1] * choice[2][1] * choice[3][1]
            )
    assert bool(found) == bool(ways)
    for choice, _ in found:
        picked = tuple(numbers[i][each][0] for i, each in enumerate(choice))
        assert ways[picked] == pytest.approx(max(ways.values()))


def test_the_command_and_the_library_say_what_does_not_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(draw_table((("12", "7", "19"), ("30", "8", "35")), Look(), seed=4)).save(path)
    assert main(["table", str(path), "--expect", "row sums"]) == 0
    output, errors = capsys.readouterr()
    assert output == "12,7,19\n30,8,35\n"
    assert "(row 2 does not add up to C2: off by +3)" in errors
    assert "is not as expected; perhaps" in errors
    assert "doubtful: A2, B2, C2)" in errors
    assert main(["table", str(path), "--expect", "Z = A"]) == 1
    errors = capsys.readouterr().err
    assert "too few for what is expected" in errors
    assert errors.count("\n") == 1
    table = inkread.read_table(path, expect="C = A + B", printed="keep")
    assert [each.satisfied for each in table.sums] == [True, False]
    assert all(digit.printed is not None for cell in table.cells for digit in cell.reading)
    told = inkread.Reader(expect="1").read_table(path)
    assert {cell.name for cell in told.cells if cell.doubtful} == {"A1", "C1", "A2", "C2"}


def test_a_search_that_is_cut_off_is_told_and_others_go_on() -> None:
    """Twelve unsure numbers have too many readings; those of the next row are searched for themselves."""
    unsure = tuple((digit, 0.05) for digit in range(1, 9))
    rows = [("10",) * 12 + ("9999",), ("1",) * 11 + ("0", "12")]
    names = {f"{letter}1": unsure for letter in "ABCDEFGHIJKL"} | {"L2": ((1, 0.3),)}
    found = expected_table(table_of(rows, names), table_expectation_of("row sums"))
    assert [(each.name, each.satisfied, each.searched) for each in found.sums] == [
        ("row 1", False, False),
        ("row 2", False, True),
    ]
    expected = {cell.name: cell.reading.expected for cell in found.cells}
    assert expected["L2"] is not None
    assert expected["L2"].text == "1"
    assert expected["A1"] is None


def test_a_sum_whose_likeliest_reading_is_found_is_searched() -> None:
    """Best first: that others were not tried, which are less likely, is no matter."""
    unsure = tuple((digit, 0.05) for digit in range(1, 9))
    rows = [("10",) * 12 + ("121",)]
    names = {f"{letter}1": unsure for letter in "ABCDEFGHIJKL"}
    (told,) = expected_table(table_of(rows, names), table_expectation_of("row sums")).sums
    assert (told.satisfied, told.searched) == (False, True)
