"""Ink without what a large disk does not fit into: erosion and dilation by disks, in a fifth of the usual time.

OpenCV looks at every pixel of a disk, for each pixel of the ink. But a large disk is what a smaller one covers that is
moved along a ring, and a few pixels over (decomposition of structuring elements: Serra 1982, "Image analysis and
mathematical morphology", chapter II): to erode by both, one after the other, comes to the same.
This module does not know what the ink is.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["opened_by_disk"]

_FULL = 65535
"""Ink as integers: they are looked at twice as fast as floats."""
_NOTHING_BEYOND = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}


def opened_by_disk(ink: NDArray[np.float32], reach: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Ink (h, w) float32, 0 … 1, eroded by the pixels within ``reach`` of the middle one, and dilated by them again.

    Beyond its edges there is no ink. Exact to 1/131,070.
    """
    small, ring, rest = _taken_apart(int(reach * reach))
    levels = (ink * _FULL + 0.5).astype(np.uint16)
    eroded = cv2.erode(cv2.erode(levels, small, **_NOTHING_BEYOND), ring, **_NOTHING_BEYOND)
    eroded = cv2.min(eroded, cv2.erode(levels, rest, **_NOTHING_BEYOND))
    margin = len(small) // 2  # what is dilated over the edge may come back
    wider = cv2.copyMakeBorder(eroded, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    wider = cv2.dilate(cv2.dilate(wider, small), ring)
    dilated = cv2.max(wider[margin:-margin, margin:-margin], cv2.dilate(eroded, rest))
    return eroded / np.float32(_FULL), dilated / np.float32(_FULL)


@lru_cache(maxsize=1024)
def _taken_apart(square: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """A disk of half the size, the ring of the places at which it fits into the disk, and all pixels beside these, and
    the middle; ``square`` is that of the disk's radius, at least 4."""
    whole, small = _disk(square), _disk(square // 4)
    places = cv2.erode(whole, small, **_NOTHING_BEYOND)
    ring = places - cv2.erode(places, _disk(1), **_NOTHING_BEYOND)
    rest = whole - cv2.dilate(ring, small)
    rest[len(rest) // 2, len(rest) // 2] = 1
    left, top, width, height = cv2.boundingRect(ring)
    return small, np.ascontiguousarray(ring[top : top + height, left : left + width]), rest


def _disk(square: int) -> NDArray[np.uint8]:
    """The pixels (2r + 1, 2r + 1) whose distance from the middle one has at most this ``square``."""
    offsets = np.arange(-int(square**0.5), int(square**0.5) + 1)
    return (np.add.outer(offsets**2, offsets**2) <= square).astype(np.uint8)
