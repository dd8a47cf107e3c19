"""Place of a picture -> its bytes. Archives stay open from one picture to the next."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

from inkread.bulk.archives import open_file, unpacked
from inkread.bulk.extras import is_url, need
from inkread.bulk.inputs import Place
from inkread.errors import ExtraMissing

_ROWS_AT_ONCE = 32


class NotFetched(Exception):
    """The bytes could not be fetched; the message says why."""


class Fetcher:
    """Fetches bytes, at most ``max_bytes`` + 1 of each picture. Safe to share between threads."""

    def __init__(self, base: str, max_bytes: int) -> None:
        self._base, self._most = base, max_bytes + 1
        self._lock = threading.Lock()
        self._tar: tuple[str, Any] = "", None
        self._rows: tuple[tuple[str, int, str], Iterator[Any]] = ("", -1, ""), iter(())
        self._at = 0

    def fetch(self, place: Place) -> bytes:
        """The bytes of a picture, cut off one byte after the limit. Raises NotFetched."""
        try:
            if place.kind == "file":
                with open_file(self._located(place.file)) as file:
                    return bytes(file.read(self._most))
            if place.kind == "tar":
                with self._lock:
                    return self._member(place)
            if place.kind == "parquet":
                with self._lock:
                    return self._row(place)
        except FileNotFoundError:
            raise NotFetched("no such file any more; bring it back, then run again") from None
        except (ExtraMissing, MemoryError, NotFetched):
            raise
        except OSError as error:
            raise NotFetched(
                f"cannot be read ({error.strerror or _told(error)}); check its permissions"
            ) from None
        except Exception as error:  # each file system raises what it likes
            raise NotFetched(f"cannot be fetched ({_told(error)}); try again") from None
        raise NotFetched(place.file)

    def _located(self, file: str) -> str:
        return file if is_url(file) else os.path.join(self._base, file)

    def _member(self, place: Place) -> bytes:
        name, archive = self._tar
        if name != place.file:
            if archive is not None:
                archive.close()
            self._tar = "", None
            archive = unpacked(self._located(place.file))
            self._tar = place.file, archive
        archive.seek(place.start)
        content = bytes(archive.read(min(place.size, self._most)))
        if len(content) < min(place.size, self._most):
            raise NotFetched("the archive breaks off within this picture; copy the archive again")
        return content

    def _row(self, place: Place) -> bytes:
        """Rows are read in order, some at a time, since whole row groups may not fit into memory."""
        wanted = place.file, place.size, place.column
        if wanted != self._rows[0] or place.start < self._at:
            self._rows, self._at = (wanted, self._rows_of(place)), 0
        for value in self._rows[1]:
            self._at += 1
            if self._at > place.start:
                if value is None:
                    raise NotFetched("this row holds no picture")
                return bytes(value)[: self._most]
        raise NotFetched("the file has fewer rows than before; run again")

    def _rows_of(self, place: Place) -> Iterator[Any]:
        parquet = need("pyarrow.parquet", "Parquet")
        with open_file(self._located(place.file)) as raw, parquet.ParquetFile(raw) as table:
            for batch in table.iter_batches(_ROWS_AT_ONCE, row_groups=[place.size], columns=[place.column]):
                values = batch.column(0)
                if values.type.num_fields:  # of the struct, only its bytes were read
                    values = values.field(0)
                for i in range(len(values)):
                    yield values[i].as_py()


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
