"""The command ``inkread``: which commands there are, and how every mistake becomes one line.

Commands live in modules of their own and are loaded only when something is to be done: ``inkread --version``
imports nothing but the standard library.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inkread import __version__
from inkread.apps.terminal import complain, prepare, say
from inkread.errors import InkreadError

if TYPE_CHECKING:
    import typer

_INTERRUPTED = 130  # Exit status after Ctrl-C, as a shell gives it: 128 + SIGINT


_MEANT = {
    **dict.fromkeys(("predict", "recognize", "recognise", "ocr", "classify", "run", "infer"), "read"),
    **dict.fromkeys(("gui", "window", "paint", "app", "canvas", "ui"), "draw"),
    **dict.fromkeys(("web", "server", "api", "browser"), "serve"),
    **dict.fromkeys(("tables", "grid", "spreadsheet"), "table"),
    **dict.fromkeys(("batch", "many"), "bulk"),
    **dict.fromkeys(("fit", "learn"), "train"),
    **dict.fromkeys(("eval", "test", "benchmark"), "evaluate"),
    **dict.fromkeys(("convert", "onnx"), "export"),
    **dict.fromkeys(("exam", "form", "forms", "worksheet"), "sheet"),
    **dict.fromkeys(("check", "info", "diagnose"), "doctor"),
}
"""What other programs call these commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns the exit status: 0, 1 for what failed, 2 for what was not understood."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        prepare()
        if given in (["--version"], ["-V"]):
            say(f"inkread {__version__}")
            return 0
        return _run(given)
    except InkreadError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(given: list[str]) -> int:
    import typer

    if not sys.warnoptions:
        # Warnings are for programmers: Pillow's remarks on a picture's metadata help nobody here.
        warnings.simplefilter("ignore")
    if given[:1] in ([], ["help"]):
        given = [*given[1:], "--help"]
    try:
        status = _build()(args=given, prog_name="inkread", standalone_mode=False)
    except typer.Abort:
        return _INTERRUPTED
    except _usage_error() as error:
        return _misunderstood(error)
    return status if isinstance(status, int) else 0


def _misunderstood(error: Any) -> int:
    command = error.ctx.command_path if getattr(error, "ctx", None) is not None else "inkread"
    message = " ".join(error.format_message().split()).rstrip(".").removeprefix("Invalid value: ")
    unknown = re.fullmatch(r"No such command '([^']*)'", message)
    if unknown and (meant := _MEANT.get(unknown[1].lower())):
        message += f". Did you mean '{meant}'?"
    complain(f"{message} (see: {command} --help)", command)
    return 2


def _usage_error() -> type[Exception]:
    """What Typer raises for what it does not understand: Click's own class, or that of the copy it brings."""
    import typer

    base: type[Exception] = typer.BadParameter.__mro__[1]
    return base


def _build() -> typer.Typer:
    """The commands; each module is imported here and nowhere earlier."""
    import typer

    from inkread.apps import bulk, corrections, doctor, draw, read, serve, sheet, table
    from inkread.apps.training import data, evaluate, explain, export, train

    app = typer.Typer(
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(help="Reads handwritten digits: any pen, any paper, one digit or whole numbers.")
    def options(version: bool = typer.Option(False, "--version", "-V", help="Print the version.")) -> None:
        # Here for --help; alone on the line, `main` has answered it already.
        if version:
            say(f"inkread {__version__}")
            raise typer.Exit

    for command in (read, table, bulk, draw, train, serve, doctor, evaluate, export, explain):
        # Each has the name of its module.
        app.command(help=command.HELP)(getattr(command, command.__name__.rpartition(".")[2]))
    app.add_typer(corrections.app, name="corrections")
    app.add_typer(data.app, name="data")
    app.add_typer(sheet.app, name="sheet")
    return app
