"""What speaks for and against reading a candidate as each digit or mark, or leaving it unread.

The network's probabilities, together with what its line tells: a dash stands half-way up, a point on the ground,
a slash is as high as its neighbours at least. This module does not know of paths through a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate

__all__ = ["Edge", "Weights"]

_DIGITS = 10
# The costs and odds here were chosen on the develop sets, see docs/decisions/2026-11-21-cuts-and-lattice.md.
_UNREAD_PRIOR = 0.55
"""Prior odds that ink is not a digit, against the share of such samples in training."""
_UNREAD_COST = 5.0
"""Negative log probability of leaving ink unread, per line height of width: else one verdict "two digits at once"
over a whole number would cost less than reading each of its digits."""
_MANY = "many"
"""The class of several digits at once."""
_MANY_WEIGHT, _LEAST_MANY = 0.7, 0.01
"""What it counts that the network takes a part for several digits, and the probability that this has at least."""
_MANY_UNREAD = 0.3
"""Odds that several digits at once are left unread, against what is no digit."""
_CUT_COST, _BROAD = 1.8, 1.3
"""For a network that has no such class: what speaks against cutting, for each line height that a part is narrower."""
_FLOOR = 1e-6
"""No probability of the network's is taken for less than this: it has not seen everything."""
_BROAD_COST = 2.0
"""Negative log probability of a digit, for each unit of width over height above 0.9."""
_LOW_COST = 0.4
"""Negative log probability of a digit, for each line height that it is lower than 0.8 of the line."""
_TALL = 1.15
_TALL_COST = 2.0
"""Negative log probability of a digit, for each line height that it is higher than ``_TALL``."""
_TALL_ONE_COST = 8.0
"""For a 1 as much more: a stroke that stands out is rather a slash or a bracket."""
_MARK_PRIOR = 1.0
"""Prior odds of marks, against their share of the samples in training."""
_EDGE_COST = 2.0
"""Negative log probability of a mark at either end of a line, where it is not between digits."""
_ALONE_COST = 5.0
"""Negative log probability of a mark that is alone in its line."""
_MISPLACED = 6.0
"""Negative log probability of a mark for each line height that it is too large, too small or out of its place."""
_PARTNERS = {"(": ")", ")": "(", "/": "/"}
_COMPANY = {"(": 15.0, ")": 15.0, "/": 3.0}
"""How much more is given for one where its partner surely is."""
_OPENING, _CLOSING = "(+-", ")"
_ENDS = (False, False), (False, True), (True, False), (True, True)
"""Whether a candidate is the first of its line, and the last: as two digits of a binary number, these count up."""
_PLACES: dict[str, tuple[float, float, float, float, float]] = {
    "-": (0.0, 0.4, 0.15, -0.35, 0.4),
    "/": (0.85, 9.0, 0.0, -0.4, 0.4),
    ".": (0.0, 0.3, 0.0, 0.2, 0.8),
    ",": (0.0, 0.55, 0.0, 0.2, 1.0),
    "(": (0.85, 9.0, 0.0, -0.4, 0.4),
    ")": (0.85, 9.0, 0.0, -0.4, 0.4),
    ":": (0.25, 1.0, 0.0, -0.3, 0.4),
    "+": (0.3, 1.1, 0.25, -0.35, 0.35),
}
"""Least and greatest height, least width, and how far below the middle of the line's digits its own middle lies
at least and at most, all in line heights."""


_POINT = 0.95
"""Probability that what is a point or a comma by its place is one, whatever it looks like."""
_SLIM, _LOW = 1.6, 0.62
"""A comma is so many times as high as broad; or it is higher than broad and reaches so far below the middle."""


@dataclass(frozen=True)
class Edge:
    """A candidate with the logarithmic weight of each thing that it may be read as."""

    candidate: Candidate
    digits: NDArray[np.float64]
    """(10,); -inf where it is unfit."""
    marks: NDArray[np.float64]
    """(m,), in the order of ``Weights.marks``."""
    unread: float
    shape: NDArray[np.float64]
    """(10,) probabilities of the digits by the glyph network, given that it is one."""
    plain: NDArray[np.float64]
    """(m,) the marks by their shape and place alone: in a format, they need no company and may stand at an end."""
    certain: float = 0.0
    """Log probability, by the network alone, that it is a digit: what unread ink costs must not make it surer."""

    nothing: float = 0.0
    """Probability, by the network alone, that it is neither digit nor mark, nor several; for the left end of a part
    that was cut, that the part is."""

    @cached_property
    def best(self) -> float:
        return max(self.best_digit, self._best_mark, self.unread)

    @cached_property
    def total(self) -> float:
        return float(np.logaddexp.reduce(np.concatenate([self.digits, self.marks, [self.unread]])))

    @cached_property
    def best_digit(self) -> float:
        return float(self.digits.max())

    @cached_property
    def all_digits(self) -> float:
        return float(np.logaddexp.reduce(self.digits))

    def kind(self, marks: Sequence[str]) -> str:
        """What the candidate is best read as: ``"digit"``, ``"unread"`` or one of ``marks``."""
        if self.unread >= self.best:
            return "unread"
        return "digit" if self.best_digit >= self.best else marks[int(self.marks.argmax())]

    def weight_of(self, kind: str, marks: Sequence[str]) -> float:
        """Weight of all ways in which it is of this ``kind``."""
        if kind in ("digit", "unread"):
            return self.all_digits if kind == "digit" else self.unread
        return float(self.marks[marks.index(kind)])

    @cached_property
    def _best_mark(self) -> float:
        return float(self.marks.max(initial=-np.inf))


