"""``inkread corrections``: what was corrected in the window or on the page: shown, taken along, forgotten."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.terminal import note, printable, say, say_json
from inkread.corrections import Corrections

__all__ = ["app"]

HELP = """Digits that you corrected in the window or on the page: list, export, clear.

Each is a picture and what it is. `inkread corrections export DIR`, then `inkread train --data DIR` learns from them.
`list --json` is for programs, `clear --yes` does not ask.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode="markdown")


@app.command(
    "list", help="Print what is kept: a line per correction, the label, what it was read as, the file."
)
def list_kept(
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON per correction.")] = False,
) -> None:
    store = Corrections()
    kept = store.list()
    for each in kept:
        if as_json:
            say_json(json.dumps({"label": each.label, "guessed": each.guessed, "file": str(each.path)}))
        else:
            guessed = "unread" if each.guessed is None else f"read as {each.guessed}"
            say(f"{each.label}  {guessed:<9}  {printable(str(each.path))}")
    if not as_json:
        counts = Counter(each.label for each in kept)
        of_each = ", ".join(f"{counts[label]} × {label}" for label in sorted(counts))
        note(f"({_counted(len(kept))} in {printable(str(store.folder))}{': ' + of_each if kept else ''})")


@app.command(help="Copy all into DIR, in sub-folders 0 … 9, as inkread train --data takes them.")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder; made if it is missing.")],
) -> None:
    number = Corrections().export(folder)
    if number:
        say(printable(str(folder)))
        note(f"({_counted(number)}; to learn from them: inkread train --data {printable(str(folder))})")
    else:
        note("(there are no corrections yet: in inkread draw, click a digit and type what it is)")


@app.command(help="Delete all of them, after asking.")
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    store = Corrections()
    count = store.count()
    if count and not yes:
        typer.confirm(f"Delete {_counted(count)} in {printable(str(store.folder))}?", abort=True)
    note(f"(deleted {_counted(store.clear())})")


def _counted(number: int) -> str:
    return f"{number:,} correction{'' if number == 1 else 's'}"
