"""Worker processes that can be killed, with limits on time and memory, and a pool of them.

    worker = Worker("inkread.bulk.batch_reader:BatchReader", settings, limits=Limits(seconds=30, memory_mb=1500))
    worker.ask("read", items)          # BatchReader(settings).read(items), in the worker's process

The object is made once per process. A process that crashes or exceeds a limit raises ``WorkerLost``; the next call
starts a new one. A worker ends with the process that started it, even if that is killed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from inkread.workers import worker_process
from inkread.workers.worker_process import receive, send

T = TypeVar("T")
_PROGRAM = """
import sys; sys.path[:] = {path!r}
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("inkread.workers.worker_process", {file!r})
sys.modules[spec.name] = module = module_from_spec(spec)
spec.loader.exec_module(module); module.main()
"""
"""Runs ``worker_process`` without importing its package. The parent's main script is not run again."""
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "1048576", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""glibc: memory of large pictures goes back to the system. Variables that the user sets have precedence."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a worker's process.

    ``seconds`` is the longest time between two messages of a call, ``start_seconds`` that until the object is made.
    ``memory_mb`` is the memory beyond what the object takes (Linux only; None: no limit).
    ``niceness`` lowers the priority (POSIX only).
    """

    seconds: float
    memory_mb: int | None = None
    niceness: int = 0
    start_seconds: float = 600.0


class WorkerLost(Exception):
    """The process ended during a call. ``late``: it was killed because it exceeded the time limit."""

    def __init__(self, late: bool = False) -> None:
        super().__init__("the worker took too long" if late else "the worker's process ended")
        self.late = late


class WorkFailed(Exception):
    """The call raised an exception in the worker. ``kind`` is the name of its class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class PoolClosed(Exception):
    """The pool was closed before the work began."""


class Worker:
    """An object in a process of its own. One thread at a time may call it; any thread may stop it.

    ``target`` names what makes the object, called with ``args``: "module:name" or "/path/of/file.py:name".
    """

    def __init__(self, target: str, *args: Any, limits: Limits) -> None:
        self._order = (target, args, limits.memory_mb, limits.niceness)
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the process unless it runs. Raises WorkerLost, WorkFailed and OSError."""
        if self._stopped.is_set():
            raise WorkerLost
        if self.runs:
            return
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(path=sys.path, file=worker_process.__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_MALLOC, **os.environ},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            self._exchange(self._order, self._limits.start_seconds)
        except WorkFailed:
            self._end()
            raise

    def ask(self, method: str, *args: Any) -> Any:
        """The method's result. Raises WorkerLost, WorkFailed and OSError."""
        self.start()
        kind, value = self._exchange((method, args), self._limits.seconds)
        while kind != "done":
            kind, value = self._exchange(None, self._limits.seconds)
        return value

    def each(self, method: str, *args: Any) -> Iterator[Any]:
        """What the method tells (``worker_process.tell``) while it runs; the time limit holds from one to the next."""
        self.start()
        try:
            kind, value = self._exchange((method, args), self._limits.seconds)
            while kind != "done":
                yield value
                kind, value = self._exchange(None, self._limits.seconds)
        except GeneratorExit:  # the rest of the messages would be taken for those of the next call
            self._end()
            raise

    def stop(self) -> None:
        """Ends the process for good, also in the middle of a call."""
        self._stopped.set()
        if (process := self._process) is not None:
            process.kill()
            process.wait()

    def _exchange(self, request: Any, seconds: float) -> tuple[str, Any]:
        """Sends a request, unless it is None, and receives the next message."""
        process, late = self._process, threading.Event()
        if process is None or process.stdin is None or process.stdout is None or self._stopped.is_set():
            self._end()
            raise WorkerLost

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            if request is not None:
                send(process.stdin, request)
            kind, value = receive(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            self._end()
            raise WorkerLost(late.is_set()) from None
        finally:
            timer.cancel()
        if kind == "failed":
            raise WorkFailed(*value)
        return kind, value

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


class Pool:
    """Workers that share one queue: a thread for each takes the next piece of work and calls its worker.

    ``warm``: all processes start at once, not with their first work.
    """

    def __init__(self, workers: Sequence[Any], *, warm: bool = False) -> None:
        self._workers, self._warm = tuple(workers), warm
        self._closed = False
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._queue: queue.PriorityQueue[tuple[int, int, Future[Any], Callable[[Any], Any] | None]]
        self._queue = queue.PriorityQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), name="inkread worker", daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for a worker."""
        return 0 if self._closed else self._queue.qsize()

    def submit(self, work: Callable[[Any], T], *, first: bool = False) -> Future[T]:
        """Has ``work(worker)`` done by the next idle worker; ``first`` jumps the queue. Raises PoolClosed."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise PoolClosed
            self._queue.put((1 - first, next(self._numbers), future, work))
        return future

    def close(self) -> None:
        """Kills the workers; work that waits fails with PoolClosed. May be called again."""
        with self._lock:
            self._closed = True
            with contextlib.suppress(queue.Empty):
                while True:
                    _, _, future, work = self._queue.get_nowait()
                    if work is not None and future.set_running_or_notify_cancel():
                        future.set_exception(PoolClosed())
            for _ in self._threads:
                self._queue.put((2, next(self._numbers), Future(), None))
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            thread.join(5.0)

    def _serve(self, worker: Any) -> None:
        if self._warm:
            with contextlib.suppress(
                WorkerLost, WorkFailed, OSError
            ):  # the first work fails again, and says why
                worker.start()
        while True:
            _, _, future, work = self._queue.get()
            if work is None:
                return
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work(worker))
                except BaseException as error:  # it belongs to whoever waits
                    future.set_exception(error)


def cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
