"""How far lines of writing lean, from where their parts stand, and the same ink with level lines.

A sheet is seldom photographed quite straight. Up to some 8 degrees lines are followed as they are; beyond, neighbours
are no longer beside each other, and the digits lean with their line. A slanted hand does not lean: its digits stand
side by side all the same. This module knows neither digits nor lines, and does not judge what is read better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box, Reading

__all__ = ["Level", "lean_of", "levelled"]

_LEAST, _MOST = 7.0, 42.0
"""Degrees: lines that lean less are read as they are, and nothing that leans more is taken for a line."""
_FEWEST = 4
"""Parts; fewer have no line of their own."""
_LOOKED_AT = 120
"""Parts at most that are looked at, those in the middle of the page."""
_NEAREST = 2.5
"""Neighbours are at most so far apart, in the larger one's size, from middle to middle."""
_ALIKE = 0.4
"""Neighbours are at least so high, as a share of each other."""
_AGREE = 6.0
"""Degrees within which half of the neighbours agree."""
_FULLER = 1.15
"""By what factor lines so leaning must hold more than level ones."""


@dataclass(frozen=True, eq=False)
class Level:
    """Ink (h, w) turned so that its lines are level, and the way back."""

    ink: NDArray[np.float32]
    back: NDArray[np.float64]
    """(2, 3), from its pixels to those of the ink as it was."""

    def placed(self, box: Box, scale: float, size_wh: tuple[int, int]) -> Box:
        """The upright rectangle in the picture of ``size_wh`` round what is written in a box of the level picture.

        ``scale`` is pixels of ink per pixel of either.
        """
        left, top = math.floor(box.left * scale), math.floor(box.top * scale)
        right, bottom = math.ceil(box.right * scale), math.ceil(box.bottom * scale)
        y, x = np.nonzero(self.ink[top:bottom, left:right] >= 0.5)
        if not len(x):
            x, y = np.array([0, right - left - 1]), np.array([0, bottom - top - 1])
        points = self.back @ np.stack([x + left + 0.5, y + top + 0.5, np.ones(len(x))]) / scale
        low, high = points.min(axis=1) - 0.5 / scale, points.max(axis=1) + 0.5 / scale
        edges = [
            (min(max(0, math.floor(start)), side - 1), min(side, math.ceil(end)))
            for start, end, side in zip(low, high, size_wh, strict=True)
        ]
        (left, right), (top, bottom) = ((start, max(start + 1, end)) for start, end in edges)
        return Box(left, top, right, bottom)

    def placed_reading(self, reading: Reading, scale: float, size_wh: tuple[int, int]) -> Reading:
        """A reading of the level picture, with the boxes that it has in the picture of ``size_wh``."""

        def placed(box: Box) -> Box:
            return self.placed(box, scale, size_wh)

        lines = tuple(
            replace(line, digits=tuple(replace(digit, box=placed(digit.box)) for digit in line.digits))
            for line in reading.lines
        )
        marks = tuple(replace(mark, box=placed(mark.box)) for mark in reading.marks)
        rejected = tuple(replace(each, box=placed(each.box)) for each in reading.rejected)
        return replace(reading, size_wh=size_wh, lines=lines, marks=marks, rejected=rejected)


def lean_of(boxes: Sequence[Box]) -> float:
    """By how many degrees the lines that these parts stand in fall to the right; 0.0 if that is little, or unsure."""
    if len(boxes) < _FEWEST:
        return 0.0
    edges = np.array([box.to_list() for box in boxes], np.float64)
    sizes = edges[:, 2:] - edges[:, :2]
    edges = edges[sizes.max(axis=1) >= _ALIKE * np.median(sizes.max(axis=1))]
    centres = (edges[:, :2] + edges[:, 2:]) / 2
    if len(edges) > _LOOKED_AT:
        away = np.abs(centres - np.median(centres, axis=0)).max(axis=1)
        chosen = np.argsort(away)[:_LOOKED_AT]
        edges, centres = edges[chosen], centres[chosen]
    angles = _angles_to_the_right(edges, centres)
    if len(angles) < _FEWEST - 1:
        return 0.0
    low, usual, high = np.quantile(angles, [0.25, 0.5, 0.75])
    if not _LEAST <= abs(usual) <= _MOST or high - low > 2 * _AGREE:
        return 0.0
    tried = usual + np.arange(-6.0, 7.0)
    full = [_fullness(edges, centres, degrees) for degrees in tried]
    best = float(tried[int(np.argmax(full))])
    return best if max(full) >= _FULLER * _fullness(edges, centres, 0.0) else 0.0


def levelled(ink: NDArray[np.float32], degrees: float) -> Level:
    """The ink (h, w), 0 paper … 1 ink, with lines level that fall by ``degrees`` to the right."""
    left, top, width, height = cv2.boundingRect((ink > 0).view(np.uint8))
    written = ink[top : top + height, left : left + width]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[cos, sin], [-sin, cos]])
    corners = turn @ np.array([[0, width, width, 0], [0, 0, height, height]], np.float64)
    low = np.floor(corners.min(axis=1)) - 2
    wide, high = (int(side) for side in np.ceil(corners.max(axis=1)) + 2 - low)
    there = np.hstack([turn, -low[:, None]])
    level = cv2.warpAffine(written, there, (wide, high), flags=cv2.INTER_LINEAR)
    level[level < _FAINT] = 0
    back = turn.T @ np.hstack([np.eye(2), low[:, None]]) + np.array([[0, 0, left], [0, 0, top]])
    return Level(level, back)


_FAINT = 0.02
"""Less ink than this is none."""


def _angles_to_the_right(edges: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees (n,) by which the nearest part to the right stands lower, for each that has one near it."""
    sizes = (edges[:, 2:] - edges[:, :2]).max(axis=1)
    across, down = (centres[None, :, i] - centres[:, None, i] for i in (0, 1))
    higher, lower = np.maximum(sizes[:, None], sizes[None, :]), np.minimum(sizes[:, None], sizes[None, :])
    distance = np.hypot(across, down)
    near = (across > np.abs(down)) & (distance <= _NEAREST * higher) & (lower >= _ALIKE * higher)
    distance[~near] = np.inf
    nearest = distance.argmin(axis=1)
    own = np.flatnonzero(near.any(axis=1))
    return np.rad2deg(np.arctan2(down[own, nearest[own]], across[own, nearest[own]]))


def _fullness(edges: NDArray[np.float64], centres: NDArray[np.float64], degrees: float) -> float:
    """How many parts stand beside each part, on average, if lines fall by so many degrees."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    level = centres[:, 1] * cos - centres[:, 0] * sin
    half = (edges[:, 3] - edges[:, 1]) / 2
    shared = np.minimum.outer(level + half, level + half) - np.maximum.outer(level - half, level - half)
    return float(np.maximum(shared, 0).sum() / max(2 * half.sum(), 1e-9))
