"""What people say a digit really is, kept as pictures that a network can learn from.

    store = Corrections()                              # the user's own; or Corrections(folder)
    store.add(picture, label=4, guessed=9)             # True; False if the very same is there already
    store.count(), store.list()
    store.export("my-digits")                          # then: inkread train --data my-digits

A correction is one PNG, ``LABEL/HASH-read-GUESS.png``, in sub-folders ``0`` … ``9``: what ``inkread train --data``
takes. Each is written beside, forced to the disk and renamed, so that a crash leaves it whole or not there, and
its name is the hash of its pixels, so that none is there twice. Threads and processes may share a store.
This module does not know how a digit was found, nor who corrects it; it decodes no pictures.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.errors import InkreadError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CannotKeep", "Correction", "Corrections", "default_folder"]

FOLDER_VARIABLE = "INKREAD_CORRECTIONS"
"""Names another folder for corrections than the user's own."""
_DIGITS = tuple("0123456789")
_NAME = re.compile(r"(?P<hash>[0-9a-f]{16})-(?:read-(?P<guessed>\d)|unread)\.png")
_PARTIAL = ".partial-"


class CannotKeep(InkreadError):
    """The folder for corrections cannot be read or written."""


@dataclass(frozen=True)
class Correction:
    """One picture of a digit: ``label`` is what it is, ``guessed`` what it was read as (None: not as a digit)."""

    path: Path
    label: int
    guessed: int | None

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of the SHA-256 of its pixels."""
        return self.path.name[:16]


class Corrections:
    """A folder of corrected digits; ``folder`` None is the user's own (see ``default_folder``).

    Nothing is made before the first correction is added.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()

    def add(self, glyph_or_picture: ArrayLike, label: int, guessed: int | None = None) -> bool:
        """Keeps a picture of one digit; False if the same picture has that label already.

        It is an array: uint8 (H, W) or (H, W, 3), any pen on any paper with a little paper round the ink; or a glyph
        of floats (h, w), 0 paper … 1 ink. The same picture with another label replaces the former: the last word
        counts. Raises ValueError for anything else, ``CannotKeep`` where it cannot be written.
        """
        if label not in range(10) or (guessed is not None and guessed not in range(10)):
            raise ValueError(f"a label is a digit 0 … 9, not {label if label not in range(10) else guessed}")
        label, guessed = int(label), None if guessed is None else int(guessed)  # 3.0 is 3, also as a folder
        pixels = _as_picture(glyph_or_picture)
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]
        with _told(self.folder):
            former = [each for each in self.list() if each.hash == digest]
            if any(each.label == label for each in former):
                return False
            name = f"{digest}-unread.png" if guessed is None else f"{digest}-read-{guessed}.png"
            _write(self.folder / str(label) / name, _png(pixels), self.folder)
            for each in former:
                each.path.unlink(missing_ok=True)
        return True

    def count(self) -> int:
        """How many corrections there are."""
        return len(self.list())

    def list(self) -> tuple[Correction, ...]:
        """All corrections, by label and then by name; files that are none of them are passed over."""
        with _told(self.folder):
            return tuple(_corrections_in(self.folder))

    def export(self, folder: str | os.PathLike[str]) -> int:
        """Copies all into sub-folders ``0`` … ``9`` of ``folder``, made if it is missing; returns how many.

        May be repeated: what was corrected anew in between leaves its former sub-folder.
        """
        goal = Path(folder)
        kept = self.list()
        with _told(goal):
            stale = {each.hash: each for each in _corrections_in(goal)}
            for each in kept:
                path = goal / str(each.label) / each.path.name
                _write(path, each.path.read_bytes(), goal)
                before = stale.get(each.hash)
                if before is not None and before.path != path:
                    before.path.unlink(missing_ok=True)
        return len(kept)

    def clear(self) -> int:
        """Deletes all corrections, and nothing else; returns how many there were."""
        with _told(self.folder):
            kept = self.list()
            for each in kept:
                each.path.unlink(missing_ok=True)
            for partial in self.folder.glob(_PARTIAL + "*"):
                partial.unlink(missing_ok=True)
            for digit in _DIGITS:
                with contextlib.suppress(OSError):  # not there, or something else lies in it
                    (self.folder / digit).rmdir()
        return len(kept)


def default_folder() -> Path:
    """What INKREAD_CORRECTIONS names, or ``corrections`` in the user's own data folder of inkread."""
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("inkread", appauthor=False)) / "corrections"


def _corrections_in(folder: Path) -> Iterator[Correction]:
    for digit in _DIGITS:
        try:
            names = sorted(os.listdir(folder / digit))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if match := _NAME.fullmatch(name):
                guessed = match["guessed"]
                yield Correction(folder / digit / name, int(digit), None if guessed is None else int(guessed))


def _as_picture(given: ArrayLike) -> NDArray[np.uint8]:
    """A picture (H, W[, 3]) uint8; of a glyph, dark ink on white with paper round it."""
    import numpy as np

    array: NDArray[Any] = np.asarray(given)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or not array.size:
        raise ValueError(f"a correction needs a picture (H, W) or (H, W, 3), not an array of {array.shape}")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind != "f" or array.ndim != 2 or not (array.min() >= 0 and array.max() <= 1):
        raise ValueError("a correction needs uint8, or a glyph (h, w) of floats 0 paper … 1 ink")
    return np.round(255 * (1 - array)).astype(np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _write(path: Path, content: bytes, root: Path) -> None:
    """The file, whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, partial = tempfile.mkstemp(prefix=_PARTIAL, dir=root)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        if os.name == "posix":  # elsewhere folders cannot be opened, nor need they be
            _sync_folder(path.parent)
    finally:
        Path(partial).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Whatever the disk says, in one line."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotKeep(
            f"{folder}: corrections cannot be kept there ({reason}); free space, or name another "
            f"folder with {FOLDER_VARIABLE}"
        ) from None
