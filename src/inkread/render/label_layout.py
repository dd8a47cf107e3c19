"""Reading -> layout: how much the image is enlarged, how large the type is, and where each label goes.

Labels stand on free paper, or in a strip below the picture, never over a digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from inkread.confidence import percent
from inkread.elements import Box, Digit
from inkread.render import drawing
from inkread.render.drawing import LIGHT, Colour, Picture
from inkread.render.placing import Plane, flow, place_beside, place_line

if TYPE_CHECKING:
    from inkread.reading import Reading

_FONT_MIN = 13  # Pixels: the smallest type that is still easily read on a screen
_LONG_MIN, _LONG_MAX = 360, 2400
"""Pixels: the longer side of pictures enlarged, at least, and at most if only for their labels."""
_NOTES_MAX, _NOTES_ALIKE = 12, 3  # More notes on rejected ink, or more that say the same, are clutter
LEGEND = (
    ("sure", drawing.SURE, LIGHT),
    ("doubtful", drawing.DOUBTFUL, LIGHT),
)


@dataclass(frozen=True)
class Layout:
    """Where everything goes, in pixels of the enlarged image (what lies outside it makes the picture grow).

    ``digits`` and ``labels`` belong together, in the order of ``reading.digits``; ``notes`` name rejected
    ink.
    ``in_strip`` tells the lines of writing whose labels had no room beside them: they stand below the image.
    """

    scale: float
    font: int
    gap: int
    size_wh: tuple[int, int]
    digits: tuple[Box, ...]
    labels: tuple[Box, ...]
    notes: tuple[tuple[str, Box], ...]
    in_strip: tuple[tuple[int, Box], ...]
    bounds: Box


def sureness(digit: Digit) -> tuple[Colour, Colour]:
    """The colours of a digit's label, ground and writing: sure or doubtful."""
    return LEGEND[digit.doubtful][1:]


def chip_text(digit: Digit) -> tuple[str, str]:
    """What a label says: the value, and the confidence."""
    return f"{digit.value}{'?' if digit.doubtful else ''}", percent(digit.confidence)


