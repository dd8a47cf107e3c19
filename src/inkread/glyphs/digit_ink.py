"""A reading and its grey picture -> the ink of each digit, for those who look at digits closely."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.glyphs import GLYPH_SIZE, normalise
from inkread.glyphs.box_ink import ink_in_box
from inkread.reading import Box, Reading

__all__ = ["DigitInk", "ink_of_digits"]


@dataclass(frozen=True, slots=True, eq=False)
class DigitInk:
    """The ink of the digits of a reading."""

    glyphs: NDArray[np.float32]
    """(n, 28, 28), 0 paper … 1 ink."""
    ink: NDArray[np.float32]
    """(H, W) 0 paper … 1 ink: that of all digits."""
    labels: NDArray[np.int32]
    """(H, W) the number of the digit that each pixel of ink belongs to, from 1; 0: none."""


def ink_of_digits(grey: NDArray[np.float32], reading: Reading) -> DigitInk:
    """The ink of each digit of a reading in a grey picture (H, W), 0 … 1, as the glyph network sees it."""
    ink, labels = np.zeros(grey.shape, np.float32), np.zeros(grey.shape, np.int32)
    glyphs = []
    for number, digit in enumerate(reading.digits, 1):
        cut = ink_in_box(grey, digit.box.to_list())
        glyphs.append(normalise(cut))
        _lay(cut, digit.box, number, ink, labels)
    return DigitInk(np.array(glyphs, np.float32).reshape(-1, GLYPH_SIZE, GLYPH_SIZE), ink, labels)


def _lay(
    cut: NDArray[np.float32], box: Box, number: int, ink: NDArray[np.float32], labels: NDArray[np.int32]
) -> None:
    """Puts the ink of a box, which is cut a little larger than the box, where it came from."""
    if cut.shape != (box.height, box.width):
        cut = cv2.resize(cut, (box.width, box.height), interpolation=cv2.INTER_AREA)
    window = np.s_[box.top : box.bottom, box.left : box.right]
    labels[window][cut > ink[window]] = number
    np.maximum(ink[window], cut, out=ink[window])
