"""The store of an exam: one SQLite file, with page pictures beside it, in a folder next to the design.

Every change is on the disk when its call returns: rollback journal, synchronous EXTRA, one transaction per page or
decision; the picture of a page is on the disk before its row. A write-ahead log is not used, because it needs memory
that is shared between processes, which network shares do not offer. What can be worked out anew (marks, matches) is
not kept as truth. The folder is found again when the design file was renamed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inkread.durable import write_durably
from inkread.errors import SheetError
from inkread.sheets.paper.printed import EXAM_BYTES


def folder_of(design: Path) -> Path:
    """The folder in which an exam's scans and decisions are kept: ``exam.inkread`` beside ``exam.toml``."""
    return design.with_suffix(".inkread")


def digest_of(design: Path) -> str:
    """The SHA-256 of the design file; "" where there is none."""
    return hashlib.sha256(design.read_bytes()).hexdigest() if design.is_file() else ""


def _left_alone(folder: Path) -> list[Path]:
    """The folders of exams beside this one whose designs are not there any more."""
    beside = folder.parent.glob("*.inkread") if folder.parent.is_dir() else ()
    kept = [one for one in beside if (one / "exam.sqlite").is_file()]
    return [one for one in kept if not one.with_suffix(".toml").exists()]


def follow_renamed(design: Path, folder: Path) -> None:
    """Renames the folder of an exam whose design was renamed and says what it said when the exam was last used."""
    if folder.exists() or not (says := digest_of(design)):
        return
    own = [one for one in _left_alone(folder) if _noted_design(one) == says]
    if len(own) == 1:
        with suppress(OSError):
            own[0].rename(folder)


def _noted_design(folder: Path) -> str:
    """The digest of the design by which the exam in this folder was last used."""
    place = f"{(folder / 'exam.sqlite').resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(place, uri=True)) as database:
            noted = database.execute("SELECT value FROM exam WHERE key = 'design'").fetchone()
    except sqlite3.Error:
        return ""
    return str(noted[0]) if noted else ""


def renaming_hint(folder: Path) -> str:
    """A hint for a message if the design of a missing ``folder`` may have been renamed; "" otherwise."""
    left = [one.name for one in _left_alone(folder)]
    return f"; if you renamed the design, rename the folder {left[0]} to {folder.name}, too" if left else ""


_SCHEMA = Path(__file__).with_name("store.sql")
_VERSION = 4
_FROM_3 = ("ALTER TABLE decisions ADD COLUMN points TEXT",
           "ALTER TABLE decisions ADD COLUMN comment TEXT NOT NULL DEFAULT ''")  # fmt: skip
"""The SQL that upgrades a store from version 3 to 4."""


class ChangedMeanwhile(SheetError):
    """Somebody else decided the same after it was looked at."""


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
    layout: str = ""
    """The version of the printed layout (``printed.Layouts``); "" where no code was read."""


@dataclass(frozen=True)
class Decision:
    """What somebody settled about the page with the id ``page``, whatever sheet it belongs to.

    ``kind`` is ``answer`` (to a question on it), ``student`` (whose it is) or ``page`` (which page it is). With an
    answer go ``points`` (None: those that the answer brings by the key) and a ``comment``.
    """

    id: int
    at: str
    who: str
    kind: str
    page: int
    question: str
    before: str | None
    after: str | None
    points: str | None = None
    comment: str = ""


