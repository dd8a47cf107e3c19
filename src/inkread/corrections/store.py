"""The store of corrections: adds, takes back, lists, removes, exports and clears them."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.corrections.files import (
    DIGITS,
    FOLDER_VARIABLE,
    PARTIAL,
    Correction,
    by_age,
    files_in,
    has_ink,
    newest,
    reporting,
    write,
)
from inkread.errors import InkreadError, UnreadableImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

_ID_MIN = 4
"""Characters of an id that remove asks for: a digit alone is more likely a label by mistake."""


class NoSuchCorrection(InkreadError):
    """No correction has the id that was given, or several ids begin with it."""


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
        counts. Raises ValueError for anything else, UnreadableImage for a blank picture, ``CannotKeep`` where it
        cannot be written.
        """
        if label not in range(10) or (guessed is not None and guessed not in range(10)):
            raise ValueError(f"a label is a digit 0 … 9, not {label if label not in range(10) else guessed}")
        label, guessed = int(label), None if guessed is None else int(guessed)  # 3.0 is 3, also as a folder
        pixels = _as_picture(glyph_or_picture)
        if not has_ink(pixels):
            raise UnreadableImage("this digit's picture has no ink to learn from; correct another digit")
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]
        with reporting(self.folder):
            before = [each for each in files_in(self.folder) if each.id == digest]
            former = newest(before)
            if former is not None and former.label == label and former.is_whole:
                return Added(former, former)
            name = f"{digest}-unread.png" if guessed is None else f"{digest}-read-{guessed}.png"
            kept = Correction(self.folder / str(label) / name, label, guessed)
            write(kept.path, _png(pixels), self.folder)
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
        with reporting(self.folder), contextlib.suppress(FileNotFoundError):
            if former is not None:
                write(former.path, kept.path.read_bytes(), self.folder)
            kept.path.unlink()

    def remove(self, beginning: str) -> Correction:
        """Deletes one correction; returns what it was. ``beginning`` is its id or four or more characters of it.

        Raises ``NoSuchCorrection`` if no id begins so, or several do.
        """
        if len(beginning) < _ID_MIN:
            raise NoSuchCorrection(
                f"“{beginning}” is too short for an id; give at least {_ID_MIN} characters of it"
            )
        with reporting(self.folder):
            files = [each for each in files_in(self.folder) if each.id.startswith(beginning.lower())]
            found = newest(files)
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
        with reporting(self.folder):
            return newest(self.list())

    def newest(self, most: int) -> tuple[Correction, ...]:
        """At most so many corrections: those that were made last, the newest first."""
        with reporting(self.folder):
            return by_age(self.list())[:most]

    def count(self) -> int:
        """How many corrections there are."""
        return len(self.list())

    def list(self) -> tuple[Correction, ...]:
        """All corrections, by label and then by name; files that are none of them are passed over."""
        with reporting(self.folder):
            files = tuple(files_in(self.folder))
            # Two labels of one picture: another process is at it, or was stopped between writing and deleting.
            counts = Counter(each.id for each in files)
            twice = [each for each in files if counts[each.id] > 1]
            latest = {each.id: newest(other for other in twice if other.id == each.id) for each in twice}
            return tuple(each for each in files if latest.get(each.id, each) == each)

    def export(self, folder: str | os.PathLike[str]) -> int:
        """Copies all into sub-folders ``0`` … ``9`` of ``folder``, made if it is missing; returns how many.

        Leaves out those that are damaged (see ``Correction.is_whole``). May be repeated: what was corrected anew in
        between leaves its former sub-folder.
        """
        goal, copied = Path(folder), 0
        kept = self.list()
        with reporting(goal):
            stale = {each.id: each for each in files_in(goal)}
            for each in kept:
                if not each.is_whole:  # or removed by now
                    continue
                path = goal / str(each.label) / each.path.name
                write(path, each.path.read_bytes(), goal)
                copied += 1
                before = stale.get(each.id)
                if before is not None and before.path != path:
                    before.path.unlink(missing_ok=True)
        return copied

    def clear(self) -> int:
        """Deletes all corrections, and nothing else; returns how many there were."""
        with reporting(self.folder):
            kept = self.list()
            for each in files_in(self.folder):
                each.path.unlink(missing_ok=True)
            for partial in self.folder.glob(PARTIAL + "*"):
                partial.unlink(missing_ok=True)
            for digit in DIGITS:
                with contextlib.suppress(OSError):  # not there, or something else lies in it
                    (self.folder / digit).rmdir()
        return len(kept)


def default_folder() -> Path:
    """What INKREAD_CORRECTIONS names, or ``corrections`` in the user's own data folder of inkread."""
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("inkread", appauthor=False)) / "corrections"


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
