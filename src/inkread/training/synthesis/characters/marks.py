"""The marks between digits, drawn from a few numbers each, every time anew: - / . , ( ) : +

Alone, and brought to one size, a slash is like a slanted 1 and a bracket like a bent one; that is what the network is
shown, so that it says how sure it can be. What tells them apart is where they stand, which the lattice knows.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.data.strokes import CANVAS, draw_strokes
from inkread.training.synthesis.characters.digit_templates import smooth

Ink = NDArray[np.float32]
Lines = list[NDArray[np.float64]]


def draw_mark(rng: np.random.Generator) -> tuple[Ink, str]:
    """Ink (112, 112) float32, 0 paper … 1 ink, and the mark it shows."""
    name = _NAMES[rng.integers(len(_NAMES))]
    if name == "." or (name == "," and rng.random() < 0.3):
        return _blot(rng, name), name
    # Marks are small, so that the same pen is wider beside them.
    pen = rng.uniform(0.05, 0.3) if name in "-,:" else rng.uniform(0.04, 0.14)
    return draw_strokes(mark_lines(name, rng), pen), name


def mark_lines(name: str, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """The strokes of one of ``DRAWN_MARKS``, each (n, 2) as x, y; tall ones are about one high, wide ones one wide."""
    lines = [line + rng.normal(0, 0.012, line.shape) for line in _DRAWINGS[name](rng)]
    return [smooth(line).astype(np.float32) for line in lines]


def _blot(rng: np.random.Generator, name: str) -> Ink:
    """A point as a pen leaves it: round, or dragged a little; a comma is dragged downwards."""
    canvas = np.zeros((CANVAS, CANVAS), np.float32)
    if name == ".":
        length, angle = rng.uniform(1.0, 1.7), rng.uniform(0, 180)
    else:
        length, angle = rng.uniform(1.6, 2.6), rng.uniform(95, 150)
    axes = 36.0, 36 / length
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = 1 + rng.normal(0, 0.06, 24)
    points = np.stack([axes[0] * np.cos(turn), axes[1] * np.sin(turn)], axis=1) * radius[:, None]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    outline = points @ np.array([[cos, sin], [-sin, cos]]) + CANVAS / 2
    cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.8, 4)), np.float32)


def _dash(rng: np.random.Generator) -> Lines:
    tilt, sag = rng.uniform(-0.3, 0.3), rng.uniform(-0.12, 0.12)
    return [np.array([[0, tilt / 2], [0.5, sag], [1, -tilt / 2]])]


def _slash(rng: np.random.Generator) -> Lines:
    lean, bow = rng.uniform(0.35, 1.1), rng.uniform(-0.08, 0.08)
    return [np.array([[lean, 0], [lean / 2 + bow, 0.5], [0, 1]])]


def _comma(rng: np.random.Generator) -> Lines:
    lean, bow = rng.uniform(0.1, 0.7), rng.uniform(0, 0.25)
    return [np.array([[lean, 0], [lean * 0.8 + bow, 0.45], [0, 1]])]


def _bracket(side: int) -> Callable[[np.random.Generator], Lines]:
    def draw(rng: np.random.Generator) -> Lines:
        depth, lean = rng.uniform(0.16, 0.4), rng.uniform(-0.1, 0.25)
        knots = [[0, 0], [0.75, 0.2], [1, 0.5], [0.75, 0.8], [0, 1]]
        line = np.array(knots) * [-side * depth, 1]
        line[:, 0] += lean * (1 - line[:, 1])
        return [line]

    return draw


def _colon(rng: np.random.Generator) -> Lines:
    lean = rng.uniform(-0.1, 0.3)
    dots = [np.array([[x, y], [x, y]]) for x, y in ((lean, 0.0), (0.0, 1.0))]
    if rng.random() < 0.5:  # short strokes instead of dots
        drag = rng.uniform(-0.2, 0.2, 2)
        return [dot + np.array([[0, 0], drag]) for dot in dots]
    return dots


def _plus(rng: np.random.Generator) -> Lines:
    arms, tilt = rng.uniform(0.35, 0.65, 2), rng.normal(0, 0.08, 2)
    at = rng.normal(0, 0.06, 2)
    across = np.array([[-arms[0], tilt[0] * arms[0]], [arms[0], -tilt[0] * arms[0]]])
    down = np.array([[tilt[1] * arms[1], -arms[1]], [-tilt[1] * arms[1], arms[1]]])
    return [across, down + at]


_DRAWINGS: dict[str, Callable[[np.random.Generator], Lines]] = {
    "-": _dash,
    "/": _slash,
    ",": _comma,
    "(": _bracket(1),
    ")": _bracket(-1),
    ":": _colon,
    "+": _plus,
}
DRAWN_MARKS = frozenset(_DRAWINGS)
_NAMES = (*_DRAWINGS, ".")
