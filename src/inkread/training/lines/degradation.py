"""Joins, specks, remains of rules and borders on a made line, and what pen, scanner and camera do to its ink.

Rules and stains that the reader's own stages leave behind are not to be read as digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.synthesis.characters.digit_templates import smooth
from inkread.training.synthesis.characters.strings import Placed

Ink = NDArray[np.float32]
Point = tuple[float, float]


def with_joins(
    ink: Ink, placed: Sequence[Placed], height_pen: tuple[float, float], rng: np.random.Generator
) -> Ink:
    """Now and then, a fine stroke from the top or foot of a digit to that of the next: the pen was not lifted.

    ``placed`` lie in ``ink`` (H, W); ``height_pen`` of the writing, in pixels.
    """
    height, pen = height_pen
    if rng.random() >= 0.12:
        return ink
    for one, other in pairwise(placed):
        if rng.random() >= 0.5 or min(one.box.height, other.box.height) <= 0.6 * height:
            continue
        above = rng.random() < 0.65
        start, stop = _end(one, above, first=False), _end(other, above, first=True)
        if start is None or stop is None or stop[0] - start[0] > height:
            continue
        middle = (start + stop) / 2 + [0, rng.normal(0, 0.08) * height]
        curve = smooth(np.array([start, middle, stop]))
        line = np.zeros(ink.shape, np.uint8)
        width = max(1, round(pen * rng.uniform(0.5, 0.95)))
        cv2.polylines(line, [np.rint(curve * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
        ink = np.maximum(ink, line.astype(np.float32) / np.float32(255))
    return ink


def _end(placed: Placed, above: bool, first: bool) -> NDArray[np.float64] | None:
    """The first or last point of ink in the upper or lower third of a digit, as x, y."""
    inked = placed.ink >= 0.5
    tall = inked.shape[0]
    below = 0 if above else int(0.65 * tall)
    part = inked[: max(1, int(0.35 * tall))] if above else inked[below:]
    ys, xs = np.nonzero(part)
    if not len(ys):
        return None
    i = xs.argmin() if first else xs.argmax()
    return np.array([placed.left + xs[i], placed.top + below + ys[i]], np.float64)


def with_clutter(ink: Ink, height: float, pen: float, margin: int, rng: np.random.Generator) -> Ink:
    """``ink`` with what else may lie on a line; the writing begins ``margin`` pixels from each edge."""
    wide = ink.shape[1]
    if rng.random() < 0.2:
        ink = _specks(ink, pen, rng)
    if rng.random() < 0.1:
        ink = _broken_rule(ink, height, pen, margin, rng)
    if rng.random() < 0.08:
        ink = _borders(ink, pen, margin, rng)
    if rng.random() < 0.05:  # a stroke that trails off to the right
        y = margin + height * rng.uniform(0.4, 0.6)
        ink = _with_line(ink, (wide - margin, y), (wide, y + rng.normal(0, 0.1) * height), pen)
    if rng.random() < 0.04:  # a stroke through all
        first, last = (margin + height * rng.uniform(0.2, 0.8) for _ in range(2))
        width = max(1.0, pen * rng.uniform(0.3, 0.8))
        ink = _with_line(ink, (margin * 0.5, first), (wide - margin * 0.5, last), width)
    return ink


def _specks(ink: Ink, pen: float, rng: np.random.Generator) -> Ink:
    tall, wide = ink.shape
    for _ in range(int(rng.integers(1, 12))):
        x, y = rng.uniform(0, wide), rng.uniform(0, tall)
        radius = max(4, int(rng.uniform(0.3, 0.9) * pen * 8))
        cv2.circle(ink, (int(x * 16), int(y * 16)), radius, 1.0, cv2.FILLED, cv2.LINE_AA, 4)
    return ink


def _broken_rule(ink: Ink, height: float, pen: float, margin: int, rng: np.random.Generator) -> Ink:
    """Pieces of a rule under, over or through the writing, as removing it leaves them."""
    under, over = margin + height * rng.uniform(0.95, 1.25), margin - height * rng.uniform(0, 0.2)
    y = float(rng.choice([under, over, margin + height * rng.uniform(0, 1)]))
    x = 0.0
    while x < ink.shape[1]:
        length = rng.uniform(0.1, 1.2) * height
        if rng.random() < 0.6:
            slip = rng.normal(0, 0.5)
            ink = _with_line(ink, (x, y), (x + length, y + slip), max(1.0, pen * rng.uniform(0.2, 0.7)))
        x += length
    return ink


def _borders(ink: Ink, pen: float, margin: int, rng: np.random.Generator) -> Ink:
    """The edge of a box at the left, and half of the time at the right."""
    tall, wide = ink.shape
    if rng.random() < 0.5:
        at = [margin * rng.uniform(0.1, 0.8)]
    else:
        at = [margin * rng.uniform(0.1, 0.8), wide - margin * rng.uniform(0.1, 0.8)]
    for x in at:
        top = 0 if rng.random() < 0.6 else tall * 0.3
        slip = rng.normal(0, 1)
        bottom = tall if rng.random() < 0.6 else tall * 0.7
        ink = _with_line(ink, (x, top), (x + slip, bottom), max(1.0, pen * rng.uniform(0.3, 0.9)))
    return ink


def _with_line(ink: Ink, start: Point, stop: Point, width: float) -> Ink:
    drawn = np.zeros(ink.shape, np.uint8)
    first, last = ((int(x * 16), int(y * 16)) for x, y in (start, stop))
    cv2.line(drawn, first, last, 255, max(1, round(width)), cv2.LINE_AA, 4)
    return np.maximum(ink, drawn.astype(np.float32) / np.float32(255))


def degraded(ink: Ink, pen: float, rng: np.random.Generator) -> Ink:
    """``ink`` (H, W) float32, 0 paper … 1 ink, degraded; ``pen`` in pixels. The picture may change its width."""
    if rng.random() < 0.35:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 0.35 + 0.35 * pen))
    if rng.random() < 0.12:
        ink = _broken(ink, pen, rng)
    if rng.random() < 0.15:
        grain = rng.normal(0, rng.uniform(0.03, 0.12), ink.shape) * (ink > 0.05)
        ink = np.clip(ink + grain, 0, 1).astype(np.float32)
    if rng.random() < 0.25:  # contrast, about a threshold that is not quite right
        harder = np.clip((ink - 0.5) * rng.uniform(1.2, 4) + 0.5 + rng.normal(0, 0.1), 0, 1)
        ink = harder.astype(np.float32) * (ink > 0.02)
    if rng.random() < 0.15:
        ink = _coarse(ink, rng)
    if rng.random() < 0.25:
        across = float(np.exp(rng.normal(0, 0.15)))
        ink = cv2.resize(ink, None, fx=across, fy=1, interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        ink = _sheared(ink, float(rng.normal(0, 0.12)))
    if rng.random() < 0.2:
        ink = _wavy(ink, rng)
    return ink


def _broken(ink: Ink, pen: float, rng: np.random.Generator) -> Ink:
    """A pen that now and then hardly marks, in blotches about as wide as itself."""
    tall, wide = ink.shape
    blotches = rng.standard_normal((max(2, int(tall / pen)), max(2, int(wide / pen))), np.float32)
    faint = np.maximum(0, cv2.resize(blotches, (wide, tall), interpolation=cv2.INTER_CUBIC))
    return ink * np.clip(1.6 - faint * rng.uniform(0.4, 1.0), 0, 1)


def _coarse(ink: Ink, rng: np.random.Generator) -> Ink:
    """A scan in which digits are a dozen pixels high, at times in black and white."""
    scale = rng.uniform(12, 22) / 30
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:
        small = (small > 0.4).astype(np.float32)
    return cv2.resize(small, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_LINEAR)


def _sheared(ink: Ink, slant: float) -> Ink:
    tall, wide = ink.shape
    room = abs(slant) * tall / 2
    matrix = np.array([[1, -slant, room + slant * tall / 2], [0, 1, 0]])
    return cv2.warpAffine(ink, matrix, (int(wide + 2 * room + 1), tall))


def _wavy(ink: Ink, rng: np.random.Generator) -> Ink:
    """A base line that goes up and down, as on paper that is bent."""
    tall, wide = ink.shape
    phase, reach = rng.uniform(0, 6.3), rng.uniform(0.02, 0.05) * tall
    period = rng.uniform(1, 4) * tall
    y, x = np.mgrid[:tall, :wide].astype(np.float32)
    wave = reach * np.sin(np.arange(wide) / period * 6.28 + phase)
    return cv2.remap(ink, x, (y + wave).astype(np.float32), cv2.INTER_LINEAR)
