"""Light augmentation: MNIST's images as they are, a little turned, slanted, stretched and shifted.

One interpolation in 28 × 28 and no normalisation: cheap enough to be done anew for every epoch beside a small
network. What makes a network ready for other people's pens is ``augment``, not this.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_TURN_DEGREES, _SLANT, _STRETCH, _SHIFT = 9.0, 0.15, 0.1, 1.5
"""The largest of each, the shift in pixels: about half of what makes people hesitate between 4 and 9, 1 and 7."""
_MIDDLE = 13.5


def lightly(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Images (n, 28, 28) uint8, each moved by chance; the input is left as it is."""
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
    shift = rng.uniform(-_SHIFT, _SHIFT, (count, 2)) + _MIDDLE - linear.sum(axis=2) * _MIDDLE
    return np.concatenate([linear, shift[:, :, None]], axis=2)