class Store:
    """The open database of an exam. Use it as a context, from one thread at a time."""

    def __init__(self, design: Path, *, must_exist: bool = False) -> None:
        self.folder = folder_of(design)
        follow_renamed(design, self.folder)
        if must_exist and not (self.folder / "exam.sqlite").is_file():
            raise SheetError(
                f"{design}: nothing was printed or scanned yet; begin with: inkread sheet print {design} --copies N"
                + renaming_hint(self.folder)
            )
        try:
            (self.folder / "pages").mkdir(parents=True, exist_ok=True)
            # The review server answers from threads of its own, one request at a time.
            self._db = sqlite3.connect(
                self.folder / "exam.sqlite", timeout=30, isolation_level=None, check_same_thread=False
            )
            self._prepare()
            self._note_design(design)
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
        if version in (1, 2):
            raise SheetError(f"{self.folder}: was made by an early inkread; move it, print and scan again")
        with self.change():
            # Asked again, as another process may have been faster.
            if self._db.execute("PRAGMA user_version").fetchone()[0] == 3:
                for statement in _FROM_3:
                    self._db.execute(statement)
            for statement in _SCHEMA.read_text(encoding="utf-8").split(";"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
            for key, size in (("exam", EXAM_BYTES), ("secret", 32)):
                self._db.execute("INSERT OR IGNORE INTO exam VALUES (?, ?)", (key, secrets.token_hex(size)))

    def _note_design(self, design: Path) -> None:
        """Notes what the design says, by which its folder is found again when the file is renamed."""
        says = digest_of(design)
        noted = self._db.execute("SELECT value FROM exam WHERE key = 'design'").fetchone()
        if says and (noted is None or noted[0] != says):
            with self.change():
                self._db.execute("INSERT OR REPLACE INTO exam VALUES ('design', ?)", (says,))

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
            f"{self.folder}: cannot be written ({reason}); free space, make it writable, or copy the exam elsewhere"
        )

    @property
    def revision(self) -> tuple[int, int]:
        """Two numbers that stay the same for as long as nobody, here or elsewhere, changes what is kept."""
        return self._db.execute("PRAGMA data_version").fetchone()[0], self._db.total_changes

    def _exam(self, key: str) -> bytes:
        return bytes.fromhex(self._db.execute("SELECT value FROM exam WHERE key = ?", (key,)).fetchone()[0])

    @property
    def exam(self) -> bytes:
        """The exam's own number, which is in each of its codes."""
        return self._exam("exam")

    @property
    def secret(self) -> bytes:
        """The key that signs the codes of its pages."""
        return self._exam("secret")

    def add_layout(self, version: str, pages: str) -> None:
        """Keeps a printed layout, a text, under the name of its version; as the newest, if it is kept already."""
        with self.change():
            self._db.execute("DELETE FROM layouts WHERE version = ?", (version,))
            self._db.execute("INSERT INTO layouts (version, pages) VALUES (?, ?)", (version, pages))

    def layouts(self) -> dict[str, str]:
        """The texts of all printed layouts by their versions, the newest last."""
        return dict(self._db.execute("SELECT version, pages FROM layouts ORDER BY id"))

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

    def is_read(self, sha256: str, part: int, read_by: str) -> bool:
        """Whether this page of this file needs no reading.

        A failed page is to be read again by another ``read_by``, unless somebody said what it is.
        """
        found = self._db.execute(
            "SELECT 1 FROM pages WHERE sha256 = ? AND part = ? AND (status != 'failed' OR read_by = ? OR EXISTS"
            " (SELECT 1 FROM decisions WHERE page = pages.id AND kind = 'page' AND NOT undone))",
            (sha256, part, read_by),
        )
        return found.fetchone() is not None

    def add_page(self, row: PageRow, picture: bytes, read_by: str = "") -> None:
        """Keeps a page and its picture (a JPEG), in place of what is kept of it where reading it failed before.

        ``read_by`` says what read it: other readers read failed pages again.
        """
        if picture:
            try:
                write_durably(self.folder / row.picture, picture)
            except OSError as error:
                raise self._refused(error) from None
        fields = (row.source, row.sha256, row.part, row.status, row.reason, row.picture, row.copy, row.page)
        with self.change():
            self._db.execute(
                "INSERT INTO pages (source, sha256, part, status, reason, picture, copy, page, boxes, layout, read_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256, part) DO UPDATE SET"
                " source = excluded.source, status = excluded.status, reason = excluded.reason, copy = excluded.copy,"
                " picture = excluded.picture, page = excluded.page, boxes = excluded.boxes, layout = excluded.layout,"
                " read_by = excluded.read_by WHERE pages.status = 'failed'",
                (*fields, json.dumps(row.boxes), row.layout, read_by),
            )

    def keep_boxes(
        self, page: int, boxes: dict[str, list[dict[str, Any]]], layout: str | None = None
    ) -> None:
        """Keeps what was found in the boxes of the page with this id, and the ``layout`` by which it was read anew."""
        with self.change():
            self._db.execute(
                "UPDATE pages SET boxes = ?, layout = coalesce(?, layout) WHERE id = ?",
                (json.dumps(boxes), layout, page),
            )

    def pages(self) -> list[PageRow]:
        """All pages, in the order of their files' names."""
        rows = self._db.execute(
            "SELECT source, sha256, part, status, reason, picture, copy, page, boxes, id, layout FROM pages"
            " ORDER BY source, part, id"
        )
        fields = [field.name for field in dataclasses.fields(PageRow)]
        records = [dict(zip(fields, row, strict=True)) for row in rows]
        return [PageRow(**{**record, "boxes": json.loads(record["boxes"])}) for record in records]

    def decide(self, who: str, kind: str, page: int, question: str, before: str | None, after: str | None,
               seen: int | None = None, *, points: str | None = None, comment: str = "") -> None:  # fmt: skip
        """Keeps a decision; when this returns, it is on the disk.

        ``seen`` is the version (``versions``; 0: there was none) that whoever decides looked at; None: any. Raises
        ``ChangedMeanwhile`` where it is another one by now.
        """
        self.decide_all(
            who, [(Decision(0, "", who, kind, page, question, before, after, points, comment), seen)]
        )

    def decide_all(self, who: str, decisions: Sequence[tuple[Decision, int | None]]) -> None:
        """Keeps decisions that were made at once, each with the version that was ``seen``, or none of them.

        They are taken back together. Raises ``ChangedMeanwhile`` where one of them was changed since.
        """
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        with self.change():
            versions = self.versions()
            for one, seen in decisions:
                if seen is not None and versions.get((one.kind, one.page, one.question), 0) != seen:
                    raise self._changed(one.kind, one.page, one.question)
                row = (
                    at,
                    who,
                    one.kind,
                    one.page,
                    one.question,
                    one.before,
                    one.after,
                    one.points,
                    one.comment,
                )
                self._db.execute(
                    "INSERT INTO decisions (at, who, kind, page, question, before, after, points, comment)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row,
                )  # fmt: skip

    def versions(self) -> dict[tuple[str, int, str], int]:
        """By kind, page and question: a number that grows with each decision, and with each one that is taken back."""
        rows = self._db.execute(
            "SELECT kind, page, question, max(id) + sum(undone) FROM decisions GROUP BY kind, page, question"
        )
        return {(kind, page, question): version for kind, page, question, version in rows}

    def _changed(self, kind: str, page: int, question: str) -> ChangedMeanwhile:
        who, after, undone = self._db.execute(
            "SELECT who, after, undone FROM decisions WHERE kind = ? AND page = ? AND question = ?"
            " ORDER BY id DESC LIMIT 1",
            (kind, page, question),
        ).fetchone()
        now = "taken back" if undone else f"“{after}”" if kind == "answer" and after else ""
        shown = f" ({now})" if now else ""
        return ChangedMeanwhile(f"changed by {who} since you looked{shown}; look at it again")

    def undo(self, who: str) -> Decision | None:
        """Takes the last decision of ``who`` back, with those made at once, and returns it.

        It stays on record as undone. Decisions that somebody else has changed since are left as they are.
        """
        with self.change():
            last = self._decisions(
                "AS own WHERE undone = 0 AND who = ? AND NOT EXISTS (SELECT 1 FROM decisions AS later WHERE"
                " later.undone = 0 AND later.id > own.id AND later.who <> own.who AND later.kind = own.kind"
                " AND later.page = own.page AND later.question = own.question) ORDER BY id DESC LIMIT 1",
                who,
            )
            if last:
                self._db.execute(
                    "UPDATE decisions SET undone = 1 WHERE at = ? AND who = ?", (last[0].at, who)
                )
        return last[0] if last else None

    def decisions(self) -> list[Decision]:
        """Those that hold, in the order in which they were made."""
        return self._decisions("WHERE undone = 0 ORDER BY id")

    def _decisions(self, which: str, *values: str) -> list[Decision]:
        columns = "id, at, who, kind, page, question, before, after, points, comment"
        return [
            Decision(*row) for row in self._db.execute(f"SELECT {columns} FROM decisions {which}", values)
        ]

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
