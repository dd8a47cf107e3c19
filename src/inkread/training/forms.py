"""Whole digits in forms that the training data hardly has, drawn from a few points each, every time anew.

School hands of continental Europe and beyond: the 7 with a wavy top and a bar, the 4 in one stroke, the 6
whose top curls back, the 3 with a loop, the 9 with a flat tail, the 1 with flag and foot, the 5 with a raised
flag, the closed 4, the curled 2, the flat-topped 3, the 8 of two rings, the open 6. They were chosen by what failed
in ``develop/`` (grid_cells, semeion), and drawn without tracing it.
The points are this project's own. This module does not know the network's classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkread.training.strokes import draw_strokes

__all__ = ["FORMS", "draw_form", "smooth"]

Ink = NDArray[np.float32]
Points = list[tuple[float, float]]

_TOP_7: Points = [(0.0, 0.32), (0.15, 0.06), (0.3, 0.12), (0.45, 0.26), (0.65, 0.18), (0.9, 0.0)]
FORMS: tuple[tuple[int, list[Points]], ...] = (
    (7, [[*_TOP_7, (0.92, 0.0), (0.7, 0.5), (0.45, 1.0)], [(0.25, 0.56), (0.55, 0.53), (0.9, 0.52)]]),
    (7, [[*_TOP_7, (0.92, 0.0), (0.72, 0.3), (0.55, 0.6), (0.5, 1.0)], [(0.3, 0.58), (0.85, 0.6)]]),
    (4, [[(0.5, 0.0), (0.2, 0.35), (0.08, 0.6), (0.3, 0.68), (0.7, 0.5), (0.85, 0.38), (0.7, 0.7),
          (0.55, 1.0)]]),
    (4, [[(0.55, 0.0), (0.25, 0.15), (0.05, 0.45), (0.15, 0.68), (0.5, 0.66), (0.9, 0.5)],
         [(0.75, 0.3), (0.68, 0.7), (0.6, 1.0)]]),
    (4, [[(0.45, 0.0), (0.15, 0.5), (0.1, 0.62), (0.5, 0.6), (0.95, 0.55)],
         [(0.72, 0.32), (0.62, 0.7), (0.55, 1.0)]]),
    (4, [[(0.05, 0.0), (0.02, 0.35), (0.2, 0.5), (0.75, 0.4)], [(0.8, 0.0), (0.78, 0.5), (0.72, 1.0)]]),
    (6, [[(0.72, 0.32), (0.85, 0.12), (0.65, 0.0), (0.35, 0.15), (0.12, 0.5), (0.08, 0.85), (0.4, 1.0),
          (0.72, 0.85), (0.65, 0.6), (0.35, 0.58), (0.12, 0.75)]]),
    (6, [[(0.8, 0.2), (0.7, 0.02), (0.4, 0.05), (0.12, 0.45), (0.1, 0.85), (0.45, 1.0), (0.8, 0.8),
          (0.65, 0.55), (0.3, 0.55), (0.15, 0.65)]]),
    (3, [[(0.4, 0.35), (0.2, 0.25), (0.3, 0.03), (0.65, 0.0), (0.75, 0.2), (0.45, 0.42), (0.35, 0.45),
          (0.75, 0.55), (0.7, 0.85), (0.3, 1.0), (0.0, 0.98)]]),
    (9, [[(0.75, 0.15), (0.45, 0.0), (0.1, 0.15), (0.2, 0.4), (0.55, 0.4), (0.8, 0.1), (0.82, 0.45),
          (0.75, 0.8), (0.5, 1.0), (0.0, 0.98)]]),
    (9, [[(0.75, 0.2), (0.4, 0.0), (0.08, 0.2), (0.25, 0.42), (0.6, 0.35), (0.78, 0.1), (0.75, 0.55),
          (0.65, 1.0)]]),
    (1, [[(0.0, 0.35), (0.2, 0.2), (0.4, 0.0), (0.4, 0.02), (0.4, 0.5), (0.38, 1.0)]]),
    (1, [[(0.05, 0.3), (0.4, 0.0), (0.4, 0.02), (0.4, 0.5), (0.38, 1.0)],
         [(0.05, 1.0), (0.4, 0.98), (0.75, 1.0)]]),
    (4, [[(0.62, 0.0), (0.3, 0.3), (0.05, 0.62), (0.4, 0.63), (0.9, 0.6)], [(0.62, 0.0), (0.62, 0.5), (0.6, 1.0)]]),
    (4, [[(0.7, 0.02), (0.4, 0.25), (0.05, 0.6), (0.9, 0.6), (0.88, 0.58), (0.7, 0.02), (0.71, 0.02), (0.7, 1.0)]]),
    (2, [[(0.1, 0.25), (0.25, 0.02), (0.65, 0.0), (0.78, 0.25), (0.6, 0.6), (0.3, 0.92), (0.12, 0.98), (0.05, 0.85),
          (0.2, 0.76), (0.4, 0.88), (0.65, 1.0), (0.95, 0.88)]]),
    (2, [[(0.05, 0.2), (0.0, 0.08), (0.2, 0.08), (0.15, 0.22), (0.3, 0.05), (0.65, 0.02), (0.7, 0.3), (0.4, 0.7),
          (0.05, 1.0), (0.06, 0.98), (0.5, 0.95), (0.9, 1.0)]]),
    (3, [[(0.05, 0.02), (0.06, 0.0), (0.75, 0.0), (0.76, 0.02), (0.4, 0.4), (0.41, 0.4), (0.8, 0.5), (0.85, 0.8),
          (0.5, 1.0), (0.05, 0.9)]]),
    (8, [[(0.45, 0.0), (0.1, 0.1), (0.15, 0.42), (0.5, 0.47), (0.75, 0.3), (0.7, 0.05), (0.45, 0.0)],
         [(0.45, 0.5), (0.0, 0.62), (0.05, 0.95), (0.5, 1.0), (0.85, 0.9), (0.8, 0.55), (0.45, 0.5)]]),
    (6, [[(0.6, 0.0), (0.25, 0.25), (0.05, 0.65), (0.2, 0.98), (0.6, 0.98), (0.75, 0.72), (0.5, 0.56), (0.3, 0.62)]]),
    (9, [[(0.7, 0.12), (0.35, 0.0), (0.05, 0.2), (0.2, 0.42), (0.6, 0.35), (0.75, 0.08), (0.72, 0.4), (0.6, 0.8),
          (0.4, 1.1), (0.1, 1.25)]]),
    (5, [[(0.3, 0.15), (0.22, 0.5), (0.5, 0.42), (0.75, 0.65), (0.55, 0.95), (0.1, 0.95)],
         [(0.3, 0.18), (0.6, 0.1), (0.95, 0.0)]]),
)  # fmt: skip
"""Each form's digit and strokes, in a box one high: x to the right, y downwards."""
_SHAKE = 0.045
"""Standard deviation of every point: more, and the forms can no longer be told apart."""


def draw_form(rng: np.random.Generator, pen: float) -> tuple[Ink, int]:
    """Ink (112, 112) float32, 0 paper … 1 ink, and the digit it shows."""
    digit, strokes = FORMS[rng.integers(len(FORMS))]
    aspect = rng.uniform(0.75, 1.2)
    drawn = []
    for points in strokes:
        shaken = np.array(points) + rng.normal(0, _SHAKE, (len(points), 2))
        drawn.append((smooth(shaken) * [aspect, 1.0]).astype(np.float32))
    return draw_strokes(drawn, pen), digit


def smooth(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """A curve along ``points`` (n, 2), from the first to the last: Chaikin's corner cutting, three times."""
    curve = points.astype(np.float64)
    for _ in range(3):
        ahead, behind = 0.75 * curve[:-1] + 0.25 * curve[1:], 0.25 * curve[:-1] + 0.75 * curve[1:]
        cut = np.stack([ahead, behind], axis=1).reshape(-1, 2)
        curve = np.concatenate([curve[:1], cut, curve[-1:]])
    return curve
