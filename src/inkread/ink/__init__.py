"""Image -> ink map: any pen, any paper, uneven light.

    look_for_ink    the ink at the size that the pen needs      find_ink     the ink of a picture as it is
    polarity        dark on light, or light on dark?            contrast     what the ink takes of the light
    threshold       how much of it is ink                       copies       smaller and larger copies
    light           the edge of a shadow is no stroke           sheet        paper without the table that it lies on

Light falling on paper multiplies, so ink is measured as the share of the paper's light that it swallows,
channel by channel: coloured ink is dark in at least one channel, and a shadow cancels out. What counts as
ink is then decided where it can be decided best, at edges.

This package does not know what is written, nor which ink is a digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.ink.contrast import contrast_of, contrast_on
from inkread.ink.copies import grey_of, handy, resized, thumbnail, without_colour
from inkread.ink.light import is_light_alone
from inkread.ink.polarity import is_light_on_dark, plain_paper
from inkread.ink.sheet import sheet_alone
from inkread.ink.threshold import edge_contrast, threshold_of
from inkread.measure import Pieces, find_pieces, stroke_width

__all__ = ["Look", "find_ink", "find_ink_and_pieces", "has_shadows", "is_light_on_dark", "look_for_ink"]

_LEAST_SIDE = 96
"""Pictures whose shorter side has fewer pixels are enlarged (28 × 28 to 112 × 112): stages need room to cut in."""
_MOST_PIXELS = 3_000_000
"""Larger pictures are reduced: on a page of this size the smallest writing is still 20 pixels high."""
_FIRST_LOOK, _SECOND_LOOK = 128, 256
"""Longer side of the copy in which the pen is sought first, and of the least in which more than one digit is read."""
_LONE_PIECES, _LONE_BREADTH = 2, 1.2
"""Ink in so few pieces, and at most so broad for its height, is looked at as one digit."""
_PEN = 5.0
"""Pixels across a stroke that the stages need."""
_THIN = 2.2
"""Pixels across a stroke that is too thin to be measured."""
_BLOT, _HALF_INK = 0.05, 100
"""Share of the longer side; ink (0 … 255) so wide is hardly a stroke."""
_FAINT = 0.1
"""Contrast at the middle of edges below which it may be that of light alone. In pictures of the develop sets it is 0.17
and more; a faint pencil takes 0.06."""
_GLARE, _LIGHT_PAPER = 0.2, 125
"""Light ink of less contrast, on paper that is no darker (0 … 255), is where more light falls."""
_WORTHWHILE = 1.2
"""By how much a copy must be larger than the first to be looked at."""


@dataclass(frozen=True, eq=False)
class Look:
    """What is seen of a picture at one size."""

    ink: NDArray[np.float32]
    """(h, w) 0 paper … 1 ink."""
    pieces: Pieces
    """Of that ink."""
    scale: float
    """Pixels of ``ink`` per pixel of the picture."""
    contrast: Callable[[], NDArray[np.float32]]
    """Makes (h, w) the share of the paper's light that is missing, 0 … 1, of which the ink is what is much enough."""


def look_for_ink(image: NDArray[np.uint8], shadows: bool = False) -> Look:
    """The ink map at the size at which the stages work, its pieces, and its pixels per pixel of the image.

    Glyphs have 20 pixels a side: a pen of more than ``_PEN`` pixels is detail that nobody looks at. So the ink is
    first sought in a small copy, and again in a larger one where the pen turns out to be too thin in it. Where
    digits may touch, and must be cut, that is seen better in a copy of at least ``_SECOND_LOOK``. ``shadows``: they
    may have sharp edges, and nothing wider than a pen is ink.
    """
    height, width = image.shape[:2]
    picture = without_colour(image)
    image = sheet_alone(picture)
    on_light_paper = image is not picture
    most = max(1.0, _LEAST_SIDE / min(height, width))
    most = min(4.0, most, (_MOST_PIXELS / (height * width)) ** 0.5)
    scale, second = (
        min(most, handy(max(look / max(height, width), _LEAST_SIDE / min(height, width))))
        for look in (_FIRST_LOOK, _SECOND_LOOK)
    )
    if image.ndim == 2 and image.min() == image.max():
        most = second = scale  # a bare sheet need not be looked at closely
    while True:
        small = resized(image, scale)
        ink, pieces = find_ink_and_pieces(small, on_light_paper, shadows)
        pen = stroke_width(ink)
        # Strokes of two pixels and less are all edge, and their width is only guessed.
        finer = min(most, handy(scale * (2.0 if pen < _THIN else _PEN / pen)))
        finer = max(finer, 0.0 if _is_lone(pieces) else second)
        if finer <= _WORTHWHILE * scale:
            return Look(ink, pieces, scale, partial(_contrast_alone, small, on_light_paper, shadows))
        scale = finer


