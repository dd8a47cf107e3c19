"""A sheet of paper on a table, a canvas in a window -> the same picture with nothing but paper round the sheet.

Beside a sheet that is seen with its edges, the table is ink: as dark as a pen, and far larger. So where a light area
with straight, sharp edges has something darker on several sides, what lies outside is painted over with the
paper's own shade, carried on from its edges; and the same with a note of darker paper that is written on. A shadow
on a page is dark as well, but it has not so many straight sides.
This module does not know what is written, nor whether anything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.ink.copies import grey_of, thumbnail
from inkread.measure import quantile

__all__ = ["sheet_alone"]

_LEAST_SIDE = 160
"""A smaller picture hardly shows a table."""
_SMALL = 192
"""Longer side of the copy on which the sheet is sought."""
_ACROSS = 5
"""Pixels of the small copy: strokes up to this width do not notch a sheet's edge."""
_WRITING = 17
"""Pixels of the small copy: strokes up to this width are no part of a sheet's shade."""
_LEAST_SHEET, _MOST_SHEET = 0.12, 0.96
"""Share of the picture that a sheet takes."""
_SOLID = 0.93
"""Share of its hull that it fills."""
_LIGHT = 0.6
"""Share of it that is light; the rest may be writing."""
_OTHERS = 0.3
"""Share of what is not the sheet that may be as light."""
_STRAIGHT, _MOST_CORNERS = 0.015, 6
"""How far corners may lie off the outline, as a share of its length; with the picture's own there may be six."""
_DARKER = {2: 0.55, 3: 0.85}
"""What the outside has of the sheet's light at most, by how many straight sides are in the picture."""
_SHARP = 0.75
"""Share of a side along which the light falls at once."""
_LIGHT_RIM = 0.9
"""Share of the lightest that is paper, too."""
_COLOUR = 1.3
"""A note has so much more of its table's light in one channel than in another."""
_INK = 0.75
"""Writing on a note has less than this share of the note's light."""
_LEAST_INK, _MOST_INK = 0.004, 0.35
"""The least and the largest share of a note's area that writing covers."""
_BAND = 3.0
"""How far from the edge, in pixels of the small copy, the light is looked at."""


def sheet_alone(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) or (H, W), uint8, with paper round its sheet; the picture itself where no sheet is seen."""
    if max(image.shape[:2]) < _LEAST_SIDE or min(image.shape[:2]) < _LEAST_SIDE // 4:
        return image
    # Where there is paper all round, as in most drawings, it is so in a small copy as well.
    if image.ndim == 2 and _has_light_rim(image, max(image.shape) // _SMALL + 3):
        return image
    small = thumbnail(thumbnail(image, 2 * _SMALL, cv2.INTER_NEAREST), _SMALL)
    # Paper is light in every channel, and a coloured table is dark in one.
    light = reduce(cv2.min, cv2.split(small))
    if small.ndim == 2 and _has_light_rim(light, 1):
        return image
    inside = _sheet(light)
    if inside is None:  # nor is a note of coloured paper on a white table, if something is written on it
        inside = _sheet(cv2.bitwise_not(light))
        if inside is None or not _is_coloured(small, inside) or not _is_written_on(small, inside):
            return image
    # The picture's own edge is no edge of the sheet.
    inside = cv2.erode(inside, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return _carried_on(image, small, inside)


def _has_light_rim(grey: NDArray[np.uint8], wide: int) -> bool:
    """Whether all pixels less than ``wide`` from the edge are nearly as light as the lightest one."""
    rims = grey[:wide], grey[-wide:], grey[:, :wide], grey[:, -wide:]
    return min(cv2.minMaxLoc(rim)[0] for rim in rims) > _LIGHT_RIM * cv2.minMaxLoc(grey)[1]


def _sheet(light: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """1 where the sheets are, that is where it is ``light`` between straight sides; None if there is none."""
    # Ink within a sheet is within its outline; only what runs out over its edge must be closed.
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((_ACROSS, _ACROSS), np.uint8))
    for mask in _masks(closed):
        outline = _outline(mask)
        if outline is not None and _is_sheet(outline, closed):
            return cv2.drawContours(np.zeros(light.shape, np.uint8), [outline], -1, 1, cv2.FILLED)
    return None


def _is_coloured(small: NDArray[np.uint8], inside: NDArray[np.uint8]) -> bool:
    """Whether what is ``inside`` is of another colour than the rest: a shadow is not."""
    if small.ndim == 2:
        return False
    within, beyond = (
        np.median(small[part], axis=0) if part.any() else np.ones(3) for part in (inside > 0, inside == 0)
    )
    left = (within + 8) / (beyond + 8)
    return float(left.max()) > _COLOUR * float(left.min())


def _is_written_on(small: NDArray[np.uint8], inside: NDArray[np.uint8]) -> bool:
    """Whether some of what is well ``inside`` is darker than most: without ink it is no paper, but a brush's stroke."""
    well = cv2.erode(inside, np.ones((11, 11), np.uint8)) > 0
    grey = grey_of(small)[well]
    if not grey.size:
        return False
    return _LEAST_INK < float(np.mean(grey < _INK * np.median(grey))) < _MOST_INK


