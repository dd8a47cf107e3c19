"""How well are the benchmark sets read? Prints a table for the docs; draws contact sheets of the failures.

    python benchmarks/reading.py wild_single cheques      these sets of $INKREAD_DATA/develop
    python benchmarks/reading.py --all                    all of them
    python benchmarks/reading.py --all --peers            and how the installed peers read the same files
    python benchmarks/reading.py mnist                    MNIST's test images; they only report

The files are read as a user would read them, through ``inkread read --json``.
"""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import mnist
from failures import draw_failures
from readers import PEERS, installed_peers, read_with_inkread, read_with_peer
from sets import (
    ALL,
    NEGATIVES,
    NUMBERS,
    Answer,
    Sample,
    Score,
    corrected,
    data_folder,
    load_set,
    score,
)

Rows = list[tuple[Score, float | None]]
ROOT = Path(__file__).resolve().parent.parent
HEADS = {
    "right": "| set | n | all digits right | 95 % interval | edits per 100 digits "
    "| read without a doubt | right of these | accepted at 95 % precision | errors | ms per picture |",
    "accepted": "| set | n | taken for digits | 95 % interval "
    "| n look-alikes | look-alikes taken for digits | errors | ms per picture |",
}


def main() -> int:
    options = parse()
    names = [*options.sets, *(name for name in ALL if options.all and name not in options.sets)]
    results, head = [], ""
    for name in names:
        if name == "mnist":
            results += mnist.measure(options.model, quiet=options.json)
            continue
        folder = data_folder() / "develop" / name
        samples = load_set(name, options.kind)[: options.limit]
        files = [sample.file for sample in samples]
        start = time.perf_counter()
        answers = read_with_inkread(folder, files, options.workers, options.model)
        ms = 1000 * (time.perf_counter() - start) / max(1, len(samples))
        rows = score_rows(name, name, samples, answers, ms)
        whole = rows[0][0]
        kinds = sorted({sample.kind for sample in samples}) if name == "wild_numbers" else []
        for kind in kinds:
            pairs = [(s, a) for s, a in zip(samples, answers, strict=True) if s.kind == kind]
            rows.append((score(f"– {kind.replace('|', ', ')}", *zip(*pairs, strict=True)), None))
        for peer in options.peer:
            rows += peer_rows(peer, name, folder, samples, options.workers)
        results += [as_dict(row, taken) for row, taken in rows]
        if not options.json:
            head = show(name, rows, head)
        drawn = draw_failures(folder, whole.failed, options.out, name)
        print(f"{name}: {len(whole.failed)} failures", *drawn, file=sys.stderr)
    if options.json:
        print(json.dumps(results, indent=1))
    return 0


def score_rows(
    title: str, name: str, samples: Sequence[Sample], answers: Sequence[Answer], ms: float
) -> Rows:
    """The score by the labels of set ``name``, and by the corrected labels where some are wrong."""
    rows: Rows = [(score(title, samples, answers), ms)]
    better = corrected(name, samples)
    if better != samples:
        rows.append((score(f"{title}, corrected labels", better, answers), None))
    return rows


def peer_rows(peer: str, name: str, folder: Path, samples: Sequence[Sample], workers: int) -> Rows:
    """How a peer reads a set, and in how many milliseconds per picture."""
    start = time.perf_counter()
    answers = read_with_peer(peer, name, folder, [sample.file for sample in samples], workers)
    ms = 1000 * (time.perf_counter() - start) / max(1, len(samples))
    return score_rows(f"– by {PEERS[peer]}", name, samples, answers, ms)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"{', '.join(ALL)}, or mnist")
    parser.add_argument("--all", action="store_true", help="all sets but mnist")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures of each set")
    parser.add_argument("--kind", action="append", default=[], help="only pictures whose kind contains this")
    parser.add_argument("--model", default="", metavar="FILE", help="another network than the shipped one")
    parser.add_argument(
        "--peer", action="append", default=[], choices=list(PEERS), help="who reads them, too"
    )
    parser.add_argument("--peers", action="store_true", help="all peers that are installed read them, too")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at a time"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    out = Path(tempfile.gettempdir()) / "inkread-failures"
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=f"for contact sheets ({out})")
    options = parser.parse_args()
    unknown = set(options.sets) - {*ALL, "mnist"}
    if unknown or not (options.sets or options.all):
        parser.error(f"no such set: {', '.join(unknown)}" if unknown else "name a set, or say --all")
    if options.peers:
        options.peer = installed_peers()
    options.model = str(Path(options.model).resolve()) if options.model else ""
    inside = options.out.resolve()
    if inside.is_relative_to(ROOT) and not inside.is_relative_to(ROOT / "runs"):
        parser.error(
            "--out: these pictures must not end up in the repository; choose a folder outside, or runs/"
        )
    return options


def show(name: str, rows: Sequence[tuple[Score, float | None]], head: str) -> str:
    """Prints rows of a Markdown table, after its head if that is not ``head``, the last; returns it."""
    own = HEADS["accepted" if name in NEGATIVES else "right"]
    if own != head:
        print(f"\n{own}\n{'|---' * (own.count('|') - 1)}|")
    for row, ms in rows:
        time_taken = "" if ms is None else f"{ms:.0f}"
        if name in NEGATIVES:
            cells = [row.accepted.n, row.accepted, row.accepted.bounds]
            cells += [row.accepted_look_alikes.n, row.accepted_look_alikes]
        else:
            number = name in NUMBERS
            edits = f"{100 * row.edits_per_digit:.1f}" if number else ""
            cells = [row.right.n, row.right, row.right.bounds, edits, row.sure, row.right_when_sure]
            cells.append(row.acceptable if number else "")
        print("|", " | ".join(map(str, [row.name, *cells, row.errors or "", time_taken])), "|", flush=True)
    return own


def as_dict(row: Score, ms: float | None) -> dict[str, object]:
    """A score as plain numbers; shares as ``[hits, n]``."""
    fields = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    fields["failed"] = [sample.file for sample, _ in row.failed]
    shares = {name: [s.hits, s.n] for name, s in fields.items() if hasattr(s, "hits")}
    return {**fields, **shares, "ms_per_picture": ms}


if __name__ == "__main__":
    sys.exit(main())
