"""A part -> atoms: cuts through touching digits along seams of least ink.

A seam runs from the top of the part to its bottom, at most one pixel sideways per row, through as little ink as
possible (dynamic programming, as in Avidan and Shamir 2007, "Seam carving"); so it follows the gap between
slanted digits and goes through the thin place where they touch. This module does not know what the pieces are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import pixels_of
from inkread.reading import Box
from inkread.segments.parts import Part

__all__ = ["Atom", "cut_part"]

_ROWS = 40
"""Seams are sought on a copy of the part with about this many rows per line height."""
_NARROW = 0.8
"""In parts narrower than this many line heights, strokes of a 1 are to be cut apart, too."""
_APART, _NEAR = 0.16, 0.08
"""Seams keep this distance, in line heights, from each other and from the part's ends; the latter in narrow ones."""
_THICKEST = 4.0
"""A seam through more ink than this many pen widths follows a stroke instead of crossing it."""


_Moves = list[list[int]]
"""For each row, for each column."""


@dataclass(frozen=True)
class Atom:
    """A piece of ink that no digit ends within: labels in the label map, box, and the part it was cut from."""

    labels: tuple[int, ...]
    box: Box
    part: int


def cut_part(
    ink: NDArray[np.float32],
    labels: NDArray[np.int32],
    part: Part,
    number: int,
    height: float,
    pen: float,
    places: Sequence[float] = (),
) -> list[Atom]:
    """The atoms of ``part``, from left to right; writes the labels of new ones into ``labels``, in place.

    ``height`` is that of the line, ``pen`` the stroke width, both in pixels; ``number`` names the part. Between any two
    of ``places``, columns at which digits were seen, there is a cut, whatever it goes through.
    """
    box = part.box
    if box.height < 0.3 * height:
        return [Atom(part.labels, box, number)]
    window = np.s_[box.top : box.bottom, box.left : box.right]
    own = pixels_of(labels[window], part.labels)
    seams = _find_seams(
        np.where(own, ink[window], np.float32(0)), height, pen, [x - box.left for x in places]
    )
    if not seams:
        return [Atom(part.labels, box, number)]
    side = _sides(own, seams, pen)
    first = int(labels.max()) + 1
    labels[window][own] = (first + side)[own]
    atoms = []
    for i in range(int(side.max()) + 1):
        piece = own & (side == i) & (ink[window] >= 0.5)
        rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))
        if rows.size:
            edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
            left, top, right, bottom = (int(edge) for edge in edges)
            placed = Box(box.left + left, box.top + top, box.left + right, box.top + bottom)
            atoms.append(Atom((first + i,), placed, number))
    return atoms


def _sides(own: NDArray[np.bool_], seams: list[NDArray[np.float32]], pen: float) -> NDArray[np.int32]:
    """How many seams lie to the left of each pixel (h, w); slivers between two seams go to their left neighbour."""
    side = np.zeros(own.shape, np.int32)
    columns = np.arange(own.shape[1])[None, :]
    for seam in seams:
        side += columns > seam[:, None]
    areas = np.bincount(side[own], minlength=len(seams) + 1)
    target = np.zeros(len(areas), np.int32)
    for i in range(1, len(areas)):
        target[i] = target[i - 1] + int(areas[i] >= 2 * pen * pen and areas[:i].sum() >= 2 * pen * pen)
    return target[side]


def _find_seams(
    ink: NDArray[np.float32], height: float, pen: float, places: Sequence[float]
) -> list[NDArray[np.float32]]:
    """Seams through ``ink`` (h, w), each as the column (h,) at which it passes every row, from left to right."""
    scale = min(1.0, _ROWS / height)
    size_wh = (max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale)))
    small = cv2.resize(ink, size_wh, interpolation=cv2.INTER_AREA)
    # Paper costs a little, so that seams are short and straight where nothing is in the way.
    cost = small + np.float32(0.02)
    above, below = _path_costs(cost), _path_costs(cost[::-1])[::-1]
    through = above + below - cost
    row = small.shape[0] // 2
    narrow = ink.shape[1] < _NARROW * height
    apart = max(2, round((_NEAR if narrow else _APART) * height * scale))
    profile = through[row]
    found = _cheapest(profile, apart, _THICKEST * pen * scale + 0.04 * small.shape[0])
    moves = (_moves(above), _moves(below)) if found or len(places) > 1 else ([], [])
    seams = [_follow(*moves, row, x) for x in found]
    for straight in _valley_cuts(small, height * scale):
        if not seams or np.abs(np.array(seams) - straight).mean(axis=1).min() >= 0.5 * apart:
            seams.append(straight)
    for left, right in pairwise(round(x * scale) for x in places):
        first, stop = max(0, left + 1), min(len(profile), right)
        if first < stop and not any(left < seam.mean() < right for seam in seams):
            seams.append(_follow(*moves, row, first + int(profile[first:stop].argmin())))
    seams.sort(key=lambda seam: float(seam.mean()))
    rows = np.clip((np.arange(ink.shape[0]) * scale).astype(int), 0, small.shape[0] - 1)
    return [((seam[rows] + 0.5) / scale - 0.5).astype(np.float32) for seam in seams]


