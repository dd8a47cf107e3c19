"""A batch of inputs -> outcomes, in a worker process: fetched ahead, decoded in parallel, read several at once.

A file of one picture has one outcome. A file of several pages has one per page; its pages are decoded one at a time.
Limits on time and memory are the worker's.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.bulk.archives import Fetcher, NotFetched
from inkread.bulk.inputs import Item
from inkread.bulk.rows import Outcome, failed_row, outcome_of, row_of
from inkread.bulk.run_settings import Settings
from inkread.errors import ModelError, RegionError, UnreadableImage
from inkread.images import Pages, open_pages
from inkread.reader import Reader
from inkread.reading import Reading
from inkread.workers.worker_process import tell

_AHEAD = 8  # Files that are fetched ahead, so that reading does not wait for the network
_DECODED_AHEAD = 2  # Pictures that are decoded ahead: few, since one may take 200 MB
_TOGETHER = 16  # Pictures that are read together at most
_PIXELS_TOGETHER = 4_000_000
"""Pixels that are read together at most: large pictures gain nothing from it, and take memory."""

T = TypeVar("T")
At = Callable[[str, str], None]
"""Called with the path of the picture that begins, and with its SHA-256 once that is known."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """An item after decoding: its ``picture`` (H, W, 3) uint8, or the ``pages`` of its file, or an ``error``."""

    item: Item
    sha256: str
    picture: NDArray[np.uint8] | None
    seconds: float
    error: str = ""
    lost: bool = False
    too_large: bool = False
    page: int | None = None
    pages: Pages | None = None


class BatchReader:
    """Reads batches with one reader, which is loaded at once. Raises ModelError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reader = Reader(
            settings.model or None,
            min_confidence=settings.min_confidence,
            limits=settings.limits,
            expect=settings.expect,
            printed=settings.printed,
        )
        self._reader.check()
        cv2.setNumThreads(1)  # there is a worker for each core
        self._fetcher = Fetcher(settings.base, settings.max_bytes)
        self._fetching = ThreadPoolExecutor(_AHEAD)
        self._decoding = ThreadPoolExecutor(1)

    def read(self, items: Sequence[Item], careful: bool) -> None:
        """Tells (``worker_process.tell``) the outcomes of each item; ``careful``: one picture at a time.

        Before it begins a picture, it tells which, so that its parent knows which one crashed it.
        """

        def at(path: str, sha256: str) -> None:
            tell(("at", path, sha256))

        for outcomes in (self.one_by_one if careful else self.together)(items, at):
            tell(("outcomes", outcomes))

    def one_by_one(self, items: Sequence[Item], at: At) -> Iterator[list[Outcome]]:
        """One picture at a time, without threads; ``at`` is called before each begins."""
        for item in items:
            at(item.path, "")
            content, lost = self._fetched(item)
            at(item.path, self._hash_of(content) if not lost else "")
            loaded = self._decoded(item, content, lost)
            yield self._read_one(loaded, at)

    def together(self, items: Sequence[Item], at: At) -> Iterator[list[Outcome]]:
        """The same outcomes, faster; ``at`` is called as reading proceeds. Raises MemoryError."""
        at(items[0].path, "")
        coming = self._ahead(items)
        loaded = next(coming, None)
        while loaded is not None:
            if loaded.too_large:
                raise MemoryError
            if loaded.picture is None or self._settings.regions:
                at(loaded.item.path, loaded.sha256)
                yield self._read_one(loaded, at)
                loaded = next(coming, None)
                continue
            group = _Group(loaded, coming, at)
            yield from ([outcome] for outcome in self._read_group(group))
            loaded = group.next

    def _read_one(self, loaded: _Loaded, at: At) -> list[Outcome]:
        """The outcomes of one item, which is read alone."""
        if loaded.pages is None and loaded.picture is None:
            return [self._failed(loaded)]
        if self._settings.regions:
            return self._read_regions(loaded)
        if loaded.pages is not None:
            return self._read_pages(loaded, loaded.pages, at)
        return [self._read_alone(loaded)]

    def _read_regions(self, loaded: _Loaded) -> list[Outcome]:
        """A row for each region, or one that says why there is none."""
        start, source = time.perf_counter(), loaded.picture if loaded.pages is None else loaded.pages
        assert source is not None
        with loaded.pages or nullcontext():
            found = self._tried(loaded, lambda: self._reader.read(source, regions=self._settings.regions))
        if isinstance(found, Outcome):
            return [found]
        seconds = (loaded.seconds + time.perf_counter() - start) / len(found)
        rows = [self._told(loaded, reading, seconds) for reading in found.values()]
        return [replace(row, page=number) for number, row in enumerate(rows, start=1)]

    def _read_pages(self, loaded: _Loaded, opened: Pages, at: At) -> list[Outcome]:
        """One page after the other; ``at`` is called for each, since the time limit is per page."""
        loaded = replace(loaded, pages=None)
        outcomes = []
        with opened as pages:
            try:
                numbers = pages.numbers()
            except UnreadableImage as error:
                return [self._refused(loaded, str(error))]
            for number in numbers:
                at(loaded.item.path, loaded.sha256)
                outcomes.append(self._read_page(replace(loaded, page=number), pages, number))
        return outcomes

    def _read_page(self, loaded: _Loaded, pages: Pages, number: int) -> Outcome:
        start = time.perf_counter()
        try:
            picture = pages.load(number)
        except (UnreadableImage, MemoryError) as error:
            return self._failed(self._undecoded(loaded, error, start))
        return self._read_alone(replace(loaded, picture=picture, seconds=time.perf_counter() - start))

    def _read_group(self, group: _Group) -> Iterator[Outcome]:
        start = time.perf_counter()
        try:
            readings = list(self._reader.read_many(group))
        except (ModelError, MemoryError):
            raise
        except Exception:  # a mistake of ours, in one of them; the others need not suffer
            group.go_on()
            yield from map(self._read_alone, group.read)
        else:
            shared = (time.perf_counter() - start - sum(group.seconds)) / len(group.read)
            for loaded, reading, seconds in zip(group.read, readings, group.seconds, strict=True):
                yield self._told(loaded, reading, loaded.seconds + seconds + shared)
        yield from map(self._failed, group.failed)

    def _ahead(self, items: Sequence[Item]) -> Iterator[_Loaded]:
        """The items, decoded in order, a few before they are asked for."""
        left = iter(items)
        fetched: deque[tuple[Item, Future[tuple[bytes, str]]]] = deque()
        decoded: deque[Future[_Loaded]] = deque()
        while True:
            while len(fetched) < _AHEAD and (item := next(left, None)) is not None:
                fetched.append((item, self._fetching.submit(self._fetched, item)))
            while fetched and len(decoded) < _DECODED_AHEAD:
                item, content = fetched.popleft()
                decoded.append(self._decoding.submit(self._decoded_later, item, content))
            if not decoded:
                return
            yield decoded.popleft().result()

    def _fetched(self, item: Item) -> tuple[bytes, str]:
        """The bytes, or the reason why they could not be fetched."""
        try:
            return self._fetcher.fetch(item.place), ""
        except NotFetched as error:
            return b"", str(error)
        except MemoryError:
            return b"", "takes more memory than is allowed; raise the limit on memory, or save it smaller"

    def _decoded_later(self, item: Item, content: Future[tuple[bytes, str]]) -> _Loaded:
        return self._decoded(item, *content.result())

    def _decoded(self, item: Item, content: bytes, lost: str) -> _Loaded:
        if lost:
            return _Loaded(item, "", None, 0.0, lost, lost=True)
        start = time.perf_counter()
        sha256 = self._hash_of(content)
        if sha256 and sha256 == item.was:
            return _Loaded(item, sha256, None, 0.0)
        loaded = _Loaded(item, sha256, None, 0.0)
        try:
            pages = open_pages(content, self._settings.limits, dpi=self._settings.dpi)
            if pages.count > 1:
                return replace(loaded, pages=pages)
            with pages:
                picture = pages.load(1)
        except (UnreadableImage, MemoryError) as error:
            return self._undecoded(loaded, error, start)
        return replace(loaded, picture=picture, seconds=time.perf_counter() - start)

    def _undecoded(self, loaded: _Loaded, error: Exception, start: float) -> _Loaded:
        if isinstance(error, MemoryError) or isinstance(error.__context__, MemoryError):
            return replace(loaded, error=self._too_much(), too_large=True)
        return replace(loaded, error=str(error), seconds=time.perf_counter() - start)

    def _hash_of(self, content: bytes) -> str:
        """The SHA-256; "" for a file that was cut off at the limit."""
        return hashlib.sha256(content).hexdigest() if len(content) <= self._settings.max_bytes else ""

    def _read_alone(self, loaded: _Loaded) -> Outcome:
        start, picture = time.perf_counter(), loaded.picture
        assert picture is not None
        reading = self._tried(loaded, lambda: self._reader.read(picture))
        if isinstance(reading, Outcome):
            return reading
        return self._told(loaded, reading, loaded.seconds + time.perf_counter() - start)

    def _tried(self, loaded: _Loaded, read: Callable[[], T]) -> T | Outcome:
        """What ``read`` gives, or the row that says why it cannot be read."""
        try:
            return read()
        except ModelError:
            raise
        except MemoryError:
            return self._refused(loaded, self._too_much())
        except (RegionError, UnreadableImage) as error:
            return self._refused(loaded, str(error))
        except Exception as error:  # a mistake of ours: it costs this picture, and is said in its row
            said = " ".join(str(error).split())[:200]
            return self._refused(
                loaded, f"inkread failed on it ({type(error).__name__}: {said}); please report it"
            )

    def _too_much(self) -> str:
        limit = f"{self._settings.memory_limit_mb} MB"
        return f"takes more than {limit} to read; raise the limit on memory, or save it smaller"

    def _told(self, loaded: _Loaded, reading: Reading, seconds: float) -> Outcome:
        reading = replace(reading, page=loaded.page or reading.page)
        row = row_of(loaded.item.path, loaded.sha256, reading, self._settings.model_sha256, 1000 * seconds)
        return outcome_of(row)

    def _failed(self, loaded: _Loaded) -> Outcome:
        if not loaded.error:
            return Outcome(loaded.item.path, b"", loaded.sha256)
        return self._refused(loaded, loaded.error)

    def _refused(self, loaded: _Loaded, error: str) -> Outcome:
        row = failed_row(
            loaded.item.path,
            loaded.sha256,
            error,
            self._settings.model_sha256,
            1000 * loaded.seconds,
            loaded.page,
        )
        return outcome_of(row, lost=loaded.lost)


class _Group:
    """Pictures that are read together, as an iterable that notes which went into it and how long each took."""

    def __init__(self, first: _Loaded, coming: Iterator[_Loaded], at: At) -> None:
        self._coming, self._at = coming, at
        self.next: _Loaded | None = first
        self.read: list[_Loaded] = []
        self.seconds: list[float] = []
        self.failed: list[_Loaded] = []

    def __iter__(self) -> Iterator[Any]:
        pixels = 0
        while self.next is not None and not self.next.too_large and len(self.read) < _TOGETHER:
            loaded = self.next
            if loaded.pages is not None:
                return
            if loaded.picture is None:
                self.failed.append(loaded)
            else:
                pixels += loaded.picture.shape[0] * loaded.picture.shape[1]
                if self.read and pixels > _PIXELS_TOGETHER:
                    return
                self.read.append(loaded)
                self.next = None
                self._at(loaded.item.path, loaded.sha256)
                start = time.perf_counter()
                yield loaded.picture
                self.seconds.append(time.perf_counter() - start)
            self.next = next(self._coming, None)

    def go_on(self) -> None:
        """Takes the next picture after a reading that failed."""
        if self.next is None:
            self.next = next(self._coming, None)
