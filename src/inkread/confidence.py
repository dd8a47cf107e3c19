"""Confidence: one calibrated probability for each digit, and the threshold below which a digit is doubtful.

Every surface shows ``Digit.confidence`` as ``percent`` writes it, and marks a digit that is ``Digit.doubtful``.
This module knows no picture, no network and no file, and imports only the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from inkread.reading import Box, Digit

__all__ = ["DEFAULT_MIN_CONFIDENCE", "calibrated", "checked_min_confidence", "digit_of", "percent"]

DEFAULT_MIN_CONFIDENCE: Final = 0.85
"""A digit with a lower confidence is doubtful, unless a reader is given another threshold.

About one in 1,000 made validation digits that stand apart and reach it is wrong:
see docs/decisions/2026-12-01-confidence.md.
"""
_DECIMALS: Final = 6
"""JSON and tables have as many, so that a confidence is the same number in Python and in every file."""
_SLOPE, _SHIFT = 0.5, 1.8
"""Slope and shift of the log odds of digits that were cut or joined: see docs/decisions/2026-12-01-confidence.md."""
_RUNNERS_UP: Final = 3


def checked_min_confidence(min_confidence: float) -> float:
    """``min_confidence`` itself; raises ValueError if it is no probability."""
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
    if not 0 < best < 1:
        return list(shares)
    odds = math.exp(_SHIFT) * (best / (1 - best)) ** _SLOPE
    raised = odds / (1 + odds)
    others = [share * (1 - raised) / (1 - best) for share in shares]
    others[list(shares).index(best)] = raised
    return others


def percent(probability: float) -> str:
    """A probability (0 … 1) as people read it: rounded down, never 100 %; below 10 % with one decimal.

    Rounded down, a doubtful digit never seems to reach the threshold. ``percent`` in ``apps/web/page/texts.js`` is its
    twin.
    """
    thousandths = min(990, round(probability * 10**_DECIMALS) // 1000)
    if thousandths >= 100:
        return f"{thousandths // 10} %"
    return f"{thousandths / 10:g} %"
