"""A box in a grey picture -> the ink in it, 0 paper … 1 ink, without what belongs to its neighbours.

Dark ink on light paper or the other way round; the paper is what most of the surroundings is. This module does not
know what stands in the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BoxInkSettings", "ink_around", "ink_in_box"]

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BoxInkSettings:
    """Lengths in heights of the box; grey levels relative to the ink's darkest."""

    margin: float = 0.12
    """What is taken beyond the box, whose edges may be a little off."""
    surroundings: float = 1.0
    """How far around the box the paper is looked for."""
    core: float = 0.15
    """Ink that does not reach into the box by so much belongs to a neighbour."""
    softness: float = 0.44
    """How far the grey levels of paper and ink lie apart around Otsu's threshold."""


def ink_in_box(grey: Grey, box: Sequence[float], settings: BoxInkSettings = BoxInkSettings()) -> Grey:
    """The ink (h, w) float32 of the box left, top, right, bottom (pixels) in ``grey`` (H, W), 0 … 1.

    Without ink, or outside the picture, the result is empty of ink.
    """
    return ink_around(grey, box, settings)[2]


def ink_around(
    grey: Grey, box: Sequence[float], settings: BoxInkSettings = BoxInkSettings()
) -> tuple[int, int, Grey]:
    """The left and top of a window around a box, in pixels of ``grey`` (H, W), and the ink (h, w) float32 in it.

    Otsu's threshold (1979) parts ink from paper.
    """
    left, top, right, bottom = (float(edge) for edge in box)
    height = max(bottom - top, 1.0)
    x, y, window = _cut(grey, box, settings.margin * height)
    if window.size < 4:
        return x, y, np.zeros((1, 1), np.float32)
    paper = float(np.median(_cut(grey, box, settings.surroundings * height)[2]))
    darker, lighter = paper - float(np.percentile(window, 3)), float(np.percentile(window, 97)) - paper
    sign, depth = (1, darker) if darker >= lighter else (-1, lighter)
    if depth <= 0:
        return x, y, np.zeros(window.shape, np.float32)
    ink = np.clip(sign * (paper - window) / depth, 0, 1)
    threshold = cv2.threshold(np.rint(ink * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] / 255
    ink = np.clip((ink - threshold) / settings.softness + 0.5, 0, 1).astype(np.float32)
    room = settings.core * min(height, right - left)
    inner = (left - x + room, top - y + room, right - x - room, bottom - y - room)
    return x, y, ink * _reaching(ink > 0.5, inner)


def _cut(grey: Grey, box: Sequence[float], room: float) -> tuple[int, int, Grey]:
    """A part of the picture around a box, and its left and top."""
    left, top = max(0, int(box[0] - room)), max(0, int(box[1] - room))
    right, bottom = int(np.ceil(box[2] + room)), int(np.ceil(box[3] + room))
    return left, top, grey[top : max(top, bottom), left : max(left, right)]


def _reaching(inked: NDArray[np.bool_], inner: tuple[float, ...]) -> NDArray[np.bool_]:
    """The pixels of the connected pieces that reach into ``inner``, and the soft edge around them."""
    _, labels = cv2.connectedComponents(inked.astype(np.uint8), connectivity=8)
    left, top, right, bottom = (max(0, round(edge)) for edge in inner)
    kept = np.unique(labels[top : max(bottom, top + 1), left : max(right, left + 1)])
    mask = np.isin(labels, kept[kept > 0]).astype(np.uint8)
    return cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
