"""What writing stands on: paper, rules, squares, security patterns, light, shadows, folds, tables and stains.

Every function gives the share of light (size, size) float32 that comes back, about 0 … 1.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Layer = NDArray[np.float32]

_KINDS: Final = (
    ("plain", 0.36),
    ("pattern", 0.2),
    ("ruled", 0.14),
    ("squared", 0.14),
    ("dotted", 0.04),
    ("texture", 0.12),
)


def paper(size: int, height: float, degrees: float, rng: np.random.Generator) -> Layer:
    """A sheet for writing that is ``height`` pixels high, on a page that leans by ``degrees``."""
    base = rng.uniform(0.4, 1.0) if rng.random() < 0.4 else rng.uniform(0.8, 1.0)
    sheet = np.full((size, size), base, np.float32)
    names, shares = zip(*_KINDS, strict=True)
    kind = names[rng.choice(len(names), p=shares)]
    if kind == "pattern":
        sheet = _patterned(sheet, height, rng)
    elif kind in ("ruled", "squared"):
        sheet = _ruled(sheet, height, degrees, kind == "squared", rng)
    elif kind == "dotted":
        sheet = _dotted(sheet, height, rng)
    elif kind == "texture":
        sheet *= 1 + rng.uniform(0.02, 0.1) * clouds(size, rng.uniform(1.2, 12), rng)
    return sheet


def lit(sheet: Layer, height: float, rng: np.random.Generator) -> Layer:
    """The sheet in uneven light, with shadows, folds, stains and the table beside it."""
    size = sheet.shape[0]
    if rng.random() < 0.45:
        sheet = sheet * _light(size, rng)
    if rng.random() < 0.4:
        sheet = sheet * (1 + rng.uniform(0.003, 0.03) * clouds(size, rng.uniform(1.5, 60), rng))
    if rng.random() < 0.05:
        sheet = sheet * _folded(size, rng)
    if rng.random() < 0.05:
        sheet = sheet * _stained(size, height, rng)
    if rng.random() < 0.1:
        sheet = _beside_a_table(sheet, rng)
    return sheet.astype(np.float32)


def clouds(size: int, grain: float, rng: np.random.Generator) -> Layer:
    """Smooth noise (size, size), about ±1, whose spots are ``grain`` pixels wide."""
    knots = max(2, round(size / grain) + 1)
    coarse = rng.standard_normal((knots, knots), np.float32)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def _waves(
    size: int,
    period: float,
    degrees: float,
    rng: np.random.Generator,
    bend: float,
    length: float,
    width: float,
) -> Layer:
    """How much of each pixel is covered by lines ``period`` apart that swing by ``bend`` over ``length`` pixels."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    angle = np.deg2rad(degrees)
    u, v = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    swing = bend * np.sin(2 * np.pi * u / length + rng.uniform(0, 6.3)) if bend else 0.0
    phase = (v + swing) / period + rng.uniform(0, 1)
    away = np.abs(phase % 1 - 0.5) * period
    return np.clip(width / 2 + 0.5 - away, 0, 1).astype(np.float32)


def _patterned(sheet: Layer, height: float, rng: np.random.Generator) -> Layer:
    """The wavy lines of cheques and certificates."""
    size = sheet.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        period, bend = rng.uniform(0.1, 0.45) * height + 2, rng.uniform(0, 0.3) * height
        length, width = rng.uniform(0.5, 6) * height, rng.uniform(0.7, 2.0)
        lines = _waves(size, period, rng.uniform(0, 180), rng, bend, length, width)
        sheet = sheet * (1 - rng.uniform(0.05, 0.4) * lines)
    if rng.random() < 0.5:
        sheet = sheet * (1 + 0.05 * clouds(size, rng.uniform(4, 30), rng))
    return sheet


