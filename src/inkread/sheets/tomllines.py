"""Where in a TOML file each key stands, which ``tomllib`` does not tell.

This module does not know what the keys mean. It understands tables, arrays of tables and plain keys; of what is
inside an inline table or an array, it knows the line of the key it belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Lines", "find_lines"]

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
