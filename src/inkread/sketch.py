"""Pen strokes -> image: what somebody draws with a mouse, a finger or a stylus, with undo, redo and an
eraser.

    sketch = Sketch((280, 280))
    sketch.add(Stroke(points, width=20))
    image = sketch.to_image()            # (280, 280, 3) uint8, ready to be read

Points are ``(x, y)`` in pixels, y downwards; the middle of the top left pixel is (0.5, 0.5).
This module knows no window, no mouse and nothing else of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Sketch", "Stroke", "draw_path", "smooth"]

_INK, _PAPER = 20, 255
"""Brightness of ink and paper: near black on white, or the other way round."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke, pen down to pen up: points (N, 2), N ≥ 1, and the width of the pen, in pixels.

    The points are copied and cannot be written to. One point makes a dot. Raises ValueError for anything
    that is not a stroke.
    """

    points: NDArray[np.float64]
    width: float

    def __init__(self, points: ArrayLike, width: float) -> None:
        kept = np.array(points, np.float64)
        if kept.ndim != 2 or kept.shape[1:] != (2,) or not len(kept) or not np.isfinite(kept).all():
            raise ValueError(
                f"a stroke needs finite points (N, 2), N ≥ 1, not an array of shape {kept.shape}"
            )
        if not 0 < width < float("inf"):
            raise ValueError(f"a pen needs a width above 0, not {width}")
        kept.setflags(write=False)
        object.__setattr__(self, "points", kept)
        object.__setattr__(self, "width", float(width))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the points with half a pen round them."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        half = self.width / 2
        return float(left) - half, float(top) - half, float(right) + half, float(bottom) + half

    def distance(self, x: float, y: float) -> float:
        """From ``(x, y)`` to the nearest ink of the stroke, in pixels; 0 on it."""
        path, at = smooth(self.points, max(1.0, self.width / 4)), np.array([x, y], np.float64)
        starts, legs = path[:-1], np.diff(path, axis=0)
        if not len(legs):
            return max(0.0, float(np.hypot(*(at - path[0]))) - self.width / 2)
        lengths = np.maximum((legs**2).sum(axis=1), 1e-12)
        along = np.clip(((at - starts) * legs).sum(axis=1) / lengths, 0, 1)
        away = np.hypot(*(at - starts - along[:, None] * legs).T)
        return max(0.0, float(away.min()) - self.width / 2)


class Sketch:
    """A sheet that strokes are added to, taken back and rubbed out; ``size_wh`` is its size in pixels."""

    def __init__(self, size_wh: tuple[int, int], strokes: Iterable[Stroke] = ()) -> None:
        if min(size_wh) < 1:
            raise ValueError(f"a sketch needs at least one pixel, not {size_wh}")
        self.size_wh = size_wh
        self._strokes = tuple(strokes)
        self._undone: list[tuple[Stroke, ...]] = []
        self._done: list[tuple[Stroke, ...]] = []

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What is on the sheet, oldest first."""
        return self._strokes

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom of all strokes, or None on an empty sheet."""
        if not self._strokes:
            return None
        edges = np.array([stroke.bounds for stroke in self._strokes])
        left, top = edges[:, :2].min(axis=0)
        right, bottom = edges[:, 2:].max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def add(self, stroke: Stroke) -> None:
        self._become((*self._strokes, stroke))

    def clear(self) -> None:
        """Empties the sheet; can be undone."""
        if self._strokes:
            self._become(())

    def erase_at(self, x: float, y: float, radius: float = 0.0) -> bool:
        """Takes away each stroke that comes within ``radius`` pixels of ``(x, y)``; tells whether there was
        one."""
        kept = tuple(stroke for stroke in self._strokes if stroke.distance(x, y) > radius)
        if len(kept) == len(self._strokes):
            return False
        self._become(kept)
        return True

    def undo(self) -> bool:
        """Takes back the last change; False if there is none."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Makes the change again that was undone last; False if there is none."""
        return self._step(self._undone, self._done)

    def to_ink(self) -> NDArray[np.float32]:
        """The sheet as ink (H, W) float32, 0 paper … 1 ink, with soft edges."""
        width, height = self.size_wh
        ink = np.zeros((height, width), np.float32)
        for stroke in self._strokes:
            path = smooth(stroke.points, max(1.0, stroke.width / 4))
            draw_path(ink, path, np.full(len(path), stroke.width))
        return ink

    def to_image(self, dark: bool = False) -> NDArray[np.uint8]:
        """The sheet as (H, W, 3) uint8: dark ink on white, or with ``dark`` light ink on black."""
        ground, pen = (255 - _PAPER, 255 - _INK) if dark else (_PAPER, _INK)
        grey = np.round(ground + (pen - ground) * self.to_ink()).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)

    def _become(self, strokes: tuple[Stroke, ...]) -> None:
        self._done.append(self._strokes)
        self._undone.clear()
        self._strokes = strokes

    def _step(self, source: list[tuple[Stroke, ...]], target: list[tuple[Stroke, ...]]) -> bool:
        if not source:
            return False
        target.append(self._strokes)
        self._strokes = source.pop()
        return True


