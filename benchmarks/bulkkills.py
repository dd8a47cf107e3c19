"""SIGKILLs of bulk runs and their workers at random moments: whether what comes of it is what an unbroken run gives.

    python benchmarks/bulkkills.py --images 20000 --kills 200 --ray

A run is started, some of its workers are killed, then the run itself, and it is started again, until all is read.
With ``--ray``, half of the kills hit runs on Ray: their actors, the workers of these, and the runs. Needs Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bulkusage import BULK, family, measured, rows_of
from madebulk import make_pictures

PACE = {"local": 2.0, "ray": 4.0}
"""The mean time between two kills, if they were that of an unbroken run cut into as many pieces as there are kills:
long enough to get on, short enough to hit every stage. Ray takes long to start."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--images", type=int, default=2000, help="made pictures (2000)")
    parser.add_argument("--kills", type=int, default=100, help="SIGKILLs in all (100)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that read")
    parser.add_argument("--ray", action="store_true", help="half of them on Ray")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="make the pictures there, or take them from there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.keep.parent if options.keep else None) as temporary:
        place = Path(temporary)
        scans = options.keep or place / "scans"
        if not scans.exists():
            make_pictures(scans, options.images, options.seed)
        start = time.monotonic()
        measured(str(scans), "-o", str(place / "whole.jsonl"), "--jobs", str(options.jobs))
        seconds = time.monotonic() - start
        print(f"unbroken: {seconds:.0f} s", flush=True)
        whole = rows_of(place / "whole.jsonl")
        chance = random.Random(options.seed)
        engines = ("local", "ray") if options.ray else ("local",)
        for engine in engines:
            kills = options.kills // len(engines)
            pace = PACE[engine] * seconds / kills
            Rounds(engine, scans, place, whole, chance, pace, options.jobs).until(kills)


class Rounds:
    """Runs of one engine over all the pictures, one output after the other, until there were kills enough."""

    def __init__(self, engine: str, scans: Path, place: Path, whole: dict[str, Any], chance: random.Random,
                 pace: float, jobs: int) -> None:  # fmt: skip
        self._engine, self._scans, self._place, self._whole = engine, scans, place, whole
        self._chance, self._pace, self._jobs = chance, pace, jobs
        self._killed = {"run": 0, "worker": 0}
        self._starts = 0

    def until(self, kills: int) -> None:
        rounds, start = 0, time.monotonic()
        while sum(self._killed.values()) < kills:
            output, rounds = self._place / f"{self._engine}-{rounds}.jsonl", rounds + 1
            while not output.exists():
                self._run(output, kills)
            if rows_of(output) != self._whole:
                sys.exit(f"{self._engine}, round {rounds}: the rows are NOT those of the unbroken run")
            print(f"{self._engine}, round {rounds}: {sum(self._killed.values())} kills {self._killed}, "
                  f"{self._starts} starts, {time.monotonic() - start:.0f} s: {len(self._whole)} rows, as inputs; none "
                  "doubled; all as unbroken", flush=True)  # fmt: skip

    def _run(self, output: Path, most: int) -> None:
        """Starts a run; kills workers, and at last the run itself, unless it comes to its end before."""
        command = [*BULK, str(self._scans), "-o", str(output), "--batch", "16", "--jobs", str(self._jobs)]
        command += ["--engine", self._engine]
        self._starts += 1
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            for target in [*["worker"] * self._chance.randrange(6), "run"]:
                if sum(self._killed.values()) >= most:
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(self._chance.expovariate(1 / self._pace))
                    break
                self._kill(process.pid, target)
            told = process.communicate()[1]
        # Where Ray's own servants are hit, Ray gives up, and the run says so: it is begun again, too.
        if "Traceback" in told or (
            self._engine == "local" and process.returncode not in (0, 1, -signal.SIGKILL)
        ):
            sys.exit(f"ended with status {process.returncode}: {told}")

    def _kill(self, run: int, target: str) -> None:
        victims = [run] if target == "run" else [pid for pid in family(run) if pid != run and is_worker(pid)]
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(victims), signal.SIGKILL)
                self._killed[target] += 1


def is_worker(pid: int) -> bool:
    """Whether a process reads pictures, or is an actor of Ray's that has one which does."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return b"inkread.workers.worker_process" in command or b"ray::" in command
    return False


if __name__ == "__main__":
    main()
