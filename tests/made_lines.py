"""Hands and signs for lines, all made by code: what training on lines takes from the data sets, in small."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.lines.signs import Signs
from inkread.training.lines.writing import Material
from inkread.training.mnist import Digits
from inkread.training.strokes import StrokeSet
from inkread.training.writers import Writers
from made import draw_number
from made_hands import HANDS

__all__ = ["made_material", "made_writers"]

_SIGNS: dict[str, list[tuple[float, float]]] = {
    "-": [(0, 0), (40, 2)],
    "/": [(30, 0), (0, 100)],
    ",": [(8, 0), (0, 30)],
    "(": [(20, 0), (0, 50), (20, 100)],
    ")": [(0, 0), (20, 50), (0, 100)],
    ":": [(0, 0), (2, 40)],
    "+": [(0, 20), (40, 20), (20, 0), (20, 40)],
    "#": [(0, 0), (30, 80), (50, 10)],
    "*": [(0, 0), (30, 30), (0, 30), (30, 0)],
    "$": [(40, 0), (0, 30), (40, 60), (0, 90)],
}
_LETTERS = {
    "K": [(0, 0), (0, 100), (0, 50), (40, 0), (0, 50), (40, 100)],
    "w": [(0, 0), (10, 40), (20, 0), (30, 40)],
}


def made_writers() -> Writers:
    """Writers whose digits are all made by code: three of each value, as images and as strokes."""
    values = [value for value in range(10) for _ in range(3)]
    images = np.stack([_as_mnist(value, seed) for seed, value in enumerate(values)])
    hands = [HANDS[str(value)][way % 3] for way, value in enumerate(values)]
    drawn = _stroke_set(
        [str(value) for value in values], [[list(stroke) for stroke in hand] for hand in hands]
    )
    return Writers(Digits(images, np.array(values, np.uint8)), ((drawn, np.arange(len(drawn))),))


def made_material() -> Material:
    """The same hands, with signs (of % and = there are none) and two letters."""
    signs = _stroke_set([*_SIGNS], [[points] for points in _SIGNS.values()])
    letters = _stroke_set([*_LETTERS], [[points] for points in _LETTERS.values()])
    samples = {name: np.array([at]) for at, name in enumerate(_SIGNS)}
    return Material(made_writers(), Signs(signs, samples, ((letters, np.arange(len(letters))),)))


def _stroke_set(labels: list[str], drawings: list[list[list[tuple[float, float]]]]) -> StrokeSet:
    points, strokes, samples = [], [0], [0]
    for drawing in drawings:
        for stroke in drawing:
            points += [(100 * x, 100 * y) for x, y in stroke]
            strokes.append(len(points))
        samples.append(len(strokes) - 1)
    return StrokeSet(
        np.array(points, np.float32),
        np.array(strokes),
        np.array(samples),
        np.array(labels),
        np.array(["made"] * len(labels)),
    )


def _as_mnist(value: int, seed: int) -> NDArray[np.uint8]:
    """A digit (28, 28) as MNIST has it: light on dark, 20 pixels high."""
    ink = 255 - draw_number(str(value), seed=seed, pen=0.12)[..., 0]
    left, top, width, height = cv2.boundingRect((ink > 40).astype(np.uint8))
    scale = 20 / max(width, height)
    small = cv2.resize(ink[top : top + height, left : left + width], None, fx=scale, fy=scale)
    image = np.zeros((28, 28), np.uint8)
    y, x = (28 - small.shape[0]) // 2, (28 - small.shape[1]) // 2
    image[y : y + small.shape[0], x : x + small.shape[1]] = small
    return image
