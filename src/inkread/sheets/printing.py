"""Design -> PDF: as many copies as are asked for, each page with its signed code.

This module does not know how a page looks, nor where secrets are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from inkread.errors import SheetError
from inkread.sheets.codes import PageCode, write_code
from inkread.sheets.design import Design
from inkread.sheets.layout import lay_out
from inkread.sheets.pagedrawing import Student, draw_page
from inkread.sheets.printed import version_of

__all__ = ["Copy", "print_pdf"]

Copy = tuple[int, Student | None]
"""A copy's number (0: to be photocopied), and whose it is, if that is printed on it."""


def print_pdf(design: Design, copies: Sequence[Copy], exam: bytes, secret: bytes) -> bytes:
    """The PDF of all pages of all copies."""
    from io import BytesIO

    from reportlab.pdfgen.canvas import Canvas

    pages = lay_out(design)
    if len(pages) > 255:
        raise SheetError(f"{design.path}: makes {len(pages)} pages; split the exam, 255 is the most")
    version = version_of(pages)
    width, height = design.size_mm
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(width * 72 / 25.4, height * 72 / 25.4), pageCompression=1, invariant=1)
    canvas.setTitle(design.title)
    canvas.setCreator("inkread")
    for copy, student in copies:
        for page in pages:
            code = write_code(PageCode(exam, version, page.number, copy), secret)
            draw_page(canvas, design, page, code, copy, student)
            canvas.showPage()
    canvas.save()
    return buffer.getvalue()
