"""From light to a grey picture: focus, resolution, noise, contrast, compression, polarity."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.synthesis.characters.degradation import as_jpeg


def photographed(light: NDArray[np.float32], height: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """``light`` (size, size) float32, about 0 … 1, as a camera, scanner or drawing program saves it: uint8.

    ``height`` is that of the writing in pixels: blur is a share of it.
    """
    kind = rng.random()
    if kind < 0.12:  # a drawing program: no camera at all
        return _bytes(light)
    if kind < 0.2:
        light = _thresholded(light, rng)
    if rng.random() < 0.7:
        light = cv2.GaussianBlur(light, (0, 0), max(0.35, rng.uniform(0.004, 0.045) * height))
    if rng.random() < 0.2:
        light = _coarse(light, rng)
    if rng.random() < 0.04:
        light = cv2.filter2D(light, -1, _shaken(rng.uniform(1.5, 0.14 * height + 2), rng.uniform(0, 180)))
    if rng.random() < 0.65:
        light = light + np.float32(rng.uniform(0.003, 0.055)) * rng.standard_normal(light.shape, np.float32)
    if rng.random() < 0.3:
        light = np.clip(light, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.45:
        light = as_jpeg(np.clip(light, 0, 1).astype(np.float32), int(rng.integers(20, 92)))
    return _bytes(light)


def _bytes(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(light, 0, 1) * 255), np.uint8)


def _thresholded(light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A scan in black and white, whose threshold follows the light."""
    local = cv2.GaussianBlur(light, (0, 0), 12)
    return (light > local * rng.uniform(0.75, 0.95)).astype(np.float32)


def _coarse(light: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A picture that was made smaller and larger again, as thumbnails are."""
    factor, size_wh = rng.uniform(0.4, 0.9), light.shape[::-1]
    small = cv2.resize(light, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)[int(rng.integers(3))]
    return np.asarray(cv2.resize(small, size_wh, interpolation=how), np.float32)


def _shaken(length: float, degrees: float) -> NDArray[np.float32]:
    """The kernel of a movement of ``length`` pixels."""
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    middle, angle = side // 2, np.deg2rad(degrees)
    over = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(round(16 * float(each)) for each in middle + sign * over) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(float(kernel.sum()), 1e-6)
