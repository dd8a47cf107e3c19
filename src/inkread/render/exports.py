"""Reading -> text, JSON and CSV. This module draws nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from inkread.reading import Digit, Mark, Reading

__all__ = ["CSV_COLUMNS", "to_csv", "to_json", "to_text"]

CSV_COLUMNS = ("file", "line", "text", "confidence", "doubtful", "left", "top", "right", "bottom")


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


def to_csv(readings: Iterable[tuple[str, Reading]]) -> Iterator[str]:
    """Rows of CSV, without line ends: first the header, then one row per line of writing of each ``(file,
    reading)``.

    A picture without digits still gets a row, with only its name, so that none is lost from the table.
    """
    yield _row(CSV_COLUMNS)
    for file, reading in readings:
        if not reading.lines:
            yield _row([file] + [""] * (len(CSV_COLUMNS) - 1))
        for number, line in enumerate(reading.lines, start=1):
            doubtful = int(any(digit.doubtful for digit in line.digits))
            yield _row([file, number, line.text, round(line.confidence, 6), doubtful, *line.box.to_list()])


def _row(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
