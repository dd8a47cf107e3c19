"""``inkread read``: pictures to text, JSON, annotated pictures and pictures of every step."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkread.apps.models import usable_model
from inkread.apps.saving import Names, make_folder, save_picture
from inkread.apps.terminal import complain, note, printable, say, say_json
from inkread.errors import UnreadableImage
from inkread.reading import Digit, Reading

if TYPE_CHECKING:
    from inkread.reader import Reader

__all__ = ["read"]

HELP = """Read the handwritten digits in pictures.

IMAGE is a picture (PNG, JPEG, WebP, BMP, TIFF, GIF, PPM), a folder (every picture in it and below),
or - for one picture from standard input.

Of one picture, its text is printed: digits only, one line per line of writing, an empty line if there
are none. Of several, each begins with the file. On a terminal, doubtful digits are underlined, and each line ends
with its confidence. Notes and errors go to standard error.

With --confidence, the confidence follows each line after a tab where output is no terminal, too.

With --marks, what stands between digits is printed, too: 262-9664, 11/05/87. With --mark-doubtful, a digit that
is doubtful is printed as ?.

With --json, each picture is one line of JSON: file, text, confidence, size_wh, lines, written, marks, rejected,
turned_degrees; or file and error. --marks, --mark-doubtful and --confidence change nothing in it.

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


@dataclass
class _Tally:
    """What is counted over a list, for the note at its end."""

    pictures: int = 0
    failed: int = 0
    empty: int = 0
    digits: int = 0
    doubtful: int = 0


def read(
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Pictures, folders, or -.")],
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")] = False,
    marks: Annotated[bool, typer.Option("--marks", help="Print marks, too: 262-9664, 11/05/87.")] = False,
    mark_doubtful: Annotated[bool, typer.Option("--mark-doubtful", help="Doubtful digits as ?.")] = False,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Print the confidence of each line in pipes, too.")
    ] = False,
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write NAME.annotated.png there, with every digit boxed."),
    ] = None,
    show_steps: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a picture of each step to DIR/NAME/.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
    ] = None,
    min_confidence: Annotated[
        float | None, typer.Option(metavar="0…1", help="Below it, a digit is doubtful (0.85).")
    ] = None,
    max_megapixels: Annotated[
        float | None, typer.Option(metavar="N", help="Larger pictures are refused (52).")
    ] = None,
    max_bytes: Annotated[
        int | None, typer.Option(metavar="N", help="Larger files are refused (20000000).")
    ] = None,
) -> None:
    reader = _make_reader(usable_model(model), min_confidence, max_megapixels, max_bytes)
    for folder in (annotate, show_steps):
        if folder is not None:
            make_folder(folder)
    sources = list(_expand(images))
    several = len(sources) > 1 or [str(source) for source in sources] != images
    widths = [len(printable(source)) for source in sources]
    column = min(max(widths, default=0), 48) + 2
    output = _Output(json, annotate, show_steps, several, column, marks, mark_doubtful, confidence)
    tally = _read_all(reader, sources, output)
    if several and not json:
        note(_summary(tally))
    if tally.failed:
        raise typer.Exit(1)


def _make_reader(
    model: Path | None, min_confidence: float | None, max_megapixels: float | None, max_bytes: int | None
) -> Reader:
    from inkread.reader import ImageLimits, Reader

    def given(**options: Any) -> dict[str, Any]:
        return {name: value for name, value in options.items() if value is not None}

    try:
        limits = ImageLimits(**given(max_megapixels=max_megapixels, max_bytes=max_bytes))
        return Reader(model, limits=limits, **given(min_confidence=min_confidence))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _expand(images: Sequence[str]) -> Iterator[str]:
    """Folders become the pictures in them; a folder without any stays, to be reported."""
    from inkread.reader import find_images

    for image in images:
        # An empty path would be the folder one is in, which nobody meant: `inkread read "$UNSET"`.
        if image not in ("", "-") and Path(image).is_dir():
            yield from [str(path) for path in find_images(image)] or [image]
        else:
            yield image


def _read_all(reader: Reader, sources: Sequence[str], output: _Output) -> _Tally:
    names, tally = Names(), _Tally()
    for source in sources:
        tally.pictures += 1
        try:
            reading = _read_one(reader, source, names, output)
        except UnreadableImage as error:
            _report_error(source, str(error), output)
        except MemoryError:
            _report_error(source, f"{printable(source)}: too little memory; save it smaller", output)
        else:
            _report(source, reading, output)
            tally.empty += not reading.digits
            tally.digits += len(reading.digits)
            tally.doubtful += sum(digit.doubtful for digit in reading.digits)
            continue
        tally.failed += 1
    return tally


def _read_one(reader: Reader, source: str, names: Names, output: _Output) -> Reading:
    opened = _open(source)
    if output.annotate is None and output.show_steps is None:
        return reader.read(opened)
    from inkread.render import annotate, draw_steps

    steps = reader.steps(opened)
    name = names.name_for(source)
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


def _report_error(source: str, message: str, output: _Output) -> None:
    if output.json:
        say_json(jsonlib.dumps({"file": source, "error": message}, ensure_ascii=False))
    else:
        complain(message)


def _report(source: str, reading: Reading, output: _Output) -> None:
    if output.json:
        from inkread.render import to_json

        say_json(to_json(reading, source))
    elif not output.several:
        say(_styled(reading, "", output))
        if remark := _remark(reading):
            note(remark)
    else:
        start = f"{printable(source)}:".ljust(output.column)
        say(_styled(reading, start, output) if reading.lines else start + "(no digits found)")


def _styled(reading: Reading, start: str, output: _Output) -> object:
    """The text, with ``start`` before its first line and as much room before the others.

    The confidence of a line follows its text: always on a terminal, if it is asked for elsewhere.
    """
    from inkread.render import to_text

    plain = to_text(reading, output.marks, output.mark_doubtful).split("\n")
    sure = [f"{line.confidence:.3f}" for line in reading.lines]
    if not sys.stdout.isatty():
        if output.confidence and sure:
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
        text.append(f"  {sure[number]}", style="dim")
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
