"""``inkread sheet mark`` and ``results``: from what was read to marks, gradebook, statistics and marked copies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.saving import fresh_folder, make_folder, save_bytes
from inkread.apps.sheet.group import Confidence, Exam, app, need_extra
from inkread.apps.terminal import note, printable, say

if TYPE_CHECKING:
    from inkread.sheets.marks.state import State

__all__ = ["mark", "results", "write_results"]

_RESULTS = r"(marks\.csv|marks\.xlsx|pages\.csv|statistics\.pdf|statistics\.png|marked/[\w-]+\.pdf)"
"""The paths of the files that ``results`` writes, in its folder: a folder with others is left alone."""


@app.command(help="Work out all marks anew, and say whose moved since the last time.")
def mark(exam: Exam, confidence: Confidence = None) -> None:
    need_extra()
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE
    from inkread.sheets.marks.state import keep_marks, stand
    from inkread.sheets.store import Store

    design = load_design(exam)
    with Store(exam, must_exist=True) as store:
        state = stand(design, store, DEFAULT_CONFIDENCE if confidence is None else confidence)
        for moved in keep_marks(store, state):
            say(printable(str(moved)))
    _tell_state(state)


def _tell_state(state: State) -> None:
    """What was marked, and what somebody has yet to look at."""
    from collections import Counter

    from inkread.sheets.marks.gathering import rivalry

    status = Counter(page.status for page in state.pages)
    pages = ", ".join(f"{status[name]} {name}" for name in ("read", "doubtful", "failed"))
    say(f"{len(state.pages)} pages ({pages}); {len(state.sheets)} sheets; {len(state.marked)} answers marked")
    for page, first in state.duplicates:
        note(f"{printable(page.source)}: the same page as {printable(first.source)}, which counts")
    for sheet in state.rivals.values():
        page = next(iter(sheet.pages.values()))
        note(f"{printable(page.source)}: {printable(rivalry(page, sheet.rivals))}")
    for sheet in state.unknown:
        note(f"{sheet.name} ({printable(next(iter(sheet.pages.values())).source)}): {sheet.remark}")
    _tell_missing(state)
    if state.to_review:
        say(f"to review: {state.to_review}")
    if state.by_prior:
        verb = "is" if state.by_prior == 1 else "are"
        say(
            f"of these, {state.by_prior} {verb} sure only with, or only without, the expectation of right answers"
        )


def _tell_missing(state: State) -> None:
    """Of whom which pages are missing."""
    for line in state.missing:
        note(f"missing: {printable(line)}")


@app.command(help="Write the gradebook (CSV, XLSX), the statistics and a marked copy for each student.")
def results(
    exam: Exam,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder (EXAM.results).")] = None,
    confidence: Confidence = None,
) -> None:
    need_extra()
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE
    from inkread.sheets.marks.state import stand
    from inkread.sheets.store import Store

    design = load_design(exam)
    folder = out or exam.with_suffix(".results")
    with Store(exam, must_exist=True) as store:
        state = stand(design, store, DEFAULT_CONFIDENCE if confidence is None else confidence)
        write_results(state, store.folder, folder)
    say(f"wrote {printable(str(folder))}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    _tell_missing(state)
    if state.to_review:
        note(f"still to review: {state.to_review}")


def write_results(state: State, kept: Path, folder: Path) -> None:
    """Writes all results into a new folder, which then takes the place of ``folder``.

    Page pictures come from the exam's folder, ``kept``. Raises ``CannotWrite``, and leaves ``folder`` as it was.
    """
    with fresh_folder(folder, _RESULTS) as new:
        _write_tables(state, new)
        _write_copies(state, kept, make_folder(new / "marked"))


def _write_tables(state: State, folder: Path) -> None:
    from io import BytesIO

    from inkread.sheets.marks.work import complete_works
    from inkread.sheets.results.gradebook import gradebook, page_table, to_csv, to_xlsx
    from inkread.sheets.results.statistics import question_statistics, statistics_table
    from inkread.sheets.results.statisticsplot import picture_of, statistics_page

    rows = gradebook(state.design, state.sheets, state.students)
    statistics = question_statistics(state.design, state.sheets)
    _, left_out = complete_works(state.sheets)
    save_bytes(to_csv(rows), folder / "marks.csv")
    save_bytes(to_xlsx(rows, statistics_table(state.design, statistics, left_out)), folder / "marks.xlsx")
    table = page_table(state.pages, state.duplicates, state.assigned, state.rivals)
    save_bytes(to_csv(table), folder / "pages.csv")
    page = statistics_page(state.design, state.sheets, statistics)
    save_bytes(page, folder / "statistics.pdf")
    picture = BytesIO()
    picture_of(page).save(picture, format="PNG")
    save_bytes(picture.getvalue(), folder / "statistics.png")


def _write_copies(state: State, kept: Path, folder: Path) -> None:
    """A marked copy per student, named by the number; of sheets that are nobody's, by the sheet."""
    from inkread.sheets.marks.work import works
    from inkread.sheets.results.markedcopy import marked_copy

    for work in works(state.sheets, state.students):
        if copy := marked_copy(state.design, work, kept):
            name = work.student.number if work.student else f"unknown-{work.sheets[0].name}"
            save_bytes(copy, folder / f"{name}.pdf")