def smooth(points: ArrayLike, spacing: float = 1.0) -> NDArray[np.float64]:
    """A curve (M, 2) through all ``points`` (N, 2), sampled about every ``spacing`` pixels.

    Catmull and Rom's spline (1974) in its centripetal form (Yuksel et al. 2011), which makes neither loops
    nor
    cusps of its own. A point given twice in a row is a corner.
    """
    given = np.asarray(points, np.float64)
    # Nearly equal points would divide by nearly nothing: they are corners too.
    corners = np.flatnonzero(np.hypot(*np.diff(given, axis=0).T) < 1e-9) + 1
    legs = [_curve(leg, spacing) for leg in np.split(given, corners) if len(leg)]
    # Legs meet at their corners: leave out the second copy.
    return np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])])


def draw_path(ink: NDArray[np.float32], path: NDArray[np.float64], widths: NDArray[np.float64]) -> None:
    """Draws a path (M, 2) of varying width (M,) into ``ink`` (H, W) float32, darkest wins; ends are round.

    Each pixel gets the share of it that is covered, from its distance to the path: no supersampling needed.
    """
    if len(path) == 1:
        path, widths = np.repeat(path, 2, axis=0), np.repeat(widths, 2)
    height, width = ink.shape
    for start, end, w0, w1 in zip(path[:-1], path[1:], widths[:-1], widths[1:], strict=True):
        reach = max(w0, w1) / 2 + 1
        left, top = np.maximum(np.floor(np.minimum(start, end) - reach), 0).astype(int)
        right, bottom = np.minimum(np.ceil(np.maximum(start, end) + reach), (width, height)).astype(int)
        if left >= right or top >= bottom:
            continue
        x = np.arange(left, right) + 0.5 - start[0]
        y = (np.arange(top, bottom) + 0.5 - start[1])[:, None]
        dx, dy = end - start
        along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
        away = np.hypot(x - along * dx, y - along * dy)
        half = (w0 + (w1 - w0) * along) / 2
        # A pen thinner than a pixel cannot cover one: it makes it as much paler as it is thinner.
        covered = np.clip(np.maximum(half, 0.5) + 0.5 - away, 0, 1) * np.minimum(1, 2 * half)
        patch = ink[top:bottom, left:right]
        np.maximum(patch, covered, out=patch, casting="same_kind")


def _curve(points: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    if len(points) < 3:
        return points if len(points) < 2 else _straight(points[0], points[1], spacing)
    ends = 2 * points[[0, -1]] - points[[1, -2]]
    p = np.concatenate([ends[:1], points, ends[1:]])
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.hypot(*np.diff(p, axis=0).T)))])
    pieces = []
    for i in range(1, len(p) - 2):
        t0, t1, t2, t3 = knots[i - 1 : i + 3]
        steps = max(1, round(float(np.hypot(*(p[i + 1] - p[i]))) / spacing))
        t = np.linspace(t1, t2, steps, endpoint=False)[:, None]
        a1 = ((t1 - t) * p[i - 1] + (t - t0) * p[i]) / (t1 - t0)
        a2 = ((t2 - t) * p[i] + (t - t1) * p[i + 1]) / (t2 - t1)
        a3 = ((t3 - t) * p[i + 1] + (t - t2) * p[i + 2]) / (t3 - t2)
        b1 = ((t2 - t) * a1 + (t - t0) * a2) / (t2 - t0)
        b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1)
        pieces.append(((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1))
    return np.concatenate([*pieces, points[-1:]])


def _straight(start: NDArray[np.float64], end: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    steps = max(1, round(float(np.hypot(*(end - start))) / spacing))
    return start + np.linspace(0, 1, steps + 1)[:, None] * (end - start)
