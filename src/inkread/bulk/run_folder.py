"""The folder of a run, beside its output: a lock for one run at a time, and a sub-folder for each settings."""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from inkread.bulk.extras import is_url
from inkread.errors import BulkError

ENDING = ".inkread"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def place_of(output: str, work: Path | None) -> Path:
    """The folder: ``OUT.inkread`` beside OUT, or in the current folder where OUT is a URL."""
    if work is not None:
        return work.absolute()
    name = output.rstrip("/").rpartition("/")[2] if is_url(output) else output
    return Path(name + ENDING).absolute()


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """Locks the folder for this process. The system releases the lock when the process ends."""
    with telling(place):
        place.mkdir(parents=True, exist_ok=True)
        # SQLite locks on every system, and on most network disks.
        lock = sqlite3.connect(place / "lock.sqlite", isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" in str(error):
            raise BulkError(
                f"{place}: another run writes this output; wait for it, or give another output"
            ) from None
        raise BulkError(f"{place}: {_advice(error)}") from None
    try:
        yield
    finally:
        lock.close()


@contextlib.contextmanager
def telling(what: object) -> Iterator[None]:
    """Turns errors of SQLite and of files into a BulkError that says what cannot be written."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise BulkError(f"{what}: {_advice(error)}") from None
        raise BulkError(f"{what}: is damaged ({error}); begin anew with --no-resume") from None
    except OSError as error:
        raise BulkError(f"{error.filename or what}: {_advice(error)}") from None


def tidy(folder: Path) -> None:
    """Removes the folder of earlier runs. Raises BulkError."""
    with telling(folder):
        if folder.exists():
            shutil.rmtree(folder)


def _advice(error: Exception) -> str:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    told = reason.lower()
    if (isinstance(error, OSError) and error.errno in _FULL) or "disk is full" in told:
        return "the disk is full; free some space, then run again to continue"
    if (
        isinstance(error, PermissionError)
        or "readonly" in told
        or "unable to open" in told
        or "read-only" in told
    ):
        return f"cannot be written ({reason}); check its permissions, or give another output"
    return f"cannot be written ({reason}); mend that, then run again to continue"
