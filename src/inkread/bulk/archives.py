"""Tar shards and Parquet files -> the pictures in them; and the place of a picture -> its bytes.

Names in an archive are labels only: ``../../x.png`` is never opened. Archives stay open from one picture to the next.
"""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Iterator
from typing import Any

from inkread.bulk.inputs import Found, Place, filesystem_of, is_url, need, skipped, told
from inkread.errors import ExtraMissing
from inkread.images import is_picture, kind_of

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_NAMES = ("path", "file", "file_name", "filename", "name", "id")
"""Columns of a Parquet file that may name its pictures."""
_CONTENTS = ("image", "bytes", "content", "data", "png", "jpg", "jpeg", "img", "picture")
"""Columns that may hold them, as bytes or as ``{bytes, path}``."""


def is_archive(name: str) -> bool:
    return name.lower().endswith((*_TARS, ".parquet"))


def list_archive(file: str, shown: str, stamp: str) -> Iterator[Found]:
    """The pictures of an archive (a path or URL), each called ``ARCHIVE::NAME``.

    A damaged archive yields the pictures before the damage, then one broken input under the archive's own name.
    """
    parquet = file.lower().endswith(".parquet")
    if parquet:
        need("pyarrow.parquet", "Parquet")
    try:
        yield from (_parquet if parquet else _tar)(file, shown, stamp)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:  # pyarrow's are ValueErrors
        yield Found(
            shown, Place("broken", f"the archive is damaged ({told(error)}); what came before is read"), stamp
        )


def open_file(file: str) -> Any:
    """A path or URL, opened to read bytes from anywhere in it."""
    if not is_url(file):
        return open(file, "rb")
    filesystem, path = filesystem_of(file)
    return filesystem.open(path, "rb")


def unpacked(file: str) -> Any:
    """A tar archive as a seekable file of its unpacked bytes."""
    raw = open_file(file)
    name = file.lower()
    if name.endswith((".gz", ".tgz")):
        import gzip

        return gzip.GzipFile(fileobj=raw)
    if name.endswith(".bz2"):
        import bz2

        return bz2.BZ2File(raw)
    if name.endswith(".xz"):
        import lzma

        return lzma.LZMAFile(raw)
    return raw


def _tar(file: str, shown: str, stamp: str) -> Iterator[Found]:
    with (
        unpacked(file) as content,
        tarfile.open(fileobj=content, mode="r:", errors="surrogateescape") as archive,
    ):
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember them all
            name = member.name.rpartition("/")[2]
            if not member.isfile() or name.startswith("."):
                continue
            if is_picture(name):
                place = Place("tar", file, member.offset_data, member.size)
                yield Found(f"{shown}::{member.name}", place, stamp)
            else:
                yield skipped(kind_of(name))


def _parquet(file: str, shown: str, stamp: str) -> Iterator[Found]:
    parquet = need("pyarrow.parquet", "Parquet")
    with open_file(file) as raw, parquet.ParquetFile(raw) as table:
        column, names = _columns(table.schema_arrow, shown)
        for group in range(table.num_row_groups):
            labels: Iterator[Any] = iter(range(0))
            if names:
                labels = _values(table, group, names)
            first = sum(table.metadata.row_group(before).num_rows for before in range(group))
            for row in range(table.metadata.row_group(group).num_rows):
                label = next(labels, None)
                name = first + row if label is None else label
                yield Found(f"{shown}::{name}", Place("parquet", file, row, group, column), stamp)


def _values(table: Any, group: int, column: str) -> Iterator[Any]:
    for batch in table.iter_batches(1000, row_groups=[group], columns=[column]):
        values = batch.column(0)
        if "." in column:  # a struct, of which only this field was read
            values = values.field(0)
        yield from values.to_pylist()


def _columns(schema: Any, shown: str) -> tuple[str, str]:
    """The columns of the pictures and of their names ("": none). Raises ValueError without pictures."""
    types = need("pyarrow.types", "Parquet")

    def binary(kind: Any) -> bool:
        return bool(types.is_binary(kind) or types.is_large_binary(kind))

    def holds_pictures(kind: Any) -> bool:
        if not types.is_struct(kind):
            return binary(kind)
        return any(field.name == "bytes" and binary(field.type) for field in kind)

    fits = [field for field in schema if holds_pictures(field.type)]
    fits.sort(key=lambda field: field.name.lower() not in _CONTENTS)
    if not fits:
        raise ValueError(f"no column of {shown} holds pictures as bytes")
    column = fits[0]
    names = next((field.name for field in schema if field.name.lower() in _NAMES), "")
    if not types.is_struct(column.type):
        return column.name, names
    has_path = any(field.name == "path" for field in column.type)
    return f"{column.name}.bytes", names or (f"{column.name}.path" if has_path else "")


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
                f"cannot be read ({error.strerror or told(error)}); check its permissions"
            ) from None
        except Exception as error:  # each file system raises what it likes
            raise NotFetched(f"cannot be fetched ({told(error)}); try again") from None
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
