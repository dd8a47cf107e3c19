"""Contrast -> how much of it is ink: the middle of the strokes' edges, and the grain of the paper.

The mean contrast of edge pixels lies half-way between a stroke and its paper, however little of the page is written on
(thresholding by edge pixels goes back to Weszka, Nagel and Rosenfeld 1974, "A threshold selection technique").
This module does not know what is written.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["edge_contrast", "threshold_of"]

_LEAST_CONTRAST = 0.035
"""The least share of light that ink absorbs at the middle of its edge. A faint 2H pencil absorbs 0.06."""
_NOISE_FACTOR = 4.0
"""The least contrast of ink, as a multiple of the paper's noise."""
_FARTHEST = 4.0
"""Edges farther away than about so many shorter sides of the picture do not count."""


def threshold_of(contrast: NDArray[np.float32], grainy: bool) -> NDArray[np.float32]:
    """Contrast at the middle of the strokes' edges, (H, W) float32: local, where there are edges to tell it.

    Paper without grain (not ``grainy``) need not be looked at for it.
    """
    # Not cv2.magnitude: its last bit depends on where in memory the array lies, and so would every confidence.
    steep, down = cv2.Sobel(contrast, -1, 1, 0), cv2.Sobel(contrast, -1, 0, 1)
    steep *= steep
    down *= down
    steep += down
    total = float(steep.sum())
    np.multiply(contrast, steep, out=down)
    overall = float(down.sum()) / max(total, 1e-12)
    if overall < 0.7 * _LEAST_CONTRAST:
        return np.ones_like(contrast)  # even the steepest edges are grain: there is no ink
    overall = max(_LEAST_CONTRAST, overall)
    height, width = contrast.shape
    small_wh = (max(1, width // 8), max(1, height // 8))
    # A strip of a mile is no page: what lies far off on it tells nothing, and takes long to look at.
    sigma = min(max(small_wh) / 16, max(_FARTHEST * min(small_wh), 16.0))
    weight = _local_mean(steep, small_wh, sigma)
    # Where edges are few or weak the page as a whole decides.
    rank = round(0.98 * (weight.size - 1))
    doubt = 0.1 * float(np.partition(weight.ravel(), rank)[rank]) + 1e-12
    local = (_local_mean(down, small_wh, sigma) + doubt * overall) / (weight + doubt)
    local = np.maximum(local, max(_LEAST_CONTRAST, 0.4 * overall))
    if grainy:
        local = np.maximum(local, _grain(contrast, overall, small_wh, sigma))
    return cv2.resize(local, (width, height), interpolation=cv2.INTER_LINEAR)


def edge_contrast(contrast: NDArray[np.float32]) -> float:
    """The contrast at the middle of the edges of a map (H, W), each counting by the square of its steepness."""
    steep, down = cv2.Sobel(contrast, -1, 1, 0), cv2.Sobel(contrast, -1, 0, 1)
    squares = steep * steep + down * down
    return float((contrast * squares).sum()) / max(float(squares.sum()), 1e-12)


def _grain(
    contrast: NDArray[np.float32], overall: float, small_wh: tuple[int, int], sigma: float
) -> NDArray[np.float32]:
    """The contrast that the grain of the paper hardly ever exceeds, at the size ``small_wh``."""
    ink = (contrast > overall).view(np.uint8)
    paper = (cv2.dilate(ink, np.ones((5, 5), np.uint8)) == 0).astype(np.float32)
    share = np.maximum(_local_mean(paper, small_wh, sigma), 1e-3)
    paper *= contrast
    mean = _local_mean(paper, small_wh, sigma) / share
    paper *= paper
    square = _local_mean(paper, small_wh, sigma) / share
    deviation = np.sqrt(np.maximum(square - np.square(mean), 0))
    return (mean + _NOISE_FACTOR * deviation).astype(np.float32)


def _local_mean(values: NDArray[np.float32], small_wh: tuple[int, int], sigma: float) -> NDArray[np.float32]:
    # Whole multiples of the small size are averaged several times as fast; at most seven pixels are left out.
    width, height = (max(size, 1) for size in (small_wh[0] * 8, small_wh[1] * 8))
    values = values[:height, :width]
    return cv2.GaussianBlur(cv2.resize(values, small_wh, interpolation=cv2.INTER_AREA), (0, 0), sigma)
