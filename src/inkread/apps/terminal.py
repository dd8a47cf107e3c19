"""Standard output and standard error, and what is done when one of them cannot be written to.

What a program may want goes to standard output, line by line; notes for people go to standard error.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from inkread.errors import InkreadError

if TYPE_CHECKING:
    from rich.console import Console  # loaded only where something is drawn

_PIPE_CLOSED = 141
"""Exit status of what SIGPIPE ends, as a shell gives it: ``inkread read … | head -1`` is no mistake."""


_quiet = False


class CannotWrite(InkreadError):
    """A file, a folder or standard output cannot be written to."""


def prepare() -> None:
    """Makes the standard streams fit for any text: a file's name need not be in the terminal's alphabet."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    hush(False)


def say(text: object = "", end: str = "\n") -> None:
    """One line to standard output, flushed, so that a pipe sees it at once; a Rich object is drawn."""
    try:
        if isinstance(text, str):
            sys.stdout.write(text + end)
        else:
            console(sys.stdout).print(text, soft_wrap=True)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise SystemExit(_PIPE_CLOSED) from None
    except OSError as error:
        _silence(sys.stdout)
        raise CannotWrite(
            f"standard output cannot be written to ({error.strerror}); free some space, or send it elsewhere"
        ) from None


def say_json(line: str) -> None:
    """One line of JSON, in UTF-8 wherever it goes; the odd bytes of a file's name become JSON escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    say(line)


def hush(quiet: bool | None = None) -> bool:
    """Whether notes are left out, as ``--quiet`` asks for; sets it if ``quiet`` is given."""
    global _quiet
    _quiet = _quiet if quiet is None else quiet
    return _quiet


def note(text: str, style: str = "dim") -> None:
    """One line for people, to standard error, unless they asked for quiet; ``style`` is for terminals."""
    if not _quiet:
        _tell(text, style)


def _tell(text: str, style: str) -> None:
    try:
        if sys.stderr.isatty():
            from rich.text import Text

            console(sys.stderr).print(Text(text, style=style), soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)
    except OSError:  # nobody can be told, then
        _silence(sys.stderr)


def complain(message: str, command: str = "inkread") -> None:
    """One line that says what went wrong, to standard error."""
    _tell(f"{command}: {message}", "red")


def printable(name: str) -> str:
    """A name on one line, whatever characters it has; only such that show as nothing are escaped."""
    return name if name.isprintable() else repr(name)[1:-1]


def console(file: TextIO) -> Console:
    """A Rich console that invents no colours of its own; plain where ``file`` is no terminal."""
    from rich.console import Console

    return Console(file=file, highlight=False, markup=False, emoji=False)


def _silence(stream: TextIO) -> None:
    # Python flushes at exit, too, and would complain there.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
