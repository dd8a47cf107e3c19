"""Where the sheet lies on the canvas: the drawing zooms with the window, and nothing of it is ever out of sight.

Sheet units are what strokes are kept in; canvas pixels are what the screen has. This module draws nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inkread.apps.view_parts import Edges

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom in whole canvas pixels, right and bottom exclusive."""


@dataclass(frozen=True)
class Placement:
    """Canvas pixels are sheet units times ``scale`` plus ``(left, top)``."""

    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @staticmethod
    def fitting(size_wh: tuple[float, float], ink: Edges | None, canvas_wh: tuple[int, int]) -> Placement:
        """The sheet as large as it fits, in the middle; ``ink`` that lies beyond its edges fits, too."""
        left, top, right, bottom = 0.0, 0.0, *size_wh
        if ink is not None:
            left, top, right, bottom = (*map(min, (left, top), ink[:2]), *map(max, (right, bottom), ink[2:]))
        scale = min(canvas_wh[0] / (right - left), canvas_wh[1] / (bottom - top))
        x, y = (canvas_wh[0] - scale * (left + right)) / 2, (canvas_wh[1] - scale * (top + bottom)) / 2
        return Placement(scale, x, y)

    def to_canvas(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (…, 2) of the sheet, in canvas pixels."""
        return np.asarray(points, np.float64) * self.scale + (self.left, self.top)

    def to_sheet(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (…, 2) of the canvas, in sheet units."""
        return (np.asarray(points, np.float64) - (self.left, self.top)) / self.scale

    def edges(self, box: Edges) -> Edges:
        """A box of the sheet, in canvas pixels."""
        left, top, right, bottom = self.to_canvas(np.reshape(box, (2, 2))).ravel().tolist()
        return left, top, right, bottom


def around(edges: Edges | NDArray[Any], margin: float = 0.0) -> Rect:
    """The whole pixels that ``edges`` with a margin touch."""
    left, top, right, bottom = edges
    return (
        math.floor(left - margin),
        math.floor(top - margin),
        math.ceil(right + margin),
        math.ceil(bottom + margin),
    )


def clipped(rect: Rect, canvas_wh: tuple[int, int]) -> Rect | None:
    """What of ``rect`` lies on the canvas; None for nothing."""
    left, top = max(0, rect[0]), max(0, rect[1])
    right, bottom = min(canvas_wh[0], rect[2]), min(canvas_wh[1], rect[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def joined(*rects: Rect | None) -> Rect | None:
    """The smallest rectangle that holds all of them; None for none."""
    some = [rect for rect in rects if rect is not None]
    if not some:
        return None
    lefts, tops, rights, bottoms = zip(*some, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
