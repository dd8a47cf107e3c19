"""Rows on disk, in parts: each part is one file, written atomically. The manifest knows which parts count."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from inkread.durable import write_durably

_KEPT = 8
"""Parts that stay in memory when rows are fetched, since rows mostly come in order."""


class RowStore:
    """The parts in a folder, a thousand to a folder of its own. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()

    def write(self, part: int, lines: Iterable[bytes]) -> None:
        """Writes a part, which is on disk when this returns. A part of the same number is replaced."""
        path = self._path(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, gzip.compress(b"".join(lines), compresslevel=1, mtime=0))
        self._kept.pop(part, None)

    def line(self, part: int, at: int) -> bytes:
        """The row at this place of a part."""
        lines = self._kept.get(part)
        if lines is None:
            lines = gzip.decompress(self._path(part).read_bytes()).splitlines(keepends=True)
            self._kept[part] = lines
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return lines[at]

    def remove(self, part: int) -> None:
        self._path(part).unlink(missing_ok=True)

    def _path(self, part: int) -> Path:
        return self._folder / f"{part // 1000:06d}" / f"{part:09d}.jsonl.gz"
