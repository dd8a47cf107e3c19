"""Image -> ink map: any pen, any paper, uneven light.

Light falling on paper multiplies, so ink is measured as the share of the paper's light that it swallows,
channel by channel: coloured ink is dark in at least one channel, and a shadow cancels out. What counts as
ink is then decided where it can be decided best, at edges: the mean brightness of edge pixels lies half-way
between a stroke and its paper, however little of the page is written on (thresholding by edge pixels goes
back to Weszka, Nagel and Rosenfeld 1974, "A threshold selection technique").

This module does not know what is written, nor which ink is a digit.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import page_stroke_width

__all__ = ["find_ink", "is_light_on_dark"]

_THUMBNAIL = 128
"""Longer side, in pixels, of the small copy on which polarity is judged, …"""
_PAPER_THUMBNAIL = 72
"""… and of the one on which the paper is."""
_OFFSET = 4
_LEAST_CONTRAST = 0.035
"""Ink must swallow at least this share of the light at the middle of its edge; a faint 2H pencil takes 0.06."""
_FAINT = 0.16
"""Ink wider than an eighth of the picture is a brush, and a brush swallows more light than this."""
_NOISE_FACTOR = 4.0
"""… and at least this many times the noise of the paper."""


def find_ink(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The ink map (H, W) float32, 0 paper … 1 ink with soft edges, of an image (H, W, 3) uint8 RGB.

    Dark on light or light on dark is decided from the image. An image without contrast gives an empty map.
    """
    if is_light_on_dark(image):
        image = cv2.bitwise_not(image)
    contrast = _contrast(image)
    threshold = _threshold(contrast)
    # The threshold is half-way up the edge: twice of it is full ink. A seventh at either end is cut off, so
    # that paper grain is exactly 0 and the uneven flow of a pen exactly 1.
    ink = np.clip((contrast / (2 * threshold) - 0.15) / 0.7, 0, 1).astype(np.float32)
    return _without_specks(ink)


def is_light_on_dark(image: NDArray[np.uint8]) -> bool:
    """Whether the writing in ``image`` (H, W, 3) uint8 is lighter than what it is written on.

    Paper is what most of the neighbourhood is made of: ink departs from the local median, and the side on
    which more of it departs is the ink's. A photo may also show a table, a frame or a shadow, which depart as
    well; where the answer is not clear-cut, the thin structures (black and white top-hats) have their say.
    """
    # Sampled, not averaged: on a page full of digits averages are grey, and neither ink nor paper.
    grey = cv2.cvtColor(_thumbnail(image, _THUMBNAIL, cv2.INTER_NEAREST), cv2.COLOR_RGB2GRAY)
    window = max(3, int(0.6 * max(grey.shape)) | 1)
    departure = grey.astype(np.float32) - cv2.medianBlur(grey, min(window, 255))
    evidence = _log_ratio(np.minimum(departure, 0), np.maximum(departure, 0))
    # Both limits were chosen on the develop sets wild_numbers, wild_single and cheques.
    if abs(evidence) < 7 and max(image.shape[:2]) > 160:
        evidence = evidence / 6 + _thin_evidence(image, 256, 13) + _thin_evidence(image, 1024, 15)
    return evidence < 0


def _thin_evidence(image: NDArray[np.uint8], longer_side: int, widest: int) -> float:
    """How much more is dark than light among what is thinner than ``widest`` pixels of a thumbnail; log2."""
    grey = cv2.cvtColor(_thumbnail(image, longer_side), cv2.COLOR_RGB2GRAY)
    reach = max(3, round(widest * max(grey.shape) / longer_side)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)
    noise = 3 * max(float(np.median(dark)), float(np.median(light)))
    return _log_ratio(np.maximum(dark - np.float32(noise), 0), np.maximum(light - np.float32(noise), 0))


def _log_ratio(dark: NDArray[np.float32], light: NDArray[np.float32]) -> float:
    return float(np.log2((np.square(dark).sum() + 1) / (np.square(light).sum() + 1)))


def _thumbnail(image: NDArray[np.uint8], longer_side: int, method: int = cv2.INTER_AREA) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = longer_side / max(height, width)
    if scale >= 1:
        return image
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size_wh, interpolation=method)


