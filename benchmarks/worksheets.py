"""How well answers on worksheets made elsewhere are read: three of different make, filled in, photographed, marked.

    python benchmarks/worksheets.py                        20 pages of each, with MNIST's test digits; report only
    python benchmarks/worksheets.py --digits validation --seed 5        to choose by
    python benchmarks/worksheets.py --keep DIR             the same in a folder, to be looked at

A word processor's page with lines to write on, a table with thin borders, and the scan of a photocopy with boxes. Of
the answers, 5 % are crossed out, written beside their rectangle, or corrected. Prints for each worksheet: pages that
were registered, answers accepted, accepted wrongly, and sent to review.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inkread.reader import Reader
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import Store
from inkread.sheets.marks.marking_state import State, compute_state
from inkread.sheets.scans.scanning import scan
from made_worksheet_scans import MAKES, Made, make_scans
from sheets import digits_of


@dataclass
class Figures:
    """What became of the answers on one worksheet."""

    made: str
    pages: int
    seconds: float
    registered: int = 0
    sure_students: int = 0
    wrong_students: int = 0

    def __post_init__(self) -> None:
        self.fates: Counter[tuple[str, str]] = Counter()

    def share(self, fate: str) -> float:
        """The share of all answers with this fate: ``right``, ``wrong`` or ``review``."""
        total = sum(self.fates.values())
        return sum(count for (_, one), count in self.fates.items() if one == fate) / max(1, total)


def main() -> None:
    options = _options()
    digits = digits_of(options.digits)
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for make in MAKES:
            folder = Path(options.keep or temporary) / make
            folder.mkdir(parents=True)
            made = list(make_scans(make, folder, options.pages, digits, options.seed))
            found.append(_measured(make, folder, made))
            print(_line(found[-1]), flush=True)
    answers = sum(sum(one.fates.values()) for one in found)
    wrong = sum(count for one in found for (_, fate), count in one.fates.items() if fate == "wrong")
    faults = [(one, count) for each in found for (one, fate), count in each.fates.items() if fate == "wrong"]
    print(f"in all {answers} answers, {wrong} wrong and accepted ({100 * wrong / answers:.2f} %): {faults}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20, help="of each worksheet")
    parser.add_argument("--digits", choices=("test", "validation"), default="test")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--keep", help="a new folder for all that is made")
    return parser.parse_args()


def _measured(make: str, folder: Path, made: list[Made]) -> Figures:
    design = load_design(folder / "worksheet.toml")
    start = time.perf_counter()
    with Store(design.path) as store:
        scan(design, store, folder / "scans", Reader(), jobs=1)
        state = compute_state(design, store)
    figures = Figures(make, len(made), time.perf_counter() - start)
    for one, name, accepted, read in _answers(state, made, figures):
        truth = one.answers[name]
        fate = "review" if not accepted else "right" if read == truth else "wrong"
        fault = one.faults.get(name, "")
        # What is crossed out or stands beside has no value that may be accepted, but that of a correction.
        if accepted and fault in ("crossed out", "beside"):
            fate = "wrong"
        if fate == "wrong":
            print(
                f"  {one.file.name}: question {name}: {fault or 'clean'}: {truth} read as {read}",
                file=sys.stderr,
            )
        figures.fates[fault or "clean", fate] += 1
    return figures


def _answers(state: State, made: list[Made], figures: Figures) -> Iterator[tuple[Made, str, bool, str]]:
    """Every answer that was written: whether its mark was accepted, and as what it was read."""
    sheets = {page.source: sheet for sheet in state.sheets for page in sheet.pages.values()}
    for one in made:
        sheet = sheets.get(one.file.name)
        if sheet is None:  # it is shown whole, and all of it is reviewed
            yield from ((one, name, False, "") for name in one.answers)
            continue
        figures.registered += 1
        if sheet.student and sheet.sure:
            figures.sure_students += 1
            figures.wrong_students += sheet.student.number != one.number
        for name, marked in sheet.marks.items():
            yield one, name, marked.accepted, marked.mark.answer or ""


def _line(figures: Figures) -> str:
    clean = sum(count for (fault, _), count in figures.fates.items() if fault == "clean")
    reviewed = figures.fates["clean", "review"]
    return (
        f"{figures.made}: {figures.registered} of {figures.pages} pages registered, {figures.sure_students} students "
        f"sure ({figures.wrong_students} wrong); answers: {100 * figures.share('right'):.1f} % right and accepted, "
        f"{100 * figures.share('wrong'):.2f} % wrong and accepted, {100 * figures.share('review'):.1f} % to review "
        f"({100 * reviewed / max(1, clean):.1f} % of clean ones); {figures.seconds / figures.pages:.1f} s a page"
    )


if __name__ == "__main__":
    main()
