"""Reads batches with a worker process per core, and yields outcomes as they come."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from inkread.bulk.inputs import Item
from inkread.bulk.rows import Outcome
from inkread.bulk.settings import Settings
from inkread.bulk.supervisor import Supervisor
from inkread.workers import Pool, cores

Batch = Sequence[Item]


def read_here(settings: Settings, batches: Iterator[Batch], jobs: int = 0) -> Iterator[list[Outcome]]:
    """The outcomes of each batch, in the order in which they are done, by ``jobs`` processes (0: one per core).

    Takes from ``batches``, in the caller's thread, two per process ahead. Raises BulkError.
    """
    jobs = jobs or cores()
    pool = Pool([Supervisor(settings) for _ in range(jobs)])
    done: queue.SimpleQueue[Future[list[Outcome]]] = queue.SimpleQueue()
    under_way = 0
    try:
        while True:
            while under_way < 2 * jobs and (batch := next(batches, None)) is not None:
                pool.submit(_reading(batch)).add_done_callback(done.put)
                under_way += 1
            if not under_way:
                return
            outcomes = _next(done).result()
            under_way -= 1
            yield outcomes
    finally:
        pool.close()


def _reading(batch: Batch) -> Callable[[Supervisor], list[Outcome]]:
    return lambda supervisor: supervisor.read(batch)


def _next(done: queue.SimpleQueue[Future[list[Outcome]]]) -> Future[list[Outcome]]:
    while True:
        try:
            return done.get(timeout=0.5)  # without a timeout, Windows would not notice Ctrl-C
        except queue.Empty:
            continue
