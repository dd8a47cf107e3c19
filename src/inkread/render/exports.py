"""Reading -> text, JSON and CSV. This module draws nothing."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator

from inkread.reading import Line, Mark, Reading

__all__ = ["CSV_COLUMNS", "to_csv", "to_json", "to_text"]

CSV_COLUMNS = ("file", "line", "text", "confidence", "doubtful", "left", "top", "right", "bottom")


def to_text(reading: Reading, marks: bool = False) -> str:
    """The text read, one line per line of writing; with ``marks``, as ``555-0123`` instead of ``5550123``."""
    if not marks:
        return reading.text
    lines = reading.lines
    beside: list[list[Mark]] = [[] for _ in lines]
    for mark in reading.marks:
        if lines:
            beside[_nearest_line(mark, lines)].append(mark)
    return "\n".join(_with_marks(line, own) for line, own in zip(lines, beside, strict=True))


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
            confidence = math.prod(digit.confidence for digit in line.digits)
            doubtful = int(any(digit.doubtful for digit in line.digits))
            yield _row([file, number, line.text, round(confidence, 6), doubtful, *line.box.to_list()])


def _row(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _nearest_line(mark: Mark, lines: tuple[Line, ...]) -> int:
    """The line whose nearest digit is nearest to the mark; lines may lean, so their boxes would not tell."""
    x, y = mark.box.centre

    def distance(line: Line) -> float:
        return min(math.hypot(x - d.box.centre[0], y - d.box.centre[1]) for d in line.digits)

    return min(range(len(lines)), key=lambda i: distance(lines[i]))


def _with_marks(line: Line, marks: Iterable[Mark]) -> str:
    pieces = [(digit.box.centre[0], str(digit.value)) for digit in line.digits]
    pieces += [(mark.box.centre[0], mark.text) for mark in marks]
    return "".join(text for _, text in sorted(pieces))
