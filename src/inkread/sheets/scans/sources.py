"""A folder of scans -> pictures, one page at a time: PDF and TIFF with many pages, scanner's pictures, phone's photos.

Nothing here is trusted: sizes are checked before anything is unpacked, and what cannot be read is said, not raised.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from inkread.errors import InkreadError, SheetError
from inkread.images import ImageLimits, open_pages, scan_folder, told_skipped

IsNew: TypeAlias = Callable[[str, int], bool]
_LIMITS = ImageLimits(max_megapixels=120, max_bytes=1_000_000_000, max_pages=5_000)


@dataclass(frozen=True)
class ScannedPage:
    """One page: ``part`` of its file, from 0; ``image`` (H, W, 3) uint8, or None and the ``fault`` that was met."""

    source: str
    sha256: str
    part: int
    image: NDArray[np.uint8] | None
    fault: str = ""


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
