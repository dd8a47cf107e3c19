"""Printed text as ink, with a box per character, in the fonts that the machine has.

Matplotlib's own fonts are always there; more fonts of the system make more kinds of print.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Ink = NDArray[np.float32]

_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts"))
_NOT_FOR_TEXT: Final = (
    "symbol",
    "emoji",
    "dingbat",
    "cmsy",
    "cmex",
    "cmmi",
    "nonuni",
    "siz",
    "display",
    "math",
)
_PATHS_KEPT: Final = 120


def printed_characters(text: str, pixels: float, rng: np.random.Generator) -> list[tuple[str, Ink, int, int]]:
    """Each visible character of ``text``: itself, its ink (h, w) cut at its box, and its left and top in pixels.

    ``pixels`` is the font's size: capitals and digits are about 0.72 of it high. The base line lies at 0.
    """
    font = _font(int(rng.integers(len(_font_paths()))), max(6, round(pixels)))
    spread = rng.uniform(0, 0.25) * pixels if rng.random() < 0.15 else 0.0
    ascent = font.getmetrics()[0]
    characters = []
    for at, character in enumerate(text):
        if character == " ":
            continue
        start = font.getlength(text[:at]) + spread * at
        left, top, right, bottom = (round(edge) for edge in font.getbbox(character))
        if right - left < 1 or bottom - top < 1:
            continue
        canvas = Image.new("L", (right - left + 2, bottom - top + 2))
        ImageDraw.Draw(canvas).text((1 - left, 1 - top), character, 255, font)
        ink = np.asarray(canvas, np.float32) / np.float32(255)
        rows, columns = np.flatnonzero(ink.max(axis=1) > 0.4), np.flatnonzero(ink.max(axis=0) > 0.4)
        if not len(rows) or not len(columns):
            continue
        cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        characters.append(
            (character, cut, round(start) + left - 1 + int(columns[0]), top - 1 + int(rows[0]) - ascent)
        )
    return characters


@lru_cache(maxsize=1)
def _font_paths() -> tuple[Path, ...]:
    import matplotlib  # only for where its fonts lie

    folders = (Path(matplotlib.get_data_path()) / "fonts" / "ttf", *_FOLDERS)
    found = sorted(path for folder in folders for path in folder.rglob("*.[to]tf"))
    usable = [path for path in found if not any(word in path.name.lower() for word in _NOT_FOR_TEXT)]
    return tuple(usable[:: max(1, len(usable) // _PATHS_KEPT)])


@lru_cache(maxsize=600)
def _font(which: int, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_paths()[which]), pixels)
