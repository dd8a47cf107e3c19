"""How does the server bear load? Prints tables for the docs; judges nothing.

    python benchmarks/serving.py                      all of it, some minutes
    python benchmarks/serving.py throughput overload  these parts
    python benchmarks/serving.py --seconds 3          shorter, and less exact

Client and server share the machine. The pictures are 200 different made ones, numbers of one to four digits. The peer
is what one writes first: a FastAPI handler that decodes an upload and reads it with one shared reader, in the threads
that FastAPI gives it. Both serve the same requests from the same client in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from load import Tally, closed_loop, open_loop, percentile, request_for

ROOT = Path(__file__).resolve().parent.parent
NAIVE = """
import sys, uvicorn
from fastapi import FastAPI, UploadFile
from inkread import Reader

app, reader = FastAPI(), Reader()

@app.post("/read")
def read(file: UploadFile):
    return reader.read(file.file.read()).to_dict()

@app.get("/health/ready")
def ready():
    return "ready"

uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n%b\r\n--b--\r\n'
PARTS = ("throughput", "latency", "overload", "slow", "stops", "memory")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=10.0, help="per measurement (10)")
    parser.add_argument("--requests", type=int, default=50_000, help="of the part memory (50000)")
    parser.add_argument("--stops", type=int, default=20, help="how often the server is stopped (20)")
    options = parser.parse_args()
    parts = options.parts or PARTS
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}{load}\n")
    print("| what | figure |\n|---|---|")
    ours, forms = requests()
    peak = 0.0
    if set(parts) & {"throughput", "latency", "overload"}:
        peak = throughput(ours, forms, options.seconds, "throughput" in parts)
    with server() as (port, process):
        warm_up(port, ours)
        if "latency" in parts:
            latency(port, ours, peak, options.seconds)
        if "overload" in parts:
            overload(port, ours, peak, options.seconds)
        if "slow" in parts:
            asyncio.run(slow_clients(port, ours, options.seconds))
        if "memory" in parts:
            memory(port, process, ours, options.requests)
    if "stops" in parts:
        stops(ours, options.stops)
    return 0


def requests() -> tuple[list[bytes], list[bytes]]:
    """The same 200 pictures as bodies for inkread, and as forms for the peer."""
    sys.path.insert(0, str(ROOT / "tests"))
    from made import draw_number

    pictures = []
    for i in range(200):
        file = io.BytesIO()
        Image.fromarray(draw_number(str(7919 * (i + 1))[-1 - i % 4 :], seed=i)).save(file, "PNG")
        pictures.append(file.getvalue())
    forms = [request_for("/read", FORM % each, "multipart/form-data; boundary=b") for each in pictures]
    return [request_for("/v1/read", each, "image/png") for each in pictures], forms


def throughput(ours: list[bytes], forms: list[bytes], seconds: float, compare: bool) -> float:
    """Requests a second of both, taking turns, so that a busy neighbour troubles both; returns ours."""
    rounds = 3 if compare else 1
    served: list[Tally] = []
    naive: list[Tally] = []
    for _ in range(rounds):
        with server() as (port, _):
            warm_up(port, ours)
            served.append(asyncio.run(closed_loop(port, ours, 32, seconds)))
        if compare:
            with server(naive=True) as (port, _):
                warm_up(port, forms)
                naive.append(asyncio.run(closed_loop(port, forms, 32, seconds)))
    peak = statistics.median(tally.per_second() for tally in served)
    if compare:
        peer = statistics.median(tally.per_second() for tally in naive)
        failed = sum(sum(tally.others.values()) + tally.lost.total() for tally in served)
        row(
            "requests a second, 32 clients: `inkread serve`",
            f"{peak:.0f} ({spread(served)}), {failed} errors",
        )
        row("– the naive handler", f"{peer:.0f} ({spread(naive)})")
        row("– ratio", f"{peak / peer:.2f}")
    return peak


def latency(port: int, ours: list[bytes], peak: float, seconds: float) -> None:
    tally = asyncio.run(open_loop(port, ours, 32, peak / 2, seconds))
    taken = tally.latencies.get(200, [])
    failed = sum(tally.others.values()) + tally.count(503) + tally.lost.total()
    what = f"p50 {ms(percentile(taken, 50))}, p99 {ms(percentile(taken, 99))}, {failed} errors"
    row(f"at half of that ({peak / 2:.0f} a second, 32 clients)", what)


