"""Contact sheets: each picture, boxes in it, and a line that says something of it.

They show other people's handwriting: they are for your eyes, not for publishing.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.reading import Box

__all__ = ["draw_sheet", "refuse_inside"]

_ROOT = Path(__file__).resolve().parent.parent

_CELL_WH = (360, 130)
_ACROSS = 4
_MARGIN = 6
_TALL = 16
_LETTERS = 52
"""More would run into the next cell."""


def draw_sheet(file: Path, shown: Sequence[tuple[NDArray[np.uint8], Sequence[Box], str]]) -> None:
    """Writes a PNG file: each picture (H, W, 3) uint8 with these boxes, and a line below it."""
    width, height = _CELL_WH
    rows = max(1, -(-len(shown) // _ACROSS))
    sheet = Image.new("RGB", (_ACROSS * width, rows * height), "#6b7280")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=_TALL - 3)
    for place, (picture, boxes, line) in enumerate(shown):
        x, y = place % _ACROSS * width + _MARGIN, place // _ACROSS * height + _MARGIN
        room = width - 2 * _MARGIN, height - 2 * _MARGIN - _TALL
        scale = min(room[0] / picture.shape[1], room[1] / picture.shape[0], 1.5)
        size_wh = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        cell = Image.fromarray(picture).resize(size_wh, Image.Resampling.LANCZOS)
        inside = ImageDraw.Draw(cell)
        for box in boxes:
            left, top, right, bottom = (edge * scale for edge in box.to_list())
            inside.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), outline="#e0453a")
        sheet.paste(cell, (x, y))
        draw.text((x, y + room[1] + 1), line[:_LETTERS], fill="white", font=font)
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, format="PNG")


def refuse_inside(parser: argparse.ArgumentParser, *files: Path | None) -> None:
    """Ends the program if any of ``files`` would lie in the repository, save in ``runs/``."""
    for file in files:
        if (
            file
            and file.resolve().is_relative_to(_ROOT)
            and not file.resolve().is_relative_to(_ROOT / "runs")
        ):
            parser.error(
                f"{file}: handwriting must not end up in the repository; choose a folder outside, or runs/"
            )
