"""Colours, fonts, and the few soft-edged shapes that the pictures are made of.

Everything draws into an array (H, W, 3) uint8 that the caller owns.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.elements import Box

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

# Okabe & Ito's blue, orange and vermilion (2008, "Color Universal Design"), the last a little darker: told
# apart
# by hue and by lightness with any colour vision. Colour is never the only sign: doubt also shows as "?".
SURE: Colour = (0, 114, 178)
DOUBTFUL: Colour = (200, 64, 10)
GREY: Colour = (128, 134, 142)
LIGHT: Colour = (250, 250, 248)
DARK: Colour = (31, 38, 46)


class Text:
    """A piece of text at ``(x, y)``: its left (or middle) end and its baseline."""

    __slots__ = ("anchor", "bold", "colour", "size", "text", "x", "y")

    def __init__(
        self,
        text: str,
        x: float,
        y: float,
        size: int,
        colour: Colour,
        bold: bool = False,
        middle: bool = False,
    ) -> None:
        self.text, self.x, self.y, self.size, self.colour = text, x, y, size, colour
        self.bold = bold
        self.anchor = "ms" if middle else "ls"


@lru_cache(maxsize=64)
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font, so that nothing needs to be installed."""
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType; install the wheel from PyPI")
    return font


def text_width(text: str, size: int) -> float:
    """How wide ``text`` will be, in pixels."""
    return float(font_of(size).getlength(text))


def write(picture: Picture, texts: Iterable[Text]) -> None:
    """Writes all ``texts`` at once: each conversion to Pillow and back copies the whole picture."""
    canvas = Image.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    for t in texts:
        # The font has one weight; striking twice, a hair apart, makes the second, as typewriters did.
        for shift in (0, max(1, round(t.size / 26))) if t.bold else (0,):
            pen.text((t.x + shift, t.y), t.text, t.colour, font_of(t.size), anchor=t.anchor)
    picture[:] = np.asarray(canvas)


def rounded(picture: Picture, box: Box, radius: float, colour: Colour, opacity: float = 1.0) -> None:
    """Fills a box with round corners and soft edges."""
    inside = -_distance(box.width, box.height, radius, margin=0)
    _blend(picture, box.left, box.top, np.clip(inside + 0.5, 0, 1) * opacity, colour)


def outline(
    picture: Picture,
    box: Box,
    width: float,
    radius: float,
    colour: Colour,
    spare: NDArray[np.bool_] | None = None,
) -> None:
    """Draws a line of ``width`` round the outside of ``box``, fainter where ``spare`` (H, W) is true (other
    ink)."""
    margin = int(np.ceil(width)) + 2
    away = _distance(box.width, box.height, radius, margin)
    line = np.clip(width / 2 + 0.5 - np.abs(away - width / 2), 0, 1)
    _blend(picture, box.left - margin, box.top - margin, line, colour, spare)


def legible(colour: Colour, ground: Colour) -> Colour:
    """``colour``, or a lighter or darker shade of it where it would be lost on ``ground``."""
    shades = [colour, _mixed(colour, (255, 255, 255), 0.5), _mixed(colour, (0, 0, 0), 0.45)]
    contrasts = [
        sum(abs(a - b) * w for a, b, w in zip(s, ground, (0.3, 0.5, 0.2), strict=True)) for s in shades
    ]
    if (
        contrasts[0] >= 80
    ):  # chosen by looking: thin lines of Okabe & Ito's colours on white, black and coloured paper
        return colour
    return shades[contrasts.index(max(contrasts))]


def dashed_box(picture: Picture, box: Box, width: int, colour: Colour, spare: NDArray[np.bool_]) -> None:
    """Draws dashes along the edges of ``box``, none where ``spare`` (H, W) is true; a flat box gets one edge
    only."""
    dash, period = 4 * width, 7 * width
    flat, thin = box.height < 2 * period, box.width < 2 * period
    for x in range(box.left, box.right, period):
        for y in (box.bottom,) if flat else (box.top - width, box.bottom):
            _dash(picture, Box(x, y, min(x + dash, box.right), y + width), colour, spare)
    if flat and not thin:
        return
    for y in range(box.top, box.bottom, period):
        for x in (box.right,) if thin else (box.left - width, box.right):
            _dash(picture, Box(x, y, x + width, min(y + dash, box.bottom)), colour, spare)


def paint(picture: Picture, box: Box, colour: Colour) -> None:
    """Fills a plain box."""
    picture[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)] = colour


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _dash(picture: Picture, box: Box, colour: Colour, spare: NDArray[np.bool_]) -> None:
    window = np.s_[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)]
    if not spare[window].any():
        picture[window] = colour


def _distance(width: int, height: int, radius: float, margin: int) -> NDArray[np.float32]:
    """Signed distance of each pixel's middle to the edge of a rounded box, negative inside, with a margin
    round it.

    The formula is Inigo Quilez', "2D distance functions" (sdRoundedBox).
    """
    radius = min(radius, width / 2, height / 2)
    x = np.abs(np.arange(-margin, width + margin, dtype=np.float32) + 0.5 - width / 2) - width / 2 + radius
    y = np.abs(np.arange(-margin, height + margin, dtype=np.float32) + 0.5 - height / 2) - height / 2 + radius
    outside = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None])
    inside = np.minimum(np.maximum(x[None, :], y[:, None]), 0)
    return np.asarray(outside + inside - radius, np.float32)


def _blend(
    picture: Picture,
    left: int,
    top: int,
    opacity: NDArray[np.float32],
    colour: Colour,
    spare: NDArray[np.bool_] | None = None,
) -> None:
    """Mixes ``colour`` into the picture; what reaches over its edges is dropped."""
    height, width = opacity.shape
    window = np.s_[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    under = picture[window]
    if under.size == 0:
        return
    y, x = max(0, -top), max(0, -left)
    amount = opacity[y : y + under.shape[0], x : x + under.shape[1]]
    if spare is not None:
        amount = np.where(spare[window], amount * 0.3, amount)
    mixed = under + (np.array(colour, np.float32) - under) * amount[..., None]
    picture[window] = np.round(mixed).astype(np.uint8)
