"""What comes back from a reading: plain numbers that survive the trip to JSON, and boxes that measure overlap."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

edges = st.integers(-50, 5000)
# to_dict rounds to six decimals; these are what comes back from it.
probabilities = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
boxes = st.tuples(edges, edges, st.integers(1, 300), st.integers(1, 300)).map(
    lambda b: Box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
values = st.integers(0, 9)
runners_up = st.lists(st.tuples(values, probabilities), max_size=3).map(tuple)
digits = st.builds(Digit, values, probabilities, st.booleans(), boxes, runners_up)
lines = st.lists(digits, min_size=1, max_size=4).map(lambda many: Line(tuple(many)))
marks = st.builds(Mark, st.sampled_from("-/.,():+"), probabilities, boxes)
rejects = st.builds(Rejected, boxes, st.sampled_from(["rule", "speck", "not a digit"]))
readings = st.builds(
    Reading,
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    st.lists(lines, max_size=3).map(tuple),
    st.lists(marks, max_size=3).map(tuple),
    st.lists(rejects, max_size=3).map(tuple),
    st.sampled_from([0, 90, 180, 270]),
)


@given(readings)
def test_a_reading_survives_json(reading: Reading) -> None:
    again = Reading.from_dict(json.loads(json.dumps(reading.to_dict())))
    assert again == reading
    assert hash(again) == hash(reading)


def test_the_contract_of_the_json() -> None:
    digit = Digit(2, 0.9984567, False, Box(1, 2, 3, 4), ((3, 0.0012345),))
    mark = Mark("-", 0.9123456, Box(5, 4, 9, 5))
    reading = Reading((20, 10), (Line((digit,)),), (mark,), (Rejected(Box(0, 0, 20, 1), "rule"),), 90)
    assert reading.to_dict() == {
        "text": "2",
        "confidence": 0.998457,
        "size_wh": [20, 10],
        "lines": [
            {
                "text": "2",
                "confidence": 0.998457,
                "digits": [
                    {
                        "value": 2,
                        "confidence": 0.998457,
                        "doubtful": False,
                        "box": [1, 2, 3, 4],
                        "runners_up": [{"value": 3, "confidence": 0.001234}],
                    }
                ],
            }
        ],
        "written": "2-",
        "marks": [{"text": "-", "confidence": 0.912346, "box": [5, 4, 9, 5]}],
        "rejected": [{"box": [0, 0, 20, 1], "reason": "rule"}],
        "turned_degrees": 90,
    }


@given(readings)
def test_text_confidence_and_doubt_are_those_of_the_digits(reading: Reading) -> None:
    assert reading.text.replace("\n", "") == "".join(str(digit.value) for digit in reading.digits)
    assert reading.text.count("\n") == max(0, len(reading.lines) - 1)
    assert reading.doubtful is any(digit.doubtful for digit in reading.digits)
    least = min((digit.confidence for digit in reading.digits), default=0.0)
    assert 0.0 <= reading.confidence <= least


def line_of(text: str, y: int, lean: float = 0.0) -> tuple[Line, tuple[Mark, ...]]:
    """A line of signs and spaces, 10 pixels apart, its first one at ``y``, falling by ``lean``; its marks apart."""
    digits, marks = [], []
    for i, sign in enumerate(text):
        top = round(y + lean * 10 * i)
        box = Box(10 * i, top, 10 * i + 8, top + 14)
        if sign.isdigit():
            digits.append(Digit(int(sign), 0.9, False, box))
        elif sign != " ":
            marks.append(Mark(sign, 0.9, box))
    return Line(tuple(digits)), tuple(marks)


@pytest.mark.parametrize("lean", [-0.6, 0.0, 0.6])
def test_numbers_as_they_are_written_on_several_lines(lean: float) -> None:
    texts = ["(503)262-9664", "11/05/87", "+1.234,5"]
    lines, marks = zip(*(line_of(text, 40 * i, lean) for i, text in enumerate(texts)), strict=True)
    mixed = tuple(mark for each in marks[::-1] for mark in each[::-1])
    reading = Reading((200, 200), lines, mixed)
    assert reading.written == "\n".join(texts)
    assert reading.text == "5032629664\n110587\n12345"
    order = reading.in_order()
    assert [len(line) for line in order] == [len(text) for text in texts]
    assert {each for line in order for each in line} == {*reading.digits, *mixed}


@given(readings)
def test_what_is_written_is_the_text_and_all_marks(reading: Reading) -> None:
    order = reading.in_order()
    assert len(order) == len(reading.lines)
    beside = [each for line in order for each in line if isinstance(each, Mark)]
    assert sorted(map(repr, beside)) == sorted(map(repr, reading.marks if reading.lines else ()))
    for line, own in zip(order, reading.lines, strict=True):
        assert own.digits == tuple(each for each in line if isinstance(each, Digit))
        marks = [each.box.centre[0] for each in line if isinstance(each, Mark)]
        assert marks == sorted(marks)
    assert reading.written.count("\n") == max(0, len(reading.lines) - 1)


def test_digits_that_reach_over_one_another_are_written_in_the_order_of_the_text() -> None:
    flag, dash = Box(0, 0, 60, 30), Mark("-", 0.9, Box(70, 10, 90, 14))
    digits = (
        Digit(5, 0.9, False, flag),
        Digit(8, 0.9, False, Box(10, 20, 40, 60)),
        Digit(0, 0.9, False, Box(100, 0, 130, 60)),
    )
    reading = Reading((200, 80), (Line(digits),), (dash,))
    assert reading.text == "580"
    assert reading.written == "58-0"


def test_json_of_earlier_versions_is_read() -> None:
    """It had neither marks nor the turn."""
    fields = Reading((30, 20), (line_of("12", 0)[0],)).to_dict()
    for name in ("marks", "written", "turned_degrees"):
        del fields[name]
    assert Reading.from_dict(fields).turned_degrees == 0
    assert Reading.from_dict(fields).text == "12"


def test_an_empty_page_is_an_empty_reading() -> None:
    reading = Reading((30, 20))
    assert (reading.text, reading.digits, reading.confidence, reading.doubtful) == ("", (), 0.0, False)
    assert (reading.written, reading.in_order()) == ("", ())
    assert Reading.from_dict(reading.to_dict()) == reading


def test_a_reading_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Box(0, 0, 1, 1).left = 5  # type: ignore[misc]


@given(boxes, boxes)
def test_iou_is_symmetric_and_the_share_of_pixels(one: Box, other: Box) -> None:
    assert one.iou(other) == other.iou(one)
    assert 0 <= one.iou(other) <= 1
    assert one.iou(one) == 1
    assert (one.iou(other) == 1) is (one == other)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        (Box(0, 0, 10, 10), 1.0),
        (Box(0, 0, 5, 10), 0.5),
        (Box(5, 0, 15, 10), 1 / 3),
        (Box(5, 5, 15, 15), 25 / 175),
        (Box(10, 0, 20, 10), 0.0),  # right and bottom are exclusive: they only meet
        (Box(30, 30, 40, 40), 0.0),
        (Box(5, 5, 5, 5), 0.0),
    ],
)
def test_iou(other: Box, iou: float) -> None:
    assert Box(0, 0, 10, 10).iou(other) == pytest.approx(iou)


@given(st.lists(boxes, min_size=1, max_size=6))
def test_around_holds_all_and_no_more(many: list[Box]) -> None:
    around = Box.around(iter(many))
    assert all(around.left <= box.left and box.right <= around.right for box in many)
    assert all(around.top <= box.top and box.bottom <= around.bottom for box in many)
    assert {around.left, around.right} <= {edge for box in many for edge in (box.left, box.right)}
    assert Box.from_list(around.to_list()) == around


def test_nothing_has_no_box() -> None:
    with pytest.raises(ValueError, match="at least one box"):
        Box.around([])
    with pytest.raises(ValueError, match="at least one box"):
        _ = Line(()).box


def test_sizes_of_a_box() -> None:
    box = Box(2, 3, 12, 8)
    assert (box.width, box.height, box.area, box.centre) == (10, 5, 50, (7.0, 5.5))
    assert Box(5, 5, 3, 9).area == 0
