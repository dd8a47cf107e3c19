"""What speaks for and against reading a candidate as each digit or mark, or leaving it unread.

The network's probabilities, together with what its line tells: a dash stands half-way up, a point on the ground,
a slash is as high as its neighbours at least. This module does not know of paths through a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inkread.reading import Candidate

__all__ = ["Edge", "Weights"]

_DIGITS = 10
# The costs and odds here were chosen on the develop sets, see docs/decisions.md.
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
"""Negative log probability of a digit, for each unit of width over height above 0.9, …"""
_LOW_COST = 0.4
"""… for each line height that it is lower than 0.8 of the line, …"""
_TALL = 1.15
_TALL_COST = 2.0
"""… and for each line height that it is higher than this."""
_TALL_ONE_COST = 8.0
"""For a 1 as much more: a stroke that stands out is rather a slash or a bracket."""
_MARK_PRIOR = 1.0
"""Prior odds of marks, against their share of the samples in training."""
_EDGE_COST = 2.0
"""Negative log probability of a mark at either end of a line, where it stands between no digits, …"""
_ALONE_COST = 5.0
"""… and of one that is all there is."""
_MISPLACED = 6.0
"""Negative log probability of a mark for each line height that it is too large, too small or out of its place."""
_PARTNERS = {"(": ")", ")": "(", "/": "/"}
_COMPANY = {"(": 15.0, ")": 15.0, "/": 3.0}
"""How much more is given for one where its partner surely is."""
_OPENING, _CLOSING = "(+-", ")"
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


@dataclass(frozen=True)
class Edge:
    """A candidate with the logarithmic weight of each thing that it may be read as."""

    candidate: Candidate
    digits: NDArray[np.float64]
    """(10,); -inf where it is unfit."""
    marks: NDArray[np.float64]
    """(m,), in the order of ``Weights.marks``."""
    unread: float
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


class Weights:
    """The weights of what a network with these ``classes`` says."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.marks = tuple(name for name in classes if name in _PLACES)
        """The marks among the classes."""
        self._digit_columns = [classes.index(str(value)) for value in range(_DIGITS)]
        self._mark_columns = [classes.index(name) for name in self.marks]
        self._many_column = classes.index(_MANY) if _MANY in classes else None
        partners = [_COMPANY[name] if _PARTNERS.get(name) in self.marks else 0.0 for name in self.marks]
        self._no_company = -np.log1p([partners])
        self._knows_other = len(classes) > _DIGITS + len(self.marks)

    def edges(self, line: Sequence[tuple[Candidate, NDArray[np.float64]]]) -> list[Edge]:
        """The weights of a line's candidates, each with its probabilities (C,)."""
        last = max(candidate.stop for candidate, _ in line)
        company = self._company([candidate for candidate, _ in line], [row for _, row in line])
        wholes = {(candidate.start, candidate.stop): (candidate, row) for candidate, row in line}
        edges = []
        for (candidate, row), here in zip(line, company, strict=True):
            whole = wholes.get(candidate.cut_from) if candidate.cut_from != (0, 0) else None
            cut = self._cut(*whole) if whole else 0.0
            edge = self._edge(candidate, row, last, here, cut)
            edges.append(
                replace(edge, nothing=self._nothing(whole[1], True) if whole else self._nothing(row, False))
            )
        return edges

    def _cut(self, whole: Candidate, row: NDArray[np.float64]) -> float:
        """Negative log probability that a part is to be cut at all."""
        if self._many_column is None:
            return _CUT_COST * max(0.0, _BROAD - whole.breadth)
        return -_MANY_WEIGHT * float(np.log(max(float(row[self._many_column]), _LEAST_MANY)))

    def _nothing(self, row: NDArray[np.float64], cut: bool) -> float:
        """How probable the network finds it that a candidate is nothing to be read; what was ``cut`` may be many."""
        if not self._knows_other or (cut and self._many_column is None):
            return 0.0
        many = 0.0 if self._many_column is None else float(row[self._many_column])
        return max(0.0, 1.0 - many - float(row[self._digit_columns].sum() + row[self._mark_columns].sum()))

    def _company(self, line: Sequence[Candidate], rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Log odds of each mark (n, m), 0 or less, by whether another stands further on or before, with something
        between them: brackets come in pairs, and slashes do."""
        if len(line) == 1:
            return self._no_company
        company = np.zeros((len(line), len(self.marks)))
        starts, stops = np.array([c.start for c in line]), np.array([c.stop for c in line])
        likely = dict(zip(self.marks, np.array(rows)[:, self._mark_columns].T, strict=True))
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

    def _edge(
        self,
        candidate: Candidate,
        row: NDArray[np.float64],
        last: int,
        company: NDArray[np.float64],
        cut: float,
    ) -> Edge:
        cost = candidate.cost + cut
        digits, marks = row[self._digit_columns], row[self._mark_columns] * _MARK_PRIOR
        many = 0.0 if self._many_column is None else float(row[self._many_column])
        other = max(0.0, 1.0 - many - float(row[self._digit_columns].sum() + row[self._mark_columns].sum()))
        other = (other + _MANY_UNREAD * many) * (_UNREAD_PRIOR if self._knows_other else 0.0)
        misplaced = np.array([_misplaced(name, candidate) for name in self.marks])
        lonely = np.array([_lonely(name, candidate, last) for name in self.marks])
        if candidate.unfit:
            other += float(digits.sum())
            total = max(float(marks.sum()) + other + many, 1e-12)
            log_digits = np.full(_DIGITS, -np.inf)
            unread = float(np.log(max(other / total, 0.05)))
        else:
            total = float(digits.sum() + marks.sum()) + other + many
            log_digits = np.log(np.maximum(digits / total, _FLOOR)) - _shape_cost(candidate) - cost
            log_digits[1] -= _TALL_ONE_COST * max(0.0, candidate.tall - _TALL)
            unread = float(np.log(max(other / total, _FLOOR * 10))) - _UNREAD_COST * candidate.breadth
        plain = np.log(np.maximum(marks / total, _FLOOR)) - misplaced - cost
        certain = float(np.log(max(float(row[self._digit_columns].sum()), _FLOOR)))
        return Edge(candidate, log_digits, plain - lonely + company, unread - cost, plain, certain)


def _misplaced(name: str, candidate: Candidate) -> float:
    """What speaks against a mark's standing as high or low, and being as large, as the candidate."""
    least, most, width, above, below = _PLACES[name]
    off = max(0.0, least - candidate.tall) + max(0.0, candidate.tall - most)
    off += max(0.0, width - candidate.breadth)
    off += max(0.0, above - candidate.drop) + max(0.0, candidate.drop - below)
    return _MISPLACED * off


def _lonely(name: str, candidate: Candidate, last: int) -> float:
    """What speaks against a mark's having nothing before it, or nothing after it."""
    first, ending = candidate.start == 0, candidate.stop == last
    if first and ending:
        return _ALONE_COST
    at_home = (first and name in _OPENING) or (ending and name in _CLOSING)
    return _EDGE_COST if (first or ending) and not at_home else 0.0


def _shape_cost(candidate: Candidate) -> float:
    """What speaks against a digit's proportions: few are broader than high, or half as high as others."""
    aspect = candidate.breadth / max(candidate.tall, 0.5)
    return (
        _BROAD_COST * max(0.0, aspect - 0.9)
        + _LOW_COST * max(0.0, 0.8 - candidate.tall)
        + _TALL_COST * max(0.0, candidate.tall - _TALL)
    )
