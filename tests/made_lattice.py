"""Lines of made candidates, placed as the signs of a number are, and rows of made probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inkread.candidate import Candidate
from inkread.lattice import decode
from inkread.reading import Box, Reading

MARKS = tuple("-/.,():+")
CLASSES = (*"0123456789", *MARKS, "none")
HEIGHT = 40
"""Of a digit, in pixels."""
SHAPES = {
    "-": (0.5, 0.1, 0.0, "dash"),
    "/": (0.5, 1.2, 0.05, ""),
    ".": (0.15, 0.15, 0.45, "dot"),
    ",": (0.15, 0.32, 0.6, ""),
    "(": (0.3, 1.25, 0.0, ""),
    ")": (0.3, 1.25, 0.0, ""),
    ":": (0.15, 0.6, 0.0, ""),
    "+": (0.6, 0.6, 0.0, ""),
}
"""Breadth, height and how far below the middle, in heights of a digit, and why it is no digit."""


def row(**shares: float) -> list[float]:
    """Probabilities of all classes by their names (a digit's may begin with ``d``); what they lack is ``none``."""
    rest = max(0.0, 1.0 - sum(shares.values()))
    return [shares.get(f"d{name}", shares.get(name, 0.0)) for name in CLASSES[:-1]] + [rest]


def standing(at: int, sign: str, *, line: int = 0, **shape: float | str) -> Candidate:
    """The candidate of a sign as it is usually written, the ``at``-th of its line; ``shape`` changes it."""
    breadth, tall, drop, unfit = SHAPES.get(sign, (0.6, 1.0, 0.0, ""))
    breadth, tall = float(shape.get("breadth", breadth)), float(shape.get("tall", tall))
    drop, unfit = float(shape.get("drop", drop)), str(shape.get("unfit", unfit))
    middle = 40 + 80 * line + drop * HEIGHT
    left, top = 10 + 30 * at, middle - tall * HEIGHT / 2
    box = Box(left, round(top), left + max(1, round(breadth * HEIGHT)), round(top + tall * HEIGHT))
    return Candidate(line, at, at + 1, (at + 1,), box, 0.0, breadth, tall, drop, unfit)


def read(candidates: Sequence[Candidate], rows: Sequence[Sequence[float]]) -> Reading:
    return decode(candidates, np.array(rows, np.float32), CLASSES, (400, 300))
