"""``inkread sheet scan``, ``mark`` and ``results``: from scans to marks, gradebook, statistics and marked copies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.doctor import need_extra
from inkread.apps.models import InputRange, usable_model
from inkread.apps.saving import fresh_folder, make_folder, save_bytes
from inkread.apps.sheet.group import Confidence, Exam, app
from inkread.apps.terminal import complain, note, printable, say

if TYPE_CHECKING:
    from inkread.sheets.exam_store import PageRow
    from inkread.sheets.marks.marking_state import State


@app.command(
    help="Read the scans or photos in a folder, or one PDF or TIFF. Goes on where it stopped; may be run again."
)
def scan(
    exam: Exam,
    scans: Annotated[Path, typer.Argument(metavar="SCANS", help="A folder, a PDF or a picture.")],
    jobs: Annotated[
        int, typer.Option(min=0, max=64, metavar="N", help="Pages at once; 0: one per core.")
    ] = 0,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
    ] = None,
    input_range: InputRange = None,
) -> int:
    need_extra("sheets", "inkread sheet")
    from inkread.reader import Reader
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.scans.scanning import scan as scan_all

    design = load_design(exam)
    with Store(exam, must_exist=design.template is None) as store:
        own = Reader(usable_model(model, input_range))
        new = scan_all(design, store, scans, own, jobs=jobs, on_page=_tell_page, on_skipped=note)
        rows = store.pages()
    counts = {status: sum(row.status == status for row in rows) for status in ("read", "doubtful", "failed")}
    say(
        f"{new} new pages; in all {counts['read']} read, {counts['doubtful']} doubtful, {counts['failed']} failed"
    )
    return 0


def _tell_page(row: PageRow) -> None:
    place = row.source if row.part == 0 else f"{row.source} page {row.part + 1}"
    if row.status != "read":
        complain(f"{printable(place)}: {row.status}: {row.reason}")
    else:
        note(f"{printable(place)}: read")


_RESULTS = r"(marks\.csv|marks\.xlsx|pages\.csv|statistics\.pdf|statistics\.png|marked/[\w-]+\.pdf)"
"""The paths of the files that ``results`` writes, in its folder: a folder with others is left alone."""


@app.command(help="Work out all marks anew, and say whose moved since the last time.")
def mark(exam: Exam, confidence: Confidence = None) -> None:
    need_extra("sheets", "inkread sheet")
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE
    from inkread.sheets.marks.marking_state import compute_state, keep_marks

    design = load_design(exam)
    with Store(exam, must_exist=True) as store:
        state = compute_state(design, store, DEFAULT_CONFIDENCE if confidence is None else confidence)
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
    if not state.pages:
        note(f"nothing was scanned yet: inkread sheet scan {printable(str(state.design.path))} SCANS")
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
    need_extra("sheets", "inkread sheet")
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE
    from inkread.sheets.marks.marking_state import compute_state

    design = load_design(exam)
    folder = out or exam.with_suffix(".results")
    with Store(exam, must_exist=True) as store:
        state = compute_state(design, store, DEFAULT_CONFIDENCE if confidence is None else confidence)
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

    from inkread.sheets.marks.marking_state import complete_works
    from inkread.sheets.results.gradebook import gradebook, page_table, to_csv, to_xlsx
    from inkread.sheets.results.statistics import (
        picture_of,
        question_statistics,
        statistics_page,
        statistics_table,
    )

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
    from inkread.sheets.marks.marking_state import works
    from inkread.sheets.results.markedcopy import marked_copy

    for work in works(state.sheets, state.students):
        if copy := marked_copy(state.design, work, kept):
            name = work.student.number if work.student else f"unknown-{work.sheets[0].name}"
            save_bytes(copy, folder / f"{name}.pdf")
