"""What was seen in the columns of a line, without cutting it -> what that says of each candidate.

A network that reads whole lines gives, for every column, the probabilities of each digit and of nothing; a digit is
read off once, somewhere within its ink (Graves et al. 2006). A candidate is a run of columns: the probability that
just one digit, or none, is read off there is the sum over all columns at which it may be (forward sums). Along any
path through the lattice these add up to what the network gives for that number, cut there. This module does not know
what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.reading import Box

__all__ = ["Columns", "Opinion", "digit_places", "of_one_digit", "opinions"]

_NEVER = -1e9
_STRAYS = tuple((off, float(np.log(share))) for off, share in ((-1, 0.25), (0, 0.5), (1, 0.25)))
"""By how many columns a boundary may be elsewhere, with the logarithm of the probability: chosen with `advice`."""
_LEAST_TALL = 0.35
"""Pieces lower than this, in heights of the line, are points, dashes or specks."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What is seen in a line: logarithms of the probabilities (T, 11) of the ten digits and, last, of none.

    Position ``x`` of the ink map lies in column ``(x - left) * per_pixel``.
    """

    seen: NDArray[np.float32]
    left: float
    per_pixel: float


@dataclass(frozen=True, eq=False)
class Opinion:
    """Logarithms of the probabilities that just one digit, and which, is read off a candidate's columns; or none."""

    digits: NDArray[np.float64]
    """(n, 10)"""
    nothing: NDArray[np.float64]
    """(n,)"""


def digit_places(columns: Columns) -> list[float]:
    """Where digits are read off, as positions of the ink map, from left to right."""
    best = columns.seen.argmax(axis=1)
    starts = np.flatnonzero((best != np.concatenate([[-1], best[:-1]])) & (best < 10))
    places = []
    for start in starts.tolist():
        stop = start + 1
        while stop < len(best) and best[stop] == best[start]:
            stop += 1
        places.append(columns.left + (start + stop) / 2 / columns.per_pixel)
    return places


def opinions(columns: Columns, line: Sequence[Candidate]) -> Opinion:
    """What the columns say of each candidate of a line, which has all its single atoms among them."""
    seen, at = columns.seen.astype(np.float64), _boundaries(columns, line)
    starts = sorted({candidate.start for candidate in line})
    row = {start: i for i, start in enumerate(starts)}
    beginning = _arrivals([int(at[start]) for start in starts], len(seen))
    ending = _arrivals([int(at[candidate.stop]) for candidate in line], len(seen))
    # From each start: nothing was read off yet; a digit is being read off, or was.
    nothing = np.full((len(starts), 1), _NEVER)
    within, after = np.full((len(starts), 10), _NEVER), np.full((len(starts), 10), _NEVER)
    digits, none = np.full((len(line), 10), _NEVER), np.full(len(line), _NEVER)
    for column in range(len(seen) + 1):
        for i, share in beginning.get(column, ()):
            nothing[i] = np.logaddexp(nothing[i], share)
        for i, share in ending.get(column, ()):
            own = row[line[i].start]
            digits[i] = np.logaddexp(digits[i], np.logaddexp(within[own], after[own]) + share)
            none[i] = np.logaddexp(none[i], nothing[own, 0] + share)
        if column < len(seen):
            after = np.logaddexp(after, within) + seen[column, 10]
            within = np.logaddexp(nothing, within) + seen[column, :10]
            nothing = nothing + seen[column, 10]
    return Opinion(digits, none)


def _arrivals(at: Sequence[int], last: int) -> dict[int, list[tuple[int, float]]]:
    """For each column which boundaries may be there, and the logarithm of how probable that is: digits lean, and are
    read off in columns in which a neighbour may begin."""
    found: dict[int, list[tuple[int, float]]] = {}
    for i, place in enumerate(at):
        if place in (0, last):
            found.setdefault(place, []).append((i, 0.0))
            continue
        for off, share in _STRAYS:
            found.setdefault(min(max(place + off, 0), last), []).append((i, share))
    return found


def _boundaries(columns: Columns, line: Sequence[Candidate]) -> NDArray[np.intp]:
    """The column (atoms + 1,) at which each atom begins, and the last one ends: halfway between two digits, or within
    what they share. Points and specks have no columns of their own, since they may lie above a digit or below it."""
    atoms = {each.start: each for each in line if each.stop == each.start + 1}
    last = max(candidate.stop for candidate in line)
    ends, starts = np.full(last + 1, -np.inf), np.full(last + 1, np.inf)
    for i in range(last):
        if atoms[i].tall >= _LEAST_TALL:
            ends[i + 1], starts[i] = atoms[i].box.right, atoms[i].box.left
    ends, starts = np.maximum.accumulate(ends), np.minimum.accumulate(starts[::-1])[::-1]
    width = len(columns.seen)
    places = (
        np.maximum(ends, columns.left) + np.minimum(starts, columns.left + width / columns.per_pixel)
    ) / 2
    places[np.isinf(ends)], places[np.isinf(starts)] = -np.inf, np.inf
    at = np.clip((places - columns.left) * columns.per_pixel, 0, width)
    at[0], at[-1] = 0, width
    return np.maximum.accumulate(np.rint(at).astype(np.intp))


def of_one_digit(lines: Sequence[Columns]) -> Opinion:
    """What the columns of all lines of a page say of all its ink as one candidate."""
    single, none = [], []
    for each in lines:
        whole = opinions(replace(each, left=0.0), [Candidate(0, 0, 1, (), Box(0, 0, 1, 1))])
        single.append(whole.digits[0])
        none.append(whole.nothing[0])
    total = sum(none)
    either = np.logaddexp.reduce([one + total - own for one, own in zip(single, none, strict=True)])
    return Opinion(either[None], np.array([total]))
