"""Reading -> text, JSON, CSV and TSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from inkread.elements import Digit, Line, Mark

if TYPE_CHECKING:
    from inkread.reading import Reading

TABLE_COLUMNS = (
    "file", "page", "line", "text", "written", "confidence", "doubtful", "left", "top", "right", "bottom",
    "satisfied", "expected", "odds", "region", "error",
)  # fmt: skip
"""The columns of CSV and TSV, with a row for each line of writing."""


def to_text(reading: Reading, marks: bool = False, mark_doubtful: bool = False) -> str:
    """The text read, one line per line of writing.

    With ``marks`` as it is written, ``555-0123`` instead of ``5550123``; with ``mark_doubtful`` every doubtful digit is
    a ``?``.
    """

    def shown(each: Digit | Mark) -> str:
        if isinstance(each, Mark):
            return each.text if marks else ""
        return "?" if mark_doubtful and each.doubtful else str(each.value)

    return "\n".join("".join(shown(each) for each in line) for line in reading.in_order())


def to_json(reading: Reading, file: str | None = None) -> str:
    """One line of JSON, as ``inkread read --json`` prints it; ``file`` comes first where there is one."""
    fields = reading.to_dict()
    return json.dumps(fields if file is None else {"file": file, **fields}, ensure_ascii=False)


def table_rows(file: str, reading: Reading) -> list[tuple[object, ...]]:
    """The cells of a row for each line of writing, in the order of ``TABLE_COLUMNS``.

    A picture without digits has one row with only its name, so that none is lost from the table.
    """
    start, end = (file, "" if reading.page is None else reading.page), (reading.region or "", "")
    if not reading.lines:
        return [(*start, *[""] * (len(TABLE_COLUMNS) - len(start) - len(end)), *end)]
    return [
        (
            *start,
            number,
            line.text,
            written,
            round(line.confidence, 6),
            int(line.doubtful),
            *line.box.to_list(),
            *_expected(line),
            *end,
        )
        for number, (line, written) in enumerate(
            zip(reading.lines, reading.written.split("\n"), strict=True), start=1
        )
    ]


def _expected(line: Line) -> tuple[object, ...]:
    """Cells of what was expected of a line; empty where nothing was."""
    if line.expected is None:
        return "", "", ""
    return int(line.expected.satisfied), line.expected.text or "", float(f"{line.expected.odds:.6g}")


def table_line(cells: Iterable[object], separator: str = ",") -> str:
    """A row of CSV, or of TSV with a tab as ``separator``, without its line end; formulas are made harmless."""
    text = io.StringIO()
    safe = [safe_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text, delimiter=separator, lineterminator="").writerow(safe)
    return text.getvalue()


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a path ``=x`` becomes ``./=x``, which is the same file."""
    return "./" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    """Whether it is writing, ``-5`` or ``+49 30``: digits and marks can do no harm."""
    return all(sign in "0123456789-/.,():+\n" for sign in text)
