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

from inkread.reading import Box, Candidate

__all__ = ["Columns", "Opinion", "digit_places", "of_one_digit", "opinions"]

_NEVER = -1e9


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
    seen = columns.seen.astype(np.float64)
    at = _boundaries(columns, line)
    starts = sorted({candidate.start for candidate in line})
    row = {start: i for i, start in enumerate(starts)}
    began = at[starts]
    ending: dict[int, list[int]] = {}
    for i, candidate in enumerate(line):
        ending.setdefault(int(at[candidate.stop]), []).append(i)
    # From each start: nothing was read off yet; a digit is being read off, or was.
    nothing, within, after = (
        np.zeros((len(starts), 1)),
        *(np.full((len(starts), 10), _NEVER) for _ in range(2)),
    )
    digits, none = np.full((len(line), 10), _NEVER), np.zeros(len(line))
    for column in range(len(seen) + 1):
        for i in ending.get(column, ()):
            start = row[line[i].start]
            digits[i] = np.logaddexp(within[start], after[start])
            none[i] = nothing[start, 0]
        if column == len(seen):
            break
        going = np.flatnonzero(began <= column)
        here = within[going]
        after[going] = np.logaddexp(after[going], here) + seen[column, 10]
        within[going] = np.logaddexp(nothing[going], here) + seen[column, :10]
        nothing[going] += seen[column, 10]
    return Opinion(digits, none)


def _boundaries(columns: Columns, line: Sequence[Candidate]) -> NDArray[np.intp]:
    """The column (atoms + 1,) at which each atom begins, and the last one ends."""
    boxes = {each.start: each.box for each in line if each.stop == each.start + 1}
    last = max(candidate.stop for candidate in line)
    places, right = [columns.left], boxes[0].right
    for i in range(1, last):
        # Halfway between two digits, or within what they share; what lies within an earlier one ends where it ends.
        right = max(right, boxes[i - 1].right)
        before = min(right, max(boxes[i - 1].right, boxes[i].left))
        places.append((before + boxes[i].left) / 2)
    at = np.rint((np.array(places) - columns.left) * columns.per_pixel).astype(np.intp)
    at = np.append(at, len(columns.seen))
    return np.maximum.accumulate(np.clip(at, 0, len(columns.seen)))


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
