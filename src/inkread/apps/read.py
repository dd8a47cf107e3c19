"""``inkread read``: pictures to text, JSON, annotated pictures and pictures of every step."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkread.apps.models import InputRange, MinConfidence, usable_model
from inkread.apps.saving import Names, make_folder, save_picture
from inkread.apps.terminal import complain, note, printable, say, say_json
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, percent
from inkread.errors import UnreadableImage
from inkread.reading import Digit, Reading

if TYPE_CHECKING:
    from inkread.reader import Pages, Reader

__all__ = ["read"]

HELP = """Read the handwritten digits in pictures.

IMAGE is a picture (PNG, JPEG, HEIC, AVIF, WebP, BMP, TIFF, GIF, PPM), a PDF, a folder (every picture in it and
below), or - for one file from standard input. Each page of a PDF or TIFF is a picture of its own.

Of one picture, its text is printed: digits only, one line per line of writing, an empty line if there
are none. Of several, each begins with the file, and with the page if the file has several. On a terminal, doubtful
digits are underlined, and each line ends with its confidence. Notes and errors go to standard error, and so does what
was skipped in folders.

With --confidence, the confidence follows each line after a tab where output is no terminal, too.

With --marks, what stands between digits is printed, too: 262-9664, 11/05/87. With --mark-doubtful, a digit that
is doubtful is printed as ?.

With --json, each picture is one line of JSON: file, text, confidence, size_wh, lines, written, marks, rejected,
turned_degrees; or file and error. A page of a file with several has page, too, from 1. --marks, --mark-doubtful and
--confidence change nothing in it.

