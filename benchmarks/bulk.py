"""What bulk runs cost, and what they stand: throughput, memory, growth, both engines, kills, damage, full disks.

    python benchmarks/bulk.py --images 10000            throughput beside a bare loop, memory and time for N/10 and N
    python benchmarks/bulk.py --images 10000 --ray      also that Ray gives the same rows
    python benchmarks/bulk.py --images 2000 --kills 200 SIGKILLs of runs and workers (with --ray, a quarter on Ray)
    python benchmarks/bulk.py --images 10000 --bad      a tenth of the files is damaged, in ten ways
    python benchmarks/bulk.py --disk                    a full disk, a read-only one, a source that goes (as root)

Figures come from /proc, so they need Linux. Times of a busy machine say little: CPU seconds are printed beside.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from madebulk import DAMAGES, make_pictures

BULK = (sys.executable, "-m", "inkread", "bulk")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--images", type=int, default=2000, help="made pictures (2000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that read")
    parser.add_argument("--ray", action="store_true", help="Ray, too")
    parser.add_argument("--kills", type=int, default=0, help="so many SIGKILLs, and nothing else")
    parser.add_argument("--bad", action="store_true", help="damaged files, and nothing else")
    parser.add_argument("--disk", action="store_true", help="disks that cannot be written, and nothing else")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="make the pictures there, or take them from there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        if options.disk:
            disks(place)
            return
        scans = options.keep or place / "scans"
        if not scans.exists():
            make_pictures(scans, options.images, options.seed, options.images // 10 if options.bad else 0)
        if options.kills:
            kills(scans, place, options)
        elif options.bad:
            bad(scans, place, options.images)
        else:
            growth(scans, place, options)


@dataclass
class Usage:
    """What a process and its children took, sampled while they run."""

    cpu: dict[int, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    seconds: float = 0.0

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())

    def sample(self, root: int) -> None:
        memory = 0.0
        for pid in family(root):
            with contextlib.suppress(OSError, ValueError, IndexError):
                parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self.cpu[pid] = (int(parts[11]) + int(parts[12])) / TICKS
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                memory += next(
                    int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
                )
        self.peak_mb = max(self.peak_mb, memory / 1024)


def family(root: int) -> Iterator[int]:
    """A process and all below it."""
    yield root
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def measured(*arguments: str) -> Usage:
    """A bulk run; fails if it does (but for pictures that cannot be read)."""
    usage, start = Usage(), time.perf_counter()
    with subprocess.Popen([*BULK, *arguments], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told: list[str] = []
        listening = threading.Thread(target=lambda: told.extend(process.stderr or ()))
        listening.start()
        while process.poll() is None:
            usage.sample(process.pid)
            time.sleep(0.2)
        listening.join()
    if process.returncode not in (0, 1) or not any(" row" in line for line in told):
        sys.exit("".join(told))
    usage.seconds = time.perf_counter() - start
    return usage


def bare(paths: list[str]) -> tuple[float, float, int]:
    """Decodes and reads pictures in a bare loop: wall-clock and CPU seconds, digits."""
    import cv2

    from inkread.reader import Reader

    cv2.setNumThreads(1)
    reader = Reader()
    reader.read(paths[0])
    wall, cpu = time.perf_counter(), time.process_time()
    digits = sum(len(reader.read(path).digits) for path in paths)
    return time.perf_counter() - wall, time.process_time() - cpu, digits


def growth(scans: Path, place: Path, options: argparse.Namespace) -> None:
    """Throughput beside a bare loop; time and memory for a tenth and for all; both engines."""
    paths = sorted(map(str, scans.rglob("*.[jp][pn]g")))
    few = place / "few.txt"
    few.write_text("\n".join(paths[:: max(1, len(paths) // max(1, options.images // 10))]))
    count = len(few.read_text().splitlines())
    jobs = ("--jobs", str(options.jobs))
    shares = [few.read_text().splitlines()[i :: options.jobs] for i in range(options.jobs)]
    with get_context("spawn").Pool(options.jobs) as pool:
        loops = pool.map(bare, shares, chunksize=1)
    loop_cpu = sum(cpu for _, cpu, _ in loops) / count
    loop_rate = count / max(wall for wall, _, _ in loops)
    small = measured(str(few), "-o", str(place / "few.jsonl"), *jobs)
    whole = measured(str(scans), "-o", str(place / "all.jsonl"), *jobs)
    rows = rows_of(place / "all.jsonl")
    print(f"| | pictures | s | pictures/s | CPU ms/picture | peak MB (all {options.jobs + 1} processes) |")
    print("|---|---|---|---|---|---|")
    loop_seconds, loop_ms = count / loop_rate, 1000 * loop_cpu
    print(
        f"| bare loop × {options.jobs} | {count} | {loop_seconds:.1f} | {loop_rate:.1f} | {loop_ms:.2f} | |"
    )
    for usage, number in ((small, count), (whole, len(paths))):
        rate, cpu = number / usage.seconds, 1000 * usage.cpu_seconds / number
        print(f"| bulk | {number} | {usage.seconds:.1f} | {rate:.1f} | {cpu:.2f} | {usage.peak_mb:.0f} |")
    print(f"rows = inputs: {len(rows) == len(paths)} ({len(rows)}); CPU of the bare loop / CPU of bulk: "
          f"{100 * loop_cpu * len(paths) / whole.cpu_seconds:.1f} %")  # fmt: skip
    print(f"memory, all / tenth: {whole.peak_mb / small.peak_mb:.3f}; CPU per picture, all / tenth: "
          f"{whole.cpu_seconds / len(paths) / (small.cpu_seconds / count):.3f}")  # fmt: skip
    if options.ray:
        on_ray = measured(str(scans), "-o", str(place / "ray.jsonl"), "--engine", "ray", *jobs)
        same = rows_of(place / "ray.jsonl") == rows
        print(
            f"Ray: {len(paths) / on_ray.seconds:.1f} pictures/s, {on_ray.peak_mb:.0f} MB; rows identical: {same}"
        )


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    """Rows by their path, but for how long they took; fails if there are two of one."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = {row["path"]: {**row, "duration_ms": 0} for row in rows}
    assert len(found) == len(rows), "a row is doubled"
    return found


