"""Printed letters and short words as ink: what stands beside handwriting on forms, and is not to be read as digits.

In OpenCV's stroke fonts and in the fonts that Matplotlib brings (DejaVu, STIX, Computer Modern). All are ink as
float32, 0 paper … 1 ink.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.training.glyphs.negatives import cropped, on_canvas

Ink = NDArray[np.float32]

_STROKE_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
_FONTS = (
    "DejaVuSans",
    "DejaVuSans[-M]*",
    "DejaVuSerif",
    "DejaVuSerif-*",
    "STIXGeneral*",
    "cmr10",
    "cmss10",
    "cmti10",
    "cmtt10",
    "cmb10",
)
_PIXELS = 72
_ALONE = "ACEHKMNPRUVWXYadehkmnpuvwxy"
"""Letters without look-alikes (see ``strokes``) in these fonts."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def printed(rng: np.random.Generator) -> Ink:
    """Ink (112, 112) of a printed letter that is not to be taken for a digit, or of a short word with one in it."""
    count = int(rng.choice([1, 1, 2, 3, 4]))
    word = [LETTERS[rng.integers(len(LETTERS))] for _ in range(count)]
    word[int(rng.integers(count))] = _ALONE[rng.integers(len(_ALONE))]
    return on_canvas(cropped(in_print("".join(word), rng)))


def in_print(word: str, rng: np.random.Generator) -> Ink:
    """The ink (h, w) of a word in any of the fonts, with some paper around it."""
    draw = _in_strokes if rng.random() < 0.3 else _in_type
    return draw(word, rng)


def _in_strokes(word: str, rng: np.random.Generator) -> Ink:
    font = int(rng.choice(_STROKE_FONTS)) | (cv2.FONT_ITALIC if rng.random() < 0.2 else 0)
    pen = int(rng.integers(2, 8))
    (width, height), below = cv2.getTextSize(word, font, 2.5, pen)
    canvas = np.zeros((height + below + 20, width + 20), np.uint8)
    cv2.putText(canvas, word, (10, height + 10), font, 2.5, 255, pen)
    return canvas.astype(np.float32) / np.float32(255)


def _in_type(word: str, rng: np.random.Generator) -> Ink:
    fonts = _fonts()
    font = fonts[rng.integers(len(fonts))]
    left, top, right, bottom = (round(edge) for edge in font.getbbox(word))
    canvas = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(canvas).text((4 - left, 4 - top), word, 255, font)
    return np.asarray(canvas, np.float32) / np.float32(255)


@lru_cache(maxsize=1)
def _fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    import matplotlib  # only for where its fonts lie

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = sorted(path for name in _FONTS for path in folder.glob(f"{name}.ttf"))
    return tuple(ImageFont.truetype(str(path), _PIXELS) for path in files)
