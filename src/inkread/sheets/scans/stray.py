"""Ink where no answer belongs: beside the boxes of a question, or as a line that strikes its boxes through.

What is printed in a question's band is known from the layout, drawn again, and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.paper.page_geometry import TEXT_H, Comb, Page, Rect
from inkread.sheets.paper.pen import new_pdf
from inkread.sheets.paper.printing import draw_questions
from inkread.sheets.scans.register import PIXELS_PER_MM, PixelBox, clipped, pixels_of

_DARK = 190
"""Level of the red channel, of 255, below which print is text: that of faint lines is 219, of grey text 107."""


@dataclass(frozen=True)
class Limits:
    """Tolerances around boxes in millimetres, chosen on made pages with validation digits."""

    beyond: float = 1.6
    """How far digits may leave their boxes."""
    free_mm2: float = 0.9
    """Ink of this area that touches no box is writing, near boxes twice as much: the shortest 1 has 1.2."""
    touching_mm2: float = 1.6
    """Ink of this area that touches a box, and lies outside it for the most part, is more than a decimal point."""
    attached_mm2: float = 2.0
    """Ink of this area outside, and joined to ink in a box, is more than a digit that is a little too large."""
    margin: float = 0.2
    """Ink that comes this near to a box on both sides, or passes them, strikes it through: digits are narrower."""
    corner_to_corner: tuple[float, float] = (6.3, 7.6)
    """Width and height from which on ink in one box is a digit with a stroke through it, or a very large one."""
    in_band_mm2: float = 0.3
    """The least share of such writing in the band of each question that it may belong to."""
    joined: float = 1.5
    """Pieces of writing this near to each other are looked at together."""
    print: float = 0.9
    """How far print may be from where the boxes of its question say."""


_LIMITS = Limits()


@dataclass(frozen=True)
class StrayInk:
    """Connected ink; ``box`` is its place on the flat page, in pixels.

    ``row`` is the row (0 or 1) of the question whose boxes it touches; None: it touches none.
    """

    box: PixelBox
    row: int | None


@dataclass(frozen=True, eq=False)
class Print:
    """The printed parts of the bands of a page's questions, without boxes, as flat pages (H, W).

    Text is ``dark`` and hides what is written on it. Hints in the colour of outlines, and faint lines, are ``pale``.
    """

    dark: NDArray[np.bool_]
    pale: NDArray[np.bool_]


def print_of(page: Page) -> Print:
    """The print on a page."""
    import pypdfium2 as pdfium

    canvas, buffer = new_pdf(page.size_mm)
    draw_questions(canvas, page)
    canvas.showPage()
    canvas.save()
    drawn = pdfium.PdfDocument(buffer.getvalue())[0].render(
        scale=PIXELS_PER_MM * 25.4 / 72, rev_byteorder=True
    )
    colours = np.ascontiguousarray(drawn.to_numpy()[..., :3])
    # Outlines and hints are nearly white in the red channel.
    dark = (colours[..., 0] < _DARK).astype(np.uint8)
    # Lines of text become bars, so that a shift along the line does not uncover them.
    dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, round(3 * PIXELS_PER_MM)), np.uint8))
    return Print(*(_around(page, one) for one in (dark, (colours.min(axis=2) < 250).astype(np.uint8))))


def _around(page: Page, drawn: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The area that this print may cover on a page that curls, without boxes."""
    for comb in page.combs:
        for cell in comb.written:
            left, top, right, bottom = clipped(pixels_of(cell.rect, beyond_mm=0.9), drawn.shape)
            drawn[top:bottom, left:right] = 0
    side = 2 * round(_LIMITS.print * PIXELS_PER_MM) + 1
    return cv2.dilate(drawn, np.ones((side, side), np.uint8)) > 0


