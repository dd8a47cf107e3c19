"""What JPEG does to ink: its blocks of 8 × 8 cosines, rounded as coarsely as a quality asks for.

The table and its scaling by quality are those of ITU-T T.81 (1992), annex K.1, and of the Independent JPEG Group.
Nothing is encoded: only the loss is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SIDE = 8
_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
_AT = np.arange(_SIDE)
_COSINES = (np.cos(np.pi * (2 * _AT[None, :] + 1) * _AT[:, None] / (2 * _SIDE)) / 2).astype(np.float32)
_COSINES[0] /= np.float32(np.sqrt(2))


def as_jpeg(ink: NDArray[np.float32], quality: int) -> NDArray[np.float32]:
    """Ink (h, w) float32, 0 paper … 1 ink, as it comes back from a JPEG of ``quality`` 1 … 100."""
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % _SIDE), (0, -width % _SIDE)), mode="edge")
    rows, columns = (side // _SIDE for side in padded.shape)
    blocks = padded.reshape(rows, _SIDE, columns, _SIDE).swapaxes(1, 2) * np.float32(255) - np.float32(128)
    steps = np.clip(_LUMINANCE * (50 / quality if quality < 50 else 2 - quality / 50), 1, 255)
    rounded = np.rint(_COSINES @ blocks @ _COSINES.T / steps) * steps
    back = (_COSINES.T @ rounded @ _COSINES + np.float32(128)) / np.float32(255)
    whole = back.swapaxes(1, 2).reshape(padded.shape)[:height, :width]
    return np.asarray(np.clip(whole, 0, 1), np.float32)
