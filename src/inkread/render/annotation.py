"""Reading -> annotated picture, enlarged and with margins; or the picture itself with boxes and values drawn into it.

``label_layout`` chose the places of the annotated picture; here they are drawn.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.elements import Box, Digit
from inkread.render.drawing import (
    DARK,
    GREY,
    LIGHT,
    Colour,
    Picture,
    Text,
    dashed_box,
    font_of,
    legible,
    outline,
    paint,
    rounded,
    text_width,
    write,
)
from inkread.render.label_layout import LEGEND, Layout, big, chip_text, lay_out, small, sureness

if TYPE_CHECKING:
    from inkread.reading import Reading

_DARK_PICTURE = 100
"""Pictures whose middle brightness is below this get dark margins, so that the annotation does not glare."""
_CAPTION_ROWS = 3


def annotate(image: Picture, reading: Reading) -> Picture:
    """A new picture (H', W', 3) uint8 with the digits of ``reading`` boxed and labelled; ``image`` stays as
    it is.

    ``image`` (H, W, 3) uint8 is the upright image that was read. A small one is enlarged so that its labels
    can be
    read, and all pictures grow by a caption, and by margins where labels need them.
    """
    layout = lay_out(image, reading)
    bounds, gap = layout.bounds, layout.gap
    dark = float(np.median(image)) < _DARK_PICTURE if image.size else False
    ground, writing = (DARK, LIGHT) if dark else (LIGHT, DARK)
    caption = _Caption(reading, layout, bounds.width)
    strip_end = bounds.height + (2 * gap if layout.in_strip else 0)
    picture: Picture = np.full((strip_end + caption.height, bounds.width, 3), ground, np.uint8)
    x, y = -bounds.left, -bounds.top
    width, height = layout.size_wh
    picture[y : y + height, x : x + width] = enlarged(image, layout.size_wh)
    texts = _draw_boxes(picture, reading, layout, x, y)
    for number, head in layout.in_strip:
        at = _moved(head, x, y)
        texts.append(
            Text(f"line {number + 1}", at.left, _baseline(at, small(layout.font)), small(layout.font), GREY)
        )
    rule = tuple(round(0.85 * g + 0.15 * w) for g, w in zip(ground, writing, strict=True))
    paint(picture, Box(0, strip_end, bounds.width, strip_end + 1), (rule[0], rule[1], rule[2]))
    texts += caption.draw(picture, strip_end, writing)
    write(picture, texts)
    return picture


def enlarged(image: Picture, size_wh: tuple[int, int]) -> Picture:
    """``image`` brought to ``size_wh``: whole multiples keep square pixels, others are made smooth."""
    height, width = image.shape[:2]
    if size_wh == (width, height):
        return image
    whole = size_wh[0] % width == 0 and size_wh[1] % height == 0 and size_wh[0] // width > 2
    return np.asarray(
        cv2.resize(image, size_wh, interpolation=cv2.INTER_NEAREST if whole else cv2.INTER_CUBIC), np.uint8
    )


def chip_texts(digit: Digit, box: Box, font: int, colour: Colour) -> list[Text]:
    """The writing on a label: the value large, its confidence small."""
    value, confidence = chip_text(digit)
    baseline = _baseline(box, big(font))
    inner = text_width(value, big(font)) + text_width(confidence, small(font)) + 0.35 * font
    left = (box.left + box.right - inner) / 2
    right = left + inner - text_width(confidence, small(font))
    return [
        Text(value, left, baseline, big(font), colour, bold=True),
        Text(confidence, right, baseline, small(font), colour),
    ]


def _draw_boxes(picture: Picture, reading: Reading, layout: Layout, x: int, y: int) -> list[Text]:
    """Draws boxes and the ground of labels; returns the writing on them."""
    digits = [_moved(box, x, y) for box in layout.digits]
    inked = np.zeros(picture.shape[:2], np.bool_)
    for box in digits:
        inked[max(0, box.top) : box.bottom, max(0, box.left) : box.right] = True
    texts = _draw_others(picture, reading, layout, inked, x, y)
    line = max(1.5, layout.font / 9)
    red, green, blue = (
        int(middle)
        for middle in np.median(picture.reshape(-1, 3)[:: max(1, picture.size // 300_000)], axis=0)
    )
    paper = (red, green, blue)
    clear = max(1, layout.gap // 2 - 1)
    for digit, box in zip(reading.digits, digits, strict=True):
        frame = Box(box.left - clear, box.top - clear, box.right + clear, box.bottom + clear)
        outline(picture, frame, line, layout.font / 3, legible(sureness(digit)[0], paper), inked)
    for digit, label in zip(reading.digits, layout.labels, strict=True):
        box = _moved(label, x, y)
        ground, writing = sureness(digit)
        rounded(
            picture,
            Box(box.left - 1, box.top - 1, box.right + 1, box.bottom + 1),
            layout.font / 2,
            LIGHT,
            0.45,
        )
        rounded(picture, box, layout.font / 2.2, ground)
        texts += chip_texts(digit, box, layout.font, writing)
    return texts


def _draw_others(
    picture: Picture, reading: Reading, layout: Layout, inked: NDArray[np.bool_], x: int, y: int
) -> list[Text]:
    """Rejected ink dashed, marks outlined, both in grey; returns the notes."""
    thin = max(1, round(layout.font / 14))
    for rejected in reading.rejected:
        dashed_box(picture, _moved(_scaled(rejected.box, layout.scale), x, y), thin, GREY, inked)
    for mark in reading.marks:
        box = _moved(_scaled(mark.box, layout.scale), x, y)
        outline(picture, Box(box.left - 2, box.top - 2, box.right + 2, box.bottom + 2), thin, 3, GREY, inked)
    texts = []
    for reason, label in layout.notes:
        box = _moved(label, x, y)
        rounded(picture, box, box.height / 3, LIGHT, 0.8)
        size = small(layout.font)
        texts.append(Text(reason, box.centre[0], _baseline(box, size), size, (84, 90, 98), middle=True))
    return texts


class _Caption:
    """The strip at the bottom: the text that was read and, where there is room, what the colours mean."""

    def __init__(self, reading: Reading, layout: Layout, width: int) -> None:
        self.size = round(min(max(width / 50, 14), max(14, 1.6 * layout.font), 96))
        self.pad = round(0.8 * self.size)
        self.small = max(11, round(0.7 * self.size))
        self.width = width
        self.any = bool(reading.digits)
        text = " · ".join(line.text for line in reading.lines if line.digits) or "no digits found"
        self.rows = _wrapped(text, self.size, width - 2 * self.pad, _CAPTION_ROWS)
        self.beside = (
            self.any
            and len(self.rows) == 1
            and (text_width(self.rows[0], self.size) + self._legend_width() + 4 * self.pad <= width)
        )
        below = self.any and not self.beside and self._legend_width() + 2 * self.pad <= width
        self.legend_rows = 1 if below else 0
        self.height = round(
            1.3 * self.size * len(self.rows) + 1.6 * self.small * self.legend_rows + 1.2 * self.pad
        )

    def draw(self, picture: Picture, top: int, writing: Colour) -> list[Text]:
        """Draws the legend's swatches at ``top``; returns all writing."""
        texts = []
        baseline = top + 0.6 * self.pad + self.size
        for row in self.rows:
            texts.append(
                Text(row, self.pad, baseline, self.size, writing if self.any else GREY, bold=self.any)
            )
            baseline += 1.3 * self.size
        if self.beside:
            texts += self._legend(
                picture, self.width - self.pad - self._legend_width(), baseline - 1.3 * self.size
            )
        elif self.legend_rows:
            texts += self._legend(picture, self.pad, baseline - self.size + 1.2 * self.small)
        return texts

    def _legend_width(self) -> float:
        words = sum(text_width(word, self.small) for word, _, _ in LEGEND)
        return words + self.small * (1.1 * len(LEGEND) + 1.2 * (len(LEGEND) - 1))

    def _legend(self, picture: Picture, x: float, baseline: float) -> list[Text]:
        texts = []
        side = round(0.75 * self.small)
        for word, colour, _ in LEGEND:
            left, bottom = round(x), round(baseline)
            rounded(picture, Box(left, bottom - side, left + side, bottom), side / 3, colour)
            texts.append(Text(word, x + 1.1 * self.small, baseline, self.small, GREY))
            x += 2.3 * self.small + text_width(word, self.small)
        return texts