def overload(port: int, ours: list[bytes], peak: float, seconds: float) -> None:
    tally = asyncio.run(open_loop(port, ours, 256, 4 * peak, seconds))
    refused = tally.latencies.get(503, [])
    good = tally.count(200) / tally.seconds
    row(f"at four times that ({4 * peak:.0f} a second asked for, {(good + tally.per_second(503)):.0f} answered)",
        f"{good:.0f} a second read, {good / peak:.0%} of the peak")  # fmt: skip
    row(
        "– refused with 503",
        f"{len(refused)}, p50 {ms(percentile(refused, 50))}, p99 {ms(percentile(refused, 99))}",
    )
    row("– anything else", f"{tally.others or 'none'}, lost {tally.lost.total()}")


async def slow_clients(port: int, ours: list[bytes], seconds: float) -> None:
    """200 clients that send a byte a second, half of them their head, half their body; and 4 healthy ones."""
    before = await closed_loop(port, ours, 4, seconds)

    async def slow(body: bool) -> None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            head = b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n"
            writer.write(head + (b"\r\n" if body else b""))
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1)

    crowd = [asyncio.ensure_future(slow(i % 2 == 0)) for i in range(200)]
    await asyncio.sleep(1)
    during = await closed_loop(port, ours, 4, seconds)
    for each in crowd:
        each.cancel()
    medians = [percentile(tally.latencies.get(200, []), 50) for tally in (before, during)]
    tails = [percentile(tally.latencies.get(200, []), 99) for tally in (before, during)]
    row("4 healthy clients, alone", f"p50 {ms(medians[0])}, p99 {ms(tails[0])}")
    times = [after / before for before, after in (medians, tails)]
    figure = f"p50 {ms(medians[1])} ({times[0]:.2f} ×), p99 {ms(tails[1])} ({times[1]:.2f} ×)"
    row("– beside 200 that send a byte a second", figure)


def memory(port: int, process: subprocess.Popen[bytes], ours: list[bytes], number: int) -> None:
    asyncio.run(closed_loop(port, ours, 16, 1e9, max(500, number // 20)))
    before = resident(process.pid)
    tally = asyncio.run(closed_loop(port, ours, 16, 1e9, number))
    after = resident(process.pid)
    row(f"memory of server and workers over {tally.count(200)} readings, after a warm-up",
        f"{before / 2**20:.0f} → {after / 2**20:.0f} MiB ({after / before - 1:+.1%})")  # fmt: skip


def stops(ours: list[bytes], number: int) -> None:
    """SIGTERM in the middle of load, again and again; every client goes on until it is turned away."""
    lost: Tally = Tally()
    answered, worst = 0, 0.0
    for _ in range(number):
        with server() as (port, process):
            warm_up(port, ours, 20)

            async def load_and_stop(
                port: int = port, process: subprocess.Popen[bytes] = process
            ) -> tuple[Tally, float]:
                load = asyncio.ensure_future(closed_loop(port, ours, 32, 4.0))
                await asyncio.sleep(1.0)
                start = time.perf_counter()
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait, 60)
                return await load, time.perf_counter() - start

            tally, taken = asyncio.run(load_and_stop())
            lost.lost += tally.lost
            answered += tally.count(200)
            worst = max(worst, taken)
    row(
        f"{number} SIGTERMs under load: requests sent and not answered",
        f"{lost.lost.total()} {dict(lost.lost) or ''}",
    )
    row("– answered meanwhile; the longest stop, with the clients' own 3 s", f"{answered}; {worst:.1f} s")


@contextlib.contextmanager
def server(naive: bool = False) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server in a process of its own, ready to read; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", NAIVE, str(port)]
    if not naive:
        command = [sys.executable, "-m", "inkread", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30).read()
                    break
                time.sleep(0.1)
            yield port, process
        finally:
            process.terminate()
            process.wait(60)


def warm_up(port: int, requests: list[bytes], number: int = 300) -> None:
    asyncio.run(closed_loop(port, requests, 8, 60.0, number))


def resident(process_id: int) -> int:
    """Bytes in memory of a process and its children (Linux)."""
    total = 0
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(entry.name) == process_id or int(fields[1]) == process_id:
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return total


def spread(tallies: list[Tally]) -> str:
    rates = [tally.per_second() for tally in tallies]
    return f"{min(rates):.0f} to {max(rates):.0f} in {len(rates)} rounds"


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
