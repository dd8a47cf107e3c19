"""``inkread sheet demo``: the whole story with a fictitious class, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.doctor import need_extra
from inkread.apps.saving import make_folder, save_bytes
from inkread.apps.sheet.group import app
from inkread.apps.terminal import CannotWrite, note, printable, say

if TYPE_CHECKING:
    from inkread.sheets.exam.design import Design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking_state import State


_STUDENTS = 30
_FAULTS = 0.03
"""Share of answers that stand beside their boxes or are struck, and of numbers with a wrong digit."""


@app.command(help="A fictitious class of 30 sits an exam: printed, filled in, photographed, scanned, marked.")
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make.")] = Path("inkread-demo"),
    no_review: Annotated[
        bool, typer.Option("--no-review", help="Do not open the review in the browser.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another class for another number.")] = 0,
) -> None:
    need_extra("sheets", "inkread sheet")
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking_state import compute_state, keep_marks

    folder = make_folder(out)
    if any(folder.iterdir()):
        raise CannotWrite(f"{printable(str(folder))}: is not empty; give a new folder with --out")
    exam = _write_design(folder, seed)
    design = load_design(exam)
    with Store(exam) as store:
        truth = _print_and_fill(design, store, folder, seed)
        _scan(design, store, folder)
        state = compute_state(design, store)
        keep_marks(store, state)
        _results(state, store, folder)
    _compare(state, truth)
    if not no_review:
        from inkread.apps.sheet.browser import serve_review
        from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE

        serve_review(exam, "127.0.0.1", 0, True, DEFAULT_CONFIDENCE)


def _write_design(folder: Path, seed: int) -> Path:
    """The example's design, and a class list of invented people beside it."""
    import csv

    import numpy as np

    from inkread.sheets.exam.design import example_design
    from inkread.sheets.made.madeclass import invent_class

    students = invent_class(_STUDENTS, 6, np.random.default_rng(seed))
    with (folder / "class.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("number", "name"), *((one.number, one.name) for one in students)])
    exam = folder / "exam.toml"
    exam.write_text(example_design().replace("# class_list", "class_list"), encoding="utf-8")
    note(f"1  designed {printable(str(exam))}, for a class of {_STUDENTS}")
    return exam


def _print_and_fill(design: Design, store: Store, folder: Path, seed: int) -> dict[tuple[str, str], str]:
    """Prints, fills in and photographs; returns what each student (by number) answered to each question."""
    import cv2
    import numpy as np
    from PIL import Image

    from inkread.sheets.made.madeclass import blank_pages, sit_exam, take_pictures
    from inkread.sheets.marks.marking_state import keep_layout, students_of
    from inkread.sheets.paper.printing import print_pdf

    rng = np.random.default_rng(seed + 1)
    students = students_of(design)
    copies = store.add_copies([None] * len(students))
    keep_layout(design, store)
    pdf = print_pdf(design, [(copy, None) for copy in copies], store.exam, store.secret)
    save_bytes(pdf, folder / "exam.pdf")
    note(f"2  printed {len(copies)} copies: exam.pdf")
    scans = make_folder(folder / "scans")
    sittings = sit_exam(design, students, copies, rng, _FAULTS)
    absent, twice, blurred = rng.choice(len(sittings), 3, replace=False).tolist()
    for i, (_, _, picture) in enumerate(
        take_pictures(design, blank_pages(pdf, design, copies), sittings, rng)
    ):
        if i == blurred:
            picture = cv2.GaussianBlur(picture, (0, 0), picture.shape[0] / 250)
        if i != absent:
            Image.fromarray(picture).save(scans / f"{i + 1:03d}.jpg", quality=85)
        if i == twice:
            Image.fromarray(cv2.GaussianBlur(picture, (0, 0), 0.8)).save(scans / f"{i + 1:03d} again.jpg")
    note(f"3  filled in by {len(students) - 1} made hands, photographed: {printable(str(scans))}")
    note(
        "   one student is absent, one page is blurred and one is there twice; some answers are beside their boxes,"
    )
    note("   struck, or corrected, and some numbers have a wrong digit")
    return {(one.student.number, name): answer for one in sittings for name, answer in one.answers.items()}


def _scan(design: Design, store: Store, folder: Path) -> None:
    from inkread.reader import Reader
    from inkread.sheets.scans.scanning import scan

    count = scan(design, store, folder / "scans", Reader())
    note(f"4  read {count} pages")


def _results(state: State, store: Store, folder: Path) -> None:
    from inkread.apps.sheet.marks import write_results

    write_results(state, store.folder, folder / "results")
    note(f"5  marked: {printable(str(folder / 'results'))}")


def _compare(state: State, truth: dict[tuple[str, str], str]) -> None:
    """Says how many marks were accepted, how many of them wrongly, and what is left to review."""
    from inkread.sheets.exam.answers import worth

    accepted = wrong = 0
    for sheet in state.sheets:
        for name, one in sheet.marks.items():
            if one.accepted and sheet.student and sheet.sure:
                accepted += 1
                wrong += one.mark.points != worth(one.question, truth[sheet.student.number, name])
    say(f"{len(state.pages)} pages, {len(state.marked)} answers: {accepted} marks accepted, {wrong} of them wrong; "
        f"to review: {state.to_review or 'nothing'}")  # fmt: skip
    for line in state.missing:
        say(f"missing: {printable(line)}")
