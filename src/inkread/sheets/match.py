"""Whose sheet is it? Student numbers as they were read -> the class list, one to one.

The best assignment of all sheets together (Hungarian method, ``scipy.optimize.linear_sum_assignment``), with "nobody on
the list" as an alternative for each. This module does not know where the numbers were read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkread.sheets.answers import BLANK
from inkread.sheets.symbols import UNCLEAR, Symbols

__all__ = ["Match", "match_students"]

_NOBODY_PER_DIGIT = 3.0
"""Cost, in nats per digit, of a sheet being nobody's: as if each digit had been read with a probability of 0.05."""
_UNCLEAR_SHARE = 0.08
"""Of a box that cannot be read, the share that each digit keeps: it speaks for and against nobody."""
_SURE_MARGIN = 4.6
"""In nats: the runner-up is a hundred times less likely."""
_FLOOR = 2e-4
"""No digit is taken for less likely than this, so that one misread digit cannot make a sheet somebody else's."""


@dataclass(frozen=True)
class Match:
    """Whose a sheet is: ``number`` (None: nobody's), the ``margin`` in nats to the runner-up, and what is odd."""

    number: str | None
    margin: float
    runner_up: str | None
    sure: bool
    remark: str = ""


def match_students(sheets: Mapping[str, Sequence[Symbols]], numbers: Sequence[str]) -> dict[str, Match]:
    """The match of each sheet, by its name; no student gets two.

    ``sheets`` are the symbols in the boxes of each one's student number; ``numbers`` those of the class.
    """
    if not sheets:
        return {}
    from scipy.optimize import linear_sum_assignment

    names = list(sheets)
    cost = np.array([[_cost(sheets[name], number) for number in numbers] for name in names]).reshape(
        len(names), -1
    )
    nobody = np.array([_NOBODY_PER_DIGIT * max(1, len(sheets[name])) for name in names])
    # As many columns for "nobody" as there are sheets: any number of them may be strangers'.
    whole = np.concatenate([cost, np.repeat(nobody[:, None], len(names), axis=1)], axis=1)
    rows, columns = linear_sum_assignment(whole)
    claims = [
        int(own.argmin()) if own.size and own.min() < limit else -1
        for own, limit in zip(cost, nobody, strict=True)
    ]
    found = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        match = _match(row, column, cost, float(nobody[row]), numbers)
        if match.sure and claims.count(column) > 1:
            match = replace(match, sure=False, remark="another sheet has the same number")
        found[names[row]] = match
    return found


def _match(row: int, column: int, cost: np.ndarray, nobody: float, numbers: Sequence[str]) -> Match:
    own = cost[row]
    chosen = own[column] if column < len(numbers) else nobody
    others = [(value, i) for i, value in enumerate(own.tolist()) if i != column]
    best, at = min(others, default=(math.inf, -1))
    runner_up = numbers[at] if at >= 0 and best < nobody else None
    margin = float(min(best, nobody if column < len(numbers) else math.inf) - chosen)
    if column >= len(numbers):
        remark = (
            "its number is taken by another sheet" if best < nobody else "its number is not on the class list"
        )
        return Match(None, margin, numbers[at] if at >= 0 else None, False, remark)
    if best < chosen:
        return Match(
            numbers[column], margin, runner_up, False, "another sheet has the number that this one shows"
        )
    sure = margin >= _SURE_MARGIN
    return Match(numbers[column], margin, runner_up, sure, "" if sure else "its number is not sure")


def _cost(symbols: Sequence[Symbols], number: str) -> float:
    if len(symbols) != len(number):
        return 1e6
    total = 0.0
    for one, digit in zip(symbols, number, strict=True):
        share = one.get(digit, 0.0) + _UNCLEAR_SHARE * (one.get(UNCLEAR, 0.0) + one.get(BLANK, 0.0))
        total -= math.log(max(share, _FLOOR))
    return total
