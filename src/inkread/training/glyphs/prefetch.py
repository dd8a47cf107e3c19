"""Samples made in a process beside the run: while the network learns from one pool, the next is made.

``multiprocessing`` would import the program that started the run once more, which trains again where it has no
``if __name__ == "__main__"``. So the process runs this module. Requests and pools go through its
standard input and output.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any, Generic, TypeVar

from inkread.errors import InkreadError

_LOOK_SECONDS = 0.2
"""How often one who waits for a pool looks whether the run is to stop."""

Made = TypeVar("Made")


class ProcessEnded(InkreadError):
    """The process that makes samples ended by itself, as when the memory is full."""


class Prefetcher(Generic[Made]):
    """Calls ``make``, which can be pickled, with the numbers of pools; ``reuse`` epochs share a pool."""

    def __init__(self, make: Callable[[int], Made], reuse: int, epochs: int) -> None:
        self._make, self._reuse, self._epochs = make, reuse, epochs
        self._thread = ThreadPoolExecutor(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted: dict[int, Future[Made]] = {}
        self._latest: tuple[int, Made] | None = None

    def epoch(self, number: int, stop: Callable[[], bool]) -> Made | None:
        """The pool of epoch ``number``, 0 …; None if ``stop`` said so while it was waited for."""
        which = number // self._reuse
        if self._latest is not None and self._latest[0] == which:
            return self._latest[1]
        future = self._future(which)
        while not stop():
            with contextlib.suppress(NotYet):
                self._latest = which, future.result(_LOOK_SECONDS)
                if (which + 1) * self._reuse < self._epochs:
                    self._future(which + 1)
                return self._latest[1]
        return None

    def close(self) -> None:
        """Ends the process beside: half a pool is of no use, and may take a minute more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._thread.shutdown(cancel_futures=True)

    def _future(self, which: int) -> Future[Made]:
        if which not in self._wanted:
            if self._process is None:
                # It finds what this process found, also what a program put into sys.path by itself.
                env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
                command = [sys.executable, "-P", "-m", __name__]
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
                )
            self._wanted = {which: self._thread.submit(self._asked, self._process, which)}
        return self._wanted[which]

    def _asked(self, process: subprocess.Popen[bytes], which: int) -> Made:
        """The pool from the process; raises what was raised there."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump((self._make, which), process.stdin)
            process.stdin.flush()
            made, error = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise ProcessEnded(
                f"the process that makes samples ended (exit status {process.wait()}); is there too little memory?"
            ) from None
        if error is not None:
            raise error
        result: Made = made
        return result


def _serve() -> None:
    """Makes each pool that is asked for, until the run has ended."""
    # The terminal sends Ctrl-C to every process; the run itself decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is no pool
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            make, which = pickle.load(requests)
            answer: tuple[Any, Exception | None]
            try:
                answer = make(which), None
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = None, error
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    _serve()
