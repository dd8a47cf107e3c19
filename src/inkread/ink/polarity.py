"""Is the writing darker or lighter than its paper? And is that paper plain, of one shade everywhere?

This module does not know which ink is writing: only what departs from its surroundings, and to which side.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.ink.copies import grey_of, thumbnail

__all__ = ["is_light_on_dark", "plain_paper"]

_POLARITY_THUMBNAIL = 64
"""Longer side, in pixels, of the small copy on which polarity is judged."""
_NEIGHBOURHOOD = 0.2
"""Side, in longer sides of the picture, of the squares in each of which plain paper is to be seen."""


def plain_paper(image: NDArray[np.uint8]) -> int | None:
    """The one shade of grey that the paper has everywhere, if it has: in drawings, not in photos.

    It is the lightest or the darkest shade of the picture, that of half of it, and to be seen in every neighbourhood:
    so there is no light to be undone, and no doubt which is the paper.
    """
    if image.ndim == 3:
        return None
    height, width = image.shape
    darkest, lightest, _, _ = cv2.minMaxLoc(image)
    for shade, reduce in ((lightest, np.maximum), (darkest, np.minimum)):
        if 2 * cv2.countNonZero(cv2.compare(image, shade, cv2.CMP_EQ)) < image.size or darkest == lightest:
            continue
        side = max(1, min(height, width, round(_NEIGHBOURHOOD * max(height, width))))
        best = reduce.reduceat(image, np.arange(0, height - side + 1, side), axis=0)
        best = reduce.reduceat(best, np.arange(0, width - side + 1, side), axis=1)
        if (best == shade).all():
            return int(shade)
    return None


def is_light_on_dark(image: NDArray[np.uint8]) -> bool:
    """Whether the writing in ``image`` (H, W, 3) or (H, W), uint8, is lighter than what it is written on.

    Paper is what most of the neighbourhood is made of: ink departs from the local median, and the side on
    which more of it departs is the ink's. A photo may also show a table, a frame or a shadow, which depart as
    well; where the answer is not clear-cut, the thin structures (black and white top-hats) have their say.
    """
    # Sampled, not averaged: on a page full of digits averages are grey, and neither ink nor paper.
    grey = grey_of(thumbnail(image, _POLARITY_THUMBNAIL, cv2.INTER_NEAREST))
    window = max(3, int(0.6 * max(grey.shape)) | 1)
    usual = cv2.medianBlur(grey, min(window, 255))
    evidence = _log_ratio(_squares(cv2.subtract(usual, grey)), _squares(cv2.subtract(grey, usual)))
    # Both limits were chosen on the develop sets wild_numbers, wild_single and cheques.
    if abs(evidence) < 7 and max(image.shape[:2]) > 160:
        evidence = evidence / 6 + _thin_evidence(image, 256, 13) + _thin_evidence(image, 1024, 15)
    return evidence < 0


def _thin_evidence(image: NDArray[np.uint8], longer_side: int, widest: int) -> float:
    """How much more is dark than light among what is thinner than ``widest`` pixels of a thumbnail; log2."""
    grey = grey_of(thumbnail(image, longer_side))
    reach = max(3, round(widest * max(grey.shape) / longer_side)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)
    counts = [_histogram(dark), _histogram(light)]
    noise = 3 * max(int(np.searchsorted(np.cumsum(count), grey.size / 2)) for count in counts)
    dark_squares, light_squares = (
        float(count @ np.square(np.maximum(np.arange(256.0) - noise, 0))) for count in counts
    )
    return _log_ratio(dark_squares, light_squares)


def _histogram(levels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How many pixels have each of the 256 levels: sums over levels are made much faster than over pixels."""
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256])
    return counts.ravel().astype(np.float64)


def _squares(levels: NDArray[np.uint8]) -> float:
    return float(_histogram(levels) @ np.square(np.arange(256.0)))


def _log_ratio(dark: float, light: float) -> float:
    return float(np.log2((dark + 1) / (light + 1)))
