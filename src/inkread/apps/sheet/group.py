"""The group ``inkread sheet``: its help, and what all its commands need.

The commands are beside it; ``inkread.apps.sheet`` brings them together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.terminal import say
from inkread.errors import ExtraMissing

__all__ = ["Confidence", "Exam", "app", "need_extra"]

HELP = """Make exam sheets with boxes for numbers, print them, read the scans, mark them.

- inkread sheet new [exam.toml]
- inkread sheet check exam.toml
- inkread sheet print exam.toml --copies N | --class | --master [--output FILE.pdf]
- inkread sheet template FILE [--edit] [--output FILE.toml] [--port N] [--no-open]
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


def need_extra() -> None:
    """Raises ``ExtraMissing`` where a package of the extra is not installed."""
    from importlib.util import find_spec

    from inkread.apps.doctor import EXTRAS

    missing = [package for package in EXTRAS["sheets"] if find_spec(package) is None]
    if missing:
        raise ExtraMissing(
            f'exam sheets need {", ".join(missing)}; install them: pip install "inkread[sheets]"'
        )
