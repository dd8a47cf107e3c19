"""SOURCE -> inputs, one by one: a folder, a glob, a list, tar shards, Parquet; local or behind a URL.

The order is always the same. Only the names of one folder are held in memory, at most some thousands of them. URLs are
opened by fsspec, with s3fs, gcsfs and others.
"""

from __future__ import annotations

import csv
import glob
import io
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice, starmap
from pathlib import Path
from typing import Any

from inkread.bulk.archives import is_archive, list_archive
from inkread.bulk.inputs import (
    Found,
    Place,
    filesystem_of,
    is_url,
    path_from_bytes,
    path_to_bytes,
    skipped,
    told,
)
from inkread.errors import BulkError
from inkread.images import is_picture, kind_of

_STAMPS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "sha256", "LastModified", "last_modified", "updated",
           "mtime", "created", "size")  # fmt: skip
"""Metadata of a file that changes with its content, by the names of several file systems."""


def _url_exists(url: str) -> bool:
    """Whether there is anything at the URL. An error counts as no."""
    try:
        filesystem, path = filesystem_of(url)
        filesystem.invalidate_cache()
        return bool(filesystem.glob(path) if glob.has_magic(path) else filesystem.exists(path))
    except Exception:  # each file system raises what it likes
        return False


def _url_find(url: str) -> Iterator[Found]:
    """The pictures and archives at a URL and below. Raises BulkError if there are none."""
    filesystem, path = filesystem_of(url)
    try:
        if glob.has_magic(path):
            entries = sorted(
                filesystem.glob(path, detail=True).values(), key=lambda entry: str(entry["name"])
            )
            yield from _url_expanded(filesystem, entries)
        elif filesystem.isdir(path):
            yield from _url_below(filesystem, path)
        else:
            yield from _url_one(filesystem, filesystem.info(path), anything=True)
    except BulkError:
        raise
    except FileNotFoundError:
        raise BulkError(f"{url}: there is nothing; check the URL") from None
    except Exception as error:  # each file system raises what it likes
        raise BulkError(
            f"{url}: cannot be _url_listed ({told(error)}); check the URL and your access"
        ) from None


def _url_below(filesystem: Any, folder: str) -> Iterator[Found]:
    entries = sorted(filesystem.ls(folder, detail=True), key=lambda entry: str(entry["name"]))
    folders = [entry for entry in entries if entry["type"] == "directory"]
    yield from _url_expanded(filesystem, entries)
    del entries
    for entry in folders:
        name = str(entry["name"]).rstrip("/")
        if name != folder.rstrip("/") and not name.rpartition("/")[2].startswith("."):
            yield from _url_below(filesystem, name)


def _url_expanded(filesystem: Any, entries: list[dict[str, Any]]) -> Iterator[Found]:
    for entry in entries:
        name = str(entry["name"]).rpartition("/")[2]
        if entry["type"] != "directory" and not name.startswith("."):
            yield from _url_one(filesystem, entry)


def _url_one(filesystem: Any, entry: dict[str, Any], anything: bool = False) -> Iterator[Found]:
    url = str(filesystem.unstrip_protocol(entry["name"]))
    stamp = "-".join(str(entry[key]) for key in _STAMPS if entry.get(key) is not None)
    if is_archive(url):
        yield from list_archive(url, url, stamp)
    elif anything or is_picture(url.rpartition("/")[2]):
        yield Found(url, Place("file", url), stamp)
    else:
        yield skipped(kind_of(url.rpartition("/")[2]))


def _url_listed(url: str, shown: str = "") -> Iterator[Found]:
    """The input that a line of a list names, unchecked: a million requests would take an hour."""
    if is_archive(url):
        yield from list_archive(url, shown or url, "")
    else:
        yield Found(shown or url, Place("file", url))


