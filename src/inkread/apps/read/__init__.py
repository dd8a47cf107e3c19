"""``inkread read``: pictures to text, JSON, tables, annotated pictures and pictures of every step."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from inkread.apps import models
from inkread.apps.read.reading_loop import Found, SourceReader, expanded, listed, read_in_processes
from inkread.apps.read.readings import FORMATS, Printer, Text, printer_of
from inkread.apps.saving import Names, make_folder, output_to, save_picture
from inkread.apps.terminal import console, hush, note, printable
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.reading import Reading

if TYPE_CHECKING:
    from inkread.reader import Pages, Reader, Region

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

With --mine, what you corrected in the window or on the page changes how digits that look like it are read. JSON says
in unadapted what such a digit would be otherwise; inkread corrections lists and forgets.

With --format json, or --json, each picture is one line of JSON: file, text, confidence, size_wh, lines, written, marks,
rejected, turned_degrees; or file and error. A page of a file with several has page, too, from 1. --marks,
--mark-doubtful and --confidence change nothing in it.

With --expect, digits of a line that is not as expected are doubtful, and the likeliest text that is as expected is
noted, with its odds. What was read is printed all the same. JSON and tables have satisfied, expected and odds.

With --format csv or tsv, there is a row for each line of writing, with a header.

With --region and --regions, each rectangle is a picture of its own, and its name follows that of the file.

A picture that cannot be read does not stop the others, but the exit status is then 1.
"""


@dataclass
class _Tally:
    """What is counted over a list, for the note at its end; ``several`` if it is one, of files or pages."""

    several: bool
    pictures: int = 0
    failed: int = 0
    empty: int = 0
    digits: int = 0
    doubtful: int = 0
    unexpected: int = 0

    def add(self, reading: Reading | None) -> None:
        self.pictures += 1
        self.failed += reading is None
        if reading is not None:
            self.empty += not reading.digits
            self.digits += len(reading.digits)
            self.doubtful += sum(digit.doubtful for digit in reading.digits)
            self.unexpected += reading.expected is not None and not reading.expected.satisfied


_ENDINGS = {".json": "json", ".jsonl": "json", ".csv": "csv", ".tsv": "tsv"}
"""The format that the name of an output file asks for."""

_Images = Annotated[
    list[str] | None,
    typer.Argument(metavar="IMAGE...", help="Pictures, PDFs, folders, or -.", show_default=False),
]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")
]
_Format = Annotated[
    str | None, typer.Option("--format", metavar="|".join(FORMATS), help="What is printed (text).")
]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors, but no notes and no progress.")]
_Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, max=1024, metavar="N", help="Processes that read; 0: one per core."),
]
_FilesFrom = Annotated[
    str | None, typer.Option(metavar="FILE", help="A list of pictures, one per line; - for standard input.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")]
_Page = Annotated[int | None, typer.Option(min=1, metavar="N", help="Of a PDF or TIFF, this page alone.")]
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
_Mine = Annotated[bool, typer.Option("--mine", help="Heed your own corrections of digits.")]


def read(
    images: _Images = None,
    output: _Output = None,
    output_format: _Format = None,
    json: _Json = False,
    files_from: _FilesFrom = None,
    jobs: _Jobs = 1,
    quiet: _Quiet = False,
    page: _Page = None,
    dpi: models.DpiOption = None,
    marks: _Marks = False,
    mark_doubtful: _MarkDoubtful = False,
    confidence: _Confidence = False,
    expect: models.ExpectOption = None,
    printed: models.PrintedOption = None,
    region: models.RegionOption = None,
    regions: models.RegionFile = None,
    annotate: _Annotate = None,
    show_steps: _ShowSteps = None,
    model: models.ModelOption = None,
    input_range: models.InputRange = None,
    min_confidence: models.MinConfidence = DEFAULT_MIN_CONFIDENCE,
    mine: _Mine = False,
    max_megapixels: models.MaxMegapixels = None,
    max_bytes: models.MaxBytes = None,
    max_pages: models.MaxPages = None,
) -> None:
    hush(quiet)
    name = _format_of(output_format, json, output)
    reader = _make_reader(
        models.usable_model(model, input_range), min_confidence, expect=expect, printed=printed, corrections=mine,
        max_megapixels=max_megapixels, max_bytes=max_bytes, max_pages=max_pages,
    )  # fmt: skip
    sources, tally, skipped = _sources(images or [], files_from)
    pictures = _Pictures(reader, annotate, show_steps, models.regions_of(region, regions))
    with output_to(output):
        printer = printer_of(name, Text(_column(sources), marks, mark_doubtful, confidence))
        found = _found(reader, sources, page, dpi, jobs, pictures)
        _print_all(_in_series(reader, found), len(sources), printer, page, tally)
    _end(tally, skipped, name)


def _column(sources: Sequence[str]) -> int:
    """Where the texts of a list begin, behind the names."""
    return min(max((len(printable(source)) for source in sources), default=0), 48) + 2


def _format_of(name: str | None, json: bool, output: Path | None) -> str:
    name = name.lower() if name else "json" if json else ""
    if name and name not in FORMATS:
        raise typer.BadParameter(f"--format is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not {name}")
    return name or _ENDINGS.get(output.suffix.lower() if output else "", "text")


