"""Tries damaged, odd and hostile inputs on everything that takes something from outside, and says what broke.

    python benchmarks/fuzz.py --inputs 1000000 --out fuzz          # goes on where it was stopped
    python benchmarks/fuzz.py --inputs 2000 --targets read images  # some targets only
    python benchmarks/fuzz.py --replay fuzz/read-1234-slow.input   # one input again, with its traceback

Inputs are made by code from a seed and a number; each is tried in a process that is watched from outside. Broken
is what crashes, takes more than 2 s of the processor or 512 MB, raises anything but inkread's own errors, or
gives a reading that cannot be right. What takes too much is tried again, alone, and is broken if it does so again.
Such inputs are kept, made as small as they get. Exit status 1 if there are any.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fuzzing.findings import Progress, keep
from fuzzing.targets import TARGETS, attempt, chosen
from fuzzing.watch import Failure, Limits, Tally, run_chunks

_CHUNK = 250
_MEASURED = ("slow", "hang", "memory")
"""Failures that another program on the same machine may have a hand in."""


def main() -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--targets", nargs="*", choices=[target.name for target in TARGETS], metavar="TARGET")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--seconds", type=float, default=Limits.seconds, help="of the processor, for one input"
    )
    parser.add_argument("--megabytes", type=float, default=Limits.megabytes)
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="stops then, to be gone on with later"
    )
    parser.add_argument("--out", type=Path, help="the folder for what failed, and for how far it is")
    parser.add_argument("--replay", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.replay:
        return _replay(options.replay)
    names = tuple(options.targets or (target.name for target in TARGETS))
    for target in chosen(names):
        if not target.there:
            print(f"{target.name}: left out, as {target.needs} is not installed", file=sys.stderr)
    names = tuple(target.name for target in chosen(names) if target.there)
    folder = options.out or Path(tempfile.mkdtemp(prefix="inkread-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress.load(folder, options.seed, names)
    try:
        _run(progress, options, folder)
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
    _report(progress, folder)
    return 1 if progress.failures else 0


def _run(progress: Progress, options: argparse.Namespace, folder: Path) -> None:
    limits = Limits(options.seconds, options.megabytes)
    began, before, told = time.monotonic(), progress.seconds, 0.0
    chunks = progress.missing(options.inputs, _CHUNK)
    for tried, tallies, failures in run_chunks(
        chunks, progress.seed, progress.names, options.processes, limits
    ):
        failures = [failure for failure in failures if _is_so_again(failure, progress, limits)]
        progress.add(tried, tallies, failures)
        progress.seconds = before + time.monotonic() - began
        for failure in failures:
            keep(failure, progress, chosen(progress.names), folder)
        progress.save(folder)
        if progress.seconds - told > 10:
            told = progress.seconds
            print(
                f"{progress.inputs:,} inputs, {len(progress.failures)} failures, {told:.0f} s",
                file=sys.stderr,
            )
        if time.monotonic() - began > 60 * options.minutes:
            break


def _is_so_again(failure: Failure, progress: Progress, limits: Limits) -> bool:
    """Whether an input fails when it is tried alone, where it took too much: programs share a processor's caches."""
    if failure.kind not in _MEASURED:
        return True
    alone = [range(failure.number, failure.number + 1)]
    again = any(failures for _, _, failures in run_chunks(alone, progress.seed, progress.names, 1, limits))
    if not again:
        print(
            f"№ {failure.number} ({failure.kind}, {failure.detail}) holds when tried alone", file=sys.stderr
        )
    return again


def _report(progress: Progress, folder: Path) -> None:
    """The table for the docs, and each kind of failure."""
    print(
        "| target | inputs | taken | inputs a second | slowest, ms | most memory, MB |\n|---|---|---|---|---|---|"
    )
    total = Tally()
    for name, tally in progress.tallies.items():
        total.add(tally)
        print(_row(name, tally))
    print(_row("**all**", total))
    print(f"\nseed {progress.seed}: {progress.inputs:,} inputs in {progress.seconds:.0f} s")
    kinds = Counter((failure.target, failure.kind, failure.place) for failure in progress.failures)
    for (target, kind, place), count in kinds.most_common():
        print(f"{count} × {target} {kind} {place}")
    print(f"{len(progress.failures)} failures" + (f", kept in {folder}" if progress.failures else ""))


def _row(name: str, tally: Tally) -> str:
    (slowest, which), (largest, _) = tally.slowest, tally.largest
    taken = f"{(tally.inputs - tally.refused) / max(tally.inputs, 1):.0%}"
    rate = tally.inputs / max(tally.seconds, 1e-9)
    return f"| {name} | {tally.inputs:,} | {taken} | {rate:,.0f} | {1000 * slowest:.0f} (№ {which}) | {largest:.0f} |"


def _replay(path: Path) -> int:
    """Tries an input that was kept once more, here."""
    (target,) = chosen((path.name.partition("-")[0],))
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        taken = attempt(target, path.read_bytes(), Path(folder))
    print(f"{'taken' if taken else 'refused'} after {time.process_time() - began:.2f} s of the processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
