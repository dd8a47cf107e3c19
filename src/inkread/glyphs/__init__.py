"""Ink -> glyphs (n, 28, 28): THE normalisation, shared by reading and training.

It follows what NIST and LeCun did to make MNIST (LeCun et al. 1998, "Gradient-based learning applied to
document recognition", section III.A; the MNIST page): the ink is fitted into 20 × 20 with its aspect ratio
kept and soft edges, and its centre of mass is moved to the centre of 28 × 28. One thing is added: strokes
that are thinner or thicker than MNIST's usual ones are brought towards them, since a hairline or a brush
scaled down to 20 pixels looks like nothing that a network has seen.

The work is done on a grid four times as fine, so that widths and shifts of a quarter pixel count.
This module does not know where the ink came from, nor what reads the glyphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.glyphs.disks import opened_by_disk
from inkread.measure import pixels_of, stroke_width

__all__ = ["GLYPH_SIZE", "as_ink", "cut_glyphs", "normalise"]

GLYPH_SIZE = 28
_FINE = 4
"""Fine pixels per glyph pixel."""
_FIT = 20 * _FINE
"""The longer side of the ink, in fine pixels: MNIST's 20 × 20."""
_CANVAS = GLYPH_SIZE * _FINE
_CENTRE = 14.5 * _FINE
"""Where the centre of mass goes: MNIST's mean lies at pixel 14.0, whose middle is 14.5 pixels from the edge."""
_WIDTH_MIN = 1.8 * _FINE
_WIDTH_MAX = 3.6 * _FINE
"""Stroke widths left as they are: about the 8th to the 94th percentile of MNIST's training digits."""
_BLOT = 4.0
"""Fine pixels: strokes that must lose so much on either side are blots, or digits that run into each other."""
_TRACE = 0.15
"""Ink fainter than this, after the glyph's own darkest ink is set to 1, does not count towards its box."""


def normalise(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """One glyph (28, 28) float32, 0 paper … 1 ink, from the ink (h, w) of one digit of any size.

    The ink may have any margin. Without ink the glyph is empty.
    """
    ink = _crop(_full_range(np.asarray(ink, np.float32)))
    if ink.size == 0:
        return np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.float32)
    fitted = _fit(ink, _FIT)
    width = stroke_width(fitted)
    change = min(max(width, _WIDTH_MIN), _WIDTH_MAX) - width
    # A speck is all edge: its "stroke" tells nothing, and what is nearly empty has none.
    if abs(change) >= 0.5 and width > 0:
        fitted = _change_width(_fit(ink, max(8, round(_FIT - change))), change)
    return _centre(fitted)


def cut_glyphs(
    ink: NDArray[np.float32], labels: NDArray[np.int32], candidates: Sequence[Candidate]
) -> NDArray[np.float32]:
    """Glyphs (n, 28, 28) float32, one per candidate.

    ``ink`` (H, W) float32 is 0 paper … 1 ink; ``labels`` (H, W) int32 tells which atom each pixel of ink
    belongs to (0: none). Only the candidate's own atoms are seen, also where a neighbour reaches into its box.
    """
    glyphs = np.zeros((len(candidates), GLYPH_SIZE, GLYPH_SIZE), np.float32)
    for i, candidate in enumerate(candidates):
        box = candidate.box
        window = np.s_[box.top : box.bottom, box.left : box.right]
        glyphs[i] = normalise(ink[window] * pixels_of(labels[window], candidate.parts))
    return glyphs


def as_ink(glyphs: NDArray[Any]) -> NDArray[np.float32]:
    """Glyphs of any numbers as float32, 0 paper … 1 ink; integers are taken as 0 … 255.

    A last axis of one channel, as Keras has it, is taken off.
    """
    glyphs = np.asarray(glyphs)
    if glyphs.ndim == 4 and glyphs.shape[-1] == 1:
        glyphs = glyphs[..., 0]
    scale = 255 if np.issubdtype(glyphs.dtype, np.integer) else 1
    return np.asarray(glyphs, np.float32) / np.float32(scale)


def _full_range(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ink scaled so that its strokes reach 1: faint pencil becomes as dark as a marker."""
    darkest = float(ink.max(initial=0.0))
    if darkest <= 0:
        return np.zeros((0, 0), np.float32)
    is_strong = ink > 0.25 * darkest
    size = np.count_nonzero(is_strong)
    rank = size * 3 // 4
    if darkest <= 1 and np.count_nonzero(ink == 1) >= size - rank:
        return np.maximum(ink, 0)  # as most ink is: nothing needs to be sorted
    strong = ink[is_strong]
    level = float(np.partition(strong, rank)[rank])
    scaled: NDArray[np.float32] = np.clip(ink / np.float32(max(level, 1e-6)), 0, 1)
    return scaled


def _crop(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    if ink.size == 0:
        return ink
    left, top, width, height = cv2.boundingRect((ink > _TRACE).view(np.uint8))
    return ink[top : top + height, left : left + width]


def _fit(ink: NDArray[np.float32], longer_side: int) -> NDArray[np.float32]:
    height, width = ink.shape
    scale = longer_side / max(height, width)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(ink, size_wh, interpolation=method)


def _change_width(ink: NDArray[np.float32], change: float) -> NDArray[np.float32]:
    """Strokes wider (``change`` > 0) or thinner by about that many fine pixels; grows the array with them."""
    radius = abs(change) / 2
    size = 2 * ceil(radius) + 1
    # An ellipse of fractional radius: pixels whose centre lies within it (and never less than a cross).
    disk = (_distances(size) <= radius + 0.25).view(np.uint8)
    if change > 0:
        margin = size // 2
        ink = cv2.copyMakeBorder(ink, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0.0)
        return _limit(cv2.dilate(ink, disk))
    if radius < _BLOT:
        thinner = cv2.erode(ink, disk, borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
        opened = cv2.dilate(thinner, disk)
    else:
        thinner, opened = opened_by_disk(ink, radius + 0.25)
    # Never lose a stroke to thinning: what a hairline beside a blob loses is given back at half strength.
    return _limit(_crop(np.maximum(thinner, 0.5 * ink * (opened < 0.5))))


@cache
def _distances(size: int) -> NDArray[np.float64]:
    """How far each pixel of a square (``size``, ``size``) is from its middle."""
    offsets = np.arange(size) - size // 2
    return np.hypot(*np.meshgrid(offsets, offsets))


def _limit(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Refits ink whose margin or change of width missed the 20 × 20 frame."""
    return _fit(ink, _FIT) if max(ink.shape) != _FIT and ink.size else ink


def _centre(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Puts the centre of mass of ``ink`` (≤ 80, ≤ 80) at MNIST's, and averages down to 28 × 28."""
    height, width = ink.shape
    columns, rows = ink.sum(axis=0), ink.sum(axis=1)
    mass = max(float(rows.sum()), 1e-6)
    x = float(columns @ _MIDDLES[:width]) / mass
    y = float(rows @ _MIDDLES[:height]) / mass
    left = min(max(0, round(_CENTRE - x)), _CANVAS - width)
    top = min(max(0, round(_CENTRE - y)), _CANVAS - height)
    canvas = np.zeros((_CANVAS, _CANVAS), np.float32)
    canvas[top : top + height, left : left + width] = ink
    glyph = cv2.resize(canvas, (GLYPH_SIZE, GLYPH_SIZE), interpolation=cv2.INTER_AREA)
    return np.minimum(glyph, 1, out=glyph)


_MIDDLES = np.arange(_CANVAS) + 0.5
"""Of each fine pixel, from the edge."""
