"""Checks for benchmarks/sheets.py: student numbers with a wrong digit, and who is missing from the results."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from inkread.apps.sheet.marks import write_results
from inkread.sheets.exam.design import Student
from inkread.sheets.marks.marking import mark_all
from inkread.sheets.marks.marking_state import State
from made_scans import MadePage

__all__ = ["missing_from_results", "wrong_students"]

_CLASS = 30


def wrong_students(
    state: State, copies: Mapping[int, str | None], owners: Mapping[int, str], count: int
) -> str:
    """Class lists in which the number of each sheet's owner differs in one digit from what is written on the sheet.

    For each there is somebody else, without a sheet, whose number differs in two. Says how many sheets are given to
    the wrong student without a flag.
    """
    rng = np.random.default_rng(3)
    pages = [page for page in state.pages if page.status == "read" and page.copy in owners]
    pages = list({page.copy: page for page in pages}.values())
    tried = wrong = sure = unknown = 0
    while pages and tried < count:
        chosen = [
            pages[i] for i in rng.choice(len(pages), min(_CLASS, len(pages), count - tried), replace=False)
        ]
        listed = {page.copy or 0: _changed(owners[page.copy or 0], 1, rng) for page in chosen}
        others = [_changed(owners[copy], 2, rng) for copy in listed]
        students = [Student(number, "") for number in dict.fromkeys([*listed.values(), *others])]
        sheets, _ = mark_all(state.design, chosen, copies, students, [])
        tried += len(sheets)
        for sheet in sheets:
            own = listed[int(sheet.name[1:])]
            sure += sheet.sure
            unknown += sheet.student is None
            wrong += bool(sheet.sure and sheet.student and sheet.student.number != own)
    return (
        f"numbers with one wrong digit: {tried}; given to somebody else without a flag {wrong}, "
        f"to their owner without a flag {sure - wrong}, to be asked {tried - sure} (of these, {unknown} nobody's)"
    )


def _changed(number: str, places: int, rng: np.random.Generator) -> str:
    """The number with so many other digits."""
    digits = list(number)
    for place in rng.choice(len(digits), places, replace=False):
        digits[place] = str((int(digits[place]) + int(rng.integers(1, 10))) % 10)
    return "".join(digits)


def missing_from_results(state: State, kept: Path, made: list[MadePage]) -> list[str]:
    """Who is neither marked, nor to be reviewed, nor said to be missing; and what the results leave out."""
    marked = {sheet.student.number for sheet in state.sheets if sheet.student and sheet.sure}
    reviewed = {page.source for sheet in state.unknown for page in sheet.pages.values()}
    reviewed |= {page.source for page in state.open_pages}
    said = {line.partition(" ")[0] for line in state.missing}
    gone = [
        one.file.name
        for one in made
        if one.student.number not in marked | said and one.file.name not in reviewed
    ]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "results"
        write_results(state, kept, folder)
        with (folder / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        with (folder / "pages.csv").open(encoding="utf-8-sig", newline="") as file:
            pages = [row["file"] for row in csv.DictReader(file)]
        copies = {path.stem for path in (folder / "marked").iterdir()}
    numbers = [row["number"] for row in rows if row["number"]]
    unlisted = {one.student.number for one in made} - set(numbers)
    uncopied = marked - copies
    lost = {one.file.name for one in made if one.damage != "lost"} - set(pages)
    return [
        f"neither marked, nor to review, nor said to be missing: {len(gone)} {gone[:5]}",
        f"gradebook: {len(rows)} rows, {len(unlisted)} students left out, {len(numbers) - len(set(numbers))} twice; "
        f"marked copies: {len(copies)}, {len(uncopied)} left out; pages.csv: {len(lost)} pages left out",
    ]
