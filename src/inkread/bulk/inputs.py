"""One picture to be read: its name, the place of its bytes, and a stamp that shows a change. Optional packages."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import Any

from inkread.errors import ExtraMissing


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a picture's bytes.

    ``kind`` is ``file`` (``file`` is a path or URL), ``tar`` (``size`` bytes from ``start`` on in the archive),
    ``parquet`` (row ``start`` of row group ``size``, in ``column``), ``broken`` (nowhere, for the reason ``file``), or
    ``skipped`` (``size`` files of the kind ``file``, which are no pictures).
    """

    kind: str
    file: str
    start: int = 0
    size: int = 0
    column: str = ""

    def to_json(self) -> str:
        return json.dumps([self.kind, self.file, self.start, self.size, self.column])

    @classmethod
    def from_json(cls, text: str) -> Place:
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that a source names. ``stamp`` changes with its content, as far as size and date tell."""

    path: str
    place: Place
    stamp: str = ""


def skipped(kind: str, count: int = 1) -> Found:
    """Files of a source that are not pictures."""
    return Found("", Place("skipped", kind, size=count))


@dataclass(frozen=True, slots=True)
class Item:
    """A picture that is to be read; ``was`` is the SHA-256 of its content when it was last read, "" if never."""

    path: str
    place: Place
    was: str = ""


def path_to_bytes(path: str) -> bytes:
    """A path as bytes for SQLite, since names that are not Unicode are not text."""
    return path.encode("utf-8", "surrogatepass")


def path_from_bytes(path: bytes) -> str:
    return path.decode("utf-8", "surrogatepass")


_EXTRA_OF = {"ray": "ray", "ray.data": "ray"}


def need(module: str, what: str) -> Any:
    """Imports a module. Raises ExtraMissing, whose message begins with ``what``, such as "Parquet"."""
    try:
        return importlib.import_module(module)
    except ImportError:
        extra = _EXTRA_OF.get(module, "bulk")
        raise ExtraMissing(
            f'{what} needs {module.partition(".")[0]}: pip install "inkread[{extra}]"'
        ) from None


def is_url(name: str) -> bool:
    """Whether a name is of the form ``scheme://…``."""
    scheme, mark, _ = name.partition("://")
    return bool(mark) and scheme.replace("+", "").replace("-", "").isalnum()


def filesystem_of(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it; raises ExtraMissing for one that is not installed."""
    fsspec = need("fsspec", "a URL")
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as error:  # "Install s3fs to access S3"
        raise ExtraMissing(f"{url.partition('://')[0]}:// cannot be used: {error}") from None
    except ValueError as error:
        raise ExtraMissing(f"{url}: {error}; give a path, or a URL that fsspec knows") from None
    return filesystem, str(path)


def told(error: BaseException, most: int = 120) -> str:
    """What a library says of an error, on one line."""
    return " ".join(str(error).split())[:most] or type(error).__name__
