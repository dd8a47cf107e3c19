"""Pen strokes -> the same character as another hand would have moved the pen.

What can be told only from strokes, and no longer from their ink: one stroke stands a little off the others, its end
is missing, the pen is set down with a hook, drags ink to where it writes on, or trembles. Turning, slant and stretch
of the whole are ``augment``'s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float32]

_APART, _TILT, _GROWTH = 0.02, 0.06, 0.05
"""How far strokes are moved (over the character's longer side), turned (radians), scaled (ln): one deviation."""
_SHORTENED = 0.1
"""Most that an end loses, over the stroke's length; people do not take a 6 for a 0 for so little."""
_HOOK = (0.04, 0.1)
_TREMOR = 0.012
_CHANCES = {"tremble": 0.15, "shorten": 0.15, "hook": 0.12, "drag": 0.05}


def another_hand(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Strokes, each (n, 2) x and y in any unit, as another writer would have made them; none are altered in place."""
    every = np.concatenate(strokes)
    size = max(float(np.ptp(every, axis=0).max()), 1e-3)
    made = [np.asarray(stroke, np.float64) for stroke in strokes]
    if len(made) > 1:
        made = [_moved(stroke, size, rng) for stroke in made]
    for change in (_tremble, _shorten, _hook):
        if rng.random() < _CHANCES[change.__name__.lstrip("_")]:
            chosen = int(rng.integers(len(made)))
            made[chosen] = change(made[chosen], size, rng)
    if len(made) > 1 and rng.random() < _CHANCES["drag"]:
        first = int(rng.integers(len(made) - 1))
        made[first : first + 2] = [np.concatenate(made[first : first + 2])]
    return [stroke.astype(np.float32) for stroke in made]


def _moved(stroke: NDArray[np.float64], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    angle, middle = rng.normal(0, _TILT), stroke.mean(axis=0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved: NDArray[np.float64] = (stroke - middle) @ turn * np.exp(rng.normal(0, _GROWTH))
    return moved + middle + rng.normal(0, _APART * size, 2)


def _tremble(stroke: NDArray[np.float64], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    return stroke + rng.normal(0, _TREMOR * size, stroke.shape)


def _shorten(stroke: NDArray[np.float64], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    lengths = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    lost = rng.uniform(0, _SHORTENED) * lengths[-1]
    kept = lengths >= lost if rng.random() < 0.5 else lengths <= lengths[-1] - lost
    return stroke[kept] if kept.sum() > 1 else stroke


def _hook(stroke: NDArray[np.float64], size: float, rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(*_HOOK) * size * np.array([np.cos(angle), np.sin(angle)])
    if rng.random() < 0.5:
        return np.concatenate([stroke[:1] + reach, stroke])
    return np.concatenate([stroke, stroke[-1:] + reach])
