"""Is what seems to be faint ink only light: the edge of a shadow, the dark corners of a lens?

Paper is as light on one side of a stroke as on the other; the edge of a shadow is darker on one side. This module does
not know how faint is faint.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.ink.copies import grey_of
from inkread.measure import Pieces

__all__ = ["is_light_alone"]

_ONE_SIDED = 0.5
"""Of all that the light rises and falls about strokes, the share that is left if both are summed up: none about a
stroke, all of it at a straight edge."""


def is_light_alone(image: NDArray[np.uint8], pieces: Pieces) -> bool:
    """Whether the pieces of ink in the image (h, w[, 3]) lie where the light changes from one side to the other."""
    if not len(pieces):
        return False
    pen = max(1.0, pieces.pen)
    grey = cv2.GaussianBlur(grey_of(image), (0, 0), pen / 2).astype(np.float32)
    reach = 2 * round(pen) + 1
    near = cv2.dilate((pieces.labels > 0).view(np.uint8), np.ones((reach, reach), np.uint8))
    _, groups = cv2.connectedComponents(near, connectivity=8)
    at = np.flatnonzero(groups)
    group = groups.ravel()[at]
    across, down = (cv2.Sobel(grey, -1, dx, 1 - dx).ravel()[at] for dx in (1, 0))
    risen = np.hypot(*(np.bincount(group, weights=each) for each in (across, down))).sum()
    return bool(risen > _ONE_SIDED * float(np.hypot(across, down).sum()))
