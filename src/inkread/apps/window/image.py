"""The sheet -> the picture that is read, and saved: its pixels are those on the canvas, or those of the picture.

Of bare paper only the part with ink is read, with a margin: the rest of a large canvas says nothing and takes time.
This module knows no window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.view_parts import Edges, Sheet
from inkread.apps.window.ink_layer import InkLayer
from inkread.reading import Box
from inkread.sketch import Sketch

_MARGIN = 48
"""Pixels of paper round the ink: what is read needs some paper to be told from it."""
_PIXELS_MAX = 700_000
"""Larger drawings are reduced: 900 by 600 with some room, on which a digit written small is still 20 pixels high."""
_INK, _PAPER = 20, 255

_GREYS = np.round(_PAPER + (_INK - _PAPER) * np.arange(256) / 255).astype(np.uint8)


@dataclass(frozen=True)
class ImagePlace:
    """Where the image that was read lies on the sheet: sheet units are its pixels times ``scale``, plus.

    ``turned_degrees`` is how far it was turned to the right to be read, and ``size_wh`` its size then.
    """

    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0
    turned_degrees: int = 0
    size_wh: tuple[int, int] = (1, 1)

    def to_sheet(self, box: Box) -> Edges:
        """A box of the reading, in sheet units."""
        left, top, right, bottom = turned(box.to_list(), -self.turned_degrees % 360, self.size_wh)
        s, x, y = self.scale, self.left, self.top
        return s * left + x, s * top + y, s * right + x, s * bottom + y

    def to_image(self, edges: Edges) -> Box:
        """A box of the sheet, in pixels of the image that was read."""
        corner = np.tile((self.left, self.top), 2)
        shifted = ((np.array(edges) - corner) / self.scale).tolist()
        size_wh = self.size_wh[::-1] if self.turned_degrees % 180 else self.size_wh
        return Box(*(round(edge) for edge in turned(shifted, self.turned_degrees, size_wh)))


def turned(box: Sequence[float], degrees: int, size_wh: tuple[int, int]) -> Edges:
    """Where a box of an image of ``size_wh`` lies once the image is turned to the right by ``degrees``."""
    left, top, right, bottom = box
    width, height = size_wh
    for _ in range(degrees // 90):
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width
    return left, top, right, bottom


def image_of_sheet(
    sheet: Sheet, layer: InkLayer, dpi: float, dark: bool
) -> tuple[Callable[[], NDArray[np.uint8]], ImagePlace]:
    """How to make the image (H, W, 3) uint8 that is read, and where it lies on the sheet.

    What may change is copied at once; the work is left to who calls the function.
    """
    if sheet.picture is not None:
        if not sheet.strokes:
            return lambda: sheet.picture, ImagePlace()
        return Sketch(sheet.size_wh, sheet.strokes, sheet.picture).to_image, ImagePlace()
    left, top, right, bottom = _inked_part(layer.ink)
    ink = layer.ink[top:bottom, left:right].copy()
    width, height = right - left, bottom - top
    reduced = max(dpi, (width * height / _PIXELS_MAX) ** 0.5)
    size_wh = max(1, round(width / reduced)), max(1, round(height / reduced))
    place = layer.placement
    scale = width / size_wh[0] / place.scale
    x, y = left - _MARGIN * width / size_wh[0], top - _MARGIN * height / size_wh[1]
    on_sheet = ImagePlace(scale, (x - place.left) / place.scale, (y - place.top) / place.scale)
    return lambda: _to_image(ink, size_wh, dark), on_sheet


def sheet_image(sheet: Sheet, layer: InkLayer, dpi: float, dark: bool) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 that is read, made now."""
    return image_of_sheet(sheet, layer, dpi, dark)[0]()


def _inked_part(ink: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink; all of the canvas where there is none."""
    rows = np.flatnonzero(ink.any(axis=1))
    if not len(rows):
        return 0, 0, ink.shape[1], ink.shape[0]
    columns = np.flatnonzero(ink[rows[0] : rows[-1] + 1].any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _to_image(ink: NDArray[np.uint8], size_wh: tuple[int, int], dark: bool) -> NDArray[np.uint8]:
    if size_wh != (ink.shape[1], ink.shape[0]):
        ink = np.asarray(Image.fromarray(ink).resize(size_wh, Image.Resampling.BOX))
    grey = _GREYS[np.pad(ink, _MARGIN)]
    return np.repeat((255 - grey if dark else grey)[..., None], 3, axis=2)
