"""The files of corrections: their names, how they are found, and how they are written.

A file is ``LABEL/ID-read-GUESS.png`` or ``LABEL/ID-unread.png``.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.durable import sync_folder
from inkread.errors import InkreadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER_VARIABLE = "INKREAD_CORRECTIONS"
"""Names another folder for corrections than the user's own."""
DIGITS = tuple("0123456789")
_NAME = re.compile(r"(?P<id>[0-9a-f]{16})-(?:read-(?P<guessed>[0-9])|unread)\.png")
PARTIAL = ".partial-"
_LEAST_CONTRAST = 16
"""Grey levels between ink and paper, of 255; a picture with less is blank. Kept ink has 200 and more."""
_ATTEMPTS = 5
"""How often a file is written anew whose folder another process has cleared away meanwhile."""


class CannotKeep(InkreadError):
    """The folder for corrections cannot be read or written."""


@dataclass(frozen=True)
class Correction:
    """One picture of a digit: ``label`` is what it is, ``guessed`` what it was read as (None: not as a digit)."""

    path: Path
    label: int
    guessed: int | None

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of its pixels."""
        return self.path.name[:16]

    @property
    def is_whole(self) -> bool:
        """Whether its file is an undamaged picture with ink in it."""
        from inkread.images import load_image

        try:
            return has_ink(load_image(self.path))
        except InkreadError:
            return False


def has_ink(picture: NDArray[Any]) -> bool:
    """Whether a picture with values 0 … 255 is more than one even shade."""
    return bool(picture.size) and float(picture.max()) - float(picture.min()) >= _LEAST_CONTRAST


def files_in(folder: Path) -> Iterator[Correction]:
    """Every file of a correction, also where one picture has two."""
    for digit in DIGITS:
        try:
            names = sorted(entry.name for entry in os.scandir(folder / digit) if entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if match := _NAME.fullmatch(name):
                guessed = match["guessed"]
                yield Correction(folder / digit / name, int(digit), None if guessed is None else int(guessed))


def by_age(some: Iterable[Correction]) -> tuple[Correction, ...]:
    """Those that are still there, the one that was written last first."""
    ages = []
    for each in some:
        with contextlib.suppress(FileNotFoundError):
            ages.append((each.path.stat().st_mtime_ns, each.path.name, each))
    return tuple(age[2] for age in sorted(ages, key=lambda age: age[:2], reverse=True))


def newest(some: Iterable[Correction]) -> Correction | None:
    """The one that was written last, of those that are still there."""
    return next(iter(by_age(some)), None)


def write(path: Path, content: bytes, root: Path) -> None:
    """The file, whole or not at all, also after a power cut."""
    for attempt in range(_ATTEMPTS):
        try:
            _write_once(path, content, root)
            return
        except FileNotFoundError:
            if attempt == _ATTEMPTS - 1:
                raise


def _write_once(path: Path, content: bytes, root: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, partial = tempfile.mkstemp(prefix=PARTIAL, dir=root)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        now = time.time_ns()  # finer than the clock of most file systems: it says which one came last
        os.utime(partial, ns=(now, now))
        os.replace(partial, path)
        sync_folder(path.parent)
    finally:
        Path(partial).unlink(missing_ok=True)


@contextlib.contextmanager
def reporting(folder: Path) -> Iterator[None]:
    """Turns an error of the disk into ``CannotKeep``, one line."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotKeep(
            f"{folder}: corrections cannot be kept there ({reason}); free space, or name another "
            f"folder with {FOLDER_VARIABLE}"
        ) from None
