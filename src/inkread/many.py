"""Many pictures -> their readings in order: in batches, or in several processes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import islice, repeat
from typing import Any, Literal, TypeAlias, get_args

from inkread.errors import InkreadError, UnreadableImage
from inkread.expectations import Expectation, checked_together
from inkread.images import ChannelOrder, ImageLimits, Source
from inkread.reading import Reading
from inkread.recognition.trace import Page
from inkread.showing import Origin
from inkread.workers import Limits, Pool, Worker, WorkerLost, WorkFailed

OnError: TypeAlias = Literal["raise", "return", "skip"]
Readings: TypeAlias = Iterator[Reading | UnreadableImage]

_GLYPHS_AT_ONCE = 512
"""About so many glyphs are classified in one go, across pictures."""
_PICTURES_AT_ONCE = 64
_PICTURES_PER_TASK = 8
"""Pictures that a process gets at once: few enough that all processes end at about the same time."""
_TASK_SECONDS = 600.0


def check_options(sources: object, errors: str, workers: int) -> None:
    """Raises TypeError for a single picture, and ValueError for any other option that cannot be meant."""
    if isinstance(sources, str | bytes | os.PathLike) or not isinstance(sources, Iterable):
        raise TypeError("read_many takes several pictures; put the one into a list, or give it to read")
    if errors not in get_args(OnError):
        raise ValueError(f"errors must be raise, return or skip, not {errors!r}")
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}")


def read_in_batches(
    sources: Iterable[Source],
    errors: OnError,
    limits: ImageLimits,
    find: Callable[[Source], Page],
    conclude: Callable[[Sequence[Page]], Iterator[Reading]],
) -> Readings:
    """The readings of pictures that ``find`` prepares and ``conclude`` reads together."""
    waiting: list[tuple[Source, Page | UnreadableImage]] = []

    def concluded() -> Readings:
        readings = conclude([found for _, found in waiting if isinstance(found, Page)])
        for source, found in waiting:
            yield found if isinstance(found, UnreadableImage) else with_origin(next(readings), source, limits)
        waiting.clear()

    for source in sources:
        try:
            waiting.append((source, find(source)))
        except BaseException as error:
            if not isinstance(error, UnreadableImage) or errors == "raise":
                yield from concluded()
                raise
            waiting += [(source, error)] if errors == "return" else []
        glyphs = sum(len(found.glyphs) for _, found in waiting if isinstance(found, Page))
        if glyphs >= _GLYPHS_AT_ONCE or len(waiting) >= _PICTURES_AT_ONCE:
            yield from concluded()
    yield from concluded()


def with_origin(
    found: Reading | UnreadableImage, source: Source, limits: ImageLimits
) -> Reading | UnreadableImage:
    """The reading of ``source`` with the path that it was read from, if it is one.

    Pictures in memory are not kept alive by their readings: there may be very many of them.
    """
    if not isinstance(source, str | os.PathLike) or not isinstance(found, Reading):
        return found
    return replace(found, _origin=Origin(source, None, None, "RGB", limits))


def in_series(found: Readings, expectation: Expectation | None) -> Readings:
    """The readings; checked as one series, after the last, if "rising over pictures" is expected."""
    if expectation is None or not expectation.over_pictures:
        yield from found
        return
    every = list(found)
    readings = [each for each in every if isinstance(each, Reading)]
    told = iter(checked_together(readings, expectation))
    yield from (next(told) if isinstance(each, Reading) else each for each in every)


class BatchReader:
    """What each process has: a reader that was pickled, and reads some pictures at a time."""

    def __init__(self, reader: Any, order: ChannelOrder) -> None:
        self._reader, self._order = reader, order

    def read(self, sources: Sequence[Source]) -> list[Reading | UnreadableImage]:
        return list(self._reader.read_many(sources, errors="return", order=self._order))


def read_in_processes(
    reader: Any, sources: Iterable[Source], errors: OnError, order: ChannelOrder, workers: int
) -> Readings:
    """The readings of pictures in order, read by so many processes, each with a copy of ``reader``."""
    patience = Limits(seconds=_TASK_SECONDS)
    pool = Pool([Worker("inkread.many:BatchReader", reader, order, limits=patience) for _ in range(workers)])
    left, tasks = iter(sources), deque[tuple[list[Source], Future[list[Reading | UnreadableImage]]]]()
    try:
        while True:
            while len(tasks) <= 2 * workers and (batch := list(islice(left, _PICTURES_PER_TASK))):
                content = [each.read(-1) if hasattr(each, "read") else each for each in batch]
                tasks.append((batch, pool.submit(partial(_ask, content))))
            if not tasks:
                return
            batch, task = tasks.popleft()
            for found in map(with_origin, _result(task), batch, repeat(reader.limits)):
                if isinstance(found, Reading) or errors == "return":
                    yield found
                elif errors == "raise":
                    raise found
    finally:
        pool.close()


def _ask(content: list[Source], worker: Worker) -> Any:
    return worker.ask("read", content)


def _result(task: Future[list[Reading | UnreadableImage]]) -> list[Reading | UnreadableImage]:
    try:
        return task.result()
    except WorkerLost:
        raise InkreadError(
            "a process that reads ended; there may be too little memory: use fewer workers"
        ) from None
    except WorkFailed as error:
        raise InkreadError(f"a process that reads failed ({error.kind}: {error}); please report it") from None
