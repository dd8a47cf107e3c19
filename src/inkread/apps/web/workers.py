"""Those who answer jobs: in a process of their own, which can be stopped, or right here.

A picture may be made to keep a decoder busy or to bring it down. In a process of its own, that costs one answer.
Threads would also share one interpreter lock, and with it not much more than one core.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol

from inkread.apps.web.answers import Answer
from inkread.apps.web.desk import Desk, Job
from inkread.apps.web.settings import DeskOrder

__all__ = ["Apart", "Here", "TookTooLong", "Worker", "WorkerLost"]

_SPAWN = get_context("spawn")
"""The same on every system, and nothing of the server is inherited."""


class WorkerLost(Exception):
    """The worker's process ended in the middle of its work."""


class TookTooLong(Exception):
    """The worker was not done in time."""


class Worker(Protocol):
    """Answers several jobs at a time; called by one thread only."""

    def answer(self, jobs: Sequence[Job], seconds: float) -> list[Answer]: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class Here:
    """Works in the calling thread. It cannot be stopped: for tests, and for trying things out."""

    def __init__(self, order: DeskOrder) -> None:
        self._desk = Desk(order)

    def answer(self, jobs: Sequence[Job], seconds: float) -> list[Answer]:
        return self._desk.answer(jobs)

    def restart(self) -> None:
        pass

    def close(self) -> None:
        pass


class Apart:
    """Works in a process of its own, which starts at once and loads its network then."""

    def __init__(self, order: DeskOrder) -> None:
        self._order = order
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(theirs, self._order), name="inkread worker")
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe

    @property
    def process_id(self) -> int | None:
        return self._process.pid

    def answer(self, jobs: Sequence[Job], seconds: float) -> list[Answer]:
        """The answers; raises ``TookTooLong`` or ``WorkerLost``, after which it must be restarted."""
        try:
            self._pipe.send(list(jobs))
            if not self._pipe.poll(seconds):
                raise TookTooLong
            answers: list[Answer] = self._pipe.recv()
        except (EOFError, OSError):
            raise WorkerLost from None
        return answers

    def restart(self) -> None:
        self._process.kill()
        self.close()
        self._start()

    def close(self) -> None:
        """Ends the process: in peace if it is idle, otherwise not."""
        self._pipe.close()
        self._process.join(1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _work(pipe: Connection, order: DeskOrder) -> None:
    """The life of a worker's process: jobs in, answers out, until the server closes the pipe."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        # Ctrl-C and service managers signal all processes at once; when to end is for the server to say.
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(5)  # so that the server can say "full" at once when all cores are busy
    import cv2

    cv2.setNumThreads(1)  # there is a worker for each core
    desk = Desk(order)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            pipe.send(desk.answer(pipe.recv()))
