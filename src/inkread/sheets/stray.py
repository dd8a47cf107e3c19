"""Ink where no answer belongs: beside the boxes of a question, or as a line that strikes its boxes through.

What is printed in a question's band is known from the layout, drawn again, and left out. This module does not know what
the ink says, nor what it means for a mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.layout import TEXT_H, Comb, Page, Rect
from inkread.sheets.pagedrawing import draw_questions
from inkread.sheets.register import PIXELS_PER_MM

__all__ = ["StrayInk", "find_stray", "printed_mask"]

_BOX = tuple[int, int, int, int]


@dataclass(frozen=True)
class Limits:
    """What is allowed around boxes, in millimetres; chosen on made pages with validation digits."""

    beyond: float = 1.6
    """How far digits may leave their boxes."""
    free_mm2: float = 0.9
    """Ink of this area that touches no box is writing: the shortest 1 written by hand has 1.2."""
    attached_mm2: float = 2.0
    """Ink of this area outside, and joined to ink in a box, is more than a digit that is a little too large."""
    margin: float = 0.2
    """Ink that comes this near to a box on both sides, or passes them, strikes it through: digits are narrower."""
    corner_to_corner: tuple[float, float] = (6.3, 7.6)
    """Width and height from which on ink in one box is a digit with a stroke through it, or a very large one."""
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

    box: _BOX
    row: int | None


def printed_mask(page: Page) -> NDArray[np.bool_]:
    """Where something is printed in the bands of a page's questions, boxes apart, as a flat page (H, W)."""
    import pypdfium2 as pdfium
    from reportlab.pdfgen.canvas import Canvas

    width, height = page.size_mm
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(width * 72 / 25.4, height * 72 / 25.4))
    draw_questions(canvas, page)
    canvas.showPage()
    canvas.save()
    drawn = pdfium.PdfDocument(buffer.getvalue())[0].render(scale=PIXELS_PER_MM * 25.4 / 72, grayscale=True)
    dark = (np.ascontiguousarray(drawn.to_numpy()).reshape(drawn.height, drawn.width) < 250).astype(np.uint8)
    # Lines of text become bars, so that a shift along the line does not uncover them.
    dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, round(3 * PIXELS_PER_MM)), np.uint8))
    for comb in page.combs:
        for cell in comb.written:
            _fill(dark, _pixels(_grown(cell.rect, 0.9), (0, 0)), 0)
    side = 2 * round(_LIMITS.print * PIXELS_PER_MM) + 1
    return cv2.dilate(dark, np.ones((side, side), np.uint8)) > 0


def find_stray(
    ink: NDArray[np.bool_],
    page: Page,
    places: Sequence[tuple[float, float]],
    printed: NDArray[np.bool_],
) -> dict[str, list[StrayInk]]:
    """The stray ink of each question by its name, where there is any.

    ``ink`` (H, W) is the flat page's, ``places`` how far each row of ``page.combs`` is from its place in pixels (x, y),
    ``printed`` what ``printed_mask`` gives.
    """
    rows: dict[str, list[tuple[Comb, tuple[float, float]]]] = {}
    for comb, place in zip(page.combs, places, strict=True):
        if comb.question:
            rows.setdefault(comb.name, []).append((comb, place))
    bands = _bands(page)
    found = {name: list(_in_band(ink, bands[name], combs, printed)) for name, combs in rows.items()}
    return {name: stray for name, stray in found.items() if stray}


def _bands(page: Page) -> dict[str, Rect]:
    """The band of each question: over the whole width, from the line above it to the line below it."""
    bands = {}
    for comb in page.combs:
        if comb.question and comb.row == 0:
            second = next(one for one in page.combs if one.name == comb.name and one.row == 1)
            # What stands on the line above may be meant for the question below it. In room for working, it may not.
            text = 0.0 if comb.question.space_mm else TEXT_H * len(comb.question.lines) + 4.5
            top = comb.rect.top - text
            bottom = second.rect.bottom + 4.6
            left = page.text_left - 3
            bands[comb.name] = Rect(left, top, page.text_right + 3 - left, bottom - top)
    return bands


