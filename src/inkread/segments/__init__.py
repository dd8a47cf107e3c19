"""Ink -> lines of overlapping candidates: what may be one digit, in reading order.

Connected parts (``parts``) are grouped into lines (``lines``) and, where they are wide enough to hold two digits,
cut into atoms along seams of least ink (``cuts``). Runs of neighbouring atoms are the candidates: a broken 5 is
two parts joined, a touching 00 one part cut. Nothing is decided here; that is the lattice's work (heuristic
over-segmentation: LeCun, Bottou, Bengio, Haffner 1998, section V). This package does not know what any candidate
looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkread.reading import WHOLE, Box, Candidate, Rejected
from inkread.segments.cuts import Atom, cut_part
from inkread.segments.lines import find_lines, line_height, line_middle
from inkread.segments.parts import Part, find_parts

__all__ = ["Segmentation", "find_candidates"]

_MOST_ATOMS = 7
"""A digit is hardly ever broken or cut into more atoms than that."""
_MOST_COST = 8.0
"""Atoms that it costs more to join than this are no digit."""
_WIDEST = 1.5
"""A candidate of several atoms is at most this wide, in heights of its line."""
# These costs were chosen by random search on the develop sets, see docs/decisions.md.
_CUT_COST = 0.4
"""Negative log probability of each end of a candidate that lies within ink: most digits end at a gap, …"""
_NARROW_CUT_COST = 0.9
"""… the more so, the narrower (below 1.3 line heights) the part is: it may well be one digit."""
_JOIN_COST = 0.8
"""… of joining parts that do not overlap, …"""
_LONE = 0.1
"""What a line of a single part counts, beside others, when the height of the writing is sought."""
_LOWEST_LINE = 0.3
"""Lines lower than this, in heights of the page's tallest writing, are left unread."""
_GAP_COST = 7.0
"""… and of each line height of gap between them."""
_MOST_PIECES, _WIDEST_WHOLE = 12, 1.2
"""A page is taken for one broken digit only if it has at most so many parts, and is at most so broad for its height."""
_WHOLE_COST = 0.4
"""Negative log probability that all pieces of a page are one digit."""


@dataclass(frozen=True)
class Segmentation:
    """The candidates of a page, line by line from the top, and what was left out.

    ``labels`` (H, W) int32 tells which atom each pixel of ink belongs to (0: none).
    """

    labels: NDArray[np.int32]
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]


def find_candidates(ink: NDArray[np.float32]) -> Segmentation:
    """Candidates for digits in the ink map (H, W) float32, 0 paper … 1 ink."""
    found = find_parts(ink)
    labels = found.labels
    lines, specks = _without_furniture(find_lines(list(found.parts), found.pen))
    candidates: list[Candidate] = []
    everything = [label for part in found.parts for label in part.labels]
    for number, parts in enumerate(lines):
        height = line_height(parts)
        atoms: list[Atom] = []
        for index, part in enumerate(parts):
            atoms += cut_part(ink, labels, part, index, height, found.pen)
        candidates += _line_candidates(number, atoms, height, line_middle(parts, height))
        cut = {label for part in parts for label in part.labels}
        everything = [label for label in everything if label not in cut]
        everything += [label for atom in atoms for label in atom.labels]
    if len(found.parts) > 1 and lines:
        candidates += _whole(found.parts, everything)
    return Segmentation(labels, tuple(candidates), found.rejected + specks)


def _without_furniture(lines: list[list[Part]]) -> tuple[list[list[Part]], tuple[Rejected, ...]]:
    """The lines of writing, less lone printed lines, and less what is far lower than the writing: texture, dirt."""
    if not lines:
        return lines, ()
    heights = np.array([line_height(line) for line in lines])
    # The tallest line might be a lone blot, and most lines texture: one counts by how much is written in it, how large.
    weights = heights**2 * [sum(part.box.height for part in line) for line in lines]
    weights *= [1.0 if len(line) > 1 else _LONE for line in lines]
    bars = np.array([_is_bar(line) for line in lines])
    weights[bars] = 0 if not bars.all() else 1
    order = np.argsort(heights)
    reached = np.cumsum(weights[order])
    tall = heights[order[int(np.searchsorted(reached, 0.7 * reached[-1]))]]
    kept, rejected = [], []
    for line, height, bar in zip(lines, heights, bars, strict=True):
        reason = "rule" if bar and height > 2 * tall else "speck" if height < _LOWEST_LINE * tall else ""
        if reason:
            rejected.append(Rejected(Box.around(part.box for part in line), reason))
        else:
            kept.append(line)
    return kept, tuple(rejected)


