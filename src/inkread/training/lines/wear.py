"""What paper, pen, scanner and camera do to the ink of a line: soft, broken, grainy, hard, coarse, bent.

Each comes now and then, and several may come together.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]


def worn(ink: Ink, pen: float, rng: np.random.Generator) -> Ink:
    """``ink`` (H, W) float32, 0 paper … 1 ink, worn; ``pen`` in pixels. The picture may change its width."""
    if rng.random() < 0.35:
        ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 0.35 + 0.35 * pen))
    if rng.random() < 0.12:
        ink = _broken(ink, pen, rng)
    if rng.random() < 0.15:
        grain = rng.normal(0, rng.uniform(0.03, 0.12), ink.shape) * (ink > 0.05)
        ink = np.clip(ink + grain, 0, 1).astype(np.float32)
    if rng.random() < 0.25:  # contrast, about a threshold that is not quite right
        harder = np.clip((ink - 0.5) * rng.uniform(1.2, 4) + 0.5 + rng.normal(0, 0.1), 0, 1)
        ink = harder.astype(np.float32) * (ink > 0.02)
    if rng.random() < 0.15:
        ink = _coarse(ink, rng)
    if rng.random() < 0.25:
        across = float(np.exp(rng.normal(0, 0.15)))
        ink = cv2.resize(ink, None, fx=across, fy=1, interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        ink = _sheared(ink, float(rng.normal(0, 0.12)))
    if rng.random() < 0.2:
        ink = _wavy(ink, rng)
    return ink


def _broken(ink: Ink, pen: float, rng: np.random.Generator) -> Ink:
    """A pen that now and then hardly marks, in blotches about as wide as itself."""
    tall, wide = ink.shape
    blotches = rng.standard_normal((max(2, int(tall / pen)), max(2, int(wide / pen))), np.float32)
    faint = np.maximum(0, cv2.resize(blotches, (wide, tall), interpolation=cv2.INTER_CUBIC))
    return ink * np.clip(1.6 - faint * rng.uniform(0.4, 1.0), 0, 1)


def _coarse(ink: Ink, rng: np.random.Generator) -> Ink:
    """A scan in which digits are a dozen pixels high, at times in black and white."""
    scale = rng.uniform(12, 22) / 30
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:
        small = (small > 0.4).astype(np.float32)
    return cv2.resize(small, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_LINEAR)


def _sheared(ink: Ink, slant: float) -> Ink:
    tall, wide = ink.shape
    room = abs(slant) * tall / 2
    matrix = np.array([[1, -slant, room + slant * tall / 2], [0, 1, 0]])
    return cv2.warpAffine(ink, matrix, (int(wide + 2 * room + 1), tall))


def _wavy(ink: Ink, rng: np.random.Generator) -> Ink:
    """A base line that goes up and down, as on paper that is bent."""
    tall, wide = ink.shape
    phase, reach = rng.uniform(0, 6.3), rng.uniform(0.02, 0.05) * tall
    period = rng.uniform(1, 4) * tall
    y, x = np.mgrid[:tall, :wide].astype(np.float32)
    wave = reach * np.sin(np.arange(wide) / period * 6.28 + phase)
    return cv2.remap(ink, x, (y + wave).astype(np.float32), cv2.INTER_LINEAR)
