"""A stroke, from pen down to pen up, and a stroke while it is being drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inkread.sketch.curves import between, smooth, with_ends

_FARTHEST = 1e6
"""Pixels: points farther off than any sheet is large would only be a path without end."""


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke, pen down to pen up: points (N, 2), N ≥ 1, and the width of the pen, in pixels.

    Points lie within a million pixels of the sheet's corner. With ``erases`` it takes ink away instead. The points
    are copied and cannot be written to. One point makes a dot. Raises ValueError for anything that is not a stroke.
    """

    points: NDArray[np.float64]
    width: float
    erases: bool = False

    def __init__(self, points: ArrayLike, width: float, erases: bool = False) -> None:
        kept = np.array(points, np.float64)
        if kept.ndim != 2 or kept.shape[1:] != (2,) or not len(kept) or not np.isfinite(kept).all():
            raise ValueError(
                f"a stroke needs finite points (N, 2), N ≥ 1, not an array of shape {kept.shape}"
            )
        if np.abs(kept).max() > _FARTHEST:
            raise ValueError(
                f"the points of a stroke lie within {_FARTHEST:,.0f} pixels of the sheet's corner"
            )
        if not 0 < width < float("inf"):
            raise ValueError(f"a pen needs a width above 0, not {width}")
        kept.setflags(write=False)
        object.__setattr__(self, "points", kept)
        object.__setattr__(self, "width", float(width))
        object.__setattr__(self, "erases", bool(erases))

    @property
    def path(self) -> NDArray[np.float64]:
        """The curve (M, 2) through the points, as finely as it is drawn."""
        return smooth(self.points, _spacing(self.width))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the points with half a pen round them."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        half = self.width / 2
        return float(left) - half, float(top) - half, float(right) + half, float(bottom) + half


class Trace:
    """A stroke while it is being drawn: points come one by one, and the curve through them grows.

    ``add`` gives what is settled by each new point, ``tail`` the end that the next point may still bend. All
    that was settled and the last tail are the path of ``stroke``.
    """

    def __init__(self, x: float, y: float, width: float, erases: bool = False) -> None:
        self.width, self.erases = width, erases
        self._points = [(float(x), float(y))]

    def add(self, x: float, y: float) -> NDArray[np.float64] | None:
        """Goes on to ``(x, y)``; the piece (M, 2) of the curve that is now settled, if any."""
        if np.hypot(x - self._points[-1][0], y - self._points[-1][1]) < 1e-6:
            return None
        self._points.append((float(x), float(y)))
        return self._piece(len(self._points) - 3) if len(self._points) > 2 else None

    @property
    def tail(self) -> NDArray[np.float64]:
        """The unsettled end of the path, (M, 2)."""
        return self._piece(len(self._points) - 2) if len(self._points) > 1 else np.array(self._points)

    @property
    def stroke(self) -> Stroke:
        """All of it so far."""
        return Stroke(self._points, self.width, self.erases)

    def _piece(self, i: int) -> NDArray[np.float64]:
        """The path from point ``i`` to the next one, both included."""
        if len(self._points) == 2:
            return smooth(self._points, _spacing(self.width))
        near = np.array(self._points[max(0, i - 1) : i + 3])
        p = with_ends(near)[i - max(0, i - 1) :][:4]
        return np.concatenate([between(p, _spacing(self.width)), p[2:3]])


def _spacing(width: float) -> float:
    """How far apart the points of a path are, for a pen of this width."""
    return max(1.0, width / 4)
