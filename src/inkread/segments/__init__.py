"""Ink -> lines of overlapping candidates: what may be one digit, in reading order.

Connected parts (``parts``) are grouped into lines (``lines``); runs of neighbouring ones are the candidates
(``runs``), so that a broken 5 is two parts joined. Once it is known what the parts look like, those that look like no
single digit are cut into atoms along seams of least ink (``cuts``): a touching 00 is one part cut. Nothing is decided
here; that is the lattice's work (heuristic over-segmentation: LeCun, Bottou, Bengio, Haffner 1998, section V). This
package does not know what any candidate looks like, but it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate
from inkread.measure import LineOfInk, Pieces
from inkread.reading import Box, Rejected
from inkread.segments.cuts import Atom, cut_part
from inkread.segments.lines import find_lines, line_height, line_middle, without_furniture
from inkread.segments.parts import Part, Parts, find_parts
from inkread.segments.runs import POINT_COST, line_candidates

__all__ = ["Segmentation", "cut_further", "find_candidates"]

_SEVERAL = 1.6
"""Parts wider than this many line heights are cut in any case: hardly a digit is so wide."""
_MAY_BE_SEVERAL = 0.8
"""Parts wider than this are cut unless they surely are one digit: a round 0 is about as wide."""
_NARROWEST = 0.3
"""Narrower ones are cut only where they look like several: 11 may be as narrow as this."""
_SURE = 0.95
"""A part that is one digit with at least this probability is not cut."""
_SURE_AGAINST_PLACES = 0.995
"""The same for a part in which several digits were seen."""
_LOOKS_LIKE_MANY = 0.1
"""A narrow part that is several digits with less than this probability is not cut."""
_MOST_CUTS = 300
"""Of a page on which more parts than these are to be cut, none is: on pages of 2,800 digits it is 60 or so, and of a
pattern of stripes all are."""
_MOST_PIECES, _WIDEST_WHOLE = 12, 1.2
"""A page is taken for one broken digit only if it has at most so many parts, and is at most so broad for its height."""
_WHOLE_COST = 0.4
"""Negative log probability that all pieces of a page are one digit, for each of them after the first."""


@dataclass(frozen=True)
class _Row:
    """A line of writing before any of its parts is cut, and those that were, as atoms."""

    parts: tuple[Part, ...]
    height: float
    """Of its writing, in pixels."""
    cut: dict[int, list[Atom]] = field(default_factory=dict)


@dataclass(frozen=True)
class Segmentation:
    """The candidates of a page, line by line from the top, and what was left out.

    ``labels`` (H, W) int32 tells which atom each pixel of ink belongs to (0: none).
    """

    labels: NDArray[np.int32]
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    pen: float = 0.0
    """Width of the strokes in pixels."""
    rows: tuple[_Row, ...] = ()
    parts: tuple[Part, ...] = ()
    """All parts of the page, also those that are in no line."""

    def line_of_ink(self, number: int) -> LineOfInk:
        """Where the ink of a line is, whether its parts were cut or not."""
        row = self.rows[number]
        labels = [
            label
            for i, part in enumerate(row.parts)
            for each in row.cut.get(i, (part,))
            for label in each.labels
        ]
        box = Box.around(part.box for part in row.parts)
        middle = line_middle(list(row.parts), row.height)
        level, slope = middle(box.left), (middle(box.right) - middle(box.left)) / box.width
        return LineOfInk(tuple(labels), box, row.height, level, slope)

    def only_rows(self, kept: Sequence[int], reason: str) -> Segmentation:
        """The page with these of its lines alone; the others are left unread for this ``reason``."""
        left = [each.box for each in self.candidates if each.line not in kept]
        if len(kept) == len(self.rows) or not left:
            return self
        rejected = (*self.rejected, Rejected(Box.around(left), reason))
        rows = tuple(self.rows[line] for line in kept)
        return _with_candidates(replace(self, rows=rows, rejected=rejected))


def find_candidates(ink: NDArray[np.float32], pieces: Pieces | None = None) -> Segmentation:
    """Candidates for digits in the ink map (H, W) float32, 0 paper … 1 ink; nothing is cut yet.

    ``pieces`` are those of ``ink``, if they are known.
    """
    found = find_parts(ink, pieces)
    lines, specks = _lines_of(found)
    rows = tuple(_Row(tuple(parts), line_height(parts)) for parts in lines)
    return _with_candidates(
        Segmentation(found.labels, (), found.rejected + specks, found.pen, rows, found.parts)
    )


def _lines_of(found: Parts) -> tuple[list[list[Part]], tuple[Rejected, ...]]:
    """The lines of writing from the top, and what is none."""
    if len(found.parts) == 1:
        return [list(found.parts)], ()  # as in most drawings; the others would come to the same, and later
    return without_furniture(find_lines(list(found.parts), found.pen), found.pen)


def cut_further(
    page: Segmentation,
    ink: NDArray[np.float32],
    single: NDArray[np.float32],
    many: NDArray[np.float32],
    places: Mapping[int, Sequence[float]] = MappingProxyType({}),
) -> Segmentation:
    """The page with those parts cut that may be several digits; ``page`` itself where there are none.

    ``single`` and ``many`` (n,) are the probabilities that each of its candidates is one digit, or several;
    ``places`` tells of some lines, by number, at which x digits were seen without cutting anything.
    """
    at = {candidate.parts: i for i, candidate in enumerate(page.candidates) if candidate.line != WHOLE}
    wanted = []
    for number, row in enumerate(page.rows):
        chosen = set()
        for i, part in enumerate(row.parts):
            known, breadth = at.get(part.labels), part.box.width / row.height
            if known is None:
                continue
            seen = sum(part.box.left <= x < part.box.right for x in places.get(number, ()))
            if _may_be_several(breadth, seen, single[known], many[known]):
                chosen.add(i)
        wanted.append(chosen)
    if not any(wanted):
        return page
    again = _cut(replace(page, labels=page.labels.copy()), ink, wanted, places)
    return page if again.rows == page.rows else _with_candidates(again)


def _may_be_several(breadth: float, seen: int, single: np.float32, many: np.float32) -> bool:
    """Whether a part is to be cut: ``breadth`` in line heights, digits ``seen`` in it, and two probabilities."""
    if breadth > _SEVERAL or (seen > 1 and single < _SURE_AGAINST_PLACES):
        return True
    if breadth < _NARROWEST or single >= _SURE:
        return False
    return bool(breadth >= _MAY_BE_SEVERAL or many >= _LOOKS_LIKE_MANY)


def _cut(
    page: Segmentation,
    ink: NDArray[np.float32],
    wanted: Sequence[set[int]],
    places: Mapping[int, Sequence[float]] = MappingProxyType({}),
) -> Segmentation:
    """The page with parts ``wanted`` of each row cut, where a way is found; writes into its labels."""
    if not any(wanted) or sum(len(chosen) for chosen in wanted) > _MOST_CUTS:
        return page
    rows = []
    for number, (row, chosen) in enumerate(zip(page.rows, wanted, strict=True)):
        cut = dict(row.cut)
        for i in sorted(chosen):
            box = row.parts[i].box
            within = [x for x in places.get(number, ()) if box.left <= x < box.right]
            atoms = cut_part(ink, page.labels, row.parts[i], i, row.height, page.pen, within)
            if len(atoms) > 1:
                cut[i] = atoms
        rows.append(replace(row, cut=cut))
    return replace(page, rows=tuple(rows))


def _with_candidates(page: Segmentation) -> Segmentation:
    """The page with the candidates of its rows."""
    candidates: list[Candidate] = []
    everything = [label for part in page.parts for label in part.labels]
    for number, row in enumerate(page.rows):
        parts = list(row.parts)
        atoms: list[Atom] = []
        for i, part in enumerate(parts):
            atoms += row.cut.get(i, [Atom(part.labels, part.box, i)])
        candidates += line_candidates(number, atoms, row.height, line_middle(parts, row.height))
        gone = {label for i in row.cut for label in parts[i].labels}
        everything = [label for label in everything if label not in gone]
        everything += [label for atoms in row.cut.values() for atom in atoms for label in atom.labels]
    if len(page.parts) > 1 and page.rows:
        points = sum(each.unfit == "point" for each in candidates)
        candidates += _whole(page.parts, everything, POINT_COST * points)
    return replace(page, candidates=tuple(candidates))


def _whole(parts: Sequence[Part], labels: Sequence[int], cost: float) -> list[Candidate]:
    """All the ink as one digit that is broken into pieces, where it may be one; ``cost`` speaks against it, too."""
    box = Box.around(part.box for part in parts)
    if len(parts) > _MOST_PIECES or box.width > _WIDEST_WHOLE * box.height:
        return []
    cost += _WHOLE_COST * (len(parts) - 1)
    return [Candidate(WHOLE, 0, 1, tuple(labels), box, cost, box.width / box.height)]
