"""The folder of an exam, and finding it again when its design file was renamed."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing, suppress
from pathlib import Path


def folder_of(design: Path) -> Path:
    """The folder in which an exam's scans and decisions are kept: ``exam.inkread`` beside ``exam.toml``."""
    return design.with_suffix(".inkread")


def digest_of(design: Path) -> str:
    """The SHA-256 of the design file; "" where there is none."""
    return hashlib.sha256(design.read_bytes()).hexdigest() if design.is_file() else ""


def _left_alone(folder: Path) -> list[Path]:
    """The folders of exams beside this one whose designs are not there any more."""
    beside = folder.parent.glob("*.inkread") if folder.parent.is_dir() else ()
    return [
        one for one in beside if (one / "exam.sqlite").is_file() and not one.with_suffix(".toml").exists()
    ]


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
    """What to do if the design of a missing ``folder`` may have been renamed, as the end of a message; "" else."""
    left = [one.name for one in _left_alone(folder)]
    return f"; if you renamed the design, rename the folder {left[0]} to {folder.name}, too" if left else ""
