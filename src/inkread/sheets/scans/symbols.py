"""What stands in each box: ink -> how likely each symbol is.

A digit box may hold a digit, nothing, or something that is neither (``?``: crossed out, scribbled over, a
letter). A box holds one character, so its ink as a whole is one glyph for the public ``Reader``. Signs and points are
told by their shape. This module does not know which answer the boxes make, nor which would be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.sheets.exam.answers import BLANK, TICK
from inkread.sheets.exam.design import Slot
from inkread.sheets.scans.cells import CellInk
from inkread.sheets.scans.register import PIXELS_PER_MM
from inkread.sheets.scans.strikes import is_struck

__all__ = ["NOT_A_DIGIT", "UNCLEAR", "Symbols", "digit_probabilities", "read_symbols"]

Symbols: TypeAlias = dict[str, float]
"""Probability of each symbol of one box; they sum to 1."""
UNCLEAR = "?"
_SPECK_MM2 = 0.25
"""Less ink than this is a speck: the dot of a fine pen has 0.3, the shortest 1 written by hand 1.2."""
_LEAST_DIGIT_MM2 = 0.8
_LEAST_TICK_MM2 = 1.2
"""Less ink than this is no clear tick: two strokes of 3 mm by a fine pen have 1.8."""
_FULL = 0.42
"""A box of which more is inked than this is scribbled over: an 8 of a broad felt pen fills 0.3 of it."""
_SOLID = 0.62
"""Share of its bounding box that a bar fills at the least, and a cross at the most; crosses fill 0.2 to 0.5."""
_INKED = 0.35
"""Ink from which on a pixel is written on."""
_FLOOR = 1e-5
"""No symbol is taken for less likely than this."""


def read_symbols(reader: Reader, cells: Sequence[tuple[Slot, CellInk]]) -> list[Symbols]:
    """The symbols of all boxes of a page; those with digits go through the network together."""
    written = [i for i, (slot, cell) in enumerate(cells) if slot == "digit" and _may_be_digit(cell)]
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


def _may_be_digit(cell: CellInk) -> bool:
    return cell.seen and cell.area_mm2 >= _LEAST_DIGIT_MM2


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