def kills(scans: Path, place: Path, options: argparse.Namespace) -> None:
    """Kills runs and workers at random moments, and compares what comes of it with an unbroken run."""
    chance = random.Random(options.seed)
    jobs = ("--jobs", str(options.jobs))
    measured(str(scans), "-o", str(place / "whole.jsonl"), *jobs)
    whole = rows_of(place / "whole.jsonl")
    done = rounds = 0
    killed = {"run": 0, "worker": 0}
    while done < options.kills:
        on_ray = options.ray and rounds % 4 == 3
        output, rounds = place / f"killed-{rounds}.jsonl", rounds + 1
        more = ("--engine", "ray") if on_ray else ()
        finished = False
        while not finished:
            command = [*BULK, str(scans), "-o", str(output), "--batch", "16", *jobs, *more]
            with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
                # Where Ray's own servants are hit, Ray gives up, and the run with it: it is begun again, too.
                finished = harass(process, chance, options.kills - done, killed) and output.exists()
                done = sum(killed.values())
        if rows_of(output) != whole:
            sys.exit(f"round {rounds}: the rows are NOT those of the unbroken run")
        print(f"round {rounds} ({'Ray' if on_ray else 'local'}): {done} kills so far {killed}, rows as unbroken",
              flush=True)  # fmt: skip
    print(
        f"{done} kills in {rounds} rounds over {len(whole)} pictures: output = input, none doubled, rows equal"
    )


def harass(
    process: subprocess.Popen[bytes], chance: random.Random, most: int, killed: dict[str, int]
) -> bool:
    """Kills workers, and at last the run, at random moments; whether it came to its end before."""
    for _ in range(chance.randrange(1, 6)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.expovariate(1 / 2.0))
            return True
        workers = [pid for pid in family(process.pid) if pid != process.pid and is_worker(pid)]
        if workers and most > 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                killed["worker"] += 1
    if most <= 0 or process.poll() is not None:
        process.wait()
        return True
    process.kill()
    killed["run"] += 1
    return False


def is_worker(pid: int) -> bool:
    """Whether a process reads pictures, or is an actor of Ray's that has one which does."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return b"inkread.bulk.worker" in command or b"ray::" in command
    return False


def bad(scans: Path, place: Path, count: int) -> None:
    """A tenth is damaged: each of these has a row that says so, and no other has."""
    usage = measured(str(scans), "-o", str(place / "bad.jsonl"))
    rows = rows_of(place / "bad.jsonl")
    wrong = [path for path, row in rows.items() if ("-bad-" in path) != (row["error"] is not None)]
    print(
        f"{len(rows)} rows of {count} files in {usage.seconds:.0f} s; {len(wrong)} of them wrong {wrong[:3]}"
    )
    for kind in DAMAGES:
        errors = [row["error"] for path, row in rows.items() if f"-bad-{kind}" in path]
        print(f"  {kind}: {len(errors)}, for example: {errors[0] if errors else '–'}")


def disks(place: Path) -> None:
    """What is said where nothing can be written any more, or nothing read; and that the run goes on after."""
    scans, small = place / "scans", place / "small"
    make_pictures(scans, 400)
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(small)], check=True)
    try:
        print("full:", say(scans, small / "out.jsonl"))
        subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
        print("with more room:", say(scans, small / "out.jsonl"))
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        print("read-only:", say(scans, small / "other.jsonl"))
    finally:
        subprocess.run(["umount", str(small)], check=True)
    going = subprocess.Popen([*BULK, str(scans), "-o", str(place / "out.jsonl"), "--batch", "8"],
                             stderr=subprocess.PIPE, text=True)  # fmt: skip
    while going.poll() is None and not list(place.rglob("out.jsonl.inkread/*/parts/*/*.gz")):
        time.sleep(0.05)
    scans.rename(place / "gone")
    print("source goes:", last_line(going.communicate()[1]))
    (place / "gone").rename(scans)
    print("and is back:", say(scans, place / "out.jsonl"))


def say(scans: Path, output: Path) -> str:
    told = subprocess.run([*BULK, str(scans), "-o", str(output)], capture_output=True, text=True)
    return f"{last_line(told.stderr)} [status {told.returncode}]"


def last_line(told: str) -> str:
    """The complaint, or how many rows there are; fails on a traceback."""
    assert "Traceback" not in told, told
    lines = [line for line in told.splitlines() if line.startswith("inkread:") or line.endswith(" rows")]
    return lines[-1] if lines else told


if __name__ == "__main__":
    main()
