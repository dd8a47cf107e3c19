"""A picture -> copies of it: smaller or larger, or without its colour where it has none.

Copies are made in the way that is fastest for their size, since every picture is copied before anything is known of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["grey_of", "handy", "resized", "thumbnail", "without_colour"]
_PIXELS_AT_ONCE = 500_000
"""A large picture is looked at for colour in strips that the processor has at hand."""


_SMALL = 100_000
"""Pixels of a picture all of which are as soon looked at as some."""


def grey_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) of (H, W, 3) RGB or (H, W) grey, uint8."""
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def thumbnail(image: NDArray[np.uint8], longer_side: int, method: int = cv2.INTER_AREA) -> NDArray[np.uint8]:
    """The picture with a longer side of at most that many pixels."""
    height, width = image.shape[:2]
    scale = longer_side / max(height, width)
    if scale >= 1:
        return image
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size_wh, interpolation=method)


def without_colour(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) without any colour as (H, W), which all that follows is done with three times as fast."""
    if image.ndim == 2:
        return image
    height, width = image.shape[:2]
    if height * width > _SMALL and _is_coloured(image[:: max(1, height // 16)]):
        return image  # it shows in a few rows
    grey = np.empty((height, width), np.uint8)
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        strip = np.s_[top : top + rows]
        if _is_coloured(image[strip], grey[strip]):
            return image
    return grey


def _is_coloured(image: NDArray[np.uint8], grey: NDArray[np.uint8] | None = None) -> bool:
    """Whether (h, w, 3) has any colour; ``grey`` (h, w) is written into: the picture without."""
    # One channel is as good as their mean, and is taken out in half the time.
    grey = cv2.extractChannel(image, 0, grey)
    return cv2.norm(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), image, cv2.NORM_INF) > 0


def handy(scale: float) -> float:
    """The next larger 1/2, 1/3, 1/4 …: means of whole squares are made several times as fast as others."""
    return 1 / int(1 / scale) if scale <= 0.5 else scale


def resized(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """The picture (H, W[, 3]) at ``scale``; what is over at the right and lower edge of 1/2, 1/3 … is left out."""
    if scale == 1.0:
        return image
    height, width = image.shape[:2]
    step = round(1 / scale)
    if (
        step > 1 and scale == 1 / step
    ):  # what is left of a square at the right and lower edge is not looked at
        height, width = height // step, width // step
        return cv2.resize(
            image[: height * step, : width * step], (width, height), interpolation=cv2.INTER_AREA
        )
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size_wh, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
