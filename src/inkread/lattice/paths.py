"""The best path through a lattice, and how much of all paths goes through each edge of it.

Viterbi 1967; Rabiner 1989, "A tutorial on hidden Markov models", for forward and backward sums. A line may be written
in any way, or in one of the ``formats``; each is a chain of its own, and what they give is added up. All weights
are logarithms. This module does not know what an edge looks like.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, inf, log1p

import numpy as np
from numpy.typing import NDArray

from inkread.lattice.formats import FORMATS, REST, Arc, Format
from inkread.lattice.weights import Edge

__all__ = ["Path", "Step", "best_path"]

_ANY = Format((REST,), given=0.0, cost=0.0)
_FAINT = -9.0
"""Where no edge is a format's mark with at least this weight, the format is not tried."""
_ALIKE = 0.5
"""Two candidates that share more of their boxes than this (intersection over union) cannot both be digits."""
_DIGIT, _UNREAD = "digit", "unread"

Table = list[list[float]]
"""A weight for each boundary and state."""


@dataclass(frozen=True)
class Step:
    """One edge of the best path; all are shares of all paths, 0 … 1."""

    edge: Edge
    kind: str
    """``"digit"``, ``"unread"``, or the mark that it is read as."""
    digits: NDArray[np.float64]
    """(10,) share of the paths that read each digit there, in this edge or in one that is cut and read nearly alike.
    It never exceeds the network's own probability."""
    as_mark: float
    """If it is read as a mark, the share of the paths that read this mark."""


@dataclass(frozen=True)
class Path:
    """The best way from the first boundary to the last."""

    steps: tuple[Step, ...]
    best: float
    """Weight of this path."""
    total: float
    """Weight of all paths together."""


def best_path(edges: Sequence[Edge], marks: Sequence[str]) -> Path:
    """Viterbi's path through the lattice of ``edges``, whose marks are named in the order of ``marks``."""
    if len(edges) == 1:
        return _only(edges[0], marks)
    chains = [_Chain(edges, marks, each) for each in (_ANY, *_likely(edges, marks))]
    total = float(np.logaddexp.reduce([chain.total for chain in chains]))
    chosen = max(chains, key=lambda chain: chain.best)
    steps, overlapping = [], _overlaps(edges)
    for edge, symbol in chosen.way():
        kind = edge.kind(marks) if symbol == REST else _DIGIT if symbol.isdigit() else symbol
        digits, as_mark = np.zeros(10), 0.0
        if kind == _DIGIT:
            alike = [each for each in overlapping(edge) if each is edge or _is_alike(each, edge)]
            digits = np.sum([_digits_of(each, chains, total) for each in alike], axis=0)
        elif kind != _UNREAD:
            as_mark = _share(edge, kind, chains, total)
        steps.append(Step(edge, kind, digits, as_mark))
    return Path(tuple(steps), chosen.best, total)


def _overlaps(edges: Sequence[Edge]) -> Callable[[Edge], Sequence[Edge]]:
    """What finds the edges that no path can hold beside a given one; a long line has too many to look at them all."""
    by_start = sorted(edges, key=lambda edge: edge.candidate.start)
    starts = [edge.candidate.start for edge in by_start]
    longest = max(edge.candidate.stop - edge.candidate.start for edge in edges)

    def overlapping(edge: Edge) -> Sequence[Edge]:
        start, stop = edge.candidate.start, edge.candidate.stop
        near = by_start[bisect_right(starts, start - longest) : bisect_left(starts, stop)]
        return [each for each in near if each.candidate.stop > start]

    return overlapping


def _only(edge: Edge, marks: Sequence[str]) -> Path:
    """The path of a line that is one candidate: what all chains would find, sooner."""
    kind, digits, as_mark = edge.kind(marks), np.zeros(10), 0.0
    if kind == _DIGIT:
        sure = min(exp(edge.all_digits - edge.total), exp(edge.certain))
        digits = np.exp(edge.digits - edge.all_digits) * sure
    elif kind != _UNREAD:
        as_mark = exp(edge.weight_of(kind, marks) - edge.total)
    return Path((Step(edge, kind, digits, as_mark),), edge.best, edge.total)


def _is_alike(one: Edge, other: Edge) -> bool:
    """Whether both are cuts of the same ink that hardly differ, and are the same digit: no path can hold both."""
    same = one.digits.argmax() == other.digits.argmax()
    return bool(same) and one.candidate.box.iou(other.candidate.box) > _ALIKE


def _digits_of(edge: Edge, chains: Sequence[_Chain], total: float) -> NDArray[np.float64]:
    """Share (10,) of all paths that read the edge as each digit."""
    if edge.all_digits == -inf:
        return np.zeros(10)
    sure = min(_share(edge, _DIGIT, chains, total), exp(edge.certain) * _share(edge, "", chains, total))
    return np.asarray(np.exp(edge.digits - edge.all_digits) * sure)


def _share(edge: Edge, what: str, chains: Sequence[_Chain], total: float) -> float:
    """Share of all paths that go through the edge, and read it as ``what`` if this is something."""
    return min(1.0, sum(exp(chain.through(edge, what) - total) for chain in chains))


