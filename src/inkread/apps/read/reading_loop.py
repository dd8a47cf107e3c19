"""Sources of ``inkread read`` -> readings, page by page: here, or in several processes."""

from __future__ import annotations

import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.apps.terminal import printable
from inkread.errors import RegionError, UnreadableImage
from inkread.reading import Reading

if TYPE_CHECKING:
    from inkread.reader import Pages, Reader, Region
    from inkread.workers import Worker

Make = Callable[["Pages", str, int | None], Reading]
_SOURCE_SECONDS = 3600.0  # The longest that a process may take for one source, which may have many pages


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one picture, or of one ``page`` (from 1) of a file with ``several``."""

    source: str
    several: bool
    page: int | None = None
    reading: Reading | None = None
    error: str = ""


class SourceReader:
    """Reads the pages of one source after another; each process has one.

    ``page`` is the one page that is read of each file (None: all), ``dpi`` the resolution of PDF pages. ``make`` reads
    a page in another way than ``reader`` does. With ``regions``, they alone are read.
    """

    def __init__(
        self, reader: Reader, page: int | None, dpi: float | None, regions: Sequence[Region] = (),
        make: Make | None = None,
    ) -> None:  # fmt: skip
        self._reader, self._page, self._dpi, self._regions = reader, page, dpi, regions
        self._make = make or (lambda pages, source, page: reader.read(pages, page=page))

    def each(self, source: str) -> Iterator[Found]:
        """What came of each page, one at a time."""
        opened = _tried(source, None, lambda: self._reader.open_pages(_opened(source), dpi=self._dpi))
        if isinstance(opened, str):
            yield Found(source, False, error=opened)
            return
        with opened as pages:
            several = pages.count > 1
            if self._regions:
                yield from self._of_regions(source, pages, several)
                return
            numbers = _tried(source, None, lambda: pages.numbers(self._page))
            if isinstance(numbers, str):
                yield Found(source, several, error=numbers)
                return
            for number in numbers:
                page = number if several else None
                found = _tried(source, page, partial(self._make, pages, source, page))
                if isinstance(found, str):
                    yield Found(source, several, page, error=found)
                else:
                    yield Found(source, several, page, found)

    def _of_regions(self, source: str, pages: Pages, several: bool) -> Iterator[Found]:
        """What came of each region of a file."""
        read = partial(self._reader.read, pages, page=self._page, regions=self._regions)
        found = _tried(source, None, read)
        if isinstance(found, str):
            yield Found(source, several, error=found)
        else:
            yield from (Found(source, True, each.page, each) for each in found.values())

    def read(self, source: str) -> list[Found]:
        """What came of all pages."""
        return list(self.each(source))


def read_in_processes(
    reader: Reader,
    sources: Sequence[str],
    page: int | None,
    dpi: float | None,
    regions: Sequence[Region],
    jobs: int,
) -> Iterator[Found]:
    """What came of each source in order, read by so many processes; standard input is read in this one."""
    from inkread.workers import Limits, Pool, Worker

    limits, target = Limits(seconds=_SOURCE_SECONDS), "inkread.apps.read.reading_loop:SourceReader"
    pool = Pool([Worker(target, reader, page, dpi, regions, limits=limits) for _ in range(jobs)])
    here, left, tasks = SourceReader(reader, page, dpi, regions), deque(sources), deque[tuple[str, Any]]()
    try:
        while left or tasks:
            while left and len(tasks) <= 2 * jobs:
                source = left.popleft()
                tasks.append((source, None if source == "-" else pool.submit(partial(_ask, source))))
            source, task = tasks.popleft()
            yield from here.each(source) if task is None else _result(source, task)
    finally:
        pool.close()


def _ask(source: str, worker: Worker) -> Any:
    return worker.ask("read", source)


def _result(source: str, task: Any) -> list[Found]:
    from inkread.workers import WorkerLost, WorkFailed

    try:
        found: list[Found] = task.result()
    except WorkerLost:
        message = "the process that read it ended; there may be too little memory: use fewer --jobs"
    except WorkFailed as error:
        message = f"inkread failed on it ({error.kind}: {error}); please report it"
    else:
        return found
    return [Found(source, False, error=f"{printable(source)}: {message}")]


def _tried(source: str, page: int | None, work: Callable[[], Any]) -> Any:
    """What ``work`` gives, or why the picture cannot be read: the next one is read nevertheless."""
    try:
        return work()
    except (UnreadableImage, RegionError) as error:
        name = "" if isinstance(error, UnreadableImage) else f"{printable(source)}: "
        return f"{name}{error}"
    except MemoryError:
        name = printable(source) if page is None else f"{printable(source)} page {page}"
        return f"{name}: too little memory; save it smaller"


def _opened(source: str) -> Any:
    if source != "-":
        if source and Path(source).is_dir() and os.access(source, os.R_OK | os.X_OK):
            raise UnreadableImage(f"{printable(source)}: no pictures in this folder; give another one")
        return source
    if sys.stdin is None or sys.stdin.isatty():
        raise UnreadableImage("standard input is no picture; send one: inkread read - < photo.jpg")
    return sys.stdin.buffer


def expanded(images: Sequence[str], skipped: Counter[str]) -> Iterator[str]:
    """Folders become the pictures in them; a folder without any stays, to be reported."""
    from inkread.reader import scan_folder

    for image in images:
        # An empty path would be the folder one is in, which nobody meant: `inkread read "$UNSET"`.
        if image not in ("", "-") and Path(image).is_dir():
            found, others = scan_folder(image)
            skipped.update(others)
            yield from [str(path) for path in found] or [image]
        else:
            yield image


def listed(file: str) -> list[str]:
    """The paths in a file, or in standard input for ``-``: one per line, or with NUL between them.

    Raises UnreadableImage if the file cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise UnreadableImage(
            f"{printable(file)}: the list cannot be read ({reason}); check the path"
        ) from None
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(part) for part in parts if part.strip()]
