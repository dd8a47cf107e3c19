"""The figures of an evaluation: worked out by hand, and as properties of any guesses."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkread.errors import DataMissing
from inkread.training.data.relabelled import are_test_labels, load_votes, recount
from inkread.training.evaluation import metrics
from inkread.training.evaluation.metrics import measure


def row(guess: int, confidence: float, second: int, probability: float) -> list[float]:
    """Probabilities of ten digits: of the guess, of another, and the rest of no matter which."""
    values = [(1 - confidence - probability) / 8] * 10
    values[guess], values[second] = confidence, probability
    return values


FOUR = np.array([row(3, 0.9, 8, 0.1), row(3, 0.8, 8, 0.2), row(8, 0.7, 3, 0.3), row(1, 0.6, 7, 0.4)])
LABELS = np.array([3, 8, 8, 1])
"""Three right; the second surest is a wrong one."""


def test_figures_by_hand() -> None:
    figures = measure(FOUR, LABELS)
    assert (figures.count, figures.right, figures.accuracy) == (4, 3, 0.75)
    assert figures.loss == pytest.approx(-np.log([0.9, 0.2, 0.7, 0.6]).mean())
    assert figures.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    three, eight, one, nought = (figures.digits[digit] for digit in (3, 8, 1, 0))
    assert (three.precision, three.recall, three.f1) == (0.5, 1.0, pytest.approx(2 / 3))
    assert (eight.precision, eight.recall, eight.f1) == (1.0, 0.5, pytest.approx(2 / 3))
    assert (one.precision, one.recall, one.f1) == (1.0, 1.0, 1.0)
    assert (nought.count, nought.precision, nought.recall, nought.f1) == (0, None, None, None)
    assert figures.confusion[8][3] == figures.confusion[8][8] == figures.confusion[3][3] == 1
    (worst,) = figures.mistakes
    assert (worst.index, worst.label, worst.guess) == (1, 8, 3)
    assert (worst.confidence, worst.probability) == pytest.approx((0.8, 0.2))


def test_calibration_by_hand() -> None:
    calibration = metrics.calibrate(np.array([0.95, 0.9, 0.85, 0.5]), np.array([True, False, True, True]), 2)
    # 0.5 lies on an edge and so belongs to the lower bin: 1 of 1 right; above it 2 of 3, at 0.9 on the mean.
    low, high = calibration.points
    assert (low.low, low.high, low.count, low.accuracy) == (0.0, 0.5, 1, 1.0)
    assert (high.count, high.confidence, high.accuracy) == (3, pytest.approx(0.9), pytest.approx(2 / 3))
    assert calibration.ece == pytest.approx((0.5 + 3 * (0.9 - 2 / 3)) / 4)


def test_risk_coverage_by_hand() -> None:
    curve = metrics.risk_coverage(
        np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, True]), (0.25,)
    )
    assert curve.coverage == (0.25, 0.5, 0.75, 1.0)
    assert curve.risk == pytest.approx((0, 1 / 2, 1 / 3, 1 / 4))
    assert curve.aurc == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert curve.best_aurc == pytest.approx(1 / 16)
    assert curve.at_risk == {"0.25": 1.0}


def test_equal_confidences_share_their_mistakes() -> None:
    curve = metrics.risk_coverage(np.full(4, 0.9), np.array([True, False, True, True]))
    assert curve.risk == pytest.approx((0.25,) * 4)
    assert curve.at_risk == {"0.001": 0.0, "0.01": 0.0}


@pytest.mark.parametrize(
    ("share", "n", "expected"),
    [(0.5, 10, (0.2366, 0.7634)), (0.0, 10, (0.0, 0.2775)), (1.0, 10, (0.7225, 1.0)), (0.995, 10_000, None)],
)
def test_intervals(share: float, n: int, expected: tuple[float, float] | None) -> None:
    assert metrics.interval(share, n) == pytest.approx(expected or (0.9934, 0.9962), abs=1e-4)


def test_nothing_is_known_of_no_trials() -> None:
    assert metrics.interval(0.0, 0) == (0.0, 1.0)


def test_a_certain_mistake_costs_much_but_not_everything() -> None:
    assert metrics.cross_entropy(np.eye(10)[[3]], np.array([5])) == pytest.approx(-math.log(1e-7))


@pytest.mark.parametrize(("rows", "columns", "labels"), [(0, 10, 0), (3, 11, 3), (3, 10, 2)])
def test_what_does_not_fit_is_refused(rows: int, columns: int, labels: int) -> None:
    with pytest.raises(ValueError, match=r"fit together|nothing to measure"):
        measure(np.zeros((rows, columns)), np.zeros(labels, int))


@st.composite
def guesses(draw: st.DrawFn) -> tuple[Any, Any]:
    """Probabilities and labels of up to 60 samples; often of equal confidence, as saturated networks are."""
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sharpness = draw(st.sampled_from([0.0, 1.0, 5.0, 40.0, 1000.0]))
    scores = sharpness * rng.random((n, 10))
    scores = np.exp(scores - scores.max(axis=1, keepdims=True)).astype(np.float32)
    return scores / scores.sum(axis=1, keepdims=True), rng.integers(0, 10, n)


@given(guesses())
@settings(max_examples=60, deadline=None)
def test_figures_agree_with_each_other(made: tuple[Any, Any]) -> None:
    probabilities, labels = made
    figures = measure(probabilities, labels)
    low, high = figures.interval
    assert 0 <= low <= figures.accuracy <= high <= 1
    confusion = np.array(figures.confusion)
    assert confusion.sum() == figures.count == len(labels)
    assert confusion.trace() == figures.right == figures.count - len(worst_of(figures))
    assert figures.loss >= 0
    assert 0 <= figures.calibration.ece <= 1
    assert sum(point.count for point in figures.calibration.points) == figures.count
    curve = figures.risk_coverage
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - figures.accuracy)
    assert 0 <= curve.best_aurc <= curve.aurc + 1e-12 <= 1 + 1e-9
    assert all(0 <= share <= 1 for share in curve.at_risk.values())
    assert json.loads(json.dumps(figures.to_dict()))["count"] == figures.count


def worst_of(figures: metrics.Figures) -> tuple[metrics.Mistake, ...]:
    confidences = [mistake.confidence for mistake in figures.mistakes]
    assert confidences == sorted(confidences, reverse=True)
    return figures.mistakes


@given(guesses(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_data_decides_nothing(made: tuple[Any, Any], random: Any) -> None:
    probabilities, labels = made
    order = list(range(len(labels)))
    random.shuffle(order)
    one, other = measure(probabilities, labels), measure(probabilities[order], labels[order])
    assert one.confusion == other.confusion
    assert one.digits == other.digits
    assert one.loss == pytest.approx(other.loss)
    assert one.calibration.ece == pytest.approx(other.calibration.ece)
    assert one.risk_coverage.risk == pytest.approx(other.risk_coverage.risk)
    assert one.risk_coverage.aurc == pytest.approx(other.risk_coverage.aurc)


@given(st.integers(1, 3000))
@settings(max_examples=30, deadline=None)
def test_curves_are_thinned_but_keep_their_ends(n: int) -> None:
    confidences = np.linspace(1, 0.1, n)
    curve = metrics.risk_coverage(confidences, np.arange(n) % 7 != 3)
    assert len(curve.coverage) == len(curve.risk) <= 400
    assert (curve.coverage[0], curve.coverage[-1]) == (1 / n, 1.0)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 4 samples"):
        measure(np.where(np.arange(4)[:, None] == 2, np.nan, FOUR), LABELS)


# Corrected labels


def votes_file(folder: Path, *votes: tuple[int, int, int, int, int, int]) -> Path:
    """As cleanlab writes it: index, official, suggested, and the votes for either and for neither."""
    path = folder / "mnist_mturk.json"
    entries = [
        {
            "id": index,
            "given_original_label": official,
            "our_guessed_label": suggested,
            "mturk": {"given": given, "guessed": guessed, "neither": neither},
        }
        for index, official, suggested, given, guessed, neither in votes
    ]
    path.write_text(json.dumps(entries))
    return path


def test_labels_are_rejected_and_corrected_by_majority(tmp_path: Path) -> None:
    path = votes_file(
        tmp_path,
        (1, 4, 9, 3, 2, 0),  # stands: three of five
        (2, 4, 9, 2, 3, 0),  # corrected to 9
        (3, 4, 9, 2, 2, 1),  # nobody knows
        (4, 6, 6, 5, 5, 0),  # the same digit twice: stands
        (5, 6, 1, 0, 2, 3),  # unreadable
    )
    labels = np.array([0, 4, 4, 4, 6, 6])
    guesses = np.array([0, 9, 9, 4, 6, 1])
    counted = recount(guesses, labels, load_votes(path))
    assert counted.rejected == (2, 3, 5)
    assert counted.relabelled == {2: 9}
    assert (counted.official.right, counted.official.count) == (3, 6)  # 0, 3, 4
    assert (counted.excluded.right, counted.excluded.count) == (2, 3)  # 0, 4 of 0, 1, 4
    assert (counted.corrected.right, counted.corrected.count) == (3, 4)  # and 2
    assert labels.tolist() == [0, 4, 4, 4, 6, 6], "the caller's labels are left alone"


def test_votes_on_other_data_are_refused(tmp_path: Path) -> None:
    votes = load_votes(votes_file(tmp_path, (1, 4, 9, 2, 3, 0)))
    for labels in (np.array([4, 5]), np.array([4])):
        with pytest.raises(DataMissing, match="do not fit the data"):
            recount(labels, labels, votes)


@pytest.mark.parametrize("content", ["", "{}x", "[1]", '[{"id": 1}]', "[[]]"])
def test_votes_that_are_none_are_one_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "votes.json"
    path.write_text(content)
    with pytest.raises(DataMissing, match=r"cannot be read as votes .*fetch"):
        load_votes(path)
    with pytest.raises(DataMissing, match="no such file"):
        load_votes(tmp_path / "missing.json")


@pytest.mark.mnist
def test_the_votes_are_about_mnists_test_set(data_folder: Path) -> None:
    if not (data_folder / "mnist-label-errors").is_dir():
        pytest.skip("the votes on MNIST's labels are not in the data folder")
    from inkread.training.data.mnist import load_mnist

    labels = load_mnist("t10k").labels
    assert are_test_labels(labels)
    assert not are_test_labels(labels[::-1])
    counted = recount(labels, labels, load_votes())
    # As in the paper: 15 of 10,000 labels are wrong or unreadable.
    assert (len(counted.rejected), len(counted.relabelled)) == (15, 10)
    assert (counted.official.count, counted.excluded.count, counted.corrected.count) == (10_000, 9_985, 9_995)
