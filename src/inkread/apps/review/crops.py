"""The piece of a scanned page that somebody has to look at, as a JPEG."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from inkread.reader import load_image
from inkread.sheets.scans.pagereading import STRAY
from inkread.sheets.store import PageRow

_MARGIN = 14  # Pixels of the flat page around the boxes: two to three millimetres


def crop_rows(folder: Path, page: PageRow, rows: tuple[str, ...]) -> list[bytes]:
    """JPEGs of these rows of boxes (``question/row``), twice enlarged, with what is written beside them; none where
    the page has no such row.

    Of a page that does not lie flat, whose rows may be anywhere, once all of it.
    """
    from PIL import Image

    image = load_image(folder / page.picture)
    pictures = []
    for row in rows:
        boxes = [box["box"] for box in page.boxes.get(row, [])]
        if not boxes:
            continue
        question, _, number = row.partition("/")
        for one in page.boxes.get(f"{question}/{STRAY}", []):
            if (one["row"] or 0) == int(number):
                boxes.append(one["box"])
        if boxes[0] == [0, 0, image.shape[1], image.shape[0]]:
            return [(folder / page.picture).read_bytes()]
        left, top = (max(0, min(box[i] for box in boxes) - _MARGIN) for i in (0, 1))
        right, bottom = (max(box[i] for box in boxes) + _MARGIN for i in (2, 3))
        piece = Image.fromarray(image[top:bottom, left:right])
        buffer = BytesIO()
        piece.resize((piece.width * 2, piece.height * 2), Image.Resampling.BICUBIC).save(
            buffer, "JPEG", quality=88
        )
        pictures.append(buffer.getvalue())
    return pictures
