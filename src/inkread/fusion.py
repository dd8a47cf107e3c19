"""Digits of two readers -> the probability of each, which heeds both readers (stacking: Wolpert 1992).

The first reader cuts ink into pieces, the second one finds boxes in the grey picture. They fail on different pages:
where both see the same digit it is surer, and where only one sees it, what else is known of the picture tells.
The weights of both regressions stand in the card of the page network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inkread.calibration import Calibration, log_odds
from inkread.overlap import iou_matrix
from inkread.reading import Reading

__all__ = [
    "Candidates",
    "FusionSettings",
    "combined",
    "judged",
    "needs_second",
    "numbers_of_first",
    "numbers_of_picture",
    "numbers_of_second",
]

Numbers = NDArray[np.float64]
_CHANGED = 0, 1, 4
"""Own odds, those of the same digit of the other reader, and that there is none: columns of ``_beside``."""


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """When a second reader is asked, and what is kept."""

    sure: float = 0.95
    """Confidence of a digit about which a second reader is not asked."""
    same: float = 0.4
    """Intersection over union from which two boxes are of one digit."""
    photo: int = 120
    """Pixels of the shorter side from which a picture may show a page."""
    covers: float = 0.5
    """Share of the picture from which a digit's box may be a shadow."""
    agreed: float = 0.3
    """Probability of the second reader's digit from which it confirms the first reader's."""
    supported: float = 0.3
    """Probability from which a digit of the first reader counts as one."""
    likely: float = 0.02
    """Probability below which the second reader's digits are not considered."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """``n`` places where a digit may stand, as one reader sees them."""

    boxes: NDArray[np.float32]
    """(n, 4) left, top, right, bottom in pixels."""
    values: NDArray[np.intp]
    """(n,) the likeliest digit."""
    sure: NDArray[np.float32]
    """(n,) probability that this digit stands there."""
    shares: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 10), np.float32))
    """(n, 10) probability of each digit, given that it is one; (0, 10) where it is not known."""
    head: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    """(n, C + 1) the box head's opinion of each, the last of nothing; (0, 1) where it is not known."""

    @classmethod
    def of(cls, reading: Reading) -> Candidates:
        """The digits of a reading."""
        digits = reading.digits
        return cls(
            np.array([digit.box.to_list() for digit in digits], np.float32).reshape(-1, 4),
            np.array([digit.value for digit in digits], np.intp),
            np.array([digit.confidence for digit in digits], np.float32),
        )


def needs_second(first: Reading, settings: FusionSettings = FusionSettings()) -> bool:
    """Whether a first reading leaves anything to ask a second reader about."""
    reasons = {each.reason for each in first.rejected}
    if reasons & {"too many digits", "too many specks"}:
        return False  # a second reading would take too long, or find a texture
    if reasons or not first.digits:
        return True
    doubt = any(digit.confidence < settings.sure for digit in first.digits)
    if len(first.digits) > 1:
        return doubt
    # The glyph network reads single digits best. On a photo, a shadow over a whole page may be taken for one.
    (digit,), (width, height) = first.digits, first.size_wh
    covers = digit.box.area > settings.covers * width * height
    return min(width, height) >= settings.photo and (doubt or covers)


def numbers_of_first(
    first: Reading, second: Candidates, head: NDArray[np.float32], settings: FusionSettings = FusionSettings()
) -> Numbers:
    """What tells if digits of the first reader are right: (n, F); ``head`` (n, C + 1) is the box head's opinion."""
    own = Candidates.of(first)
    mass = head[:, :10].sum(axis=1)
    opinion = log_odds(head[np.arange(len(own.values)), own.values])
    one = own.values == 1
    alone = [log_odds(mass), opinion, log_odds(head[:, -1]), one, one * log_odds(mass)]
    return _with_picture(np.column_stack([_beside(own, second, settings), *alone]), first, second)


def numbers_of_second(
    first: Reading, second: Candidates, settings: FusionSettings = FusionSettings()
) -> Numbers:
    """What tells if digits of the second reader are right: (n, F)."""
    others = Candidates.of(first)
    alone = np.column_stack([_beside(second, others, settings), second.values == 1])
    return _with_picture(alone, first, second)


