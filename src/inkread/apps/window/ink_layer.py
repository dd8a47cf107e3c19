"""The ink on the canvas, drawn as it comes, and where the sheet lies on the canvas.

Each movement of the pen costs only the few pixels it touches. The same pixels are shown and read; nothing is ever
grabbed from the screen. What comes of strokes one by one is what ``Sketch.to_ink`` makes of all of them. The drawing
zooms with the window, and nothing of it is ever out of sight. This module knows no window and no colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from inkread.apps.view_parts import Edges
from inkread.sketch import Stroke, Trace, draw_path

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
    low, high = (math.floor(left - margin), math.floor(top - margin)), (right + margin, bottom + margin)
    return *low, math.ceil(high[0]), math.ceil(high[1])


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


_PATHS_KEPT = 1000
"""So many curves are kept for undo and redo, of strokes that may be no longer on the sheet."""


class InkLayer:
    """Ink (H, W) uint8, 0 paper … 255 ink, on a canvas of ``canvas_wh`` pixels."""

    def __init__(self, canvas_wh: tuple[int, int] = (1, 1), placement: Placement | None = None) -> None:
        self.ink: NDArray[np.uint8] = np.zeros((1, 1), np.uint8)
        self.placement = Placement()
        self.lay_out(canvas_wh, placement or Placement())

    def lay_out(self, canvas_wh: tuple[int, int], placement: Placement) -> None:
        """Another canvas, or another place for the sheet.

        Until strokes are shown the ink is that of before, stretched: all strokes are drawn anew, which may take a
        while, see ``prepare``.
        """
        stretched = self.ink.any()
        self.ink = _stretched(self.ink, self.placement, placement, canvas_wh)
        self.canvas_wh, self.placement = canvas_wh, placement
        self._anew = np.zeros_like(self.ink) if stretched else self.ink
        """The ink that is to take the place of the stretched one."""
        self._paths: dict[Stroke, tuple[NDArray[np.float64], float]] = {}
        self._shown: tuple[Stroke, ...] = ()
        self._trace: Trace | None = None
        self._under_tail: tuple[Rect, NDArray[np.uint8]] | None = None

    def prepare(self, strokes: Sequence[Stroke]) -> Iterator[None]:
        """Draws strokes for a later ``show``, one at a time, so that others get a turn between them."""
        for stroke in strokes:
            self._draw(self._anew, stroke, (0, 0, *self.canvas_wh))
            self._shown = (*self._shown, stroke)
            yield

    def show(self, strokes: Sequence[Stroke]) -> Rect | None:
        """Brings the ink to these strokes; returns where it changed, None for nowhere."""
        self.ink = self._anew
        former, self._shown = self._shown, tuple(strokes)
        pairs = zip(former, self._shown, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))
        changed = joined(*map(self._rect, (*former[same:], *self._shown[same:])))
        if changed is not None:
            # What is no longer there may have lain over anything: all of that place is drawn again.
            self.ink[_window(changed)] = 0
            for stroke in self._shown:
                self._draw(self.ink, stroke, changed)
        return changed

    def begin(self, x: float, y: float, width: float, erases: bool) -> Rect | None:
        """Puts the pen down at a canvas pixel; ``width`` is in canvas pixels, too."""
        self.ink = self._anew
        self._trace = Trace(x, y, width, erases)
        return self._draw_tail()

    def move(self, x: float, y: float) -> Rect | None:
        """Moves the pen; returns where ink changed."""
        if self._trace is None:
            return None
        settled = self._trace.add(x, y)
        before = self._lift_tail()
        drawn = None if settled is None else self._draw_path(settled)
        return joined(before, drawn, self._draw_tail())

    def finish(self) -> Stroke | None:
        """Lifts the pen; the stroke in sheet units, its ink already there. None if the pen was not down."""
        if self._trace is None:
            return None
        trace, self._trace, self._under_tail = self._trace, None, None
        points = self.placement.to_sheet(trace.stroke.points)
        stroke = Stroke(points, trace.width / self.placement.scale, trace.erases)
        self._shown = (*self._shown, stroke)
        return stroke

    @property
    def pen_is_down(self) -> bool:
        return self._trace is not None

    def _draw_tail(self) -> Rect | None:
        """Draws the end of the line, which the next movement may still bend."""
        assert self._trace is not None
        rect = self._rect_of(self._trace.tail, self._trace.width)
        self._under_tail = None if rect is None else (rect, self.ink[_window(rect)].copy())
        return self._draw_path(self._trace.tail)

    def _lift_tail(self) -> Rect | None:
        if self._under_tail is None:
            return None
        rect, pixels = self._under_tail
        self.ink[_window(rect)] = pixels
        return rect

    def _draw_path(self, path: NDArray[np.float64]) -> Rect | None:
        assert self._trace is not None
        rect = self._rect_of(path, self._trace.width)
        if rect is not None:
            _put(self.ink, path, self._trace.width, self._trace.erases, rect)
        return rect

    def _draw(self, ink: NDArray[np.uint8], stroke: Stroke, area: Rect) -> None:
        """Draws what of a stroke lies in ``area``."""
        rect, (path, width) = self._rect(stroke), self._path(stroke)
        if rect is None:
            return
        left, top = max(rect[0], area[0]), max(rect[1], area[1])
        right, bottom = min(rect[2], area[2]), min(rect[3], area[3])
        if left < right and top < bottom:
            _put(ink, path, width, stroke.erases, (left, top, right, bottom))

    def _path(self, stroke: Stroke) -> tuple[NDArray[np.float64], float]:
        """The path of a stroke on this canvas, and the width of the pen."""
        if stroke not in self._paths:
            if len(self._paths) > _PATHS_KEPT:
                self._paths.clear()
            points, width = self.placement.to_canvas(stroke.points), stroke.width * self.placement.scale
            self._paths[stroke] = Stroke(points, width).path, width
        return self._paths[stroke]

    def _rect(self, stroke: Stroke) -> Rect | None:
        return self._rect_of(*self._path(stroke))

    def _rect_of(self, path: NDArray[np.float64], width: float) -> Rect | None:
        edges = np.concatenate([path.min(axis=0), path.max(axis=0)])
        return clipped(around(edges, width / 2 + 2), self.canvas_wh)


def _put(ink: NDArray[np.uint8], path: NDArray[np.float64], width: float, erases: bool, rect: Rect) -> None:
    """Draws what of a path lies in a rectangle, or rubs it out."""
    patch = np.zeros((rect[3] - rect[1], rect[2] - rect[0]), np.float32)
    draw_path(patch, path - rect[:2], np.full(len(path), width))
    drawn, under = np.round(255 * patch).astype(np.uint8), ink[_window(rect)]
    if erases:
        np.minimum(under, 255 - drawn, out=under)
    else:
        np.maximum(under, drawn, out=under)


def _window(rect: Rect) -> tuple[slice, slice]:
    return slice(rect[1], rect[3]), slice(rect[0], rect[2])


def _stretched(
    ink: NDArray[np.uint8], before: Placement, now: Placement, canvas_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Ink as it would roughly look where the sheet lies now."""
    share = before.scale / now.scale
    how = (share, 0, before.left - share * now.left, 0, share, before.top - share * now.top)
    image = Image.fromarray(ink).transform(canvas_wh, Image.Transform.AFFINE, how, Image.Resampling.BILINEAR)
    return np.array(image)
