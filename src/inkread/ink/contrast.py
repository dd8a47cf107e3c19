"""Image -> contrast: the share of the paper's light that is missing, whatever the light and the paper.

This module does not know how much must be missing to be ink.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.ink.copies import grey_of, thumbnail

__all__ = ["contrast_of", "contrast_on"]

_PAPER_THUMBNAIL = 72
"""Longer side, in pixels, of the small copy on which the paper is sought."""
_SHADOW_THUMBNAIL = 128
"""Longer side, in pixels, of the small copy on which shadows are sought."""
_OFFSET = 4
"""Levels of light that are added to ink and paper: the ratio of two near-blacks is noise."""
_BROAD = 0.06
"""Share of the picture's longer side; what is wider is a shadow, if shadows have edges."""
_FAINT = 0.16
"""Ink wider than an eighth of the picture is a brush, and a brush swallows more light than this."""


def contrast_of(image: NDArray[np.uint8], shadows: bool = False) -> NDArray[np.float32]:
    """Share of the paper's light that is missing, 0 … 1, (H, W) float32: the largest over the channels.

    ``shadows``: the paper's light may change at once, too, as at the edge of a shadow; then nothing wider than a pen is
    ink.
    """
    height, width = image.shape[:2]
    paper = (
        _near(image)
        if shadows
        else cv2.resize(_paper(image), (width, height), interpolation=cv2.INTER_LINEAR)
    )
    # Bytes do: a step of 1/255 is a ninth of the least contrast that counts, and eight times as fast as floats.
    offset = np.full_like(image, _OFFSET)
    ratio = cv2.divide(cv2.add(image, offset), cv2.add(paper, offset), scale=255)
    # Colour is noisier than brightness in photos (JPEG halves its resolution): smooth it a little.
    colour = cv2.blur(ratio, (3, 3))
    if image.ndim == 3:
        red, green, blue = cv2.split(colour)
        colour = cv2.min(cv2.min(red, green), blue)
    left = cv2.min(colour, grey_of(ratio))
    return _without_shadows(cv2.LUT(left, _MISSING))


def contrast_on(shade: int, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``contrast_of`` of a grey image whose paper is of one ``shade``, its lightest or its darkest."""
    if int(cv2.minMaxLoc(image)[0]) == shade:
        image, shade = cv2.bitwise_not(image), 255 - shade
    return cv2.LUT(cv2.min(cv2.blur(image, (3, 3)), image), _missing_of(shade))


@cache
def _missing_of(shade: int) -> NDArray[np.float32]:
    """The share (256,) of the light of a paper of this ``shade`` that is missing, by what is left."""
    left = (np.arange(256, dtype=np.float32) + _OFFSET) / np.float32(shade + _OFFSET)
    return np.maximum(1 - left, 0)


_MISSING = (255 - np.arange(256, dtype=np.float32)) / np.float32(255)
"""The share of light that is missing, by what is left of 255."""


def _without_shadows(contrast: NDArray[np.float32]) -> NDArray[np.float32]:
    """Contrast less what is both faint and wider than any stroke: a soft shadow, a stain, a fold."""
    height, width = contrast.shape
    scale = min(1.0, _SHADOW_THUMBNAIL / max(height, width))
    small_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(contrast, small_wh, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.12 * max(small_wh))) | 1
    wide = cv2.morphologyEx(
        small, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    )
    wide = cv2.blur(wide, (reach // 2 | 1, reach // 2 | 1))
    faint = np.clip((_FAINT - wide) / (0.25 * _FAINT), 0, 1)
    shadow = (wide * faint).astype(np.float32)
    if not shadow.any():
        return contrast
    contrast -= cv2.resize(shadow, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.maximum(contrast, 0, out=contrast)


def _near(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The paper beside each pixel: what is left when all that is narrower than a broad pen is closed.

    The edge of a shadow stays where it is.
    """
    reach = max(3, round(_BROAD * max(image.shape[:2]))) | 1
    return np.asarray(cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)), np.uint8)


def _paper(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The paper without its ink, (h, w[, 3]) uint8 at the size of a thumbnail.

    A morphological closing fills every dark stroke from its surroundings, yet follows slow changes of light;
    the paper found so, less what is clearly ink, is then averaged.
    """
    small = thumbnail(image, _PAPER_THUMBNAIL)
    height, width = small.shape[:2]
    reach = max(3, min(height, width) // 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    closed = cv2.GaussianBlur(closed, (0, 0), reach / 6).astype(np.float32)
    missing = 1 - (small + np.float32(_OFFSET)) / (closed + np.float32(_OFFSET))
    if missing.ndim == 3:
        missing = missing.max(axis=2)
    # Where a quarter of the strongest contrast is missing there is ink; the rest tells the paper's level.
    weight = (missing < max(0.25 * float(missing.max()), 0.02)).astype(np.float32)
    sigma = reach / 4
    known = cv2.GaussianBlur(weight, (0, 0), sigma)
    if small.ndim == 3:
        weight, known = weight[..., None], known[..., None]
    mean = cv2.GaussianBlur(small * weight, (0, 0), sigma)
    trust = np.minimum(known / 0.2, 1)
    paper = trust * mean / np.maximum(known, 1e-6) + (1 - trust) * closed
    return np.clip(paper + 0.5, 0, 255).astype(np.uint8)
