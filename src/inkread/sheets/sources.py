"""A folder of scans -> pictures, one page at a time: PDF with many pages, scanner's pictures, phone's photos.

Nothing here is trusted: sizes are checked before anything is unpacked, and what cannot be read is said, not raised.
This module does not know what is on a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from inkread.errors import InkreadError, SheetError
from inkread.images import EXTENSIONS, ImageLimits, load_image

__all__ = ["IsNew", "ScannedPage", "find_scans", "open_scan"]

IsNew: TypeAlias = Callable[[str, int], bool]
_LIMITS = ImageLimits(max_megapixels=120, max_bytes=100_000_000)
_PDF_BYTES = 1_000_000_000
_PDF_PAGES = 5_000
_PDF_LONGER_SIDE = 2400
"""Pixels: an A4 page at about 205 dpi."""


@dataclass(frozen=True)
class ScannedPage:
    """One page: ``part`` of its file, from 0; ``image`` (H, W, 3) uint8, or None and the ``fault`` that was met."""

    source: str
    sha256: str
    part: int
    image: NDArray[np.uint8] | None
    fault: str = ""


def find_scans(place: Path) -> list[Path]:
    """The PDFs and pictures of a folder and those below it, in the order of their names, or the one file.

    Hidden files and links are left out. Raises ``SheetError`` where there is nothing.
    """
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise SheetError(f"{place}: no such file or folder; give the folder with the scans")
    files = [path for path in sorted(place.rglob("*")) if path.is_file() and not path.is_symlink()]
    wanted = (*EXTENSIONS, ".pdf")
    found = [
        path for path in files
        if path.suffix.lower() in wanted and not any(part.startswith(".") for part in path.relative_to(place).parts)
    ]  # fmt: skip
    if not found:
        raise SheetError(f"{place}: holds no PDF and no picture; save the scans there")
    return found


def open_scan(path: Path, is_new: IsNew) -> Iterator[ScannedPage]:
    """The pages of one file, save those of which ``is_new(sha256, part)`` says that they were seen.

    ``is_new`` is asked once for each page.
    """
    name = path.name if path.name.isprintable() else repr(path.name)[1:-1]
    try:
        if path.stat().st_size > _PDF_BYTES:
            raise SheetError(f"it has more than {_PDF_BYTES / 1e9:g} GB")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            is_pdf = file.read(1024).lstrip().startswith(b"%PDF")
    except (OSError, SheetError) as error:
        digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()
        if is_new(digest, 0):
            yield _unreadable(path, name, digest, 0, error)
        return
    yield from (_pdf_pages if is_pdf else _picture)(path, name, digest, is_new)


def _unreadable(path: Path, name: str, digest: str, part: int, error: Exception) -> ScannedPage:
    fault = (isinstance(error, OSError) and error.strerror) or str(error).removeprefix(f"{path}: ")
    return ScannedPage(name, digest, part, None, f"the file cannot be read: {fault}")


def _picture(path: Path, name: str, digest: str, is_new: IsNew) -> Iterator[ScannedPage]:
    if is_new(digest, 0):
        try:
            yield ScannedPage(name, digest, 0, load_image(path, _LIMITS))
        except InkreadError as error:
            yield _unreadable(path, name, digest, 0, error)


def _pdf_pages(path: Path, name: str, digest: str, is_new: IsNew) -> Iterator[ScannedPage]:
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(path)
        count = len(pdf)
    except pdfium.PdfiumError as error:
        if is_new(digest, 0):
            why = str(error).split("(")[-1].rstrip(").")
            yield ScannedPage(name, digest, 0, None, f"the PDF cannot be opened ({why}); save it anew")
        return
    try:
        for part in range(min(count, _PDF_PAGES)):
            if is_new(digest, part):
                yield _pdf_page(pdf, part, name, digest)
        if (not count or count > _PDF_PAGES) and is_new(digest, _PDF_PAGES):
            fault = (
                f"the PDF has {count} pages; split it into ones of {_PDF_PAGES} at the most"
                if count
                else "the PDF is empty"
            )
            yield ScannedPage(name, digest, _PDF_PAGES, None, fault)
    finally:
        pdf.close()


def _pdf_page(pdf: Any, part: int, name: str, digest: str) -> ScannedPage:
    import pypdfium2 as pdfium

    try:
        page = pdf[part]
        width, height = page.get_size()
        scale = _PDF_LONGER_SIDE / max(width, height, 1.0)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        image = np.ascontiguousarray(bitmap.to_numpy()[..., :3])
        page.close()
    except (pdfium.PdfiumError, ValueError, MemoryError) as error:
        return ScannedPage(name, digest, part, None, f"page {part + 1} of the PDF cannot be drawn ({error})")
    if image.ndim != 3 or image.shape[2] != 3:
        image = np.repeat(image.reshape(*image.shape[:2], -1)[..., :1], 3, axis=2)
    return ScannedPage(name, digest, part, image)
