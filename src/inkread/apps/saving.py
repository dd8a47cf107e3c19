"""Files into folders: names that meet no other, files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inkread.apps.terminal import CannotWrite, printable
from inkread.durable import write_durably

if TYPE_CHECKING:  # the command line imports this module, and most of it needs no arrays
    import numpy as np
    from numpy.typing import NDArray

_STEM_BYTES = 180
"""Names of at most 255 bytes are allowed almost everywhere; the rest is for what is added to them."""


class Names:
    """Gives each picture a name of its own: two called ``page`` become ``page`` and ``page-2``."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name_for(self, source: str, page: int | None = None) -> str:
        """The name for what is made of ``source``, a path or ``-``, or of one ``page`` of it."""
        stem = "stdin" if source == "-" else Path(source).stem or "picture"
        stem = os.fsencode(stem)[:_STEM_BYTES].decode("utf-8", "ignore")
        stem += "" if page is None else f".page-{page}"
        name, number = stem, 1
        # Compared without case: on many disks, Page.png and page.png are one file.
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.casefold())
        return name


def make_folder(folder: Path) -> Path:
    """The folder, made if it is missing; raises ``CannotWrite``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CannotWrite(f"{printable(str(folder))}: is not a folder; give another one") from None
    except (OSError, ValueError) as error:
        raise _cannot(folder, error) from None
    return folder


@contextlib.contextmanager
def fresh_folder(folder: Path, ours: str) -> Iterator[Path]:
    """Gives an empty folder to write into; when all is written, it takes the place of ``folder``.

    If anything is raised, ``folder`` stays as it was. ``ours`` is the regular expression of paths that may be replaced.
    Raises ``CannotWrite``, also where ``folder`` holds any other file.
    """
    try:
        folder = folder.resolve()
        new, old = (folder.with_name(f".{folder.name}.{what}") for what in ("partial", "old"))
        if old.is_dir() and not folder.exists():  # a run was killed between the two renames
            old.rename(folder)
    except (OSError, ValueError) as error:
        raise _cannot(folder, error) from None
    try:
        for path in folder.rglob("*") if folder.is_dir() else ():
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not path.name.startswith(".") and not re.fullmatch(ours, name):
                raise CannotWrite(
                    f"{printable(str(folder))}: holds {printable(name)}, which would be lost; give another folder"
                )
        _remove(new, old)
        yield make_folder(new)
        _replace(folder, new, old)
    except (OSError, ValueError) as error:
        raise _cannot(folder, error) from None
    finally:
        _remove(new, *([old] if folder.exists() else []))


def _replace(folder: Path, new: Path, old: Path) -> None:
    if folder.is_dir():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.is_dir():
            old.rename(folder)
        raise


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def output_to(path: Path | None) -> Iterator[None]:
    """Sends standard output to a file that is there whole or not at all; raises ``CannotWrite``.

    None and ``-`` leave it as it is.
    """
    if path is None or str(path) == "-":
        yield
        return
    partial = path.with_name(f".{os.getpid()}.partial")
    try:
        with (
            partial.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
            contextlib.redirect_stdout(file),
        ):
            yield
        partial.replace(path)
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def save_picture(picture: NDArray[np.uint8], path: Path) -> None:
    """Writes (H, W, 3) uint8 as PNG; raises ``CannotWrite``."""
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    try:
        Image.fromarray(picture).save(buffer, format="PNG")
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from None
    save_bytes(buffer.getvalue(), path)


def save_bytes(content: bytes, path: Path) -> None:
    """Writes a file beside and renames it, so that it is there whole or not at all; raises ``CannotWrite``."""
    try:
        write_durably(path, content, sync=False)
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from None


def _cannot(path: Path, error: OSError | ValueError) -> CannotWrite:
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    advice = "make its folder" if isinstance(error, FileNotFoundError) else "free space"
    return CannotWrite(
        f"{printable(str(path))}: cannot be written ({reason}); {advice} or give another folder"
    )
