"""Numbers of readings: ints and Decimals, and the decimal mark that is told or guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkread.numerals import guessed_decimal, number_of
from inkread.reading import Box, Digit, Line, Mark, Reading


def reading_of(*lines: str) -> Reading:
    """A reading of these lines, each sign 10 pixels wide, without any doubt."""
    digits: list[list[Digit]] = [[] for _ in lines]
    marks = []
    for row, line in enumerate(lines):
        for i, sign in enumerate(line):
            box = Box(10 * i, 100 * row, 10 * i + 8, 100 * row + 20)
            if sign.isdigit():
                digits[row].append(Digit(int(sign), 0.99, False, box))
            else:
                marks.append(Mark(sign, 0.9, box))
    return Reading((500, 500), tuple(Line(tuple(each)) for each in digits), tuple(marks))


@pytest.mark.parametrize(
    ("written", "number", "with_comma"),
    [
        ("0042", 42, 42),
        ("12.5", Decimal("12.5"), None),
        ("12,5", Decimal("12.5"), Decimal("12.5")),
        ("1,234", 1234, Decimal("1.234")),
        ("1.234", Decimal("1.234"), 1234),
        ("1.234,50", Decimal("1234.50"), Decimal("1234.50")),
        ("1,234,567.80", Decimal("1234567.80"), None),
        (".5", Decimal("0.5"), None),
        ("-7", -7, -7),
        ("+3,25", Decimal("3.25"), Decimal("3.25")),
        ("4350,", 4350, 4350),
        ("11/05/87", None, None),
        ("262-9664", None, None),
        ("1,23,4", None, None),
        ("12.34.5", None, None),
        ("(5)", None, None),
    ],
)
def test_one_line_is_one_number_or_none(written: str, number: object, with_comma: object) -> None:
    reading = reading_of(written)
    assert reading.written == written
    for found, right in ((reading.number, number), (reading.to_number(decimal=","), with_comma)):
        assert found == right
        assert type(found) is type(right)


def test_a_page_has_a_number_for_each_line_and_no_single_one() -> None:
    reading = reading_of("1,234", "11/05/87", "2,5", "7,50")
    assert reading.decimal_mark == ","
    assert reading.numbers == (Decimal("1.234"), None, Decimal("2.5"), Decimal("7.50"))
    assert reading.to_numbers(decimal=".") == (1234, None, None, None)
    assert reading.number is None
    empty = Reading((10, 10))
    assert empty.number is None
    assert empty.numbers == ()
    assert empty.decimal_mark == "."


def test_a_mark_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match=r'decimal must be "\." or ","'):
        reading_of("1").to_number(decimal=";")  # type: ignore[arg-type]


@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), st.booleans(), st.booleans())
def test_numbers_come_back_as_they_were_written(value: Decimal, grouped: bool, comma: bool) -> None:
    text = f"{value:,}" if grouped else str(value)
    if comma:
        text = text.translate(str.maketrans(".,", ",."))
    mark = guessed_decimal([text])
    assert mark == ("," if comma else ".")
    assert number_of(text, mark) == value
