"""Made handwriting: digits and signs as pen strokes, drawn from a few points by code.

For the samples printed on a sheet and for the demonstration. The points are this project's own, in a box one high, x to
the right and y downwards; a curve runs through them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Strokes = tuple[NDArray[np.float64], ...]


def _strokes(text: str) -> Strokes:
    return tuple(
        np.array([[float(number) for number in point.split(",")] for point in stroke.split()]) / 100
        for stroke in text.split("|")
    )


HANDS: dict[str, tuple[Strokes, ...]] = {
    character: tuple(map(_strokes, hands))
    for character, hands in json.loads(
        Path(__file__).with_name("hands.json").read_text(encoding="utf-8")
    ).items()
}
"""The ways in which each character is written."""


def curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth curve through about ``points`` (n, 2): Chaikin's corner cutting; a point given twice is a corner."""
    for _ in range(3):
        ahead = 0.75 * points[:-1] + 0.25 * points[1:]
        behind = 0.25 * points[:-1] + 0.75 * points[1:]
        cut = np.stack([ahead, behind], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


def neat(character: str) -> Strokes:
    """A character as a teacher would write it for others to copy, in a box one high."""
    return tuple(curve(stroke) for stroke in HANDS[character][0])


@dataclass(frozen=True)
class Hand:
    """How somebody writes: the same person leans, shakes and sizes all digits alike.

    ``lean`` is how far the top is to the right of the bottom, per height; ``shake`` the standard deviation of
    every point; ``height`` and ``pen`` are in millimetres.
    """

    ways: tuple[int, ...]
    lean: float
    shake: float
    height: float
    pen: float
    wide: float

    @classmethod
    def any(cls, rng: np.random.Generator) -> Hand:
        """Somebody's hand."""
        ways = tuple(int(way) for way in rng.integers(0, 3, 20))
        return cls(
            ways,
            float(rng.normal(0.08, 0.08)),
            float(rng.uniform(0.008, 0.024)),
            float(rng.uniform(5.2, 6.8)),
            float(rng.uniform(0.35, 0.75)),
            float(rng.uniform(0.85, 1.15)),
        )

    def write(self, character: str, rng: np.random.Generator) -> Strokes:
        """A character's strokes in millimetres, the middle of its box at (0, 0)."""
        ways = HANDS[character]
        way = ways[self.ways[ord(character) % len(self.ways)] % len(ways)]
        height = self.height * rng.normal(1, 0.04)
        strokes = []
        for stroke in way:
            shaken = stroke + rng.normal(0, self.shake, stroke.shape)
            shaken = curve(shaken) - [0.27, 0.5]
            shaken[:, 0] = shaken[:, 0] * self.wide - shaken[:, 1] * self.lean
            strokes.append(shaken * height)
        return tuple(strokes)
