"""The group ``inkread sheet``: its help, what all its commands need, and ``new``, ``check`` and ``print``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.doctor import need_extra
from inkread.apps.saving import save_bytes
from inkread.apps.terminal import CannotWrite, note, printable, say

if TYPE_CHECKING:
    from inkread.sheets.exam.design import Design, Student
    from inkread.sheets.exam_store import Store
    from inkread.sheets.paper.printing import Copy

HELP = """Make exam sheets with boxes for numbers, print them, read the scans, mark them.

- inkread sheet new [exam.toml]
- inkread sheet check exam.toml
- inkread sheet print exam.toml --copies N | --class | --master [--output FILE.pdf]
- inkread sheet template FILE [--edit] [--corner-marks] [--output FILE.toml] [--port N] [--no-open]
- inkread sheet scan exam.toml SCANS [--jobs N] [--model FILE] [--input-range PAPER..INK]
- inkread sheet mark exam.toml [--confidence 0…1]
- inkread sheet review exam.toml [--host ADDRESS] [--port N] [--no-open] [--anonymous] [--confidence 0…1]
- inkread sheet results exam.toml [--out DIR] [--confidence 0…1]
- inkread sheet demo [--out DIR] [--no-review] [--seed N]

A design is a text file (TOML) that `new` writes for you to change. What is scanned and decided is kept in a folder
beside it (exam.inkread). Needs the extra: pip install "inkread[sheets]".
"""

app = typer.Typer(help=HELP, rich_markup_mode="markdown", invoke_without_command=True)
Exam = Annotated[Path, typer.Argument(metavar="EXAM.toml", help="The exam's design.", show_default=False)]

Confidence = Annotated[
    float | None,
    typer.Option(min=0, max=1, metavar="0…1", help="Marks less sure than this are to be reviewed (0.95)."),
]


@app.callback()
def group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command(help="Write a commented example of a design.")
def new(
    exam: Annotated[Path, typer.Argument(metavar="EXAM.toml", help="The file to write.")] = Path("exam.toml"),
) -> None:
    from inkread.sheets.exam.design import example_design

    if exam.exists():
        raise CannotWrite(f"{printable(str(exam))}: is there already; give another name")
    try:
        exam.write_text(example_design(), encoding="utf-8")
    except OSError as error:
        raise CannotWrite(
            f"{printable(str(exam))}: cannot be written ({error.strerror}); give another path"
        ) from None
    say(f"wrote {printable(str(exam))}; change it, then: inkread sheet check {printable(str(exam))}")


@app.command(help="Find every mistake in a design, with its line.")
def check(exam: Exam) -> int:
    need_extra("sheets", "inkread sheet")
    from inkread.sheets.exam.design import shown_points
    from inkread.sheets.exam.designfile import check_design
    from inkread.sheets.marks.marking_state import students_of
    from inkread.sheets.paper.page_geometry import lay_out

    design, faults = check_design(exam)
    for fault in faults:
        say(f"{printable(str(exam))}:{fault.line}: {fault.message}")
    if faults or design is None:
        return 1
    students = students_of(design)
    _tell_missing_letters(design, students)
    pages = len(lay_out(design))
    says = [f"{len(design.questions)} questions", f"{shown_points(design.points)} points"]
    says += [f"{pages} page{'s' if pages != 1 else ''} of {design.paper}"]
    says += [f"{len(students)} students"] if students else []
    say(f"{printable(str(exam))}: no mistakes; {', '.join(says)}")
    return 0


@app.command("print", help="Make the PDF to print.")
def print_(
    exam: Exam,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.pdf", help="The PDF (EXAM.pdf).")
    ] = None,
    copies: Annotated[
        int | None,
        typer.Option(min=1, max=5000, metavar="N", help="Numbered copies without names.", show_default=False),
    ] = None,
    named: Annotated[
        bool, typer.Option("--class", help="One copy for each student on the class list.")
    ] = False,
    master: Annotated[bool, typer.Option("--master", help="One unnumbered copy, to be photocopied.")] = False,
) -> None:
    need_extra("sheets", "inkread sheet")
    if (copies is not None) + named + master != 1:
        raise typer.BadParameter(
            "give one of --copies N (numbered copies), --class (one for each student) and --master (to be photocopied)"
        )
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking_state import keep_layout
    from inkread.sheets.paper.printing import print_pdf

    design = load_design(exam)
    if design.template:
        name = printable(design.template.path.name)
        raise typer.BadParameter(f"{printable(str(exam))} is about {name}, which is printed as it is")
    if named and design.class_list is None:
        raise typer.BadParameter("--class needs a class_list in the design")
    path = output or exam.with_suffix(".pdf")
    with Store(exam) as store:
        wanted = _wanted(design, store, copies or 0, named)
        _tell_missing_letters(design, [student for _, student in wanted if student])
        keep_layout(design, store)
        save_bytes(print_pdf(design, wanted, store.exam, store.secret), path)
    if design.check_digit and not named and design.class_list:
        _write_numbers(design, exam.with_suffix(".numbers.csv"))
    what = "a master copy" if master else f"{len(wanted)} cop{'ies' if len(wanted) != 1 else 'y'}"
    say(f"wrote {printable(str(path))}: {what}; print it at 100 %, not fitted to the page")


def _wanted(design: Design, store: Store, copies: int, named: bool) -> list[Copy]:
    """So many numbered ``copies``, or one for each student if ``named``; else the one to be photocopied."""
    from inkread.sheets.marks.marking_state import students_of

    if named:
        students = students_of(design)
        numbers = store.add_copies([(student.number, student.name) for student in students])
        return list(zip(numbers, students, strict=True))
    if copies:
        return [(number, None) for number in store.add_copies([None] * copies)]
    return [(0, None)]


def _tell_missing_letters(design: Design, students: Sequence[Student]) -> None:
    """Says which letters no font on this machine has, so that they would be printed as boxes."""
    from inkread.sheets.paper.pen import BOLD, LANGUAGES, PLAIN, missing_letters

    texts = [("the title", design.title, BOLD), ("the note", design.note, PLAIN)]
    texts += [(f"question {one.name}", one.text + one.unit, PLAIN) for one in design.questions]
    texts.append((f"the language {design.language}", "".join(LANGUAGES[design.language].values()), PLAIN))
    texts += [(f"the name of {one.number}", one.name, BOLD) for one in students]
    for where, text, font in texts:
        if missing := missing_letters(text, font):
            note(
                f"{printable(where)}: no font here has {printable(missing[:20])}, which are printed as boxes; "
                "install a font that has them (Debian: fonts-droid-fallback)"
            )


def _write_numbers(design: Design, path: Path) -> None:
    """Writes the list that tells each student the number to write, check digit included."""
    from inkread.sheets.marks.marking_state import students_of
    from inkread.sheets.results.gradebook import Gradebook, to_csv

    rows: Gradebook = [["number", "name"]]
    rows += [[one.number, one.name] for one in students_of(design)]
    save_bytes(to_csv(rows), path)
    say(f"wrote {printable(str(path))}: the numbers with their check digits, for the students to write")
