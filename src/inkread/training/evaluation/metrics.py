"""Probabilities and labels -> figures: how often a network is right, where it errs, and whether it knows.

Pure NumPy. A confidence is the probability of the best digit; a guess is that digit.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]

BINS = 15
"""Equal widths of confidence, as Guo et al. 2017, "On calibration of modern neural networks", have them."""
_LEAST = 1e-7
"""Probabilities are taken for no less, as Keras does: one certain mistake must not make the loss infinite."""
_POINTS = 400
"""So many points of a risk–coverage curve are kept: more than a screen shows."""


@dataclass(frozen=True, slots=True)
class DigitFigures:
    """How one digit fares. A share that would be of nothing (no such label, no such guess) is None."""

    digit: int
    count: int
    guessed: int
    right: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """The samples whose confidence lies above ``low`` and up to ``high``: how sure, and how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """``ece``: the mean distance of confidence and accuracy over ``bins`` bins; ``points``: those not empty."""

    bins: int
    ece: float
    points: tuple[ReliabilityPoint, ...]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Share of mistakes (``risk``) among the surest samples, by how large a share (``coverage``) they are.

    ``aurc``: the mean risk over all coverages (Geifman, Uziel and El-Yaniv 2019); ``best_aurc``: what it
    would be if every mistake were less sure than every right answer; ``at_risk``: the largest coverage
    whose risk is at most the one named.
    """

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: float
    best_aurc: float
    at_risk: dict[str, float]


@dataclass(frozen=True, slots=True)
class Mistake:
    """``probability`` is that of the label; ``index`` is the sample's place in the data."""

    index: int
    label: int
    guess: int
    confidence: float
    probability: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is measured of one network on one set. ``confusion[label][guess]`` counts."""

    count: int
    right: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    digits: tuple[DigitFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration
    risk_coverage: RiskCoverage
    mistakes: tuple[Mistake, ...]
    """The worst, the surest first."""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, fit for JSON."""
        return asdict(self)


def measure(probabilities: Floats, labels: Labels, worst: int = 100) -> Figures:
    """All figures for probabilities (n, 10), rows summing to 1, and labels (n,), 0 … 9; n at least 1."""
    if probabilities.ndim != 2 or probabilities.shape[1] != 10 or labels.shape != probabilities.shape[:1]:
        raise ValueError(f"probabilities {probabilities.shape} and labels {labels.shape} do not fit together")
    if not len(labels):
        raise ValueError("there is nothing to measure on")
    if broken := int((~np.isfinite(probabilities)).any(axis=1).sum()):
        raise ValueError(f"the probabilities of {broken} of {len(labels)} samples are no numbers")
    guesses, confidences = probabilities.argmax(axis=1), probabilities.max(axis=1).astype(np.float64)
    right = guesses == labels
    pairs = labels.astype(np.int64) * 10 + guesses
    confusion = np.bincount(pairs, minlength=100).reshape(10, 10)
    share = float(right.mean())
    return Figures(
        count=len(labels),
        right=int(right.sum()),
        accuracy=share,
        interval=interval(share, len(labels)),
        loss=cross_entropy(probabilities, labels),
        digits=tuple(_digit_figures(confusion, digit) for digit in range(10)),
        confusion=tuple(map(tuple, confusion.tolist())),
        calibration=calibrate(confidences, right),
        risk_coverage=risk_coverage(confidences, right),
        mistakes=_worst_mistakes(probabilities, labels, worst),
    )


def accuracy(probabilities: Floats, labels: Labels) -> float:
    """Share of digits whose best digit, whatever the chance of being none, is the right one."""
    return float((probabilities[:, :10].argmax(axis=1) == labels).mean())


def interval(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share seen in ``n`` trials (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At 0 and 1 the ends fall on them, but for rounding.
    return min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share)


def cross_entropy(probabilities: Floats, labels: Labels) -> float:
    """Mean of −ln of the label's probability, in nats."""
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(of_label, _LEAST, 1.0)).mean())


def auroc(of_none: Floats, of_digits: Floats) -> float:
    """The chance that what is no digit gets a higher score than a digit (ties count half)."""
    every = np.concatenate([of_none, of_digits])
    _, ranks, counts = np.unique(every, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    total = float(middle[ranks[: len(of_none)]].sum())
    return (total - len(of_none) * (len(of_none) + 1) / 2) / (len(of_none) * len(of_digits))


def _digit_figures(confusion: NDArray[np.integer[Any]], digit: int) -> DigitFigures:
    right, count, guessed = (
        int(each) for each in (confusion[digit, digit], confusion[digit].sum(), confusion[:, digit].sum())
    )
    parts = (right, guessed), (right, count), (2 * right, guessed + count)
    return DigitFigures(
        digit, count, guessed, right, *(part / whole if whole else None for part, whole in parts)
    )


def calibrate(confidences: Floats, right: NDArray[np.bool_], bins: int = BINS) -> Calibration:
    """The expected calibration error and its bins: a confidence on an edge belongs to the bin below."""
    edges = np.arange(bins + 1) / bins
    # Sums of float32 may pass 1 by a hair.
    places = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, bins - 1)
    points, distance = [], 0.0
    for place in np.unique(places):
        inside = places == place
        count, sure = int(inside.sum()), min(float(confidences[inside].mean()), 1.0)
        share = float(right[inside].mean())
        distance += count * abs(share - sure)
        ends = float(edges[place]), float(edges[place + 1])
        points.append(ReliabilityPoint(*ends, count, sure, share, interval(share, count)))
    return Calibration(bins, distance / len(right), tuple(points))


def risk_coverage(
    confidences: Floats, right: NDArray[np.bool_], risks: tuple[float, ...] = (0.001, 0.01)
) -> RiskCoverage:
    """The risk–coverage curve: answer only the k surest, and see how many of these are wrong.

    Samples of equal confidence come in no order: their mistakes count as spread evenly among them.
    """
    n = len(right)
    order, seen = np.argsort(-confidences, kind="stable"), np.arange(1, n + 1)
    ends = np.flatnonzero(np.append(np.diff(confidences[order]) != 0, True)) + 1
    mistakes = np.interp(seen, np.append(0, ends), np.append(0, np.cumsum(~right[order])[ends - 1]))
    risk = mistakes / seen
    best = np.maximum(seen - float(right.sum()), 0) / seen
    kept = np.unique(np.linspace(0, n - 1, min(n, _POINTS)).round().astype(int))
    return RiskCoverage(
        coverage=tuple((seen[kept] / n).tolist()),
        risk=tuple(risk[kept].tolist()),
        aurc=float(risk.mean()),
        best_aurc=float(best.mean()),
        at_risk={f"{limit:g}": float(seen[risk <= limit].max(initial=0) / n) for limit in risks},
    )


def _worst_mistakes(probabilities: Floats, labels: Labels, most: int) -> tuple[Mistake, ...]:
    """At most ``most`` mistakes, the surest first."""
    guesses, confidences = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    wrong = wrong[np.argsort(-confidences[wrong], kind="stable")][:most]
    found = labels[wrong], guesses[wrong], confidences[wrong], probabilities[wrong, labels[wrong]]
    return tuple(
        Mistake(*row) for row in zip(wrong.tolist(), *(each.tolist() for each in found), strict=True)
    )
