"""Numbers that rise from line to line: meters, counters, running totals.

The likeliest series takes of each line what it may say, or nothing, so that all numbers rise. A line that is left out
is implausible: what was read of it cannot stand where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Series", "rising"]

_LEFT_OUT = 1e-4
"""Probability that a line is wrong in a way that its alternatives do not show."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers that rise from line to line, from ``last``, each by ``least`` to ``most`` (None: any)."""

    last: int | None = None
    least: int = 0
    most: int | None = None

    def may_follow(self, number: int, before: int, steps: int) -> bool:
        """Whether a number may stand ``steps`` lines behind another one."""
        by = number - before
        return by >= steps * self.least and (self.most is None or by <= steps * self.most)


def rising(lines: Sequence[Sequence[tuple[str, float]]], series: Series) -> list[str | None]:
    """The text of each line in the likeliest series; None for a line that has none in it.

    ``lines`` have texts of digits with their probabilities. Viterbi over the lines: each text follows the best of those
    before it, and lines between them are left out.
    """
    out = math.log(_LEFT_OUT)
    start = (0.0, -1, None) if series.last is None else (0.0, -1, series.last)
    best: list[tuple[float, int, int | None, str, int]] = [
        (*start, "", -1)
    ]  # weight, line, number, text, before
    for at, texts in enumerate(lines):
        found = []
        for text, share in texts:
            number = int("".join(sign for sign in text if sign.isdigit()))
            ways = [
                (weight + out * (at - line - 1), i)
                for i, (weight, line, before, _, _) in enumerate(best)
                if before is None or series.may_follow(number, before, at - line)
            ]
            if ways:
                weight, i = max(ways)
                found.append((weight + math.log(max(share, 1e-12)), at, number, text, i))
        best += found
    ends = [(weight + out * (len(lines) - 1 - line), i) for i, (weight, line, *_) in enumerate(best)]
    chosen: list[str | None] = [None] * len(lines)
    i = max(ends)[1]
    while i > 0:
        _, line, _, text, i = best[i]
        chosen[line] = text
    return chosen
