"""inkread reads handwritten digits.

>>> import inkread
>>> print(inkread.read("photo.jpg").text)       # doctest: +SKIP
2024

``read`` is the one line that most people need; ``Reader`` keeps options and a model of your own. See ``reading`` for
what comes back and ``errors`` for what can go wrong. Importing inkread loads nothing heavy: NumPy, OpenCV and ONNX
Runtime come with the first reading.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from inkread.elements import Expected
from inkread.errors import (
    BulkError,
    DataMissing,
    ExpectationError,
    ExtraMissing,
    ImageTooLarge,
    InkreadError,
    ModelError,
    MultiplePages,
    RegionError,
    SheetError,
    UnreadableImage,
)
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

if TYPE_CHECKING:
    from PIL import Image

    from inkread.expectations import Expect
    from inkread.options import ReadOptions, TableOptions
    from inkread.printed import Printed
    from inkread.reader import ChannelOrder, ImageLimits, Reader, Source, Steps
    from inkread.regions import Regions
    from inkread.tables import Cell, Table

__version__ = "0.1.0"

__all__ = [
    "Box",
    "BulkError",
    "Cell",
    "DataMissing",
    "Digit",
    "ExpectationError",
    "Expected",
    "ExtraMissing",
    "ImageLimits",
    "ImageTooLarge",
    "InkreadError",
    "Line",
    "Mark",
    "ModelError",
    "MultiplePages",
    "Reader",
    "Reading",
    "RegionError",
    "Rejected",
    "SheetError",
    "Source",
    "Steps",
    "Table",
    "UnreadableImage",
    "__version__",
    "annotate",
    "read",
    "read_many",
    "read_pages",
    "read_table",
    "read_tables",
]

_LAZY = {
    **dict.fromkeys(("ImageLimits", "Reader", "Source", "Steps"), "reader"),
    **dict.fromkeys(("Cell", "Table"), "tables"),
}
"""What brings NumPy and OpenCV along: only those who ask for it pay (PEP 562)."""

_default_reader: Reader | None = None
_lock = threading.Lock()


@overload
def read(source: Source, *, regions: None = None, **options: Unpack[ReadOptions]) -> Reading: ...
@overload
def read(source: Source, *, regions: Regions, **options: Unpack[ReadOptions]) -> dict[str, Reading]: ...
def read(
    source: Source,
    *,
    page: int | None = None,
    dpi: float | None = None,
    order: ChannelOrder = "RGB",
    expect: Expect | None = None,
    printed: Printed | None = None,
    regions: Regions | None = None,
) -> Reading | dict[str, Reading]:
    """Reads one picture of handwriting with the shipped model and the default options.

    ``source`` is a path, bytes, a binary file, a PIL image, or an array (H, W[, 3|4]) uint8 in RGB order;
    ``order="BGR"`` is for arrays of OpenCV. ``page`` (from 1) names
    one page of a PDF or TIFF that has several; ``dpi`` is the resolution of a PDF's page (None: 200). ``expect`` says
    what each line should be, such as ``"dd/mm/yyyy"``; ``Reading.expected`` says whether it is. ``printed="leave"``
    leaves printed digits unread, ``"only"`` reads them alone, and ``"keep"`` says of each digit which it is. With
    ``regions``, a file of rectangles or names and rectangles, there is a reading of each by its name. The reader is
    built once, at the first call. Raises ``UnreadableImage`` when the source is not a picture that can be decoded, and
    ``MultiplePages`` when it has several pages and none is named: ``read_pages`` reads them all.
    """
    reader = _reader().told(expect, printed)
    if regions is None:
        return reader.read(source, page=page, dpi=dpi, order=order)
    return reader.read(source, page=page, dpi=dpi, order=order, regions=regions)


def read_tables(source: Source, **options: Unpack[TableOptions]) -> tuple[Table, ...]:
    """Reads the tables on one picture, from top to bottom: rows and columns, with what is written in each cell.

    The options are ``page``, ``dpi``, ``order`` and ``printed`` of ``read``, and ``expect``: what cells, rows and
    columns should be, such as ``"D = B + C"``, ``"row sums"`` or ``"B: 0..20"``. A picture without digits has none.
    """
    return _reader().read_tables(source, **options)


def read_table(source: Source, **options: Unpack[TableOptions]) -> Table:
    """Reads the table on one picture; of several, the one with the most cells. ``table.rows`` has the texts.

    The options are those of ``read_tables``. Without digits, it is a ``Table`` without cells, which is false.
    """
    return _reader().read_table(source, **options)


def read_pages(
    source: Source, *, dpi: float | None = None, expect: Expect | None = None
) -> Iterator[Reading]:
    """Reads each page of a PDF or TIFF, one at a time, and yields a ``Reading`` for each; other pictures have one page.

    Raises ``UnreadableImage`` at the first page that cannot be read, after the readings before it.
    """
    return _reader().read_pages(source, dpi=dpi, expect=expect)


@overload
def read_many(
    sources: Iterable[Source],
    *,
    errors: Literal["raise", "skip"] = "raise",
    order: ChannelOrder = "RGB",
    workers: int = 1,
    expect: Expect | None = None,
    printed: Printed | None = None,
) -> Iterator[Reading]: ...
@overload
def read_many(
    sources: Iterable[Source],
    *,
    errors: Literal["return"],
    order: ChannelOrder = "RGB",
    workers: int = 1,
    expect: Expect | None = None,
    printed: Printed | None = None,
) -> Iterator[Reading | UnreadableImage]: ...
def read_many(
    sources: Iterable[Source],
    *,
    errors: Literal["raise", "return", "skip"] = "raise",
    order: ChannelOrder = "RGB",
    workers: int = 1,
    expect: Expect | None = None,
    printed: Printed | None = None,
) -> Iterator[Reading | UnreadableImage]:
    """Reads pictures of one page in order and yields a ``Reading`` for each: here, or with several processes.

    A picture that cannot be read raises ``UnreadableImage`` after the readings before it; with ``errors="return"`` the
    error is yielded in its place, and with ``errors="skip"`` it is left out.
    """
    return _reader().read_many(
        sources, errors=errors, order=order, workers=workers, expect=expect, printed=printed
    )


def annotate(
    source: Source | Steps,
    reading: Reading | None = None,
    *,
    overlay: bool = False,
    page: int | None = None,
    dpi: float | None = None,
    order: ChannelOrder = "RGB",
) -> Image.Image:
    """The picture as a PIL image with every digit boxed and labelled with its value and confidence.

    ``source`` is a picture as for ``read``, whose ``reading`` may be given if it is there already; or the ``Steps`` of
    a reading. The picture is enlarged and gets margins where labels need room. With ``overlay``, boxes and values are
    drawn into it, and it keeps its size. A page that was turned to be read is shown upright.
    """
    if hasattr(source, "annotated"):
        return source.annotated(overlay=overlay)
    if reading is None:
        return _reader().steps(source, page=page, dpi=dpi, order=order).annotated(overlay=overlay)
    from inkread.images import load_image

    picture = load_image(source, page=page or reading.page, dpi=dpi, order=order)
    return reading.annotated(picture, overlay=overlay)


def _reader() -> Reader:
    global _default_reader
    with _lock:
        if _default_reader is None:
            from inkread.reader import Reader

            _default_reader = Reader()
    return _default_reader


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"inkread.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'inkread' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
