"""What bulk runs cost, and what they stand: throughput, memory, growth, both engines, damage, full disks.

    python benchmarks/bulk.py --images 100000           throughput beside bare loops; time and memory for N/100, N/10, N
    python benchmarks/bulk.py --images 10000 --ray      also that Ray gives the same rows
    python benchmarks/bulk.py --images 10000 --scaling  the same pictures by 1 … all processes
    python benchmarks/bulk.py --images 10000 --bad      a tenth of the files is damaged, in ten ways
    python benchmarks/bulk.py --disk                    a full disk, a read-only one, a source that goes (as root)

Figures come from /proc, so they need Linux. Times of a busy machine say little: CPU seconds are printed beside. What
the figures of memory are, and how they differ: ``Usage`` in ``bulkusage.py``. Kills: ``bulkkills.py``.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from bulkusage import BULK, Usage, measured, rows_of
from madebulk import DAMAGES, make_pictures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--images", type=int, default=2000, help="made pictures (2000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that read")
    parser.add_argument("--ray", action="store_true", help="Ray, too")
    parser.add_argument("--scaling", action="store_true", help="1 … jobs processes, and nothing else")
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
        if options.scaling:
            scaling(scans, place, options)
        elif options.bad:
            bad(scans, place, options.images)
        else:
            growth(scans, place, options)


def bare(paths: list[str]) -> tuple[float, float]:
    """Decodes and reads pictures in a bare loop: wall-clock and CPU seconds."""
    import cv2

    from inkread.reader import Reader

    cv2.setNumThreads(1)
    reader = Reader()
    reader.read(paths[0])
    wall, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        reader.read(path)
    return time.perf_counter() - wall, time.process_time() - cpu


def bare_loops(paths: list[str], jobs: int) -> tuple[float, float]:
    """So many bare loops beside each other, each with its share: pictures a second, and CPU seconds of all."""
    shares = [paths[i::jobs] for i in range(jobs)]
    with get_context("spawn").Pool(jobs) as pool:
        loops = pool.map(bare, shares, chunksize=1)
    return len(paths) / max(wall for wall, _ in loops), sum(cpu for _, cpu in loops)


def growth(scans: Path, place: Path, options: argparse.Namespace) -> None:
    """Throughput beside a bare loop; time and memory for a hundredth, a tenth and all; both engines."""
    paths = [str(path) for path in scans.rglob("*.[jp][pn]g")]
    jobs = ("--jobs", str(options.jobs))
    print("| | pictures | s | pictures/s | CPU ms/picture | MB: median | 99 % | most | driver alone |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    some = sample(paths, max(options.jobs, len(paths) // 30))
    loop_rate, loop_cpu = bare_loops(some, options.jobs)
    tell(f"bare loop × {options.jobs}", len(some), len(some) / loop_rate, loop_cpu)
    usages = {}
    for count in sorted({max(1, len(paths) // 100), max(1, len(paths) // 10)}):
        few = place / f"{count}.txt"
        few.write_text("\n".join(sample(paths, count)))
        usages[count] = measured(str(few), "-o", str(place / f"{count}.jsonl"), *jobs)
        tell("bulk", count, usages[count].seconds, usages[count].cpu_seconds, usages[count])
    whole = measured(str(scans), "-o", str(place / "all.jsonl"), *jobs)
    tell("bulk", len(paths), whole.seconds, whole.cpu_seconds, whole)
    rows = rows_of(place / "all.jsonl")
    assert set(rows) == set(paths), "rows are not the inputs"
    print(f"rows = inputs: {len(rows)}; {sum(bool(row['error']) for row in rows.values())} of them errors")
    print(f"pictures a second, bulk / bare loops: {100 * len(paths) / whole.seconds / loop_rate:.1f} %; CPU of the "
          f"bare loops / of bulk: {100 * loop_cpu / len(some) * len(paths) / whole.cpu_seconds:.1f} %")  # fmt: skip
    small = usages[count]
    print(f"all / a tenth: time per picture {whole.seconds / len(paths) / (small.seconds / count):.3f}, memory: median "
          f"{whole.median_mb / small.median_mb:.3f}, most {whole.most_mb / small.most_mb:.3f}")  # fmt: skip
    if options.ray:
        on_ray = measured(str(scans), "-o", str(place / "ray.jsonl"), "--engine", "ray", *jobs)
        tell("bulk on Ray", len(paths), on_ray.seconds, on_ray.cpu_seconds, on_ray)
        print(f"rows of both engines identical: {rows_of(place / 'ray.jsonl') == rows}")


def sample(paths: list[str], count: int) -> list[str]:
    """Some of the pictures, of each size as many as there are among all, in no order."""
    by_size = sorted(paths, key=lambda path: (os.path.getsize(path), path))
    some = [by_size[len(paths) * (2 * i + 1) // (2 * count)] for i in range(count)]
    random.Random(0).shuffle(some)
    return some


def tell(what: str, count: int, seconds: float, cpu_seconds: float, usage: Usage | None = None) -> None:
    """A line of the table."""
    memory = [usage.median_mb, usage.high_mb, usage.most_mb, usage.driver_mb] if usage else []
    cells = [
        what,
        f"{count}",
        f"{seconds:.1f}",
        f"{count / seconds:.1f}",
        f"{1000 * cpu_seconds / count:.2f}",
    ]
    cells += [f"{each:.0f}" for each in memory] or [""] * 4
    print(f"| {' | '.join(cells)} |", flush=True)


def scaling(scans: Path, place: Path, options: argparse.Namespace) -> None:
    """The same pictures by one process, by two, … by ``jobs``, and by as many bare loops."""
    paths = sample([str(path) for path in scans.rglob("*.[jp][pn]g")], options.images)
    (place / "some.txt").write_text("\n".join(paths))
    print("| processes | s | pictures/s | CPU ms/picture | bare loops: pictures/s | CPU ms/picture |")
    print("|---|---|---|---|---|---|")
    for jobs in range(1, options.jobs + 1):
        loop_rate, loop_cpu = bare_loops(paths[: len(paths) // 3], jobs)
        given = (str(place / "some.txt"), "-o", str(place / f"{jobs}.jsonl"), "--jobs", str(jobs))
        usage = measured(*given)
        print(f"| {jobs} | {usage.seconds:.1f} | {len(paths) / usage.seconds:.1f} | "
              f"{1000 * usage.cpu_seconds / len(paths):.2f} | {loop_rate:.1f} | "
              f"{1000 * loop_cpu / len(paths[: len(paths) // 3]):.2f} |", flush=True)  # fmt: skip


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
