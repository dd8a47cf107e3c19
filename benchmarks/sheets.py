"""How well exam sheets are read: made pages, printed, written on, photographed, damaged; then scanned and marked.

    python benchmarks/sheets.py                            1,000 pages with MNIST's test digits; report only
    python benchmarks/sheets.py --keep DIR                 the same in a folder, where a run that was stopped goes on
    python benchmarks/sheets.py --pages 300 --digits validation --sweep          to choose the default confidence by
    python benchmarks/sheets.py … --keep DIR --again --model FILE                the same pages by another network

Prints every page's fate, marks accepted, how many of them wrongly, what goes to review, students with a wrong digit
in their number, who is missing from the results, pages a minute and memory.
With ``--sweep``: what each threshold would do, and the one to use; ``--write`` puts it into ``marking``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.sheets.exam.answers import worth
from inkread.sheets.exam.design import Design
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.made.madeclass import invent_class
from inkread.sheets.marks import marking
from inkread.sheets.marks.marking import Marked, Sheet
from inkread.sheets.marks.marking_state import State, compute_state, students_of
from inkread.sheets.scans.scanning import scan
from inkread.training.data.mnist import load_mnist, training_split
from made_scans import DESIGN, MadePage, make_scans
from sets import Share
from sheetchecks import missing_from_results, wrong_students

_ASKED = 0.001
"""Wrong marks among accepted ones, at the most."""
_THRESHOLDS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.995, 0.998)


@dataclass(frozen=True)
class Run:
    """One stretch of scanning: pages read, wall and CPU seconds, the load beside it, most MiB in either half."""

    pages: int
    seconds: float
    cpu_seconds: float
    load: float
    first_mib: float
    last_mib: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        (folder / "scans").mkdir(parents=True, exist_ok=True)
        exam = _exam(folder, options.pages, options.seed)
        design = load_design(exam)
        with Store(exam) as store:
            made = _make(design, store, folder / "scans", options)
            if options.again:
                _forget(store, folder)
            _scan(design, store, folder, options)
            state = compute_state(design, store)
            _report(state, made, _runs(folder))
            _report_students(state, store, made, options.numbers)
            if options.sweep:
                chosen = _sweep(state, made)
                if options.write:
                    _write(chosen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--digits", choices=("test", "validation"), default="test")
    parser.add_argument("--damage", type=float, default=0.05)
    parser.add_argument(
        "--faults", type=float, default=0.05, help="share of answers beside their boxes or struck"
    )
    parser.add_argument("--numbers", type=int, default=200, help="student numbers with a wrong digit")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--keep", help="a folder for all that is made, in which a stopped run goes on")
    parser.add_argument("--again", action="store_true", help="read the pages of --keep anew")
    parser.add_argument(
        "--sweep", action="store_true", help="what each threshold would accept, and how much of it wrongly"
    )
    parser.add_argument(
        "--write", action="store_true", help="make the threshold that --sweep chooses the default"
    )
    options = parser.parse_args()
    if options.sweep and options.digits == "test":
        parser.error("test digits choose nothing: --sweep goes with --digits validation")
    return options


def _exam(folder: Path, pages: int, seed: int) -> Path:
    """The design and its class list; those of an earlier run must be the same."""
    students = invent_class(pages, 6, np.random.default_rng(seed))
    listed = "".join(f'{one.number},"{one.name}"\n' for one in students)
    for name, text in (("class.csv", f"number,name\n{listed}"), ("exam.toml", DESIGN)):
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path}: was made with other options; give another folder")
        path.write_text(text, encoding="utf-8")
    return folder / "exam.toml"


def _make(design: Design, store: Store, folder: Path, options: argparse.Namespace) -> list[MadePage]:
    start = time.perf_counter()
    digits = digits_of(options.digits)
    students = students_of(design)
    made = list(
        make_scans(design, students, store, folder, digits, options.seed, options.damage, options.faults)
    )
    print(f"made {len(made)} pages in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return made


def digits_of(part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    digits = load_mnist("t10k") if part == "test" else training_split(load_mnist("train"))[1]
    return digits.images, digits.labels


def _forget(store: Store, folder: Path) -> None:
    """Nothing was read yet."""
    with store.change():
        store._db.execute("DELETE FROM pages")
    (folder / "runs.jsonl").unlink(missing_ok=True)


def _scan(design: Design, store: Store, folder: Path, options: argparse.Namespace) -> None:
    """Reads what is not read yet, and notes how fast and in how much memory; also where it is stopped."""
    memory: list[float] = []
    reader = Reader(options.model)
    reader.classify_ink([np.ones((9, 3), np.float32)])  # the network is loaded before the clock starts
    start, cpu, load = time.perf_counter(), time.process_time(), os.getloadavg()[0]
    try:
        scan(
            design,
            store,
            folder / "scans",
            reader,
            jobs=options.jobs,
            on_page=lambda row: memory.append(_rss_mib()),
        )
    finally:
        if memory:
            half = len(memory) // 2
            run = Run(
                len(memory),
                time.perf_counter() - start,
                time.process_time() - cpu,
                max(load, os.getloadavg()[0]),
                max(memory[:half] or [0.0]),
                max(memory[half:]),
            )
            with (folder / "runs.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(run)) + "\n")


def _rss_mib() -> float:
    """What this process holds in memory; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, AttributeError):
        return 0.0


