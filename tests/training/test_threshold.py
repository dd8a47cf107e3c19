"""The threshold: the lowest that keeps its promise on made-up confidences, and nothing where none does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.reading import Box, Digit, Line, Reading
from inkread.training.evaluation.doubt_threshold import (
    Answers,
    Threshold,
    at_threshold,
    lowest_threshold,
    read_numbers,
)
from inkread.training.evaluation.metrics import interval
from inkread.training.synthesis.characters.strings import MadeString


def answers(*groups: tuple[float, int, int]) -> Answers:
    """For each (confidence, right, wrong), so many right and wrong digits."""
    sure = [p for p, right, wrong in groups for _ in range(right + wrong)]
    correct = [i < right for _, right, wrong in groups for i in range(right + wrong)]
    return Answers(np.array(sure, np.float64), np.array(correct, np.bool_))


def test_the_lowest_threshold_that_keeps_the_promise() -> None:
    given = answers((0.99, 1500, 1), (0.9, 1499, 2), (0.6, 1000, 1), (0.3, 10, 50))
    # 1 of 1,501, then 3 of 3,002, then 4 of 4,003: all but the second keep it; 54 of 4,063 do not.
    found = lowest_threshold(given)
    assert found is not None
    assert (found.accepted, found.wrong, found.read) == (4003, 4, 4063)
    assert 0.3 < found.confidence <= 0.6
    assert found.confidence == pytest.approx(0.301)
    assert found.upper == pytest.approx(interval(4 / 4003, 4003)[1])


def test_a_threshold_is_the_reader_s_own_comparison() -> None:
    # Doubtful is what lies below: a digit at the threshold is accepted.
    given = answers((0.7, 1000, 0), (0.6999, 0, 100))
    found = lowest_threshold(given)
    assert found is not None
    assert (found.confidence, found.accepted, found.wrong) == (0.7, 1000, 0)


def test_close_to_one_there_is_a_fourth_decimal() -> None:
    found = lowest_threshold(answers((0.99955, 2000, 0), (0.9992, 0, 30)))
    assert found is not None
    assert found.confidence == pytest.approx(0.9993)


def test_to_be_certain_takes_more_digits() -> None:
    few, many = answers((0.9, 500, 0), (0.5, 500, 0)), answers((0.9, 5000, 0), (0.5, 500, 1))
    assert lowest_threshold(few, certain=True) is None
    plain, certain = lowest_threshold(many), lowest_threshold(many, certain=True)
    assert plain is not None
    assert certain is not None
    assert (plain.accepted, certain.accepted) == (5501, 5000)
    assert certain.upper <= 0.001 < at_threshold(many, 0.5).upper


def test_where_the_surest_are_wrong_there_is_none() -> None:
    assert lowest_threshold(answers((1.0, 10, 1), (0.5, 100, 0))) is None
    assert lowest_threshold(answers()) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0.01, 0.5))
def test_what_is_found_keeps_its_promise(digits: list[tuple[float, bool]], risk: float) -> None:
    given = Answers(np.array([p for p, _ in digits]), np.array([right for _, right in digits]))
    found = lowest_threshold(given, risk)
    if found is not None:
        kept = [right for p, right in digits if p >= found.confidence]
        assert (len(kept), kept.count(False)) == (found.accepted, found.wrong)
        assert kept.count(False) <= risk * len(kept)


def test_a_digit_too_many_is_a_wrong_one_and_one_left_out_is_none() -> None:
    picture = np.zeros((20, 40, 3), np.uint8)
    boxes = tuple(Box(10 * i, 0, 10 * i + 8, 20) for i in range(3))
    made = MadeString(picture, "123", boxes, "wide", "clean", "mnist")
    readings = iter(["1238", "13", ""])

    class Fake:
        def read(self, source: NDArray[np.uint8]) -> Reading:
            digits = [
                Digit(int(c), 0.9, False, Box(10 * i, 0, 10 * i + 8, 20))
                for i, c in enumerate(next(readings))
            ]
            return Reading((40, 20), (Line(tuple(digits)),) if digits else ())

    def thrice() -> Iterator[MadeString]:
        yield from (made, made, made)

    found = read_numbers(Fake(), thrice())
    assert found.right.tolist() == [True, True, True, False, True, True]
    assert found.confidences.tolist() == [0.9] * 6


def test_what_is_printed_says_all() -> None:
    line = str(Threshold(0.87, 6400, 5800, 5, interval(5 / 5800, 5800)[1]))
    assert line.startswith("0.87: 5,800 of 6,400 digits accepted (90.6 %), 5 of them wrong: 0.86 in 1,000, ")
    assert line.endswith("at most 2.02 in 19 of 20 cases")
