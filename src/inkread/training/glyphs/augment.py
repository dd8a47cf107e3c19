"""Augmentation: a digit as another hand, pen and scanner would have made it (full), or a little moved (light).

Full augmentation perturbs the ink at four times a glyph's resolution, on 112 × 112, and never after normalisation: what
the network learns from has gone through ``glyphs.normalise`` exactly as what it will read. Turning, slant, stretch and
elastic distortion (Simard, Steinkraus, Platt 2003, "Best practices for convolutional neural networks applied to visual
document analysis") are one displacement field and one ``cv2.remap``. Light
augmentation is one interpolation in 28 × 28.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.glyphs import normalise
from inkread.measure import stroke_width
from inkread.training.data.strokes import CANVAS
from inkread.training.synthesis.characters.degradation import as_jpeg
from inkread.training.synthesis.characters.stroke_variants import with_habit

Ink = NDArray[np.float32]

_MIDDLE = (CANVAS - 1) / 2
_Y, _X = (grid.astype(np.float32) for grid in np.mgrid[0:CANVAS, 0:CANVAS] - _MIDDLE)
_FADED = 0.35
"""A digit that keeps less of its ink than this share has lost strokes, not width: it is left as it was."""


@dataclass(frozen=True, slots=True)
class Perturbation:
    """How far samples are perturbed, and how often (probabilities, 0 … 1).

    The ranges were chosen by looking at contact sheets: as wide as a person still reads every digit.
    """

    turn_degrees: float = 12.0
    slant: float = 0.3
    """Largest shear: horizontal shift over height."""
    stretch: float = 0.28
    """Largest |ln| of the ratio by which width and height are scaled apart."""
    elastic: float = 4.5
    """How far ink is displaced, in 1/112 of the canvas."""
    width_ratio: float = 2.0
    """Strokes become up to this much wider or thinner."""
    pen_chance: float = 0.6
    blur_chance: float = 0.4
    edge_chance: float = 0.3
    coarse_chance: float = 0.15
    square_chance: float = 0.3
    """Among the coarse: stretched to a square, as 16 × 16 collections do."""
    grain_chance: float = 0.1
    break_chance: float = 0.06
    speck_chance: float = 0.1
    rule_chance: float = 0.06
    """A printed rule through the digit or under it: what is left of one, or the gap that taking it out has left."""
    jpeg_chance: float = 0.08

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if name.endswith("_chance") and not 0 <= value <= 1:
                raise ValueError(f"{name} must lie in 0 … 1, not {value}")
            if not value >= 0:
                raise ValueError(f"{name} must not be negative, not {value}")
        if self.width_ratio < 1:
            raise ValueError(f"width_ratio must be at least 1, not {self.width_ratio}")


def enlarge(image: NDArray[np.uint8]) -> Ink:
    """An MNIST image (28, 28) uint8 as ink (112, 112) float32, 0 paper … 1 ink, with smooth edges."""
    fine = cv2.resize(image, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    return fine.astype(np.float32) / np.float32(255)


def perturb(ink: Ink, rng: np.random.Generator, how: Perturbation) -> Ink:
    """Ink (h, w) float32, 0 … 1, not yet normalised, of the same digit as ``ink`` (112, 112).

    The input is left as it is. The same generator state gives the same result.
    """
    ink = _warp(ink, rng, how)
    chance = rng.random(9)
    if chance[7] < how.rule_chance:
        ink = _rule(ink, rng)
    if chance[0] < how.break_chance:
        ink = _break(ink, rng)
    if chance[1] < how.pen_chance:
        ink = _change_pen(ink, rng, how.width_ratio)
    if chance[2] < how.grain_chance:
        ink = _grain(ink, rng)
    if chance[3] < how.blur_chance:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.7, 3.2)), np.float32)
    if chance[4] < how.edge_chance:
        ink = _harden(ink, rng)
    if chance[5] < how.speck_chance:
        ink = _speck(ink, rng)
    if chance[6] < how.coarse_chance:
        ink = _coarsen(ink, rng, square=bool(rng.random() < how.square_chance))
    if chance[8] < how.jpeg_chance:
        ink = as_jpeg(ink, int(rng.integers(8, 50)))
    return ink


def _warp(ink: Ink, rng: np.random.Generator, how: Perturbation) -> Ink:
    """Turned, slanted, stretched and elastically distorted, in one interpolation."""
    turn = np.deg2rad(rng.uniform(-how.turn_degrees, how.turn_degrees))
    slant = rng.uniform(-how.slant, how.slant)
    ratio = np.exp(rng.uniform(-how.stretch, how.stretch) / 2)
    # Output -> source. A little shrunk (× 1.15 back), so that what is stretched stays on the canvas.
    linear = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[1, slant], [0, 1]]
    linear = 1.15 * linear @ np.diag([1 / ratio, ratio])
    coarse = int(rng.integers(4, 8))
    # A finer field bends more sharply for the same displacement.
    amount = how.elastic * rng.random() * 1.5 * 4 / coarse
    field = cv2.resize(
        rng.normal(0, amount, (coarse, coarse, 2)).astype(np.float32),
        (CANVAS, CANVAS),
        interpolation=cv2.INTER_CUBIC,
    )
    a, b, c, d = (np.float32(value) for value in linear.ravel())
    x = a * _X + b * _Y + np.float32(_MIDDLE) + field[..., 0]
    y = c * _X + d * _Y + np.float32(_MIDDLE) + field[..., 1]
    return np.asarray(cv2.remap(ink, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)


def _change_pen(ink: Ink, rng: np.random.Generator, largest: float) -> Ink:
    """Strokes up to ``largest`` times wider or thinner."""
    ratio = float(np.exp(rng.uniform(-1, 1) * np.log(largest)))
    size = round(abs(ratio - 1) * stroke_width(ink)) + 1
    if size < 2:
        return ink
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    if ratio > 1:
        return np.asarray(cv2.dilate(ink, disk), np.float32)
    thinner = np.asarray(cv2.erode(ink, disk), np.float32)
    return thinner if thinner.sum() > _FADED * ratio * 2 * ink.sum() else ink


def _grain(ink: Ink, rng: np.random.Generator) -> Ink:
    """Pencil on rough paper, or a drying felt pen: the ink's darkness varies from place to place."""
    side = int(rng.integers(14, 57))
    noise = rng.normal(1, rng.uniform(0.1, 0.4), (side, side)).astype(np.float32)
    return _clipped(ink * cv2.resize(noise, (CANVAS, CANVAS), interpolation=cv2.INTER_LINEAR))


