"""``inkread table``: a photo of a table to CSV, TSV, XLSX, Parquet or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from inkread.apps.models import InputRange, MinConfidence, PrintedOption, usable_model
from inkread.apps.saving import save_bytes
from inkread.apps.terminal import note, printable
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.errors import UnreadableImage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inkread.tables import Table
    from inkread.tables.write import Types

__all__ = ["table"]

HELP = """Read a table of handwritten numbers into a spreadsheet.

PHOTO is a picture, a page of a PDF or TIFF (with --page), or - for standard input. Rows and columns are those between
ruled lines; without lines, numbers that stand below each other make them. Empty cells are kept.

Prints CSV. OUT is what its name says: .csv, .tsv, .xlsx, .parquet or .json. Of several tables, CSV has an empty line
between them and XLSX a sheet for each; --table N chooses one. The JSON has, for each cell, the text, confidence, box,
and whether it is doubtful.

With --expect, rows and columns add up, or cells are as a pattern says: "D = B + C", "7 = 2:6", "row sums",
"column sums", "B: 0..20", "0..100"; join several by " & ". What is not so is doubtful and noted, with the likeliest
reading that is. What was read is written all the same.

Cells are text, so that leading zeros stay. With --types number, XLSX and Parquet hold numbers.
"""

_FORMATS = ("csv", "tsv", "json", "xlsx", "parquet")


_Photo = Annotated[str, typer.Argument(metavar="PHOTO", help="A picture, a PDF, or -.")]
_Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write there, not to standard output.")
]
_Format = Annotated[
    str | None, typer.Option("--format", metavar="|".join(_FORMATS), help="What is written (csv).")
]
_Types = Annotated[str, typer.Option(metavar="text|number", help="What cells hold (text).")]
_Number = Annotated[
    int | None, typer.Option("--table", min=1, metavar="N", help="The Nth table of the page alone.")
]
_Page = Annotated[int | None, typer.Option(min=1, metavar="N", help="The page of a PDF or TIFF.")]
_Expect = Annotated[
    str | None,
    typer.Option(
        "--expect", metavar="PATTERN", help="What should hold: D = B + C, row sums, B: 0..20, 0..100."
    ),
]
_Dpi = Annotated[
    float | None, typer.Option(min=20, max=1200, metavar="N", help="Resolution of PDF pages (200).")
]
_Model = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
]


def table(
    photo: _Photo,
    output: _Output = None,
    output_format: _Format = None,
    types: _Types = "text",
    number: _Number = None,
    page: _Page = None,
    dpi: _Dpi = None,
    expect: _Expect = None,
    printed: PrintedOption = None,
    model: _Model = None,
    input_range: InputRange = None,
    min_confidence: MinConfidence = DEFAULT_MIN_CONFIDENCE,
) -> None:
    from inkread.reader import Reader
    from inkread.tables.write import FORMATS

    write = FORMATS[_format_of(output_format, output)]
    if types not in ("text", "number"):
        raise typer.BadParameter(f"--types is text or number, not {types}")
    own = usable_model(model, input_range)
    reader = Reader(own, min_confidence=min_confidence, printed=cast("Any", printed))
    source = sys.stdin.buffer.read() if photo == "-" else photo
    tables = reader.read_tables(source, page=page, dpi=dpi, expect=expect)
    if number is not None and number > len(tables):
        there = f"there are {len(tables)} tables" if len(tables) != 1 else "there is one table"
        raise UnreadableImage(f"{printable(photo)}: {there}, none with the number {number}; count from 1")
    chosen = tables if number is None else tables[number - 1 : number]
    content = write(chosen, cast("Types", types))
    if output is None or str(output) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        save_bytes(content, output)
    for remark in (*_remarks(chosen), _remark(chosen)):
        note(remark)


def _format_of(name: str | None, output: Path | None) -> str:
    ending = output.suffix.lower().removeprefix(".") if output else ""
    found = name.lower() if name else ending or "csv"
    if found not in _FORMATS:
        endings = ", ".join(f".{each}" for each in _FORMATS)
        raise typer.BadParameter(f"{printable(found)} is no format of tables; end the name in {endings}")
    return found


def _remarks(tables: Sequence[Table]) -> Iterator[str]:
    """What is not as expected: sums that do not hold, and cells, with what they may be."""
    for table in tables:
        for each in table.sums:
            if not each.satisfied:
                said = (
                    "a cell of it is no number" if each.difference is None else f"off by {each.difference:+g}"
                )
                more = "" if each.searched else "; too many readings to try them all"
                yield f"({each.name} does not add up to {each.total}: {said}{more})"
        for cell in table.cells:
            expected = cell.reading.expected
            if expected is None or expected.satisfied or expected.text == cell.written:
                continue
            likely = (
                "nothing it may say is"
                if expected.text is None
                else f"perhaps {expected.text}, at odds {expected.odds:.2g}"
            )
            yield f"({cell.name}, {cell.written}, is not as expected; {likely})"


def _remark(tables: Sequence[Table]) -> str:
    """How large the tables are, and which cells to look at, named as spreadsheets do."""
    if not tables:
        return "(no table found: there are no digits)"
    sizes = ", ".join(f"{each.row_count} × {each.column_count}" for each in tables)
    doubtful = [cell.name for each in tables for cell in each.cells if cell.doubtful]
    shown = ", ".join(doubtful[:12]) + ", …" * (len(doubtful) > 12)
    return f"({sizes} cells" + (f"; doubtful: {shown})" if doubtful else ")")
