"""Readings as people look at them in Python: annotated pictures, notebooks, files and tables.

``Reading`` and ``Steps`` inherit from the classes here. What is heavy is imported when it is called.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from inkread.errors import ExtraMissing
from inkread.numerals import DecimalMark, Number, guessed_decimal, number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from inkread.images import ChannelOrder, ImageLimits, Source
    from inkread.reading import Reading

_NOTEBOOK_PIXELS = 640
"""The longer side of pictures in notebooks, at most."""
_FRAMES = ("pandas", "polars")
_COLUMNS = ("line", "place", "value", "confidence", "doubtful", "left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a reading was read from: enough to decode the picture once more. Copies and pickles leave it out."""

    source: Source
    page: int | None
    dpi: float | None
    order: ChannelOrder
    limits: ImageLimits

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def image(self) -> NDArray[np.uint8]:
        from inkread.images import load_image

        return load_image(self.source, self.limits, page=self.page, dpi=self.dpi, order=self.order)


class Shown:
    """What a ``Reading`` can do for people: numbers, pictures, files and tables of itself."""

    __slots__ = ()

    @property
    def number(self) -> Number | None:
        """The number on the only line: an int, or a Decimal where it has a fraction; see ``to_number``."""
        return self.to_number()

    @property
    def numbers(self) -> tuple[Number | None, ...]:
        """The number on each line, None for a line that is none; see ``to_numbers``."""
        return self.to_numbers()

    @property
    def decimal_mark(self: Any) -> DecimalMark:
        """The decimal mark that ``number`` and ``numbers`` suppose: ``"."`` or ``","``.

        It is guessed from all lines: ``12,5`` and ``1.234,50`` tell a comma. Where nothing tells, it is the point.
        """
        reading: Reading = self
        return guessed_decimal(reading.written.split("\n"))

    def to_number(self, decimal: DecimalMark | None = None) -> Number | None:
        """The number on the only line; None where there is no digit, another number of lines, or no number.

        ``decimal`` is the mark before a fraction (None: ``decimal_mark``), the other one separates groups of three
        digits. Dates and telephone numbers are no numbers. Leading zeros are lost; ``text`` keeps them.
        """
        numbers = self.to_numbers(decimal)
        return numbers[0] if len(numbers) == 1 else None

    def to_numbers(self: Any, decimal: DecimalMark | None = None) -> tuple[Number | None, ...]:
        """The number on each line, in the order of ``lines``; None for a line that is none. See ``to_number``."""
        reading: Reading = self
        lines = reading.written.split("\n") if reading.lines else []
        mark = decimal or guessed_decimal(lines)
        return tuple(number_of(line, mark) for line in lines)

    def annotated(self: Any, source: Source | None = None, *, overlay: bool = False) -> Image.Image:
        """The picture with every digit boxed and labelled, as ``inkread.annotate`` makes it.

        ``source`` is the picture; None: the one that was read. Raises ValueError if the reading does not know it, and
        UnreadableImage if it cannot be read any more.
        """
        reading: Reading = self
        if source is not None:
            from inkread.images import load_image

            image = load_image(source, page=reading.page)
        elif reading._origin is not None:
            image = reading._origin.image()
        else:
            raise ValueError("the reading does not know its picture any more; give it: show(picture)")
        return _picture(_turned(image, reading.turned_degrees), reading, overlay)

    def show(self, source: Source | None = None) -> None:
        """Shows the annotated picture: in a notebook where there is one, else in a viewer. See ``annotated``."""
        picture = self.annotated(source)
        if _in_notebook():
            import_module("IPython.display").display(picture)
        else:
            picture.show()

    def save(self: Any, path: str | os.PathLike[str], source: Source | None = None) -> None:
        """Writes the reading; the ending of ``path`` says how.

        ``.json`` and ``.txt`` have the JSON and the text, ``.csv`` a row for each line of writing. All other endings
        are the annotated picture in a format of Pillow's. See ``annotated`` for ``source``. Raises ValueError for an
        ending that Pillow does not know.
        """
        reading: Reading = self
        ending = os.path.splitext(path)[1].lower()
        if ending not in (".json", ".txt", ".csv"):
            reading.annotated(source).save(path)
            return
        from inkread.render import TABLE_COLUMNS, table_line, table_rows

        source = getattr(reading._origin, "source", "")
        name = os.fspath(source) if isinstance(source, str | os.PathLike) else ""
        table = "\n".join(map(table_line, [TABLE_COLUMNS, *table_rows(name, reading)]))
        text = {".json": reading.to_json(), ".txt": reading.text, ".csv": table}[ending]
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text + "\n")

    def to_frame(self: Any, library: Literal["pandas", "polars"] | None = None) -> Any:
        """A table with a row for each digit: a DataFrame of pandas or polars, whichever is installed.

        Its columns are line and place (from 1), value, confidence, doubtful, left, top, right and bottom. ``library``
        chooses one of the two. Raises ExtraMissing if it is not installed.
        """
        reading: Reading = self
        rows = [
            (number, place, digit.value, digit.confidence, digit.doubtful, *digit.box.to_list())
            for number, line in enumerate(reading.lines, start=1)
            for place, digit in enumerate(line, start=1)
        ]
        columns = dict(zip(_COLUMNS, zip(*rows, strict=True) if rows else [()] * len(_COLUMNS), strict=True))
        return _frames(library).DataFrame({name: list(values) for name, values in columns.items()})

    def _repr_html_(self: Any) -> str:
        """The text and the annotated picture, small."""
        from html import escape

        reading: Reading = self
        html = f"<pre>{escape(reading.text)}</pre><p>{escape(repr(reading)[1:-1])}</p>"
        try:
            picture = _png(self.annotated())
        except Exception:  # a picture that is gone must not hide the text
            return html
        import base64

        return html + f'<img alt="" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'


class ShownSteps:
    """What ``Steps`` show of themselves: a line, and in notebooks the annotated picture."""

    image: NDArray[np.uint8]
    reading: Reading

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        return f"<Steps of a picture of {width} × {height} pixels: {self.reading!r}>"

    def annotated(self, *, overlay: bool = False) -> Image.Image:
        """The picture with every digit boxed and labelled, as ``inkread.annotate`` makes it."""
        return _picture(self.image, self.reading, overlay)

    def _repr_png_(self) -> bytes:
        return _png(self.annotated())


def _picture(image: NDArray[np.uint8], reading: Reading, overlay: bool) -> Image.Image:
    """The annotated picture of a reading; ``image`` (H, W, 3) stands as it was read."""
    from PIL import Image

    from inkread.render import annotate, draw_overlay

    return Image.fromarray((draw_overlay if overlay else annotate)(image, reading))


def _turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    import numpy as np

    return np.ascontiguousarray(np.rot90(image, -degrees // 90))


def _png(picture: Image.Image) -> bytes:
    from io import BytesIO

    picture.thumbnail((_NOTEBOOK_PIXELS, _NOTEBOOK_PIXELS))
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _in_notebook() -> bool:
    """Whether this process is a Jupyter kernel; it has no window to open a viewer in."""
    import sys

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def _frames(library: str | None) -> Any:
    """The module pandas or polars."""
    from importlib.util import find_spec

    if library is not None and library not in _FRAMES:
        raise ValueError(f"library must be one of {', '.join(_FRAMES)}, not {library!r}")
    for name in (library,) if library else _FRAMES:
        if find_spec(name) is not None:
            return import_module(name)
    raise ExtraMissing(
        f"a table needs {library or 'pandas or polars'}; run: pip install {library or 'pandas'}"
    )
