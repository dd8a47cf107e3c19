"""Paper, ink and labels -> the pixels on the screen, a rectangle at a time.

This module knows no window: it gives arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.window.ink_layer import InkLayer
from inkread.apps.window.labels import Labels
from inkread.apps.window.palette import Colour, Paper
from inkread.apps.window.placement import Rect, clipped
from inkread.apps.window.shapes import Mask, ring, rounded
from inkread.sketch import pen_on

__all__ = ["Compositor"]

_PIXELATED = 6.0
"""From this enlargement on, a picture's pixels are shown as squares: 28 by 28 is looked at, not admired."""


class Compositor:
    """What a canvas looks like; ``lay_out`` when size, paper or picture change, then ``compose`` what is asked for."""

    def __init__(self) -> None:
        self.labels = Labels()
        self._layer = InkLayer()
        self._table: NDArray[np.uint8] = np.zeros((256, 3), np.uint8)
        self._backdrop: NDArray[np.uint8] | None = None
        self._pen: Colour = (0, 0, 0)
        self._strips: list[tuple[Rect, Mask, Mask]] = []
        """Where the edge is: a rectangle, how much of its pixels lies inside, and the line."""
        self._around: Colour = (0, 0, 0)
        self._line: Colour = (0, 0, 0)

    def lay_out(
        self,
        layer: InkLayer,
        paper: Paper,
        picture: NDArray[np.uint8] | None,
        around: Colour,
        line: Colour,
        radius: int,
    ) -> None:
        """Ink and paper from now on; ``around`` is the colour outside of the rounded corners, ``line`` of the edge."""
        self._layer, self._around, self._line = layer, around, line
        self._strips = _strips(layer.canvas_wh, radius)
        share = np.arange(256, dtype=np.float32)[:, None] / 255
        low, high = np.array(paper.paper, np.float32), np.array(paper.ink, np.float32)
        self._table = np.round(low + (high - low) * share).astype(np.uint8)
        self._backdrop = None
        if picture is not None:
            self._backdrop = _placed(picture, layer, around)
            self._pen = (pen_on(picture),) * 3

    def compose(self, rect: Rect) -> NDArray[np.uint8]:
        """The pixels (h, w, 3) uint8 of a rectangle that lies on the canvas."""
        left, top, right, bottom = rect
        ink = self._layer.ink[top:bottom, left:right]
        if self._backdrop is None:
            pixels = self._table.take(ink, axis=0)
        else:
            pixels = self._backdrop[top:bottom, left:right].copy()
            if ink.any():
                share = ink[..., None].astype(np.float32) / 255
                pixels = np.round(pixels + (np.array(self._pen) - pixels) * share).astype(np.uint8)
        for label, strength in self.labels.shown:
            _blend(pixels, rect, label.spec.rect, label.colour * strength, label.opacity * strength)
        self._edge(pixels, rect)
        return pixels

    def _edge(self, pixels: NDArray[np.uint8], rect: Rect) -> None:
        """Rounds the corners of the paper and draws its edge."""
        for strip, inside, line in self._strips:
            shared = _shared(pixels, rect, strip)
            if shared is None:
                continue
            under, own = shared
            shaded = under.astype(np.float32)
            shaded += (np.array(self._line, np.float32) - shaded) * line[own][..., None]
            shaded += (np.array(self._around, np.float32) - shaded) * (1 - inside[own][..., None])
            under[:] = np.round(shaded).astype(np.uint8)


def _strips(canvas_wh: tuple[int, int], radius: int) -> list[tuple[Rect, Mask, Mask]]:
    """The edge of a canvas as four strips: its middle, which is most of it, has none."""
    width, height = canvas_wh
    deep = max(2, radius)
    if width < 2 * deep + 2 or height < 2 * deep + 2:
        return [((0, 0, width, height), rounded(width, height, radius), ring(width, height, radius, 1.0))]
    # A strip of a large rectangle is that of a low one as wide, or of a narrow one as high.
    low, narrow = (width, 2 * deep + 2), (2 * deep + 2, height)
    lying = rounded(*low, radius)[:deep], ring(*low, radius, 1.0)[:deep]
    standing = rounded(*narrow, radius)[deep:-deep, :deep], ring(*narrow, radius, 1.0)[deep:-deep, :deep]
    return [
        ((0, 0, width, deep), *lying),
        ((0, height - deep, width, height), lying[0][::-1], lying[1][::-1]),
        ((0, deep, deep, height - deep), *standing),
        ((width - deep, deep, width, height - deep), standing[0][:, ::-1], standing[1][:, ::-1]),
    ]


def _shared(pixels: NDArray[np.uint8], rect: Rect, over: Rect) -> tuple[NDArray[np.uint8], Any] | None:
    """Those of the pixels of ``rect`` that lie in ``over``, as a view, and where in ``over`` they are; None: none."""
    moved = over[0] - rect[0], over[1] - rect[1], over[2] - rect[0], over[3] - rect[1]
    inner = clipped(moved, (pixels.shape[1], pixels.shape[0]))
    if inner is None:
        return None
    left, top, right, bottom = inner
    own = np.s_[top - moved[1] : bottom - moved[1], left - moved[0] : right - moved[0]]
    return pixels[top:bottom, left:right], own


def _blend(
    pixels: NDArray[np.uint8],
    rect: Rect,
    over: Rect,
    colour: NDArray[np.float32],
    opacity: NDArray[np.float32],
) -> None:
    """Lays a layer that covers ``over`` on the pixels of ``rect``."""
    shared = _shared(pixels, rect, over)
    if shared is None:
        return
    under, own = shared
    under[:] = np.round(under * (1 - opacity[own]) + colour[own]).astype(np.uint8)


def _placed(picture: NDArray[np.uint8], layer: InkLayer, around: Colour) -> NDArray[np.uint8]:
    """The picture where the sheet lies on the canvas, ``around`` beside it."""
    place, (width, height) = layer.placement, layer.canvas_wh
    canvas = Image.new("RGB", (width, height), around)
    size_wh = max(1, round(picture.shape[1] * place.scale)), max(1, round(picture.shape[0] * place.scale))
    how = Image.Resampling.NEAREST if place.scale >= _PIXELATED else Image.Resampling.BICUBIC
    # Of a large photo, pixels are left out first: it is still twice as fine as what is shown.
    step = max(1, int(0.5 / place.scale))
    image = Image.fromarray(picture[::step, ::step]).resize(size_wh, how)
    canvas.paste(image, (round(place.left), round(place.top)))
    return np.array(canvas)
