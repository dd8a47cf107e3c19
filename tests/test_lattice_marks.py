"""Marks by what the network says of them and where they stand; and a page that is one broken digit."""

from __future__ import annotations

import numpy as np
import pytest

from inkread.candidate import WHOLE, Candidate
from inkread.lattice import decode
from inkread.reading import Box, Reading, Rejected
from made_lattice import CLASSES, MARKS, read, row, standing


def number(text: str, share: float = 0.9) -> Reading:
    """The reading of a line of signs, each of them so sure, the rest of it ``none``."""
    return read([standing(i, sign) for i, sign in enumerate(text)], [row(**{sign: share}) for sign in text])


@pytest.mark.parametrize(
    "text",
    [
        "262-9664",
        "11/05/87",
        "58.433",
        "1,5",
        "(503)",
        "12:30",
        "+41",
        "-7",
        "3+4",
        "(503)262-9664",
        "1.234,5",
    ],
)
def test_a_number_is_read_as_it_is_written(text: str) -> None:
    reading = number(text)
    assert reading.written == text
    assert reading.text == "".join(sign for sign in text if sign.isdigit())
    assert "".join(mark.text for mark in reading.marks) == "".join(sign for sign in text if sign in MARKS)
    assert reading.rejected == ()
    for mark in reading.marks:
        assert 0.5 < mark.confidence <= 1
        assert mark.box in [standing(i, sign).box for i, sign in enumerate(text) if sign == mark.text]


@pytest.mark.parametrize(
    ("sign", "place"),
    [
        (".", {"drop": -0.5}),
        (",", {"drop": -0.5}),
        ("-", {"drop": 0.9}),
        ("-", {"drop": -0.8}),
        ("-", {"breadth": 0.05, "tall": 0.7}),
        ("/", {"tall": 0.4}),
        ("(", {"tall": 0.4}),
        (")", {"drop": 0.9}),
        (":", {"drop": 0.9}),
        ("+", {"drop": -0.8}),
        (".", {"tall": 0.8, "breadth": 0.8}),
    ],
)
def test_each_mark_has_its_place(sign: str, place: dict[str, float]) -> None:
    """What is read as a mark where it belongs is not where it does not, though the network says the same."""
    sure = 0.9 if sign in "()" else 0.6  # a bracket without the other must be surer
    rows = [row(d4=0.99), row(**{sign: sure}), row(d2=0.99)]
    here = [standing(0, "4"), standing(1, sign), standing(2, "2")]
    assert read(here, rows).written == f"4{sign}2"
    there = read([here[0], standing(1, sign, unfit="dot", **place), here[2]], rows)
    assert there.written == "42"
    assert [each.reason for each in there.rejected] == ["dot"]


@pytest.mark.parametrize(("tall", "written"), [(0.75, "412"), (1.0, "412"), (1.45, "4/2")])
def test_a_stroke_that_stands_out_is_a_slash_and_one_that_does_not_a_1(tall: float, written: str) -> None:
    rows = [row(d4=0.99), row(**{"d1": 0.6, "/": 0.39}), row(d2=0.99)]
    stroke = standing(1, "/", tall=tall, breadth=0.3)
    assert read([standing(0, "4"), stroke, standing(2, "2")], rows).written == written


def test_a_point_is_one_on_the_ground_between_digits_only() -> None:
    """At an end it may as well be dirt, unless the network is sure."""
    rows = [row(d5=0.99), row(d8=0.99), row(**{".": 0.5})]
    end = [standing(0, "5"), standing(1, "8"), standing(2, ".")]
    between = [standing(0, "5"), standing(1, ".", unfit="dot"), standing(2, "8")]
    assert read(between, [rows[0], rows[2], rows[1]]).written == "5.8"
    assert read(end, rows).written == "58"
    assert read(end, [*rows[:2], row(**{".": 0.99})]).written == "58."


@pytest.mark.parametrize(("with_it", "without"), [("11/05/87", "11/05187"), ("(503)", "(5037")])
def test_brackets_come_in_pairs_and_slashes_do(with_it: str, without: str) -> None:
    """The first of them, of which the network is unsure, is surer where the other stands."""
    at = with_it.index("/") if "/" in with_it else 0
    sure = []
    for text in (with_it, without):
        rows = [row(**{sign: 0.9}) for sign in text]
        rows[at] = row(**{with_it[at]: 0.4, "d1": 0.4})
        marks = read([standing(i, sign) for i, sign in enumerate(text)], rows).marks
        sure.append(next((mark.confidence for mark in marks if mark.text == with_it[at]), 0.0))
    assert sure[0] > sure[1] + 0.1