def find_stray(
    ink: NDArray[np.bool_],
    strong: NDArray[np.bool_],
    page: Page,
    places: Sequence[tuple[float, float]],
    printed: Print,
) -> dict[str, list[StrayInk]]:
    """The stray ink of each question by its name, where there is any.

    ``ink`` (H, W) is the flat page's, ``strong`` such as is darker than pale print, ``places`` how far each row of
    ``page.combs`` is from its place in pixels (x, y), ``printed`` what ``print_of`` gives.
    """
    rows = [(comb, place) for comb, place in zip(page.combs, places, strict=True) if comb.question]
    bands = _bands(page, {comb.name: place for comb, place in reversed(rows)}, ink.shape)
    written = _without_print(ink, strong, bands, printed)
    weights = _weights(rows, ink.shape)
    found: dict[str, list[StrayInk]] = {name: [] for name in bands}
    free = written.copy()
    # A pen is interrupted where it crosses an outline.
    for piece in _pieces(cv2.morphologyEx(written, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))):
        for name, row, struck in _touched(piece, rows):
            piece.take_from(free)
            if struck or piece.is_beside(weights):
                found[name].append(StrayInk(piece.box, row))
    side = round(_LIMITS.joined * PIXELS_PER_MM)
    for piece in _pieces(cv2.morphologyEx(free, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))):
        area = piece.cut(weights) * (piece.mask & (piece.cut(free) > 0))
        if area.sum() < _LIMITS.free_mm2 * PIXELS_PER_MM**2:
            continue
        for name, (band, _) in bands.items():
            if piece.within(band, area) >= _LIMITS.in_band_mm2 * PIXELS_PER_MM**2:
                found[name].append(StrayInk(piece.box, None))
    return {name: stray for name, stray in found.items() if stray}


def _bands(
    page: Page, places: Mapping[str, tuple[float, float]], shape: tuple[int, ...]
) -> dict[str, tuple[PixelBox, tuple[float, float]]]:
    """The band of each question, in pixels, over the whole width from the line above it to the line below it.

    With how far it is from its place.
    """
    bands = {}
    for comb in page.combs:
        if comb.question and comb.row == 0:
            second = next(one for one in page.combs if one.name == comb.name and one.row == 1)
            # What stands on the line above may be meant for the question below it. In room for working, it may not.
            text = 0.0 if comb.question.space_mm else TEXT_H * len(comb.question.lines) + 4.5
            top = comb.rect.top - text
            bottom = second.rect.bottom + 4.6
            left = page.text_left - 3
            band = Rect(left, top, page.text_right + 3 - left, bottom - top)
            bands[comb.name] = clipped(pixels_of(band, places[comb.name]), shape), places[comb.name]
    return bands


def _without_print(
    ink: NDArray[np.bool_],
    strong: NDArray[np.bool_],
    bands: Mapping[str, tuple[PixelBox, tuple[float, float]]],
    printed: Print,
) -> NDArray[np.uint8]:
    """The handwriting in the bands of questions (H, W)."""
    written = np.zeros(ink.shape, np.uint8)
    dark, pale = np.zeros(ink.shape, bool), np.zeros(ink.shape, bool)
    for (left, top, right, bottom), shift in bands.values():
        x, y = round(shift[0]), round(shift[1])
        written[top:bottom, left:right] = ink[top:bottom, left:right]
        for hidden, mask in ((dark, printed.dark), (pale, printed.pale)):
            hidden[top:bottom, left:right] |= _shifted(mask, left - x, top - y, right - x, bottom - y)
    written[dark | (pale & ~strong)] = 0
    return written


