"""Clients for benchmarks of a server: raw HTTP/1.1 over asyncio streams, which costs little beside what it measures."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Tally", "closed_loop", "open_loop", "percentile", "request_for"]


@dataclass
class Tally:
    """What came back: a latency in seconds for each answer, by status; and what did not."""

    seconds: float = 0.0
    latencies: dict[int, list[float]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    """Requests that were sent on a connection and got no whole answer, by what happened."""
    turned_away: int = 0
    """Connections that were refused: nothing was accepted."""

    def add(self, status: int, latency: float) -> None:
        self.latencies.setdefault(status, []).append(latency)

    def count(self, status: int) -> int:
        return len(self.latencies.get(status, ()))

    def per_second(self, status: int = 200) -> float:
        return self.count(status) / self.seconds if self.seconds else 0.0

    @property
    def others(self) -> dict[int, int]:
        """Answers that are neither 200 nor 503."""
        return {status: len(each) for status, each in self.latencies.items() if status not in (200, 503)}


def percentile(values: Sequence[float], percent: float) -> float:
    if len(values) < 2:
        return max(values, default=float("nan"))
    return statistics.quantiles(values, n=1000, method="inclusive")[min(998, round(percent * 10) - 1)]


def request_for(path: str, body: bytes, content_type: str, host: str = "127.0.0.1") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def closed_loop(
    port: int, requests: Sequence[bytes], clients: int, seconds: float, number: int = 0
) -> Tally:
    """Each client asks again as soon as it has its answer, for so many seconds, or ``number`` requests in all."""
    tally, turns = Tally(), itertools.cycle(requests)
    start = time.perf_counter()
    left = [number or 10**12]

    async def client() -> None:
        line = _Line(port, tally)
        while time.perf_counter() - start < seconds and left[0] > 0:
            left[0] -= 1
            if await line.ask(next(turns), time.perf_counter()) is None:
                await asyncio.sleep(0.02)
        line.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    tally.seconds = time.perf_counter() - start
    return tally


async def open_loop(port: int, requests: Sequence[bytes], clients: int, rate: float, seconds: float) -> Tally:
    """So many requests a second, whether answers come or not: a request that has to wait for a free client is
    as late as it is, so that a slow server cannot slow down what is asked of it."""
    tally, turns = Tally(), itertools.cycle(requests)
    due: asyncio.Queue[float | None] = asyncio.Queue()
    start = time.perf_counter()

    async def client() -> None:
        line = _Line(port, tally)
        while (when := await due.get()) is not None:
            await line.ask(next(turns), when)
        line.close()

    workers = [asyncio.ensure_future(client()) for _ in range(clients)]
    for i in range(round(rate * seconds)):
        when = start + i / rate
        if (early := when - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        due.put_nowait(when)
    for _ in workers:
        due.put_nowait(None)
    await asyncio.gather(*workers)
    tally.seconds = time.perf_counter() - start
    return tally


class _Line:
    """One client's connection, opened again when the server ends it."""

    def __init__(self, port: int, tally: Tally) -> None:
        self._port, self._tally = port, tally
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes, since: float) -> int | None:
        """The status of the answer; None where there was none."""
        if self._writer is None:
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                self._tally.turned_away += 1
                return None
        assert self._reader is not None
        try:
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.index(b"content-length:") + 15
            await self._reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
        except (OSError, asyncio.IncompleteReadError) as error:
            self._tally.lost[type(error).__name__] += 1
            self.close()
            return None
        status = int(head[9:12])
        self._tally.add(status, time.perf_counter() - since)
        if b"connection: close" in lower:
            self.close()
        return status

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
