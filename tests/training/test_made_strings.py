"""Made numbers: the same seed makes the same picture, boxes hold their digits, and the table counts what it says."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.reading import Box, Digit, Line, Reading
from inkread.training.evaluation.doubt_threshold import Pair, matched
from inkread.training.synthesis.characters.degradation import PAPERS
from inkread.training.synthesis.characters.strings import SPACINGS, MadeString, make_string
from inkread.training.synthesis.characters.writers import Writers
from made_lines import made_writers

# After tests/, which has a made.py, too.
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

from madefigures import Outcome, figures, table
from madereading import read


@pytest.fixture(scope="module")
def writers() -> Writers:
    return made_writers()


@pytest.mark.parametrize("paper", PAPERS)
def test_the_same_seed_makes_the_same_picture(writers: Writers, paper: str) -> None:
    first, again = (make_string(writers, (5, 1), "near", paper) for _ in range(2))
    assert np.array_equal(first.picture, again.picture)
    assert (first.text, first.boxes) == (again.text, again.boxes)
    other = make_string(writers, (5, 2), "near", paper)
    assert first.picture.shape != other.picture.shape or not np.array_equal(first.picture, other.picture)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_boxes_hold_their_digits_and_all_the_ink(writers: Writers, spacing: str) -> None:
    for seed in range(8):
        made = make_string(writers, (seed,), spacing, "clean")
        assert len(made.text) == len(made.boxes)
        inked = is_inked(made)
        for box in made.boxes:
            window = inked[box.top : box.bottom, box.left : box.right]
            # Ink of at least a half on each side: the box is as small as can be.
            for side in (window[0], window[-1], window[:, 0], window[:, -1]):
                assert side.any(), (spacing, seed, made.text)
        outside = inked.copy()
        for box in made.boxes:
            outside[box.top : box.bottom, box.left : box.right] = False
        assert not outside.any()


def is_inked(made: MadeString) -> NDArray[np.bool_]:
    """Where the picture is darker than midway between its paper and its ink."""
    grey = made.picture.astype(float).min(axis=2)
    paper = np.median(grey)
    return grey < paper - 0.42 * (paper - grey.min())


def test_heights_and_sizes_are_those_of_real_pictures(writers: Writers) -> None:
    heights = []
    for seed in range(30):
        made = make_string(writers, (seed, 3), "wide", "clean")
        assert made.picture.dtype == np.uint8
        assert made.picture.shape[2] == 3
        assert 1 <= len(made.text) <= 10
        heights += [box.height for box in made.boxes]
    assert min(heights) > 20
    assert 60 < max(heights) < 150


def parts_of(made: MadeString) -> int:
    return cv2.connectedComponents(is_inked(made).astype(np.uint8), connectivity=8)[0] - 1


def test_spacings_are_what_they_say(writers: Writers) -> None:
    met = dict.fromkeys(SPACINGS, 0)
    for seed in range(24):
        for spacing in SPACINGS:
            made = make_string(writers, (seed, 9), spacing, "clean", 2)
            one, other = made.boxes
            gap, narrower = other.left - one.right, min(one.width, other.width)
            if spacing == "wide":
                assert gap >= 0.2 * min(one.height, other.height)
            if spacing == "overlapping":
                assert gap <= -0.15 * narrower + 1
            met[spacing] += parts_of(made) == 1
    # Forms that come in two strokes may be in three parts though they touch; hardly any in one though they do not.
    assert met["wide"] == met["near"] == 0
    assert min(met["touching"], met["overlapping"]) >= 18


def test_an_unknown_spacing_is_refused(writers: Writers) -> None:
    with pytest.raises(ValueError, match="no such spacing: tight; there are wide, near"):
        make_string(writers, (1,), "tight", "clean", 2)


def outcome(truth: str, read: str, confidences: list[float] | None = None, shift: int = 0) -> Outcome:
    """A number 10 pixels a digit, read as ``read``; digits below 0.5 are doubtful."""
    boxes = tuple(Box(10 * i, 0, 10 * i + 8, 20) for i in range(len(truth)))
    sure = confidences or [0.9] * len(read)
    digits = tuple(
        Digit(int(value), p, p < 0.5, Box(10 * i + shift, 0, 10 * i + 8 + shift, 20))
        for i, (value, p) in enumerate(zip(read, sure, strict=True))
    )
    return Outcome(0, "wide", "clean", truth, boxes, digits)


def aligned(one: Outcome) -> list[Pair]:
    return matched(one.truth, one.boxes, one.digits)


def test_digits_are_matched_in_order() -> None:
    assert aligned(outcome("123", "123")) == [(0, 0), (1, 1), (2, 2)]
    assert aligned(outcome("123", "13")) == [(0, 0), (1, None), (2, 1)]
    assert aligned(outcome("13", "123")) == [(0, 0), (None, 1), (1, 2)]
    assert aligned(outcome("12", "")) == [(0, None), (1, None)]
    # Of two equal digits, the one that stands there.
    assert aligned(outcome("11", "1")) == [(0, 0), (1, None)]
    assert aligned(outcome("11", "1", shift=10)) == [(0, None), (1, 0)]


def test_figures_count_what_they_say() -> None:
    found = figures([outcome("123", "123"), outcome("45", "46", [0.8, 0.7]), outcome("7", "7", [0.3], 2)])
    assert (found.exact.hits, found.exact.n) == (2, 3)
    assert (found.digits.hits, found.digits.n) == (5, 6)
    # Shifted by 2 of 8 pixels, the last box overlaps by 0.6.
    assert (found.boxes.hits, found.boxes.n) == (4, 5)
    assert (found.accepted.hits, found.accepted.n) == (5, 6)
    assert (found.wrong.hits, found.wrong.n) == (1, 6)
    # 0.9 three times right, 0.8 right, 0.7 wrong, 0.3 right, each level in a bin of its own.
    assert found.ece == pytest.approx((3 * 0.1 + 0.2 + 0.7 + 0.7) / 6)


def test_nothing_read_is_no_figure_but_no_error_either() -> None:
    found = figures([outcome("12", "")])
    assert (found.exact.hits, found.digits.hits, found.accepted.n) == (0, 0, 0)
    assert str(found.boxes) == "–"


def test_the_table_of_a_reader_that_knows_all(writers: Writers) -> None:
    made = [make_string(writers, (i,), "wide", PAPERS[i % 4]) for i in range(4)]

    class Knowing:
        """Reads the first three numbers as they are, and leaves out the fourth's last digit."""

        def read(self, picture: NDArray[np.uint8]) -> Reading:
            number = next(i for i, each in enumerate(made) if each.picture is picture)
            pairs = list(zip(made[number].text, made[number].boxes, strict=True))[
                : -1 if number == 3 else None
            ]
            digits = tuple(Digit(int(value), 0.99, False, box) for value, box in pairs)
            return Reading(picture.shape[1::-1], (Line(digits),))

    outcomes = [read(Knowing(), each, i) for i, each in enumerate(made)]
    head, _, row = table([("wide", outcomes)], PAPERS)
    cells = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    assert cells["exact"] == "75.00 %"
    assert [cells[f"on {paper}"] for paper in PAPERS] == ["100.00 %"] * 3 + ["0.00 %"]
    assert cells["boxes ≥ 0.8"] == "100.00 %"
    assert cells["wrong and accepted"] == "0.00 %"
