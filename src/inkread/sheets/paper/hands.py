"""Made handwriting: digits and signs as pen strokes, drawn from a few points by code.

For the samples printed on a sheet and for the demonstration. The points are this project's own, in a box one
high, x to the right and y downwards; a curve runs through them. This module does not know what it is drawn on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HANDS", "Hand", "curve", "neat"]

Strokes = tuple[NDArray[np.float64], ...]

_WRITTEN: dict[str, tuple[str, ...]] = {
    "0": (
        "34,2 14,10 3,40 6,76 24,98 44,88 55,54 48,16 30,2",
        "30,4 10,22 4,58 16,94 38,96 52,66 48,24 34,4 26,8",
        "26,2 46,12 54,48 44,88 24,99 6,80 3,42 14,8 28,3",
    ),
    "1": ("6,26 18,14 28,1 28,1 27,50 25,99", "24,0 23,35 20,70 18,99", "4,30 17,17 27,2 27,2 26,99"),
    "2": (
        "6,22 18,4 38,4 48,22 40,46 22,72 4,97 4,97 30,95 54,97",
        "5,20 14,5 34,0 47,16 42,40 24,70 3,96 3,96 26,94 52,99",
        "8,26 12,8 30,1 45,12 44,34 28,62 5,96 5,96 20,92 38,97 55,92",
    ),
    "3": (
        "8,10 26,1 44,14 38,36 20,46 20,46 42,54 50,76 36,97 6,94",
        "6,14 22,2 42,8 42,30 24,45 24,45 46,58 46,84 26,99 4,90",
        "7,4 26,3 47,3 47,3 34,22 24,40 24,40 44,50 49,74 32,97 5,92",
    ),
    "4": (
        "34,1 20,30 3,66 3,66 28,66 56,64|40,38 38,70 36,99",
        "12,3 8,30 4,56 4,56 28,57 52,54|42,4 40,50 37,99",
        "40,2 22,32 2,68 2,68 30,69 58,66|42,3 41,52 39,99",
    ),
    "5": (
        "14,3 11,24 8,44 8,44 28,38 46,54 46,82 28,98 4,93|14,3 32,3 52,1",
        "50,3 32,3 14,4 14,4 12,24 9,43 9,43 30,39 46,56 42,86 22,99 3,92",
        "16,4 12,25 10,46 10,46 32,42 47,62 40,90 20,99 2,90|15,5 34,4 50,2",
    ),
    "6": (
        "42,2 22,18 7,50 6,80 22,98 42,90 47,70 34,56 16,62 7,78",
        "36,1 16,28 5,62 12,92 30,99 46,84 42,64 26,57 9,72",
        "44,4 26,12 8,44 5,78 18,97 38,96 48,76 38,59 18,60 7,74",
    ),
    "7": (
        "4,5 26,4 51,3 51,3 36,40 26,70 20,99",
        "4,6 26,5 52,3 52,3 38,36 26,68 18,99|15,52 30,50 47,48",
        "5,12 6,4 6,4 28,5 52,2 52,2 40,30 28,64 21,99",
    ),
    "8": (
        "44,14 28,2 11,12 14,34 30,46 47,66 43,90 25,99 7,88 9,66 27,48 42,32 45,14 40,6",
        "27,2 11,14 14,36 30,46 47,66 42,91 24,99 7,86 10,64 28,46 43,30 42,10 27,2",
        "46,10 30,1 12,10 12,30 28,46 46,64 45,88 27,99 9,90 8,68 26,47 44,30 46,10",
    ),
    "9": (
        "45,16 30,2 10,12 5,32 18,48 36,42 46,16 46,16 45,52 41,99",
        "44,15 28,1 9,12 6,34 20,47 38,36 45,15 45,15 44,50 38,82 20,98",
        "46,14 32,1 12,8 6,30 18,46 36,40 47,14 47,14 44,54 34,99",
    ),
    "-": ("2,55 20,54 40,53", "4,52 20,53 38,55"),
    "+": ("2,54 22,54 42,53|22,34 22,54 21,76", "3,55 22,53 40,54|21,35 22,55 22,75"),
    ".": ("10,94 12,97 10,98", "9,92 12,96 13,98"),
    "x": ("2,8 26,50 50,94|50,6 26,52 2,96", "4,12 28,50 54,90|52,10 26,50 0,92"),
}  # fmt: skip


def _strokes(text: str) -> Strokes:
    return tuple(
        np.array([[float(number) for number in point.split(",")] for point in stroke.split()]) / 100
        for stroke in text.split("|")
    )


HANDS: dict[str, tuple[Strokes, ...]] = {
    character: tuple(_strokes(hand) for hand in hands) for character, hands in _WRITTEN.items()
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