def _harden(ink: Ink, rng: np.random.Generator) -> Ink:
    """Edges as a threshold leaves them, hard or steep, at a level of its own."""
    level, steepness = rng.uniform(0.3, 0.6), rng.uniform(2, 12)
    return _clipped((ink / max(float(ink.max()), 1e-6) - level) * steepness + 0.5)


def _break(ink: Ink, rng: np.random.Generator) -> Ink:
    """A gap of less than a stroke's width, where the pen skipped."""
    rows, columns = np.nonzero(ink > 0.5)
    if rows.size == 0:
        return ink
    at = int(rng.integers(rows.size))
    angle = rng.uniform(0, np.pi)
    step = 14 * np.array([np.cos(angle), np.sin(angle)])
    start, end = ([round(columns[at] + s * step[0]), round(rows[at] + s * step[1])] for s in (-1, 1))
    gap = cv2.line(np.zeros_like(ink), start, end, 1.0, int(rng.integers(2, 5)))
    return _clipped(ink - cv2.GaussianBlur(gap, (0, 0), 1.0))


def _speck(ink: Ink, rng: np.random.Generator) -> Ink:
    """A speck, or the tip of a neighbour's stroke, close to the ink's box."""
    left, top, width, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    if width == 0:
        return ink
    x = left + width + rng.uniform(-2, 5) if rng.random() < 0.5 else left - rng.uniform(-2, 5)
    y = top + rng.uniform(0, 1) * height
    length = rng.uniform(0, 0.18) * height
    angle = rng.uniform(0, np.pi)
    start = (round(x), round(y))
    end = (round(x + length * np.cos(angle) / 2), round(y + length * np.sin(angle)))
    width = int(rng.integers(2, 8))
    return np.asarray(cv2.line(ink.copy(), start, end, rng.uniform(0.5, 1.0), width), np.float32)


