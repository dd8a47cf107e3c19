"""The ink of each box -> the probability of each symbol.

A digit box may hold a digit, nothing, or something that is neither (``?``: crossed out, scribbled over, a letter). Its
ink as a whole is one glyph for the public ``Reader``. Signs, points and strikes are told by their shape: a line that
strikes is straight, lies flat or slants a little, and reaches out of the digit on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.sheets.exam.answers import BLANK, TICK
from inkread.sheets.exam.design import Slot
from inkread.sheets.scans.cells import CellInk
from inkread.sheets.scans.register import PIXELS_PER_MM

_STROKE_MM = 1.4  # Width of a broad pen's stroke that is not quite straight


@dataclass(frozen=True)
class StrikeLimits:
    """Lengths in millimetres, chosen on made pages with validation digits."""

    length: float = 3.2
    """A line that strikes is as long at the least."""
    slants: tuple[int, ...] = (-28, -18, -9, 0, 9, 18, 28)
    """Degrees from the horizontal."""
    rest_mm2: float = 0.7
    """The least ink of a struck symbol in mm², without the line through it."""
    middle: float = 0.12
    """Share of the height, from above and below, in which lines belong to digits: top of a 5, foot of a 2."""
    reach: Mapping[str, float] = field(
        default_factory=lambda: (
            dict.fromkeys("013589", 0.3) | {"2": 0.45, "6": 0.45, "7": 0.45, "4": 0.6, "x": -0.5}
        )
    )
    """How far a line through each symbol reaches out of it at the least, on both sides; x is a tick.

    Of 2,564 digits that nobody struck, 0.4 % have such a line; of digits struck as a whole row, 93 %.
    """
    sure: Mapping[str, float] = field(default_factory=lambda: {"2": 0.85, "4": 0.95, "6": 0.85})
    """The same for symbols with long flat strokes of their own, where they are read without a doubt."""
    doubt: float = 0.002
    """What a struck symbol leaves to doubt at the least: all but 3 of 108 digits that were struck one by one."""
    crossing: tuple[float, float] = (8.0, 1.3)
    """A stroke through a tick that is as long at the least, and so many times as long as the tick, strikes it.

    Of 209 ticks that nobody struck, none has one; of 7 struck by a slash, all.
    """


_STRIKES = StrikeLimits()


def is_struck(symbol: str, ink: NDArray[np.bool_], doubt: float = 1.0) -> bool:
    """Whether a line strikes through the ``ink`` (h, w) of a box that was read as ``symbol``, x for a tick.

    ``doubt`` is the probability that it is another symbol.
    """
    if symbol == "x" and _is_crossed(ink):
        return True
    least = _STRIKES.reach[symbol]
    if doubt < _STRIKES.doubt:
        least = _STRIKES.sure.get(symbol, least)
    return any(_reach(ink, line) >= least for line in _lines(ink.astype(np.uint8)))


def _lines(ink: NDArray[np.uint8]) -> Iterator[NDArray[np.bool_]]:
    """Flat straight strokes."""
    length = round(_STRIKES.length * PIXELS_PER_MM)
    for slant in _STRIKES.slants:
        x, y = length / 2 * np.cos(np.radians(slant)), length / 2 * np.sin(np.radians(slant))
        kernel = np.zeros((2 * round(abs(y)) + 1, 2 * round(x) + 1), np.uint8)
        middle = round(x), round(abs(y))
        ends = [(round(middle[0] + i * x), round(middle[1] + i * y)) for i in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1)
        opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
        if opened.any():
            n, labels = cv2.connectedComponents(opened, connectivity=8)
            yield from (labels == i for i in range(1, n))


def _reach(ink: NDArray[np.bool_], line: NDArray[np.bool_]) -> float:
    """How far a line reaches out of the other ink, in millimetres, on the lesser side; -inf: it is no strike."""
    rest = ink & (cv2.dilate(line.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    if rest.sum() < _STRIKES.rest_mm2 * PIXELS_PER_MM**2:
        return -math.inf
    rows, columns = (np.flatnonzero(rest.any(axis=axis)) for axis in (1, 0))
    ys, xs = np.nonzero(line)
    top, bottom = rows[0], rows[-1] + 1
    edge = _STRIKES.middle * (bottom - top)
    if not top + edge <= ys.mean() <= bottom - edge:
        return -math.inf
    return float(min(columns[0] - xs.min(), xs.max() - columns[-1])) / PIXELS_PER_MM


def _is_crossed(ink: NDArray[np.bool_]) -> bool:
    """Whether the longest stroke of a tick has ink on both sides that is shorter by far: a cross has like strokes."""
    points = np.argwhere(ink).astype(np.float32)
    first, last, longest = _farthest(points)
    along = (last - first) / max(longest, 1e-6)
    beside = (points - first) @ np.array([-along[1], along[0]], np.float32)
    band = _STROKE_MM / 2 * PIXELS_PER_MM
    rest = points[np.abs(beside) > band]
    fewest = _STRIKES.rest_mm2 / 4 * PIXELS_PER_MM**2
    if min((beside > band).sum(), (beside < -band).sum()) < fewest:
        return False  # ✓
    least, times = _STRIKES.crossing
    return longest >= max(least * PIXELS_PER_MM, times * _farthest(rest)[2])


def _farthest(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Those two of the ``points`` (n, 2) that are farthest from each other, and how far."""
    hull = cv2.convexHull(points)[:, 0]
    distances = np.linalg.norm(hull[:, None] - hull[None], axis=2)
    one, other = np.unravel_index(int(distances.argmax()), distances.shape)
    return hull[one], hull[other], float(distances[one, other])


