"""The ink on the canvas, drawn as it comes: each movement of the pen costs only the few pixels it touches.

The same pixels are shown and read; nothing is ever grabbed from the screen. What comes of strokes one by one is
what ``Sketch.to_ink`` makes of all of them. This module knows no window and no colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.window.placement import Placement, Rect, around, clipped, joined
from inkread.sketch import Stroke, Trace, draw_path

__all__ = ["InkLayer"]

_BYTES_KEPT = 4_000_000
"""So many pixels are kept of strokes that are no longer on the sheet: undo and redo need not draw them again."""

Patch = tuple[Rect, NDArray[np.uint8]]


class InkLayer:
    """Ink (H, W) uint8, 0 paper … 255 ink, on a canvas of ``canvas_wh`` pixels."""

    def __init__(self, canvas_wh: tuple[int, int] = (1, 1), placement: Placement | None = None) -> None:
        self.lay_out(canvas_wh, placement or Placement())

    def lay_out(self, canvas_wh: tuple[int, int], placement: Placement) -> None:
        """Another canvas, or another place for the sheet.

        Until strokes are shown the ink is that of before, stretched: all strokes are drawn anew, which may take a
        while, see ``prepare``.
        """
        before: NDArray[np.uint8] | None = getattr(self, "ink", None)
        stood = getattr(self, "placement", placement)
        self.canvas_wh, self.placement = canvas_wh, placement
        self.ink: NDArray[np.uint8] = np.zeros((canvas_wh[1], canvas_wh[0]), np.uint8)
        self._is_stretched = before is not None and bool(before.any())
        if before is not None and self._is_stretched:
            self.ink = _stretched(before, stood, placement, canvas_wh)
        self._shown: tuple[Stroke, ...] = ()
        self._wanted: frozenset[Stroke] = frozenset()
        self._patches: dict[Stroke, Patch | None] = {}
        self._trace: Trace | None = None
        self._pieces: list[Patch] = []
        self._under_tail: Patch | None = None

    def prepare(self, strokes: Sequence[Stroke]) -> Iterator[None]:
        """Draws strokes for a later ``show``, one at a time, so that others get a turn between them."""
        self._wanted = frozenset(strokes)
        for stroke in strokes:
            self._patch(stroke)
            yield

    def show(self, strokes: Sequence[Stroke]) -> Rect | None:
        """Brings the ink to these strokes; returns where it changed, None for nowhere."""
        if self._is_stretched:
            self.ink[:] = 0
            self._is_stretched = False
        former, self._shown, self._wanted = self._shown, tuple(strokes), frozenset()
        same = sum(
            1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(former, self._shown, strict=False))
        )
        gone = joined(*(patch[0] for patch in map(self._patch, former[same:]) if patch))
        if gone is not None:
            # What is no longer there may have lain over anything: all of that place is drawn again.
            self.ink[_window(gone)] = 0
            for stroke in self._shown[:same]:
                self._put(_part(self._patch(stroke), gone), stroke.erases)
        for stroke in self._shown[same:]:
            self._put(self._patch(stroke), stroke.erases)
        return joined(gone, *(patch[0] for patch in map(self._patch, self._shown[same:]) if patch))

    def begin(self, x: float, y: float, width: float, erases: bool) -> Rect | None:
        """Puts the pen down at a canvas pixel; ``width`` is in canvas pixels, too."""
        self._trace, self._pieces = Trace(x, y, width, erases), []
        return self._draw_tail()

    def move(self, x: float, y: float) -> Rect | None:
        """Moves the pen; returns where ink changed."""
        if self._trace is None:
            return None
        settled = self._trace.add(x, y)
        before = self._lift_tail()
        drawn = None
        if settled is not None:
            patch = self._drawn(settled, self._trace.width)
            if patch is not None:
                drawn = patch[0]
                self._pieces.append(patch)
                self._put(patch, self._trace.erases)
        return joined(before, drawn, self._draw_tail())

    def finish(self) -> Stroke | None:
        """Lifts the pen; the stroke in sheet units, its ink already there. None if the pen was not down."""
        if self._trace is None:
            return None
        trace, self._trace, self._under_tail = self._trace, None, None
        tail = self._drawn(trace.tail, trace.width)
        points = self.placement.to_sheet(trace.stroke.points)
        stroke = Stroke(points, trace.width / self.placement.scale, trace.erases)
        self._shown = (*self._shown, stroke)
        self._keep(stroke, _together(self._pieces + ([tail] if tail else [])))
        self._pieces = []
        return stroke

    @property
    def pen_is_down(self) -> bool:
        return self._trace is not None

    def _draw_tail(self) -> Rect | None:
        assert self._trace is not None
        patch = self._drawn(self._trace.tail, self._trace.width)
        if patch is None:
            return None
        self._under_tail = patch[0], self.ink[_window(patch[0])].copy()
        self._put(patch, self._trace.erases)
        return patch[0]

    def _lift_tail(self) -> Rect | None:
        if self._under_tail is None:
            return None
        rect, pixels = self._under_tail
        self.ink[_window(rect)] = pixels
        self._under_tail = None
        return rect

    def _patch(self, stroke: Stroke) -> Patch | None:
        """The pixels of a stroke; None where none of them is on the canvas."""
        if stroke not in self._patches:
            points, width = self.placement.to_canvas(stroke.points), stroke.width * self.placement.scale
            self._keep(stroke, self._drawn(Stroke(points, width).path, width))
        return self._patches[stroke]

    def _keep(self, stroke: Stroke, patch: Patch | None) -> None:
        self._patches[stroke] = patch
        shown = {*self._shown, *self._wanted, stroke}
        others = [each for each in self._patches if each not in shown]
        spare = sum(kept[1].nbytes for each in others if (kept := self._patches[each])) - _BYTES_KEPT
        for each in others:  # the oldest first
            if spare <= 0:
                break
            gone = self._patches.pop(each)
            spare -= gone[1].nbytes if gone else 0

    def _drawn(self, path: NDArray[np.float64], width: float) -> Patch | None:
        edges = np.concatenate([path.min(axis=0), path.max(axis=0)])
        rect = clipped(around(edges, width / 2 + 2), self.canvas_wh)
        if rect is None:
            return None
        left, top, right, bottom = rect
        ink = np.zeros((bottom - top, right - left), np.float32)
        draw_path(ink, path - (left, top), np.full(len(path), width))
        return rect, np.round(255 * ink).astype(np.uint8)

    def _put(self, patch: Patch | None, erases: bool) -> None:
        if patch is None:
            return
        under = self.ink[_window(patch[0])]
        if erases:
            np.minimum(under, 255 - patch[1], out=under)
        else:
            np.maximum(under, patch[1], out=under)


def _window(rect: Rect) -> tuple[slice, slice]:
    return slice(rect[1], rect[3]), slice(rect[0], rect[2])


def _stretched(
    ink: NDArray[np.uint8], before: Placement, now: Placement, canvas_wh: tuple[int, int]
) -> NDArray[np.uint8]:
    """Ink as it would roughly look where the sheet lies now."""
    share = before.scale / now.scale
    left, top = before.left - share * now.left, before.top - share * now.top
    how = (share, 0, left, 0, share, top)  # canvas pixels of before, from those of now
    image = Image.fromarray(ink).transform(canvas_wh, Image.Transform.AFFINE, how, Image.Resampling.BILINEAR)
    return np.array(image)


def _together(pieces: Sequence[Patch]) -> Patch | None:
    """Pieces of one stroke as one patch."""
    rect = joined(*(piece[0] for piece in pieces))
    if rect is None:
        return None
    pixels = np.zeros((rect[3] - rect[1], rect[2] - rect[0]), np.uint8)
    for (left, top, right, bottom), piece in pieces:
        under = pixels[top - rect[1] : bottom - rect[1], left - rect[0] : right - rect[0]]
        np.maximum(under, piece, out=under)
    return rect, pixels


def _part(patch: Patch | None, area: Rect) -> Patch | None:
    """What of a patch lies in ``area``."""
    if patch is None:
        return None
    (left, top, right, bottom), pixels = patch
    inner = max(left, area[0]), max(top, area[1]), min(right, area[2]), min(bottom, area[3])
    if inner[0] >= inner[2] or inner[1] >= inner[3]:
        return None
    return inner, pixels[inner[1] - top : inner[3] - top, inner[0] - left : inner[2] - left]
