"""Atoms of a line -> its candidates: every run of neighbouring atoms that may be one digit, and what speaks against it.

This module does not know how the ink was cut, nor what a candidate looks like.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from inkread.candidate import Candidate
from inkread.reading import Box
from inkread.segments.cuts import Atom

__all__ = ["POINT_COST", "line_candidates"]

_MOST_ATOMS = 7
"""A digit is hardly ever broken or cut into more atoms than that."""
_MOST_COST = 8.0
"""Atoms that it costs more to join than this are no digit."""
_WIDEST = 1.5
"""A candidate of several atoms is at most this wide, in heights of its line."""
# These costs were chosen by random search on the develop sets, see docs/decisions/2026-11-21-cuts-and-lattice.md.
_CUT_COST = 0.4
"""Negative log probability of each end of a candidate that lies within ink: most digits end at a gap."""
_JOIN_COST = 0.8
"""Negative log probability of joining parts that do not overlap."""
_GAP_COST = 7.0
"""Negative log probability of joined parts, for each line height of gap between them."""
POINT_COST = 5.0
"""Negative log probability that what looks like a point or comma beside a digit is a piece of that digit."""
_BROADEST, _HIGHEST, _LOWEST = 0.3, 0.5, 0.05
"""Largest width, largest height and least height of a point or comma, in heights of the line."""
_BROAD, _HANGS = 1.6, 0.15
"""Largest width over height of a point or comma, and least distance below the middle of the digits, in line heights."""
_TALL, _SHARED = 0.6, 0.5
"""Its neighbours are at least so high, in heights of the line, and share at most so much of its width."""


def line_candidates(
    line: int, atoms: list[Atom], height: float, middle: Callable[[float], float]
) -> list[Candidate]:
    """Every run of atoms that may be one digit; single atoms are always among them."""
    candidates = []
    spans = _spans(atoms)
    points = [_is_point(atoms, i, height, middle) for i in range(len(atoms))]
    for start, first in enumerate(atoms):
        box, parts, gaps = first.box, first.labels, 0.0
        for stop in range(start + 1, min(len(atoms), start + _MOST_ATOMS) + 1):
            if stop > start + 1:
                gaps += _gap_cost(atoms[stop - 2], atoms[stop - 1], box.right, height)
                gaps += POINT_COST * (points[stop - 2] + points[stop - 1])
                box = Box.around((box, atoms[stop - 1].box))
                parts += atoms[stop - 1].labels
                if box.width > _WIDEST * height and spans[start] != (start, stop):
                    break
            if gaps > _MOST_COST:
                break
            cost = gaps + _CUT_COST * (_is_cut(atoms, start) + _is_cut(atoms, stop))
            x, y = box.centre
            breadth, tall, drop = box.width / height, box.height / height, (y - middle(x)) / height
            unfit = "point" if stop == start + 1 and points[start] else _unfit(box, height)
            cut_from = spans[stop] if _is_cut(atoms, stop) else (0, 0)
            if cut_from[0] < start:  # this part was entered by a candidate before
                cut_from = (0, 0)
            candidates.append(
                Candidate(line, start, stop, parts, box, cost, breadth, tall, drop, unfit, cut_from)
            )
    return candidates


def _is_cut(atoms: list[Atom], boundary: int) -> bool:
    """Whether the boundary before atom ``boundary`` goes through a part."""
    return 0 < boundary < len(atoms) and atoms[boundary - 1].part == atoms[boundary].part


def _spans(atoms: list[Atom]) -> list[tuple[int, int]]:
    """For each atom, the atoms, first and one past the last, of the part that it is cut from; they stand together."""
    spans: list[tuple[int, int]] = []
    for _, same in groupby(atoms, key=lambda atom: atom.part):
        first, size = len(spans), len(list(same))
        spans += [(first, first + size)] * size
    return spans


def _gap_cost(before: Atom, atom: Atom, right: int, height: float) -> float:
    """What speaks against joining ``atom`` to those before it, which end at ``right``: the gap, seen from the left."""
    if atom.part == before.part:
        return 0.0
    gap = max(0, atom.box.left - right) / height
    overlap = min(right, atom.box.right) - max(before.box.left, atom.box.left)
    covered = overlap > 0.5 * min(before.box.width, atom.box.width)
    return 0.0 if covered else _JOIN_COST + _GAP_COST * gap


def _is_point(atoms: list[Atom], i: int, height: float, middle: Callable[[float], float]) -> bool:
    """Whether an atom is a point or a comma by its place: small, on the base line, behind a digit and before none or
    another one."""
    box = atoms[i].box
    slim = box.width <= min(_BROADEST * height, _BROAD * box.height)
    small = slim and _LOWEST * height <= box.height <= _HIGHEST * height
    if i == 0 or not small or box.top - middle(box.centre[0]) < _HANGS * height:
        return False
    beside = [atoms[j].box for j in (i - 1, i + 1) if j < len(atoms)]
    shared = [min(box.right, other.right) - max(box.left, other.left) for other in beside]
    return max(shared) <= _SHARED * box.width and all(each.height >= _TALL * height for each in beside)


def _unfit(box: Box, height: float) -> str:
    """Why the candidate cannot be a digit of a line of this height, or ""."""
    if max(box.width, box.height) < 0.3 * height:
        return "dot"
    if box.height < 0.45 * box.width and box.height < 0.4 * height:
        return "dash"
    if box.height < 0.3 * height:
        return "too small"
    return ""