@pytest.mark.parametrize("text", ["/", "()", "--", "+", "(:)"])
def test_marks_without_digits_are_rejected(text: str) -> None:
    reading = number(text, 1.0)
    assert (reading.text, reading.written, reading.lines, reading.marks) == ("", "", (), ())
    assert [each.box for each in reading.rejected] == [standing(i, sign).box for i, sign in enumerate(text)]
    assert {each.reason for each in reading.rejected} == {"mark"}


def test_a_dash_alone_is_left_unread_as_the_dash_it_is() -> None:
    reading = number("-", 1.0)
    assert reading.marks == ()
    assert [each.reason for each in reading.rejected] == ["dash"]


def test_each_mark_belongs_to_its_line() -> None:
    lines = ["(503)", "1:30", "8,5"]
    candidates = [standing(i, sign, line=n) for n, line in enumerate(lines) for i, sign in enumerate(line)]
    reading = read(candidates, [row(**{sign: 0.9}) for sign in "".join(lines)])
    assert reading.written.split("\n") == lines
    assert reading.text.split("\n") == ["503", "130", "85"]


def test_a_network_without_marks_finds_none() -> None:
    classes = (*"0123456789", "none")
    rows = np.zeros((3, 11), np.float32)
    rows[[0, 1, 2], [4, 10, 2]] = 1
    candidates = [standing(i, sign) for i, sign in enumerate("4-2")]
    reading = decode(candidates, rows, classes, (400, 300))
    assert (reading.text, reading.written, reading.marks) == ("42", "42", ())
    assert [each.reason for each in reading.rejected] == ["dash"]


def test_marks_take_the_doubt_of_their_neighbours_cut() -> None:
    """A dash that may be the bar of the digit beside it is less sure than one that stands apart."""
    apart = [standing(0, "4"), standing(1, "-"), standing(2, "2")]
    rows = [row(d4=0.99), row(**{"-": 0.99}), row(d2=0.99)]
    both = Candidate(0, 0, 2, (1, 2), Box(10, 20, 60, 60), 0.5, 0.8, 1.0)
    sure = read(apart, rows).marks[0].confidence
    torn = read([*apart, both], [*rows, row(d5=0.99)])
    assert torn.written == "4-2"
    assert torn.marks[0].confidence < 0.8 < sure
    assert torn.digits[0].confidence < 0.8 < torn.digits[1].confidence


# The whole page as one digit

PIECES = [standing(0, "7"), standing(1, "1")]
PAGE = Candidate(WHOLE, 0, 1, (1, 2), Box(10, 20, 70, 60), 0.7, 1.0)


def test_pieces_that_are_nothing_are_one_broken_digit() -> None:
    before = (Rejected(Box(0, 0, 400, 4), "rule"),)
    rows = [row(d7=0.02), row(d1=0.02), row(d5=0.98)]
    reading = decode([*PIECES, PAGE], np.array(rows, np.float32), CLASSES, (400, 300), rejected=before)
    assert reading.text == "5"
    assert [digit.box for digit in reading.digits] == [PAGE.box]
    assert reading.digits[0].confidence > 0.9
    assert reading.rejected == before, "the pieces are read, as one"


def test_pieces_on_two_lines_are_one_broken_digit() -> None:
    """The hat of a 5, far above it."""
    pieces = [standing(0, "7"), standing(0, "3", line=1)]
    reading = read([*pieces, PAGE], [row(d7=0.3), row(d3=0.3), row(d5=0.98)])
    assert reading.text == "5"


def test_a_network_of_digits_only_is_not_asked_about_the_whole_page() -> None:
    """It takes two lines for a digit, too, and would doubt each of them."""
    lines = [standing(0, "7"), standing(0, "3", line=1)]
    scores = np.array([row(d7=1.0), row(d3=1.0), row(d8=1.0)], np.float32)[:, :10]
    reading = decode([*lines, PAGE], scores, CLASSES[:10], (400, 300))
    assert reading == decode(lines, scores[:2], CLASSES[:10], (400, 300))
    assert [(digit.value, digit.confidence > 0.99) for digit in reading.digits] == [(7, True), (3, True)]


def test_pieces_that_are_digits_stay_two() -> None:
    reading = read([*PIECES, PAGE], [row(d7=0.99), row(d1=0.99), row(d4=0.6)])
    assert reading.text == "71"
    alone = read(PIECES, [row(d7=0.99), row(d1=0.99)])
    for with_page, without in zip(reading.digits, alone.digits, strict=True):
        assert 0.6 < with_page.confidence < without.confidence, "it might be a 4"


def test_a_page_that_is_no_digit_changes_nothing() -> None:
    rows = [row(d7=0.9), row(d1=0.5)]
    assert read([*PIECES, PAGE], [*rows, row(d4=0.4)]) == read(PIECES, rows)


def test_a_page_that_might_be_either_is_doubtful() -> None:
    reading = read([*PIECES, PAGE], [row(d7=0.9), row(d1=0.9), row(d4=0.99)])
    assert max(digit.confidence for digit in reading.digits) < 0.75
