"""Worker processes: results, time and memory limits, crashes, the end of their parent; and the pool of them."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inkread.workers import Limits, Pool, PoolClosed, Worker, WorkerLost, WorkFailed

WORK = """
import os, time
from inkread.workers.worker_process import tell

class Work:
    def __init__(self, start=0):
        if start is None:
            raise ValueError("no start")
        self.sum = start

    def add(self, number):
        self.sum += number
        return self.sum

    def steps(self, count, pause=0.0):
        for number in range(count):
            time.sleep(pause)
            tell(number)

    def crash(self):
        os._exit(139)

    def hang(self):
        time.sleep(1000)

    def take(self, megabytes):
        return len(bytearray(megabytes * 1_000_000))

    def fail(self):
        raise KeyError("what is\\nmissing")

    def talk(self):
        print("no message", flush=True)
        return os.getpid()
"""
LIMITS = Limits(seconds=60)


@pytest.fixture
def target(tmp_path: Path) -> str:
    (tmp_path / "work.py").write_text(WORK)
    return f"{tmp_path / 'work.py'}:Work"


@pytest.fixture
def worker(target: str) -> Iterator[Worker]:
    made = Worker(target, 10, limits=LIMITS)
    yield made
    made.stop()


def test_the_object_lives_as_long_as_its_process(worker: Worker) -> None:
    assert worker.process_id is None, "it starts with the first call"
    assert [worker.ask("add", 1), worker.ask("add", 2)] == [11, 13]
    assert worker.ask("talk") == worker.process_id
    with pytest.raises(WorkerLost) as lost:
        worker.ask("crash")
    assert not lost.value.late
    assert worker.ask("add", 1) == 11


def test_a_process_that_was_killed_while_idle_is_replaced(worker: Worker) -> None:
    worker.start()
    psutil.Process(worker.process_id).kill()
    psutil.Process(worker.process_id).wait()
    assert worker.ask("add", 1) == 11


def test_what_is_told_comes_one_after_the_other(worker: Worker) -> None:
    assert list(worker.each("steps", 3)) == [0, 1, 2]
    for number in worker.each("steps", 5):
        if number == 2:
            break
    assert worker.ask("add", 1) == 11, "the rest of the messages is dropped with the process"


def test_the_time_limit_holds_from_one_message_to_the_next(target: str) -> None:
    worker = Worker(target, limits=Limits(seconds=3))
    assert list(worker.each("steps", 4, 1.0)) == [0, 1, 2, 3]
    with pytest.raises(WorkerLost) as lost:
        worker.ask("hang")
    assert lost.value.late
    assert worker.ask("add", 1) == 1
    worker.stop()


def test_an_exception_costs_its_call_alone(worker: Worker) -> None:
    before = worker.ask("talk")
    with pytest.raises(WorkFailed) as failed:
        worker.ask("fail")
    assert (failed.value.kind, str(failed.value)) == ("KeyError", "'what is\\nmissing'")
    assert worker.ask("talk") == before


def test_an_object_that_cannot_be_made_says_why(target: str) -> None:
    worker = Worker(target, None, limits=LIMITS)
    for _ in range(2):
        with pytest.raises(WorkFailed, match="no start"):
            worker.ask("add", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory holds on Linux")
def test_the_memory_limit_costs_the_process(target: str) -> None:
    worker = Worker(target, limits=Limits(seconds=60, memory_mb=100))
    assert worker.ask("take", 50) == 50_000_000
    with pytest.raises(WorkerLost):
        worker.ask("take", 200)
    assert worker.ask("take", 50) == 50_000_000
    worker.stop()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have no such settings")
def test_memory_is_given_back(worker: Worker) -> None:
    worker.ask("take", 1)
    before = psutil.Process(worker.process_id).memory_info().rss
    for megabytes in range(20, 60):
        worker.ask("take", megabytes)
    assert psutil.Process(worker.process_id).memory_info().rss - before < 5_000_000


def test_stop_ends_a_call_from_another_thread(worker: Worker) -> None:
    worker.start()
    process = psutil.Process(worker.process_id)
    threading.Timer(0.5, worker.stop).start()
    with pytest.raises(WorkerLost):
        worker.ask("hang")
    assert not process.is_running()
    with pytest.raises(WorkerLost):
        worker.ask("add", 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_worker_ends_with_its_parent_in_the_middle_of_a_call(target: str) -> None:
    code = (
        "from inkread.workers import Limits, Worker\n"
        f"worker = Worker({target!r}, limits=Limits(seconds=600))\n"
        "worker.start(); print(worker.process_id, flush=True); worker.ask('hang')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    process.wait(60)
    assert not process.is_running()


def test_a_script_without_a_main_guard_can_use_workers(target: str, tmp_path: Path) -> None:
    """Processes of ``multiprocessing`` run the main script again, which fails here."""
    script = tmp_path / "script.py"
    script.write_text(
        "from inkread.workers import Limits, Worker\n"
        "print('begins')\n"
        f"worker = Worker({target!r}, 1, limits=Limits(seconds=60))\n"
        "print(worker.ask('add', 1))\n"
        "worker.stop()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["begins", "2"]


def test_a_pool_shares_out_work_and_survives_crashes(target: str) -> None:
    pool = Pool([Worker(target, limits=LIMITS) for _ in range(2)])
    futures = [
        pool.submit(lambda worker, i=i: worker.ask("crash") if i == 3 else worker.ask("steps", i) or i)
        for i in range(8)
    ]
    assert [futures[i].result(60) for i in range(8) if i != 3] == [0, 1, 2, 4, 5, 6, 7]
    assert isinstance(futures[3].exception(60), WorkerLost)
    pool.close()


def test_first_jumps_the_queue_and_what_waits_at_the_end_is_told() -> None:
    class Stopped:
        def stop(self) -> None:
            pass

    opened, begun, done = threading.Event(), threading.Event(), []
    pool = Pool([Stopped()])

    def hold(_: object) -> None:
        begun.set()
        opened.wait(60)

    held = pool.submit(hold)
    assert begun.wait(60)
    waiting = [pool.submit(lambda _, i=i: done.append(i)) for i in range(2)]
    urgent = pool.submit(lambda _: done.append("urgent"), first=True)
    waiting[0].cancel()
    assert pool.waiting == 3
    opened.set()
    for future in (held, urgent, waiting[1]):
        future.result(60)
    assert done == ["urgent", 1]
    opened.clear()
    begun.clear()
    pool.submit(hold)
    assert begun.wait(60)
    late = pool.submit(lambda _: None)
    threading.Timer(0.2, opened.set).start()
    pool.close()
    assert isinstance(late.exception(60), PoolClosed)
    with pytest.raises(PoolClosed):
        pool.submit(lambda _: None)
