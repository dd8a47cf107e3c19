"""Ways of writing that MNIST hardly has: the slashed 0 and the one joined to its neighbours, the 1 with flag or
foot, the crossed or serifed 7, the 9 whose tail turns back.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import stroke_width

Ink = NDArray[np.float32]
Line = list[list[float]]
Tilt = NDArray[np.float64]
Foot = Callable[[int, np.random.Generator], tuple[float, float, Tilt]]
_CHANCES = {0: 0.25, 1: 0.4, 7: 0.3, 9: 0.1}
"""Often enough to be learnt, seldom enough to leave the usual forms the usual ones; chosen by what failed on
pen digits of other hands (UNIPEN): slashed zeros taken for 8, ones on a foot for 2, crossed sevens for 4, and on
cheques, where zeros are joined at the top and the flag of a 1 is nearly as long as its stem."""


def with_habit(ink: Ink, label: int, rng: np.random.Generator, long_feet: bool = False) -> Ink:
    """``ink`` (112, 112) float32, now and then with the stroke that some hands add to digit ``label``.

    ``long_feet``: a 1 may stand on a foot longer than half of its height.
    """
    if rng.random() >= _CHANCES.get(label, 0.0):
        return ink
    box = tuple(cv2.boundingRect((ink > 0.4).astype(np.uint8)))
    if min(box[2:]) < 3:
        return ink
    pen = max(2, round(stroke_width(ink) * rng.uniform(0.8, 1.1)))
    habit = _flag_and_long_foot if label == 1 and long_feet else _HABITS[label]
    for line in habit(ink, box, rng):
        ink = _drawn(ink, line, pen)
    return ink


def _slash_or_ligature(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    return (_slash if rng.random() < 0.55 else _ligature)(ink, box, rng)


def _ligature(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    """The pen goes on from the top of the 0 to the next digit, comes from the last one, or both."""
    left, top, width, height = box
    upper = ink[top + 1]
    x, y = float(upper.argmax()), top + 2.0
    sides = rng.choice([-1, 1, 0], p=[0.2, 0.5, 0.3])
    lines: list[Line] = []
    for side in (-1, 1) if sides == 0 else (int(sides),):
        end = (left if side < 0 else left + width) + side * rng.uniform(0.03, 0.32) * width
        sag, drop = rng.uniform(-0.02, 0.2) * height, rng.uniform(-0.08, 0.3) * height
        lines.append([[x, y], [(x + end) / 2, y + drop / 2 + sag], [end, y + drop]])
    return lines


def _slash(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    """A stroke through the middle, lying to steep, mostly rising, from within the 0 to far beyond it."""
    left, top, width, height = box
    x, y = left + width / 2 + rng.uniform(-3, 3), top + height / 2 + rng.uniform(-3, 3)
    angle = np.deg2rad(rng.uniform(0, 75))
    # Up to the ellipse of the 0 in this direction, and a little less or much more.
    reach = 0.5 / float(np.hypot(np.cos(angle) / width, np.sin(angle) / height)) * rng.uniform(0.8, 1.7)
    over = np.array([np.cos(angle), -np.sin(angle) if rng.random() < 0.8 else np.sin(angle)]) * min(reach, 54)
    return [[[x - over[0], y - over[1]], [x + over[0], y + over[1]]]]


def _bar_or_serif(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    """A bar through the middle of the 7's stem, a tick down from the left end of its top, or both."""
    left, top, width, height = box
    lines: list[Line] = []
    if (kind := rng.random()) < 0.8:
        y = top + height * rng.uniform(0.45, 0.62)
        row = ink[round(y)]
        x = float(row @ np.arange(len(row))) / float(row.sum()) if row.sum() > 0.5 else left + width / 2
        half = rng.uniform(0.18, 0.42) * max(width, 0.5 * height)
        tilt = rng.uniform(-0.25, 0.35) * half
        lines.append([[x - half, y + tilt], [x + half, y - tilt]])
    if kind > 0.5:
        upper = ink[top : top + height // 3, left + 2]
        y, length = top + float(upper.argmax()), rng.uniform(0.08, 0.25) * height
        lines.append([[left + 2.0, y], [left + 2 - rng.uniform(-0.3, 0.3) * length, y + length]])
    return lines


def _tail(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    """The 9's tail goes on to the left, flat or rising a little."""
    _, top, width, height = box
    y = top + height - 3
    x = float(np.argmax(ink[y]))
    length = rng.uniform(0.3, 0.8) * width
    rise = rng.uniform(-0.05, 0.35) * length
    return [[[x, float(y)], [x - length * 0.5, y - rise * 0.2], [x - length, y - rise]]]


def _flag_and_foot(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    """The 1's upstroke from the lower left, a foot to stand on, or both."""
    return _flag_and(_foot, ink, box, rng)


def _flag_and_long_foot(ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    return _flag_and(_long_foot, ink, box, rng)


def _flag_and(foot: Foot, ink: Ink, box: tuple[int, ...], rng: np.random.Generator) -> list[Line]:
    _, top, width, height = box
    if width > 0.5 * height:
        return []
    # The upper end is where the row's ink is, not the box's corner.
    x = float(np.argmax(ink[top + 2]))
    line = [[x, top + 2.0]]
    if (kind := rng.random()) < 0.85:
        flag, angle = rng.uniform(0.15, 0.6) * height, np.deg2rad(rng.uniform(25, 70))
        line = [[x - flag * np.sin(angle), top + flag * np.cos(angle)], *line]
    if kind > 0.4:
        bottom = top + height - 3
        stem = float(np.argmax(ink[bottom]))
        before, after, tilt = foot(height, rng)
        line += [[stem, bottom], [stem - before, bottom + tilt[0]], [stem + after, bottom + tilt[1]]]
    return [line]


def _foot(height: int, rng: np.random.Generator) -> tuple[float, float, Tilt]:
    """How far a foot reaches before and behind the stem, and how far its ends lie below the stem's."""
    before, after = rng.uniform(0.1, 0.4, 2) * height
    return before, after, rng.uniform(-4, 4, 2)


def _long_foot(height: int, rng: np.random.Generator) -> tuple[float, float, Tilt]:
    before, after = rng.uniform(0.1, 0.4 if rng.random() < 0.6 else 0.65, 2) * height
    tilt = rng.uniform(-4, 4) + (before + after) * rng.uniform(-0.12, 0.12) * np.array([-0.5, 0.5])
    return before, after, tilt


_HABITS = {0: _slash_or_ligature, 1: _flag_and_foot, 7: _bar_or_serif, 9: _tail}


def _drawn(ink: Ink, line: list[list[float]], pen: int) -> Ink:
    canvas = np.zeros(ink.shape, np.uint8)
    cv2.polylines(canvas, [np.rint(np.array(line) * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    joined: Ink = np.maximum(ink, canvas.astype(np.float32) / np.float32(255))
    return joined
