"""The sheet that is drawn on: what is on it, how a change is taken back, and what it looks like."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkread.sketch.curves import draw_path
from inkread.sketch.strokes import Stroke

_INK, _PAPER = 20, 255
"""Brightness of ink and paper: near black on white, or the other way round."""
_CHANGES_KEPT = 300
"""How many changes can be taken back; an hour's drawing would else fill the memory."""


@dataclass(frozen=True, eq=False)
class _Sheet:
    """What lies before the pen: strokes, oldest first, on bare paper or on a picture."""

    size_wh: tuple[int, int]
    strokes: tuple[Stroke, ...] = ()
    picture: NDArray[np.uint8] | None = None


class Sketch:
    """A sheet that strokes are added to, taken back and rubbed out; ``size_wh`` is its size in pixels."""

    def __init__(self, size_wh: tuple[int, int], strokes: Iterable[Stroke] = ()) -> None:
        if min(size_wh) < 1:
            raise ValueError(f"a sketch needs at least one pixel, not {size_wh}")
        self._sheet = _Sheet(size_wh, tuple(strokes))
        self._undone: deque[_Sheet] = deque(maxlen=_CHANGES_KEPT)
        self._done: deque[_Sheet] = deque(maxlen=_CHANGES_KEPT)

    @property
    def size_wh(self) -> tuple[int, int]:
        return self._sheet.size_wh

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What is on the sheet, oldest first."""
        return self._sheet.strokes

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The picture (H, W, 3) that is drawn on; None for bare paper."""
        return self._sheet.picture

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom of all strokes that put ink down, or None where there are none."""
        edges = np.array([stroke.bounds for stroke in self.strokes if not stroke.erases])
        if not len(edges):
            return None
        left, top = edges[:, :2].min(axis=0)
        right, bottom = edges[:, 2:].max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def add(self, stroke: Stroke) -> None:
        self._become(replace(self._sheet, strokes=(*self.strokes, stroke)))

    def clear(self) -> None:
        """Empties the sheet, of a picture, too; can be undone."""
        if self.strokes or self.picture is not None:
            self.take(self.size_wh)

    def take(self, size_wh: tuple[int, int], picture: NDArray[np.uint8] | None = None) -> None:
        """Takes a new sheet, bare or a picture (H, W, 3) uint8 of that size; can be undone."""
        self._become(_Sheet(size_wh, (), picture))

    def trim(self, size_wh: tuple[int, int], picture: NDArray[np.uint8] | None = None) -> None:
        """Gives the sheet another size, or its picture another shape; no change to be taken back."""
        picture = self.picture if picture is None else picture
        self._sheet = replace(self._sheet, size_wh=size_wh, picture=picture)

    def erase_at(self, x: float, y: float, radius: float = 0.0) -> bool:
        """Takes away each stroke that comes within ``radius`` pixels of ``(x, y)``; tells whether there was
        one."""
        kept = tuple(stroke for stroke in self.strokes if stroke.distance(x, y) > radius)
        if len(kept) == len(self.strokes):
            return False
        self._become(replace(self._sheet, strokes=kept))
        return True

    def undo(self) -> bool:
        """Takes back the last change; False if there is none."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Makes the change again that was undone last; False if there is none."""
        return self._step(self._undone, self._done)

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

    def _become(self, sheet: _Sheet) -> None:
        self._done.append(self._sheet)
        self._undone.clear()
        self._sheet = sheet

    def _step(self, source: deque[_Sheet], target: deque[_Sheet]) -> bool:
        if not source:
            return False
        target.append(self._sheet)
        self._sheet = source.pop()
        return True


def pen_on(picture: NDArray[np.uint8]) -> int:
    """The brightness of ink that stands out from a picture (H, W, 3): dark, or light where it is mostly dark."""
    rows, columns = (max(1, side // 200) for side in picture.shape[:2])
    return _INK if np.median(picture[::rows, ::columns]) > 127 else 255 - _INK


def inked(picture: NDArray[np.uint8], ink: NDArray[np.float32], pen: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with ink (H, W), 0 … 1, of brightness ``pen`` on it."""
    return np.round(picture + (pen - picture.astype(np.float32)) * ink[..., None]).astype(np.uint8)
