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

    def sign(self, number: int) -> int:
        """By how much the difference changes with a number."""
        return (number in self.parts) - (number == self.total)

    def difference(self, values: Sequence[Decimal]) -> Decimal:
        """The sum of the parts without the total."""
        return sum((values[part] for part in self.parts), Decimal(0)) - values[self.total]


def connected(sums: Sequence[Sum]) -> list[list[Sum]]:
    """The sums in groups that share no number: each group can be searched for itself."""
    groups: list[list[Sum]] = []
    for one in sums:
        apart = [
            group for group in groups if all(set(one.numbers).isdisjoint(each.numbers) for each in group)
        ]
        joined = [each for group in groups if group not in apart for each in group]
        groups = [*apart, [*joined, one]]
    return groups


def agreeing(
    alternatives: Sequence[Sequence[tuple[Decimal, float]]], sums: Sequence[Sum], kept: int = 8
) -> tuple[list[tuple[list[int], float]], bool]:
    """The likeliest choices of alternatives for which all sums hold, best first, with their probabilities.

    Each number has at least one alternative, best first. A best-first search (A*) from the likeliest values: whatever
    agrees must change a number of the first sum that does not hold. False is returned beside them if the
    search was cut off before it found any.
    """
    prices = _prices(alternatives)
    found: list[tuple[list[int], float]] = []
    start = tuple(one.difference([each[0][0] for each in alternatives]) for one in sums)
    tried, ties = {frozenset[tuple[int, int]]()}, count()
    waiting: list[tuple[float, int, float, Changes, tuple[Decimal, ...]]] = [
        (0.0, next(ties), 0.0, {}, start)
    ]
    while waiting and len(found) < kept and len(tried) < _MOST:
        _, _, price, changes, off = heapq.heappop(waiting)
        broken = next((one for one, by in zip(sums, off, strict=True) if by), None)
        if broken is None:
            found.append(([changes.get(i, 0) for i in range(len(alternatives))], math.exp(-price)))
            continue
        for number, choice in _changes(broken, changes, prices):
            more = {**changes, number: choice}
            if (key := frozenset(more.items())) not in tried:
                tried.add(key)
                by = alternatives[number][choice][0] - alternatives[number][0][0]
                then = tuple(each + one.sign(number) * by for one, each in zip(sums, off, strict=True))
                if (left := _least(sums, then, more, prices)) < math.inf:
                    total = price + prices[number][choice]
                    heapq.heappush(waiting, (total + left, next(ties), total, more, then))
    return found, bool(found) or not waiting


def _prices(alternatives: Sequence[Sequence[tuple[Decimal, float]]]) -> list[list[float]]:
    """What each alternative costs: the negative logarithm of its probability over that of the best one."""
    return [[math.log(each[0][1] / max(share, 1e-30)) for _, share in each] for each in alternatives]


def _changes(one: Sum, changes: Changes, prices: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    """The numbers of a sum that are not changed, each with all its alternatives but the first."""
    for number in one.numbers:
        if number not in changes:
            yield from ((number, choice) for choice in range(1, len(prices[number])))


def _least(
    sums: Sequence[Sum], off: Sequence[Decimal], changes: Changes, prices: Sequence[Sequence[float]]
) -> float:
    """A price that the sums which do not hold cost at least: those that share no number, each its cheapest change."""
    used: set[int] = set()
    total = 0.0
    for one in (one for one, by in zip(sums, off, strict=True) if by):
        free = [
            prices[number][1] for number in one.numbers if number not in changes and len(prices[number]) > 1
        ]
        if not free:
            return math.inf
        if used.isdisjoint(one.numbers):
            used.update(one.numbers)
            total += min(free)
    return total
