"""The second look at each detection: what the box head makes of it and of its surroundings.

The box head says which symbol a box holds, or that it holds none or several, and corrects the edges of the box.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkread.detection.crops import crop_windows, cut_crops

__all__ = ["BoxHead", "Opinions"]

_AT_ONCE = 64
"""Crops that the network sees in one go."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the box head says of ``n`` boxes."""

    classes: NDArray[np.float32]
    """(n, C + 1) probability of each class, and at the end of none of them; rows sum to 1."""
    printed: NDArray[np.float32]
    """(n,) probability that the symbol is type, not handwriting."""
    boxes: NDArray[np.float32]
    """(n, 4) left, top, right, bottom of the symbol in pixels of the picture."""


class BoxHead:
    """Looks at boxes with a network: ``opinions`` gives its output (n, C + 6) for crops (n, 44, 44, 2)."""

    def __init__(self, opinions: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
        self._opinions = opinions

    def look(self, grey: NDArray[np.float32], boxes: NDArray[np.float32]) -> Opinions:
        """Opinions of at least one box (n, 4), in pixels of ``grey`` (H, W), 0 … 1."""
        crops = cut_crops(grey, boxes)
        found = np.concatenate(
            [self._opinions(crops[i : i + _AT_ONCE]) for i in range(0, len(crops), _AT_ONCE)]
        )
        sides = crop_windows(boxes)[:, 2:]
        corrected = np.asarray(boxes + found[:, -4:] * sides, np.float32)
        return Opinions(found[:, :-5], found[:, -5], corrected)
