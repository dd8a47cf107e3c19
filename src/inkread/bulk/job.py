"""The steps of a run: find the inputs, read those not yet read, write the table, summarise.

A run may be killed at any moment; started again, it resumes. The engine that reads batches is an argument.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inkread.bulk.extras import is_url
from inkread.bulk.inputs import Item
from inkread.bulk.manifest import Manifest
from inkread.bulk.outputs import check_output, write_table
from inkread.bulk.rows import Outcome, RowStore
from inkread.bulk.run_folder import locked, place_of, telling, tidy
from inkread.bulk.settings import Settings
from inkread.bulk.sources import Source, open_source
from inkread.bulk.summary import Summary, summarise
from inkread.errors import BulkError
from inkread.images import told_skipped

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
        write_table(job.output, _lines(manifest, parts))
    for part in manifest.forget_the_rest():
        parts.remove(part)
    summary = summarise(manifest, read, seconds, told_skipped(source.skipped))
    if job.reviews:
        from inkread.bulk.review import write_review

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


def _lines(manifest: Manifest, parts: RowStore) -> Iterator[bytes]:
    for _, part, at in manifest.rows():
        yield parts.line(part, at)
