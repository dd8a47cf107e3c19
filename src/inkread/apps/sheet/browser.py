"""``inkread sheet review`` and ``template``: what is not sure, and a worksheet's rectangles, in the browser."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from inkread.apps.doctor import need_extra
from inkread.apps.saving import save_bytes
from inkread.apps.sheet.group import Confidence, Exam, app
from inkread.apps.terminal import CannotWrite, note, printable, say
from inkread.errors import SheetError

_HERE = "127.0.0.1"
_Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0: any that is free.")]
_NoOpen = Annotated[bool, typer.Option("--no-open", help="Print the address, and open no browser.")]


@app.command(help="Settle what is not sure, in the browser. Without --host, only this machine is answered.")
def review(
    exam: Exam,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen at; 0.0.0.0 lets colleagues in.")
    ] = _HERE,
    port: _Port = 0,
    no_open: _NoOpen = False,
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Show answers without names, and nothing that says whose they are."),
    ] = False,
    confidence: Confidence = None,
) -> None:
    need_extra("sheets", "inkread sheet")
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE

    sure = DEFAULT_CONFIDENCE if confidence is None else confidence
    serve_review(exam, host, port, not no_open, sure, anonymous=anonymous)


def serve_review(
    exam: Path, host: str, port: int, open_page: bool, confidence: float, *, anonymous: bool = False
) -> None:
    """Serves the review until Ctrl-C, then says whose marks moved."""
    need_extra("web", "the review")
    from inkread.apps.review.app import make_app
    from inkread.apps.review.session import ReviewSession
    from inkread.apps.web.access import is_loopback
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.exam_store import Store
    from inkread.sheets.marks.marking_state import compute_state, keep_marks

    design = load_design(exam)
    with Store(exam, must_exist=True) as store:
        note(f"working out the marks of {printable(exam.name)} …")
        state = compute_state(design, store, confidence)
        keep_marks(store, state)
        # Where several decide, nobody's name is taken for granted.
        who = _who() if is_loopback(host) else ""

        def make(token: str) -> Any:
            if not who:
                note(
                    "whoever has this address can see and change all marks: give it to nobody but colleagues"
                )
            return make_app(ReviewSession(state, store, who, confidence, anonymous=anonymous), host, token)

        _serve(make, host, port, open_page, f"to review: {state.to_review or 'nothing'}; open")
        after = compute_state(design, store, confidence)
        for moved in keep_marks(store, after):
            say(str(moved))
    note(f"left to review: {after.to_review or 'nothing'}")


def _serve(make: Callable[[str], Any], host: str, port: int, open_page: bool, says: str) -> None:
    """Serves what ``make`` makes of a token until Ctrl-C; ``says`` goes before its address."""
    import webbrowser

    from inkread.apps.review.app import make_server
    from inkread.apps.web.server import listen, page_address

    token = secrets.token_urlsafe(16)
    listening = listen(host, port)
    address = page_address(host, listening, token)
    say(f"{says} {address} (Ctrl-C stops)")
    app = make(token)
    if open_page:
        webbrowser.open(address)
    make_server(app).run(sockets=[listening])


def _who() -> str:
    """The name under which decisions are kept."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


@app.command(help="Use a worksheet of your own, any PDF or scan of it: draw a rectangle for each answer.")
def template(
    worksheet: Annotated[
        Path, typer.Argument(metavar="FILE", help="The worksheet (PDF or picture), or its TOML file.")
    ],
    edit: Annotated[bool, typer.Option("--edit", help="Draw the rectangles in the browser.")] = False,
    marks: Annotated[
        bool,
        typer.Option("--corner-marks", help="Add corner marks to a copy of the worksheet, FILE.marks.pdf."),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.toml", help="The TOML file (FILE.toml).")
    ] = None,
    port: _Port = 0,
    no_open: _NoOpen = False,
) -> None:
    need_extra("sheets", "inkread sheet")
    if marks:
        worksheet = _with_marks(worksheet)
    path = worksheet if worksheet.suffix.lower() == ".toml" else _made(worksheet, output, edit)
    if edit:
        _edit(path, port, not no_open)
    elif path == worksheet and not path.exists():
        raise SheetError(
            f"{printable(str(path))}: there is no such file; give the worksheet, a PDF or a picture"
        )
    elif path == worksheet:
        raise typer.BadParameter("a TOML file is there already; add --edit to draw rectangles")


def _with_marks(worksheet: Path) -> Path:
    """A copy of the worksheet with corner marks, beside it."""
    from inkread.sheets.exam.design import PAPERS
    from inkread.sheets.template.blanks import with_corner_marks

    if worksheet.suffix.lower() == ".toml":
        raise typer.BadParameter("--corner-marks goes with the worksheet's own file, such as worksheet.pdf")
    path = worksheet.with_suffix(".marks.pdf")
    save_bytes(with_corner_marks(worksheet, PAPERS["A4"]), path)
    note(f"wrote {printable(str(path))}: print this one")
    return path


def _made(worksheet: Path, output: Path | None, edit: bool) -> Path:
    """The TOML file of a worksheet, written unless it is there."""
    from inkread.sheets.exam.design import PAPERS
    from inkread.sheets.template.blanks import page_sizes
    from inkread.sheets.template.templatefile import new_worksheet

    path = output or worksheet.with_suffix(".toml")
    if path.exists() and edit:
        return path
    pages = len(page_sizes(worksheet, PAPERS["A4"]))
    if path.resolve().parent != worksheet.resolve().parent:
        raise CannotWrite(
            f"{printable(str(path))}: has to lie beside {printable(worksheet.name)}; copy the worksheet there"
        )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(new_worksheet(path.name, worksheet.name))
    except FileExistsError:
        raise CannotWrite(
            f"{printable(str(path))}: is there already; add --edit, or give another name with --output"
        ) from None
    except OSError as error:
        raise CannotWrite(
            f"{printable(str(path))}: cannot be written ({error.strerror}); give another path with --output"
        ) from None
    count = f"{pages} page{'s' if pages != 1 else ''}"
    says = f"wrote {printable(str(path))}, about {count}"
    (note if edit else say)(
        says if edit else f"{says}; now: inkread sheet template {printable(str(path))} --edit"
    )
    return path


def _edit(path: Path, port: int, open_page: bool) -> None:
    """Serves the editor until Ctrl-C."""
    need_extra("web", "the editor")
    from inkread.apps.worksheet.app import make_app
    from inkread.apps.worksheet.editor import Editor

    try:
        editor = Editor(path)
    except SheetError as error:
        said = str(error)
        raise (
            error
            if said.startswith(str(path.parent)) and path.parent != Path()
            else SheetError(f"{printable(str(path))}: {said.removeprefix(f'{path}: ')}")
        ) from None
    _serve(lambda token: make_app(editor, _HERE, token), _HERE, port, open_page, "draw rectangles at")
    note(f"now: inkread sheet check {printable(str(path))}")
