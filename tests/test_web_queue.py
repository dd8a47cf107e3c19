"""Who waits and who is answered: with made workers, and with real ones that are stopped, lost and restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='needs the extra: pip install "inkread[web]"')

from inkread.apps.web.answers import Answer, Refused
from inkread.apps.web.schemas import Job
from inkread.apps.web.service import WorkQueue, make_workers
from inkread.apps.web.settings import Settings
from inkread.workers import Worker, WorkerLost
from made_web import number, serving


class Made:
    """A worker that does what it is told, and remembers the bodies it was given."""

    def __init__(self, act: Callable[[Job], None] = lambda _: None) -> None:
        self._act = act
        self.bodies: list[bytes] = []
        self.stopped = False

    def ask(self, method: str, job: Job) -> Answer:
        assert method == "answer"
        self.bodies.append(job.body)
        self._act(job)
        return Answer(200, job.body)

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True


@contextmanager
def queue(*workers: Made, **settings: Any) -> Iterator[WorkQueue]:
    work_queue = WorkQueue(workers, replace(Settings(), **settings))
    try:
        yield work_queue
    finally:
        work_queue.close()


async def all_of(work_queue: WorkQueue, bodies: Sequence[bytes]) -> list[Any]:
    return await asyncio.gather(
        *(work_queue.answer(Job("read", body=body)) for body in bodies), return_exceptions=True
    )


def test_everybody_gets_their_own_answer() -> None:
    with queue(Made(), Made()) as work_queue:
        bodies = [str(i).encode() for i in range(50)]
        answers = asyncio.run(all_of(work_queue, bodies))
    assert [answer.body for answer in answers] == bodies


def gate() -> tuple[threading.Event, Callable[[Job], None]]:
    """Work that goes on once the event is set."""
    opened = threading.Event()

    def wait(_: Job) -> None:
        opened.wait(30)

    return opened, wait


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def test_one_more_than_may_wait_is_told_to_come_back() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker, waiting_max=3) as work_queue:

        async def ask() -> tuple[list[Any], Any]:
            first = asyncio.ensure_future(work_queue.answer(Job("read")))
            await until(lambda: len(worker.bodies) == 1)
            assert not work_queue.full
            waiting = asyncio.ensure_future(all_of(work_queue, [b"w"] * 5))
            await until(lambda: work_queue.full)
            urgent = asyncio.ensure_future(work_queue.answer(Job("known", body=b"urgent"), first=True))
            await until(lambda: work_queue.waiting == 4)
            opened.set()
            await first
            return await waiting, await urgent

        answers, urgent = asyncio.run(ask())
    refused = [each.answer for each in answers if isinstance(each, Refused)]
    assert [answer.status for answer in refused] == [503, 503]
    assert dict(refused[0].headers)["Retry-After"] == "1"
    assert urgent.body == b"urgent"
    assert worker.bodies[1] == b"urgent"


def test_who_went_away_is_not_worked_for() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker) as work_queue:

        async def ask() -> None:
            first = asyncio.ensure_future(work_queue.answer(Job("read")))
            await until(lambda: len(worker.bodies) == 1)
            gone = [asyncio.ensure_future(work_queue.answer(Job("read", body=b"gone"))) for _ in range(3)]
            here = asyncio.ensure_future(work_queue.answer(Job("read", body=b"here")))
            await until(lambda: work_queue.waiting == 4)
            for each in gone:
                each.cancel()
            await asyncio.sleep(0)
            opened.set()
            await asyncio.gather(first, here)

        asyncio.run(ask())
    assert b"gone" not in worker.bodies


@pytest.mark.parametrize(("late", "status"), [(True, 504), (False, 500)])
def test_who_breaks_a_worker_is_refused_and_the_others_are_answered(late: bool, status: int) -> None:
    def act(job: Job) -> None:
        if job.body == b"bad":
            raise WorkerLost(late)

    heard: list[str] = []
    work_queue = WorkQueue([Made(act)], Settings(), lambda event, _: heard.append(event))
    try:
        answers = asyncio.run(all_of(work_queue, [b"a", b"bad", b"b"]))
    finally:
        work_queue.close()
    assert [answer.status for answer in answers] == [200, status, 200]
    assert heard.count("restart") == 1


def test_who_waited_too_long_is_told_to_come_back() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker, job_seconds=0.05) as work_queue:

        async def ask() -> Any:
            first = asyncio.ensure_future(work_queue.answer(Job("read")))
            await until(lambda: len(worker.bodies) == 1)
            second = asyncio.ensure_future(work_queue.answer(Job("read", body=b"late")))
            await until(lambda: work_queue.waiting == 1)
            await asyncio.sleep(0.1)
            opened.set()
            await first
            return await second

        assert asyncio.run(ask()).status == 503
    assert worker.bodies == [b""]


def test_who_waits_at_the_end_is_told_so() -> None:
    opened, wait = gate()
    worker = Made(wait)
    work_queue = WorkQueue([worker], Settings())

    async def ask() -> list[Any]:
        answers = asyncio.ensure_future(all_of(work_queue, [b"a", b"b"]))
        await until(lambda: len(worker.bodies) == 1 and work_queue.waiting == 1)
        closing = asyncio.ensure_future(asyncio.to_thread(work_queue.close))
        await until(lambda: work_queue.waiting == 0)
        opened.set()
        await closing
        return await answers

    assert sorted(answer.status for answer in asyncio.run(ask())) == [200, 503]
    assert worker.stopped
    work_queue.close()
    with pytest.raises(Refused):
        asyncio.run(work_queue.answer(Job("read")))


def test_a_mistake_of_ours_costs_one_job_and_not_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    def act(job: Job) -> None:
        if job.body == b"bad":
            raise KeyError("ours")

    with queue(Made(act)) as work_queue:
        answers = [asyncio.run(all_of(work_queue, [body]))[0].status for body in (b"bad", b"good")]
    assert answers == [500, 200]
    assert "trouble" in caplog.messages


def test_the_servers_own_questions_wait_in_one_place() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with serving() as client:
        service: Any = client.service  # type: ignore[attr-defined]
        service.queue.close()
        with queue(worker) as work_queue:
            service.queue = work_queue

            async def ask() -> list[Any]:
                asking = [asyncio.ensure_future(service.share(kind)) for kind in ("known", "card") * 20]
                await until(lambda: len(worker.bodies) == 1)
                opened.set()
                return await asyncio.gather(*asking)

            assert {answer.status for answer in asyncio.run(ask())} == {200}
    assert len(worker.bodies) == 2


# Real workers


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    (made,) = make_workers(replace(Settings(), workers=1, job_seconds=60))
    yield made
    made.stop()


def test_a_worker_reads(worker: Worker) -> None:
    read, known = [
        worker.ask("answer", Job(*job)) for job in (("read", "image/png", number("58")), ("known",))
    ]
    assert (read.status, known.status) == (200, 200)
    assert b'"58"' in read.body


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_worker_does_not_end_with_the_server_s_signals(worker: Worker) -> None:
    worker.start()
    before = worker.process_id
    for number_of in (signal.SIGTERM, signal.SIGINT):
        os.kill(before or 0, number_of)
    assert worker.ask("answer", Job("known")).status == 200
    assert worker.process_id == before


def test_a_full_server_says_so_at_once() -> None:
    with serving(waiting_max=1) as client:
        service: Any = client.service  # type: ignore[attr-defined]
        opened, wait = gate()
        service.queue.close()
        worker = Made(wait)
        service.queue = WorkQueue([worker], Settings(waiting_max=1))
        threads = [
            threading.Thread(
                target=client.post,
                args=("/v1/read",),
                kwargs={"content": b"x", "headers": {"content-type": "image/png"}},
            )
            for _ in range(2)
        ]
        try:
            threads[0].start()
            asyncio.run(until(lambda: len(worker.bodies) == 1))
            threads[1].start()
            asyncio.run(until(lambda: service.queue.full))
            answer = client.post("/v1/read", content=b"x", headers={"content-type": "image/png"})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert set(answer.json()) == {"error", "detail", "hint"}
        finally:
            opened.set()
            for thread in threads:
                thread.join()


def test_bodies_that_wait_count_as_held_and_who_leaves_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as client:
        service: Any = client.service  # type: ignore[attr-defined]
        opened, wait = gate()
        service.queue.close()
        service.queue = WorkQueue([Made(wait)], Settings())

        async def ask(leaves: bool) -> int:
            messages = [{"type": "http.request", "body": bytes(1000), "more_body": False}]

            async def receive() -> Any:
                if messages:
                    return messages.pop()
                while not leaves:
                    await asyncio.sleep(0.01)
                return {"type": "http.disconnect"}

            sent: list[Any] = []

            async def send(message: Any) -> None:
                sent.append(message)

            headers = [(b"host", b"localhost"), (b"content-type", b"image/png")]
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/v1/read",
                "query_string": b"",
                "headers": headers,
            }
            asking = asyncio.ensure_future(client.app({**scope, "client": ("127.0.0.1", 9)}, receive, send))
            if not leaves:
                await until(lambda: service.bodies.held == 1000)
                opened.set()
            await asking
            assert service.bodies.held == 0
            return int(sent[0]["status"])

        with caplog.at_level("INFO", "inkread.serve"):
            assert asyncio.run(ask(leaves=True)) == 499
            assert "trouble" not in [record.getMessage() for record in caplog.records]
        assert asyncio.run(ask(leaves=False)) == 200