Symbols: TypeAlias = dict[str, float]
"""Probability of each symbol of one box; they sum to 1."""
UNCLEAR = "?"
_SPECK_MM2 = 0.25
"""Less ink than this is a speck: the dot of a fine pen has 0.3, the shortest 1 written by hand 1.2."""
_LEAST_DIGIT_MM2 = 0.8
_LEAST_TICK_MM2 = 1.2  # Less ink than this is no clear tick: two strokes of 3 mm by a fine pen have 1.8
_FULL = 0.42
"""A box of which more is inked than this is scribbled over: an 8 of a broad felt pen fills 0.3 of it."""
_SOLID = 0.62
"""Share of its bounding box that a bar fills at the least, and a cross at the most; crosses fill 0.2 to 0.5."""
_INKED = 0.35  # Ink from which on a pixel is written on
_FLOOR = 1e-5  # No symbol is taken for less likely than this


def read_symbols(reader: Reader, cells: Sequence[tuple[Slot, CellInk]]) -> list[Symbols]:
    """The symbols of all boxes of a page; those with digits go through the network together."""
    written = [
        i
        for i, (slot, cell) in enumerate(cells)
        if slot == "digit" and cell.seen and cell.area_mm2 >= _LEAST_DIGIT_MM2
    ]
    scores = digit_probabilities(reader, [cells[i][1].ink for i in written])
    digits = dict(zip(written, scores, strict=True))
    found = []
    for i, (slot, cell) in enumerate(cells):
        if not cell.seen:
            found.append({UNCLEAR: 1.0})
        elif cell.area_mm2 < _SPECK_MM2:
            found.append(_blank(cell))
        elif slot == "sign":
            found.append(_sign(cell))
        elif slot == "point":
            found.append(_point(cell))
        elif slot == "tick":
            found.append(_tick(cell))
        elif i in digits:
            found.append(_digit(digits[i], cell))
        else:
            found.append({UNCLEAR: 0.8, BLANK: 0.2})
    return found


def _blank(cell: CellInk) -> Symbols:
    # The nearer to a speck, the less sure that nothing was meant.
    doubt = max(_FLOOR, 0.01 * cell.area_mm2 / _SPECK_MM2) if cell.area_mm2 > 0 else _FLOOR
    return {BLANK: 1 - doubt, UNCLEAR: doubt}


def _digit(scores: NDArray[np.float32], cell: CellInk) -> Symbols:
    shares = np.maximum(scores.astype(np.float64), _FLOOR)
    left, top, right, bottom = cell.box
    if cell.area_mm2 > _FULL * (right - left) * (bottom - top) / PIXELS_PER_MM**2:
        return {UNCLEAR: 1.0}
    shares /= shares.sum()
    best = int(shares[:10].argmax())
    if is_struck(str(best), cell.ink > _INKED, 1 - float(shares[best])):
        return {UNCLEAR: 1.0}
    found = {str(digit): float(shares[digit]) for digit in range(10)}
    found[UNCLEAR] = float(shares[NOT_A_DIGIT])
    return found