def judged(
    first: Reading, second: Candidates, head: NDArray[np.float32], calibrations: Mapping[str, Calibration]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities (n,) of the digits of the first reader, and (m,) of those of the second one, each for itself."""
    return (
        calibrations["first"].probabilities(numbers_of_first(first, second, head)),
        calibrations["second"].probabilities(numbers_of_second(first, second)),
    )


def combined(
    own: Candidates,
    second: Candidates,
    of_first: NDArray[np.float32],
    of_second: NDArray[np.float32],
    settings: FusionSettings = FusionSettings(),
) -> NDArray[np.float32]:
    """Probabilities (n + m,) of the digits of both readers; of a digit that both see, the higher one."""
    alike = iou_matrix(own.boxes, second.boxes) >= settings.same
    alike &= own.values[:, None] == second.values[None]
    surer = np.maximum(of_first, np.where(alike, of_second[None], 0).max(axis=1, initial=0))
    # A digit that both see is not made less sure by what is doubtful beside it.
    agreed = np.where(alike, second.sure[None], 0).max(axis=1, initial=0) >= settings.agreed
    surer = np.where(agreed, np.maximum(surer, own.sure), surer)
    theirs = np.maximum(of_second, np.where(alike, surer[:, None], 0).max(axis=0, initial=0))
    return np.concatenate([surer, theirs]).astype(np.float32)


def numbers_of_picture(
    first: Reading,
    of_first: NDArray[np.float32],
    second: Candidates,
    settings: FusionSettings = FusionSettings(),
) -> Numbers:
    """What is known of a whole picture when two readers are compared: (5,) numbers."""
    ruled = any(each.reason in ("rule", "binding") for each in first.rejected)
    confidences = [digit.confidence for digit in first.digits]
    return np.array(
        [
            ruled and len(first.lines) > 1,
            float((of_first < settings.supported).mean()) if len(of_first) else 0.0,
            float(log_odds(confidences).mean()) if confidences else 0.0,
            float(np.maximum(log_odds(second.sure), -3).mean()) if len(second.sure) else 0.0,
            len(first.lines) > 1,
        ],
        np.float64,
    )


def _beside(own: Candidates, others: Candidates, settings: FusionSettings) -> Numbers:
    """Own log odds, and those of the other reader in the same place: same digit, another one, a part, none."""
    overlap = iou_matrix(own.boxes, others.boxes)
    there = overlap >= settings.same
    alike = own.values[:, None] == others.values[None]
    same = np.where(there & alike, others.sure[None], 0).max(axis=1, initial=0)
    other = np.where(there & ~alike, others.sure[None], 0).max(axis=1, initial=0)
    part = np.where((overlap > 0.05) & ~there, others.sure[None], 0).max(axis=1, initial=0)
    odds = log_odds(own.sure)
    return np.column_stack([odds, log_odds(same, 0.01), log_odds(other, 0.01), log_odds(part, 0.01),
                            same < 0.01, odds * (same < 0.01)])  # fmt: skip


def _with_picture(numbers: Numbers, first: Reading, second: Candidates) -> Numbers:
    """The numbers (n, F) of digits, with those of the whole picture, which change what the first ones are worth."""
    picture = np.tile(_of_picture(first, second), (len(numbers), 1))
    products = [numbers[:, [i]] * picture for i in _CHANGED]
    return np.column_stack([numbers, picture, *products])


def _of_picture(first: Reading, second: Candidates) -> Numbers:
    """What is known of the whole picture: (7,) numbers."""
    of_first = [digit.confidence for digit in first.digits]
    of_second = second.sure[second.sure >= 0.3]
    digits = np.log1p(len(of_first))
    one = [
        _mean_odds(of_first), _mean_odds(of_second.tolist()), digits, np.log1p(len(of_second)) - digits,
        np.log1p(len(first.rejected)) - digits,
        np.log1p(sum(each.reason == "speck" for each in first.rejected)) - digits, not of_first,
    ]  # fmt: skip
    return np.array(one, np.float64)


def _mean_odds(confidences: list[float]) -> float:
    if not confidences:
        return float(log_odds(0.3))
    return float(log_odds(float(np.exp(np.mean(np.log(np.maximum(confidences, 1e-3)))))))
