"""Picture, digits and rules -> ink in the cells that nobody read: a missed digit, or a word.

This module does not know what the ink means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.tables.grid import Grid

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnreadSettings:
    """Lengths are in heights of the digits. Chosen on made tables and ``develop/``."""

    paper: float = 2.0
    """The paper is what is brightest so near."""
    dark: float = 0.45
    """Share of the digits' contrast from which a pixel is ink."""
    beside: float = 0.15
    """Ink so near to a digit's box is of the digit."""
    rule: float = 0.12
    """Ink so near to a rule is of the rule."""
    least: float = 0.45
    """Lower and narrower ink is a speck or a mark."""
    thin: float = 0.12
    """Ink that is longer than high, or higher than wide, and thinner than this, is what is left of a rule."""


def unread_ink(
    grey: NDArray[np.uint8],
    grids: Sequence[Grid],
    boxes: Numbers,
    height: float,
    settings: UnreadSettings = UnreadSettings(),
) -> Numbers:
    """Boxes (n, 4) of ink that lies neither in ``boxes`` (m, 4) of what was read, nor on a rule of the ``grids``."""
    if not len(boxes):
        return np.zeros((0, 4))
    darkness = _darkness(grey, height, settings)
    contrast = np.median([np.quantile(_cut(darkness, box), 0.9) for box in boxes])
    ink = np.asarray(darkness >= settings.dark * contrast, np.uint8)
    for left, top, right, bottom in np.rint(boxes).astype(int).tolist():
        near = round(settings.beside * height)
        ink[max(0, top - near) : bottom + near, max(0, left - near) : right + near] = 0
    width = max(3, round(2 * settings.rule * height))
    for grid in grids:
        for curves, turned in ((grid.across, False), (grid.down, True)):
            for curve in curves:
                u = np.linspace(curve.start - height, curve.stop + height, 32)
                points = np.stack([curve.at(u), u] if turned else [u, curve.at(u)], axis=1)
                cv2.polylines(ink, [np.rint(points).astype(np.int32)], False, 0, width)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, wide, tall = stats[1:, :4].T.astype(float)
    found = np.maximum(wide, tall) >= settings.least * height
    found &= np.minimum(wide, tall) >= settings.thin * height
    return np.stack([left, top, left + wide, top + tall], axis=1)[found]


def _darkness(grey: NDArray[np.uint8], height: float, settings: UnreadSettings) -> NDArray[np.float32]:
    """How much darker each pixel is than the paper around it, in grey levels."""
    side = 2 * round(settings.paper * height / 2) + 1
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    kernel = np.ones((max(3, side // 4), max(3, side // 4)), np.uint8)
    paper = cv2.GaussianBlur(cv2.dilate(cv2.medianBlur(small, 3), kernel), (0, 0), max(1.0, side / 8))
    paper = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(paper.astype(np.float32) - grey, (0, 0), max(0.5, 0.02 * height))


def _cut(picture: NDArray[np.float32], box: Numbers) -> NDArray[np.float32]:
    left, top, right, bottom = np.rint(box).astype(int).tolist()
    return picture[max(0, top) : max(bottom, top + 1), max(0, left) : max(right, left + 1)]