def _in_band(
    ink: NDArray[np.bool_],
    band: Rect,
    combs: Sequence[tuple[Comb, tuple[float, float]]],
    printed: NDArray[np.bool_],
) -> Iterator[StrayInk]:
    """What is stray in one band, whose rows are ``combs`` with their offsets."""
    shift = combs[0][1]
    left, top, right, bottom = _clipped(_pixels(band, shift), ink.shape)
    x, y = round(shift[0]), round(shift[1])
    print_here = _shifted(printed, left - x, top - y, right - x, bottom - y)
    window = (ink[top:bottom, left:right] & ~print_here).astype(np.uint8)
    near = np.zeros(window.shape, np.uint8)
    for comb, place in combs:
        for cell in comb.written:
            _fill(near, _moved(_pixels(_grown(cell.rect, _LIMITS.beyond), place), left, top), 1)
    free = window.copy()
    # A pen is interrupted where it crosses an outline.
    for mask, box in _components(cv2.morphologyEx(window, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))):
        box = _moved(box, -left, -top)
        row, struck = _touched(mask, box, combs, left, top)
        if row is None:
            continue
        free[mask] = 0
        if struck or (mask & (near == 0)).sum() >= _LIMITS.attached_mm2 * PIXELS_PER_MM**2:
            yield StrayInk(box, row)
    side = round(_LIMITS.joined * PIXELS_PER_MM)
    for mask, box in _components(cv2.morphologyEx(free, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))):
        if (mask & (free > 0) & (near == 0)).sum() >= _LIMITS.free_mm2 * PIXELS_PER_MM**2:
            yield StrayInk(_moved(box, -left, -top), None)


def _components(window: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.bool_], _BOX]]:
    """Each connected piece that is no speck: as a mask, and where it is."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(window, connectivity=8)
    for i in range(1, n):
        if stats[i, cv2.CC_STAT_AREA] >= 0.5 * _LIMITS.free_mm2 * PIXELS_PER_MM**2:
            left, top, wide, tall = (int(value) for value in stats[i, :4])
            yield labels == i, (left, top, left + wide, top + tall)


def _touched(
    mask: NDArray[np.bool_],
    box: _BOX,
    combs: Sequence[tuple[Comb, tuple[float, float]]],
    left: int,
    top: int,
) -> tuple[int | None, bool]:
    """The row in whose boxes most of a component lies (None: in no box), and whether it strikes one through."""
    most, row, struck = 0, None, False
    margin = _LIMITS.margin * PIXELS_PER_MM
    wide, tall = (limit * PIXELS_PER_MM for limit in _LIMITS.corner_to_corner)
    for comb, place in combs:
        for cell in comb.written:
            at = _pixels(cell.rect, place)
            inside = int(_cut(mask, _moved(at, left, top)).sum())
            if not inside:
                continue
            most, row = max((most, row), (inside, comb.row), key=lambda pair: pair[0])
            if cell.box.slot == "digit":
                struck = struck or (box[0] <= at[0] + margin and box[2] >= at[2] - margin)
    struck = struck or (box[2] - box[0] >= wide and box[3] - box[1] >= tall)
    return row, struck


def _grown(rect: Rect, by: float) -> Rect:
    return Rect(rect.left - by, rect.top - by, rect.width + 2 * by, rect.height + 2 * by)


def _pixels(rect: Rect, shift: tuple[float, float]) -> _BOX:
    return (
        round(rect.left * PIXELS_PER_MM + shift[0]),
        round(rect.top * PIXELS_PER_MM + shift[1]),
        round(rect.right * PIXELS_PER_MM + shift[0]),
        round(rect.bottom * PIXELS_PER_MM + shift[1]),
    )


def _moved(box: _BOX, left: int, top: int) -> _BOX:
    return box[0] - left, box[1] - top, box[2] - left, box[3] - top


def _clipped(box: _BOX, shape: tuple[int, ...]) -> _BOX:
    height, width = shape[:2]
    return (
        min(max(0, box[0]), width), min(max(0, box[1]), height),
        min(max(0, box[2]), width), min(max(0, box[3]), height),
    )  # fmt: skip


def _cut(values: NDArray[np.bool_], box: _BOX) -> NDArray[np.bool_]:
    left, top, right, bottom = _clipped(box, values.shape)
    return values[top:bottom, left:right]


def _shifted(mask: NDArray[np.bool_], left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    """A part of ``mask``, which may reach beyond its edges, where nothing is printed."""
    height, width = mask.shape
    whole = np.zeros((bottom - top, right - left), bool)
    x, y = max(0, left), max(0, top)
    part = mask[y : min(height, bottom), x : min(width, right)]
    whole[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]] = part
    return whole


def _fill(mask: NDArray[np.uint8], box: _BOX, value: int) -> None:
    left, top, right, bottom = _clipped(box, mask.shape)
    mask[top:bottom, left:right] = value
