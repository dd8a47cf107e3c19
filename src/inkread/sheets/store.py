"""What is kept of an exam: one SQLite file (and page pictures beside it) in a folder next to the design.

Every change is on the disk when its call returns: rollback journal, synchronous EXTRA, one transaction per page or
decision; the picture of a page is on the disk before its row. A write-ahead log is not used, because it needs memory
that is shared between processes, which network shares do not offer. What can be worked out anew (marks, matches) is
not kept as truth. This module does not know what any of it means.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inkread.durable import write_durably
from inkread.errors import SheetError
from inkread.sheets.codes import EXAM_BYTES

__all__ = ["Decision", "PageRow", "Store", "folder_of"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS exam (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS copies (copy INTEGER PRIMARY KEY, number TEXT, name TEXT) STRICT;
CREATE TABLE IF NOT EXISTS pages (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, sha256 TEXT NOT NULL, part INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('read', 'doubtful', 'failed')), reason TEXT NOT NULL,
  picture TEXT NOT NULL, copy INTEGER, page INTEGER, boxes TEXT NOT NULL, UNIQUE (sha256, part)) STRICT;
CREATE TABLE IF NOT EXISTS decisions (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL,
  page INTEGER NOT NULL REFERENCES pages (id), question TEXT NOT NULL,
  before TEXT, after TEXT, undone INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS marks (
  sheet TEXT NOT NULL, question TEXT NOT NULL, points TEXT NOT NULL, PRIMARY KEY (sheet, question)) STRICT;
"""
_VERSION = 2


@dataclass(frozen=True)
class PageRow:
    """One scanned page. ``part`` is its number in its file, from 0; ``boxes`` what was found in each row's boxes.

    ``boxes`` maps ``question/row`` (or ``number/0``) to a list of {"box": [l, t, r, b], "symbols": {…}}, and
    ``question/stray`` to what is written elsewhere (``pagereading.Boxes``). Boxes are in pixels of the flat
    page, whose picture is the file ``picture`` in the exam's folder ("": there is none).
    """

    source: str
    sha256: str
    part: int
    status: str
    reason: str
    picture: str
    copy: int | None
    page: int | None
    boxes: dict[str, list[dict[str, Any]]]
    id: int = 0


@dataclass(frozen=True)
class Decision:
    """What somebody settled about the page with the id ``page``, whatever sheet it belongs to.

    ``kind`` is ``answer`` (to a question on it), ``student`` (whose it is) or ``page`` (which page it is).
    """

    id: int
    at: str
    who: str
    kind: str
    page: int
    question: str
    before: str | None
    after: str | None


def folder_of(design: Path) -> Path:
    """The folder in which an exam's scans and decisions are kept: ``exam.inkread`` beside ``exam.toml``."""
    return design.with_suffix(".inkread")