A picture that cannot be read does not stop the others, but the exit status is then 1.
"""


@dataclass(frozen=True)
class _Output:
    """What is wanted of each picture."""

    json: bool
    annotate: Path | None
    show_steps: Path | None
    several: bool
    column: int
    """Where the texts begin, in a list."""
    marks: bool
    mark_doubtful: bool
    confidence: bool
    page: int | None
    """The one page that is read of each file; None: all."""
    dpi: float | None


@dataclass
class _Tally:
    """What is counted over a list, for the note at its end; ``several`` if it is one, of files or pages."""

    several: bool
    pictures: int = 0
    failed: int = 0
    empty: int = 0
    digits: int = 0
    doubtful: int = 0


_Images = Annotated[list[str], typer.Argument(metavar="IMAGE", help="Pictures, PDFs, folders, or -.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")]
_Page = Annotated[int | None, typer.Option(min=1, metavar="N", help="Of a PDF or TIFF, this page alone.")]
_Dpi = Annotated[
    float | None, typer.Option(min=20, max=1200, metavar="N", help="Resolution of PDF pages (200).")
]
_Marks = Annotated[bool, typer.Option("--marks", help="Print marks, too: 262-9664, 11/05/87.")]
_MarkDoubtful = Annotated[bool, typer.Option("--mark-doubtful", help="Doubtful digits as ?.")]
_Confidence = Annotated[
    bool, typer.Option("--confidence", help="Print the confidence of each line in pipes, too.")
]
_Annotate = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write NAME.annotated.png there, with every digit boxed."),
]
_ShowSteps = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write a picture of each step to DIR/NAME/.")
]
_Model = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
]
_MaxMegapixels = Annotated[float | None, typer.Option(metavar="N", help="Larger pictures are refused (52).")]
_MaxBytes = Annotated[int | None, typer.Option(metavar="N", help="Larger files are refused (20000000).")]
_MaxPages = Annotated[int | None, typer.Option(metavar="N", help="Files of more pages are refused (1000).")]


def read(
    images: _Images,
    json: _Json = False,
    page: _Page = None,
    dpi: _Dpi = None,
    marks: _Marks = False,
    mark_doubtful: _MarkDoubtful = False,
    confidence: _Confidence = False,
    annotate: _Annotate = None,
    show_steps: _ShowSteps = None,
    model: _Model = None,
    input_range: InputRange = None,
    min_confidence: MinConfidence = DEFAULT_MIN_CONFIDENCE,
    max_megapixels: _MaxMegapixels = None,
    max_bytes: _MaxBytes = None,
    max_pages: _MaxPages = None,
) -> None:
    limits = {"max_megapixels": max_megapixels, "max_bytes": max_bytes, "max_pages": max_pages}
    reader = _make_reader(usable_model(model, input_range), min_confidence, limits)
    for folder in (annotate, show_steps):
        if folder is not None:
            make_folder(folder)
    skipped = Counter[str]()
    sources = list(_expand(images, skipped))
    several = len(sources) > 1 or [str(source) for source in sources] != images
    widths = [len(printable(source)) for source in sources]
    column = min(max(widths, default=0), 48) + 2
    output = _Output(json, annotate, show_steps, several, column, marks, mark_doubtful, confidence, page, dpi)
    tally = _read_all(reader, sources, output)
    if tally.several and not json:
        note(_summary(tally))
    if any(skipped.values()):
        from inkread.reader import told_skipped

        note(told_skipped(skipped))
    if tally.failed:
        raise typer.Exit(1)


def _make_reader(model: Path | None, min_confidence: float, limits: dict[str, Any]) -> Reader:
    from inkread.reader import ImageLimits, Reader

    def given(**options: Any) -> dict[str, Any]:
        return {name: value for name, value in options.items() if value is not None}

    try:
        return Reader(model, min_confidence=min_confidence, limits=ImageLimits(**given(**limits)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _expand(images: Sequence[str], skipped: Counter[str]) -> Iterator[str]:
    """Folders become the pictures in them; a folder without any stays, to be reported."""
    from inkread.reader import scan_folder

    for image in images:
        # An empty path would be the folder one is in, which nobody meant: `inkread read "$UNSET"`.
        if image not in ("", "-") and Path(image).is_dir():
            found, others = scan_folder(image)
            skipped.update(others)
            yield from [str(path) for path in found] or [image]
        else:
            yield image


def _read_all(reader: Reader, sources: Sequence[str], output: _Output) -> _Tally:
    names, tally = Names(), _Tally(several=output.several)
    for source in sources:
        with (
            _reported(source, None, output, tally),
            reader.open_pages(_open(source), dpi=output.dpi) as pages,
        ):
            several = pages.count > 1
            tally.several |= several and output.page is None
            for number in pages.numbers(output.page):
                page = number if several else None
                with _reported(source, page, output, tally):
                    reading = _read_one(reader, pages, source, page, names, output)
                    _report(source, reading, replace(output, several=tally.several))
                    tally.pictures += 1
                    tally.empty += not reading.digits
                    tally.digits += len(reading.digits)
                    tally.doubtful += sum(digit.doubtful for digit in reading.digits)
    return tally


@contextmanager
def _reported(source: str, page: int | None, output: _Output, tally: _Tally) -> Iterator[None]:
    """Reports a picture that cannot be read; the next one is read nevertheless."""
    try:
        yield
    except UnreadableImage as error:
        message = str(error)
    except MemoryError:
        message = f"{_label(source, page)}: too little memory; save it smaller"
    else:
        return
    tally.pictures += 1
    tally.failed += 1
    if output.json:
        numbered = {} if page is None else {"page": page}
        say_json(jsonlib.dumps({"file": source, **numbered, "error": message}, ensure_ascii=False))
    else:
        complain(message)


def _label(source: str, page: int | None) -> str:
    return printable(source) if page is None else f"{printable(source)} page {page}"


def _read_one(
    reader: Reader, pages: Pages, source: str, page: int | None, names: Names, output: _Output
) -> Reading:
    if output.annotate is None and output.show_steps is None:
        return reader.read(pages, page=page)
    from inkread.render import annotate, draw_steps

    steps = reader.steps(pages, page=page)
    name = names.name_for(source, page)
    if output.annotate is not None:
        path = output.annotate / f"{name}.annotated.png"
        save_picture(annotate(steps.image, steps.reading), path)
        note(f"wrote {printable(str(path))}")
    if output.show_steps is not None:
        folder = make_folder(output.show_steps / name)
        for step, picture in draw_steps(steps).items():
            save_picture(picture, folder / f"{step}.png")
        note(f"wrote the steps to {printable(str(folder))}")
    return steps.reading


def _open(source: str) -> Any:
    if source != "-":
        if source and Path(source).is_dir() and os.access(source, os.R_OK | os.X_OK):
            raise UnreadableImage(f"{printable(source)}: no pictures in this folder; give another one")
        return source
    if sys.stdin is None or sys.stdin.isatty():
        raise UnreadableImage("standard input is no picture; send one: inkread read - < photo.jpg")
    return sys.stdin.buffer


def _report(source: str, reading: Reading, output: _Output) -> None:
    if output.json:
        from inkread.render import to_json

        say_json(to_json(reading, source))
    elif not output.several:
        say(_styled(reading, "", output))
        if remark := _remark(reading):
            note(remark)
    else:
        start = f"{_label(source, reading.page)}: ".ljust(output.column)
        say(_styled(reading, start, output) if reading.lines else start + "(no digits found)")


def _styled(reading: Reading, start: str, output: _Output) -> object:
    """The text, with ``start`` before its first line and as much room before the others.

    The confidence of a line follows its text: always on a terminal, if it is asked for elsewhere.
    """
    from inkread.render import to_text

    plain = to_text(reading, output.marks, output.mark_doubtful).split("\n")
    if not sys.stdout.isatty():
        if output.confidence and reading.lines:
            sure = [round(line.confidence, 6) for line in reading.lines]
            plain = [f"{text}\t{figure}" for text, figure in zip(plain, sure, strict=True)]
        return start + ("\n" + " " * len(start)).join(plain)
    from rich.text import Text

    text = Text(start)
    for number, (line, shown) in enumerate(zip(reading.in_order(), plain, strict=False)):
        text.append("\n" + " " * len(start) if number else "")
        told = [each for each in line if output.marks or isinstance(each, Digit)]
        for each, sign in zip(told, shown, strict=True):
            doubtful = isinstance(each, Digit) and each.doubtful
            text.append(sign, style="underline yellow" if doubtful else "")
        text.append(f"  {percent(reading.lines[number].confidence)}", style="dim")
    return text


def _remark(reading: Reading) -> str:
    digits, doubtful = len(reading.digits), sum(digit.doubtful for digit in reading.digits)
    if not digits:
        unread = len(reading.rejected)
        pieces = f"{_number(unread, 'piece')} of ink left unread"
        return f"(no digits found; {pieces}: --annotate DIR shows why)" if unread else "(no digits found)"
    return f"({doubtful} of {digits} digits {'is' if doubtful == 1 else 'are'} doubtful)" if doubtful else ""


def _summary(tally: _Tally) -> str:
    words = [_number(tally.pictures, "picture"), _number(tally.digits, "digit")]
    words += [f"{tally.doubtful} doubtful"] if tally.doubtful else []
    words += [f"{tally.empty} without digits"] if tally.empty else []
    words += [f"{tally.failed} could not be read"] if tally.failed else []
    return f"({', '.join(words)})"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
