"""Numbers that rise from line to line: meters, counters, running totals.

The likeliest series takes of each line what it may say, or nothing, so that all numbers rise by about as much as usual.
A line that is left out is implausible: what was read of it cannot stand where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class SeriesSettings:
    """Chosen on made series of meters (``benchmarks/expectations.py meters --seed 7``)."""

    left_out: float = 1e-4
    """Probability that a line is wrong in a way that its alternatives do not show."""
    steps: int = 5
    """So many steps from line to line tell what is usual."""
    narrowest: float = 0.1
    """The usual steps differ by this share of their median at least."""
    dearest: float = 12.0
    """Logarithm of the odds against a step, at most: a consumption may change."""
    odds: float = 10.0
    """A series without what was read in a line makes it doubtful, if that one is not so many times likelier."""


SETTINGS = SeriesSettings()


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers that rise from line to line, from ``last``, each by ``least`` to ``most`` (None: any).

    With ``over_pictures``, the lines are those of several pictures.
    """

    last: int | None = None
    least: int = 0
    most: int | None = None
    over_pictures: bool = False

    def may_follow(self, number: int, before: int, steps: int) -> bool:
        """Whether a number may stand ``steps`` lines behind another one."""
        by = number - before
        return by >= steps * self.least and (self.most is None or by <= steps * self.most)


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual step from line to line, and how much steps differ from it."""

    step: float
    spread: float

    def price(self, number: int, before: int, steps: int) -> float:
        """Minus the logarithm of how likely a step is, compared with the usual one."""
        away = ((number - before) / steps - self.step) / self.spread
        return min(away * away * steps, SETTINGS.dearest)


Texts = Sequence[tuple[str, float]]


def rising(lines: Sequence[Texts], series: Series, read: Sequence[str]) -> list[tuple[str | None, bool]]:
    """Of each line its text in the likeliest series (None: it has none in it), and whether what was ``read`` is sure.

    ``lines`` have texts of digits with their probabilities. The likeliest series tells the usual step; it is sought
    again with that step, and once more for each line without what was read there.
    """
    first, _ = _best(lines, series, None)
    usual = _usual(first, series)
    chosen, weight = _best(lines, series, usual)
    told = []
    for at, text in enumerate(chosen):
        others = [[each for each in texts if i != at or each[0] != read[at]] for i, texts in enumerate(lines)]
        without = _best(others, series, usual)[1] if text == read[at] else weight
        told.append((text, weight - without >= math.log(SETTINGS.odds)))
    return told


def _usual(chosen: Sequence[str | None], series: Series) -> Usual | None:
    known = [(i, _number(text)) for i, text in enumerate(chosen) if text is not None]
    if series.last is not None:
        known.insert(0, (-1, series.last))
    steps = [(after - before) / (j - i) for (i, before), (j, after) in pairwise(known)]
    if len(steps) < SETTINGS.steps:
        return None
    middle = median(steps)
    # As of a normal distribution: its deviation is 1.4826 medians of the distances; prices are halves of squares.
    spread = math.sqrt(2) * 1.4826 * median(abs(step - middle) for step in steps)
    return Usual(middle, max(spread, SETTINGS.narrowest * middle, 1.0))


def _best(lines: Sequence[Texts], series: Series, usual: Usual | None) -> tuple[list[str | None], float]:
    """The likeliest series and the logarithm of its probability: each text follows the best of those before it."""
    out = math.log(SETTINGS.left_out)
    best: list[tuple[float, int, int | None, str, int]] = [
        (0.0, -1, series.last, "", -1)
    ]  # weight, line, number, text, before
    for at, texts in enumerate(lines):
        found = []
        for text, share in texts:
            number = _number(text)
            ways = [
                (
                    weight
                    + out * (at - line - 1)
                    - (usual.price(number, before, at - line) if usual and before else 0.0),
                    i,
                )
                for i, (weight, line, before, _, _) in enumerate(best)
                if before is None or series.may_follow(number, before, at - line)
            ]
            if ways:
                weight, i = max(ways)
                found.append((weight + math.log(max(share, 1e-12)), at, number, text, i))
        best += found
    weight, i = max((weight + out * (len(lines) - 1 - line), i) for i, (weight, line, *_) in enumerate(best))
    chosen: list[str | None] = [None] * len(lines)
    while i > 0:
        _, line, _, text, i = best[i]
        chosen[line] = text
    return chosen, weight


def _number(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))
