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
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inkread.errors import (
    BulkError,
    DataMissing,
    ExtraMissing,
    ImageTooLarge,
    InkreadError,
    ModelError,
    MultiplePages,
    SheetError,
    UnreadableImage,
)
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

if TYPE_CHECKING:
    from inkread.reader import Reader, Steps

__version__ = "0.1.0"

__all__ = [
    "Box",
    "BulkError",
    "DataMissing",
    "Digit",
    "ExtraMissing",
    "ImageTooLarge",
    "InkreadError",
    "Line",
    "Mark",
    "ModelError",
    "MultiplePages",
    "Reader",
    "Reading",
    "Rejected",
    "SheetError",
    "Steps",
    "UnreadableImage",
    "__version__",
    "read",
    "read_pages",
]

_default_reader: Reader | None = None
_lock = threading.Lock()


def read(source: Any, *, page: int | None = None, dpi: float | None = None) -> Reading:
    """Reads one picture of handwriting with the shipped model and the default options.

    ``source`` is a path, bytes, a binary file, a PIL image, or an array (H, W[, 3|4]) uint8. ``page`` (from 1) names
    one page of a PDF or TIFF that has several; ``dpi`` is the resolution of a PDF's page (None: 200). The reader is
    built once, at the first call. Raises ``UnreadableImage`` when the source is not a picture that can be decoded, and
    ``MultiplePages`` when it has several pages and none is named: ``read_pages`` reads them all.
    """
    return _reader().read(source, page=page, dpi=dpi)


def read_pages(source: Any, *, dpi: float | None = None) -> Iterator[Reading]:
    """Reads each page of a PDF or TIFF, one at a time, and yields a ``Reading`` for each; other pictures have one page.

    Raises ``UnreadableImage`` at the first page that cannot be read, after the readings before it.
    """
    return _reader().read_pages(source, dpi=dpi)


def _reader() -> Reader:
    global _default_reader
    with _lock:
        if _default_reader is None:
            from inkread.reader import Reader

            _default_reader = Reader()
    return _default_reader


def __getattr__(name: str) -> Any:
    # Reader brings NumPy and OpenCV with it: only those who ask for it pay (PEP 562).
    if name in ("Reader", "Steps"):
        from inkread import reader

        return getattr(reader, name)
    raise AttributeError(f"module 'inkread' has no attribute {name!r}")