def _runs(folder: Path) -> list[Run]:
    path = folder / "runs.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [Run(**json.loads(line)) for line in lines]


def _report(state: State, made: list[MadePage], runs: list[Run]) -> None:
    by_file = {page.source: page for page in state.pages}
    scanned = [one for one in made if one.damage != "lost"]
    lost = [one for one in scanned if one.file.name not in by_file]
    print(
        f"pages made {len(scanned)}, without a record {len(lost)}; pages never scanned {len(made) - len(scanned)}"
    )
    for run in runs:
        _speed(run)
    for damage in ("", *sorted({one.damage for one in scanned} - {""})):
        group = [by_file[one.file.name] for one in scanned if one.damage == damage and one not in lost]
        _fates(damage or "undamaged", group)
    judged = _judged(state, made)
    _answers("all pages", judged)
    whole = [one for one in judged if one.page_status == "read"]
    _answers("pages without a fault", whole)
    _answers(
        "the same, nothing odd about them", [one for one in whole if not one.fault and not one.near_fault]
    )
    _faults(judged)


def _speed(run: Run) -> None:
    print(
        f"  a run of {run.pages} pages: {60 * run.pages / run.seconds:.0f} a minute at a load of {run.load:.1f} "
        f"({run.cpu_seconds / run.pages:.2f} s of CPU each); "
        f"memory at most {run.first_mib:.0f} MiB in the first half, {run.last_mib:.0f} in the second"
    )


def _faults(judged: list[Judged]) -> None:
    """What was accepted of answers with something odd about them, and every wrong mark."""
    for fault in sorted({one.fault for one in judged if one.fault}):
        group = [one for one in judged if one.fault == fault]
        taken = sum(one.taken for one in group)
        print(f"  {fault:22} {len(group)}; accepted as what does not count: {taken}")
    for kind in ("beside", "struck", "corrected"):
        group = [one for one in judged if one.fault.startswith(kind)]
        print(f"{kind}: accepted as what does not count {Share(sum(one.taken for one in group), len(group))}")
    for one in judged:
        if one.marked.accepted and (not one.right or one.taken) and one.marked.page:
            mark = one.marked.mark
            print(f"    wrong: {one.marked.page.source} ({one.sheet.name}) question {one.marked.question.name}: "
                  f"read as {mark.answer}, confidence {mark.confidence:.4f}, {one.fault or 'clean'}")  # fmt: skip


def _fates(name: str, pages: list[PageRow]) -> None:
    counts = Counter(page.status for page in pages)
    reasons = Counter(page.reason for page in pages if page.reason).most_common(2)
    why = "; ".join(f"{count}× {reason}" for reason, count in reasons)
    shown = ", ".join(f"{counts[status]} {status}" for status in ("read", "doubtful", "failed"))
    print(f"  {name:16} {shown}  {why}")