def _likely(edges: Sequence[Edge], marks: Sequence[str]) -> list[Format]:
    """The formats whose marks may be there at all."""
    found = []
    last = max(edge.candidate.stop for edge in edges)
    for each in FORMATS:
        if last >= each.shortest and set(each.marks) <= set(marks):
            columns = [marks.index(mark) for mark in each.marks]
            if all(max(edge.plain[column] for edge in edges) > _FAINT for column in columns):
                found.append(each)
    return found


class _Chain:
    """All paths through a lattice that are written in one way."""

    def __init__(self, edges: Sequence[Edge], marks: Sequence[str], written: Format) -> None:
        self._marks, self._format = marks, written
        self._arcs: tuple[Arc, ...] = written.arcs
        self._by_stop = sorted(edges, key=lambda edge: edge.candidate.stop)
        self._last = self._by_stop[-1].candidate.stop
        self._moves = self._all_moves()
        self._moves_of = {id(edge): moves for edge, moves in zip(self._by_stop, self._moves, strict=True)}
        self._via: dict[tuple[int, int], tuple[Edge, str, int]] = {}
        self._forward, bests = self._run()
        self._backward = self._run_back()
        ends = [(bests[self._last][state], state) for state in written.ends]
        self.best, self._end = max(ends)
        self.total = _added([self._forward[self._last][state] for state in written.ends])

    def _table(self) -> Table:
        return [[-inf] * (len(self._format.pattern) + 1) for _ in range(self._last + 1)]

    def _weights(self, symbol: str) -> Iterable[tuple[float, float]]:
        """For each edge, of the likeliest way in which it can be ``symbol``, and of all."""
        edges = self._by_stop
        if symbol == REST:
            return [(edge.best, edge.total) for edge in edges]
        if symbol == _UNREAD:
            return [(edge.unread, edge.unread) for edge in edges]
        if symbol.isdigit():
            some = np.array([edge.digits for edge in edges])[:, [int(digit) for digit in symbol]]
            return zip(some.max(axis=1).tolist(), np.logaddexp.reduce(some, axis=1).tolist(), strict=True)
        column, given = self._marks.index(symbol), self._format.given
        weights = [float(edge.plain[column]) + given for edge in edges]
        return zip(weights, weights, strict=True)

    def _all_moves(self) -> list[list[tuple[int, str, int, float, float]]]:
        """For each edge: from state, symbol, to state, with the two weights."""
        arcs = list(self._arcs)
        if self._format is not _ANY:
            # A speck may lie anywhere; the rest knows that by itself.
            resting = {one for one, symbol, other in arcs if symbol == REST and one == other}
            staying = set(range(len(self._format.pattern) + 1)) - resting
            arcs += [(state, _UNREAD, state) for state in staying]
        weights = {symbol: list(self._weights(symbol)) for symbol in {arc[1] for arc in arcs}}
        return [
            [(one, symbol, other, *weights[symbol][i]) for one, symbol, other in arcs]
            for i in range(len(self._by_stop))
        ]

    def _run(self) -> tuple[Table, Table]:
        forward, bests = self._table(), self._table()
        forward[0][0] = bests[0][0] = -self._format.cost
        for edge, moves in zip(self._by_stop, self._moves, strict=True):
            start, stop = edge.candidate.start, edge.candidate.stop
            for one, symbol, other, best, total in moves:
                if forward[start][one] > -inf:
                    forward[stop][other] = _both(forward[stop][other], forward[start][one] + total)
                    if bests[start][one] + best > bests[stop][other]:
                        bests[stop][other] = bests[start][one] + best
                        self._via[stop, other] = (edge, symbol, one)
        return forward, bests

    def _run_back(self) -> Table:
        backward = self._table()
        for state in self._format.ends:
            backward[self._last][state] = 0.0
        order = sorted(range(len(self._by_stop)), key=lambda i: -self._by_stop[i].candidate.start)
        for i in order:
            start, stop = self._by_stop[i].candidate.start, self._by_stop[i].candidate.stop
            for one, _, other, _, total in self._moves[i]:
                if backward[stop][other] > -inf:
                    backward[start][one] = _both(backward[start][one], backward[stop][other] + total)
        return backward

    def way(self) -> list[tuple[Edge, str]]:
        """The edges of the best path, each with what it is read as."""
        path, at, state = [], self._last, self._end
        while at > 0:
            edge, symbol, state = self._via[at, state]
            path.append((edge, symbol))
            at = edge.candidate.start
        return path[::-1]

    def through(self, edge: Edge, what: str) -> float:
        """Weight of all paths through ``edge``, or of those that read it as ``what``."""
        start, stop = edge.candidate.start, edge.candidate.stop
        found = []
        for one, symbol, other, _, total in self._moves_of[id(edge)]:
            weight = total
            if what and symbol == REST:
                weight = edge.weight_of(what, self._marks)
            elif what and what != (_DIGIT if symbol.isdigit() else symbol):
                continue
            found.append(self._forward[start][one] + weight + self._backward[stop][other])
        return _added(found)


def _both(one: float, other: float) -> float:
    """log(e^one + e^other)."""
    high, low = (one, other) if one > other else (other, one)
    return high if low == -inf else high + log1p(exp(low - high))


def _added(weights: Sequence[float]) -> float:
    total = -inf
    for weight in weights:
        total = _both(total, weight)
    return total
