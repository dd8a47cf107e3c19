"""What the process that keeps the books of a bulk run costs: nothing is read, rows are made up.

    python benchmarks/bulkdriver.py --rows 1000 10000 100000

For each number of rows, in a process of its own: CPU time per row to note the inputs, to keep what came of them (parts
of 64, one transaction each) and to write the table; bytes per row of each; and the peak memory. From the sum follows
how many rows a second one driver can take, and with it how many cores it can keep busy.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from inkread.bulk.inputs import Found, Item, Place
from inkread.bulk.manifest import Manifest
from inkread.bulk.rows import Outcome, RowStore, outcome_of, row_of, write_table
from inkread.reading import Box, Digit, Line, Reading

BATCH = 64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    print(
        "| rows | find µs | keep µs | write µs | rows/s of CPU | manifest B | parts B | table B | peak MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for count in options.rows:
        with get_context("spawn").Pool(1) as pool:
            print(pool.apply(measure, (count,)), flush=True)


def measure(count: int) -> str:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        manifest, parts = Manifest(place / "manifest.sqlite"), RowStore(place / "parts")
        marks = [time.process_time()]
        for _ in manifest.find(made(count), check=False, again=False):
            pass
        marks.append(time.process_time())
        made_up = 0.0
        for batch in manifest.left(BATCH):
            start = time.process_time()
            outcomes = [outcome(item) for item in batch]
            made_up += time.process_time() - start
            part = manifest.next_part()
            parts.write(part, [each.line for each in outcomes])
            manifest.commit(part, outcomes)
        marks.append(time.process_time())
        write_table(str(place / "out.jsonl"), (parts.line(part, at) for _, part, at in manifest.rows()))
        marks.append(time.process_time())
        manifest.close()
        find, keep, write = (1e6 * (b - a) / count for a, b in pairwise(marks))
        keep -= 1e6 * made_up / count  # in a run, that is the workers' work
        sizes = [
            (place / "manifest.sqlite").stat().st_size,
            size_of(place / "parts"),
            size_of(place / "out.jsonl"),
        ]
        told = " | ".join(f"{size / count:.0f}" for size in sizes)
        rate = 1e6 / (find + keep + write)
        return f"| {count} | {find:.0f} | {keep:.0f} | {write:.0f} | {rate:.0f} | {told} | {peak_mb():.0f} |"


def made(count: int) -> Iterator[Found]:
    for i in range(count):
        path = f"archive/{i // 1000:06d}/{i:09d}.png"
        yield Found(path, Place("file", path), f"{5000 + i % 999}-{10**18 + i}")


def outcome(item: Item) -> Outcome:
    """The row of a number of four digits."""
    digits = tuple(Digit(i + 1, 0.99 - i / 1000, False, Box(20 * i, 10, 20 * i + 15, 40)) for i in range(4))
    return outcome_of(
        row_of(
            item.path, f"{hash(item.path) % 2**64:064x}", Reading((120, 60), (Line(digits),)), "m" * 64, 9.87
        )
    )


def size_of(path: Path) -> int:
    return sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*.gz")))


def peak_mb() -> float:
    """The most memory this process has had, in MB; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
