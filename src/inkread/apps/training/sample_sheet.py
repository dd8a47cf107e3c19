"""Images of digits as one picture: samples beside the class histogram, or each digit beside its variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box
from inkread.render.drawing import (
    DARK,
    GREY,
    LIGHT,
    Colour,
    Picture,
    Text,
    font_of,
    paint,
    rounded,
    text_width,
    write,
)

_ZOOM = 2
_SIDE = 28 * _ZOOM
_GAP = 8
_PITCH = _SIDE + _GAP
_MARGIN = 40
_HEAD = 122  # Title, subtitle, and the headings of the columns
_LABELS = 52  # Width of the column with the digits
_BARS = 300
_MUTED: Colour = (92, 102, 112)
_CARD: Colour = (255, 255, 255)
_SHADES: tuple[Colour, ...] = ((0, 114, 178), (126, 190, 228), (230, 159, 0))
"""Okabe and Ito's blue, a tint of it for what is of the same part, and their orange."""
_TITLE, _SUBTITLE, _HEADING, _FIGURE, _DIGIT = 28, 17, 15, 15, 26
_BAR = 18


@dataclass(frozen=True, slots=True)
class Series:
    """One part of the histogram: its name, and how many images of each digit (10,) it has."""

    name: str
    counts: NDArray[np.intp]


def draw_samples(
    title: str, subtitle: str, rows: Sequence[NDArray[np.uint8]], series: Sequence[Series]
) -> Picture:
    """Ten rows, one per digit: its samples (n, 28, 28) uint8, and a bar with the counts of each series."""
    columns = max(max((len(row) for row in rows), default=0), 3)
    bars_at = _MARGIN + _LABELS + columns * _PITCH + 24
    total = sum((one.counts for one in series), np.zeros(10, np.intp))
    number_width = max(text_width(f"{count:,}", _FIGURE) for count in total)
    legend_width = sum(20 + text_width(one.name, _HEADING) + 22 for one in series) - 22
    width = bars_at + round(max(_BARS + 9 + number_width, legend_width)) + _MARGIN
    sheet = _paper(width, rows)
    texts = _head(title, subtitle, width)
    texts.append(Text("some of them, drawn by lot", _MARGIN + _LABELS, _HEAD - 14, _HEADING, _MUTED))
    texts += _legend(sheet, series, bars_at)
    for digit, row in enumerate(rows):
        top = _HEAD + digit * _PITCH
        texts.append(_digit(digit, top))
        _place(sheet, row, _MARGIN + _LABELS, top)
        end = _bar(sheet, [int(one.counts[digit]) for one in series], int(total.max()), bars_at, top)
        middle = top + _SIDE / 2 + _FIGURE * 0.36
        texts.append(Text(f"{total[digit]:,}", end + 9, middle, _FIGURE, DARK if total[digit] else GREY))
    write(sheet, texts)
    return sheet


def draw_variants(
    title: str,
    subtitle: str,
    originals: Sequence[NDArray[np.uint8]],
    variants: Sequence[NDArray[np.uint8]],
) -> Picture:
    """Ten rows, one per digit: the image (0 or 1, 28, 28), and apart from it its variants (n, 28, 28)."""
    columns = max(max((len(row) for row in variants), default=0), 1)
    left = _MARGIN + _LABELS
    beside = left + _SIDE + 3 * _GAP
    heading = "what the network is shown instead"
    row_width = max(columns * _PITCH - _GAP, round(text_width(heading, _HEADING)))
    sheet = _paper(beside + row_width + _MARGIN, originals)
    texts = _head(title, subtitle, sheet.shape[1])
    texts.append(Text("image", left, _HEAD - 14, _HEADING, _MUTED))
    texts.append(Text(heading, beside, _HEAD - 14, _HEADING, _MUTED))
    for digit, (original, row) in enumerate(zip(originals, variants, strict=True)):
        top = _HEAD + digit * _PITCH
        texts.append(_digit(digit, top))
        _place(sheet, original, left, top)
        _place(sheet, row, beside, top)
        if not len(original):
            texts.append(Text("none", left, top + _SIDE / 2 + 5, _FIGURE, GREY))
    write(sheet, texts)
    return sheet


def _legend(sheet: Picture, series: Sequence[Series], left: int) -> list[Text]:
    texts, x = [], float(left)
    for one, shade in zip(series, _SHADES, strict=False):
        rounded(sheet, Box(round(x), _HEAD - 26, round(x) + 13, _HEAD - 13), 3, shade)
        texts.append(Text(one.name, x + 20, _HEAD - 14, _HEADING, _MUTED))
        x += 20 + text_width(one.name, _HEADING) + 22
    return texts


def _paper(width: int, rows: Sequence[object]) -> Picture:
    height = _HEAD + len(rows) * _PITCH - _GAP + _MARGIN
    return np.full((height, width, 3), LIGHT, np.uint8)


def _head(title: str, subtitle: str, width: int) -> list[Text]:
    """Title and subtitle, shortened where they would not fit; letters the font lacks become question marks."""
    room = width - 2 * _MARGIN
    lines = ((title, 52, _TITLE, DARK, True), (subtitle, 80, _SUBTITLE, _MUTED, False))
    return [
        Text(_fitted(text, size, room), _MARGIN, y, size, ink, bold) for text, y, size, ink, bold in lines
    ]


def _fitted(text: str, size: int, room: float) -> str:
    font = font_of(size)
    unknown = bytes(font.getmask("\uffff"))
    text = "".join("?" if bytes(font.getmask(letter)) == unknown else letter for letter in text)
    if text_width(text, size) <= room:
        return text
    while text and text_width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def _digit(digit: int, top: int) -> Text:
    return Text(str(digit), _MARGIN + 16, top + _SIDE / 2 + _DIGIT * 0.36, _DIGIT, DARK, True, True)


def _place(sheet: Picture, images: NDArray[np.uint8], left: int, top: int) -> None:
    """Images in a row, dark ink on white cards, pixel for pixel."""
    for i, image in enumerate(images):
        x = left + i * _PITCH
        rounded(sheet, Box(x - 1, top - 1, x + _SIDE + 1, top + _SIDE + 1), 4, (222, 225, 228))
        rounded(sheet, Box(x, top, x + _SIDE, top + _SIDE), 3, _CARD)
        ink = np.kron(image, np.ones((_ZOOM, _ZOOM), np.uint8))[..., None] / 255
        window = sheet[top : top + _SIDE, x : x + _SIDE]
        window[:] = np.rint(window + (np.array(DARK) - window) * ink).astype(np.uint8)


def _bar(sheet: Picture, counts: Sequence[int], longest: int, left: int, top: int) -> float:
    """One bar, its series end to end; returns where it ends."""
    y = top + (_SIDE - _BAR) // 2
    x, done = left, 0
    for count, shade in zip(counts, _SHADES, strict=False):
        done += count
        end = left + round(_BARS * done / max(longest, 1))
        # Something, however little, is seen: two pixels.
        end = max(end, x + 2) if count else x
        paint(sheet, Box(x, y, end, y + _BAR), shade)
        x = end
    return x
