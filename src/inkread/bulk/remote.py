"""The pictures behind a URL, by fsspec: a file, a folder, a glob, or a list. Works with s3fs, gcsfs and others."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from typing import Any

from inkread.bulk.archives import is_archive, list_archive
from inkread.bulk.extras import filesystem_of
from inkread.bulk.inputs import Found, Place, skipped
from inkread.errors import BulkError
from inkread.images import is_picture, kind_of

_STAMPS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "sha256", "LastModified", "last_modified", "updated",
           "mtime", "created", "size")  # fmt: skip
"""Metadata of a file that changes with its content, by the names of several file systems."""


def exists(url: str) -> bool:
    """Whether there is anything at the URL. An error counts as no."""
    try:
        filesystem, path = filesystem_of(url)
        filesystem.invalidate_cache()
        return bool(filesystem.glob(path) if glob.has_magic(path) else filesystem.exists(path))
    except Exception:  # each file system raises what it likes
        return False


def find(url: str) -> Iterator[Found]:
    """The pictures and archives at a URL and below. Raises BulkError if there are none."""
    filesystem, path = filesystem_of(url)
    try:
        if glob.has_magic(path):
            entries = sorted(
                filesystem.glob(path, detail=True).values(), key=lambda entry: str(entry["name"])
            )
            yield from _expanded(filesystem, entries)
        elif filesystem.isdir(path):
            yield from _below(filesystem, path)
        else:
            yield from _one(filesystem, filesystem.info(path), anything=True)
    except BulkError:
        raise
    except FileNotFoundError:
        raise BulkError(f"{url}: there is nothing; check the URL") from None
    except Exception as error:  # each file system raises what it likes
        raise BulkError(f"{url}: cannot be listed ({_told(error)}); check the URL and your access") from None


def _below(filesystem: Any, folder: str) -> Iterator[Found]:
    entries = sorted(filesystem.ls(folder, detail=True), key=lambda entry: str(entry["name"]))
    folders = [entry for entry in entries if entry["type"] == "directory"]
    yield from _expanded(filesystem, entries)
    del entries
    for entry in folders:
        name = str(entry["name"]).rstrip("/")
        if name != folder.rstrip("/") and not name.rpartition("/")[2].startswith("."):
            yield from _below(filesystem, name)


def _expanded(filesystem: Any, entries: list[dict[str, Any]]) -> Iterator[Found]:
    for entry in entries:
        name = str(entry["name"]).rpartition("/")[2]
        if entry["type"] != "directory" and not name.startswith("."):
            yield from _one(filesystem, entry)


def _one(filesystem: Any, entry: dict[str, Any], anything: bool = False) -> Iterator[Found]:
    url = str(filesystem.unstrip_protocol(entry["name"]))
    stamp = "-".join(str(entry[key]) for key in _STAMPS if entry.get(key) is not None)
    if is_archive(url):
        yield from list_archive(url, url, stamp)
    elif anything or is_picture(url.rpartition("/")[2]):
        yield Found(url, Place("file", url), stamp)
    else:
        yield skipped(kind_of(url.rpartition("/")[2]))


def listed(url: str, shown: str = "") -> Iterator[Found]:
    """The input that a line of a list names, unchecked: a million requests would take an hour."""
    if is_archive(url):
        yield from list_archive(url, shown or url, "")
    else:
        yield Found(shown or url, Place("file", url))


def lines(url: str) -> Iterator[str]:
    """The lines of a list behind a URL."""
    filesystem, path = filesystem_of(url)
    try:
        with filesystem.open(path, "r", encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from file
    except Exception as error:  # each file system raises what it likes
        raise BulkError(f"{url}: the list cannot be read ({_told(error)}); check the URL") from None


def parent(url: str) -> str:
    """The URL of the parent folder."""
    return url.rpartition("/")[0]


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
