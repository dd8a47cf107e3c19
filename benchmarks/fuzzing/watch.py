"""Processes that try inputs, watched from outside: how long each input takes, how much memory, whether it ends at all.

A process tells in shared memory which input it is at. One that hangs, or takes far too much memory, is ended from
outside; one that dies is noticed; either way another goes on behind the input that did it. Time is that of the
processor, so that a busy machine makes no input slow. This module does not know what the inputs are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

__all__ = ["Failure", "Limits", "Tally", "run_chunks"]

_CONTEXT = multiprocessing.get_context("spawn")
_POLL_SECONDS = 0.05
_IDLE = -1.0


@dataclass(frozen=True)
class Limits:
    """What one input may take: seconds of the processor, and memory of the whole process."""

    seconds: float = 2.0
    megabytes: float = 512.0


@dataclass
class Tally:
    """Of one target: how many inputs, the seconds they took, and the worst of them (how much, which input)."""

    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[float, int] = (0.0, -1)

    def add(self, other: Tally) -> None:
        """Counts ``other`` in."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.largest = max(self.largest, other.largest)


@dataclass(frozen=True)
class Failure:
    """One input that broke a rule: which, in which target, and how."""

    number: int
    target: str
    kind: str
    """``crash``, ``hang``, ``slow``, ``memory``, or the name of an exception."""
    place: str = ""
    """The innermost line of inkread's own that was running."""
    detail: str = ""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    state: Any
    """Shared: the number of the input, and the process' seconds when it began."""
    chunk: range = range(0)
    watched: psutil.Process = field(default_factory=psutil.Process)


def run_chunks(
    chunks: list[range], seed: int, names: tuple[str, ...], processes: int, limits: Limits
) -> Iterator[tuple[range, dict[str, Tally], list[Failure]]]:
    """Tries the inputs of all chunks; yields each chunk once it is done, or its parts where a process was lost."""
    waiting = list(reversed(chunks))
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.chunk for worker in workers):
            while waiting and len(workers) < processes:
                workers.append(_started(seed, names, limits))
            for worker in list(workers):
                if not worker.chunk and waiting:
                    worker.chunk = waiting.pop()
                    worker.pipe.send((worker.chunk.start, worker.chunk.stop))
                elif worker.chunk and (done := _looked_after(worker, limits)):
                    tried, tallies, failures, lives = done
                    if rest := range(tried.stop, worker.chunk.stop):
                        waiting.append(rest)
                    worker.chunk = range(0)
                    if not lives:
                        workers.remove(worker)
                    yield tried, tallies, failures
            time.sleep(_POLL_SECONDS)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _started(seed: int, names: tuple[str, ...], limits: Limits) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    state = _CONTEXT.RawArray("d", [_IDLE, 0.0])
    process = _CONTEXT.Process(target=_work, args=(theirs, state, seed, names, limits), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours, state, watched=psutil.Process(process.pid))


def _looked_after(
    worker: _Worker, limits: Limits
) -> tuple[range, dict[str, Tally], list[Failure], bool] | None:
    """What a worker has to tell, or what is to be told of one that is lost; None while it works."""
    try:
        if worker.pipe.poll():
            tallies, failures = worker.pipe.recv()
            return worker.chunk, tallies, failures, True
        times, memory = worker.watched.cpu_times(), worker.watched.memory_info().rss / 2**20
    except (EOFError, OSError, psutil.Error):
        worker.process.join(10)
        return _lost(worker, "crash", f"the process ended with status {worker.process.exitcode}")
    number, began = worker.state[:]
    if number == _IDLE:
        return None
    taken = times.user + times.system - began
    if taken > 1.5 * limits.seconds + 0.5:  # what ends by itself is told by the process, exactly
        return _lost(worker, "hang", f"not done after {taken:.1f} s of the processor")
    if memory > 1.5 * limits.megabytes:
        return _lost(worker, "memory", f"takes {memory:.0f} MB")
    return None


def _lost(worker: _Worker, kind: str, detail: str) -> tuple[range, dict[str, Tally], list[Failure], bool]:
    """Ends a worker; what it did of its chunk before is done, though not counted by target."""
    worker.process.kill()
    worker.process.join()
    number = int(worker.state[0])
    at = number if number in worker.chunk else worker.chunk.start
    return range(worker.chunk.start, at + 1), {}, [Failure(at, "", kind, "", detail)], False


# In the processes


def _work(pipe: Connection, state: Any, seed: int, names: tuple[str, ...], limits: Limits) -> None:
    from fuzzing.targets import chosen, get_ready

    among = chosen(names)
    get_ready(among)
    folder = Path(tempfile.mkdtemp(prefix="inkread-fuzz-"))
    # Decoders written in C tell of each damaged file what they think of it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            start, stop = pipe.recv()
            tallies: dict[str, Tally] = {}
            failures: list[Failure] = []
            for number in range(start, stop):
                _try(number, seed, among, folder, state, limits, tallies, failures)
            state[0] = _IDLE
            pipe.send((tallies, failures))
    shutil.rmtree(folder, ignore_errors=True)


def _try(
    number: int,
    seed: int,
    among: Any,
    folder: Path,
    state: Any,
    limits: Limits,
    tallies: Any,
    failures: list[Failure],
) -> None:
    from fuzzing.targets import attempt, made

    try:
        target, content = made(seed, number, among)
    except Exception as error:  # a mistake of this harness: to be told, not to end the run
        failures.append(Failure(number, "", "unmade", *_told(error)))
        return
    tally = tallies.setdefault(target.name, Tally())
    _forget_peak()
    began, taken_in = time.process_time(), False
    state[1], state[0] = sum(os.times()[:2]), number
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            taken_in = attempt(target, content, folder)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failures.append(Failure(number, target.name, type(error).__name__, *_told(error)))
    taken, peak = time.process_time() - began, _peak_megabytes()
    state[0] = _IDLE
    if taken > limits.seconds:
        failures.append(Failure(number, target.name, "slow", "", f"{taken:.2f} s of the processor"))
    if peak > limits.megabytes:
        failures.append(Failure(number, target.name, "memory", "", f"{peak:.0f} MB at the most"))
    tally.add(Tally(1, not taken_in, taken, (taken, number), (peak, number)))
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _told(error: BaseException) -> tuple[str, str]:
    """Where, in inkread's own code or else in the check, and the whole traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if f"inkread{os.sep}" in frame.filename and "site-packages" not in frame.filename
    ]
    last = (own or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}", "".join(
        traceback.format_exception(error)
    )[-4000:]


def _forget_peak() -> None:
    """Makes the system measure the peak of memory anew, where it can (Linux)."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def _peak_megabytes() -> float:
    """The most memory that this process has held since (elsewhere: what it holds, or on Windows ever held)."""
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    memory = psutil.Process().memory_info()
    return float(getattr(memory, "peak_wset", memory.rss)) / 2**20
