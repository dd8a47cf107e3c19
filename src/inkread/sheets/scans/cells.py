"""A flat page -> the ink in each box: the boxes found to a fraction of a millimetre, their outlines left out.

A page that curls is flat nowhere: each row of boxes is sought near where the layout has it, by its outlines. Ink is the
share of the paper's light that is missing. Outlines drop out in the red channel; on grey pictures they are paler than
ink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.paper.page_geometry import Comb, Page, Rect
from inkread.sheets.scans.register import PIXELS_PER_MM, pixels_of
from inkread.sheets.scans.stray import Print, StrayInk, find_stray

_REACH_MM = (3.2, 6.5)
"""How far across and down a row may lie from where the corner marks put it: less than to the next box, or row."""
_PAPER_MM = 14.0  # Wider than any stroke or outline: darkness of this size is shadow, not ink
_BEYOND_MM = 0.9  # How far beyond its box a digit is followed: boxes stand 1 mm apart
_OUTLINE_MM = 0.35
_DARKEST_OUTLINES = (0.5, 0.36, 0.25, 0.15, 1.0)
"""Shares of the light that outlines take at the most, in the channel that shows them best (printed: 0.44), on a clear
picture, on paler ones, and in pure black and white; tried in turn."""
_PLAIN = 0.75  # Correlation with the outlines from which on nothing else is tried
_LEAST_INK = 0.10  # Share of the light that ink takes at the least; a hard pencil on a photo takes about 0.15
_FAINT = 0.16  # Share of the light that faint printed lines take at the most; printed: 0.14
_COLOURED = 0.5
"""Share of the light, in the darkest channel, from which on something beside the boxes is a coloured pen's."""
_FOUND = 0.5
"""Correlation with the outlines from which on a row counts as found: made pages have 0.79 and more, noise 0.2."""


@dataclass(frozen=True)
class CellInk:
    """One box: its place on the flat page in pixels (left, top, right, bottom), and the ink in and just around it."""

    box: tuple[int, int, int, int]
    ink: NDArray[np.float32]
    """(h, w) 0 paper … 1 ink, ``PIXELS_PER_MM`` to the millimetre."""
    area_mm2: float
    """How much is inked."""
    seen: bool = True
    """Whether the outlines of its row were found: else nobody knows that this is the box at all."""


@dataclass(frozen=True)
class PageInk:
    """All boxes to write in, by the order of ``page.combs``; ``found`` is the share of rows that were seen."""

    combs: tuple[tuple[CellInk, ...], ...]
    found: float
    coloured_ink: bool
    """Whether something is written that the red channel does not show: a red pen."""
    stray: Mapping[str, Sequence[StrayInk]] = field(default_factory=dict)
    """By the name of a question, what is written in its band and not in its boxes."""


def find_cells(flat: NDArray[np.uint8], page: Page, printed: Print) -> PageInk:
    """The ink in every box of a flat page (H, W, 3) uint8, and what is written elsewhere in bands of questions.

    ``printed`` is ``stray.print_of`` this page.
    """
    red, darkest = _contrasts(flat)
    offsets = _offsets(darkest, page.combs)
    known = [offset for offset in offsets if offset is not None]
    usual = tuple(np.median(np.array(known), axis=0)) if known else (0.0, 0.0)
    places = [offset or (float(usual[0]), float(usual[1])) for offset in offsets]
    outline = _outline_level(red, page.combs, places)
    ink, strong = _ink(red, page.combs, places, outline)
    cells = tuple(
        tuple(replace(_cut(ink, cell.rect, place), seen=offset is not None) for cell in comb.written)
        for comb, place, offset in zip(page.combs, places, offsets, strict=True)
    )
    seen = [(comb, place) for comb, place, offset in zip(page.combs, places, offsets, strict=True) if offset]
    hidden = _hidden_ink(red, darkest, [comb for comb, _ in seen], [place for _, place in seen])
    coloured = (darkest > _COLOURED) & (red < 0.4 * darkest)
    coloured &= _outline_mask(red.shape, page.combs, places, 4 * _OUTLINE_MM) == 0
    stray = find_stray((ink > 0.35) | coloured, strong > 0.35, page, places, printed)
    return PageInk(cells, len(known) / len(page.combs), hidden, stray)