class Store:
    """The open database of an exam. Use it as a context, from one thread at a time."""

    def __init__(self, design: Path, *, must_exist: bool = False) -> None:
        self.folder = folder_of(design)
        if must_exist and not (self.folder / "exam.sqlite").is_file():
            raise SheetError(
                f"{design}: nothing was printed or scanned yet; begin with: inkread sheet print {design} --copies N"
            )
        try:
            (self.folder / "pages").mkdir(parents=True, exist_ok=True)
            # The review server answers from threads of its own, one request at a time.
            self._db = sqlite3.connect(
                self.folder / "exam.sqlite", timeout=30, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise SheetError(
                f"{self.folder}: cannot be used ({error}); check its permissions, or move it away"
            ) from None

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute("PRAGMA synchronous = EXTRA")
        self._db.execute("PRAGMA foreign_keys = ON")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise SheetError(f"{self.folder}: was made by a newer inkread; update this one")
        if 0 < version < _VERSION:
            raise SheetError(
                f"{self.folder}: was made by an early inkread; move it away, print and scan again"
            )
        with self.change():
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
            for key, size in (("exam", EXAM_BYTES), ("secret", 32)):
                self._db.execute("INSERT OR IGNORE INTO exam VALUES (?, ?)", (key, secrets.token_hex(size)))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction: all of it is kept, or nothing. Raises ``SheetError`` where the disk refuses it."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except (OSError, sqlite3.Error) as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> SheetError:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        return SheetError(
            f"{self.folder}: cannot be written ({reason}); free space, or move the exam to another disk"
        )

    def _exam(self, key: str) -> bytes:
        return bytes.fromhex(self._db.execute("SELECT value FROM exam WHERE key = ?", (key,)).fetchone()[0])

    @property
    def exam(self) -> bytes:
        """The exam's own number, which is in each of its codes."""
        return self._exam("exam")

    @property
    def secret(self) -> bytes:
        """What its codes are signed with."""
        return self._exam("secret")

    def hold(self, layout: str) -> bool:
        """Whether ``layout``, a text that says what stands where, is that of the pages kept so far.

        It is noted as theirs while there is none.
        """
        with self.change():
            if not self._db.execute("SELECT 1 FROM pages LIMIT 1").fetchone():
                self._db.execute("INSERT OR REPLACE INTO exam VALUES ('layout', ?)", (layout,))
            held = self._db.execute("SELECT value FROM exam WHERE key = 'layout'").fetchone()
        return held is None or held[0] == layout

    def add_copies(self, students: list[tuple[str, str] | None]) -> list[int]:
        """Numbers for new copies: one for each (number, name), or for each None; never given twice.

        A student who has a copy keeps it: printing again does not make a second one.
        """
        with self.change():
            known = dict(self._db.execute("SELECT number, copy FROM copies WHERE number IS NOT NULL"))
            last = self._db.execute("SELECT coalesce(max(copy), 0) FROM copies").fetchone()[0]
            numbers = []
            for student in students:
                if student and student[0] in known:
                    numbers.append(int(known[student[0]]))
                    continue
                last += 1
                self._db.execute("INSERT INTO copies VALUES (?, ?, ?)", (last, *(student or (None, None))))
                numbers.append(last)
        return numbers

    def copies(self) -> dict[int, str | None]:
        """The student's number of each printed copy; None where it was printed without."""
        return dict(self._db.execute("SELECT copy, number FROM copies ORDER BY copy"))

    def is_known(self, sha256: str, part: int) -> bool:
        """Whether this page of this file was scanned before."""
        found = self._db.execute("SELECT 1 FROM pages WHERE sha256 = ? AND part = ?", (sha256, part))
        return found.fetchone() is not None

    def add_page(self, row: PageRow, picture: bytes) -> None:
        """Keeps a page and its picture (a JPEG), unless it is kept already."""
        if picture:
            try:
                write_durably(self.folder / row.picture, picture)
            except OSError as error:
                raise self._refused(error) from None
        fields = (row.source, row.sha256, row.part, row.status, row.reason, row.picture, row.copy, row.page)
        with self.change():
            self._db.execute(
                "INSERT OR IGNORE INTO pages (source, sha256, part, status, reason, picture, copy, page, boxes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*fields, json.dumps(row.boxes)),
            )

    def keep_boxes(self, page: int, boxes: dict[str, list[dict[str, Any]]]) -> None:
        """Keeps what was found in the boxes of the page with this id, of which nobody knew before what it is."""
        with self.change():
            self._db.execute("UPDATE pages SET boxes = ? WHERE id = ?", (json.dumps(boxes), page))

    def pages(self) -> list[PageRow]:
        """All pages, in the order of their files' names."""
        rows = self._db.execute(
            "SELECT source, sha256, part, status, reason, picture, copy, page, boxes, id FROM pages"
            " ORDER BY source, part, id"
        )
        fields = ("source", "sha256", "part", "status", "reason", "picture", "copy", "page", "boxes", "id")
        records = [dict(zip(fields, row, strict=True)) for row in rows]
        return [PageRow(**{**record, "boxes": json.loads(record["boxes"])}) for record in records]

    def decide(
        self, who: str, kind: str, page: int, question: str, before: str | None, after: str | None
    ) -> int:
        """Keeps a decision; when this returns, it is on the disk. Returns its number."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.change():
            done = self._db.execute(
                "INSERT INTO decisions (at, who, kind, page, question, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (at, who, kind, page, question, before, after),
            )
        return int(done.lastrowid or 0)

    def undo(self) -> Decision | None:
        """Takes the last decision back and returns it; it stays on record as undone."""
        with self.change():
            last = self._decisions("WHERE undone = 0 ORDER BY id DESC LIMIT 1")
            if last:
                self._db.execute("UPDATE decisions SET undone = 1 WHERE id = ?", (last[0].id,))
        return last[0] if last else None

    def decisions(self) -> list[Decision]:
        """Those that hold, in the order in which they were made."""
        return self._decisions("WHERE undone = 0 ORDER BY id")

    def _decisions(self, which: str) -> list[Decision]:
        columns = "id, at, who, kind, page, question, before, after"
        return [Decision(*row) for row in self._db.execute(f"SELECT {columns} FROM decisions {which}")]

    def keep_marks(self, marks: dict[tuple[str, str], str]) -> dict[tuple[str, str], tuple[str, str]]:
        """Keeps the points of each (sheet, question); returns those that differ from before: (before, now)."""
        with self.change():
            rows = self._db.execute("SELECT sheet, question, points FROM marks")
            before = {(sheet, question): points for sheet, question, points in rows}
            self._db.execute("DELETE FROM marks")
            self._db.executemany(
                "INSERT INTO marks VALUES (?, ?, ?)", [(*key, points) for key, points in marks.items()]
            )
        return {key: (before[key], now) for key, now in marks.items() if before.get(key, now) != now}
