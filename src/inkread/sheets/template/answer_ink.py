"""A flat page and its empty page -> the handwriting in each rectangle, without printed text.

Print is known from the empty page. What it covers is filled in from around it: a digit that crosses a line stays whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.paper.page_geometry import Rect
from inkread.sheets.scans.cells import evened
from inkread.sheets.scans.register import PIXELS_PER_MM, clipped, pixels_of

Picture: TypeAlias = NDArray[np.uint8]
Box: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Limits:
    """Lengths in millimetres, areas in square millimetres; chosen on worksheets made by code."""

    beyond: float = 4.0
    """How far writing is followed out of its rectangle."""
    ink: float = 0.28
    """Share of the paper's light that ink takes at the least."""
    print: float = 0.10
    """The same of print on the empty page."""
    around_print: float = 0.45
    """How far from its place print may be, and its soft edges reach."""
    line: tuple[float, float] = (12.0, 2.5)
    """Print from this length on is a line, and may be so much longer: pages stretch most along lines."""
    solid_print: float = 1.4
    """Print that is thicker than this hides what is written on it."""
    speck: float = 0.12
    """Less ink than this is a speck: the dot of a fine pen has 0.3, and less where a picture is blurred."""
    written: float = 0.8
    """Less ink than this in a rectangle is no answer; the shortest 1 written by hand has 1.2."""
    near: float = 9.0
    """How far from an empty rectangle writing is taken for a misplaced answer."""
    row: float = 60.0
    """The same where it stands in the row of the rectangle, with no other rectangle between."""
    misplaced: float = 1.5
    """Ink of this area, in one piece, is writing."""


LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class Field:
    """What was written in one rectangle.

    ``picture`` (h, w, 3) uint8 is the rectangle and some of what is around it, without print and without what belongs
    to others. ``ink`` (h, w) is where in it something is written, ``corner`` its place (left, top) on the flat page,
    and ``area_mm2`` how much is inked. ``odd`` are boxes on the flat page of writing that may be lost: it leaves the
    picture, is hidden by print, or stands beside an empty rectangle.
    """

    picture: Picture
    ink: NDArray[np.bool_]
    corner: tuple[int, int]
    area_mm2: float
    odd: tuple[Box, ...]

    @property
    def is_empty(self) -> bool:
        return self.area_mm2 < LIMITS.written


