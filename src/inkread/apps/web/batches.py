"""Who waits, for how long, and who is answered together: a bounded queue in front of the workers.

One thread feeds each worker. It takes what waits, up to a batch, but never more than its share: two idle workers
halve what came at once. Only small bodies go together, so that nobody waits for somebody else's photo.
This module knows nothing of HTTP, nor of what a job is about.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inkread.apps.web.answers import Answer, Refused, busy, refusal
from inkread.apps.web.desk import Job
from inkread.apps.web.settings import Settings
from inkread.apps.web.workers import TookTooLong, Worker, WorkerLost

__all__ = ["Batches"]

_LOG = logging.getLogger("inkread.serve")
_SMALL = 200_000
"""Bytes: larger bodies are photos, which take long enough alone."""


@dataclass(slots=True)
class _Waiting:
    job: Job
    future: asyncio.Future[Answer]
    loop: asyncio.AbstractEventLoop
    until: float


class Batches:
    """Answers jobs by ``workers``; ``heard`` is told ("batch", size, seconds) and ("restart", 1, 0)."""

    def __init__(
        self,
        workers: Sequence[Worker],
        settings: Settings,
        heard: Callable[[str, int, float], None] = lambda *_: None,
    ) -> None:
        self._workers, self._settings, self._heard = workers, settings, heard
        self._waiting: deque[_Waiting] = deque()
        self._moved = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._feed, args=(worker,), name="inkread feeder", daemon=True)
            for worker in workers
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many jobs wait for a worker."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        return len(self._waiting) >= self._settings.waiting_max

    async def answer(self, job: Job, *, first: bool = False) -> Answer:
        """The answer, once it is there; ``first`` jumps the queue. Raises ``Refused`` where it is full."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(job, loop.create_future(), loop, time.monotonic() + self._settings.job_seconds)
        with self._moved:
            if self._closed or (self.full and not first):
                raise Refused(busy())
            self._waiting.appendleft(waiting) if first else self._waiting.append(waiting)
            self._moved.notify()
        return await waiting.future

    def close(self) -> None:
        """Ends threads and workers; who still waits is told to come back. May be called again."""
        with self._moved:
            self._closed = True
            left = list(self._waiting)
            self._waiting.clear()
            self._moved.notify_all()
        self._deliver(left, [busy()] * len(left))
        for thread in self._threads:
            thread.join(2.0)
        for worker in self._workers:
            worker.close()
        self._workers = ()

    def _feed(self, worker: Worker) -> None:
        while batch := self._take():
            start = time.monotonic()
            try:
                self._settle(worker, batch)
            except (
                Exception
            ):  # whatever it is, the thread goes on: without it, a worker would stand idle for ever
                _LOG.exception("trouble")
                lost = refusal(500, "internal", "this is a mistake of the server", "its log has more")
                self._deliver(batch, [lost] * len(batch))
            self._heard("batch", len(batch), time.monotonic() - start)

    def _take(self) -> list[_Waiting]:
        """The next batch, waited for; empty at the end."""
        with self._moved:
            while not (self._waiting or self._closed):
                self._moved.wait()
            share = -(-len(self._waiting) // max(1, len(self._threads)))
            batch: list[_Waiting] = []
            while self._waiting and len(batch) < min(share, self._settings.batch_max):
                small = len(self._waiting[0].job.body) <= _SMALL
                if batch and not (small and len(batch[0].job.body) <= _SMALL):
                    break
                batch.append(self._waiting.popleft())
        return batch

    def _settle(self, worker: Worker, batch: Sequence[_Waiting]) -> None:
        """Answers a batch; who has gone is passed over, who waited too long is told so."""
        now = time.monotonic()
        wanted = [each for each in batch if not each.future.cancelled()]
        late = [each for each in wanted if each.until < now]
        live = [each for each in wanted if each.until >= now]
        self._deliver(late, [busy()] * len(late))
        if live:
            self._deliver(live, self._work(worker, [each.job for each in live]))

    def _work(self, worker: Worker, jobs: Sequence[Job]) -> list[Answer]:
        """An answer for each; of a batch that breaks a worker, each is tried alone, to find the one that does."""
        try:
            return worker.answer(jobs, self._settings.job_seconds)
        except (TookTooLong, WorkerLost) as error:
            if not self._closed:
                worker.restart()
                self._heard("restart", 1, 0.0)
            if len(jobs) > 1:
                return [self._work(worker, [job])[0] for job in jobs]
            if isinstance(error, TookTooLong):
                detail = f"it took longer than {self._settings.job_seconds:g} seconds"
                return [refusal(504, "took_too_long", detail, "send it smaller, or less of it")]
            return [refusal(500, "worker_lost", "the reader broke off at this", "send another picture")]

    def _deliver(self, batch: Sequence[_Waiting], answers: Sequence[Answer]) -> None:
        if batch:

            def deliver() -> None:
                for each, answer in zip(batch, answers, strict=True):
                    if not each.future.done():
                        each.future.set_result(answer)

            try:
                batch[0].loop.call_soon_threadsafe(deliver)
            except RuntimeError:  # the loop has ended, and with it all who waited
                return
