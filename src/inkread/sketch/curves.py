"""Curves through points, and how a pen of some width draws them, with soft edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
    reach = (np.maximum(widths[:-1], widths[1:]) / 2 + 1)[:, None]
    low = np.maximum(np.floor(np.minimum(path[:-1], path[1:]) - reach), 0)
    high = np.minimum(np.ceil(np.maximum(path[:-1], path[1:]) + reach), (width, height))
    # Compared before they become integers: what lies far outside may be larger than those hold.
    for i in np.flatnonzero((low < high).all(axis=1)):
        start, end, w0, w1 = path[i], path[i + 1], widths[i], widths[i + 1]
        (left, top), (right, bottom) = low[i].astype(int), high[i].astype(int)
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
    p = with_ends(points)
    return np.concatenate([*(between(p[i : i + 4], spacing) for i in range(len(p) - 3)), points[-1:]])


def with_ends(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points, and before and after them one more, mirrored, that the curve's ends lean towards."""
    ends = 2 * points[[0, -1]] - points[[1, -2]]
    return np.concatenate([ends[:1], points, ends[1:]])


def between(p: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """The curve from the second of four points to the third, without the latter."""
    t0, t1, t2, t3 = np.concatenate([[0.0], np.cumsum(np.sqrt(np.hypot(*np.diff(p, axis=0).T)))])
    steps = max(1, round(float(np.hypot(*(p[2] - p[1]))) / spacing))
    t = np.linspace(t1, t2, steps, endpoint=False)[:, None]
    a1 = ((t1 - t) * p[0] + (t - t0) * p[1]) / (t1 - t0)
    a2 = ((t2 - t) * p[1] + (t - t1) * p[2]) / (t2 - t1)
    a3 = ((t3 - t) * p[2] + (t - t2) * p[3]) / (t3 - t2)
    b1 = ((t2 - t) * a1 + (t - t0) * a2) / (t2 - t0)
    b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1)
    return np.asarray(((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1))


def _straight(start: NDArray[np.float64], end: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    steps = max(1, round(float(np.hypot(*(end - start))) / spacing))
    return start + np.linspace(0, 1, steps + 1)[:, None] * (end - start)
