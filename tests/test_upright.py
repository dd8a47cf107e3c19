"""Pages that were turned: noticed by how badly they are read, and read upright; what reads well stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.first_reader import FirstReader
from inkread.reader import Reader
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected
from inkread.recognition.upright import how_well, is_clearly_better, is_straighter, ways_up
from made import draw_number, draw_page

Picture = NDArray[np.uint8]
LINES = ["23457", "74325", "54732"]
"""Digits that are none, or others, on their sides and heads."""


def reading(*lines: Sequence[float], marks: int = 0, rejected: Sequence[Rejected] = ()) -> Reading:
    """Lines of digits with these confidences, 40 pixels high."""
    rows = [
        Line(
            tuple(
                Digit(3, sure, sure < 0.7, Box(30 * i, 60 * y, 30 * i + 25, 60 * y + 40))
                for i, sure in enumerate(line)
            )
        )
        for y, line in enumerate(lines)
    ]
    return Reading((500, 500), tuple(rows), (Mark("-", 0.9, Box(0, 0, 9, 3)),) * marks, tuple(rejected))


def unread(height: int, reason: str = "not a digit") -> Rejected:
    return Rejected(Box(0, 400, 25, 400 + height), reason)


@pytest.mark.parametrize(
    ("page", "ways"),
    [
        (reading([0.99] * 6), ()),
        (reading([0.8] * 6), (180,)),
        (reading([0.5] * 6), (180, 90, 270)),
        (reading([0.3] * 3), ()),
        (reading([0.3] * 2, marks=2), (180, 90, 270)),
        (reading(), ()),
        (reading([0.99] * 4, rejected=[unread(40)] * 4), (180, 90, 270)),
        (reading([0.99] * 4, rejected=[unread(8)] * 40), ()),
        (reading([0.99] * 4, rejected=[unread(40, "rule")] * 9), ()),
        (reading(rejected=[unread(40)] * 4), (180, 90, 270)),
        (reading([0.3] * 9, rejected=[unread(400, "too many specks")]), ()),
        (reading([0.3] * 9, rejected=[unread(8, "speck")] * 150), ()),
        (reading([0.3] * 60, rejected=[unread(8, "speck")] * 150), (180, 90, 270)),
    ],
    ids=[
        "sure",
        "less",
        "unsure",
        "few",
        "marks",
        "none",
        "unread",
        "dirt",
        "rules",
        "nothing",
        "texture",
        "sand",
        "dirty page",
    ],
)
def test_only_what_is_read_badly_is_worth_another_look(page: Reading, ways: tuple[int, ...]) -> None:
    assert ways_up(page) == ways


def test_more_and_surer_digits_in_longer_lines_are_better() -> None:
    assert how_well(reading()) == 0
    assert how_well(reading([0.5] * 9)) == 0
    assert how_well(reading([0.9] * 6)) < how_well(reading([0.95] * 6))
    assert how_well(reading([0.9] * 5)) < how_well(reading([0.9] * 6))
    assert how_well(reading(*[[0.9]] * 6)) < how_well(reading([0.9] * 6)), "digits seldom stand in columns"


def test_better_is_not_enough() -> None:
    here = reading([0.8] * 6)
    assert not is_clearly_better(here, here, 0.0)
    assert not is_clearly_better(here, here, 2.0)
    assert is_clearly_better(here, here, 5.0)
    assert not is_clearly_better(reading([0.98] * 3), here, 5.0), "half of the digits are gone"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def page() -> Picture:
    return draw_page(LINES, seed=3, size=60, pen=0.1, leading=2.0, slant=2.0)


def turned(page: Picture, degrees: int) -> Picture:
    """The page turned to the left, as it may come from a scanner."""
    return np.ascontiguousarray(np.rot90(page, degrees // 90))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_page_is_read_upright(reader: Reader, page: Picture, degrees: int) -> None:
    found = reader.read(turned(page, degrees))
    assert found.text.split("\n") == LINES
    assert found.turned_degrees == degrees
    assert found.size_wh == (page.shape[1], page.shape[0])
    upright = reader.read(page)
    for one, other in zip(found.digits, upright.digits, strict=True):
        assert one.box.iou(other.box) > 0.85, "boxes are those of the upright picture"


def test_the_steps_are_those_of_the_upright_page(reader: Reader, page: Picture) -> None:
    steps = reader.steps(turned(page, 90))
    assert np.array_equal(steps.image, page)
    assert steps.ink.shape == steps.labels.shape
    assert steps.reading.turned_degrees == 90


def test_read_many_turns_pages_too(reader: Reader, page: Picture) -> None:
    found = list(reader.read_many([page, turned(page, 180), turned(page, 270), page]))
    assert [each.turned_degrees for each in found] == [0, 180, 270, 0]
    assert {each.text for each in found} == {"\n".join(LINES)}


@pytest.mark.parametrize("number", ["6", "9", "66", "909", "7"])
def test_a_few_digits_are_left_as_they_are(reader: Reader, number: str) -> None:
    assert reader.read(turned(draw_number(number, seed=2), 180)).turned_degrees == 0


def test_what_is_read_well_is_read_once(page: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    find = FirstReader._segmented
    monkeypatch.setattr(
        FirstReader, "_segmented", lambda self, image: looks.append(image.shape) or find(self, image)
    )
    Reader().read(page)
    assert len(looks) == 1
    Reader().read(turned(page, 90))
    assert 3 <= len(looks) <= 5


@pytest.mark.parametrize(
    ("other", "page", "straighter"),
    [
        (reading([0.99] * 6), reading([0.99] * 3, [0.99] * 3), True),
        (reading([0.99] * 6), reading([0.8] * 6), True),
        (reading([0.9] * 6), reading([0.99] * 6), False),
        (reading([0.99] * 6), reading([0.99] * 6), True),
        (reading([0.99] * 4), reading([0.6] * 8), False),
    ],
    ids=["fewer lines", "surer", "less sure", "the same", "half of it"],
)
def test_which_lines_are_straighter(other: Reading, page: Reading, straighter: bool) -> None:
    assert is_straighter(other, page) == straighter


@pytest.mark.parametrize("degrees", [0, 180])
def test_a_page_is_turned_only_if_the_page_network_sees_more_on_it_then(
    reader: Reader, page: Picture, monkeypatch: pytest.MonkeyPatch, degrees: int
) -> None:
    monkeypatch.setattr(
        FirstReader, "steps", lambda self, image: self._read_page(self._segmented(turned(image, 180)), 180)
    )
    found = reader.read(turned(page, degrees))
    assert (found.turned_degrees, found.text.split("\n")) == (degrees, LINES)
