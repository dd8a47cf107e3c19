"""Readings beside the window: a thread for the newest picture, and a reader in a worker process.

    thread = ReadingThread(inkread.Reader)
    thread.submit(Job(1, lambda: image))
    ...
    for outcome in thread.outcomes(): ...      # asked by the window, in its own thread, when it has time

What is outdated is never read. A picture that crashes the worker costs one reading.
Nothing here calls into a window.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inkread.errors import InkreadError, UnreadableImage
from inkread.workers import Limits, Worker, WorkerLost, WorkFailed

if TYPE_CHECKING:
    from inkread.reader import Printed, Reader, Steps

_LIMITS = Limits(seconds=60.0, memory_mb=3000)


@dataclass(frozen=True)
class Job:
    """A picture to be read; ``make_image`` is called in the thread. ``note`` comes back with the outcome."""

    ticket: int
    make_image: Callable[[], Any]
    note: Any = None
    mine: bool = True
    """Whether corrections change how digits are read."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job: steps, or one line of what went wrong; ``seconds`` is how long the reading took."""

    job: Job
    steps: Steps | None
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Opened:
    """What came of a picture that was to be opened: an array (H, W, 3) uint8, or one line.

    It is the ``page`` (from 1) of ``page_count`` in ``source``.
    """

    name: str
    image: Any = None
    error: str = ""
    source: Any = None
    page: int = 1
    page_count: int = 1


def load_page(name: str, source: Any, page: int) -> Opened:
    """One page (from 1) of a picture, given as ``inkread.read`` takes it. Raises InkreadError."""
    from inkread.reader import open_pages

    with open_pages(source) as pages:
        image = pages.load(pages.numbers(page)[0])
        return Opened(name, image, source=source, page=page, page_count=pages.count)


class ReadingThread:
    """One thread that reads; of the jobs that wait, only the newest is ever done. It stops with the program.

    ``make_reader`` is called in the thread, so that loading a network holds up nobody: it gives a ``Reader``, or
    whatever has its ``steps``. What is submitted before ``start`` waits for it.
    """

    def __init__(self, make_reader: Callable[[], Any]) -> None:
        self._make_reader = make_reader
        self._reader: Any = None
        self._changed = threading.Condition()
        self._waiting: Job | None = None
        self._reading = False
        self._opening = 0
        self._stopped = False
        self._done: list[Outcome | Opened] = []
        self._thread = threading.Thread(target=self._work, name="reading", daemon=True)

    def start(self) -> None:
        """Begins to read; the first thing is to load what reading needs."""
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether an outcome is still to come, or is there and was not fetched."""
        with self._changed:
            return bool(self._waiting or self._reading or self._opening or self._done)

    def submit(self, job: Job) -> None:
        """Asks for a reading; a job that still waits is dropped for it."""
        with self._changed:
            self._waiting = job
            self._changed.notify()

    def open(self, name: str, load: Callable[[], Opened]) -> None:
        """Asks for a picture to be loaded; in a thread of its own, since a large one takes a while."""
        with self._changed:
            self._opening += 1
        threading.Thread(target=self._open, args=(name, load), name="opening", daemon=True).start()

    def outcomes(self) -> list[Outcome | Opened]:
        """What has come since the last time, oldest first."""
        with self._changed:
            done, self._done = self._done, []
        return done

    def stop(self) -> None:
        """Ends the thread after the reading it is at."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _work(self) -> None:
        import numpy as np

        # The first reading loads libraries and network: better now than under the first stroke. What goes wrong
        # here goes wrong there again, and is told there.
        page = np.full((96, 96), 255, np.uint8)
        page[20:70, 44:50] = 0
        self._read(Job(0, lambda: page))
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._stopped)
                if self._waiting is None or self._stopped:
                    return
                job, self._waiting, self._reading = self._waiting, None, True
            outcome = self._read(job)
            with self._changed:
                self._reading = False
                self._done.append(outcome)

    def _read(self, job: Job) -> Outcome:
        try:
            if self._reader is None:
                self._reader = self._make_reader()
            image = job.make_image()
            start = time.perf_counter()
            options: dict[str, Any] = {} if job.mine else {"mine": False}
            steps = self._reader.steps(image, **options)
            return Outcome(job, steps, seconds=time.perf_counter() - start)
        except Exception as error:  # the thread must live on: one failed reading is not the end of drawing
            return Outcome(job, None, _in_one_line(error, "inkread itself failed: "))

    def _open(self, name: str, load: Callable[[], Opened]) -> None:
        try:
            opened = load()
        except Exception as error:  # as above
            opened = Opened(name, error=_in_one_line(error, f"{name}: cannot be opened: "))
        with self._changed:
            self._opening -= 1
            self._done.append(opened)


def _in_one_line(error: Exception, before: str) -> str:
    """What is told of an error; the story of one that nobody foresaw goes to standard error."""
    if isinstance(error, InkreadError):
        return str(error)
    traceback.print_exception(error)
    return before + (" ".join(str(error).split())[:150] or type(error).__name__)


class ReaderProcess:
    """``Reader.steps`` in a process of its own, which starts with the first picture."""

    def __init__(
        self, model: str | os.PathLike[str] | None, min_confidence: float, printed: Printed | None = None
    ) -> None:
        target = "inkread.apps.window.reading_thread:make_reader"
        path = None if model is None else os.fspath(model)
        self._worker = Worker(target, path, min_confidence, printed, limits=_LIMITS)

    def steps(self, image: Any, /, mine: bool = True) -> Steps:
        """What the reader makes of an array (H, W, 3) uint8; ``mine``: as corrections have it.

        Raises InkreadError, UnreadableImage for a crash.
        """
        try:
            steps: Steps = self._worker.ask("steps", image, mine)
            return steps
        except WorkerLost as lost:
            reason = (
                f"took longer than {_LIMITS.seconds:g} s" if lost.late else "ended the process that read it"
            )
            raise UnreadableImage(f"the picture {reason}; make it smaller") from None
        except WorkFailed as error:
            raise InkreadError(str(error)) from None
        except OSError as error:
            raise InkreadError(
                f"no process to read can be started ({error.strerror}); end other programs"
            ) from None


class TwoReaders:
    """A reader in the worker's process, and the same with the user's own corrections."""

    def __init__(self, plain: Reader) -> None:
        self._plain, self._mine = plain, plain.with_corrections(True)

    def steps(self, image: Any, mine: bool) -> Steps:
        """What one of them makes of an array (H, W, 3) uint8."""
        return (self._mine if mine else self._plain).steps(image)


def make_reader(model: str | None, min_confidence: float, printed: Printed | None) -> TwoReaders:
    """The readers, in the worker's process."""
    from inkread.reader import Reader

    return TwoReaders(Reader(model, min_confidence=min_confidence, printed=printed))
