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
from inkread.apps.web.batches import Batches
from inkread.apps.web.desk import Job
from inkread.apps.web.settings import DeskOrder, Settings
from inkread.apps.web.workers import Apart, TookTooLong, WorkerLost
from made_web import number, serving


class Made:
    """A worker that does what it is told, and remembers the batches it was given."""

    def __init__(self, act: Callable[[Sequence[Job]], None] = lambda _: None) -> None:
        self._act = act
        self.batches: list[list[bytes]] = []
        self.restarts = 0
        self.closed = False

    def answer(self, jobs: Sequence[Job], seconds: float) -> list[Answer]:
        self.batches.append([job.body for job in jobs])
        self._act(jobs)
        return [Answer(200, job.body) for job in jobs]

    def restart(self) -> None:
        self.restarts += 1

    def close(self) -> None:
        self.closed = True


@contextmanager
def queue(*workers: Made, **settings: Any) -> Iterator[Batches]:
    batches = Batches(workers, replace(Settings(), **settings))
    try:
        yield batches
    finally:
        batches.close()


async def all_of(batches: Batches, bodies: Sequence[bytes]) -> list[Any]:
    return await asyncio.gather(
        *(batches.answer(Job("read", body=body)) for body in bodies), return_exceptions=True
    )


def test_everybody_gets_their_own_answer() -> None:
    with queue(Made(), Made()) as batches:
        bodies = [str(i).encode() for i in range(50)]
        answers = asyncio.run(all_of(batches, bodies))
    assert [answer.body for answer in answers] == bodies


def gate() -> tuple[threading.Event, Callable[[Sequence[Job]], None]]:
    """Work that goes on once the event is set."""
    opened = threading.Event()

    def wait(_: Sequence[Job]) -> None:
        opened.wait(30)

    return opened, wait


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def test_what_waits_is_answered_together_but_photos_alone() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker, batch_max=4) as batches:

        async def ask() -> None:
            first = asyncio.ensure_future(batches.answer(Job("read", body=b"first")))
            await until(lambda: len(worker.batches) == 1)
            bodies = [b"a", b"b", bytes(300_000), b"c", b"d", b"e", b"f", b"g"]
            rest = asyncio.ensure_future(all_of(batches, bodies))
            await until(lambda: batches.waiting == 8)
            opened.set()
            await asyncio.gather(first, rest)

        asyncio.run(ask())
    assert [len(batch) for batch in worker.batches] == [1, 2, 1, 4, 1]


def test_two_workers_halve_what_came_at_once() -> None:
    opened, wait = gate()
    workers = Made(wait), Made(wait)
    with queue(*workers, batch_max=8) as batches:

        async def ask() -> None:
            firsts = [asyncio.ensure_future(batches.answer(Job("read", body=b"x"))) for _ in range(2)]
            await until(lambda: all(worker.batches for worker in workers))
            rest = asyncio.ensure_future(all_of(batches, [b"a"] * 8))
            await until(lambda: batches.waiting == 8)
            opened.set()
            await asyncio.gather(*firsts, rest)

        asyncio.run(ask())
    assert max(len(batch) for worker in workers for batch in worker.batches) == 4


def test_one_more_than_may_wait_is_told_to_come_back() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker, waiting_max=3, batch_max=1) as batches:

        async def ask() -> tuple[list[Any], Any]:
            first = asyncio.ensure_future(batches.answer(Job("read")))
            await until(lambda: len(worker.batches) == 1)
            assert not batches.full
            waiting = asyncio.ensure_future(all_of(batches, [b"w"] * 5))
            await until(lambda: batches.full)
            urgent = asyncio.ensure_future(batches.answer(Job("known", body=b"urgent"), first=True))
            await until(lambda: batches.waiting == 4)
            opened.set()
            await first
            return await waiting, await urgent

        answers, urgent = asyncio.run(ask())
    refused = [each.answer for each in answers if isinstance(each, Refused)]
    assert [answer.status for answer in refused] == [503, 503]
    assert dict(refused[0].headers)["Retry-After"] == "1"
    assert urgent.body == b"urgent"
    assert worker.batches[1] == [b"urgent"]


def test_who_went_away_is_not_worked_for() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with queue(worker) as batches:

        async def ask() -> None:
            first = asyncio.ensure_future(batches.answer(Job("read")))
            await until(lambda: len(worker.batches) == 1)
            gone = [asyncio.ensure_future(batches.answer(Job("read", body=b"gone"))) for _ in range(3)]
            here = asyncio.ensure_future(batches.answer(Job("read", body=b"here")))
            await until(lambda: batches.waiting == 4)
            for each in gone:
                each.cancel()
            await asyncio.sleep(0)
            opened.set()
            await asyncio.gather(first, here)

        asyncio.run(ask())
    assert b"gone" not in [body for batch in worker.batches for body in batch]


