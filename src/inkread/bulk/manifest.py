"""The state of a run, in SQLite: every input, its outcome, and the part that holds its rows.

An input is identified by its path, further pages of its file by their number. An unchanged input that is found again
stays done. Every change is one transaction, on disk when its call returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkread.bulk.inputs import Found, Item, Place, path_from_bytes, path_to_bytes
from inkread.bulk.rows import Outcome

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS parts (part INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS inputs (
  path BLOB NOT NULL, page INTEGER NOT NULL, number INTEGER NOT NULL, place TEXT, stamp TEXT NOT NULL,
  state INTEGER NOT NULL,
  part INTEGER, at INTEGER, sha256 BLOB, confidence REAL, doubtful INTEGER, digits INTEGER, error TEXT,
  PRIMARY KEY (path, page)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS in_order ON inputs (number, page);
"""
_UNREAD, _READ, _CHANGED, _LOST = range(4)
"""States of an input: to be read; read; read, perhaps with other content; could not be fetched."""
_FOUND = f"""
INSERT INTO inputs (path, page, number, place, stamp, state) VALUES (:path, 1, :number, :place, :stamp, {_UNREAD})
ON CONFLICT (path, page) DO UPDATE SET number = :number, place = :place, stamp = :stamp, state = CASE
  WHEN state = {_LOST} OR (:again AND EXISTS
    (SELECT 1 FROM inputs AS any WHERE any.path = :path AND any.error IS NOT NULL)) THEN {_UNREAD}
  WHEN state = {_READ} AND (:check OR stamp <> :stamp) THEN {_CHANGED}
  ELSE state END
WHERE number < :base
"""
_DONE = """
UPDATE inputs SET state = :state, part = :part, at = :at, sha256 = :sha256, confidence = :confidence,
  doubtful = :doubtful, digits = :digits, error = :error WHERE path = :path AND page = 1
"""
_DONE_FURTHER = """
INSERT INTO inputs SELECT path, :page, number, place, stamp, :state, :part, :at, :sha256, :confidence, :doubtful,
  :digits, :error FROM inputs WHERE path = :path AND page = 1
"""
"""Further pages of a file come after its first one, at the same place in the order."""
_MOVED = """
UPDATE inputs SET number = (SELECT number FROM inputs AS first WHERE first.path = inputs.path AND first.page = 1)
WHERE page > 1
"""
_FINDS_AT_ONCE = 5_000  # Inputs that are added in one transaction. A kill undoes no more than one.


