"""``inkread corrections``: lists, exports and deletes what was corrected in the window or on the page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.terminal import note, printable, say, say_json
from inkread.corrections import Correction, Corrections, NoSuchCorrection

HELP = """Digits that you corrected in the window or on the page: list, export, remove, clear.

Each is a picture and what it is. `inkread corrections export DIR`, then `inkread train --data DIR` learns from them.
`list --json` is for programs, `remove --last` deletes the newest, `clear --yes` does not ask.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode="markdown")


@app.command("list", help="Print a line per correction: its id, the label, what it was read as, the file.")
def list_kept(
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON per correction.")] = False,
) -> None:
    store = Corrections()
    kept = store.list()
    for each in kept:
        damaged = not each.is_whole
        if as_json:
            row = {"id": each.id, "label": each.label, "guessed": each.guessed, "file": str(each.path)}
            say_json(json.dumps(row | {"damaged": True} if damaged else row))
        else:
            say(
                f"{each.id}  {each.label}  {_guessed(each):<9}  {printable(str(each.path))}{'  damaged' * damaged}"
            )
    if not as_json:
        counts = Counter(each.label for each in kept)
        of_each = ", ".join(f"{counts[label]} × {label}" for label in sorted(counts))
        note(f"({_counted(len(kept))} in {printable(str(store.folder))}{': ' + of_each if kept else ''})")


@app.command(help="Copy all into DIR, in sub-folders 0 … 9, as inkread train --data takes them.")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder; made if it is missing.")],
) -> None:
    store = Corrections()
    kept, number = store.count(), store.export(folder)
    if number:
        say(printable(str(folder)))
        note(f"({_counted(number)}; to learn from them: inkread train --data {printable(str(folder))})")
    elif not kept:
        note("(there are no corrections yet: in inkread draw, click a digit and type what it is)")
    if number < kept:
        note(f"({_counted(kept - number)} left out: damaged; inkread corrections list shows which)")


@app.command(help="Delete corrections by their ids, or the last one.")
def remove(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="As `list` shows them; four or more characters are enough.",
            show_default=False,
        ),
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="The correction that was made last.")] = False,
) -> None:
    store = Corrections()
    if bool(ids) == last:
        raise typer.BadParameter("give ids, as inkread corrections list shows them, or --last")
    if last:
        newest = store.last()
        if newest is None:
            raise NoSuchCorrection("there are no corrections to remove")
        ids = [newest.id]
    for each in ids or ():
        removed = store.remove(each)
        note(f"(removed {removed.id}: a {removed.label}, {_guessed(removed)})")


@app.command(help="Delete all of them, after asking.")
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    store = Corrections()
    count = store.count()
    if count and not yes:
        typer.confirm(f"Delete {_counted(count)} in {printable(str(store.folder))}?", abort=True)
    note(f"(deleted {_counted(store.clear())})")


def _guessed(kept: Correction) -> str:
    return "unread" if kept.guessed is None else f"read as {kept.guessed}"


def _counted(number: int) -> str:
    return f"{number:,} correction{'' if number == 1 else 's'}"