def _ruled(sheet: Layer, height: float, degrees: float, squared: bool, rng: np.random.Generator) -> Layer:
    size, colour = sheet.shape[0], rng.uniform(0.08, 0.65)
    step = height * (rng.uniform(0.45, 1.1) if squared else rng.uniform(0.9, 2.4))
    width = max(0.7, rng.uniform(0.012, 0.07) * height)
    lean = degrees + rng.normal(0, 0.7)
    bend, length = (rng.uniform(0, 0.06) * height, 3.0 * size) if rng.random() < 0.3 else (0.0, 1.0)
    sheet = sheet * (1 - colour * _waves(size, step, lean, rng, bend, length, width))
    if squared:
        sheet = sheet * (1 - colour * _waves(size, step, lean + 90, rng, bend, length, width))
    elif rng.random() < 0.2:  # the margin's line
        sheet = sheet * (1 - colour * _waves(size, 3 * size, lean + 90, rng, 0, 1, width))
    return sheet


def _dotted(sheet: Layer, height: float, rng: np.random.Generator) -> Layer:
    size, step = sheet.shape[0], rng.uniform(0.5, 1.1) * height
    width = max(1.0, rng.uniform(0.03, 0.09) * height)
    dots = _waves(size, step, 0, rng, 0, 1, width) * _waves(size, step, 90, rng, 0, 1, width)
    return sheet * (1 - rng.uniform(0.2, 0.7) * dots)


def _light(size: int, rng: np.random.Generator) -> Layer:
    side = np.linspace(-1, 1, 24, dtype=np.float32)
    angle = rng.uniform(0, 6.3)
    light = 1 - rng.uniform(0, 0.45) * (1 + side[None] * np.cos(angle) + side[:, None] * np.sin(angle)) / 2.4
    if rng.random() < 0.4:
        turn = rng.uniform(0, 6.3)
        edge = side[None] * np.cos(turn) + side[:, None] * np.sin(turn)
        softness = rng.uniform(0.015, 0.2)
        steps = np.clip((edge - rng.uniform(-0.6, 0.6)) / softness, -20, 20)
        light = light * (1 - rng.uniform(0.1, 0.55) / (1 + np.exp(-steps)))
    return np.asarray(
        cv2.resize(light.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _folded(size: int, rng: np.random.Generator) -> Layer:
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    angle = rng.uniform(0, 6.3)
    away = (x - rng.uniform(0, size)) * np.cos(angle) + (y - rng.uniform(0, size)) * np.sin(angle)
    crease = np.exp(-((away / rng.uniform(0.7, 3)) ** 2))
    return (1 - rng.uniform(-0.15, 0.3) * crease - rng.uniform(0, 0.15) * (away > 0)).astype(np.float32)


def _stained(size: int, height: float, rng: np.random.Generator) -> Layer:
    """A stain, or a stamp's ring."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    radius = rng.uniform(0.8, 3) * height
    from_middle = np.hypot(x - rng.uniform(0, size), y - rng.uniform(0, size))
    ring = np.clip(rng.uniform(0.5, 3) - np.abs(from_middle - radius), 0, 1)
    return (1 - rng.uniform(0.1, 0.5) * ring - rng.uniform(0, 0.15) * (from_middle < radius)).astype(
        np.float32
    )


def _beside_a_table(sheet: Layer, rng: np.random.Generator) -> Layer:
    """Beyond a straight edge lies what the sheet lies on, darker or lighter, with a grain."""
    size = sheet.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    angle = rng.uniform(0, 6.3)
    away = (x - size / 2) * np.cos(angle) + (y - size / 2) * np.sin(angle)
    outside = np.clip(away - rng.uniform(0.3, 0.55) * size + 0.5, 0, 1)
    table = rng.uniform(0.05, 0.8) * (1 + 0.15 * clouds(size, rng.uniform(3, 20), rng))
    edge = 1 - rng.uniform(0, 0.5) * np.exp(
        -((away - rng.uniform(0.3, 0.55) * size) ** 2) / rng.uniform(2, 60)
    )
    return (sheet * (1 - outside) + table * outside) * edge