class _Said(NamedTuple):
    """The network's probabilities of a candidate."""

    digit: float
    mark: float
    many: float
    """Several digits at once."""
    nothing: float
    """None of these."""


class Weights:
    """The weights of what a network with these ``classes`` says."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.marks = tuple(name for name in classes if name in _PLACES)
        """The marks among the classes."""
        self._digit_columns = np.array([classes.index(str(value)) for value in range(_DIGITS)])
        self._mark_columns = np.array([classes.index(name) for name in self.marks], np.intp)
        self._many_column = classes.index(_MANY) if _MANY in classes else None
        self._knows_other = len(classes) > _DIGITS + len(self.marks)
        least, most, width, above, below = np.array([_PLACES[name] for name in self.marks]).reshape(-1, 5).T
        self._least, self._most = np.array([least, width, above]), np.array([most, most + inf, below])
        self._lonely = np.array([[_lonely(name, *ends) for name in self.marks] for ends in _ENDS])
        partners = [_COMPANY[name] if _PARTNERS.get(name) in self.marks else 0.0 for name in self.marks]
        self._no_company = -np.log1p([partners])

    def edges(self, line: Sequence[tuple[Candidate, NDArray[np.float64]]]) -> list[Edge]:
        """The weights of a line's candidates, each with its probabilities (C,)."""
        candidates = [candidate for candidate, _ in line]
        rows = np.array([self._with_point(*each) for each in line])
        digits, marks = rows.take(self._digit_columns, axis=1), rows.take(self._mark_columns, axis=1)
        said = self._said(rows, digits, marks)
        wholes = _wholes(candidates)
        costs = [
            each.cost + (0.0 if i is None else self._cut(candidates[i], said[i]))
            for each, i in zip(candidates, wholes, strict=True)
        ]
        odds = [self._odds(*each) for each in zip(candidates, said, strict=True)]
        totals, off = np.array([[total] for total, _ in odds]), np.array([[cost] for cost in costs])
        costly = np.array([_shape_costs(candidate) for candidate in candidates])
        shapes = digits / np.maximum(digits.sum(axis=1, keepdims=True), 1e-12)
        digits = np.log(np.maximum(digits / totals, _FLOOR)) - costly - off
        plain = np.log(np.maximum(_MARK_PRIOR * marks / totals, _FLOOR)) - self._misplaced(candidates) - off
        company = plain - self._loneliness(candidates) + self._company(candidates, marks)
        unread = [one - cost for (_, one), cost in zip(odds, costs, strict=True)]
        certain = [log(max(each.digit, _FLOOR)) for each in said]
        nothing = [
            self._nothing(each, None if i is None else said[i]) for each, i in zip(said, wholes, strict=True)
        ]
        return [
            Edge(*each)
            for each in zip(candidates, digits, company, unread, shapes, plain, certain, nothing, strict=True)
        ]

    def _with_point(self, candidate: Candidate, row: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities (C,) of a candidate; of what is a point or a comma by its place, mostly by its place.

        The network sees all glyphs at one size: a comma looks like a 1, a point like any blot.
        """
        slim, low = candidate.tall / max(candidate.breadth, 1e-6), candidate.drop + candidate.tall / 2
        name = "," if slim > (_SLIM if low < _LOW else 1.0) else "."
        if candidate.unfit != "point" or name not in self.marks:
            return row
        moved = (1 - _POINT) * row
        moved[self._mark_columns[self.marks.index(name)]] += _POINT
        return moved

    def _said(
        self, rows: NDArray[np.float64], digits: NDArray[np.float64], marks: NDArray[np.float64]
    ) -> list[_Said]:
        many = [0.0] * len(rows) if self._many_column is None else rows[:, self._many_column].tolist()
        sums = zip(digits.sum(axis=1).tolist(), marks.sum(axis=1).tolist(), many, strict=True)
        return [_Said(d, m, several, max(0.0, 1.0 - several - (d + m))) for d, m, several in sums]

    def _cut(self, whole: Candidate, said: _Said) -> float:
        """Negative log probability that a part is to be cut at all."""
        if self._many_column is None:
            return _CUT_COST * max(0.0, _BROAD - whole.breadth)
        return -_MANY_WEIGHT * log(max(said.many, _LEAST_MANY))

    def _nothing(self, said: _Said, whole: _Said | None) -> float:
        """How probable the network finds it that a candidate, or the ``whole`` that it is cut from, is nothing."""
        if not self._knows_other or (whole and self._many_column is None):
            return 0.0
        return (whole or said).nothing

    def _odds(self, candidate: Candidate, said: _Said) -> tuple[float, float]:
        """What the probabilities of all that a candidate may be sum to, and the weight of its being left unread."""
        prior = _UNREAD_PRIOR if self._knows_other else 0.0
        other, marks = (said.nothing + _MANY_UNREAD * said.many) * prior, _MARK_PRIOR * said.mark
        if candidate.unfit:
            other += said.digit
            total = max(marks + other + said.many, 1e-12)
            return total, log(max(other / total, 0.05))
        total = said.digit + marks + other + said.many
        return total, log(max(other / total, _FLOOR * 10)) - _UNREAD_COST * candidate.breadth

    def _misplaced(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """What speaks against each mark's (n, m) standing as high or low, and being as large, as the candidates."""
        seen = np.array([[[each.tall], [each.breadth], [each.drop]] for each in candidates])
        return _MISPLACED * np.abs(seen - np.minimum(np.maximum(seen, self._least), self._most)).sum(axis=1)

    def _loneliness(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """What speaks against each mark's (n, m) having nothing before it, or nothing after it."""
        last = max(each.stop for each in candidates)
        ends = [2 * (each.start == 0) + (each.stop == last) for each in candidates]
        return self._lonely.take(ends, axis=0)

    def _company(self, line: Sequence[Candidate], marks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds of each mark (n, m), 0 or less, by whether another stands further on or before, with something
        between them: brackets come in pairs, and slashes do."""
        if len(line) == 1:
            return self._no_company
        company = np.zeros((len(line), len(self.marks)))
        starts, stops = np.array([c.start for c in line]), np.array([c.stop for c in line])
        likely = dict(zip(self.marks, marks.T, strict=True))
        for i, name in enumerate(self.marks):
            if _PARTNERS.get(name) not in likely:
                continue
            other = likely[_PARTNERS[name]]
            before, after = np.zeros(stops.max() + 2), np.zeros(stops.max() + 2)
            np.maximum.at(
                before, stops + 1, other
            )  # at each boundary, the likeliest that ends an atom before it
            np.maximum.at(after, np.maximum(starts - 1, 0), other * (starts > 0))
            before, after = np.maximum.accumulate(before), np.maximum.accumulate(after[::-1])[::-1]
            found = before[starts] if name == ")" else after[stops]
            if name == "/":
                found = np.maximum(found, before[starts])
            company[:, i] = np.log1p(_COMPANY[name] * found) - np.log1p(_COMPANY[name])
        return company


def _lonely(name: str, first: bool, ending: bool) -> float:
    """What speaks against a mark's being the first, or the last, of its line."""
    if first and ending:
        return _ALONE_COST
    at_home = (first and name in _OPENING) or (ending and name in _CLOSING)
    return _EDGE_COST if (first or ending) and not at_home else 0.0


def _shape_costs(candidate: Candidate) -> list[float]:
    """What speaks against each digit's proportions: few are broader than high, or half as high as others."""
    if candidate.unfit:
        return [inf] * _DIGITS
    aspect = candidate.breadth / max(candidate.tall, 0.5)
    too_tall = max(0.0, candidate.tall - _TALL)
    cost = (
        _BROAD_COST * max(0.0, aspect - 0.9)
        + _LOW_COST * max(0.0, 0.8 - candidate.tall)
        + _TALL_COST * too_tall
    )
    costs = [cost] * _DIGITS
    costs[1] += _TALL_ONE_COST * too_tall
    return costs


def _wholes(candidates: Sequence[Candidate]) -> list[int | None]:
    """The index of the candidate that each one was cut from; None: it was not cut."""
    at = {(candidate.start, candidate.stop): i for i, candidate in enumerate(candidates)}
    return [at.get(each.cut_from) if each.cut_from != (0, 0) else None for each in candidates]
