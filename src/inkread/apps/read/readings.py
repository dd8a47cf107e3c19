"""How ``inkread read`` prints readings: text for people, JSON for programs, CSV and TSV for spreadsheets."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from inkread.apps.terminal import complain, note, printable, say, say_json
from inkread.confidence import percent
from inkread.reading import Digit, Reading

FORMATS = ("text", "json", "csv", "tsv")


class Printer(Protocol):
    """Prints what came of each picture, in order."""

    def reading(self, source: str, reading: Reading, several: bool) -> None:
        """Prints a reading; ``several`` says that it is one of a list."""

    def failure(self, source: str, page: int | None, message: str) -> None:
        """Prints why a picture, or one page of it, could not be read."""


@dataclass
class Text:
    """The text alone of one picture; of several, each with its name before it."""

    column: int
    """Where the texts begin, in a list."""
    marks: bool
    mark_doubtful: bool
    confidence: bool

    def reading(self, source: str, reading: Reading, several: bool) -> None:
        if not several:
            say(self._styled(reading, ""))
            for remark in _remarks(reading):
                note(remark)
            return
        start = f"{label_of(source, reading.page, reading.region)}: ".ljust(self.column)
        say(self._styled(reading, start) if reading.lines else start + "(no digits found)")

    def failure(self, source: str, page: int | None, message: str) -> None:
        complain(message)

    def _styled(self, reading: Reading, start: str) -> object:
        """The text, with ``start`` before its first line and as much room before the others.

        The confidence of a line follows its text: always on a terminal, if it is asked for elsewhere.
        """
        from inkread.render import to_text

        plain = to_text(reading, self.marks, self.mark_doubtful).split("\n")
        if not sys.stdout.isatty():
            if self.confidence and reading.lines:
                sure = [round(line.confidence, 6) for line in reading.lines]
                plain = [f"{text}\t{figure}" for text, figure in zip(plain, sure, strict=True)]
            return start + ("\n" + " " * len(start)).join(plain)
        from rich.text import Text as RichText

        text = RichText(start)
        for number, (line, shown) in enumerate(zip(reading.in_order(), plain, strict=False)):
            text.append("\n" + " " * len(start) if number else "")
            told = [each for each in line if self.marks or isinstance(each, Digit)]
            for each, sign in zip(told, shown, strict=True):
                doubtful = isinstance(each, Digit) and each.doubtful
                text.append(sign, style="underline yellow" if doubtful else "")
            text.append(f"  {percent(reading.lines[number].confidence)}", style="dim")
        return text


class JsonLines:
    """One line of JSON per picture."""

    def reading(self, source: str, reading: Reading, several: bool) -> None:
        from inkread.render import to_json

        say_json(to_json(reading, source))

    def failure(self, source: str, page: int | None, message: str) -> None:
        numbered = {} if page is None else {"page": page}
        say_json(json.dumps({"file": source, **numbered, "error": message}, ensure_ascii=False))


class Table:
    """CSV or TSV: a header, then a row for each line of writing, and one for each picture without any."""

    def __init__(self, separator: str) -> None:
        from inkread.render import TABLE_COLUMNS

        self._separator = separator
        self._row(TABLE_COLUMNS)

    def reading(self, source: str, reading: Reading, several: bool) -> None:
        from inkread.render import table_rows

        for row in table_rows(source, reading):
            self._row(row)

    def failure(self, source: str, page: int | None, message: str) -> None:
        from inkread.render import TABLE_COLUMNS

        between = [""] * (len(TABLE_COLUMNS) - 3)
        self._row((source, "" if page is None else page, *between, message))
        complain(message)

    def _row(self, cells: tuple[object, ...]) -> None:
        from inkread.render import table_line

        say_json(table_line(cells, self._separator))


def printer_of(name: str, text: Text) -> Printer:
    """The printer of a format; ``text`` is the one for people."""
    if name == "text":
        return text
    return JsonLines() if name == "json" else Table("," if name == "csv" else "\t")


def label_of(source: str, page: int | None, region: str | None = None) -> str:
    """The name of a picture, or of a page or a region of it, on one line."""
    label = printable(source) if page is None else f"{printable(source)} page {page}"
    return label if region is None else f"{label} {printable(region)}"


def _remarks(reading: Reading) -> Iterator[str]:
    digits, doubtful = len(reading.digits), sum(digit.doubtful for digit in reading.digits)
    if not digits:
        unread = len(reading.rejected)
        pieces = f"{unread} piece{'' if unread == 1 else 's'} of ink left unread"
        yield f"(no digits found; {pieces}: --annotate DIR shows why)" if unread else "(no digits found)"
    elif doubtful:
        yield f"({doubtful} of {digits} digits {'is' if doubtful == 1 else 'are'} doubtful)"
    for digit in (digit for digit in reading.digits if digit.unadapted is not None):
        yield f"({digit.unadapted} read as {digit.value}, as you corrected)"
    for line in reading.lines:
        if line.expected is not None and not line.expected.satisfied:
            best, odds = line.expected.text, line.expected.odds
            likely = f"{best} is, at odds of {odds:.2g}" if best else "nothing that was written is like it"
            yield f"({line.text} is not as expected; {likely})"
