"""One confidence per digit: how it is made of probabilities, written, and compared with the one threshold."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.apps.web.settings import HandlerSettings
from inkread.apps.window import open_window
from inkread.bulk.run_settings import Settings as BulkSettings
from inkread.confidence import (
    DEFAULT_MIN_CONFIDENCE,
    calibrated,
    checked_min_confidence,
    combined,
    digit_of,
    percent,
)
from inkread.explain.closeup import look_at
from inkread.lattice import decode
from inkread.reader import Reader
from inkread.reading import Box, Digit
from inkread.sketch import Sketch, Stroke, smooth
from made_hands import HANDS
from made_movements import number_strokes

BOX = Box(0, 0, 9, 9)
shares = st.lists(st.floats(0, 1), min_size=10, max_size=10).map(
    lambda weights: [weight / max(1.0, math.fsum(weights)) for weight in weights]
)


def test_a_digit_is_its_likeliest_value() -> None:
    made = digit_of([0, 0.8, 0, 0, 0, 0, 0, 0.1500001, 0, 0.04], BOX, 0.8)
    assert made == Digit(1, 0.8, False, BOX, ((7, 0.15), (9, 0.04), (0, 0.0)))
    assert digit_of([0, 0.8, 0, 0, 0, 0, 0, 0.15, 0, 0.04], BOX, 0.81).doubtful


@given(shares, st.floats(0, 1))
def test_a_digit_is_the_same_in_json(probabilities: list[float], threshold: float) -> None:
    made = digit_of(probabilities, BOX, threshold)
    assert Digit.from_dict(made.to_dict()) == made
    assert made.doubtful == (made.to_dict()["confidence"] < threshold)
    assert made.confidence >= max(share for _, share in made.runners_up)


@given(shares)
def test_calibration_keeps_the_order_and_adds_nothing(probabilities: list[float]) -> None:
    made = calibrated(probabilities)
    assert max(made) == made[probabilities.index(max(probabilities))]
    assert sum(made) <= 1 + 1e-9
    assert all(0 <= share <= 1 for share in made)


def test_digits_that_were_cut_are_right_more_often_than_their_share() -> None:
    assert calibrated([0.6, *[0.04] * 10][:10])[0] == pytest.approx(0.881, abs=0.001)
    assert calibrated([1.0] + [0.0] * 9) == [1.0] + [0.0] * 9


@given(shares, shares)
def test_neighbours_never_make_a_digit_less_sure_than_its_shape(
    among: list[float], shape: list[float]
) -> None:
    made = combined(among, shape)
    best = among.index(max(among))
    low, high = sorted((shape[best], among[best]))
    assert made[best] >= max(made) - 1e-9
    assert (made == among) if shape[best] >= among[best] else (low - 1e-9 <= made[best] <= high + 1e-9)
    assert sum(made) <= 1 + 1e-9


def test_an_ambiguous_shape_stays_ambiguous_among_sure_digits() -> None:
    shape = [0.0, 0.42, 0, 0, 0, 0, 0, 0.58, 0, 0]
    among = [0.0, 0.003, 0, 0, 0, 0, 0, 0.997, 0, 0]
    assert combined(among, shape)[7] == pytest.approx(0.947, abs=0.001)
    assert combined(among, shape)[1] == pytest.approx(0.053, abs=0.001)
    clear = [0.001 / 9] * 7 + [0.999] + [0.001 / 9] * 2
    assert combined(among, clear) == among, "a clear shape is as sure as it was"


def test_a_stroke_between_1_and_7_is_doubtful_alone_and_among_sure_digits() -> None:
    one, seven = (evenly(np.array(HANDS[digit][way][0])) for digit, way in (("1", 1), ("7", 3)))
    stroke = (0.65 * one + 0.35 * seven) * 205 + (400, 200)  # the networks are divided about it
    others = [
        path
        for text, left in (("4", 70), ("0", 230), ("5", 570), ("8", 730))
        for path in number_strokes([text], 205, left, 200, seed=4)
    ]
    reader = Reader()
    for strokes, place in (([stroke], 0), ([stroke, *others], 2)):
        sketch = Sketch((960, 600), [Stroke(path, width=11) for path in strokes])
        steps = reader.steps(sketch.to_image())
        digit = steps.reading.digits[place]
        closeup = look_at(steps, digit)
        assert closeup is not None
        assert digit.doubtful, "the shape is neither"
        assert all(other.confidence > 0.98 for other in steps.reading.digits if other is not digit)
        assert float(closeup.probabilities[digit.value]) < 0.8


def evenly(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve through these points as 60 points at equal distances."""
    path = smooth(points * 200, 1) / 200
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, lengths[-1], 60)
    return np.stack([np.interp(at, lengths, path[:, i]) for i in (0, 1)], axis=1)


def test_a_probability_is_written_in_one_way() -> None:
    written = {1.0: "99 %", 0.999999: "99 %", 0.99: "99 %", 0.985: "98 %", 0.29: "29 %", 0.1: "10 %",
               0.0999: "9.9 %", 0.05: "5 %", 0.0019: "0.1 %", 0.0: "0 %"}  # fmt: skip
    assert {share: percent(share) for share in written} == written


@given(st.floats(0, DEFAULT_MIN_CONFIDENCE, exclude_max=True))
def test_a_doubtful_digit_never_seems_to_reach_the_threshold(share: float) -> None:
    shown = digit_of([share] + [0.0] * 9, BOX, DEFAULT_MIN_CONFIDENCE)
    assert shown.doubtful == (float(percent(shown.confidence)[:-2]) < 100 * DEFAULT_MIN_CONFIDENCE)


def test_there_is_one_default_threshold() -> None:
    for function in (Reader, BulkSettings, open_window, decode, HandlerSettings):
        assert inspect.signature(function).parameters["min_confidence"].default == DEFAULT_MIN_CONFIDENCE


@pytest.mark.parametrize("wrong", [-0.01, 1.01, math.nan, math.inf])
def test_a_threshold_is_a_probability(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        checked_min_confidence(wrong)
    assert [checked_min_confidence(right) for right in (0.0, 1.0)] == [0.0, 1.0]
