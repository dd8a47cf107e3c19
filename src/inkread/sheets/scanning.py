"""All scans of an exam -> its store: several pages at once, each kept as soon as it is read.

A run that is killed goes on where it was, and a second run changes nothing: a page is known by its file's SHA-256 and
its place in it. This module does not know what reading a page takes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from inkread.reader import Reader
from inkread.sheets.design import Design, check_unmoved
from inkread.sheets.layout import lay_out
from inkread.sheets.pagereading import PageReader
from inkread.sheets.sources import ScannedPage, find_scans, open_scan
from inkread.sheets.store import PageRow, Store

__all__ = ["scan"]

_Done = Future[tuple[PageRow, bytes]]


def scan(design: Design, store: Store, place: Path, reader: Reader, *, jobs: int = 0,
         tell: Callable[[PageRow], None] = lambda row: None,
         tell_skipped: Callable[[str], None] = lambda line: None) -> int:  # fmt: skip
    """Reads every page in ``place`` that was not read before into ``store``; returns how many were new.

    ``jobs`` pages are read at once (0: as many as there are cores). ``tell`` is called with each page's record once it
    is kept, ``tell_skipped`` at the end with one line, if files of the folder were skipped. Raises ``SheetError`` where
    there is nothing to scan; a page that cannot be read is a record, not an error.
    """
    check_unmoved(design, store.hold)
    pages = PageReader(reader, lay_out(design), store.exam, design.layout_digest(), store.secret)
    jobs = jobs or os.cpu_count() or 1
    count = 0
    files, skipped = find_scans(place)
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[tuple[ScannedPage, _Done]] = deque()
        for scanned in _new_pages(store, files):
            waiting.append((replace(scanned, image=None), pool.submit(_read, pages, scanned)))
            # Two pages per worker wait at the most: memory stays flat, however many there are.
            if len(waiting) >= 2 * jobs:
                count += _keep(store, waiting.popleft(), tell)
        while waiting:
            count += _keep(store, waiting.popleft(), tell)
    if skipped:
        tell_skipped(skipped)
    return count


def _new_pages(store: Store, files: Sequence[Path]) -> Iterator[ScannedPage]:
    seen: set[tuple[str, int]] = set()

    def is_new(sha256: str, part: int) -> bool:
        # Two copies of one file are one; the first may still be waiting to be kept.
        known = (sha256, part) in seen or store.is_known(sha256, part)
        seen.add((sha256, part))
        return not known

    for path in files:
        yield from open_scan(path, is_new)


def _read(pages: PageReader, scanned: ScannedPage) -> tuple[PageRow, bytes]:
    # The picture's name is made of what the page is, never of what its file is called.
    return pages.read(scanned, f"pages/{scanned.sha256[:24]}-{scanned.part}.jpg")


def _keep(store: Store, pair: tuple[ScannedPage, _Done], tell: Callable[[PageRow], None]) -> int:
    scanned, done = pair
    try:
        row, picture = done.result()
    except Exception as error:  # whatever one page does to a library, the others are still read
        reason = f"reading it failed ({type(error).__name__}: {str(error)[:120]})"
        row = PageRow(scanned.source, scanned.sha256, scanned.part, "failed", reason, "", None, None, {})
        picture = b""
    store.add_page(row, picture)
    tell(row)
    return 1
