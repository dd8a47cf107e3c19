"""Looking through the tables of a TOML file: every mistake is gathered, with its line.

``tomllib`` does not tell where a key stands; ``find_lines`` does. It understands tables, arrays of tables and plain
keys; of what is inside an inline table or an array, it knows the line of the key it belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any

_ARRAY = re.compile(r"\s*\[\[\s*([\w-]+)\s*\]\]")
_TABLE = re.compile(r"\s*\[\s*([\w-]+)\s*\]")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=\s*(.*)")


@dataclass
class Lines:
    """Line numbers, from 1, of (table, its number in an array of tables, key)."""

    keys: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def of(self, table: str, number: int, key: str) -> int:
        """The line of a key; where it is missing, that of its table, and else the first."""
        return self.keys.get((table, number, key), self.keys.get((table, number, ""), 1))


def find_lines(text: str) -> Lines:
    """The lines of all keys in a TOML file that ``tomllib`` takes."""
    lines = Lines()
    table, counts = ("", 0), dict[str, int]()
    until = ""
    for number, line in enumerate(text.splitlines(), 1):
        if until:
            until = "" if until in line else until
        elif found := _ARRAY.match(line):
            table = (found[1], counts.get(found[1], 0))
            counts[found[1]] = table[1] + 1
            lines.keys[(*table, "")] = number
        elif found := _TABLE.match(line):
            table = (found[1], 0)
            lines.keys[(*table, "")] = number
        elif found := _KEY.match(line):
            lines.keys.setdefault((*table, found[1]), number)
            for quotes in ('"""', "'''"):
                until = quotes if found[2].count(quotes) == 1 else until
    return lines


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake: the line of the TOML file, from 1, and what to do about it."""

    line: int
    message: str


class Checking:
    """One look through a file's tables; gathers the faults instead of stopping at the first."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.path, self.lines = path, lines
        self.faults: list[Fault] = []
        self._where: tuple[str, int] = ("", 0)

    def fault(self, key: str, message: str) -> None:
        """Notes a mistake at the line of ``key`` in the table that is being looked at."""
        self.faults.append(Fault(self.lines.of(*self._where, key), message))

    def known(self, table: dict[str, Any], names: tuple[str, ...], at: str = "") -> None:
        """Notes each key of a table that is not one of ``names``, with the name it is most like."""
        for key in table:
            if key not in names:
                self.fault(at or key, f"“{short(key)}” is not known here{_suggestion(key, names)}")

    def string(self, table: dict[str, Any], key: str, default: str) -> str:
        """A line of text."""
        value = table.get(key, default)
        if isinstance(value, str) and value.isprintable() and len(value) <= 200:
            return value.strip()
        self.fault(key, f"{key} is text in quotes, of one line and at most 200 characters")
        return default

    def beside(self, table: dict[str, Any], key: str, example: str) -> Path | None:
        """A file in the folder of the TOML file, or None where none is named."""
        named = self.string(table, key, "")
        if named and not _lies_below(named):
            self.fault(key, f'{key} lies in the folder of the design; give its name, such as "{example}"')
            return None
        return self.path.parent / named if named else None

    def number(self, table: dict[str, Any], key: str, default: Fraction, at: str = "") -> Fraction:
        """A number from 0 to 1000."""
        value = table.get(key, default)
        if not isinstance(value, bool) and isinstance(value, int | float | Fraction) and 0 <= value <= 1000:
            return value if isinstance(value, Fraction) else Fraction(str(value))
        self.fault(at or key, f"{key} is a number from 0 to 1000, without quotes")
        return default


def short(given: object) -> str:
    """A value from a file, shortened for a message of one line."""
    try:
        text = str(given)
    except ValueError:  # an integer of thousands of digits, written in another base
        text = "a number without end"
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= 40 else text[:40] + "…"


def _lies_below(place: str) -> bool:
    """Whether a path leads nowhere but below the folder that it starts from, on any system."""
    path = PureWindowsPath(place)  # takes both kinds of slashes for what they are
    return not path.anchor and ".." not in path.parts


def _suggestion(word: str, names: tuple[str, ...]) -> str:
    from rapidfuzz import fuzz, process

    best = process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=60)
    return f"; do you mean “{best[0]}”?" if best else f"; there are {', '.join(names)}"
