"""Numbers that add up to others, each with what it may be -> the likeliest numbers that agree.

This module does not know tables: numbers and sums are counted from 0.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

_MOST = 10_000
"""So many changes are tried at most."""
Changes = dict[int, int]
"""Number -> which of its alternatives it takes, where that is not the first."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The number ``total`` should be the sum of ``parts``."""

    total: int
    parts: tuple[int, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return (*self.parts, self.total)

    def difference(self, values: Sequence[Decimal]) -> Decimal:
        """The sum of the parts without the total."""
        return sum((values[part] for part in self.parts), Decimal(0)) - values[self.total]


def agreeing(
    alternatives: Sequence[Sequence[tuple[Decimal, float]]], sums: Sequence[Sum], kept: int = 8
) -> list[tuple[list[int], float]]:
    """The likeliest choices of alternatives for which all sums hold, best first, with their probabilities.

    Each number has at least one alternative, best first. A best-first search (A*) from the likeliest values: whatever
    agrees must change a number of the first sum that does not hold. Nothing is returned if too much had to be tried.
    """
    prices = [[math.log(each[0][1] / max(share, 1e-30)) for _, share in each] for each in alternatives]
    found: list[tuple[list[int], float]] = []
    tried, ties = {frozenset[tuple[int, int]]()}, count()
    waiting: list[tuple[float, int, float, Changes]] = [(0.0, next(ties), 0.0, {})]
    while waiting and len(found) < kept and len(tried) < _MOST:
        _, _, price, changes = heapq.heappop(waiting)
        values = [each[changes.get(i, 0)][0] for i, each in enumerate(alternatives)]
        broken = [one for one in sums if one.difference(values)]
        if not broken:
            found.append(([changes.get(i, 0) for i in range(len(alternatives))], math.exp(-price)))
            continue
        for number, choice in _changes(broken[0], changes, prices):
            more = {**changes, number: choice}
            if (key := frozenset(more.items())) not in tried:
                tried.add(key)
                total = price + prices[number][choice]
                then = [*values[:number], alternatives[number][choice][0], *values[number + 1 :]]
                if (left := _least(sums, then, more, prices)) < math.inf:
                    heapq.heappush(waiting, (total + left, next(ties), total, more))
    return found


def _changes(one: Sum, changes: Changes, prices: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    """The numbers of a sum that are not changed, each with all its alternatives but the first."""
    for number in one.numbers:
        if number not in changes:
            yield from ((number, choice) for choice in range(1, len(prices[number])))


def _least(
    sums: Sequence[Sum], values: Sequence[Decimal], changes: Changes, prices: Sequence[Sequence[float]]
) -> float:
    """A price that the sums which do not hold cost at least: those that share no number, each its cheapest change."""
    used: set[int] = set()
    total = 0.0
    for one in sums:
        if one.difference(values):
            free = [number for number in one.numbers if number not in changes and len(prices[number]) > 1]
            if not free:
                return math.inf
            if used.isdisjoint(one.numbers):
                used.update(one.numbers)
                total += min(prices[number][1] for number in free)
    return total
