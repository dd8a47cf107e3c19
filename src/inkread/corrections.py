"""What people say a digit really is, kept as pictures that a network can learn from.

    store = Corrections()                              # the user's own; or Corrections(folder)
    added = store.add(picture, label=4, guessed=9)     # added.new is False if the very same is there already
    store.take_back(added)                             # the store is as it was before
    store.count(), store.list(), store.last(), store.remove("3f2a91c0")
    store.export("my-digits")                          # then: inkread train --data my-digits

A correction is one PNG, ``LABEL/ID-read-GUESS.png``, in sub-folders ``0`` … ``9``: what ``inkread train --data``
takes. Each is written to a temporary file, forced to the disk and renamed, so that a crash leaves it whole or not
there. Its id is the hash of its pixels, so that no picture is there twice. Threads and processes may share a store.
This module does not know how a digit was found, nor who corrects it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.errors import InkreadError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Added", "CannotKeep", "Correction", "Corrections", "NoSuchCorrection", "default_folder"]

FOLDER_VARIABLE = "INKREAD_CORRECTIONS"
"""Names another folder for corrections than the user's own."""
_DIGITS = tuple("0123456789")
_NAME = re.compile(r"(?P<id>[0-9a-f]{16})-(?:read-(?P<guessed>[0-9])|unread)\.png")
_PARTIAL = ".partial-"
_ATTEMPTS = 5
"""How often a file is written anew whose folder another process has cleared away meanwhile."""
_ID_MIN = 4
"""Characters of an id that remove asks for: a digit alone is more likely a label by mistake."""


class CannotKeep(InkreadError):
    """The folder for corrections cannot be read or written."""


class NoSuchCorrection(InkreadError):
    """No correction has the id that was given, or several ids begin with it."""


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
        """Whether its file is an undamaged picture."""
        try:
            return _is_png(self.path.read_bytes())
        except OSError:
            return False


@dataclass(frozen=True)
class Added:
    """What an ``add`` has done: the correction that is kept now, and the one of the same picture before it."""

    correction: Correction
    former: Correction | None = None

    @property
    def new(self) -> bool:
        """Whether the picture did not have this label before."""
        return self.former is None or self.former.label != self.correction.label


class Corrections:
    """A folder of corrected digits; ``folder`` None is the user's own (see ``default_folder``).

    Nothing is made before the first correction is added.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()

    def add(self, glyph_or_picture: ArrayLike, label: int, guessed: int | None = None) -> Added:
        """Keeps a picture of one digit, unless it has that label already.

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
            before = [each for each in _files_in(self.folder) if each.id == digest]
            former = _newest(before)
            if former is not None and former.label == label and former.is_whole:
                return Added(former, former)
            name = f"{digest}-unread.png" if guessed is None else f"{digest}-read-{guessed}.png"
            kept = Correction(self.folder / str(label) / name, label, guessed)
            _write(kept.path, _png(pixels), self.folder)
            for each in before:
                if each.path != kept.path:
                    each.path.unlink(missing_ok=True)
        return Added(kept, former)

    def take_back(self, added: Added) -> None:
        """Undoes an ``add``: removes what it kept, or gives the picture its former label again.

        Does nothing where the ``add`` kept nothing new, or where the picture was removed in between.
        """
        kept, former = added.correction, added.former
        if not added.new:
            return
        with _told(self.folder), contextlib.suppress(FileNotFoundError):
            if former is not None:
                _write(former.path, kept.path.read_bytes(), self.folder)
            kept.path.unlink()

    def remove(self, beginning: str) -> Correction:
        """Deletes one correction; returns what it was. ``beginning`` is its id or four or more characters of it.

        Raises ``NoSuchCorrection`` if no id begins so, or several do.
        """
        if len(beginning) < _ID_MIN:
            raise NoSuchCorrection(
                f"“{beginning}” is too short for an id; give at least {_ID_MIN} characters of it"
            )
        with _told(self.folder):
            files = [each for each in _files_in(self.folder) if each.id.startswith(beginning.lower())]
            found = _newest(files)
            if found is None:
                raise NoSuchCorrection(
                    f"{beginning}: no correction has this id; inkread corrections list shows the ids"
                )
            if len({each.id for each in files}) > 1:
                raise NoSuchCorrection(
                    f"{beginning}: several ids begin with it; give more characters of the id"
                )
            for each in files:
                each.path.unlink(missing_ok=True)
        return found

    def last(self) -> Correction | None:
        """The correction that was made last; None if there is none."""
        with _told(self.folder):
            return _newest(self.list())

    def count(self) -> int:
        """How many corrections there are."""
        return len(self.list())

    def list(self) -> tuple[Correction, ...]:
        """All corrections, by label and then by name; files that are none of them are passed over."""
        with _told(self.folder):
            files = tuple(_files_in(self.folder))
            # Two labels of one picture: another process is at it, or was stopped between writing and deleting.
            counts = Counter(each.id for each in files)
            twice = [each for each in files if counts[each.id] > 1]
            newest = {each.id: _newest(other for other in twice if other.id == each.id) for each in twice}
            return tuple(each for each in files if newest.get(each.id, each) == each)

    def export(self, folder: str | os.PathLike[str]) -> int:
        """Copies all into sub-folders ``0`` … ``9`` of ``folder``, made if it is missing; returns how many.

        Leaves out those that are damaged (see ``Correction.is_whole``). May be repeated: what was corrected anew in
        between leaves its former sub-folder.
        """
        goal, copied = Path(folder), 0
        kept = self.list()
        with _told(goal):
            stale = {each.id: each for each in _files_in(goal)}
            for each in kept:
                if not each.is_whole:  # or removed by now
                    continue
                path = goal / str(each.label) / each.path.name
                _write(path, each.path.read_bytes(), goal)
                copied += 1
                before = stale.get(each.id)
                if before is not None and before.path != path:
                    before.path.unlink(missing_ok=True)
        return copied

    def clear(self) -> int:
        """Deletes all corrections, and nothing else; returns how many there were."""
        with _told(self.folder):
            kept = self.list()
            for each in _files_in(self.folder):
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


def _files_in(folder: Path) -> Iterator[Correction]:
    """Every file of a correction, also where one picture has two."""
    for digit in _DIGITS:
        try:
            names = sorted(entry.name for entry in os.scandir(folder / digit) if entry.is_file())
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if match := _NAME.fullmatch(name):
                guessed = match["guessed"]
                yield Correction(folder / digit / name, int(digit), None if guessed is None else int(guessed))


def _newest(some: Iterable[Correction]) -> Correction | None:
    """The one that was written last, of those that are still there."""
    ages = []
    for each in some:
        with contextlib.suppress(FileNotFoundError):
            ages.append((each.path.stat().st_mtime_ns, each.path.name, each))
    return max(ages, key=lambda age: age[:2])[2] if ages else None


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


def _is_png(content: bytes) -> bool:
    from PIL import Image

    try:
        Image.open(BytesIO(content), formats=["PNG"]).load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _write(path: Path, content: bytes, root: Path) -> None:
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
    number, partial = tempfile.mkstemp(prefix=_PARTIAL, dir=root)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        now = time.time_ns()  # finer than the clock of most file systems: it says which one came last
        os.utime(partial, ns=(now, now))
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