@pytest.mark.parametrize(("error", "status"), [(TookTooLong, 504), (WorkerLost, 500)])
def test_who_breaks_a_worker_is_found_and_the_others_are_answered(
    error: type[Exception], status: int
) -> None:
    opened, wait = gate()

    def act(jobs: Sequence[Job]) -> None:
        wait(jobs)
        if any(job.body == b"bad" for job in jobs):
            raise error

    worker = Made(act)
    heard: list[str] = []
    batches = Batches([worker], Settings(), lambda event, *_: heard.append(event))
    try:

        async def ask() -> list[Any]:
            first = asyncio.ensure_future(batches.answer(Job("read")))
            await until(lambda: len(worker.batches) == 1)
            rest = asyncio.ensure_future(all_of(batches, [b"a", b"bad", b"b"]))
            await until(lambda: batches.waiting == 3)
            opened.set()
            await first
            return await rest

        answers = asyncio.run(ask())
    finally:
        batches.close()
    assert [answer.status for answer in answers] == [200, status, 200]
    assert worker.restarts == 2
    assert heard.count("restart") == 2


def test_who_waits_at_the_end_is_told_so() -> None:
    opened, wait = gate()
    worker = Made(wait)
    batches = Batches([worker], Settings(batch_max=1))

    async def ask() -> list[Any]:
        answers = asyncio.ensure_future(all_of(batches, [b"a", b"b"]))
        await until(lambda: len(worker.batches) == 1 and batches.waiting == 1)
        closing = asyncio.ensure_future(asyncio.to_thread(batches.close))
        await until(lambda: batches.waiting == 0)
        opened.set()
        await closing
        return await answers

    assert sorted(answer.status for answer in asyncio.run(ask())) == [200, 503]
    assert worker.closed
    batches.close()
    with pytest.raises(Refused):
        asyncio.run(batches.answer(Job("read")))


def test_a_mistake_of_ours_costs_one_batch_and_not_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    def act(jobs: Sequence[Job]) -> None:
        if jobs[0].body == b"bad":
            raise KeyError("ours")

    with queue(Made(act)) as batches:
        answers = [asyncio.run(all_of(batches, [body]))[0].status for body in (b"bad", b"good")]
    assert answers == [500, 200]
    assert "trouble" in caplog.messages


def test_the_servers_own_questions_wait_in_one_place() -> None:
    opened, wait = gate()
    worker = Made(wait)
    with serving() as client:
        service: Any = client.service  # type: ignore[attr-defined]
        service.batches.close()
        with queue(worker) as batches:
            service.batches = batches

            async def ask() -> list[Any]:
                asking = [asyncio.ensure_future(service.share(kind)) for kind in ("known", "card") * 20]
                await until(lambda: len(worker.batches) == 1)
                opened.set()
                return await asyncio.gather(*asking)

            assert {answer.status for answer in asyncio.run(ask())} == {200}
    assert sum(map(len, worker.batches)) == 2


# Real workers


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    worker = Apart(DeskOrder())
    yield worker
    worker.close()


def test_a_worker_apart_reads(apart: Apart) -> None:
    answers = apart.answer([Job("read", "image/png", number("58")), Job("known")], 60)
    assert [answer.status for answer in answers] == [200, 200]
    assert b'"58"' in answers[0].body


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_worker_does_not_end_with_the_server_s_signals(apart: Apart) -> None:
    apart.answer([Job("known")], 60)
    for number_of in (signal.SIGTERM, signal.SIGINT):
        os.kill(apart.process_id or 0, number_of)
    assert apart.answer([Job("known")], 60)[0].status == 200


def test_a_worker_that_is_lost_or_slow_is_replaced(apart: Apart) -> None:
    before = apart.process_id
    with pytest.raises(TookTooLong):
        apart.answer([Job("read", "image/png", number("58"))], 0.0)
    apart.restart()
    assert apart.process_id != before
    apart._process.kill()
    with pytest.raises(WorkerLost):
        apart.answer([Job("known")], 60)
    apart.restart()
    assert apart.answer([Job("known")], 60)[0].status == 200


def test_a_full_server_says_so_at_once() -> None:
    with serving(waiting_max=1) as client:
        service: Any = client.service  # type: ignore[attr-defined]
        opened, wait = gate()
        service.batches.close()
        worker = Made(wait)
        service.batches = Batches([worker], Settings(waiting_max=1))
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
            asyncio.run(until(lambda: len(worker.batches) == 1))
            threads[1].start()
            asyncio.run(until(lambda: service.batches.full))
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
        service.batches.close()
        service.batches = Batches([Made(wait)], Settings())

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