def _wrapped(text: str, size: int, width: float, rows_max: int) -> list[str]:
    """``text`` in rows of at most ``width`` pixels, broken anywhere; … stands for what is left out."""
    rows = [""]
    for character in text:
        if rows[-1] and text_width(rows[-1] + character + "…", size) > width:
            if len(rows) == rows_max:
                rows[-1] += "…"
                break
            rows.append("")
        rows[-1] += character
    return [row.strip() for row in rows]


def _baseline(box: Box, size: int) -> float:
    """Where writing of ``size`` stands for its digits to be in the middle of ``box``."""
    _, top, _, bottom = font_of(size).getbbox("8", anchor="ls")
    return (box.top + box.bottom) / 2 - (top + bottom) / 2


def _moved(box: Box, x: int, y: int) -> Box:
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)


def _scaled(box: Box, scale: float) -> Box:
    return Box(
        round(box.left * scale), round(box.top * scale), round(box.right * scale), round(box.bottom * scale)
    )


_OVERLAY_MIN, _OVERLAY_MAX = 12, 48
"""Pixels: the smallest type that is legible in a video, and one that hides little of a large picture."""


def draw_overlay(image: Picture, reading: Reading) -> Picture:
    """A new picture (H, W, 3) uint8 of the size of ``image`` with every digit boxed and its value above the box.

    A doubtful digit has another colour and a ``?``. Raises ValueError if ``image`` is not of the size that was read.
    """
    height, width = image.shape[:2]
    if (width, height) != tuple(reading.size_wh):
        read = " by ".join(map(str, reading.size_wh))
        raise ValueError(
            f"the image is {width} by {height}, the reading {read} pixels; give the upright image"
        )
    picture: Picture = image.copy()
    if not reading.digits:
        return picture
    tall = median(digit.box.height for digit in reading.digits)
    font = round(min(max(0.4 * tall, _OVERLAY_MIN), _OVERLAY_MAX))
    texts = []
    for digit in reading.digits:
        colour, writing = sureness(digit)
        outline(picture, digit.box, max(1.5, font / 10), font / 4, colour)
        label = _label_box(digit, font, width, height)
        rounded(picture, label, font / 3, colour)
        place = label.centre[0], label.bottom - round(0.3 * font)
        texts.append(Text(_label(digit), *place, font, writing, bold=True, middle=True))
    write(picture, texts)
    return picture


def _label(digit: Digit) -> str:
    return f"{digit.value}?" if digit.doubtful else str(digit.value)


def _label_box(digit: Digit, font: int, width: int, height: int) -> Box:
    """Above the digit; below it where there is no room above; within the picture in any case."""
    wide, tall = round(text_width(_label(digit), font) + 0.6 * font), round(1.25 * font)
    left = round(min(max(digit.box.centre[0] - wide / 2, 0), max(0, width - wide)))
    top = digit.box.top - tall - 2
    if top < 0:
        top = min(digit.box.bottom + 2, max(0, height - tall))
    return Box(left, top, left + wide, top + tall)