def _rule(ink: Ink, rng: np.random.Generator) -> Ink:
    """A thin rule across, nearly level and now and then upright: half of the time drawn, half of the time taken out."""
    left, top, width, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    if width == 0:
        return ink
    y = top + height * (rng.uniform(0.85, 1.05) if rng.random() < 0.6 else rng.uniform(0.0, 0.85))
    tilt = rng.uniform(-0.06, 0.06) * width
    taken = rng.random() < 0.5
    beyond = rng.uniform(0, 0.25, 2) * width
    start, end = (
        (round(left - beyond[0]), round(y - tilt)),
        (round(left + width + beyond[1]), round(y + tilt)),
    )
    rule = cv2.line(np.zeros_like(ink), start, end, 1.0, int(rng.integers(1, 4)))
    if taken:
        return _clipped(ink - rule * rng.uniform(0.5, 1.0))
    return np.asarray(np.maximum(ink, rule * np.float32(rng.uniform(0.2, 0.8))), np.float32)


def _coarsen(ink: Ink, rng: np.random.Generator, square: bool) -> Ink:
    """As scanned at 10 to 18 pixels' height and enlarged again, often in black and white.

    ``square`` stretches the box towards a square, by at most 2.5, as USPS and Semeion do.
    """
    left, top, width, height = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    if min(width, height) < 3:
        return ink
    side = int(rng.integers(10, 19))
    ratio = width / height
    if square:
        ratio = float(np.clip(1.0, ratio / 2.5, ratio * 2.5))
    size_wh = (max(3, round(side * min(1.0, ratio))), max(3, round(side * min(1.0, 1 / ratio))))
    small = cv2.resize(ink[top : top + height, left : left + width], size_wh, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = (small > rng.uniform(0.3, 0.55) * max(float(small.max()), 1e-6)).astype(np.float32)
    small = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0.0)
    method = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    bigger = cv2.resize(small, (small.shape[1] * 5, small.shape[0] * 5), interpolation=method)
    return _clipped(bigger)


def _clipped(ink: NDArray[Any]) -> Ink:
    return np.asarray(np.clip(ink, 0, 1), np.float32)


_TURN_DEGREES, _SLANT, _STRETCH, _SHIFT = 9.0, 0.15, 0.1, 1.5
"""The largest of each, the shift in pixels: about half of what makes people hesitate between 4 and 9, 1 and 7."""
_LIGHT_MIDDLE = 13.5


def lightly(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Images (n, 28, 28) uint8, each moved at random; the input is left as it is."""
    moved = np.empty_like(images)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for image, matrix, out in zip(images, _matrices(len(images), rng), moved, strict=True):
        cv2.warpAffine(image, matrix, (28, 28), dst=out, flags=flags)
    return moved


def _matrices(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Maps (n, 2, 3) from where a pixel goes to where it comes from, each about the image's middle."""
    turn = np.deg2rad(rng.uniform(-_TURN_DEGREES, _TURN_DEGREES, count))
    slant = rng.uniform(-_SLANT, _SLANT, count)
    across, down = np.exp(rng.uniform(-_STRETCH, _STRETCH, (2, count)))
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array(
        [[cos * across, (slant * cos - sin) * across], [sin * down, (slant * sin + cos) * down]]
    )
    linear = linear.transpose(2, 0, 1)
    shift = rng.uniform(-_SHIFT, _SHIFT, (count, 2)) + _LIGHT_MIDDLE - linear.sum(axis=2) * _LIGHT_MIDDLE
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def make_variants(
    image: NDArray[np.uint8], label: int, augment: str, count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """``count`` variants (count, 28, 28) uint8 of one image (28, 28) uint8, made as training makes them.

    ``augment`` is one of the recipe's ``AUGMENTS``; of ``full``'s mix these are the perturbed images, with
    the usual ranges.
    """
    same = np.repeat(image[None], count, axis=0)
    if augment == "none":
        return same
    if augment == "light":
        return lightly(same, rng)
    ink, how = enlarge(image), Perturbation()
    glyphs = [normalise(perturb(with_habit(ink, label, rng), rng, how)) for _ in range(count)]
    return np.rint(np.stack(glyphs) * 255).astype(np.uint8)
