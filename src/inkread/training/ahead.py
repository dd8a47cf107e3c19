"""Samples made in a process beside the run: while the network learns from one pool, the next is made.

This module does not know what is made.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

__all__ = ["Ahead"]

_LOOK_SECONDS = 0.2
"""How often one who waits for a pool looks whether the run is to stop."""

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """Calls ``make``, which can be pickled, with the numbers of pools; ``reuse`` epochs share a pool."""

    def __init__(self, make: Callable[[int], Made], reuse: int, epochs: int) -> None:
        self._make, self._reuse, self._epochs = make, reuse, epochs
        self._workers = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _leave_ctrl_c_to_others)
        self._children: set[BaseProcess] = set()
        self._wanted: dict[int, Future[Made]] = {}
        self._latest: tuple[int, Made] | None = None

    def epoch(self, number: int, stop: Callable[[], bool]) -> Made | None:
        """The pool of epoch ``number``, 0 …; None if ``stop`` said so while it was waited for."""
        which = number // self._reuse
        if self._latest is None or self._latest[0] != which:
            future = self._future(which)
            while not stop():
                try:
                    self._latest = which, future.result(_LOOK_SECONDS)
                    break
                except NotYet:
                    continue
            else:
                return None
            if (which + 1) * self._reuse < self._epochs:
                self._future(which + 1)
        return self._latest[1]

    def close(self) -> None:
        """Ends the process beside."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.terminate()  # half a pool is of no use, and may take a minute more

    def _future(self, which: int) -> Future[Made]:
        if which not in self._wanted:
            before = set(multiprocessing.active_children())
            self._wanted = {which: self._workers.submit(self._make, which)}
            self._children |= set(multiprocessing.active_children()) - before
        return self._wanted[which]


def _leave_ctrl_c_to_others() -> None:
    # The terminal sends it to every process; the run itself decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
