"""Boxes in a grey picture -> crops of one size, each with its surroundings: what the box head looks at.

Training and reading cut with the same function, so that a box means the same to both.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["CROP_SIZE", "crop_windows", "cut_crops"]

CROP_SIZE: Final = 44
"""Pixels of a crop's side."""
_ROOM: Final = 1.76
"""The side of the window that is cut, in units of the box's longer side: a box is 25 pixels long in its crop."""
_LEAST_CONTRAST: Final = 0.03
"""Standard deviation of the grey levels (0 … 1) of a crop below which contrast is not raised any more."""

Grey = NDArray[np.float32]


def crop_windows(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Left, top and side (n, 3) of the square windows around boxes (n, 4), all in pixels."""
    sides = _ROOM * np.maximum((boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=1.0), 1.0)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.asarray(np.column_stack([middles - sides[:, None] / 2, sides]), np.float32)


def cut_crops(grey: Grey, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Crops (n, 44, 44, 2) of boxes (n, 4: left, top, right, bottom in pixels) in ``grey`` (H, W), 0 … 1.

    First channel: grey with mean 0 and standard deviation 1; second: 1 inside the box, 0 outside, soft at its edges.
    """
    crops = np.empty((len(boxes), CROP_SIZE, CROP_SIZE, 2), np.float32)
    levels = [grey]
    windows = crop_windows(boxes)
    for crop, box, (left, top, side) in zip(crops, boxes, windows, strict=True):
        # Halved pictures, so that bilinear sampling skips no pixel.
        level = max(0, int(np.log2(max(1.0, side / CROP_SIZE))))
        while len(levels) <= level:
            levels.append(_halved(levels[-1]))
        unit = side / CROP_SIZE
        scale = unit / 2**level
        move = np.array([[scale, 0, left / 2**level + scale / 2 - 0.5],
                         [0, scale, top / 2**level + scale / 2 - 0.5]])  # fmt: skip
        seen = cv2.warpAffine(
            levels[level],
            move,
            (CROP_SIZE, CROP_SIZE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        mean, spread = cv2.meanStdDev(seen)
        crop[..., 0] = (seen - mean[0, 0]) / max(spread[0, 0], _LEAST_CONTRAST)
        across, down = _inside(box[0::2], left, unit), _inside(box[1::2], top, unit)
        crop[..., 1] = down[:, None] * across
    return crops


def _halved(grey: Grey) -> Grey:
    size_wh = max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)
    return np.asarray(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA), np.float32)


def _inside(edges: NDArray[np.float32], start: float, unit: float) -> NDArray[np.float32]:
    """How much of each pixel of a crop's side lies between two edges, 0 … 1."""
    low, high = (edges - start) / unit
    pixels = np.arange(CROP_SIZE, dtype=np.float32)
    return np.asarray(np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, 1), np.float32)
