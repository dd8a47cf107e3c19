"""Reads batches in one process per core, and gives what came of them as it comes.

A thread for each process sends it the next batch at once; it does nothing but wait, so that threads cost nothing here.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator, Sequence

from inkread.bulk.items import Item
from inkread.bulk.order import Order
from inkread.bulk.rows import Outcome
from inkread.bulk.supervised import Supervised

__all__ = ["cores", "read_here"]

Batch = Sequence[Item]


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_here(order: Order, batches: Iterator[Batch], jobs: int = 0) -> Iterator[list[Outcome]]:
    """The outcomes of each batch, in whatever order they are done, with ``jobs`` processes (0: one per core).

    ``batches`` is asked, in the caller's thread, for no more than can be begun soon. Raises BulkError.
    """
    workers = [Supervised(order) for _ in range(jobs or cores())]
    asked: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[list[Outcome] | BaseException] = queue.SimpleQueue()
    threads = [threading.Thread(target=_work, args=(each, asked, done), daemon=True) for each in workers]
    for thread in threads:
        thread.start()
    under_way = 0
    try:
        while True:
            while under_way < 2 * len(workers) and (batch := next(batches, None)) is not None:
                asked.put(batch)
                under_way += 1
            if not under_way:
                return
            outcomes = _next(done)
            under_way -= 1
            if isinstance(outcomes, BaseException):
                raise outcomes
            yield outcomes
    finally:
        for worker in workers:
            worker.stop()
        for _ in workers:
            asked.put(None)
        for thread in threads:
            thread.join(5)


def _next(done: queue.SimpleQueue[list[Outcome] | BaseException]) -> list[Outcome] | BaseException:
    while True:
        try:
            return done.get(timeout=0.5)  # without one, Ctrl-C would not be noticed on Windows
        except queue.Empty:
            continue


def _work(
    worker: Supervised,
    asked: queue.SimpleQueue[Batch | None],
    done: queue.SimpleQueue[list[Outcome] | BaseException],
) -> None:
    while (batch := asked.get()) is not None:
        try:
            done.put(worker.read(batch))
        except BaseException as error:  # for the thread that waits
            done.put(error)
            return