def _cheapest(profile: NDArray[np.float32], apart: int, most: float) -> list[int]:
    """The columns of least cost in ``profile`` (w,), ``apart`` from each other and the ends; none above ``most``."""
    found: list[int] = []
    free = np.zeros(len(profile), bool)
    free[apart : max(apart, len(profile) - apart)] = True
    for x in np.argsort(profile):
        if profile[x] > most:
            break
        if free[x]:
            found.append(int(x))
            free[max(0, x - apart + 1) : x + apart] = False
    return found


def _valley_cuts(ink: NDArray[np.float32], height: float) -> list[NDArray[np.int64]]:
    """Straight cuts from a valley of the upper contour to one of the lower, for digits that touch broadside.

    A seam of least ink would rather go through the hole of a 0 than along the strokes that two 0s share.
    """
    written = ink >= 0.5
    rows = ink.shape[0]
    filled = written.any(axis=0)
    upper = np.where(filled, written.argmax(axis=0), rows)
    lower = np.where(filled, written[::-1].argmax(axis=0), rows)
    cuts = []
    bottoms = _peaks(lower, 0.12 * height)
    for x in _peaks(upper, 0.12 * height):
        near = [other for other in bottoms if abs(other - x) <= 0.35 * height]
        if near:
            end = min(near, key=lambda other: abs(other - x))
            at = (np.arange(rows) - upper[x]) / max(1, rows - lower[end] - upper[x])
            cuts.append(np.round(x + (end - x) * np.clip(at, 0, 1)).astype(np.int64))
    return cuts


def _peaks(depth: NDArray[np.int64], prominence: float) -> list[int]:
    """Columns at which the paper reaches deepest between two places at which it does not, by ``prominence``."""
    found: list[int] = []
    deepest, shallow, rising = -1, int(depth[0]), False
    for x, value in enumerate(depth):
        if rising and value > depth[deepest]:
            deepest = x
        elif rising and value <= depth[deepest] - prominence:
            level = np.flatnonzero(depth[deepest:x] == depth[deepest])
            found.append(deepest + int(level[-1]) // 2)
            rising, shallow = False, int(value)
        elif not rising and value >= shallow + prominence:
            rising, deepest = True, x
        shallow = min(shallow, int(value))
    return found


def _path_costs(cost: NDArray[np.float32]) -> NDArray[np.float32]:
    """The least cost (h, w) of a path from the top row to each pixel."""
    total = cost.copy()
    for y in range(1, cost.shape[0]):
        before = total[y - 1]
        least = before.copy()
        np.minimum(least[1:], before[:-1] + np.float32(0.01), out=least[1:])
        np.minimum(least[:-1], before[1:] + np.float32(0.01), out=least[:-1])
        total[y] += least
    return total


def _follow(above: _Moves, below: _Moves, row: int, column: int) -> NDArray[np.int64]:
    """The seam through (``row``, ``column``): the column (h,) at which it passes each row."""
    seam = np.zeros(len(above), np.int64)
    seam[row] = x = column
    for y in range(row - 1, -1, -1):
        seam[y] = x = above[y][x]
    x = column
    for y in range(row + 1, len(below)):
        seam[y] = x = below[y][x]
    return seam


def _moves(costs: NDArray[np.float32]) -> _Moves:
    """For each row and column of a seam, the column at which it passes the row beside it, of which ``costs`` tells."""
    near = np.full((3, *costs.shape), np.inf, np.float32)
    near[1] = costs
    near[0, :, 1:], near[2, :, :-1] = costs[:, :-1] + np.float32(0.01), costs[:, 1:] + np.float32(0.01)
    moves: _Moves = (near.argmin(axis=0) + np.arange(-1, costs.shape[1] - 1)).tolist()
    return moves
