"""A worker's process, kept within limits: what hangs is ended, what dies is begun anew, and one picture is blamed.

A picture is given up, with a row that says why, when it has been alone with a worker and has brought it down
repeatedly: one death may be anybody's, as when the system runs out of memory. This module opens no picture.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from inkread.bulk.items import Item
from inkread.bulk.order import Order
from inkread.bulk.rows import Outcome, failed_row, outcome_of
from inkread.bulk.wire import receive, send
from inkread.errors import BulkError

__all__ = ["Supervised", "command"]

_DEATHS = 3
"""Workers that may die while a picture is alone with them; then it is given up."""
_HANGS = 1
"""Workers that may take too long while a picture is alone with them; it was not alone the first time."""
_STARTS = 8
"""So many workers in a row that die before they can do anything: it is not the pictures."""
_START_SECONDS = 600.0
"""A machine with other things to do takes long to load a network."""
_LOOK_SECONDS = 0.25
"""How often the clock is looked at."""
_TIDY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""What a large picture took goes back to the system: by itself, glibc keeps ever more of it, in pieces, for each
thread. Of no effect on systems without glibc; whoever sets these variables otherwise has it so."""


class _Lost(Exception):
    """The worker is gone; ``late``: it was ended since it took too long."""

    def __init__(self, late: bool) -> None:
        self.late = late


def command() -> list[str]:
    """What starts a worker that imports what this process would import."""
    return [
        sys.executable,
        "-c",
        f"import sys; sys.path[:] = {sys.path!r}; from inkread.bulk.worker import main; main()",
    ]


class Supervised:
    """Reads batches in a process of its own, which starts at the first one; one thread at a time."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process: subprocess.Popen[bytes] | None = None
        self._heard = time.monotonic()
        self._limit = _START_SECONDS
        self._late = False
        self._ended = threading.Event()
        self._at = self._sha256 = ""

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def read(self, items: Sequence[Item]) -> list[Outcome]:
        """An outcome for each item, or for each page of its file.

        Raises BulkError if no worker can be started, or once it was stopped.
        """
        left = {item.path: item for item in items}
        outcomes: list[Outcome] = []
        deaths: Counter[str] = Counter()
        careful = starts = 0
        while left:
            try:
                self._start()
                starts = 0
                for of_one in self._asked(list(left.values()), careful=bool(careful)):
                    del left[of_one[0].path]
                    outcomes += of_one
            except _Lost as lost:
                self._end()
                if self._ended.is_set():
                    raise BulkError("the run was stopped; run again to continue") from None
                starts += not self._at
                if starts >= _STARTS:
                    raise BulkError("no process that reads can be started; see: inkread doctor") from None
                if careful and (item := left.get(self._at)):
                    deaths[item.path] += 1
                    if deaths[item.path] >= (_HANGS if lost.late else _DEATHS):
                        outcomes.append(self._given_up(left.pop(item.path), lost.late))
                careful += bool(self._at)
        return outcomes

    def stop(self) -> None:
        """Ends the process for good, from any thread."""
        self._ended.set()
        if (process := self._process) is not None:
            process.kill()

    def _start(self) -> None:
        self._at = ""
        if self._ended.is_set():
            raise _Lost(False)
        if self._process is not None:
            return
        self._heard, self._limit, self._late = time.monotonic(), _START_SECONDS, False
        self._process = subprocess.Popen(
            command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_TIDY, **os.environ},
        )
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        self._tell(self._order)
        self._hear()
        self._limit = self._order.time_limit_seconds

    def _asked(self, items: list[Item], careful: bool) -> Any:
        """The outcomes of each of these items, as they come."""
        self._heard = time.monotonic()
        self._tell((items, careful))
        while (said := self._hear())[0] != "done":
            if said[0] == "outcomes":
                yield said[1]
            else:
                _, self._at, self._sha256 = said
        self._heard = float("inf")  # idle: it may take its time

    def _tell(self, value: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, value)
        except OSError:
            raise _Lost(self._late) from None

    def _hear(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            said = receive(self._process.stdout)
        except (EOFError, OSError):
            raise _Lost(self._late) from None
        self._heard = time.monotonic()
        if said[0] == "failed":
            raise BulkError(said[1])
        return said

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Ends a process from which nothing was heard for too long."""
        while process.poll() is None:
            if time.monotonic() - self._heard > self._limit and process is self._process:
                self._late = True
                process.kill()
            time.sleep(_LOOK_SECONDS)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _given_up(self, item: Item, late: bool) -> Outcome:
        reason = (
            f"took longer than {self._order.time_limit_seconds:g} s; raise the limit on time, or leave it out"
            if late
            else "brought down the process that read it, several times; save it in another format, or leave it out"
        )
        row = failed_row(item.path, self._sha256, reason, self._order.model_sha256, 0.0)
        return outcome_of(row, lost=not self._sha256)