def _is_bar(line: list[Part]) -> bool:
    """Whether the line is one upright stroke, dirt aside: a 1, or a printed line if it is far too high."""
    highest = max(part.box.height for part in line)
    tall = [part.box for part in line if part.box.height >= 0.4 * highest]
    return len(tall) == 1 and tall[0].height > 5 * tall[0].width


def _line_candidates(
    line: int, atoms: list[Atom], height: float, middle: Callable[[float], float]
) -> list[Candidate]:
    """Every run of atoms that may be one digit; single atoms are always among them."""
    candidates = []
    for start in range(len(atoms)):
        for stop in range(start + 1, min(len(atoms), start + _MOST_ATOMS) + 1):
            run = atoms[start:stop]
            box = Box.around(atom.box for atom in run)
            whole = len({atom.part for atom in run}) == 1 and _is_whole(atoms, start, stop)
            if stop - start > 1 and box.width > _WIDEST * height and not whole:
                break
            cost = _gap_cost(run, height)
            if cost > _MOST_COST:
                break
            cost += _cut_cost(atoms, start, height) + _cut_cost(atoms, stop, height)
            parts = tuple(label for atom in run for label in atom.labels)
            x, y = box.centre
            breadth, tall, drop = box.width / height, box.height / height, (y - middle(x)) / height
            candidates.append(
                Candidate(line, start, stop, parts, box, cost, breadth, tall, drop, _unfit(box, height))
            )
    return candidates


def _whole(parts: Sequence[Part], labels: Sequence[int]) -> list[Candidate]:
    """All the ink as one digit that is broken into pieces, where it may be one."""
    box = Box.around(part.box for part in parts)
    if len(parts) > _MOST_PIECES or box.width > _WIDEST_WHOLE * box.height:
        return []
    return [Candidate(WHOLE, 0, 1, tuple(labels), box, _WHOLE_COST, box.width / box.height)]


def _is_cut(atoms: list[Atom], boundary: int) -> bool:
    """Whether the boundary before atom ``boundary`` goes through a part."""
    return 0 < boundary < len(atoms) and atoms[boundary - 1].part == atoms[boundary].part


def _cut_cost(atoms: list[Atom], boundary: int, height: float) -> float:
    """What speaks against a digit's ending at ``boundary``."""
    if not _is_cut(atoms, boundary):
        return 0.0
    part = atoms[boundary].part
    breadth = Box.around(atom.box for atom in atoms if atom.part == part).width / height
    return _CUT_COST + _NARROW_CUT_COST * max(0.0, 1.3 - breadth)


def _is_whole(atoms: list[Atom], start: int, stop: int) -> bool:
    return not _is_cut(atoms, start) and not _is_cut(atoms, stop)


def _gap_cost(run: list[Atom], height: float) -> float:
    """What speaks against joining the atoms: gaps between parts, seen from the left."""
    cost, right = 0.0, run[0].box.right
    for before, atom in pairwise(run):
        if atom.part != before.part:
            gap = max(0, atom.box.left - right) / height
            overlap = min(right, atom.box.right) - max(before.box.left, atom.box.left)
            covered = overlap > 0.5 * min(before.box.width, atom.box.width)
            cost += 0.0 if covered else _JOIN_COST + _GAP_COST * gap
        right = max(right, atom.box.right)
    return cost


def _unfit(box: Box, height: float) -> str:
    """Why the candidate cannot be a digit of a line of this height, or ""."""
    if max(box.width, box.height) < 0.3 * height:
        return "dot"
    if box.height < 0.45 * box.width and box.height < 0.4 * height:
        return "dash"
    if box.height < 0.3 * height:
        return "too small"
    return ""
