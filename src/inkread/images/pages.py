"""A source of any kind -> its pages, decoded one at a time. A PDF or a TIFF may have several; all others have one."""

from __future__ import annotations

import importlib.util
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.errors import MultiplePages, UnreadableImage
from inkread.images.arrays import ChannelOrder, Source, as_array, checked_order, levels_of, to_rgb
from inkread.images.decoding import damaged, decode, is_known, open_image
from inkread.images.effort import page_offsets, starting_at
from inkread.images.files import read_path, read_stream, shown
from inkread.images.isolation import Isolated
from inkread.images.limits import DEFAULT_LIMITS, ImageLimits, check_bytes, check_pages, check_pixels

DPI = 200.0
"""The usual resolution of a PDF's page."""
_USUAL_PIXELS = 16_000_000  # A page larger than A2 is drawn with this many pixels, at a lower resolution
_LEAST_DPI = 72.0
"""The lowest resolution that is chosen. A photo saved as PDF without a resolution has one point per pixel: 72 dpi."""
_POINTS = 72.0  # Points per inch
_TIFF = re.compile(rb"II[*+]\0|MM\0[*+]")
_HEIF = re.compile(rb".{4}ftyp(.{4}){0,30}?(hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)

Picture = NDArray[np.uint8]


class Pages:
    """The pages of an opened source, numbered from 1.

    A context manager. A PDF keeps a process running until ``close`` is called.
    """

    def __init__(
        self, name: str, count: int, load: Callable[[int, str], Picture], limits: ImageLimits, *,
        close: Callable[[], None] = lambda: None, shown: int | None = None,
    ) -> None:  # fmt: skip
        self.name, self.count = name, count
        self._load, self._limits, self.close, self._shown = load, limits, close, shown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def numbers(self, page: int | None = None) -> range:
        """The numbers of all pages, or only ``page``.

        Raises ``UnreadableImage`` for a page that does not exist, ``ImageTooLarge`` for more pages than the limit.
        """
        if page is None:
            check_pages(self.count, self.name, self._limits)
            return range(1, self.count + 1)
        if not 1 <= page <= self.count:
            there = "one page" if self.count == 1 else f"{self.count:,} pages"
            raise UnreadableImage(f"{self.name}: has {there}, and no page {page}; count from 1")
        return range(page, page + 1)

    def load(self, number: int) -> Picture:
        """One page as a new array (H, W, 3) uint8: RGB, upright. Raises ``UnreadableImage``."""
        return self._load(number, self.name if self.count == 1 else f"{self.name}, page {number}")

    def only(self, page: int | None = None) -> Picture:
        """Loads ``page``, or the only page. For a PIL image the default is its current frame.

        Raises ``MultiplePages`` if there are several pages and none is named.
        """
        page = self._shown if page is None else page
        if page is None and self.count > 1:
            raise MultiplePages(
                f"{self.name}: has {self.count:,} pages; read one with page=1 … {self.count}, or all of them with "
                "read_pages",
                self.count,
            )
        return self.load(self.numbers(page)[0])


def open_pages(
    source: Source,
    limits: ImageLimits = DEFAULT_LIMITS,
    *,
    dpi: float | None = None,
    order: ChannelOrder = "RGB",
) -> Pages:
    """Opens any source that ``load_image`` takes.

    ``dpi`` is the resolution of a PDF's pages (None: 200, less for pages larger than A2), ``order`` that of the
    channels of an array. Raises ``UnreadableImage`` for a source that cannot be opened, ValueError for a ``dpi``
    outside 1 … 10000 and for an ``order`` that the source cannot have.
    """
    if dpi is not None and not 1 <= dpi <= 10_000:
        raise ValueError(f"dpi must lie between 1 and 10000, not {dpi}")
    encoded = isinstance(source, bytes | bytearray | memoryview | str | os.PathLike) or hasattr(
        source, "read"
    )
    if not encoded and not isinstance(source, Image.Image):
        array = levels_of(as_array(source), limits, order)
        return Pages("the array", 1, lambda _, name: _of_levels(array, name, limits), limits)
    if checked_order(order) != "RGB":
        raise ValueError("order is for arrays; files and PIL images know their own")
    if isinstance(source, Image.Image):
        return _of_pil(source, limits)
    return _of_content(*_content(source, limits), limits, dpi)


def _of_content(content: bytes | Path, name: str, limits: ImageLimits, dpi: float | None) -> Pages:
    if isinstance(content, Path) or _is_pdf(content):
        return _pdf(content, name, limits, dpi)
    if _TIFF.match(content):
        offsets = page_offsets(content, name)
        return Pages(
            name,
            len(offsets),
            lambda number, name: _decoded(starting_at(content, offsets[number - 1]), name, limits),
            limits,
        )
    if _HEIF.match(content) and not is_known(content):
        return Pages(name, 1, lambda _, name: _photo(content, name, limits), limits)
    return Pages(name, 1, lambda _, name: _decoded(content, name, limits), limits)


def may_have_pages(content: bytes) -> bool:
    """Whether a file with these first bytes is a PDF or a TIFF."""
    return bool(_TIFF.match(content)) or _is_pdf(content)


def _is_pdf(start: bytes) -> bool:
    # Printers and mail programs put lines before a PDF. PDF readers accept its header within the first 1,024 bytes.
    return b"%PDF-" in start[:1024] and not is_known(start)


def _content(source: Any, limits: ImageLimits) -> tuple[bytes | Path, str]:
    """The bytes of a file and its name for messages. For a PDF on disk, which may be large, its path."""
    if isinstance(source, str | os.PathLike):
        return read_path(source, limits, leave=_is_pdf), shown(source)
    if hasattr(source, "read"):
        return read_stream(source, limits)
    view = memoryview(source)
    check_bytes(view.nbytes, "the picture", limits)
    return bytes(view), "the picture"


def _decoded(content: bytes, name: str, limits: ImageLimits) -> Picture:
    return decode(open_image(content, name), name, limits)


def _of_pil(image: Image.Image, limits: ImageLimits) -> Pages:
    """The frames of a PIL image opened from a TIFF; the image itself for all others. Its current frame is restored."""
    try:
        count: int = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    except Exception as error:  # Pillow visits all directories and raises unrelated types
        raise damaged("the image", error) from None
    if count == 1:
        return Pages("the image", 1, lambda _, name: decode(image, name, limits), limits)
    shown = image.tell()

    def load(number: int, name: str) -> Picture:
        try:
            image.seek(number - 1)
            return decode(image, name, limits)
        finally:
            image.seek(shown)

    return Pages("the image", count, load, limits, shown=shown + 1)


def _of_levels(levels: Picture, name: str, limits: ImageLimits) -> Picture:
    """(H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA as RGB, transparency on white."""
    if levels.ndim == 2 or levels.shape[2] == 3:
        return to_rgb(levels)
    return decode(Image.fromarray(np.ascontiguousarray(levels)), name, limits)


def _photo(content: bytes, name: str, limits: ImageLimits) -> Picture:
    """Decodes a HEIC photo after checking its size."""
    if importlib.util.find_spec("pillow_heif") is None:
        raise UnreadableImage(
            f'{name}: is a HEIC photo, which needs pillow-heif; run: pip install "inkread[heic]"'
        )
    photo = Isolated("heif", content, name)
    try:
        width, height = photo.size_wh(0, name)
        check_pixels(round(width), round(height), name, limits)
        levels = photo.draw(0, 1.0, name)
    finally:
        photo.close()
    return _of_levels(levels[..., 0] if levels.shape[2] == 1 else levels, name, limits)


def _pdf(source: bytes | Path, name: str, limits: ImageLimits, dpi: float | None) -> Pages:
    pdf = Isolated("pdf", source, name)

    def load(number: int, name: str) -> Picture:
        width, height = pdf.size_wh(number - 1, name)
        if not math.isfinite(width * height):
            raise damaged(name, "its size is no number")
        scale = (dpi or _dpi_for(width, height)) / _POINTS
        check_pixels(math.ceil(width * scale), math.ceil(height * scale), name, limits)
        return to_rgb(pdf.draw(number - 1, scale, name))

    return Pages(name, pdf.count, load, limits, close=pdf.close)


def _dpi_for(width: float, height: float) -> float:
    """The default resolution of a page with this width and height in points."""
    fits = _POINTS * math.sqrt(_USUAL_PIXELS / max(width * height, 1.0))
    return min(DPI, max(_LEAST_DPI, fits))
