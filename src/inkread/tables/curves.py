"""Curve: a rule, or the line between two rows or columns, as a parabola; how curves cross.

This module knows neither pictures nor digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """``v = a + b·u + c·u²`` from ``start`` to ``stop``: u runs along the curve, v across it, in pixels.

    Of a curve between rows, u is x; of one between columns, u is y.
    """

    a: float
    b: float
    c: float
    start: float
    stop: float
    drawn: bool = True
    """Whether it is a rule; else it is a line that nobody drew."""

    def at(self, u: float | Numbers) -> Numbers:
        """Where the curve runs at ``u``; beyond its ends it goes straight on."""
        known = np.clip(u, self.start, self.stop)
        there = self.a + self.b * known + self.c * np.square(known)
        return np.asarray(there + self.slope(known) * (np.asarray(u) - known))

    def slope(self, u: float | Numbers) -> Numbers:
        """The tangent of the curve's lean at ``u``."""
        return np.asarray(self.b + 2 * self.c * np.clip(u, self.start, self.stop))

    @property
    def middle(self) -> float:
        return (self.start + self.stop) / 2

    @property
    def length(self) -> float:
        return self.stop - self.start

    def moved(self, by: float) -> Curve:
        """The curve at ``by`` pixels to the right or below."""
        return replace(self, a=self.a + by, drawn=False)

    def scaled(self, by: float) -> Curve:
        """The curve on a picture that is so many times larger."""
        return Curve(self.a * by, self.b, self.c / by, self.start * by, self.stop * by, self.drawn)

    def between(self, other: Curve) -> Curve:
        """The curve halfway to another one."""
        ends = min(self.start, other.start), max(self.stop, other.stop)
        a, b, c = ((mine + theirs) / 2 for mine, theirs in zip(self.shape, other.shape, strict=True))
        return Curve(a, b, c, *ends, drawn=False)

    @property
    def shape(self) -> tuple[float, float, float]:
        return self.a, self.b, self.c


def crossing(across: Curve, down: Curve) -> tuple[float, float]:
    """Where a curve between rows and one between columns cross, as ``(x, y)``."""
    y = float(across.at(down.at(across.a)))
    for _ in range(4):  # both are nearly straight and nearly at right angles
        y = float(across.at(float(down.at(y))))
    return float(down.at(y)), y


def fitted(u: Sequence[float], v: Sequence[float], weights: Sequence[float], bent: bool) -> Curve:
    """The curve nearest to points (least squares); ``bent`` allows it to be a parabola."""
    x, y, root = np.asarray(u, float), np.asarray(v, float), np.sqrt(np.asarray(weights, float))
    middle, half = (x.min() + x.max()) / 2, max((x.max() - x.min()) / 2, 1e-6)
    at = (x - middle) / half
    powers = np.stack([np.ones_like(at), at, at * at][: 3 if bent else 2], axis=1)
    (a, b, *rest), *_ = np.linalg.lstsq(powers * root[:, None], y * root, rcond=None)
    b, c = b / half, (rest[0] if rest else 0.0) / half**2
    return Curve(
        float(a - b * middle + c * middle**2),
        float(b - 2 * c * middle),
        float(c),
        float(x.min()),
        float(x.max()),
    )
