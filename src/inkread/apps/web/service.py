"""What the routes share: a bounded queue of jobs before the worker processes, the bodies held, the figures.

A job that crashes its worker, or takes too long, is refused; the worker is started again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from inkread.apps.web.access import Entry
from inkread.apps.web.answers import Answer, busy, refusal
from inkread.apps.web.metrics import Figures, log
from inkread.apps.web.request_body import Bodies, Reply
from inkread.apps.web.schemas import Job, Which, Wish
from inkread.apps.web.settings import Settings
from inkread.workers import Limits, Pool, PoolClosed, Worker, WorkerLost

_NICENESS = 5
"""Workers have a lower priority than the server, so that it can refuse at once when all cores are busy."""


def make_workers(settings: Settings) -> Sequence[Any]:
    """Worker processes, as many as the settings ask for."""
    limits = Limits(settings.job_seconds, settings.memory_mb, _NICENESS)
    target = "inkread.apps.web.handlers:make_handlers"
    return [Worker(target, settings.handlers, limits=limits) for _ in range(settings.workers)]


class WorkQueue:
    """Has jobs answered by ``workers``; ``heard`` is told ("job", seconds) and ("restart", 0)."""

    def __init__(
        self,
        workers: Sequence[Any],
        settings: Settings,
        heard: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._pool = Pool(workers, warm=True)
        self._settings, self._heard, self._closed = settings, heard, False

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
            raise busy()
        try:
            future = self._pool.submit(lambda worker: self._work(worker, job, until), first=first)
            return await asyncio.wrap_future(future)
        except PoolClosed:
            return busy().answer

    def close(self) -> None:
        """Ends the workers and refuses the jobs that wait. May be called again."""
        self._closed = True
        self._pool.close()

    def _work(self, worker: Any, job: Job, until: float) -> Answer:
        start = time.monotonic()
        if start > until:  # it waited too long
            return busy().answer
        try:
            return worker.ask("answer", job)
        except WorkerLost as lost:
            if self._closed:
                return busy().answer
            self._heard("restart", 0.0)
            if lost.late:
                detail = f"it took longer than {self._settings.job_seconds:g} seconds"
                return refusal(504, "took_too_long", detail, "send it smaller, or less of it")
            return refusal(500, "worker_lost", "the reader broke off at this", "send another picture")
        except Exception:
            log("trouble", logging.ERROR, exc_info=True)
            return refusal(500, "internal", "this is a mistake of the server", "its log has more")
        finally:
            self._heard("job", time.monotonic() - start)


class Service:
    """The state of a server; ``queue`` is there once it has started, before ``workers``."""

    def __init__(self, settings: Settings, workers: Sequence[Any] | None = None) -> None:
        self.workers = make_workers(settings) if workers is None else workers
        self.settings, self.figures = settings, Figures(settings.handlers.model)
        self.bodies, self.entry = Bodies(settings), Entry(settings.token, settings.once)
        self.queue: WorkQueue | None = None
        self.stopping = False
        self._shared: dict[str, asyncio.Task[Answer]] = {}
        self.figures.held.set_function(lambda: self.bodies.held)
        self.figures.waiting.set_function(lambda: self.queue.waiting if self.queue else 0)

    async def ask(self, job: Job, *, first: bool = False) -> Answer:
        if self.queue is None:
            raise busy()
        answer = await self.queue.answer(job, first=first)
        if answer.trouble or answer.status == 500:
            log("trouble", logging.ERROR, trouble=answer.trouble or json.loads(answer.body)["detail"])
        self.figures.count(answer.counts)
        return answer

    async def share(self, kind: str) -> Answer:
        """The answer to a job of the server itself. It jumps the queue, and concurrent requests share it."""
        task = self._shared.get(kind)
        if task is None or task.done():
            task = self._shared[kind] = asyncio.ensure_future(self.ask(Job(kind), first=True))
        return await asyncio.shield(task)

    async def take(self, request: Request, kind: str, wish: Which | None = None, told: str = "") -> Response:
        """Receives the body and has the job answered. If the client disconnects, the job is cancelled."""
        if self.queue is None or self.queue.full:
            raise busy(unread=is_long(request))
        body = await self.bodies.take(request)
        job = Job(kind, request.headers.get("content-type", ""), body, wish or Wish(), told)
        with self.bodies.holding(len(body)):
            answering = asyncio.ensure_future(self.ask(job))
            leaving = asyncio.ensure_future(request.receive())
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    raise ClientDisconnect
                return Reply(answering.result())
            finally:
                leaving.cancel()
                answering.cancel()


def is_long(request: Request) -> bool:
    """Whether the body is too long to receive only to keep the connection."""
    length = request.headers.get("content-length", "")
    return not length.isdigit() or len(length) > 5
