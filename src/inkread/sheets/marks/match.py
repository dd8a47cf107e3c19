"""Whose sheet is it? Student numbers as they were read -> the class list, one to one.

The best assignment of all sheets together (Hungarian method, ``scipy.optimize.linear_sum_assignment``), with "nobody on
the list" as an alternative for each. A number that contradicts a clearly read digit is never assigned, nor is any
number to a sheet of which too few digits can be read.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkread.sheets.exam.answers import BLANK
from inkread.sheets.scans.symbols import UNCLEAR, Symbols

_NOBODY_PER_DIGIT = 3.0
"""Cost, in nats per digit, of a sheet being nobody's: as if each digit had been read with a probability of 0.05."""
_UNCLEAR_SHARE = 0.08
"""The probability of each digit in an unreadable box: the same for all, so that no student gains or loses by it."""
_SURE_MARGIN = 4.6  # In nats: the runner-up is a hundred times less likely
_FLOOR = 2e-4  # No digit is taken for less likely than this
_CLEAR = 0.9
"""Probability from which on a digit counts as clearly read. A misread one above it costs a look in review."""
_NEAR = 2
"""Digits in which a number may differ from what was read and still be proposed, or compete with what is."""
_IMPOSSIBLE = 1e6  # Cost, in nats, of a number that a sheet cannot have


@dataclass(frozen=True)
class Match:
    """Whose a sheet is: ``number`` (None: nobody's), the ``margin`` in nats to the runner-up, and what is odd."""

    number: str | None
    margin: float
    runner_up: str | None
    sure: bool
    remark: str = ""


def match_students(
    sheets: Mapping[str, Sequence[Symbols]], numbers: Sequence[str], complete: Collection[str] = ()
) -> dict[str, Match]:
    """The match of each sheet, by its name; no student gets two.

    ``sheets`` are the symbols in the boxes of each one's student number; ``numbers`` those of the class. Of the sheets
    in ``complete``, all pages were read without a doubt: only their numbers may be sure with one digit unread.
    """
    if not sheets:
        return {}
    from scipy.optimize import linear_sum_assignment

    names = list(sheets)
    cost = np.array([_costs(sheets[name], numbers) for name in names]).reshape(len(names), -1)
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
        name = names[row]
        match = _match(row, column, cost, float(nobody[row]), numbers)
        number = match.number
        if number is None:
            match = _unknown(match, sheets[name], numbers)
        elif match.sure and claims.count(column) > 1:
            match = replace(match, sure=False, remark="another sheet has the same number")
        elif match.sure and not _is_certain(sheets[name], number, numbers, name in complete):
            match = replace(
                match, sure=False, remark="one digit of its number is not read as on the class list"
            )
        found[name] = match
    return found


def read_number(symbols: Sequence[Symbols]) -> str:
    """The likeliest symbol of each box, as one text."""
    return "".join(max(one, key=lambda symbol: one[symbol]) for one in symbols)


def _is_certain(symbols: Sequence[Symbols], number: str, numbers: Sequence[str], complete: bool) -> bool:
    """Whether ``number`` is what was read; or all but one digit of it, with no other number near and all else read."""
    read = read_number(symbols)
    if read == number:
        return True
    near = [other for other in numbers if _differing(read, other) <= _NEAR]
    return complete and _differing(read, number) == 1 and near == [number]


def _unknown(match: Match, symbols: Sequence[Symbols], numbers: Sequence[str]) -> Match:
    """The match of nobody's sheet, with the reason, and the number on the list that is most like what was read."""
    read = read_number(symbols)
    unread = sum(not symbol.isdigit() for symbol in read)
    if unread > _most_unread(len(read)):
        return replace(match, runner_up=None, remark="its number cannot be read")
    near = min(numbers, key=lambda number: _differing(read, number), default=None)
    return replace(match, runner_up=near if near and _differing(read, near) <= _NEAR else None)


def _differing(read: str, number: str) -> int:
    return sum(one != other for one, other in zip(read, number, strict=False)) + abs(len(read) - len(number))


def _most_unread(digits: int) -> int:
    """How many digits of a number may be unread: fewer than half of them, and two at the most."""
    return min(_NEAR, (digits - 1) // 2)


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


def _costs(symbols: Sequence[Symbols], numbers: Sequence[str]) -> list[float]:
    """How unlikely the ``symbols`` are if the sheet has each of these ``numbers``, in nats."""
    read, most = read_number(symbols), _most_unread(len(symbols))
    return [
        _IMPOSSIBLE if len(read) != len(number) or _differing(read, number) > most else _cost(symbols, number)
        for number in numbers
    ]


def _cost(symbols: Sequence[Symbols], number: str) -> float:
    total = 0.0
    for one, digit in zip(symbols, number, strict=True):
        if any(share >= _CLEAR for symbol, share in one.items() if symbol.isdigit() and symbol != digit):
            return _IMPOSSIBLE
        share = one.get(digit, 0.0) + _UNCLEAR_SHARE * (one.get(UNCLEAR, 0.0) + one.get(BLANK, 0.0))
        total -= math.log(max(share, _FLOOR))
    return total