def _url_lines(url: str) -> Iterator[str]:
    """The _url_lines of a list behind a URL."""
    filesystem, path = filesystem_of(url)
    try:
        with filesystem.open(path, "r", encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from file
    except Exception as error:  # each file system raises what it likes
        raise BulkError(f"{url}: the list cannot be read ({told(error)}); check the URL") from None


_COLUMNS = ("path", "file", "file_name", "filename", "image", "url", "uri")
"""Names of the column of paths in a CSV list. Without one of them, it is the first column."""


@dataclass(frozen=True)
class Source:
    """A source: ``find()`` yields its pictures, ``is_there()`` says whether it can be reached.

    ``skipped`` counts by kind the files that ``find`` passed over; hidden files are not counted.
    """

    name: str
    look: Callable[[], Iterator[Found]]
    is_there: Callable[[], bool]
    skipped: Counter[str] = field(default_factory=Counter)

    def find(self) -> Iterator[Found]:
        self.skipped.clear()
        for found in self.look():
            if found.place.kind == "skipped":
                self.skipped[found.place.file] += found.place.size
            else:
                yield found


def open_source(name: str, ours: frozenset[str] = frozenset()) -> Source:
    """The source that SOURCE names. ``ours`` are absolute paths that this run writes, which are never inputs.

    Raises BulkError if there is nothing, ExtraMissing for a URL without fsspec.
    """
    if is_url(name):
        return _remote(name)
    path = Path(name)
    if path.is_dir():
        return Source(name, lambda: _folder(name, ours), lambda: _has_entries(name))
    if not path.exists():
        if glob.has_magic(name):
            return Source(name, lambda: _glob(name, ours), lambda: _has_entries(_fixed_part(name)))
        raise BulkError(f"{name}: there is no such folder or file; check the path")
    if name.lower().endswith((".txt", ".csv")):
        return Source(name, lambda: _list(name), path.exists)
    return Source(name, lambda: _file(name), path.exists)


def _remote(url: str) -> Source:
    if url.lower().endswith((".txt", ".csv")):
        return Source(url, lambda: _listed(_url_lines(url), url.rpartition("/")[0]), lambda: _url_exists(url))
    return Source(url, lambda: _url_find(url), lambda: _url_exists(url))


def _has_entries(folder: str) -> bool:
    """Whether a folder can be listed and is not empty. An empty folder remains where a disk was unmounted."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _fixed_part(pattern: str) -> str:
    """The folder that a glob starts from."""
    folder = Path(pattern)
    while glob.has_magic(str(folder)):
        folder = folder.parent
    return str(folder)


def _folder(top: str, ours: frozenset[str]) -> Iterator[Found]:
    """All files below a folder. Links to folders are not followed, so that there are no cycles."""
    folders: list[str] = []
    others = Counter[str]()
    try:
        entries = os.scandir(top)
    except OSError:  # said in a row, that nothing be lost silently
        yield Found(top, Place("broken", "is a folder that may not be listed; check its permissions"))
        return

    def files() -> Iterator[str]:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_dir():
                others["linked folder"] += 1
            elif is_picture(entry.name) or is_archive(entry.name):
                yield entry.path
            elif os.path.abspath(entry.path) not in ours:
                others[kind_of(entry.name)] += 1

    with entries:
        for path in in_order(files()):
            yield from _file(path, ours, anything=False)
    yield from starmap(skipped, others.items())
    for name in sorted(folders):
        below = os.path.join(top, name)
        if os.path.abspath(below) not in ours:
            yield from _folder(below, ours)


def _glob(pattern: str, ours: frozenset[str]) -> Iterator[Found]:
    for path in in_order(glob.iglob(pattern, recursive=True)):
        name = os.path.basename(path)
        if is_picture(name) or is_archive(name):
            yield from _file(path, ours)
        elif not os.path.isdir(path) and os.path.abspath(path) not in ours:
            yield skipped(kind_of(name))


def _file(path: str, ours: frozenset[str] = frozenset(), anything: bool = True) -> Iterator[Found]:
    """One file: a picture, or the pictures of an archive. Pipes and devices in a folder are skipped."""
    try:
        status = os.stat(path)
    except OSError as error:
        # A link that leads nowhere is no picture.
        lost = anything or not os.path.islink(path)
        yield Found(path, Place("broken", _reason(error))) if lost else skipped("special file")
        return
    if not anything and not os.path.isfile(path):
        yield skipped("special file")
        return
    if os.path.abspath(path) in ours:
        return
    stamp = f"{status.st_size}-{status.st_mtime_ns}"
    if is_archive(path):
        yield from list_archive(path, path, stamp)
    else:
        yield Found(path, Place("file", path), stamp)


def _reason(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error}); check the path and its permissions"


def _list(name: str) -> Iterator[Found]:
    try:
        with open(name, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _listed(file, str(Path(name).parent), csv_like=name.lower().endswith(".csv"))
    except OSError as error:
        raise BulkError(f"{name}: the list {_reason(error)}") from None


def _listed(
    lines: Iterator[str] | io.TextIOBase, folder: str, csv_like: bool | None = None
) -> Iterator[Found]:
    """The inputs of a list, line by line. Paths are relative to the list's folder, or else to the current one."""
    names = _csv_names(lines) if csv_like else (line.strip("\r\n") for line in lines)
    for name in names:
        if not name or (name.startswith("#") and not csv_like):
            continue
        if is_url(name):
            yield from _url_listed(name)
        elif is_url(folder):
            yield from _url_listed(f"{folder}/{name}", name)
        else:
            beside = os.path.join(folder, name)
            for found in _file(beside if os.path.exists(beside) else name):
                yield Found(
                    name + found.path.removeprefix(found.path.partition("::")[0]), found.place, found.stamp
                )


def _csv_names(lines: Iterator[str] | io.TextIOBase) -> Iterator[str]:
    column: int | None = None
    for row in csv.reader(lines):
        if column is None:
            titles = [cell.strip().lower() for cell in row]
            column = next((titles.index(title) for title in _COLUMNS if title in titles), None)
            if column is not None:
                continue
            column = 0
        yield row[column].strip() if len(row) > column else ""


_IN_MEMORY = 10_000


def in_order(names: Iterator[str]) -> Iterator[str]:
    """The names sorted by their code points."""
    few = list(islice(names, _IN_MEMORY))
    if len(few) < _IN_MEMORY:
        yield from sorted(few, key=path_to_bytes)
        return
    # A database without a name is a file of its own that goes when it is closed.
    with closing(sqlite3.connect("", isolation_level=None)) as disk:
        disk.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")
        disk.execute("BEGIN")
        rows = ((path_to_bytes(name),) for name in chain(few, names))
        disk.executemany("INSERT OR IGNORE INTO names VALUES (?)", rows)
        del few
        for (name,) in disk.execute("SELECT name FROM names ORDER BY name"):
            yield path_from_bytes(name)
