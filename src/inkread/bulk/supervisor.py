"""Batches -> outcomes, by a worker process per core. Finds the picture that crashes a worker or exceeds a limit.

A batch that loses its worker is read again one picture at a time. A picture that loses a worker while it is alone is
given up, with a row that gives the reason. One crash may have another cause, such as a system that runs out of memory,
so a picture is given up after several.
"""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from inkread.bulk.inputs import Item
from inkread.bulk.rows import Outcome, failed_row, outcome_of
from inkread.bulk.run_settings import Settings
from inkread.errors import BulkError
from inkread.workers import Limits, Pool, Worker, WorkerLost, WorkFailed, cores

_CRASHES = 3  # A picture is given up after so many crashes while it was alone with a worker
_TIMEOUTS = 1
"""A picture is given up after so many time-outs while it was alone: it was not alone the first time."""
_STARTS = 8  # A run ends after so many workers in a row that end before they begin a picture
READER = "inkread.bulk.batch_reader:BatchReader"


class Supervisor:
    """Reads batches with one worker, which starts with the first batch. Not safe to share between threads."""

    def __init__(self, settings: Settings, reader: str = READER) -> None:
        self._settings = settings
        limits = Limits(settings.time_limit_seconds, settings.memory_limit_mb)
        self._worker = Worker(reader, settings, limits=limits)
        self._stopped = False
        self._at = self._sha256 = ""

    @property
    def process_id(self) -> int | None:
        return self._worker.process_id

    def read(self, items: Sequence[Item]) -> list[Outcome]:
        """An outcome for each item, or for each page of its file.

        Raises BulkError if no worker can be started, or after ``stop``.
        """
        left = {item.path: item for item in items}
        outcomes: list[Outcome] = []
        losses: Counter[str] = Counter()
        careful = False
        starts = 0
        while left:
            self._at = ""
            try:
                for of_one in self._told(list(left.values()), careful):
                    del left[of_one[0].path]
                    outcomes += of_one
            except WorkerLost as lost:
                starts = 0 if self._at else starts + 1
                self._check(starts)
                if careful and (item := left.get(self._at)):
                    losses[item.path] += 1
                    if losses[item.path] >= (_TIMEOUTS if lost.late else _CRASHES):
                        outcomes.append(self._given_up(left.pop(item.path), lost.late))
                careful |= bool(self._at)
            except (WorkFailed, OSError) as error:
                raise BulkError(" ".join(str(error).split())) from None
        return outcomes

    def stop(self) -> None:
        """Ends the worker for good, from any thread."""
        self._stopped = True
        self._worker.stop()

    def _told(self, items: list[Item], careful: bool) -> Iterator[list[Outcome]]:
        """The outcomes of one item after the other, as they come."""
        for kind, *values in self._worker.each("read", items, careful):
            if kind == "outcomes":
                yield values[0]
            else:
                self._at, self._sha256 = values

    def _check(self, starts: int) -> None:
        """Raises BulkError if it makes no sense to start another worker."""
        if self._stopped:
            raise BulkError("the run was stopped; run again to continue")
        if starts >= _STARTS:
            raise BulkError("no process that reads can be started; see: inkread doctor")

    def _given_up(self, item: Item, late: bool) -> Outcome:
        reason = (
            f"took longer than {self._settings.time_limit_seconds:g} s; raise the limit on time, or leave it out"
            if late
            else "brought down the process that read it, several times; save it in another format, or leave it out"
        )
        row = failed_row(item.path, self._sha256, reason, self._settings.model_sha256, 0.0)
        return outcome_of(row, lost=not self._sha256)


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
