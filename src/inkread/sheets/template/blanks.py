"""A worksheet's file -> the sizes of its pages in millimetres, and pictures of the empty pages."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.errors import InkreadError, SheetError
from inkread.images import ImageLimits, open_pages
from inkread.sheets.paper.page_geometry import Page, Rect
from inkread.sheets.paper.pen import Pen, new_pdf
from inkread.sheets.paper.printing import draw_marks
from inkread.sheets.scans.register import flat_size

MOST_PAGES = 40
_LIMITS = ImageLimits(max_megapixels=120, max_bytes=200_000_000, max_pages=MOST_PAGES)
_SIDE_MM = (60.0, 600.0)  # The shortest and the longest side that a page may have


def page_sizes(path: Path, paper_mm: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """Width and height of each page in millimetres; raises ``SheetError`` for a file that cannot be used.

    A PDF says how large its pages are. A picture is taken for a sheet of ``paper_mm``, upright or across.
    """
    content = _content(path)
    if content.startswith(b"%PDF"):
        sizes = _pdf_sizes(path, content)
    else:
        sizes = [_on_paper(load_page(path, number).shape, paper_mm) for number in _numbers(path)]
    for number, size in enumerate(sizes, 1):
        if not (_SIDE_MM[0] <= min(size) and max(size) <= _SIDE_MM[1]):
            raise SheetError(
                f"{path}, page {number}: measures {size[0]:.0f} × {size[1]:.0f} mm; scale it to A4"
            )
    return tuple(sizes)


def blank_page(path: Path, number: int, size_mm: tuple[float, float]) -> NDArray[np.uint8]:
    """The empty page ``number``, from 1, as it lies flat: (H, W, 3) uint8, ``PIXELS_PER_MM`` to the millimetre."""
    image = load_page(path, number)
    return cv2.resize(image, flat_size(size_mm), interpolation=cv2.INTER_AREA)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LIMITS.max_bytes)
    except OSError as error:
        raise SheetError(
            f"{path}: the worksheet cannot be opened ({error.strerror}); put it beside the TOML file"
        ) from None


def _pdf_sizes(path: Path, content: bytes) -> list[tuple[float, float]]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise SheetError(f"{path}: is no PDF that can be opened ({error}); print it to a new PDF") from None
    if not 1 <= len(document) <= MOST_PAGES:
        raise SheetError(f"{path}: has {len(document)} pages; a worksheet has 1 … {MOST_PAGES}")
    return [
        (round(wide * 25.4 / 72, 2), round(tall * 25.4 / 72, 2))
        for wide, tall in (page.get_size() for page in document)
    ]


def _numbers(path: Path) -> range:
    try:
        with open_pages(path, _LIMITS) as pages:
            return pages.numbers()
    except InkreadError as error:
        raise _unusable(path, error) from None


def load_page(path: Path, number: int) -> NDArray[np.uint8]:
    """The empty page ``number``, from 1, as it is in its file; a PDF's at 200 dpi: (H, W, 3) uint8."""
    try:
        with open_pages(path, _LIMITS) as pages:
            return pages.load(number)
    except InkreadError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: InkreadError) -> SheetError:
    reason = str(error).removeprefix(str(path)).lstrip(":, ")
    return SheetError(f"{path}: is no worksheet that can be used: {reason}")


def _on_paper(shape: tuple[int, ...], paper_mm: tuple[float, float]) -> tuple[float, float]:
    """The size of a picture (H, W, 3) that fills a sheet of this paper as far as its proportions let it."""
    height, width = shape[:2]
    short, long = sorted(paper_mm)
    room = (long, short) if width > height else (short, long)
    scale = min(room[0] / width, room[1] / height)
    return round(width * scale, 2), round(height * scale, 2)


_RIM_MM = 1.5  # White around a mark, whatever is printed there


def with_corner_marks(path: Path, paper_mm: tuple[float, float]) -> bytes:
    """The PDF; raises ``SheetError`` for a file that cannot be used."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    sizes = page_sizes(path, paper_mm)
    canvas, buffer = new_pdf(sizes[0])
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
