"""How well exam sheets are read: made pages, printed, written on, photographed, damaged; then scanned and marked.

    python benchmarks/sheets.py                        1,000 pages with MNIST's test digits; report only
    python benchmarks/sheets.py --pages 100 --digits validation --sweep     to choose thresholds by

Prints every page's fate, marks accepted, how many of them wrongly, what goes to review, pages a minute and memory.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.sheets.answers import worth
from inkread.sheets.designfile import load_design
from inkread.sheets.madeclass import invent_class
from inkread.sheets.marking import DEFAULT_CONFIDENCE
from inkread.sheets.scanning import scan
from inkread.sheets.state import State, stand, students_of
from inkread.sheets.store import PageRow, Store
from inkread.training.mnist import load_mnist, training_split
from made_scans import DESIGN, MadePage, make_scans
from sets import Share


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        exam = _exam(folder, options.pages, options.seed)
        design = load_design(exam)
        (folder / "scans").mkdir(exist_ok=True)
        with Store(exam) as store:
            start = time.perf_counter()
            students = students_of(design)
            made = list(
                make_scans(
                    design,
                    students,
                    store,
                    folder / "scans",
                    _digits(options.digits),
                    options.seed,
                    options.damage,
                )
            )
            print(f"made {len(made)} pages in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            memory: list[float] = []
            start = time.perf_counter()
            reader = Reader(options.model)
            scan(
                design,
                store,
                folder / "scans",
                reader,
                jobs=options.jobs,
                tell=lambda row: memory.append(_rss_mib()),
            )
            seconds = time.perf_counter() - start
            state = stand(design, store)
            _report(state, made, seconds, memory)
            if options.sweep:
                _sweep(state, made)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--digits", choices=("test", "validation"), default="test")
    parser.add_argument("--damage", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--keep", help="a folder for all that is made, instead of a temporary one")
    parser.add_argument(
        "--sweep", action="store_true", help="what each threshold would accept, and how much of it wrongly"
    )
    return parser.parse_args()


def _exam(folder: Path, pages: int, seed: int) -> Path:
    students = invent_class(pages, 6, np.random.default_rng(seed))
    with (folder / "class.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("number", "name"), *((one.number, one.name) for one in students)])
    (folder / "exam.toml").write_text(DESIGN, encoding="utf-8")
    return folder / "exam.toml"


def _digits(part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    digits = load_mnist("t10k") if part == "test" else training_split(load_mnist("train"))[1]
    return digits.images, digits.labels


def _rss_mib() -> float:
    """What this process holds in memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, AttributeError):
        return 0.0


def _report(state: State, made: list[MadePage], seconds: float, memory: list[float]) -> None:
    by_file = {page.source: page for page in state.pages}
    lost = [one for one in made if one.file.name not in by_file]
    print(
        f"pages made {len(made)}, without a record {len(lost)}; {60 * len(made) / seconds:.0f} pages a minute"
    )
    half = len(memory) // 2
    print(
        f"memory: {max(memory[:half] or [0]):.0f} MiB at most in the first half, {max(memory[half:]):.0f} in the second"
    )
    for damage in ("", *sorted({one.damage for one in made} - {""})):
        group = [by_file[one.file.name] for one in made if one.damage == damage]
        _fates(damage or "undamaged", group)
    accepted, wrong, waiting, total, strangers = _marks(state, made)
    print(
        f"answers {total}: accepted {accepted} ({accepted / total:.1%}), to review {waiting} ({waiting / total:.2%})"
    )
    print(f"accepted and wrong: {wrong} of {accepted} ({Share(wrong, accepted)})")
    print(f"pages with the wrong student and no flag: {strangers}; sheets flagged: {len(state.unknown)}")


def _fates(name: str, pages: list[PageRow]) -> None:
    counts = Counter(page.status for page in pages)
    reasons = Counter(page.reason for page in pages if page.reason).most_common(2)
    why = "; ".join(f"{count}× {reason}" for reason, count in reasons)
    shown = ", ".join(f"{counts[status]} {status}" for status in ("read", "doubtful", "failed"))
    print(f"  {name:16} {shown}  {why}")


def _marks(state: State, made: list[MadePage]) -> tuple[int, int, int, int, int]:
    sittings = {one.sitting.copy: one.sitting for one in made}
    accepted = wrong = waiting = total = strangers = 0
    for sheet in state.sheets:
        sitting = sittings[int(sheet.name[1:])]
        strangers += (
            sheet.sure and sheet.student is not None and sheet.student.number != sitting.student.number
        )
        for name, one in sheet.marks.items():
            total += 1
            if not one.accepted:
                waiting += 1
                continue
            accepted += 1
            right = worth(one.question, sitting.answers[name])
            if one.mark.points != right:
                wrong += 1
                page = next(iter(sheet.pages.values()))
                print(f"    wrong: {page.source} question {name}: {one.mark.answer} for {sitting.answers[name]!r}, "
                      f"confidence {one.mark.confidence:.4f}")  # fmt: skip
    return accepted, wrong, waiting, total, strangers


def _sweep(state: State, made: list[MadePage]) -> None:
    sittings = {one.sitting.copy: one.sitting for one in made}
    pairs = [
        (
            one.mark.confidence,
            one.mark.points == worth(one.question, sittings[int(sheet.name[1:])].answers[name]),
        )
        for sheet in state.sheets
        for name, one in sheet.marks.items()
        if one.page and one.page.status == "read"
    ]
    print(f"threshold  to review  wrong among accepted   (in use: {DEFAULT_CONFIDENCE})")
    for threshold in (0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.999):
        kept = [right for confidence, right in pairs if confidence >= threshold]
        print(f"{threshold:9}  {1 - len(kept) / len(pairs):9.2%}  {kept.count(False)} of {len(kept)}")


if __name__ == "__main__":
    main()