class Manifest:
    """The manifest in its own folder; a context manager. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
        # Power may fail at any moment; and the rollback journal, unlike the write-ahead log, works on network disks.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        highest = self._db.execute("SELECT max(number) FROM inputs").fetchone()[0]
        self._base = self._next = (highest or 0) + 1
        self.twice = 0
        """How often an input was named that had been named before."""

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _change(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def about(self, key: str, value: str) -> str:
        """The value kept under this key. If there is none, ``value`` is kept and returned."""
        self._db.execute("INSERT OR IGNORE INTO about VALUES (?, ?)", (key, value))
        found: str = self._db.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()[0]
        return found

    def find(self, found: Iterable[Found], *, check: bool, again: bool) -> Iterator[int]:
        """Adds all inputs of a source, and yields their number so far.

        ``check`` compares the content even of inputs that look unchanged; ``again`` reads failed inputs again.
        """
        coming = iter(found)
        more = True
        while more:
            with self._change():
                for _ in range(_FINDS_AT_ONCE):
                    if (each := next(coming, None)) is None:
                        more = False
                        break
                    self._note(each, check, again)
                if not more:
                    self._db.execute(_MOVED)
            yield self._next - self._base

    def _note(self, found: Found, check: bool, again: bool) -> None:
        # The place is left out where it is the path itself, as it mostly is.
        plain = found.place == Place("file", found.path)
        values: dict[str, Any] = {
            "number": self._next, "place": None if plain else found.place.to_json(), "stamp": found.stamp,
            "check": check, "again": again, "base": self._base,
        }  # fmt: skip
        path, name, count = found.path, path_to_bytes(found.path), 1
        while not self._db.execute(_FOUND, {"path": name, **values}).rowcount:
            known = self._db.execute(
                "SELECT place FROM inputs WHERE path = ? AND page = 1", (name,)
            ).fetchone()[0]
            if known == values["place"]:
                self.twice += 1
                return
            count += 1  # another picture of the same name, as tar allows
            name = path_to_bytes(f"{path}#{count}")
        self._next += 1

    def left(self, size: int) -> Iterator[list[Item]]:
        """The inputs to be read, in order, in batches of ``size``."""
        last = self._base - 1
        while True:
            rows = self._db.execute(
                "SELECT number, path, place, state, sha256 FROM inputs"
                f" WHERE number > ? AND state IN ({_UNREAD}, {_CHANGED}) ORDER BY number LIMIT ?",
                (last, size),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [_item(*row[1:]) for row in rows]

    def next_part(self) -> int:
        """The number of the next part."""
        highest = self._db.execute("SELECT max(part) FROM parts").fetchone()[0]
        return int(highest or 0) + 1

    def commit(self, part: int, outcomes: Sequence[Outcome]) -> None:
        """Stores the outcomes of some inputs, whose rows are in ``part`` in this order, in one transaction."""
        with self._change():
            at = 0
            for outcome in outcomes:
                path = path_to_bytes(outcome.path)
                if not outcome.line:
                    self._db.execute("UPDATE inputs SET state = ? WHERE path = ? AND page = 1", (_READ, path))
                    continue
                if outcome.page == 1:  # the file may have had more pages before
                    self._db.execute("DELETE FROM inputs WHERE path = ? AND page > 1", (path,))
                done = _DONE if outcome.page == 1 else _DONE_FURTHER
                self._db.execute(done, _values(outcome, part, at))
                at += 1
            if at:
                self._db.execute("INSERT INTO parts VALUES (?, ?)", (part, at))

    def rows(self) -> Iterator[tuple[str, int, int]]:
        """Of each input and each further page, in order: its path, the part with its row, and the index in it."""
        query = "SELECT path, part, at FROM inputs WHERE number >= ? ORDER BY number, page"
        for path, part, at in self._db.execute(query, (self._base,)):
            yield path_from_bytes(path), part, at

    def select(self, what: str, order: str = "", limit: int = -1) -> list[tuple[Any, ...]]:
        """Columns or sums of the inputs of this run, for reports."""
        query = f"SELECT {what} FROM inputs WHERE number >= ? {order} LIMIT ?"
        return self._db.execute(query, (self._base, limit)).fetchall()

    def each(self, what: str, order: str) -> Iterator[tuple[Any, ...]]:
        """The same as ``select``, as an iterator."""
        yield from self._db.execute(f"SELECT {what} FROM inputs WHERE number >= ? {order}", (self._base,))

    def forget_the_rest(self) -> list[int]:
        """Removes the inputs that the source no longer has. Returns the parts that nothing refers to."""
        with self._change():
            self._db.execute("DELETE FROM inputs WHERE number < ?", (self._base,))
            unused = "part NOT IN (SELECT part FROM inputs WHERE part IS NOT NULL)"
            parts = [part for (part,) in self._db.execute(f"SELECT part FROM parts WHERE {unused}")]
            self._db.execute(f"DELETE FROM parts WHERE {unused}")
        return parts

    def count_left(self) -> int:
        """How many inputs are to be read."""
        return int(self.select(f"coalesce(sum(state IN ({_UNREAD}, {_CHANGED})), 0)")[0][0])


def _item(path: bytes, place: str | None, state: int, sha256: bytes | None) -> Item:
    name = path_from_bytes(path)
    was = sha256.hex() if state == _CHANGED and sha256 else ""
    return Item(name, Place("file", name) if place is None else Place.from_json(place), was)


def _values(outcome: Outcome, part: int, at: int) -> dict[str, Any]:
    return {
        "path": path_to_bytes(outcome.path),
        "page": outcome.page,
        "state": _LOST if outcome.lost else _READ,
        "part": part,
        "at": at,
        "sha256": bytes.fromhex(outcome.sha256) or None,
        "confidence": outcome.confidence,
        "doubtful": outcome.doubtful,
        "digits": outcome.digits,
        "error": outcome.error,
    }
