"""What a rectangle says, given what the reader made of it: signs and points it joined to digits, and what it left."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest

from inkread.reader import Reader
from inkread.reading import Box, Digit, Line, Mark, Reading
from inkread.sheets.exam.design import Question
from inkread.sheets.scans.symbols import UNCLEAR
from inkread.sheets.template.answer_ink import Field
from inkread.sheets.template.freereading import answer_symbols, looked_closer, number_symbols, unread_boxes

Rect = tuple[int, int, int, int]


def question(kind: str, pattern: str = "*") -> Question:
    return Question("1", "", kind, Fraction(1), (), pattern)  # type: ignore[arg-type]


def field(*inked: Rect, odd: Sequence[Rect] = ()) -> Field:
    """A rectangle with ink in these boxes: a digit is a frame, all else is filled."""
    ink = np.zeros((90, 400), bool)
    for left, top, right, bottom in inked:
        ink[top:bottom, left:right] = True
        if bottom - top > 20 and right - left > 12:
            ink[top + 4 : bottom - 4, left + 4 : right - 4] = False
    picture = np.where(ink, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    return Field(picture, ink, (100, 200), float(ink.sum()) / 36, tuple(odd))


def reading(*digits: tuple[int, Rect], marks: Sequence[Mark] = (), confidence: float = 0.999) -> Reading:
    line = Line(tuple(Digit(value, confidence, False, Box(*box)) for value, box in digits))
    return Reading((400, 90), (line,) if digits else (), tuple(marks))


SIX, ZERO, DOT, DASH = (60, 20, 84, 60), (20, 20, 44, 60), (48, 56, 52, 60), (4, 38, 18, 43)


def best(symbols: dict[str, float]) -> str:
    return max(symbols, key=lambda one: symbols[one])


def test_a_point_that_the_reader_joined_to_a_digit_is_seen() -> None:
    """Read as 06, with the dot in the box of the 0, this was 6, and sure."""
    joined = (20, 20, 53, 60)
    found = answer_symbols(question("decimal"), field(ZERO, DOT, SIX), reading((0, joined), (6, SIX)))
    assert best(found) == "0.6"
    assert found.get("6", 0) < 0.05


def test_digits_that_touch_are_not_struck_by_their_own_strokes() -> None:
    """Their upper edges are one straight line; a line that reaches out of the writing strikes it."""
    boxes = [(20, 20, 50, 50), (48, 20, 78, 50), (120, 20, 150, 50)]
    read = reading(*zip((0, 0, 0), boxes, strict=True))
    assert unread_boxes("integer", field(*boxes), read) == []
    assert unread_boxes("integer", field(*boxes, (12, 34, 158, 37)), read) != []


def test_a_closer_look_raises_digits_that_stand_apart() -> None:
    """The reader doubts where digits were cut; a digit that is joined to others keeps that doubt."""
    ink = np.zeros((90, 200), np.uint8)
    for x in (30, 90):
        cv2.line(ink, (x, 20), (x, 60), 1, 4)
    cv2.line(ink, (120, 20), (120, 60), 1, 4)
    cv2.line(ink, (90, 40), (120, 40), 1, 4)
    picture = np.where(ink, 40, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    made = Field(picture, ink > 0, (0, 0), float(ink.sum()) / 36, ())
    boxes = [(x - 6, 16, x + 7, 64) for x in (30, 90, 120)]
    (seen,) = looked_closer(Reader(), [made], [reading(*zip((1, 1, 1), boxes, strict=True), confidence=0.6)])
    first, *joined = [digit.confidence for digit in seen.digits]
    assert first > 0.9
    assert joined == [0.6, 0.6]


@pytest.mark.parametrize(("left", "answer"), [(90, "2 3/4"), (48, "23/4"), (68, UNCLEAR)])
def test_a_mixed_number_has_a_gap(left: int, answer: str) -> None:
    """2 3/4 without its gap is 23/4; where the gap is doubtful, nobody knows."""
    boxes = [ZERO, *((x, 20, x + 20, 60) for x in (left, left + 45))]
    slash = Mark("/", 0.99, Box(left + 25, 20, left + 40, 60))
    found = answer_symbols(
        question("fraction"), field(*boxes), reading(*zip((2, 3, 4), boxes, strict=True), marks=(slash,))
    )
    assert best(found) == answer


def test_a_speck_is_no_sure_point() -> None:
    speck = (48, 57, 50, 60)
    found = answer_symbols(question("decimal"), field(ZERO, speck, SIX), reading((5, ZERO), (6, SIX)))
    assert found["5.6"] < 0.9


def test_a_point_in_a_whole_number_makes_it_unclear() -> None:
    found = answer_symbols(question("integer"), field(ZERO, DOT, SIX), reading((5, ZERO), (6, SIX)))
    assert found[UNCLEAR] > 0.5


@pytest.mark.parametrize("box", [ZERO, (4, 20, 44, 60)])
def test_a_dash_before_all_digits_is_a_minus(box: Rect) -> None:
    found = answer_symbols(question("integer"), field(DASH, ZERO), reading((8, box)))
    assert best(found) == "-8"
    assert found["-8"] > 0.99


@pytest.mark.parametrize("dash", [(4, 22, 18, 27), (4, 55, 18, 60), (60, 38, 74, 43)])
def test_a_dash_elsewhere_is_unread(dash: Rect) -> None:
    """An underline, an overline, or a dash behind the number is no sign."""
    seen = field(dash, ZERO)
    found = answer_symbols(question("integer"), seen, reading((8, ZERO)))
    assert found["8"] <= 0.5
    assert unread_boxes("integer", seen, reading((8, ZERO))) != []


def test_a_stroke_through_digits_is_told() -> None:
    seen = field(ZERO, SIX, (10, 38, 110, 42))
    read = reading((0, (10, 20, 50, 60)), (6, (50, 20, 110, 60)))
    assert unread_boxes("integer", seen, read) != []
    assert answer_symbols(question("integer"), seen, read)["6"] <= 0.5


def test_times_and_dates_take_the_marks_that_people_write() -> None:
    places = [(20 + 30 * i, 20, 44 + 30 * i, 60) for i in range(8)]
    for kind, pattern, digits, after, answer in (
        ("time", "*", "1025", {1: "."}, "10:25"),
        ("time", "*", "825", {0: ":"}, "08:25"),
        ("date", "*DD.MM.YYYY", "2922028", {1: ".", 2: "."}, "2028-02-29"),
        ("date", "*MM/DD/YYYY", "2292028", {0: "/", 2: "/"}, "2028-02-29"),
        ("date", "*DD.MM.YYYY", "29228", {1: "-", 2: "-"}, "2028-02-29"),
        ("fraction", "*", "58", {0: "/"}, "5/8"),
    ):
        boxes = places[: len(digits)]
        marks = [Mark(text, 0.99, Box(boxes[i][2] + 1, 40, boxes[i][2] + 4, 44)) for i, text in after.items()]
        read = reading(*zip(map(int, digits), boxes, strict=True), marks=marks)
        found = answer_symbols(question(kind, pattern), field(*boxes), read)
        assert best(found) == answer


def test_what_is_no_answer_of_its_kind_is_unclear() -> None:
    four = [(20 + 30 * i, 20, 44 + 30 * i, 60) for i in range(4)]
    read = reading(*zip((2, 5, 7, 5), four, strict=True))
    assert answer_symbols(question("time"), field(*four), read) == {UNCLEAR: 1.0}
    assert answer_symbols(question("integer"), field(*four), reading()) == {UNCLEAR: 1.0}


def test_an_empty_rectangle_is_no_answer_unless_something_stands_beside_it() -> None:
    assert answer_symbols(question("integer"), field(), reading())[" "] > 0.9999
    assert answer_symbols(question("integer"), field(odd=[(0, 0, 9, 9)]), reading())[" "] == 0.5


def test_numbers_need_all_their_digits() -> None:
    four = [(20 + 30 * i, 20, 44 + 30 * i, 60) for i in range(4)]
    read = reading(*zip((1, 1, 3, 8), four, strict=True))
    assert [best(one) for one in number_symbols(4, field(*four), read)] == ["1", "1", "3", "8"]
    assert number_symbols(5, field(*four), read) == [{UNCLEAR: 1.0}] * 5
    assert [best(one) for one in number_symbols(4, field(), reading())] == [" "] * 4
