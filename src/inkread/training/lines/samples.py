"""Made lines as the network sees them: strips (32, w) and what is to be read; always the same for a seed.

Strips are cut by ``strips.straightened``, as in reading. Height, level and slope of the line are found in its ink, and
each is a little off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.lines.strips import STRIP_HEIGHT, straightened
from inkread.measure import LineOfInk, find_pieces
from inkread.reading import Box
from inkread.training.lines.degradation import degraded, with_clutter, with_joins
from inkread.training.lines.texts import made_text
from inkread.training.lines.writing import WrittenLine, write_line
from inkread.training.synthesis import handwriting
from inkread.training.synthesis.characters.strings import Placed
from inkread.training.synthesis.handwriting import Material

Ink = NDArray[np.float32]

WIDTHS = 16, 448
"""Columns of the strips that are learned from: longer lines teach nothing that shorter ones do not, and take long."""
LONGEST_LABEL = 16
_COLUMNS_PER_LABEL = 4
"""Each class needs a column of the network (two of the strip), and "nothing" between two that are alike another."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeLine:
    """``strip`` (32, w) uint8, 0 paper … 255 ink; ``labels`` are classes of the ``alphabet`` from left to right."""

    strip: NDArray[np.uint8]
    labels: tuple[int, ...]

    @property
    def width(self) -> int:
        return int(self.strip.shape[1])


load_material = lru_cache(maxsize=2)(handwriting.load_material)
"""Hands and signs of the training part, or of the validation part; raises DataMissing."""


def made_lines(seed: tuple[int, ...], count: int, validation: bool = False) -> list[MadeLine]:
    """``count`` lines that can be learned; those with ``validation`` share no hand with the others."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    material = load_material(validation)
    lines: list[MadeLine] = []
    while len(lines) < count:
        line = made_line(material, rng)
        if line is not None and _can_be_learned(line):
            lines.append(line)
    return lines


def _can_be_learned(line: MadeLine) -> bool:
    fits = WIDTHS[0] <= line.width <= WIDTHS[1] and len(line.labels) <= LONGEST_LABEL
    return fits and line.width >= _COLUMNS_PER_LABEL * len(line.labels)


def made_line(material: Material, rng: np.random.Generator) -> MadeLine | None:
    """One line; None where nothing of it was left."""
    written = write_line(made_text(rng), material, rng)
    if not written.placed:
        return None
    ink, placed, margin = clean_ink(written)
    ink = with_joins(ink, placed, (written.height, written.pen), rng)
    ink = with_clutter(ink, written.height, written.pen, margin, rng)
    strip = as_read(degraded(ink, written.pen, rng), rng)
    return MadeLine((strip * 255).astype(np.uint8), written.labels)


def clean_ink(written: WrittenLine) -> tuple[Ink, list[Placed], int]:
    """The ink (H, W) of a line with paper all round, where in it each symbol lies, and the paper's width."""
    boxes = [each.box for each in written.placed]
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    margin = int(0.5 * written.height) + 4
    ink = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), np.float32)
    placed = [Placed(each.ink, each.left - left + margin, each.top - top + margin) for each in written.placed]
    for each in placed:
        box = each.box
        window = ink[box.top : box.bottom, box.left : box.right]
        np.maximum(window, each.ink, out=window)
    return ink, placed, margin


def as_read(ink: Ink, rng: np.random.Generator | None = None) -> Ink:
    """The strip (32, w) of the only line in ink (H, W); with ``rng`` its height and level are a little off."""
    line = line_in(ink)
    if line is None:
        return np.zeros((STRIP_HEIGHT, 32), np.float32)
    height, level = line.height, line.level
    if rng is not None:
        height *= float(np.exp(rng.normal(0, 0.08)))
        level += rng.normal(0, 0.03) * height
    return straightened(ink, (line.box.left, line.box.right), height, (level, line.slope), pen_of(ink))


def line_in(ink: Ink) -> LineOfInk | None:
    """What the pieces of ink tell of the only line in ink (H, W): where it lies, and how high its digits are."""
    pieces = find_pieces(ink)
    large = pieces.areas >= 4
    large[0] = False
    if not large.any():
        large[1:] = True
    if not large.any():
        return None
    boxes = pieces.boxes_ltwh[large]
    left, top, wide, tall = boxes.T.astype(float)
    high = np.sort(tall[tall >= 0.4 * tall.max()])
    height = float(high[min(int(0.6 * (len(high) - 1) + 0.5), len(high) - 1)])
    of_digits = tall >= 0.6 * height
    x, y = (left + wide / 2)[of_digits], (top + tall / 2)[of_digits]
    slope, level = 0.0, float(np.median(y))
    if len(y) >= 3 and np.ptp(x) >= 2 * height:
        slope, level = (float(each) for each in np.polyfit(x, y, 1))
    ends = boxes[:, :2] + boxes[:, 2:]
    box = Box(*(int(each) for each in (*boxes[:, :2].min(axis=0), *ends.max(axis=0))))
    return LineOfInk(np.flatnonzero(large).tolist(), box, height, level + slope * box.left, slope)


def pen_of(ink: Ink) -> float:
    """The width of the strokes, in pixels: twice the area over the number of pixels at its edge."""
    inked = (ink >= 0.5).astype(np.uint8)
    edge = int(inked.sum()) - int(cv2.erode(inked, np.ones((3, 3), np.uint8)).sum())
    return float(inked.sum()) / max(1.0, max(1, edge) / 2)