def lay_out(image: Picture, reading: Reading) -> Layout:
    """Chooses the enlargement, the size of the type and the place of every label; draws nothing.

    Raises ValueError if ``image`` is not of the size that was read.
    """
    height, width = image.shape[:2]
    if (width, height) != tuple(reading.size_wh):
        read = " by ".join(map(str, reading.size_wh))
        raise ValueError(
            f"the image is {width} by {height}, the reading {read} pixels: pass the upright image"
        )
    scale, font = _sizes(width, height, reading)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    gap = max(3, round(font / 3))
    digits = tuple(_scaled(digit.box, scale) for digit in reading.digits)
    plane = Plane(taken=[_grown(box, gap - 1) for box in digits])
    plane.taken += [_scaled(mark.box, scale) for mark in reading.marks]
    plane.shunned = _compact([_scaled(r.box, scale) for r in reading.rejected], digits)
    plane.look_at(image)
    plane.shrink *= 1 / scale
    labels: dict[int, Box] = {}
    crowded: list[int] = []
    first = 0
    for number, line in enumerate(reading.lines):
        own = range(first, first + len(line.digits))
        sizes = [_chip_size(reading.digits[i], font) for i in own]
        placed = place_line([digits[i] for i in own], sizes, gap + 1, plane) if sizes else []
        if placed is None:
            crowded.append(number)
        else:
            labels.update(zip(own, placed, strict=True))
            plane.taken += [_grown(label, gap // 2) for label in placed]
        first += len(line.digits)
    notes = _place_notes(reading, scale, font, gap, plane)
    around = [Box(0, 0, *size_wh), *(box for _, box in notes)]
    bounds = Box.around([*around, *(_grown(box, gap) for box in (*labels.values(), *digits))])
    strip = _place_strip(reading, crowded, font, gap, bounds, labels)
    bounds = Box.around([bounds, *labels.values()])
    ordered = tuple(labels[i] for i in range(len(digits)))
    return Layout(scale, font, gap, size_wh, digits, ordered, notes, strip, bounds)


def _sizes(width: int, height: int, reading: Reading) -> tuple[float, int]:
    """The enlargement and the size of the type: labels should fit above the digits they name."""
    longest = max(width, height, 1)
    if not reading.digits:
        scale = max(1.0, _LONG_MIN / longest)
        return _rounded(scale), _clip(longest * scale / 60, _FONT_MIN, 40)
    tall = median(digit.box.height for digit in reading.digits)
    pitches = [
        abs(b.box.centre[0] - a.box.centre[0]) for line in reading.lines for a, b in pairwise(line.digits)
    ]
    pitch = median(pitches) if pitches else 2.0 * tall
    # With its margins a label is about 4.1 times as wide, and needs 2.9 times the height, of its type.
    fitting = min(pitch / 4.1, 0.36 * tall, max(_free_height(reading) / 2.9, 0.2 * tall))
    fitting = max(1e-3, fitting)
    scale = min(max(1.0, _FONT_MIN / fitting), max(1.0, _LONG_MAX / longest))
    scale = _rounded(max(scale, _LONG_MIN / longest))
    return scale, _clip(fitting * scale, _FONT_MIN, max(_FONT_MIN, longest * scale / 26))


def _free_height(reading: Reading) -> float:
    """The usual height of the paper between two lines of writing; endless where there is one line."""
    spans = sorted(
        (median(digit.box.top for digit in line.digits), median(digit.box.bottom for digit in line.digits))
        for line in reading.lines
        if line.digits
    )
    gaps = [below[0] - above[1] for above, below in pairwise(spans)]
    return float(median(gaps)) if gaps else math.inf


def _rounded(scale: float) -> float:
    """Whole enlargements, where there are any, keep the pixels of tiny pictures square."""
    return float(np.ceil(scale)) if scale > 2 else scale


def _clip(number: float, least: float, most: float) -> int:
    return round(min(max(number, least), most))


def _scaled(box: Box, scale: float) -> Box:
    left, top = int(np.floor(box.left * scale)), int(np.floor(box.top * scale))
    return Box(left, top, int(np.ceil(box.right * scale)), int(np.ceil(box.bottom * scale)))


def _grown(box: Box, by: int) -> Box:
    return Box(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _compact(rejected: list[Box], digits: tuple[Box, ...]) -> list[Box]:
    """Rejected ink that labels can go round: words and specks, but neither rules nor frames round digits."""
    tall = median(box.height for box in digits) if digits else 0
    return [box for box in rejected if box.height <= 3 * tall and box.width <= 8 * tall]


def _chip_size(digit: Digit, font: int) -> tuple[int, int]:
    value, confidence = chip_text(digit)
    width = drawing.text_width(value, big(font)) + drawing.text_width(confidence, small(font)) + 1.15 * font
    return int(np.ceil(width)), _chip_height(font)


def _chip_height(font: int) -> int:
    return round(1.5 * font)


def big(font: int) -> int:
    """The size of type for values."""
    return round(1.15 * font)


def small(font: int) -> int:
    """The size of type for percentages and notes."""
    return max(11, round(0.82 * font))


def _place_notes(
    reading: Reading, scale: float, font: int, gap: int, plane: Plane
) -> tuple[tuple[str, Box], ...]:
    """Reasons beside the largest pieces of rejected ink, where there is room."""
    size = small(font)
    notes: list[tuple[str, Box]] = []
    for rejected in sorted(reading.rejected, key=lambda r: -r.box.area):
        reasons = [reason for reason, _ in notes]
        if len(notes) == _NOTES_MAX or reasons.count(rejected.reason) == _NOTES_ALIKE:
            continue
        size_wh = (int(np.ceil(drawing.text_width(rejected.reason, size) + 0.5 * font)), round(1.2 * size))
        label = place_beside(_scaled(rejected.box, scale), size_wh, max(2, gap // 2), plane)
        if label is not None:
            notes.append((rejected.reason, label))
            plane.taken.append(label)
    return tuple(notes)


def _place_strip(
    reading: Reading, crowded: list[int], font: int, gap: int, bounds: Box, labels: dict[int, Box]
) -> tuple[tuple[int, Box], ...]:
    """Puts the labels of crowded lines below everything; returns where each line's number goes."""
    heads: list[tuple[int, Box]] = []
    top = bounds.bottom + 2 * gap
    for number in crowded:
        first = sum(len(line.digits) for line in reading.lines[:number])
        own = reading.lines[number].digits
        head = (round(drawing.text_width(f"line {number + 1}", small(font)) + font), _chip_height(font))
        sizes = [head, *(_chip_size(digit, font) for digit in own)]
        placed = flow(sizes, bounds.left + 2 * gap, top, bounds.width - 4 * gap, gap)
        heads.append((number, placed[0]))
        labels.update(enumerate(placed[1:], start=first))
        top = placed[-1].bottom + gap
    return tuple(heads)
