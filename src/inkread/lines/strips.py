"""A line of writing -> its strip (32, w): straight, and its digits as high as those of any other.

What ``glyphs`` is for one digit, this is for a line: THE normalisation of lines, shared by reading and training. A
line is sheared until it is level, brought to one height, and hairlines are made wider, since scaled down they would
be grey. This module does not know where the ink came from, nor what reads the strips.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import LineOfInk, pixels_of, stroke_width

__all__ = ["STRIP_HEIGHT", "Strip", "cut_line", "cut_strip", "straightened"]

STRIP_HEIGHT = 32
_CORE = 22.0
"""Rows of the strip that a digit as high as its line fills; brackets and long tails reach beyond them."""
_MARGIN = 4
"""Columns of paper at either end."""
_THINNEST = 1.7
"""Pens thinner than this, in pixels of the strip, are drawn wider."""
_LONGEST = 2500
"""Columns; a longer line (a hundred digits) has no strip."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A line as it is shown to a network: ``ink`` (32, w) float32, 0 paper … 1 ink.

    Column ``x`` of the ink map is column ``(x - left) * scale`` of the strip.
    """

    ink: NDArray[np.float32]
    left: float
    scale: float

    def column(self, x: float) -> float:
        return (x - self.left) * self.scale


def cut_strip(
    ink: NDArray[np.float32], labels: NDArray[np.int32], line: LineOfInk, pen: float
) -> Strip | None:
    """The strip of a line in an ink map (H, W) float32, 0 paper … 1 ink; only the line's own ink is seen.

    ``labels`` (H, W) int32 tells which piece each pixel of ink belongs to; ``pen`` is the width of the strokes in
    pixels. None for a line that is too long.
    """
    scale = _CORE / line.height
    if line.box.width * scale > _LONGEST:
        return None
    room = round(0.3 * line.height) + 2  # for the soft edges of strokes
    left, top = max(0, line.box.left - room), max(0, line.box.top - room)
    window = np.s_[top : line.box.bottom + room, left : line.box.right + room]
    own = ink[window] * pixels_of(labels[window], line.labels)
    placed = line.box.left - left, line.box.right - left
    strip = straightened(own, placed, line.height, (line.level - top, line.slope), pen)
    return Strip(strip, line.box.left - _MARGIN / scale, scale)


def cut_line(ink: NDArray[np.float32], height: float, level_slope: tuple[float, float]) -> Strip | None:
    """The strip of the only line in ink (H, W) float32, 0 paper … 1 ink; None without ink, or if it is too long.

    ``height`` is that of the digits, in pixels; their middle lies at the level in column 0, and lower by the slope for
    each pixel further right.
    """
    inked, scale = np.flatnonzero((ink >= 0.5).any(axis=0)), _CORE / height
    if not len(inked) or (inked[-1] - inked[0]) * scale > _LONGEST:
        return None
    left, right = float(inked[0]), float(inked[-1] + 1)
    placed = level_slope[0] + level_slope[1] * left, level_slope[1]
    return Strip(
        straightened(ink, (left, right), height, placed, stroke_width(ink)), left - _MARGIN / scale, scale
    )


def straightened(
    ink: NDArray[np.float32],
    left_right: tuple[float, float],
    height: float,
    level_slope: tuple[float, float],
    pen: float,
) -> NDArray[np.float32]:
    """The strip (32, w) float32 of the ink (H, W) between two columns.

    ``height`` is that of the digits, and ``level_slope`` how high their middle lies at the left, and how much lower a
    pixel further right; ``pen`` the width of the strokes; all in pixels of ``ink``.
    """
    (left, right), (level, slope), scale = left_right, level_slope, _CORE / height
    ink = _with_wider_pen(ink, pen, _THINNEST / scale)
    width = int(np.ceil((right - left) * scale)) + 2 * _MARGIN
    top = level - STRIP_HEIGHT / 2 / scale
    down_x, down_y = 1.0, 1.0
    if scale < 1:
        # Averaged first: a warp takes single points, and would miss strokes between them.
        size_wh = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
        down_x, down_y = size_wh[0] / ink.shape[1], size_wh[1] / ink.shape[0]
        ink = cv2.resize(ink, size_wh, interpolation=cv2.INTER_AREA)
    # From the strip's pixels to those of the ink; OpenCV counts from the middle of pixels, and this from their edge.
    start = left - _MARGIN / scale
    matrix = np.array([
        [down_x / scale, 0.0, start * down_x],
        [slope / scale * down_y, down_y / scale, (top - slope * _MARGIN / scale) * down_y],
    ])  # fmt: skip
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    strip = cv2.warpAffine(ink, matrix, (width, STRIP_HEIGHT), flags=flags)
    return np.clip(strip, 0, 1, out=strip)


def _with_wider_pen(ink: NDArray[np.float32], pen: float, least: float) -> NDArray[np.float32]:
    """The ink as a pen of the ``least`` width would have left it, if its own is thinner."""
    missing = least - pen
    if pen <= 0 or missing < 0.5:
        return ink
    reach = int(np.ceil(missing / 2))
    across = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    return np.asarray(cv2.dilate(ink, (across <= missing / 2 + 0.25).astype(np.uint8)), np.float32)