def _contrast(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Share of the paper's light that is missing, 0 … 1, (H, W) float32: the largest over the channels."""
    height, width = image.shape[:2]
    paper = cv2.resize(_paper(image), (width, height), interpolation=cv2.INTER_LINEAR)
    # Bytes do: a step of 1/255 is a ninth of the least contrast that counts, and eight times as fast as floats.
    # The small offset keeps the ratio of two near-blacks from being noise.
    offset = np.full_like(image, _OFFSET)
    ratio = cv2.divide(cv2.add(image, offset), cv2.add(paper, offset), scale=255)
    # Colour is noisier than brightness in photos (JPEG halves its resolution): smooth it a little.
    red, green, blue = cv2.split(cv2.blur(ratio, (3, 3)))
    colour = cv2.min(cv2.min(red, green), blue)
    left = cv2.min(colour, cv2.cvtColor(ratio, cv2.COLOR_RGB2GRAY))
    return _without_shadows((255 - left).astype(np.float32) / np.float32(255))


def _without_shadows(contrast: NDArray[np.float32]) -> NDArray[np.float32]:
    """Contrast less what is both faint and wider than any stroke: a soft shadow, a stain, a fold."""
    height, width = contrast.shape
    scale = min(1.0, _THUMBNAIL / max(height, width))
    small_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(contrast, small_wh, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.12 * max(small_wh))) | 1
    wide = cv2.morphologyEx(
        small, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    )
    wide = cv2.blur(wide, (reach // 2 | 1, reach // 2 | 1))
    faint = np.clip((_FAINT - wide) / (0.25 * _FAINT), 0, 1)
    shadow = cv2.resize((wide * faint).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.maximum(contrast - shadow, 0)


def _paper(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The paper without its ink, (h, w, 3) uint8 at the size of a thumbnail.

    A morphological closing fills every dark stroke from its surroundings, yet follows slow changes of light;
    the paper found so, less what is clearly ink, is then averaged.
    """
    small = _thumbnail(image, _PAPER_THUMBNAIL)
    height, width = small.shape[:2]
    reach = max(3, min(height, width) // 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    closed = cv2.GaussianBlur(closed, (0, 0), reach / 6).astype(np.float32)
    missing = 1 - ((small + np.float32(_OFFSET)) / (closed + np.float32(_OFFSET))).min(axis=2)
    # Where a quarter of the strongest contrast is missing there is ink; the rest tells the paper's level.
    weight = (missing < max(0.25 * float(missing.max()), 0.02)).astype(np.float32)
    sigma = reach / 4
    known = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    mean = cv2.GaussianBlur(small * weight[..., None], (0, 0), sigma)
    trust = np.minimum(known / 0.2, 1)
    return np.clip(trust * mean / np.maximum(known, 1e-6) + (1 - trust) * closed + 0.5, 0, 255).astype(
        np.uint8
    )


def _threshold(contrast: NDArray[np.float32]) -> NDArray[np.float32]:
    """Contrast at the middle of the strokes' edges, (H, W) float32: local, where there are edges to tell it."""
    # Not cv2.magnitude: its last bit depends on where in memory the array lies, and so would every confidence.
    steep = np.square(cv2.Sobel(contrast, -1, 1, 0)) + np.square(cv2.Sobel(contrast, -1, 0, 1))
    total = float(steep.sum())
    overall = float((contrast * steep).sum()) / max(total, 1e-12)
    if overall < 0.7 * _LEAST_CONTRAST:
        return np.ones_like(contrast)  # even the steepest edges are grain: there is no ink
    overall = max(_LEAST_CONTRAST, overall)
    height, width = contrast.shape
    small_wh = (max(1, width // 8), max(1, height // 8))
    sigma = max(small_wh) / 16
    weight = _local_mean(steep, small_wh, sigma)
    # Where edges are few or weak the page as a whole decides.
    doubt = 0.1 * float(np.percentile(weight, 98)) + 1e-12
    local = (_local_mean(contrast * steep, small_wh, sigma) + doubt * overall) / (weight + doubt)
    least = np.maximum(_grain(contrast, overall, small_wh, sigma), max(_LEAST_CONTRAST, 0.4 * overall))
    return cv2.resize(np.maximum(local, least), (width, height), interpolation=cv2.INTER_LINEAR)


def _grain(
    contrast: NDArray[np.float32], overall: float, small_wh: tuple[int, int], sigma: float
) -> NDArray[np.float32]:
    """The contrast that the grain of the paper hardly ever exceeds, at the size ``small_wh``."""
    ink = (contrast > overall).astype(np.uint8)
    paper = (cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0).astype(np.float32)
    share = np.maximum(_local_mean(paper, small_wh, sigma), 1e-3)
    mean = _local_mean(contrast * paper, small_wh, sigma) / share
    square = _local_mean(np.square(contrast) * paper, small_wh, sigma) / share
    deviation = np.sqrt(np.maximum(square - np.square(mean), 0))
    return (mean + _NOISE_FACTOR * deviation).astype(np.float32)


def _local_mean(values: NDArray[np.float32], small_wh: tuple[int, int], sigma: float) -> NDArray[np.float32]:
    # Whole multiples of the small size are averaged several times as fast; at most seven pixels are left out.
    width, height = (max(size, 1) for size in (small_wh[0] * 8, small_wh[1] * 8))
    values = values[:height, :width]
    return cv2.GaussianBlur(cv2.resize(values, small_wh, interpolation=cv2.INTER_AREA), (0, 0), sigma)


def _without_specks(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ink less the specks: parts much smaller than a dot of the pen, with nothing else near them."""
    mask = (ink >= 0.5).astype(np.uint8)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if n < 2:
        return np.zeros_like(ink)
    pen = page_stroke_width(labels, stats)
    areas = stats[:, cv2.CC_STAT_AREA]
    if areas.min() >= 1.5 * pen * pen:
        return np.where(
            cv2.dilate(mask, np.ones((2 * round(pen) + 3,) * 2, np.uint8)) > 0, ink, np.float32(0)
        )
    dust = areas < 0.3 * pen * pen
    mask[dust[labels]] = 0
    # Dots of a dotted scan lie close together; joined by a pen they are not specks.
    reach = max(1, round(pen))
    joined = cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    n, groups = cv2.connectedComponents(joined, connectivity=8)
    area = np.bincount(groups.ravel(), weights=mask.ravel(), minlength=n)
    keep = area >= 1.5 * pen * pen
    keep[0] = False
    return np.where(keep[groups], ink, np.float32(0))
