"""Reading -> the picture with boxes and values drawn into it, of the same size: for video and for laying over the page.

``annotation`` makes a picture for reading instead, enlarged and with margins.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from inkread.elements import Box, Digit
from inkread.render.drawing import Picture, Text, outline, rounded, text_width, write
from inkread.render.layout import sureness

if TYPE_CHECKING:
    from inkread.reading import Reading

_FONT_MIN, _FONT_MAX = 12, 48
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
    font = round(min(max(0.4 * tall, _FONT_MIN), _FONT_MAX))
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
