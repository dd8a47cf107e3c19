"""``inkread sheet review``: what is not sure, settled in the browser."""

from __future__ import annotations

import getpass
import secrets
from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.sheet.group import Confidence, Exam, app, need_extra
from inkread.apps.terminal import note, printable, say
from inkread.errors import ExtraMissing

__all__ = ["review", "serve_review"]

_HERE = "127.0.0.1"


@app.command(help="Settle what is not sure, in the browser. Without --host, only this machine is answered.")
def review(
    exam: Exam,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen at; 0.0.0.0 lets colleagues in.")
    ] = _HERE,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0: any that is free.")
    ] = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, and open no browser.")
    ] = False,
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Show answers without names, and nothing that says whose they are."),
    ] = False,
    confidence: Confidence = None,
) -> None:
    need_extra()
    from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE

    sure = DEFAULT_CONFIDENCE if confidence is None else confidence
    serve_review(exam, host, port, not no_open, sure, anonymous=anonymous)


def serve_review(
    exam: Path, host: str, port: int, open_page: bool, confidence: float, *, anonymous: bool = False
) -> None:
    """Serves the review until Ctrl-C, then says whose marks moved."""
    try:
        from inkread.apps.review.app import make_app, make_server
        from inkread.apps.web.access import is_loopback
        from inkread.apps.web.server import listen, page_address
    except ImportError as error:
        raise ExtraMissing(
            f'the review needs {error.name}; install it: pip install "inkread[sheets,web]"'
        ) from None
    from inkread.apps.review.table import Table
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.marks.state import keep_marks, stand
    from inkread.sheets.store import Store

    token = secrets.token_urlsafe(16)
    design = load_design(exam)
    with Store(exam, must_exist=True) as store:
        note(f"working out the marks of {printable(exam.name)} …")
        state = stand(design, store, confidence)
        keep_marks(store, state)
        listening = listen(host, port)
        address = page_address(host, listening, token)
        # Where several decide, nobody's name is taken for granted.
        who = _who() if is_loopback(host) else ""
        say(f"to review: {state.to_review or 'nothing'}; open {address} (Ctrl-C stops)")
        if not who:
            note("whoever has this address can see and change all marks: give it to nobody but colleagues")
        if open_page:
            import webbrowser

            webbrowser.open(address)
        table = Table(state, store, who, confidence, anonymous=anonymous)
        make_server(make_app(table, host, token)).run(sockets=[listening])
        after = stand(design, store, confidence)
        for moved in keep_marks(store, after):
            say(str(moved))
    note(f"left to review: {after.to_review or 'nothing'}")


def _who() -> str:
    """The name under which decisions are kept."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
