"""Made pages: a grey picture and a labelled box for every symbol on it, in the arrangements that people use.

The same seed gives the same page.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.synthesis.arrangements import arrange
from inkread.training.synthesis.backgrounds import clouds, lit, paper
from inkread.training.synthesis.camera import photographed
from inkread.training.synthesis.canvas import IGNORED, NEGATIVE, Canvas
from inkread.training.synthesis.handwriting import Material

PAGE_SIZE: Final = 208
"""Pixels of a page's side: the network learns from parts of it."""
_HEIGHTS: Final = 9.0, 58.0
"""Pixels of a digit's height that the network is to find; it is not to find what is far higher."""
_TOO_HIGH: Final = 66.0, 92.0
"""Digits between these heights are of no consequence, higher ones are not to be found."""
_FAR_TOO_HIGH: Final = 62.0, 250.0
"""Heights of digits of which only parts are seen: a loop of an 8 is not to be taken for a 0."""
_TINY, _TINY_HEIGHTS = 0.05, (4.0, 11.0)
"""Share of pages seen from afar, and the heights of their digits."""
_PICTURE_EDGE, _DARK = 0.3, 0.25
"""Share of pages that end within the part that is seen, and of light writing on dark."""


def made_page(
    material: Material, rng: np.random.Generator, size: int = PAGE_SIZE
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A page (size, size) uint8 and its boxes (n, 7): class, left, top, right, bottom, printed, meaning."""
    if rng.random() >= _TINY:
        return _page(material, rng, size, _height(rng))
    # A whole page seen from afar: what is too small to be read is not to be taken for a larger digit.
    factor = rng.uniform(1.7, 3.0)
    height = float(np.exp(rng.uniform(*np.log(_TINY_HEIGHTS)))) * factor
    picture, rows = _page(material, rng, round(size * factor), height)
    rows[:, 1:5] /= factor
    if height / factor < _HEIGHTS[0]:
        rows[:, 6] = np.minimum(rows[:, 6], IGNORED if height / factor > _TINY_HEIGHTS[0] + 2 else NEGATIVE)
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), rows


def _page(
    material: Material, rng: np.random.Generator, size: int, height: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    degrees = float(rng.normal(0, 1.2) if rng.random() < 0.75 else rng.uniform(-21, 21))
    canvas = Canvas(size, degrees)
    arrange(canvas, height, material, rng)
    if rng.random() < 0.06:
        ends = rng.uniform(0, size, 4)
        canvas.line((ends[0], ends[1]), (ends[2], ends[3]), max(1.0, 0.09 * height), 1.0, printed=False)
    rows = np.array([box.row() for box in canvas.boxes], np.float32).reshape(-1, 7)
    picture = photographed(_composed(canvas, height, rng), height, rng)
    if rng.random() < _PICTURE_EDGE:
        picture, rows = _cut_off(picture, rows, height, rng)
    if rng.random() < _DARK:
        picture = 255 - picture
    return picture, _judged(rows)


def made_page_of(
    kind: str, height: float, material: Material, rng: np.random.Generator, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A whole page like those of ``made_page``, of one kind of arrangement, nearly level and in writing of one height.

    For benchmarks: ``kind`` is one of ``arrangements.KINDS``, ``height`` in pixels.
    """
    canvas = Canvas(size, float(rng.normal(0, 0.8)))
    arrange(canvas, height, material, rng, kind)
    rows = np.array([box.row() for box in canvas.boxes], np.float32).reshape(-1, 7)
    return photographed(_composed(canvas, height, rng), height, rng), _judged(rows)


def plain_page_of(
    kind: str, height: float, material: Material, rng: np.random.Generator, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The same on clean, evenly lit paper, as drawings and good scans are."""
    canvas = Canvas(size, float(rng.normal(0, 0.8)))
    arrange(canvas, height, material, rng, kind)
    rows = np.array([box.row() for box in canvas.boxes], np.float32).reshape(-1, 7)
    dark, light = rng.uniform(0, 90), rng.uniform(215, 255)
    picture = (
        light
        - (light - dark) * np.maximum(canvas.ink, canvas.print)
        + rng.normal(0, rng.uniform(0, 4), (size, size))
    )
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8), _judged(rows)


def _height(rng: np.random.Generator) -> float:
    if rng.random() < 0.12:
        return float(np.exp(rng.uniform(*np.log(_FAR_TOO_HIGH))))
    middle = float(np.exp(rng.normal(np.log(25), 0.4)))
    return (
        float(np.clip(middle, *_HEIGHTS))
        if rng.random() < 0.75
        else float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    )


def _composed(canvas: Canvas, height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Ink and print on paper, in light: (size, size) float32, 0 … 1 and a little beyond."""
    sheet = paper(canvas.size, height, canvas.degrees, rng)
    dark = rng.uniform(0.02, 0.35) if rng.random() < 0.68 else rng.uniform(0.35, 0.8)
    ink = canvas.ink
    if rng.random() < 0.5:
        ink = ink * np.clip(
            1 - rng.uniform(0.1, 0.6) * np.abs(clouds(canvas.size, rng.uniform(1.5, 10), rng)), 0, 1
        )
    # Print is as dark as the pen, darker, or paler.
    black = dark if rng.random() < 0.35 else rng.uniform(0.0, 0.75)
    return lit(sheet * (1 - canvas.print * (1 - black)) * (1 - ink * (1 - dark)), height, rng)


def _cut_off(
    picture: NDArray[np.uint8], rows: NDArray[np.float32], height: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A picture that ends within the page: beyond its edges lies one grey, as where a reader pads a picture."""
    found = rows[rows[:, 6] > 0]
    around = len(found) and rng.random() < 0.5
    left, top, right, bottom = (
        _around_a_line(found, height, picture.shape[0], rng) if around else _anywhere(picture.shape[0], rng)
    )
    inner = picture[top:bottom, left:right]
    edge = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    cut = np.full_like(picture, int(np.median(edge)))
    cut[top:bottom, left:right] = inner
    inside = rows.copy()
    inside[:, 1:4:2] = np.clip(rows[:, 1:4:2], left, right)
    inside[:, 2:5:2] = np.clip(rows[:, 2:5:2], top, bottom)
    area = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
    seen = (inside[:, 3] - inside[:, 1]) * (inside[:, 4] - inside[:, 2]) / np.maximum(area, 1)
    inside[seen < 0.75, 6] = np.minimum(inside[seen < 0.75, 6], IGNORED)
    inside[seen < 0.5, 6] = NEGATIVE
    return cut, inside[seen > 0]


def _anywhere(size: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    left, top = (int(rng.uniform(0, 0.35) * size) if rng.random() < 0.6 else 0 for _ in range(2))
    right, bottom = (
        size - int(rng.uniform(0, 0.35) * size) if rng.random() < 0.6 else size for _ in range(2)
    )
    return left, top, right, bottom


def _around_a_line(
    rows: NDArray[np.float32], height: float, size: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Close around the symbols that stand beside one of them, as a form's field or a cheque's amount is cut out."""
    one = rows[rng.integers(len(rows))]
    beside = rows[(rows[:, 2] < one[4]) & (rows[:, 4] > one[2])]
    edges = beside[:, 1].min(), beside[:, 2].min(), beside[:, 3].max(), beside[:, 4].max()
    rooms = rng.uniform(-0.05, 0.7, 4) * height * [-1, -1, 1, 1]
    left, top, right, bottom = (
        int(np.clip(edge + room, 0, size)) for edge, room in zip(edges, rooms, strict=True)
    )
    return min(left, size - 8), min(top, size - 8), max(right, left + 8), max(bottom, top + 8)


def _judged(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The boxes; those too high for the network are of no consequence, or are not to be found."""
    tall = np.maximum(rows[:, 4] - rows[:, 2], 0.7 * (rows[:, 3] - rows[:, 1]))
    rows[tall > _TOO_HIGH[0], 6] = np.minimum(rows[tall > _TOO_HIGH[0], 6], IGNORED)
    rows[tall > _TOO_HIGH[1], 6] = NEGATIVE
    return rows
