"""Everything that can go wrong for a reason the user can do something about.

    InkreadError
    ├── UnreadableImage      not a picture, a damaged one, or an array of the wrong shape
    │   └── ImageTooLarge    more pixels or bytes than the limits allow
    ├── ModelError           not ONNX, wrong inputs, or not the file its card describes
    ├── ExtraMissing         a feature whose optional packages are not installed
    ├── DataMissing          a data set that is not where it was looked for
    ├── SheetError           an exam sheet: its design, its class list or its scans cannot be used
    └── BulkError            a bulk run that cannot go on: its source, its output or its processes

Every message is one line that says what happened, where, and what to do next.
The command prints it and exits with status 1; no traceback.
This module does not know how any of them arises.
"""

__all__ = ["DataMissing", "ExtraMissing", "ImageTooLarge", "InkreadError", "ModelError", "SheetError"]
__all__ += ["BulkError", "UnreadableImage"]


class InkreadError(Exception):
    """The root of the family: catch this to catch every mistake inkread reports."""


class UnreadableImage(InkreadError):
    """The source is not a picture that can be decoded."""


class ImageTooLarge(UnreadableImage):
    """The picture exceeds the limit on pixels or bytes; it was not decoded."""


class ModelError(InkreadError):
    """The model file cannot be used: not ONNX, wrong inputs or outputs, or a wrong SHA-256."""


class ExtraMissing(InkreadError):
    """A feature needs packages of an optional extra, e.g. ``pip install "inkread[train]"``."""


class DataMissing(InkreadError):
    """A data set is missing or damaged."""


class SheetError(InkreadError):
    """An exam's design, class list or folder cannot be used; the message says which line to change."""


class BulkError(InkreadError):
    """A bulk run cannot go on: its source is gone, its output cannot be written, or another run is at it."""