@dataclass(frozen=True)
class Judged:
    """The mark of a scanned answer: whether it is ``right``, and whether ink that does not count was ``taken``."""

    sheet: Sheet
    marked: Marked
    right: bool
    taken: bool
    fault: str
    near_fault: bool
    """Whether the answer before it or after it stands beside its boxes, perhaps in this one's band."""

    @property
    def page_status(self) -> str:
        return self.marked.page.status if self.marked.page else ""


def _judged(state: State, made: list[MadePage]) -> list[Judged]:
    by_copy = {one.copy: one for one in made}
    found = []
    for sheet in state.sheets:
        own = by_copy[next(iter(sheet.pages.values())).copy or 0]
        for name, one in sheet.marks.items():
            if not one.page:
                continue
            fault, answer = own.faults.get(name, ""), own.answers[name]
            # What stands beside its boxes has to be looked at; what is struck must not count.
            counted = {"beside": True, "struck": bool(one.mark.answer), "corrected": one.mark.row == 0}
            taken = one.accepted and counted.get(fault.partition(":")[0], False)
            right = one.mark.points == worth(one.question, answer)
            found.append(Judged(sheet, one, right, taken, fault, _is_beside_odd(own, name)))
    return found


def _is_beside_odd(page: MadePage, name: str) -> bool:
    names = list(page.answers)
    at = names.index(name)
    near = names[max(0, at - 1) : at] + names[at + 1 : at + 2]
    return any(page.faults.get(other, "").startswith("beside") for other in near)


def _answers(name: str, group: list[Judged]) -> None:
    accepted = [one.right for one in group if one.marked.accepted]
    waiting, wrong = len(group) - len(accepted), accepted.count(False)
    print(
        f"answers on {name}: {len(group)}; accepted {len(accepted)}, to review {waiting} "
        f"({Share(waiting, len(group))}); accepted and wrong {wrong} ({Share(wrong, len(accepted))})"
    )


def _report_students(state: State, store: Store, made: list[MadePage], numbers: int) -> None:
    owners = {one.copy: one.student.number for one in made}
    strangers = [
        sheet
        for sheet in state.sheets
        if sheet.sure and sheet.student and sheet.student.number != owners[int(sheet.name[1:])]
    ]
    print(
        f"sheets with the wrong student and no flag: {len(strangers)}; sheets flagged: {len(state.unknown)}"
    )
    print(wrong_students(state, store.copies(), owners, numbers))
    for line in missing_from_results(state, store.folder, made):
        print(line)


def _sweep(state: State, made: list[MadePage]) -> float:
    """Prints what each threshold would do; returns the lowest that keeps half of what is allowed, with one to spare.

    Other hands are worse than those by which it is chosen.
    """
    pairs = [
        (one.marked.mark.confidence, one.right)
        for one in _judged(state, made)
        if one.page_status == "read" and not one.fault
    ]
    print(f"threshold  to review  wrong among accepted   (in use: {marking.DEFAULT_CONFIDENCE})")
    good = []
    for threshold in _THRESHOLDS:
        kept = [right for confidence, right in pairs if confidence >= threshold]
        wrong = kept.count(False)
        print(f"{threshold:9}  {1 - len(kept) / len(pairs):9.2%}  {wrong} of {len(kept)}")
        if wrong + 1 <= _ASKED / 2 * len(kept):
            good.append(threshold)
    chosen = min(good, default=_THRESHOLDS[-1])
    print(f"to use: DEFAULT_CONFIDENCE = {chosen}" + ("" if good else "; too few pages to promise anything"))
    return chosen


def _write(chosen: float) -> None:
    path = Path(marking.__file__)
    text = re.sub(r"(?m)^DEFAULT_CONFIDENCE = .*$", f"DEFAULT_CONFIDENCE = {chosen}", path.read_text("utf-8"))
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
