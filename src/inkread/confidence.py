"""Confidence: one calibrated probability for each digit, and the threshold below which a digit is doubtful.

Every surface shows ``Digit.confidence`` as ``percent`` writes it, and marks a digit that is ``Digit.doubtful``.
This module knows no picture, no network and no file, and imports only the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from inkread.elements import Box, Digit

__all__ = [
    "DEFAULT_MIN_CONFIDENCE",
    "calibrated",
    "checked_min_confidence",
    "combined",
    "digit_of",
    "percent",
]

DEFAULT_MIN_CONFIDENCE: Final = 0.85
"""A digit with a lower confidence is doubtful, unless a reader is given another threshold.

About one in 1,000 made validation digits that stand apart and reach it is wrong:
see docs/decisions/2026-11-30-confidence.md.
"""
_DECIMALS: Final = 6
"""JSON and tables have as many, so that a confidence is the same number in Python and in every file."""
_SLOPE, _SHIFT = 0.5, 1.8
"""Slope and shift of the log odds of digits that were cut or joined: see docs/decisions/2026-11-30-confidence.md."""
_AMONG, _ALONE, _BIAS = 0.45, 0.2, 0.2
"""Weights of the log odds of a digit among its neighbours and of its shape alone, and what is added to their sum.

A logistic regression on 1,652 digits of made numbers and `develop/` that neighbours had made surer, rounded.
"""
_RUNNERS_UP: Final = 3


def checked_min_confidence(min_confidence: float) -> float:
    """``min_confidence`` itself; raises ValueError if it is no probability, and TypeError if it is no number."""
    if isinstance(min_confidence, str | bytes) or not hasattr(min_confidence, "__float__"):
        raise TypeError(f"min_confidence must be a number between 0 and 1, not {min_confidence!r}")
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence must lie between 0 and 1, not {min_confidence}")
    return min_confidence


def digit_of(shares: Sequence[float], box: Box, min_confidence: float) -> Digit:
    """The likeliest digit in ``box``; ``shares`` (10,) are the calibrated probabilities of "0" … "9".

    They sum to 1 at most: the rest is the probability that no single digit stands there.
    """
    kept = [round(min(1.0, float(share)), _DECIMALS) for share in shares]
    best, *others = sorted(range(10), key=lambda value: -float(shares[value]))
    runners_up = tuple((value, kept[value]) for value in others[:_RUNNERS_UP])
    return Digit(best, kept[best], kept[best] < min_confidence, box, runners_up)


def calibrated(shares: Sequence[float]) -> list[float]:
    """The ``shares`` (10,) of a digit that was cut from others, or joined of pieces, as often right as they say.

    Competing cuts divide the probability among them, and the network has seen few digits that were cut. A logistic
    map of the log odds (Platt 1999), fitted on made numbers of validation digits, corrects that.
    """
    best = max(shares)
    return (
        _with_best(shares, _probability(_SLOPE * _log_odds(best) + _SHIFT)) if 0 < best < 1 else list(shares)
    )


def combined(shares: Sequence[float], shape: Sequence[float]) -> list[float]:
    """The ``shares`` (10,) of a digit that stands alone, as often right as they say.

    ``shape`` (10,) is what the glyph network makes of the shape alone. Neighbours, and a second network that saw them,
    make an ambiguous shape surer than it is: both opinions saw the same ink. What a digit gains over its shape is
    reduced; what is no surer than its shape stays as it is.
    """
    best = max(shares)
    alone = shape[list(shares).index(best)]
    if not 0 < alone < best < 1:
        return list(shares)
    both = _probability(_AMONG * _log_odds(best) + _ALONE * _log_odds(alone) + _BIAS)
    second = sorted(shares)[-2]
    least = second / (1 - best + second)  # less, and another digit would be the likeliest
    return _with_best(shares, min(best, max(alone, both, least)))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _with_best(shares: Sequence[float], probability: float) -> list[float]:
    """The ``shares`` with this one for the largest, which lies between 0 and 1; the others share the rest as before."""
    best = max(shares)
    changed = [share * (1 - probability) / (1 - best) for share in shares]
    changed[list(shares).index(best)] = probability
    return changed


def percent(probability: float) -> str:
    """A probability (0 … 1) as people read it: rounded down, never 100 %; below 10 % with one decimal.

    Rounded down, a doubtful digit never seems to reach the threshold. ``percent`` in ``apps/web/page/texts.js`` is its
    twin.
    """
    thousandths = min(990, round(probability * 10**_DECIMALS) // 1000)
    if thousandths >= 100:
        return f"{thousandths // 10} %"
    return f"{thousandths / 10:g} %"
