"""All scans of an exam -> its store: PDF and TIFF with many pages, scanner's pictures, phone's photos, several at once.

Each page is kept as soon as it is read. A run that is killed goes on where it was, and a second run changes nothing: a
page is known by its file's SHA-256 and its place in it. No file is trusted: sizes are checked before anything is
unpacked, and what cannot be read is said, not raised.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from inkread import __version__
from inkread.errors import InkreadError, SheetError
from inkread.images import ImageLimits, open_pages, scan_folder, told_skipped
from inkread.reader import Reader, load_image
from inkread.sheets.exam.design import Design
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.marks.gathering import assignments
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import Layouts, known_layouts, to_text, version_of
from inkread.sheets.scans.pagereading import PageReader, ScannedPage, page_row
from inkread.sheets.template.worksheetreading import WorksheetReader

IsNew: TypeAlias = Callable[[str, int], bool]
_LIMITS = ImageLimits(max_megapixels=120, max_bytes=1_000_000_000, max_pages=5_000)


def find_scans(place: Path) -> tuple[list[Path], str]:
    """The PDFs and pictures of a folder and those below it, in natural order, or the one file; and what was skipped.

    Hidden files and links are left out. Raises ``SheetError`` where there is nothing.
    """
    if place.is_file():
        return [place], ""
    if not place.is_dir():
        raise SheetError(f"{place}: no such file or folder; give the folder with the scans")
    found, skipped = scan_folder(place)
    own = [path for path in found if not path.is_symlink()]
    skipped += Counter({"linked file": len(found) - len(own)})
    if not own:
        told = f" ({told_skipped(skipped)})" if skipped else ""
        raise SheetError(f"{place}: holds no PDF and no picture{told}; save the scans there")
    return own, told_skipped(skipped)


def open_scan(path: Path, is_new: IsNew) -> Iterator[ScannedPage]:
    """The pages of one file, save those of which ``is_new(sha256, part)`` says that they were seen.

    ``is_new`` is asked once for each page.
    """
    name = path.name if path.name.isprintable() else repr(path.name)[1:-1]
    try:
        if path.stat().st_size > _LIMITS.max_bytes:
            raise SheetError(f"it has more than {_LIMITS.max_bytes / 1e9:g} GB")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, SheetError) as error:
        digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()
        if is_new(digest, 0):
            yield _unreadable(path, name, digest, 0, error)
        return
    try:
        with open_pages(path, _LIMITS) as pages:
            for number in pages.numbers():
                if is_new(digest, number - 1):
                    try:
                        yield ScannedPage(name, digest, number - 1, pages.load(number))
                    except InkreadError as error:
                        yield _unreadable(path, name, digest, number - 1, error)
    except InkreadError as error:  # of the file: it has no pages, or too many
        if is_new(digest, 0):
            yield _unreadable(path, name, digest, 0, error)


def _unreadable(path: Path, name: str, digest: str, part: int, error: Exception) -> ScannedPage:
    fault = (isinstance(error, OSError) and error.strerror) or str(error).removeprefix(str(path)).lstrip(
        ":, "
    )
    return ScannedPage(name, digest, part, None, f"the file cannot be read: {fault}")


_Done = Future[tuple[PageRow, bytes]]


def scan(design: Design, store: Store, place: Path, reader: Reader, *, jobs: int = 0,
         on_page: Callable[[PageRow], None] = lambda row: None,
         on_skipped: Callable[[str], None] = lambda line: None) -> int:  # fmt: skip
    """Reads every page in ``place`` that was not read before into ``store``; returns how many were new.

    ``jobs`` pages are read at once (0: as many as there are cores). ``on_page`` is called with each page's record once
    it is kept, ``on_skipped`` at the end with one line, if files of the folder were skipped. Raises ``SheetError``
    where there is nothing to scan; a page that cannot be read is a record, not an error.
    """
    layouts = known_layouts(design, store.layouts())
    pages = page_reader(design, layouts, store, reader)
    if design.template:
        _read_anew(design, store, pages)
    keeping = _Keeping(store, layouts, _reader_name(reader, layouts), on_page)
    jobs = jobs or os.cpu_count() or 1
    count = 0
    files, skipped = find_scans(place)
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[tuple[ScannedPage, _Done]] = deque()
        for scanned in _new_pages(store, files, keeping.read_by):
            # The picture's name is made of what the page is, never of what its file is called.
            picture = f"pages/{scanned.sha256[:24]}-{scanned.part}.jpg"
            waiting.append((replace(scanned, image=None), pool.submit(pages.read, scanned, picture)))
            # Two pages per worker wait at the most: memory stays flat, however many there are.
            if len(waiting) >= 2 * jobs:
                count += keeping.keep(*waiting.popleft())
        while waiting:
            count += keeping.keep(*waiting.popleft())
    if skipped:
        on_skipped(skipped)
    return count


def page_reader(
    design: Design, layouts: Layouts, store: Store, reader: Reader
) -> PageReader | WorksheetReader:
    """The page reader for this exam: by QR codes, or by the print of a worksheet."""
    if design.template:
        return WorksheetReader(reader, design, design.template)
    return PageReader(reader, layouts, store.exam, store.secret)


def _read_anew(design: Design, store: Store, pages: PageReader | WorksheetReader) -> None:
    """Reads kept pictures of a worksheet again, if rectangles were changed since: they lie flat already."""
    current = lay_out(design)
    version = version_of(current).hex()
    said = assignments(store.decisions())
    for row in store.pages():
        number = said[row.id].page if row.id in said else row.page
        outdated = (said[row.id].layout if row.id in said else row.layout) != version
        if number and outdated and row.picture:
            if number > len(current):
                raise SheetError(f"{design.path}: a scan is page {number}, which the worksheet has no more")
            boxes, _ = pages.read_kept(load_image(store.folder / row.picture), current[number - 1])
            store.keep_boxes(row.id, boxes, version)
    store.add_layout(version, to_text(current))


def _new_pages(store: Store, files: Sequence[Path], read_by: str) -> Iterator[ScannedPage]:
    seen: set[tuple[str, int]] = set()

    def is_new(sha256: str, part: int) -> bool:
        # Two copies of one file are one; the first may still be waiting to be kept.
        known = (sha256, part) in seen or store.is_read(sha256, part, read_by)
        seen.add((sha256, part))
        return not known

    for path in files:
        yield from open_scan(path, is_new)


@dataclass(frozen=True)
class _Keeping:
    """Keeps pages as they are read, with the layout they were printed with."""

    store: Store
    layouts: Layouts
    read_by: str
    on_page: Callable[[PageRow], None]

    def keep(self, scanned: ScannedPage, done: _Done) -> int:
        try:
            row, picture = done.result()
        except Exception as error:  # whatever one page does to a library, the others are still read
            reason = f"reading it failed ({type(error).__name__}: {str(error)[:120]})"
            row, picture = page_row(scanned, "failed", reason, ""), b""
        if row.layout and row.layout not in self.store.layouts():  # printed elsewhere from the same design
            self.store.add_layout(row.layout, to_text(self.layouts[row.layout]))
        self.store.add_page(row, picture, self.read_by)
        self.on_page(row)
        return 1


def _reader_name(reader: Reader, layouts: Layouts) -> str:
    """Changes with the program, its networks and the layouts: what failed before may then be read."""
    digest = hashlib.sha256(f"{__version__} {sorted(layouts)}".encode())
    for network in reader.networks:
        digest.update(Path(network.path).read_bytes())
    return digest.hexdigest()[:16]
