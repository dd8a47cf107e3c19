"""The sheet that is drawn on, and what it looks like."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from inkread.sketch.curves import draw_path
from inkread.sketch.strokes import Stroke

_INK, _PAPER = 20, 255
"""Brightness of ink and paper: near black on white, or the other way round."""


class Sketch:
    """Strokes, oldest first, on bare paper of ``size_wh`` pixels, or on a ``picture`` (H, W, 3) uint8 of that size."""

    def __init__(
        self,
        size_wh: tuple[int, int],
        strokes: Iterable[Stroke] = (),
        picture: NDArray[np.uint8] | None = None,
    ) -> None:
        if min(size_wh) < 1:
            raise ValueError(f"a sketch needs at least one pixel, not {size_wh}")
        self.size_wh, self.strokes, self.picture = size_wh, tuple(strokes), picture

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom of all strokes that put ink down, or None where there are none."""
        edges = np.array([stroke.bounds for stroke in self.strokes if not stroke.erases])
        if not len(edges):
            return None
        left, top = edges[:, :2].min(axis=0)
        right, bottom = edges[:, 2:].max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def to_ink(self) -> NDArray[np.float32]:
        """The strokes as ink (H, W) float32, 0 paper … 1 ink, with soft edges."""
        return self._ink_in(0, 0, *self.size_wh)

    def _ink_in(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.float32]:
        ink = np.zeros((bottom - top, right - left), np.float32)
        for stroke in self.strokes:
            layer = np.zeros_like(ink) if stroke.erases else ink
            path = stroke.path - (left, top)
            draw_path(layer, path, np.full(len(path), stroke.width))
            if stroke.erases:
                np.minimum(ink, 1 - layer, out=ink)
        return ink

    def to_image(self, dark: bool = False) -> NDArray[np.uint8]:
        """The sheet as (H, W, 3) uint8: dark ink on white, or with ``dark`` light ink on black.

        On a picture the ink is dark where the picture is mostly light, whatever ``dark`` says.
        """
        if self.picture is not None:
            return self._on_picture(self.picture)
        ground, pen = (255 - _PAPER, 255 - _INK) if dark else (_PAPER, _INK)
        grey = np.round(ground + (pen - ground) * self.to_ink()).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)

    def _on_picture(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        drawn = picture.copy()
        if self.bounds is not None:
            (width, height), (left, top, right, bottom) = self.size_wh, self.bounds
            # Of a large photo, only the part that is drawn on is worked on.
            low = max(0, int(left) - 2), max(0, int(top) - 2)
            high = min(width, int(right) + 3), min(height, int(bottom) + 3)
            if low[0] < high[0] and low[1] < high[1]:
                part = drawn[low[1] : high[1], low[0] : high[0]]
                part[:] = inked(part, self._ink_in(*low, *high), pen_on(picture))
        return drawn


def pen_on(picture: NDArray[np.uint8]) -> int:
    """The brightness of ink that stands out from a picture (H, W, 3): dark, or light where it is mostly dark."""
    rows, columns = (max(1, side // 200) for side in picture.shape[:2])
    return _INK if np.median(picture[::rows, ::columns]) > 127 else 255 - _INK


def inked(picture: NDArray[np.uint8], ink: NDArray[np.float32], pen: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with ink (H, W), 0 … 1, of brightness ``pen`` on it."""
    return np.round(picture + (pen - picture.astype(np.float32)) * ink[..., None]).astype(np.uint8)