def _sources(images: Sequence[str], files_from: str | None) -> tuple[list[str], _Tally, Counter[str]]:
    """All pictures, the tally to be filled, and what was skipped in folders."""
    given = [*images, *(listed(files_from) if files_from else ())]
    if not given and files_from is None:
        raise typer.BadParameter("no picture is given: give pictures, folders, - or --files-from FILE")
    skipped = Counter[str]()
    sources = list(expanded(given, skipped))
    return sources, _Tally(len(sources) > 1 or sources != given), skipped


def _end(tally: _Tally, skipped: Counter[str], name: str) -> None:
    if tally.several and name == "text":
        note(_summary(tally))
    if any(skipped.values()):
        from inkread.reader import told_skipped

        note(told_skipped(skipped))
    if tally.failed:
        raise typer.Exit(1)


def _make_reader(
    model: Path | None,
    min_confidence: float,
    *,
    expect: str | None,
    printed: Any,
    corrections: bool,
    **limits: Any,
) -> Reader:
    from inkread.reader import Reader

    try:
        return Reader(
            model,
            min_confidence=min_confidence,
            limits=models.image_limits(**limits),
            expect=expect,
            printed=printed,
            corrections=corrections,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


class _Pictures:
    """Reads a page, and saves the pictures that are wanted of it."""

    def __init__(
        self, reader: Reader, annotate: Path | None, show_steps: Path | None, regions: Sequence[Region]
    ) -> None:
        self.regions = regions
        if regions and (annotate or show_steps):
            raise typer.BadParameter("--region and --regions do not go with --annotate and --show-steps")
        for each in regions:
            told = reader.told(each.expect).expectation
            if each.expect and told and told.over_pictures:
                raise typer.BadParameter(
                    f"region {each.name!r}: ask for a series over pictures with --expect"
                )
        self._reader, self._annotate, self._show_steps, self._names = reader, annotate, show_steps, Names()
        for folder in (annotate, show_steps):
            if folder is not None:
                make_folder(folder)

    @property
    def wanted(self) -> bool:
        return self._annotate is not None or self._show_steps is not None

    def read(self, pages: Pages, source: str, page: int | None) -> Reading:
        if not self.wanted:
            return self._reader.read(pages, page=page)
        from inkread.render import annotate, draw_steps

        steps = self._reader.steps(pages, page=page)
        name = self._names.name_for(source, page)
        if self._annotate is not None:
            path = self._annotate / f"{name}.annotated.png"
            save_picture(annotate(steps.image, steps.reading), path)
            note(f"wrote {printable(str(path))}")
        if self._show_steps is not None:
            folder = make_folder(self._show_steps / name)
            for step, picture in draw_steps(steps).items():
                save_picture(picture, folder / f"{step}.png")
            note(f"wrote the steps to {printable(str(folder))}")
        return steps.reading


def _found(
    reader: Reader,
    sources: Sequence[str],
    page: int | None,
    dpi: float | None,
    jobs: int,
    pictures: _Pictures,
) -> Iterator[Found]:
    """What came of each picture, in order."""
    if jobs != 1 and len(sources) > 1:
        if pictures.wanted:
            raise typer.BadParameter("--jobs does not go with --annotate and --show-steps; leave it out")
        from inkread.workers import cores

        return read_in_processes(
            reader, sources, page, dpi, pictures.regions, min(jobs or cores(), len(sources))
        )
    one = SourceReader(reader, page, dpi, pictures.regions, pictures.read)
    return (found for source in sources for found in one.each(source))


def _in_series(reader: Reader, found: Iterator[Found]) -> Iterator[Found]:
    """What came of each picture; if all are expected to be one series, checked as one, after the last."""
    from inkread.reader import in_series

    if reader.expectation is None or not reader.expectation.over_pictures:
        yield from found
        return
    every = list(found)
    told = in_series((each.reading for each in every if each.reading is not None), reader.expectation)
    for each in every:
        yield each if each.reading is None else replace(each, reading=cast("Reading", next(told)))


def _print_all(found: Iterator[Found], count: int, printer: Printer, page: int | None, tally: _Tally) -> None:
    with _progress(count) as advance:
        source = None
        for each in found:
            tally.several |= each.several and page is None
            tally.add(each.reading)
            if each.reading is None:
                printer.failure(each.source, each.page, each.error)
            else:
                printer.reading(each.source, each.reading, tally.several)
            advance(source is not None and each.source != source)
            source = each.source


@contextlib.contextmanager
def _progress(count: int) -> Iterator[Any]:
    """A bar on standard error while the readings go elsewhere; nothing where nobody would see it."""
    if count < 2 or not sys.stderr.isatty() or sys.stdout.isatty() or hush():
        yield lambda done: None
        return
    from rich.progress import Progress

    with Progress(console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task("reading", total=count)
        yield lambda done: progress.advance(task, int(done))


def _summary(tally: _Tally) -> str:
    words = [_number(tally.pictures, "picture"), _number(tally.digits, "digit")]
    words += [f"{tally.doubtful} doubtful"] if tally.doubtful else []
    words += [f"{tally.unexpected} not as expected"] if tally.unexpected else []
    words += [f"{tally.empty} without digits"] if tally.empty else []
    words += [f"{tally.failed} could not be read"] if tally.failed else []
    return f"({', '.join(words)})"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
