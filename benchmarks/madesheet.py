"""Contact sheets of made numbers: the picture, boxes, and what was read.

They show other people's handwriting: they are for your eyes, not for publishing.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from inkread.reading import Box
from inkread.training.strings import MadeString

__all__ = ["draw_sheet"]

_CELL_WH = (360, 130)
_ACROSS = 4
_MARGIN = 6
_TALL = 16


def draw_sheet(file: Path, shown: Sequence[tuple[MadeString, Sequence[Box], str]]) -> None:
    """Writes a PNG file: each made number with these boxes, and a line that says something of it."""
    width, height = _CELL_WH
    rows = max(1, -(-len(shown) // _ACROSS))
    sheet = Image.new("RGB", (_ACROSS * width, rows * height), "#6b7280")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=_TALL - 3)
    for place, (made, boxes, line) in enumerate(shown):
        x, y = place % _ACROSS * width + _MARGIN, place // _ACROSS * height + _MARGIN
        room = width - 2 * _MARGIN, height - 2 * _MARGIN - _TALL
        scale = min(room[0] / made.picture.shape[1], room[1] / made.picture.shape[0], 1.5)
        size_wh = round(made.picture.shape[1] * scale), round(made.picture.shape[0] * scale)
        sheet.paste(Image.fromarray(made.picture).resize(size_wh, Image.Resampling.LANCZOS), (x, y))
        for box in boxes:
            left, top, right, bottom = (edge * scale for edge in box.to_list())
            draw.rectangle((x + left, y + top, x + right - 1, y + bottom - 1), outline="#e0453a")
        says = f"{line}   {made.spacing}, {made.paper}, {made.hand}"
        draw.text((x, y + room[1] + 1), says, fill="white", font=font)
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, format="PNG")