class Writing:
    """The writing on a ``flat`` page (H, W, 3) uint8 whose empty page is ``blank``, of the same shape."""

    def __init__(self, flat: Picture, blank: Picture, rects: Sequence[Rect]) -> None:
        self._page = evened(flat)
        dark = (darkness(evened(blank)) > LIMITS.print).astype(np.uint8)
        self._print = cv2.dilate(dark | _line_ends(dark), _disk(LIMITS.around_print))
        thick = cv2.morphologyEx(
            self._print, cv2.MORPH_OPEN, _disk(LIMITS.solid_print / 2 + LIMITS.around_print)
        )
        self._solid = thick > 0
        self._rects = [clipped(pixels_of(rect, beyond_mm=0.0), flat.shape) for rect in rects]

    def field(self, rect: Rect) -> Field:
        """The handwriting in this rectangle."""
        own = clipped(pixels_of(rect, beyond_mm=0.0), self._page.shape)
        box = clipped(pixels_of(rect, beyond_mm=LIMITS.beyond), self._page.shape)
        left, top, right, bottom = box
        printed = self._print[top:bottom, left:right]
        picture = self._page[top:bottom, left:right].copy()
        if printed.any():
            picture = cv2.inpaint(picture, printed, 3, cv2.INPAINT_TELEA)
        height, width = picture.shape[:2]
        ink = np.zeros((height, width), bool)
        written = (darkness(picture) > LIMITS.ink).astype(np.uint8)
        inside = np.zeros_like(ink)
        inside[own[1] - top : own[3] - top, own[0] - left : own[2] - left] = True
        solid = self._solid[top:bottom, left:right]
        odd: list[Box] = []
        for piece, (x, y, wide, tall) in _pieces(written):
            within = int((piece & inside).sum())
            if 2 * within >= piece.sum():
                ink |= piece
                leaves = x == 0 or y == 0 or x + wide == width or y + tall == height
                hidden = (cv2.dilate(piece.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & solid
                if leaves or hidden.any():
                    odd.append((left + x, top + y, left + x + wide, top + y + tall))
            elif within >= LIMITS.misplaced * PIXELS_PER_MM**2:
                odd.append((left + x, top + y, left + x + wide, top + y + tall))
        picture[~_grown(ink)] = 255
        area = float(ink.sum()) / PIXELS_PER_MM**2
        odd += self._beside(rect) if area < LIMITS.written and not odd else []
        return Field(picture, ink, (left, top), area, tuple(odd))

    def _beside(self, rect: Rect) -> list[Box]:
        """Writing in no rectangle that is near this one, or stands in its row."""
        own, near = (clipped(pixels_of(rect, beyond_mm=by), self._page.shape) for by in (0.0, LIMITS.near))
        row = self._row(own)
        left, top, right, bottom = min(near[0], row[0]), near[1], max(near[2], row[1]), near[3]
        free = (darkness(self._page[top:bottom, left:right]) > LIMITS.ink).astype(np.uint8)
        free[self._print[top:bottom, left:right] > 0] = 0
        for other in self._rects:
            if other != own:
                x, y = max(0, other[0] - left), max(0, other[1] - top)
                free[y : max(0, other[3] - top), x : max(0, other[2] - left)] = 0
        found = []
        for piece, (x, y, wide, tall) in _pieces(free):
            box = left + x, top + y, left + x + wide, top + y + tall
            close = box[0] < near[2] and box[2] > near[0]
            beside = own[1] <= (box[1] + box[3]) / 2 < own[3] and row[0] <= box[0] and box[2] <= row[1]
            if (close or beside) and piece.sum() >= LIMITS.misplaced * PIXELS_PER_MM**2:
                found.append(box)
        return found

    def _row(self, own: Box) -> tuple[int, int]:
        """From where to where, in pixels across the page, writing beside a rectangle may belong to it."""
        reach, gap = round(LIMITS.row * PIXELS_PER_MM), round(LIMITS.beyond * PIXELS_PER_MM)
        beside = [one for one in self._rects if one != own and one[1] < own[3] and one[3] > own[1]]
        left = max(0, own[0] - reach, *(one[2] + gap for one in beside if one[2] <= own[0]))
        right = min(
            self._page.shape[1], own[2] + reach, *(one[0] - gap for one in beside if one[0] >= own[2])
        )
        return left, right


def darkness(picture: Picture) -> NDArray[np.float32]:
    """Share of the paper's light that is missing in the darkest channel (h, w), 0 … 1."""
    smooth = cv2.blur(picture, (3, 3)).min(axis=2)
    dark = cv2.min(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), smooth)
    return (255 - dark).astype(np.float32) / np.float32(255)


def _line_ends(dark: Picture) -> Picture:
    """Printed lines, made longer at both ends (h, w)."""
    length, more = (round(side * PIXELS_PER_MM) for side in LIMITS.line)
    longer = np.zeros_like(dark)
    for across in (True, False):
        line, ends = (
            np.ones((1, side) if across else (side, 1), np.uint8) for side in (length, 2 * more + 1)
        )
        longer |= cv2.dilate(cv2.morphologyEx(dark, cv2.MORPH_OPEN, line), ends)
    return longer


def _disk(radius_mm: float) -> Picture:
    side = 2 * round(radius_mm * PIXELS_PER_MM) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _grown(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink with its soft edges."""
    return cv2.dilate(ink.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0


def _pieces(written: Picture) -> Iterator[tuple[NDArray[np.bool_], Box]]:
    """Each connected piece of ink that is no speck, and its left, top, width and height."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    for i in range(1, n):
        if stats[i, cv2.CC_STAT_AREA] >= LIMITS.speck * PIXELS_PER_MM**2:
            left, top, wide, tall = (int(value) for value in stats[i, :4])
            yield labels == i, (left, top, wide, tall)