def _contrasts(flat: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of the paper's light that is missing, 0 … 1, (H, W): in the red channel, and in the darkest one."""
    left = evened(flat)
    red = left[..., 0]
    # Photos keep colour at half their resolution: the darkest channel is taken from a slightly smoothed copy.
    smooth = cv2.blur(left, (3, 3))
    darkest = cv2.min(cv2.cvtColor(left, cv2.COLOR_RGB2GRAY), smooth.min(axis=2))
    return _missing_light(red), _missing_light(darkest)


def _missing_light(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    missing: NDArray[np.float32] = (255 - levels).astype(np.float32) / np.float32(255)
    return missing


def evened(flat: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A flat page (H, W, 3) uint8 in even light: the paper is white, shadows are gone."""
    height, width = flat.shape[:2]
    small = cv2.resize(flat, (width // 6, height // 6), interpolation=cv2.INTER_AREA)
    reach = round(_PAPER_MM * PIXELS_PER_MM / 6) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), (0, 0), reach / 3)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(flat, cv2.max(paper, 8), scale=255)


def _offsets(contrast: NDArray[np.float32], combs: Sequence[Comb]) -> list[tuple[float, float] | None]:
    """How far, in pixels (x, y), each row is from its place; None where its outlines are not seen."""
    levels = [_without_ink(contrast, darkest) for darkest in _DARKEST_OUTLINES]
    found: list[tuple[float, float] | None] = []
    for comb in combs:
        best, place = 0.0, (0.0, 0.0)
        for level in levels:
            score, offset = _offset(level, comb)
            best, place = max((best, place), (score, offset))
            if best >= _PLAIN:
                break
        found.append(place if best >= _FOUND else None)
    return found


def _without_ink(contrast: NDArray[np.float32], darkest: float) -> NDArray[np.float32]:
    """What is darker than outlines is ink, and taken away with its soft edges: or digits would be taken for boxes."""
    ink = cv2.dilate((contrast > darkest).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(ink > 0, np.float32(0), contrast)


def _offset(level: NDArray[np.float32], comb: Comb) -> tuple[float, tuple[float, float]]:
    """How well the outlines of a row agree with the page (-1 … 1) where they do best, and how far off that is."""
    across, down = (round(reach * PIXELS_PER_MM) for reach in _REACH_MM)
    rect, margin = comb.rect, 1.5
    around = Rect(rect.left - margin, rect.top - margin, rect.width + 2 * margin, rect.height + 2 * margin)
    template = _outlines(comb, around)
    left, top = around.left * PIXELS_PER_MM, around.top * PIXELS_PER_MM
    x, y = round(left) - across, round(top) - down
    height, width = template.shape
    window = _window(level, x, y, x + width + 2 * across, y + height + 2 * down)
    _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED))
    return float(best), (x + at[0] - left, y + at[1] - top)


def _outlines(comb: Comb, around: Rect) -> NDArray[np.float32]:
    """The outlines of a row as they are printed, (h, w) 0 … 1."""
    size = (round(around.height * PIXELS_PER_MM), round(around.width * PIXELS_PER_MM))
    drawn = np.zeros(size, np.uint8)
    for cell in comb.written:
        x, y = cell.rect.left - around.left, cell.rect.top - around.top
        corners = np.array([(x, y), (x + cell.rect.width, y + cell.rect.height)]) * PIXELS_PER_MM * 16 - 8
        first, last = np.rint(corners).astype(int).tolist()
        cv2.rectangle(drawn, first, last, 255, 2, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(drawn, (0, 0), 1.0).astype(np.float32) / np.float32(255)


def _window(values: NDArray[np.float32], left: int, top: int, right: int, bottom: int) -> NDArray[np.float32]:
    """Part of an array; beyond its edges there is paper."""
    height, width = values.shape
    inside = values[max(0, top) : max(0, min(height, bottom)), max(0, left) : max(0, min(width, right))]
    margins = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
    return cv2.copyMakeBorder(inside, *margins, cv2.BORDER_CONSTANT, value=0.0) if any(margins) else inside


def _outline_mask(
    shape: tuple[int, ...], combs: Sequence[Comb], places: Sequence[tuple[float, float]], width_mm: float
) -> NDArray[np.uint8]:
    """A mask (H, W) uint8 of a page: 255 on outlines of boxes."""
    mask = np.zeros(shape[:2], np.uint8)
    for comb, place in zip(combs, places, strict=True):
        for cell in comb.written:
            left, top, right, bottom = pixels_of(cell.rect, place)
            cv2.rectangle(
                mask, (left, top), (right - 1, bottom - 1), 255, max(1, round(width_mm * PIXELS_PER_MM))
            )
    return mask


def _outline_level(
    red: NDArray[np.float32], combs: Sequence[Comb], places: Sequence[tuple[float, float]]
) -> float:
    """How dark outlines are in the red channel: about 0 in colour, about 0.25 where all is grey."""
    mask = _outline_mask(red.shape, combs, places, _OUTLINE_MM) > 0
    return float(np.percentile(red[mask], 75))


def _ink(
    red: NDArray[np.float32], combs: Sequence[Comb], places: Sequence[tuple[float, float]], outline: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Ink (H, W), 0 … 1, of the whole page; at outlines only what is darker than they are.

    And the same where only what is darker than outlines and faint lines counts anywhere.
    """
    band = _outline_mask(red.shape, combs, places, 3 * _OUTLINE_MM) > 0
    darker = np.maximum(red - np.float32(max(1.25 * outline, _FAINT)), 0)
    contrast = red.copy()
    contrast[band] = np.maximum(contrast[band] - np.float32(1.25 * outline), 0)
    level = np.float32(_pen_level(contrast, combs, places))
    # Half of the pen's darkness is the middle of its edge; what is below a quarter is grain.
    ink, strong = (np.clip((one / level - 0.25) / 0.5, 0, 1).astype(np.float32) for one in (contrast, darker))
    return ink, strong


def _pen_level(
    contrast: NDArray[np.float32], combs: Sequence[Comb], places: Sequence[tuple[float, float]]
) -> float:
    """How much light the pen on this page takes, where it takes all that it does."""
    strong = []
    for comb, place in zip(combs, places, strict=True):
        for cell in comb.written:
            left, top, right, bottom = pixels_of(cell.rect, place, -0.6)
            inside = _window(contrast, left, top, right, bottom)
            strong.append(inside[inside > 1.6 * _LEAST_INK])
    values = np.concatenate(strong) if strong else np.zeros(0, np.float32)
    if values.size < 60:
        return 4 * _LEAST_INK
    return float(np.clip(np.percentile(values, 70), 2 * _LEAST_INK, 0.9))


def _cut(ink: NDArray[np.float32], rect: Rect, place: tuple[float, float]) -> CellInk:
    """One box's own ink: what reaches in from a neighbour, and specks, left out."""
    box = pixels_of(rect, place, _BEYOND_MM)
    window = np.ascontiguousarray(_window(ink, *box))
    n, labels, stats, centres = cv2.connectedComponentsWithStats(
        (window > 0.35).astype(np.uint8), connectivity=8
    )
    keep = np.zeros(n, bool)
    edge = _BEYOND_MM * PIXELS_PER_MM
    height, width = window.shape
    for i in range(1, n):
        x, y = centres[i]
        inside = edge <= x < width - edge and edge <= y < height - edge
        keep[i] = inside and stats[i, cv2.CC_STAT_AREA] >= 4
    kept = keep[labels]
    own = np.where(cv2.dilate(kept.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, window, np.float32(0))
    return CellInk(pixels_of(rect, place), own, float(kept.sum()) / PIXELS_PER_MM**2)


def _hidden_ink(
    red: NDArray[np.float32],
    darkest: NDArray[np.float32],
    combs: Sequence[Comb],
    places: Sequence[tuple[float, float]],
) -> bool:
    """Whether boxes hold strokes that are clear in another channel and not in the red one."""
    boxes = 0
    for comb, place in zip(combs, places, strict=True):
        for cell in comb.written:
            box = pixels_of(cell.rect, place, -0.9)
            other, seen = _window(darkest, *box), _window(red, *box)
            hidden = ((other > 0.3) & (seen < 0.4 * other)).astype(np.uint8)
            # Grain and outlines are thinner than any stroke.
            strokes = cv2.morphologyEx(hidden, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
            boxes += int(strokes.sum() > 1.0 * PIXELS_PER_MM**2)
    return boxes > 0
