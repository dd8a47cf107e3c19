"""The ink of one box -> whether a line strikes through what is written in it.

A line that strikes is straight, lies flat or slants a little, and reaches out of the digit on both sides: the bars of 4
and 7 do not. This module does not know which digit it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.scans.register import PIXELS_PER_MM

__all__ = ["is_struck"]

_STROKE_MM = 1.4
"""Width of a broad pen's stroke that is not quite straight."""


@dataclass(frozen=True)
class Limits:
    """Lengths in millimetres, chosen on made pages with validation digits."""

    length: float = 3.2
    """A line that strikes is as long at the least."""
    slants: tuple[int, ...] = (-28, -18, -9, 0, 9, 18, 28)
    """Degrees from the horizontal."""
    rest_mm2: float = 0.7
    """What is struck has as much ink at the least, line apart."""
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


_LIMITS = Limits()


def is_struck(symbol: str, ink: NDArray[np.bool_], doubt: float = 1.0) -> bool:
    """Whether a line strikes through the ``ink`` (h, w) of a box that was read as ``symbol``, x for a tick.

    ``doubt`` is the probability that it is another symbol.
    """
    if symbol == "x" and _is_crossed(ink):
        return True
    least = _LIMITS.reach[symbol]
    if doubt < _LIMITS.doubt:
        least = _LIMITS.sure.get(symbol, least)
    return any(_reach(ink, line) >= least for line in _lines(ink.astype(np.uint8)))


def _lines(ink: NDArray[np.uint8]) -> Iterator[NDArray[np.bool_]]:
    """Flat straight strokes."""
    length = round(_LIMITS.length * PIXELS_PER_MM)
    for slant in _LIMITS.slants:
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
    if rest.sum() < _LIMITS.rest_mm2 * PIXELS_PER_MM**2:
        return -math.inf
    rows, columns = (np.flatnonzero(rest.any(axis=axis)) for axis in (1, 0))
    ys, xs = np.nonzero(line)
    top, bottom = rows[0], rows[-1] + 1
    edge = _LIMITS.middle * (bottom - top)
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
    fewest = _LIMITS.rest_mm2 / 4 * PIXELS_PER_MM**2
    if min((beside > band).sum(), (beside < -band).sum()) < fewest:
        return False  # ✓
    least, times = _LIMITS.crossing
    return longest >= max(least * PIXELS_PER_MM, times * _farthest(rest)[2])


def _farthest(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Those two of the ``points`` (n, 2) that are farthest from each other, and how far."""
    hull = cv2.convexHull(points)[:, 0]
    distances = np.linalg.norm(hull[:, None] - hull[None], axis=2)
    one, other = np.unravel_index(int(distances.argmax()), distances.shape)
    return hull[one], hull[other], float(distances[one, other])
