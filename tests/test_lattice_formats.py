"""Dates and bracketed codes: marks that are doubtful alone are read where a format has them, and nowhere else."""

from __future__ import annotations

import pytest

from inkread.lattice.formats import DIGIT, FORMATS, REST, Format
from inkread.reading import Reading
from made_lattice import read, row, standing

DATE, BRACKETED = FORMATS


def doubtful(text: str, marks: str, share: float = 0.25) -> Reading:
    """A number whose strokes at "|" are rather a 1 each, and with ``share`` the mark that ``marks`` has there."""
    rows, strokes = [], iter(marks)
    for sign in text:
        rows.append(row(**{"d1": 0.7, next(strokes): share}) if sign == "|" else row(**{sign: 0.97}))
    return read([standing(i, "1" if sign == "|" else sign) for i, sign in enumerate(text)], rows)


@pytest.mark.parametrize(
    ("text", "marks", "written"),
    [
        ("12|25|96", "//", "12/25/96"),
        ("3|7|89", "//", "3/7/89"),
        ("31|1|2004", "//", "31/1/2004"),
        ("31|12|1999", "//", "31/12/1999"),
        ("|503|", "()", "(503)"),
        ("|503|2629", "()", "(503)2629"),
    ],
)
def test_strokes_are_marks_where_a_format_has_them(text: str, marks: str, written: str) -> None:
    reading = doubtful(text, marks)
    assert reading.written == written
    for mark in reading.marks:
        assert mark.confidence > 0.4


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("123|25|96", "//"),
        ("12|25|9", "//"),
        ("12|2596", "/"),
        ("|5034|", "()"),
        ("503|", ")"),
        ("3|4|5926", "//"),
    ],
)
def test_they_are_ones_elsewhere(text: str, marks: str) -> None:
    assert doubtful(text, marks).written == text.replace("|", "1")


def test_ones_that_look_like_ones_stay_ones() -> None:
    assert doubtful("12|25|96", "//", share=1e-4).written == "12125196"
    assert doubtful("|503|", "()", share=1e-4).written == "15031"


def test_a_format_does_not_make_its_digits_surer() -> None:
    plain, date = doubtful("12725796", ""), doubtful("12|25|96", "//")
    assert date.digits[0].confidence == pytest.approx(plain.digits[0].confidence, abs=0.01)


def test_what_may_be_missing_may_be_missing() -> None:
    chain = Format((DIGIT, f"{DIGIT}?", "/", DIGIT, REST), given=1.0, cost=1.0)
    assert chain.marks == ("/",)
    assert set(chain.arcs) == {
        (0, DIGIT, 1), (1, DIGIT, 2), (1, "/", 3), (2, "/", 3), (3, DIGIT, 4), (4, REST, 4)
    }  # fmt: skip
    assert chain.ends == {4, 5}
    assert (chain.shortest, DATE.shortest, BRACKETED.shortest) == (3, 6, 5)
    assert DATE.ends == {10}
    assert BRACKETED.ends == {5, 6}