def _extent(cell: CellInk) -> tuple[float, float]:
    """Width and height of the ink in millimetres."""
    rows, columns = (np.flatnonzero((cell.ink > _INKED).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return 0.0, 0.0
    return (columns[-1] - columns[0] + 1) / PIXELS_PER_MM, (rows[-1] - rows[0] + 1) / PIXELS_PER_MM


def _sign(cell: CellInk) -> Symbols:
    width, height = _extent(cell)
    # Of a cross, most of the square around it is paper; a dash by a thick pen fills it.
    filled = cell.area_mm2 / max(width * height, 1e-6)
    if width >= 1.4 and height <= (0.75 if filled >= _SOLID else 0.55) * width:
        return _sure("-", 0.9995)
    if (
        width >= 1.4
        and height >= 1.4
        and 0.5 <= width / height <= 2.0
        and filled < _SOLID
        and _is_cross(cell.ink)
    ):
        return _sure("+", 0.9995)
    return {UNCLEAR: 0.9, "-": 0.05, "+": 0.05}


def _sure(symbol: str, probability: float) -> Symbols:
    return {symbol: probability, UNCLEAR: 1 - probability}


def _is_cross(ink: NDArray[np.float32]) -> bool:
    """Whether the ink is two straight strokes, one lying, one standing, that cross near their middles."""
    mask = (ink > _INKED).astype(np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = mask.shape
    across, down = mask.sum(axis=1), mask.sum(axis=0)
    y, x = int(across.argmax()), int(down.argmax())
    central = 0.2 * height <= y <= 0.8 * height and 0.2 * width <= x <= 0.8 * width
    thick = max(2.0, 0.22 * max(height, width))
    corners = mask.copy()
    corners[max(0, int(y - thick)) : int(y + thick) + 1] = 0
    corners[:, max(0, int(x - thick)) : int(x + thick) + 1] = 0
    long = across[y] >= 0.55 * width and down[x] >= 0.55 * height
    return bool(central and long and corners.sum() <= 0.08 * mask.sum())


def _tick(cell: CellInk) -> Symbols:
    """Ticked, unless there is little ink; a box that is blackened was ticked by mistake, or is the only way to tick."""
    left, top, right, bottom = cell.box
    filled = cell.area_mm2 > _FULL * (right - left) * (bottom - top) / PIXELS_PER_MM**2
    if filled or cell.area_mm2 < _LEAST_TICK_MM2 or is_struck(TICK, cell.ink > _INKED):
        return {UNCLEAR: 0.7, TICK: 0.3}
    return _sure(TICK, 0.9995)


def _point(cell: CellInk) -> Symbols:
    width, height = _extent(cell)
    n = cv2.connectedComponents((cell.ink > _INKED).astype(np.uint8), connectivity=8)[0] - 1
    if n == 1 and width <= 2.6 and height <= 4.0 and cell.area_mm2 <= 4.0:
        return _sure(".", 0.9995)
    return {UNCLEAR: 0.7, ".": 0.3}


NOT_A_DIGIT = 10
"""The last column."""
_MARKS = 0.05
"""How much rarer a mark (such as a dash) is in a box for a digit than among what the network learned from."""
_NEITHER = 0.2
"""The same of what is neither digit nor mark. Both were chosen on made pages with validation digits:
see docs/decisions/2026-11-21-exam-sheets.md."""


def digit_probabilities(reader: Reader, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Probabilities (n, 11) float32 of 0 … 9 and of "not a digit" for each ink (h, w), 0 paper … 1 ink, of one box.

    The network has learned from as many marks and scrawls as a page may have; in a box they are rare. So its scores are
    divided by the shares they were learned with and multiplied by those of boxes (Saerens et al. 2002, "Adjusting the
    outputs of a classifier to new a priori probabilities").
    """
    scores = reader.classify_ink(inks)
    weights = [1.0 if name.isdigit() else _MARKS if len(name) == 1 else _NEITHER for name in reader.classes]
    weighed = scores * np.array(weights, np.float32)
    digits = weighed[:, :10] / np.maximum(weighed.sum(axis=1, keepdims=True), np.float32(1e-9))
    return np.concatenate([digits, np.maximum(0, 1 - digits.sum(axis=1, keepdims=True))], axis=1)
