"""Everything that can go wrong for a reason the user can do something about.

    InkreadError
    ├── UnreadableImage      not a picture, a damaged one, or an array of the wrong shape
    │   ├── ImageTooLarge    more pixels, bytes or pages than the limits allow
    │   └── MultiplePages    one picture was asked for, and the file has several
    ├── ModelError           not ONNX, wrong inputs, or not the file its card describes
    ├── ExtraMissing         a feature whose optional packages are not installed
    ├── DataMissing          a data set that is not where it was looked for
    ├── SheetError           an exam sheet: its design, its class list or its scans cannot be used
    ├── ExpectationError     an expectation whose notation cannot be understood
    ├── RegionError          a rectangle of a picture that is none, or a file of them that cannot be used
    └── BulkError            a bulk run that cannot go on: its source, its output or its processes

Every message is one line that says what happened, where, and what to do next.
The command prints it and exits with status 1; no traceback.
This module does not know how any of them arises.
"""

from __future__ import annotations

__all__ = ["DataMissing", "ExpectationError", "ExtraMissing", "ImageTooLarge", "InkreadError", "ModelError"]
__all__ += ["BulkError", "MultiplePages", "RegionError", "SheetError", "UnreadableImage"]


class InkreadError(Exception):
    """The root of the family: catch this to catch every mistake inkread reports."""


class UnreadableImage(InkreadError):
    """The source is not a picture that can be decoded."""


class ImageTooLarge(UnreadableImage):
    """The picture exceeds the limit on pixels, bytes or pages; it was not decoded."""


class MultiplePages(UnreadableImage):
    """The file has several pages where one picture was asked for; ``count`` is their number.

    Read one page with ``page=``, or all of them with ``read_pages``.
    """

    def __init__(self, message: str, count: int = 0) -> None:
        super().__init__(message)
        self.count = count

    def __reduce__(self) -> tuple[type[MultiplePages], tuple[str, int]]:
        return type(self), (str(self), self.count)  # by default, pickling would lose the count


class ModelError(InkreadError):
    """The model file cannot be used: not ONNX, wrong inputs or outputs, or a wrong SHA-256."""


class ExtraMissing(InkreadError):
    """A feature needs packages of an optional extra, e.g. ``pip install "inkread[train]"``."""


class DataMissing(InkreadError):
    """A data set is missing or damaged."""


class SheetError(InkreadError):
    """An exam's design, class list or folder cannot be used; the message says which line to change."""


class ExpectationError(InkreadError):
    """What is expected of a reading cannot be understood; the message shows the notation."""


class RegionError(InkreadError):
    """A region of a picture is no rectangle, or lies outside; or a file of regions cannot be used."""


class BulkError(InkreadError):
    """A bulk run cannot go on: its source is gone, its output cannot be written, or another run is at it."""
