"""Pages with very many pieces: texture is left unread at once, writing is read, whichever way up it lies."""

from __future__ import annotations

import numpy as np
import pytest

from inkread.candidate import WHOLE, Candidate
from inkread.reader import Reader
from inkread.reading import Box
from inkread.recognition import page_limits
from inkread.recognition.page_limits import alone, is_written, may_be_upright, part_to_turn, rows_to_read
from made import draw_number

CLASSES = (*"0123456789", "-", "none")


def candidate(x: int, *, start: int = 0, stop: int = 1, line: int = 0, unfit: str = "") -> Candidate:
    return Candidate(line, start, stop, (x + 1,), Box(x, 0, x + 8, 20), unfit=unfit)


def scores(*of_a_digit: float) -> np.ndarray:
    rows = np.zeros((len(of_a_digit), len(CLASSES)), np.float32)
    rows[:, 3], rows[:, -1] = of_a_digit, 1 - np.array(of_a_digit)
    return rows


def test_pieces_alone_are_taken_evenly() -> None:
    joined = [candidate(10, stop=2), candidate(20, line=WHOLE), candidate(30, unfit="dot")]
    assert alone([candidate(0), *joined]) == [candidate(0)]
    many = [candidate(x) for x in range(1000)]
    some = alone(many)
    assert 150 <= len(some) <= 300
    assert {each.box.left // 250 for each in some} == {0, 1, 2, 3}


def test_what_hardly_looks_like_digits_is_no_writing() -> None:
    pieces = [candidate(x) for x in range(100)]
    assert is_written(pieces, scores(*[0.9] * 100), CLASSES)
    assert is_written(pieces, scores(*[0.9] * 10, *[0.1] * 90), CLASSES)
    assert not is_written(pieces, scores(*[0.9], *[0.1] * 99), CLASSES)
    # Nearly all of a texture hangs together: of few pieces that stand alone, even digits say little.
    assert not is_written([*pieces[:2], *[candidate(9, stop=2)] * 98], scores(0.9, 0.9), CLASSES)
    assert not is_written([candidate(9, stop=2)], scores(), CLASSES)


def test_a_network_that_knows_digits_only_cannot_tell() -> None:
    assert is_written([candidate(0)] * 9, np.zeros((9, 10), np.float32), tuple("0123456789"))


def test_the_part_that_is_turned_lies_in_the_middle_and_holds_some() -> None:
    page = [Box(30 * x, 50 * y, 30 * x + 20, 50 * y + 40) for y in range(40) for x in range(50)]
    part = part_to_turn(page)
    assert 50 < sum(each.iou(part) > 0 for each in page) < 200
    assert abs(part.centre[0] - 750) < 60
    assert abs(part.centre[1] - 1000) < 60
    assert part_to_turn(page[:1]).area > 0


def test_the_part_of_a_mile_of_dots_holds_no_more() -> None:
    strip = [Box(7 * x, 0, 7 * x + 4, 4) for x in range(3000)]
    part = part_to_turn(strip)
    assert 50 < sum(each.iou(part) > 0 for each in strip) < 200
    assert part_to_turn([Box(5, 5, 9, 9)] * 1000) == Box(5, 5, 9, 9)


def test_columns_taken_for_lines_are_not_upright() -> None:
    assert may_be_upright(120, 300)
    assert not may_be_upright(120, 1200)
    assert may_be_upright(10, 140), "a few pieces may be digits that touch"
    assert not may_be_upright(3, 800)


def test_lines_are_read_from_the_top_as_far_as_it_takes_no_time() -> None:
    assert rows_to_read([candidate(x, line=line) for line in range(3) for x in range(20)]) == [0, 1, 2]
    page = [candidate(x, line=line) for line in range(9) for x in range(800)]
    assert rows_to_read([*page, candidate(0, line=WHOLE)]) == [0, 1, 2]
    mile = [candidate(x, line=1) for x in range(2000)]
    assert rows_to_read([candidate(0), *mile, candidate(0, line=2)]) == [0, 2]
    assert rows_to_read(mile) == [0]


def test_noise_is_left_unread_and_says_why() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (500, 500)).astype(np.uint8)
    reading = Reader().read(noise)
    assert reading.text == ""
    assert "too many specks" in {each.reason for each in reading.rejected}


def test_a_page_of_many_is_read_as_one_of_few_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [draw_number(text, seed=seed) for seed, text in enumerate(("20241138", "55907612", "31866420"))]
    width = max(line.shape[1] for line in lines)
    page = np.concatenate(
        [
            np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=line.max())
            for line in lines
        ]
    )
    reader = Reader()
    few = reader.read(page)
    monkeypatch.setattr(page_limits, "MANY", 5)
    assert reader.read(page) == few
    assert reader.read(np.ascontiguousarray(np.rot90(page, 2))).text == few.text