def _masks(closed: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """What is light: more than Otsu's threshold, or nearer to the light parts' median, if a table shines."""
    level, mask = cv2.threshold(closed, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield mask
    median = float(np.median(closed[mask > 0])) if mask.any() else level
    for share in (0.4, 0.65):
        yield cv2.threshold(closed, level + share * (median - level), 255, cv2.THRESH_BINARY)[1]


def _outline(mask: NDArray[np.uint8]) -> NDArray[np.int32] | None:
    """The outline (n, 1, 2) of the largest light area, if it is large and solid enough, and little else is light."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    largest = max(outlines, key=cv2.contourArea)
    area, hull = cv2.contourArea(largest), cv2.contourArea(cv2.convexHull(largest))
    if not _LEAST_SHEET < area / mask.size < _MOST_SHEET or area < _SOLID * hull:
        return None
    filled = cv2.drawContours(np.zeros_like(mask), [largest], -1, 255, cv2.FILLED)
    if cv2.countNonZero(cv2.bitwise_and(mask, filled)) < _LIGHT * area:  # a frame round something dark
        return None
    others = cv2.countNonZero(cv2.subtract(mask, filled))
    if others > _OTHERS * (mask.size - area):  # a cell of a table, beside which there are others
        return None
    return np.asarray(largest, np.int32)


def _is_sheet(outline: NDArray[np.int32], closed: NDArray[np.uint8]) -> bool:
    """Whether the outline has few corners, and enough sides in the picture along which it gets dark at once."""
    hull = cv2.convexHull(outline)
    corners = cv2.approxPolyDP(hull, _STRAIGHT * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
    if len(corners) > _MOST_CORNERS:
        return False
    middle = corners.mean(axis=0)
    falls = []
    for start, end in pairwise([*corners, corners[0]]):
        if np.hypot(*(end - start)) <= 0.15 * max(closed.shape):
            continue
        ratios = _light_lost(start, end, middle, closed)
        if ratios.size:
            falls.append(quantile(ratios, _SHARP))
    return any(sum(fall <= darker for fall in falls) >= sides for sides, darker in _DARKER.items())


def _light_lost(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    middle: NDArray[np.float64],
    closed: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Light outside over light inside at points along a side; none for a side that is the picture's own edge."""
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    out = np.array([along[1], -along[0]])
    out *= np.sign(out @ (start - middle)) or 1.0
    points = start + np.linspace(0.08, 0.92, 40)[:, None] * (end - start)
    beyond = np.rint(points + _BAND * out).astype(int)
    within = np.rint(points - _BAND * out).astype(int)
    height, width = closed.shape
    seen = (beyond >= 0).all(axis=1) & (beyond < [width, height]).all(axis=1)
    seen &= (within >= 0).all(axis=1) & (within < [width, height]).all(axis=1)
    if seen.mean() < 0.5:
        return np.zeros(0)
    outside, inside = (closed[p[seen, 1], p[seen, 0]].astype(np.float64) for p in (beyond, within))
    return (outside + 4) / (inside + 4)


def _carried_on(
    image: NDArray[np.uint8], small: NDArray[np.uint8], inside: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The picture with the mean paper near the sheet's edges in place of all that is not ``inside``."""
    height, width = image.shape[:2]
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_WRITING, _WRITING), np.uint8)).astype(
        np.float32
    )
    weight = inside.astype(np.float32)
    shape = (-1, -1, 1)[: paper.ndim]
    known = np.zeros_like(weight)
    filled = np.zeros_like(paper)
    for sigma in (4.0, 12.0, 40.0):  # from near, and from farther where nothing is near
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        mean = cv2.GaussianBlur(paper * weight.reshape(*weight.shape, *shape[2:]), (0, 0), sigma)
        now = np.minimum(share / 0.1, 1 - known) if sigma < 40 else 1 - known
        filled += mean * (now / np.maximum(share, 1e-6)).reshape(*now.shape, *shape[2:])
        known += now
    carried = cv2.resize(
        np.clip(filled + 0.5, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR
    )
    mask = cv2.resize(inside * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.copyTo(image, (mask > 127).view(np.uint8), carried)
