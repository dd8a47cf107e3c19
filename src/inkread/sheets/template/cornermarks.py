"""A worksheet's file -> a PDF of the same pages with corner marks, by which scans are registered more surely.

The marks are print like any other: registration knows nothing of them. This module does not know where answers are.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from inkread.sheets.layout import Page, Rect
from inkread.sheets.pagedrawing import draw_marks
from inkread.sheets.pen import Pen
from inkread.sheets.template.blanks import load_page, page_sizes

__all__ = ["with_corner_marks"]

_RIM_MM = 1.5
"""White around a mark, whatever is printed there."""


def with_corner_marks(path: Path, paper_mm: tuple[float, float]) -> bytes:
    """The PDF; raises ``SheetError`` for a file that cannot be used."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    sizes = page_sizes(path, paper_mm)
    buffer = BytesIO()
    canvas = Canvas(buffer, pageCompression=1, invariant=1)
    for number, size in enumerate(sizes, 1):
        wide, tall = (side * 72 / 25.4 for side in size)
        canvas.setPageSize((wide, tall))
        canvas.drawImage(ImageReader(Image.fromarray(load_page(path, number))), 0, 0, wide, tall)
        page, pen = Page(number, len(sizes), size, (), worksheet=True), Pen(canvas, size[1])
        for mark in page.markers:
            rim = Rect(
                mark.left - _RIM_MM, mark.top - _RIM_MM, mark.width + 2 * _RIM_MM, mark.height + 2 * _RIM_MM
            )
            pen.box(rim, fill=(1, 1, 1))
        draw_marks(pen, page)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
