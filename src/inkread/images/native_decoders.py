"""PDFium and libheif, as the object of a worker process: ``isolation`` asks, and never calls them itself.

The module is run by its path and imports nothing of inkread, so that the process starts quickly.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

FPDF_PAGEOBJ_IMAGE = 3
"""PDFium's type number of an image object on a page."""


class Pdf:
    """The pages of a PDF; sizes are in points, 1/72 inch."""

    def __init__(self, source: str | bytes) -> None:
        import pypdfium2

        self._document = pypdfium2.PdfDocument(source)
        self._document.init_forms()  # without it, the fields of a form are not drawn
        self.count = len(self._document)

    def size_wh(self, page: int) -> tuple[float, float]:
        width, height = self._document[page].get_size()
        return float(width), float(height)

    def pixels(self, page: int, scale: float) -> tuple[int, tuple[int, int], int, bytes]:
        """The number of channels, the size, the bytes per row, and the pixels."""
        opened = self._document[page]
        bitmap = opened.render(scale=scale, rev_byteorder=True)
        pixels = bytes(bitmap.buffer)
        if pixels.count(255) >= 3 * bitmap.width * bitmap.height:
            # An empty page, or one whose pictures cannot be decoded: PDFium skips these without an error.
            for image in opened.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
                check_picture(image)
        return 3, (bitmap.width, bitmap.height), bitmap.stride, pixels


def check_picture(image: Any) -> None:
    """Raises ValueError for a picture in a PDF that cannot be decoded."""
    try:
        image.get_bitmap()
    except Exception:  # of any kind: PDFium does not say why
        raise ValueError("a picture on it cannot be decoded") from None


class Heif:
    """The photo of a HEIC file, upright; its size is in pixels."""

    count = 1

    def __init__(self, source: bytes) -> None:
        import pillow_heif

        opener: Any = pillow_heif.HeifImageFile
        self._image = opener(io.BytesIO(source))

    def size_wh(self, page: int) -> tuple[float, float]:
        width, height = self._image.size
        return float(width), float(height)

    def pixels(self, page: int, scale: float) -> tuple[int, tuple[int, int], int, bytes]:
        self._image.load()
        image = self._image if self._image.mode in ("L", "RGB", "RGBA") else self._image.convert("RGBA")
        channels = len(image.getbands())
        return channels, image.size, image.width * channels, image.tobytes()


OPENERS: dict[str, Callable[[Any], Pdf | Heif]] = {"pdf": Pdf, "heif": Heif}


class Decoder:
    """An opened file. Its methods raise the libraries' own exceptions, of unrelated types."""

    def open(self, kind: str, source: str | bytes) -> int:
        """Opens a file, given by its path or its bytes, and returns its number of pages."""
        self._document = OPENERS[kind](source)
        return self._document.count

    def size_wh(self, page: int) -> tuple[float, float]:
        """Width and height of a page, counted from 0."""
        return self._document.size_wh(page)

    def pixels(self, page: int, scale: float) -> tuple[int, tuple[int, int], int, bytes]:
        """The number of channels, the size, the bytes per row, and the pixels."""
        return self._document.pixels(page, scale)
