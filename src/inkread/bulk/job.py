"""The steps of a run: find the inputs, read those not yet read, write the table, summarise.

A run may be killed at any moment; started again, it resumes. Its folder lies beside its output, with a lock for one run
at a time and a sub-folder for each settings. The engine that reads batches is an argument.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inkread.bulk.inputs import Item, is_url
from inkread.bulk.manifest import Manifest
from inkread.bulk.report import Summary, summarise
from inkread.bulk.rows import Outcome, RowStore, check_output, write_table
from inkread.bulk.run_settings import Settings
from inkread.bulk.sources import Source, open_source
from inkread.errors import BulkError
from inkread.images import told_skipped

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


Engine = Callable[[Settings, Iterator[list[Item]]], Iterator[list[Outcome]]]


@dataclass(frozen=True)
class Job:
    """A run: all pictures of ``source`` into the table ``output``.

    ``work`` is the folder of intermediate results (None: beside the output). ``resume`` keeps the results that are
    there. ``check`` fetches everything again and compares its content. ``retry_failed`` reads failed pictures again.
    ``batch`` is the number of pictures that a worker gets at once.
    """

    source: str
    output: str
    settings: Settings
    work: Path | None = None
    resume: bool = True
    check: bool = False
    retry_failed: bool = False
    batch: int = 64
    reviews: tuple[Path, ...] = ()


class Watcher(Protocol):
    """Progress callbacks of a run."""

    def finding(self, count: int) -> None: ...

    def reading(self, done: int, total: int) -> None: ...

    def read(self, count: int, failed: int, doubtful: int) -> None: ...

    def writing(self) -> None: ...


def run(job: Job, engine: Engine, watcher: Watcher) -> Summary:
    """Reads everything not yet read and writes the table. Raises BulkError, ExtraMissing and ModelError."""
    check_output(job.output)
    place = place_of(job.output, job.work)
    source = open_source(job.source, _ours(job, place))
    folder = place / job.settings.digest()
    with locked(place):
        if not job.resume:
            tidy(folder)
        with telling(folder):
            folder.mkdir(exist_ok=True)
            manifest = Manifest(folder / "manifest.sqlite")
        try:
            with telling(place):
                _check_source(manifest, job)
                return _run(job, source, manifest, RowStore(folder / "parts"), engine, watcher)
        finally:
            manifest.close()


def _ours(job: Job, place: Path) -> frozenset[str]:
    """The files that this run writes, which may lie within the source."""
    files = [place, *(path.absolute() for path in job.reviews)]
    if not is_url(job.output):
        files.append(Path(job.output).absolute())
    return frozenset(map(str, files))


def _check_source(manifest: Manifest, job: Job) -> None:
    name = job.source if is_url(job.source) else str(Path(job.source).absolute())
    before = manifest.about("source", name)
    if before != name:
        raise BulkError(
            f"{job.output}: holds the rows of {before}; give another output, or --no-resume to begin anew"
        )


def _run(
    job: Job, source: Source, manifest: Manifest, parts: RowStore, engine: Engine, watcher: Watcher
) -> Summary:
    total = 0
    for total in manifest.find(source.find(), check=job.check, again=job.retry_failed):
        watcher.finding(total)
    if not total:
        others = f" ({told})" if (told := told_skipped(source.skipped)) else ""
        raise BulkError(f"{job.source}: no pictures there{others}; check the path")
    left = manifest.count_left()
    watcher.reading(total - left, total)
    start = time.monotonic()
    read = 0
    for outcomes in engine(job.settings, manifest.left(job.batch)) if left else ():
        _keep(outcomes, source, manifest, parts)
        read += len(outcomes)
        failed = sum(each.error is not None for each in outcomes)
        files = sum(each.page == 1 for each in outcomes)
        watcher.read(files, failed, sum(each.doubtful for each in outcomes))
    seconds = time.monotonic() - start
    watcher.writing()
    with telling(job.output):
        write_table(job.output, (parts.line(part, at) for _, part, at in manifest.rows()))
    for part in manifest.forget_the_rest():
        parts.remove(part)
    summary = summarise(manifest, read, seconds, told_skipped(source.skipped))
    if job.reviews:
        from inkread.bulk.report import write_review

        for path in job.reviews:
            with telling(path):
                write_review(path, manifest, parts, job.settings)
    return summary


def _keep(outcomes: list[Outcome], source: Source, manifest: Manifest, parts: RowStore) -> None:
    """Writes the outcomes of a batch to disk: first the rows, then one transaction that counts them."""
    if any(each.lost for each in outcomes) and not source.is_there():
        raise BulkError(f"{source.name}: is gone; bring it back, then run again to continue")
    part = manifest.next_part()
    if lines := [each.line for each in outcomes if each.line]:
        parts.write(part, lines)
    manifest.commit(part, outcomes)