def _weights(rows: Sequence[tuple[Comb, tuple[float, float]]], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """How much ink counts (H, W): in boxes nothing, around them half."""
    weights = np.ones(shape, np.float32)
    for beyond, value in ((_LIMITS.beyond, 0.5), (0.0, 0.0)):
        for comb, place in rows:
            for cell in comb.written:
                left, top, right, bottom = clipped(pixels_of(cell.rect, place, beyond), shape)
                weights[top:bottom, left:right] = value
    return weights


@dataclass(frozen=True, eq=False)
class _Piece:
    """Connected ink: its ``box`` on the page, and which pixels in the box are inked."""

    box: PixelBox
    mask: NDArray[np.bool_]

    def cut(self, values: NDArray[Any]) -> NDArray[Any]:
        """The part of an array (H, W) in the box."""
        left, top, right, bottom = self.box
        return values[top:bottom, left:right]

    def is_beside(self, weights: NDArray[np.float32]) -> bool:
        """Whether a piece that touches a box lies outside boxes for the most part, or leaves them by far."""
        own, weight = self.mask.sum(), self.cut(weights)[self.mask]
        beside = 2 * (weight > 0).sum() > own >= _LIMITS.touching_mm2 * PIXELS_PER_MM**2
        return bool(beside or (weight == 1).sum() >= _LIMITS.attached_mm2 * PIXELS_PER_MM**2)

    def take_from(self, values: NDArray[np.uint8]) -> None:
        """Clears the piece in an array (H, W), in place."""
        self.cut(values)[self.mask] = 0

    def within(self, box: PixelBox, values: NDArray[Any]) -> float:
        """The sum of ``values``, which are of the piece's box, in another box."""
        left, top, right, bottom = _common(self.box, box) or (0, 0, 0, 0)
        x, y = self.box[:2]
        return float(values[top - y : bottom - y, left - x : right - x].sum()) if right > left else 0.0


def _pieces(written: NDArray[np.uint8]) -> Iterator[_Piece]:
    """Each connected piece that is no speck."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    for i in range(1, n):
        if stats[i, cv2.CC_STAT_AREA] >= 0.5 * _LIMITS.free_mm2 * PIXELS_PER_MM**2:
            left, top, wide, tall = (int(value) for value in stats[i, :4])
            mask = labels[top : top + tall, left : left + wide] == i
            yield _Piece((left, top, left + wide, top + tall), mask)


def _touched(
    piece: _Piece, rows: Sequence[tuple[Comb, tuple[float, float]]]
) -> Iterator[tuple[str, int, bool]]:
    """The questions in whose boxes a piece lies: name, row, and whether it strikes a box through.

    Of a question's two rows, the one in which more of it lies.
    """
    inside: dict[str, dict[int, int]] = {}
    struck: set[str] = set()
    left, _, right, _ = piece.box
    margin = _LIMITS.margin * PIXELS_PER_MM
    for comb, place in rows:
        if not _common(piece.box, pixels_of(comb.rect, place)):
            continue
        for cell in comb.written:
            at = pixels_of(cell.rect, place)
            area = int(piece.within(at, piece.mask))
            if not area:
                continue
            own = inside.setdefault(comb.name, {})
            own[comb.row] = own.get(comb.row, 0) + area
            beyond = margin if cell.box.slot == "digit" else 0
            if cell.box.slot in ("digit", "tick") and left <= at[0] + beyond and right >= at[2] - beyond:
                struck.add(comb.name)
    wide, tall = (limit * PIXELS_PER_MM for limit in _LIMITS.corner_to_corner)
    long = right - left >= wide and piece.box[3] - piece.box[1] >= tall
    for name, own in inside.items():
        yield name, max(own, key=lambda row: own[row]), long or name in struck


def _common(one: PixelBox, other: PixelBox) -> PixelBox | None:
    """The intersection of two boxes; None: they do not meet."""
    box = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return box if box[0] < box[2] and box[1] < box[3] else None


def _shifted(mask: NDArray[np.bool_], left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    """A part of ``mask``, which may reach beyond its edges, where nothing is printed."""
    height, width = mask.shape
    whole = np.zeros((bottom - top, right - left), bool)
    x, y = max(0, left), max(0, top)
    part = mask[y : min(height, bottom), x : min(width, right)]
    whole[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
    return whole
