"""The second reader and its fusion with the first one: tables and boxes are read, plain numbers stay as they are."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.calibration import Calibration, log_odds
from inkread.choice import Seen, numbers_of_places, places_of
from inkread.confidence import digit_of
from inkread.explain.closeup import look_at
from inkread.fusion import (
    Candidates,
    combined,
    judged,
    needs_second,
    numbers_of_first,
    numbers_of_picture,
    numbers_of_second,
)
from inkread.reader import Reader
from inkread.reading import Box, Line, Reading, Rejected
from inkread.sketch import Sketch, Stroke
from made import draw_number
from made_movements import number_strokes

BOX = Box(10, 10, 30, 40)
HEAD = np.full((1, 24), 1 / 24, np.float32)


def reading(*confidences: float, rejected: int = 0) -> Reading:
    """A line of 3s in a row of boxes."""
    digits = tuple(
        digit_of(
            [p if v == 3 else (1 - p) / 9 for v in range(10)], Box(10 + 30 * i, 10, 30 + 30 * i, 40), 0.85
        )
        for i, p in enumerate(confidences)
    )
    return Reading((300, 60), (Line(digits),) if digits else (), (), (Rejected(BOX, "rule"),) * rejected)


def candidates(*seen: tuple[int, float, Box]) -> Candidates:
    values = np.array([value for value, _, _ in seen], np.intp)
    boxes = np.array([box.to_list() for _, _, box in seen], np.float32).reshape(-1, 4)
    return Candidates(
        boxes,
        values,
        np.array([sure for _, sure, _ in seen], np.float32),
        np.eye(10, dtype=np.float32)[values],
    )


def weighing(count: int, **weights: float) -> Calibration:
    """A calibration that heeds only the numbers in the named columns (``c0``, ``c1``, …)."""
    values = [weights.get(f"c{i}", 0.0) for i in range(count)]
    return Calibration((0.0,) * count, (1.0,) * count, (*values, 0.0))


def table(rows: list[str], cell: int = 64, pen: int = 4) -> NDArray[np.uint8]:
    """Handwritten digits in the cells of a table whose rules are as thick and as dark as the pen."""
    width, height = cell * len(rows[0]) + 40, cell * len(rows) + 40
    picture = np.full((height, width, 3), 250, np.uint8)
    for y, row in enumerate(rows):
        for x, digit in enumerate(row):
            if digit == " ":
                continue
            ink = draw_number(digit, seed=7 * y + x, size=cell * 0.55, margin=0.2)
            scale = min(1.0, (cell - 14) / max(ink.shape[:2]))
            ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            top = 20 + y * cell + (cell - ink.shape[0]) // 2
            left = 20 + x * cell + (cell - ink.shape[1]) // 2
            window = picture[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.minimum(window, ink, out=window)
    for x in range(len(rows[0]) + 1):
        cv2.line(picture, (20 + x * cell, 20), (20 + x * cell, height - 20), (30, 30, 30), pen)
    for y in range(len(rows) + 1):
        cv2.line(picture, (20, 20 + y * cell), (width - 20, 20 + y * cell), (30, 30, 30), pen)
    return picture


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (reading(0.99, 0.99), False),
        (reading(0.99, 0.9), True),
        (reading(0.6), False),
        (reading(0.99, rejected=1), True),
        (reading(*[0.99] * 6), False),
        (reading(), True),
    ],
)
def test_a_second_reader_is_asked_where_something_is_in_doubt(first: Reading, asked: bool) -> None:
    assert needs_second(first) is asked


@pytest.mark.parametrize(
    ("confidence", "box", "asked"),
    [
        (0.99, Box(100, 100, 150, 180), False),
        (0.6, Box(100, 100, 150, 180), True),
        (0.99, Box(10, 10, 390, 290), True),
    ],
)
def test_a_single_digit_of_a_photo_is_asked_about_if_it_may_be_a_shadow(
    confidence: float, box: Box, asked: bool
) -> None:
    digit = digit_of([confidence if value == 7 else 0.0 for value in range(10)], box, 0.85)
    assert needs_second(Reading((400, 300), (Line((digit,)),))) is asked


@pytest.mark.parametrize(
    "fields",
    [
        {"means": [0.0], "scales": [1.0], "weights": [1.0]},
        {"means": [0.0], "scales": [0.0], "weights": [1.0, 0.0]},
        {"means": [0.0], "scales": [1.0], "weights": [float("nan"), 0.0]},
        {"means": "a", "scales": [1.0], "weights": [1.0, 0.0]},
    ],
)
def test_a_calibration_that_cannot_be_used_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"calibration|float"):
        Calibration.from_dict(fields)


def test_a_page_under_uneven_light_is_no_single_digit() -> None:
    digits = table(["2468", "3579", "8035"], pen=3)
    board = 90 - 0.3 * digits.astype(np.float32) / 255 * 60
    board += np.linspace(0, 110, board.shape[1])[None, :, None]
    board = np.where(digits < 128, 235, board)
    reading = Reader().read(np.clip(board, 0, 255).astype(np.uint8))
    assert len(reading.digits) > 6


def test_every_digit_has_ink() -> None:
    rng = np.random.default_rng(5)
    page = np.full((400, 500, 3), 235, np.uint8)
    for _ in range(14):
        left, top, width, height = (int(value) for value in rng.integers((0, 0, 20, 30), (420, 300, 90, 110)))
        cv2.rectangle(page, (left, top), (left + width, top + height), (60, 60, 60), int(rng.integers(1, 4)))
    steps = Reader().steps(page)
    for digit in steps.reading.digits:
        closeup: Any = look_at(steps, digit)
        assert closeup is None or closeup.glyph.any()


def test_agreement_and_contradiction_are_told_apart() -> None:
    first = reading(0.9)
    agreeing, contradicting = candidates((3, 0.8, BOX)), candidates((8, 0.8, BOX))
    same, other = (numbers_of_first(first, second, HEAD)[0] for second in (agreeing, contradicting))
    assert same[0] == other[0] == pytest.approx(log_odds(0.9))
    assert same[1] == pytest.approx(log_odds(0.8))
    assert other[1] == pytest.approx(log_odds(0.01))
    assert other[2] == pytest.approx(log_odds(0.8))
    assert numbers_of_second(first, agreeing)[0, 1] == pytest.approx(log_odds(0.9))
    assert numbers_of_second(first, candidates((3, 0.8, Box(90, 10, 110, 40))))[0, 4] == 1


def test_a_digit_that_both_see_is_one_digit_with_the_higher_probability() -> None:
    first, second = reading(0.6), candidates((3, 0.9, BOX), (5, 0.7, Box(100, 10, 120, 40)))
    calibrations = {
        "first": weighing(numbers_of_first(first, second, HEAD).shape[1], c0=1.0),
        "second": weighing(numbers_of_second(first, second).shape[1], c0=1.0),
    }
    sure = combined(Candidates.of(first), second, *judged(first, second, HEAD, calibrations))
    assert sure == pytest.approx([0.9, 0.9, 0.7], abs=1e-4)


def test_pages_with_rules_between_lines_are_told_from_others() -> None:
    plain, ruled = reading(0.9, 0.9), reading(0.9, 0.9, rejected=1)
    of_lines = Reading(ruled.size_wh, ruled.lines * 2, (), ruled.rejected)
    none = np.zeros(0, np.float32)
    assert [numbers_of_picture(each, none, candidates())[0] for each in (plain, ruled, of_lines)] == [0, 0, 1]


def test_readers_that_see_nothing_have_no_probabilities() -> None:
    nothing = candidates()
    calibrations = {
        "first": weighing(numbers_of_first(reading(), nothing, HEAD[:0]).shape[1]),
        "second": weighing(numbers_of_second(reading(), nothing).shape[1]),
    }
    of_both = judged(reading(), nothing, HEAD[:0], calibrations)
    assert len(combined(Candidates.of(reading()), nothing, *of_both)) == 0


def seen(*digits: tuple[int, float, Box]) -> Seen:
    own = candidates(*digits)
    return Seen(own.boxes, own.values, own.sure, np.full((len(own.values), 24), 1 / 24, np.float32))


def test_readers_differ_in_places() -> None:
    """Of four boxes the first reader has 3 and 1, the second 3 and, on the same ink, 7 and 4."""
    both = seen(
        (3, 0.9, BOX), (1, 0.5, Box(60, 10, 110, 40)), (3, 0.9, BOX), (7, 0.8, Box(60, 10, 84, 40)),
        (4, 0.8, Box(86, 10, 110, 40)),
    )  # fmt: skip
    agreed, (place,) = places_of(both, [0, 1], [2, 3, 4])
    assert agreed == [0]
    assert (place.first, place.second) == ((1,), (3, 4))
    assert sorted(place.all) == [1, 3, 4]


def test_what_a_reader_leaves_out_is_counted_against_it() -> None:
    """Only the second reader has the digit on the left, which has as much ink as the one that both have."""
    both = seen((3, 0.9, Box(100, 10, 120, 40)), (3, 0.9, Box(100, 10, 120, 40)), (8, 0.9, BOX))
    grey = np.full((60, 160), 0.9, np.float32)
    grey[12:38, 12:28] = 0.1
    agreed, places = places_of(both, [0], [1, 2])
    picture = np.zeros(5)
    (numbers,) = numbers_of_places(grey, both, agreed, places, picture)
    fewer, _, left_out, _, uncovered, *_, empty = numbers[:11]
    assert (fewer, uncovered, empty) == (-1, 1, 1)
    assert left_out == pytest.approx(np.log(0.1), abs=1e-6)
    assert numbers_of_places(grey, both, agreed, [], picture).shape == (0, len(numbers))


def test_a_calibration_is_a_logistic_regression_and_survives_its_card() -> None:
    calibration = Calibration((1.0,), (2.0,), (1.0, -0.5))
    assert calibration.probabilities(np.array([[2.0], [1.0]])) == pytest.approx([0.5, 1 / (1 + np.exp(0.5))])
    assert Calibration.from_dict(calibration.to_dict()) == calibration


def test_digits_in_the_cells_of_a_table_are_read_and_its_rules_are_not() -> None:
    rows = ["2468", "3579", "8035", "6294"]
    assert Reader().read(table(rows)).text.split("\n") == rows


def test_each_digit_of_a_table_can_be_seen_closely() -> None:
    steps = Reader().steps(table(["245", "863"]))
    assert steps.reading.digits
    for digit in steps.reading.digits:
        closeup: Any = look_at(steps, digit)
        assert closeup is not None
        assert closeup.glyph.max() > 0.5
        assert closeup.picture.min() < 128


def test_plain_numbers_are_read_the_same_one_by_one_and_in_a_batch() -> None:
    pictures = [draw_number("20417", seed=seed) for seed in (1, 2)] + [table(["24", "86"])]
    reader = Reader()
    assert list(reader.read_many(pictures)) == [reader.read(picture) for picture in pictures]
    assert [reading.text for reading in reader.read_many(pictures[:2])] == ["20417", "20417"]


def test_a_network_of_ones_own_reads_alone() -> None:
    from inkread.glyphs.classifier import SHIPPED_MODEL

    assert len(Reader(SHIPPED_MODEL).networks) == 1
    assert [network.path.name for network in Reader().networks] == [
        "digits.onnx",
        "lines.onnx",
        "page.onnx",
        "boxes.onnx",
    ]


def test_a_scribble_that_was_taken_for_digits_at_first_is_told() -> None:
    """Ink that is no digit after all is rejected, not dropped without a word."""
    turn = np.linspace(0, 9, 80)
    scribble = np.stack([300 + 120 * np.sin(turn * 3.1), 200 + 90 * np.cos(turn * 2.3)], axis=1)
    strokes = [*number_strokes(["38"], 90, 30, 60, seed=5), scribble]
    picture = Sketch((500, 350), [Stroke(path, 16.0) for path in strokes]).to_image()
    reader = Reader()
    assert len(reader.first_steps(picture).reading.digits) > 2
    read = reader.read(picture)
    assert read.text == "38"
    assert [each.reason for each in read.rejected] == ["not a digit"]
    assert read.rejected[0].box.left > 150
