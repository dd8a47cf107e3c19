"""A bounded queue of jobs in front of the worker processes. Knows neither HTTP nor what a job is about.

A job that crashes its worker, or takes too long, is refused; the worker is started again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from inkread.apps.web.answers import Answer, Refused, busy, refusal
from inkread.apps.web.handlers import Handlers
from inkread.apps.web.jobs import Job
from inkread.apps.web.settings import HandlerSettings, Settings
from inkread.workers import Limits, Pool, PoolClosed, Worker, WorkerLost

_LOG = logging.getLogger("inkread.serve")
_NICENESS = 5
"""Workers have a lower priority than the server, so that it can refuse at once when all cores are busy."""


class InProcess:
    """Calls the handlers in this process, without limits. For tests, and to try things out."""

    def __init__(self, settings: HandlerSettings) -> None:
        self._handlers = Handlers(settings)

    def ask(self, method: str, *args: Any) -> Any:
        return getattr(self._handlers, method)(*args)

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


def make_workers(settings: Settings) -> list[Any]:
    """As many workers as the settings ask for; none: one in this process."""
    limits = Limits(settings.job_seconds, settings.memory_mb, _NICENESS)
    target = "inkread.apps.web.handlers:make_handlers"
    workers: list[Any] = [Worker(target, settings.handlers, limits=limits) for _ in range(settings.workers)]
    return workers or [InProcess(settings.handlers)]


class WorkQueue:
    """Has jobs answered by ``workers``; ``heard`` is told ("job", seconds) and ("restart", 0)."""

    def __init__(
        self,
        workers: Sequence[Any],
        settings: Settings,
        heard: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._pool = Pool(workers, warm=True)
        self._settings, self._heard = settings, heard
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        return self._pool.waiting

    @property
    def full(self) -> bool:
        return self.waiting >= self._settings.waiting_max

    async def answer(self, job: Job, *, first: bool = False) -> Answer:
        """The answer, once it is there; ``first`` jumps the queue. Raises ``Refused`` if the queue is full."""
        until = time.monotonic() + self._settings.job_seconds
        if self._closed or (self.full and not first):
            raise Refused(busy())
        try:
            future = self._pool.submit(lambda worker: self._work(worker, job, until), first=first)
            return await asyncio.wrap_future(future)
        except PoolClosed:
            return busy()

    def close(self) -> None:
        """Ends the workers and refuses the jobs that wait. May be called again."""
        self._closed = True
        self._pool.close()

    def _work(self, worker: Any, job: Job, until: float) -> Answer:
        start = time.monotonic()
        if start > until:  # it waited too long
            return busy()
        try:
            answer: Answer = worker.ask("answer", job)
            return answer
        except WorkerLost as lost:
            if self._closed:
                return busy()
            self._heard("restart", 0.0)
            if lost.late:
                detail = f"it took longer than {self._settings.job_seconds:g} seconds"
                return refusal(504, "took_too_long", detail, "send it smaller, or less of it")
            return refusal(500, "worker_lost", "the reader broke off at this", "send another picture")
        except Exception:
            _LOG.exception("trouble")
            return refusal(500, "internal", "this is a mistake of the server", "its log has more")
        finally:
            self._heard("job", time.monotonic() - start)