def has_shadows(image: NDArray[np.uint8], ink: NDArray[np.float32]) -> bool:
    """Whether some of the ``ink`` (h, w) of the image is far wider than strokes are, as shadows, stains and thumbs.

    Drawings have none: what is wide there was drawn with a broad brush.
    """
    small = thumbnail((ink * 255).astype(np.uint8), _FIRST_LOOK)
    reach = round(_BLOT * max(small.shape)) | 1
    wide = cv2.erode(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return bool(wide.max(initial=0) > _HALF_INK) and plain_paper(without_colour(image)) is None


def _is_lone(pieces: Pieces) -> bool:
    """Whether this can hardly be more than one digit."""
    _, _, width, height = pieces.written_ltwh
    return len(pieces) <= _LONE_PIECES and width <= _LONE_BREADTH * height


def find_ink(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The ink map (H, W) float32, 0 paper … 1 ink with soft edges, of an image (H, W, 3) RGB or (H, W) grey, uint8.

    Dark on light or light on dark is decided from the image. An image without contrast gives an empty map.
    """
    return find_ink_and_pieces(image)[0]


def find_ink_and_pieces(
    image: NDArray[np.uint8], on_light_paper: bool = False, shadows: bool = False
) -> tuple[NDArray[np.float32], Pieces]:
    """``find_ink``, and the connected pieces of that ink, which had to be found anyhow.

    ``on_light_paper``: that the paper is the lighter of the two is known, and need not be decided; for ``shadows``
    see ``look_for_ink``. Dust beside a stroke is left in the ink, but is no piece.
    """
    contrast, grainy = _contrast(image, on_light_paper, shadows)
    threshold = threshold_of(contrast, grainy)
    faint = grainy and cv2.mean(threshold)[0] < _FAINT
    # The threshold is half-way up the edge: twice of it is full ink. A seventh at either end is cut off, so
    # that paper grain is exactly 0 and the uneven flow of a pen exactly 1.
    contrast /= threshold
    contrast *= 0.5 / 0.7
    contrast -= 0.15 / 0.7
    ink, pieces = _without_specks(np.clip(contrast, 0, 1, out=contrast), grainy)
    if faint and is_light_alone(image, pieces):
        ink = np.zeros_like(ink)
        pieces = find_pieces(ink)
    return ink, pieces


def _contrast(
    image: NDArray[np.uint8], on_light_paper: bool, shadows: bool
) -> tuple[NDArray[np.float32], bool]:
    """The share of the paper's light that is missing, and whether the paper has a grain."""
    shade = plain_paper(image)
    if shade is not None:
        return contrast_on(shade, image), False
    if not on_light_paper and is_light_on_dark(image):
        contrast = contrast_of(cv2.bitwise_not(image), shadows)
        if edge_contrast(contrast) >= _GLARE or np.median(grey_of(image)) < _LIGHT_PAPER:
            return contrast, True
    return contrast_of(image, shadows), True


def _contrast_alone(image: NDArray[np.uint8], on_light_paper: bool, shadows: bool) -> NDArray[np.float32]:
    return _contrast(image, on_light_paper, shadows)[0]


def _without_specks(ink: NDArray[np.float32], grainy: bool) -> tuple[NDArray[np.float32], Pieces]:
    """Ink less the specks, parts much smaller than a dot of the pen with nothing else near them; and its pieces.

    On paper that is not ``grainy``, a few dots of the pen are points.
    """
    pieces = find_pieces(ink)
    if not len(pieces):
        return np.zeros_like(ink), pieces
    pen = pieces.pen
    dots = False
    if len(pieces) > 1:  # one alone is larger than its own pen is thick
        small = pieces.areas < 0.3 * pen * pen
        small[0] = False
        dots = bool((pieces.areas < 1.5 * pen * pen)[1:].any())
        pieces = pieces.only(~small)
    reach = max(1, round(pen)) if dots else round(pen) + 1
    left, top, width, height = pieces.written_ltwh
    around = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
    labels, cleaned = pieces.labels[around], np.zeros_like(ink)
    mask = (labels > 0).view(np.uint8)
    near = cv2.dilate(mask, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    if not dots or (pieces.areas[1:] >= 1.5 * pen * pen).all():
        cleaned[around] = cv2.copyTo(ink[around], near)
        return cleaned, pieces
    # Dots of a dotted scan lie close together; joined by a pen they are not specks.
    n, groups = cv2.connectedComponents(near, connectivity=8)
    at = np.flatnonzero(mask)
    group, label = groups.ravel()[at], labels.ravel()[at]
    sizes = np.bincount(group, minlength=n)
    sizes[0] = 0
    large = sizes >= 1.5 * pen * pen
    points = (sizes >= 0.5 * pen * pen) & ~large
    if not grainy and 2 * points.sum() <= large.sum():  # dust comes in greater numbers
        large |= points
    kept = np.ones(len(pieces) + 1, bool)
    kept[label] = large[group]
    cleaned[around] = np.where(large[groups], ink[around], np.float32(0))
    return cleaned, pieces.only(kept)
