"""Sorts any number of names with bounded memory: more than some thousands on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice

from inkread.bulk.inputs import path_from_bytes, path_to_bytes

_IN_MEMORY = 10_000


def in_order(names: Iterator[str]) -> Iterator[str]:
    """The names sorted by their code points."""
    few = list(islice(names, _IN_MEMORY))
    if len(few) < _IN_MEMORY:
        yield from sorted(few, key=path_to_bytes)
        return
    # A database without a name is a file of its own that goes when it is closed.
    with closing(sqlite3.connect("", isolation_level=None)) as disk:
        disk.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")
        disk.execute("BEGIN")
        rows = ((path_to_bytes(name),) for name in chain(few, names))
        disk.executemany("INSERT OR IGNORE INTO names VALUES (?)", rows)
        del few
        for (name,) in disk.execute("SELECT name FROM names ORDER BY name"):
            yield path_from_bytes(name)
