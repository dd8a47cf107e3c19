"""One's own pictures in sub-folders ``0`` … ``9``, one digit on each, as glyphs.

The ink is found and normalised by the reader itself, so that a network is trained and judged on exactly what it will
be shown. Which digit the reader takes it for does not matter here: the folder says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing, UnreadableImage
from inkread.glyphs import GLYPH_SIZE, normalise
from inkread.reader import Reader, Steps, scan_folder, told_skipped
from inkread.training.data.labelled import Findings, Part, Raw

Progress = Callable[[int, int], None]
"""Told after each picture: how many are done, of how many."""

_PARTS: dict[Part, tuple[str, ...]] = {"train": ("train", "training"), "test": ("test", "testing", "t10k")}
"""What the sub-folders are called that set a part aside."""
_DIGITS = tuple("0123456789")


def folder_parts(folder: Path) -> dict[Part, Path]:
    """Where the pictures of each part lie: in ``train/`` and ``test/``, or all in ``folder``; {} for neither."""
    if _has_digits(folder):
        return {"all": folder}
    found: dict[Part, Path] = {}
    for part, names in _PARTS.items():
        for name in names:
            if part not in found and _has_digits(folder / name):
                found[part] = folder / name
    return found


def read_folder(folder: Path, findings: Findings, progress: Progress | None = None) -> Raw:
    """The glyph of every picture, and of every page of a PDF or TIFF, in ``0`` … ``9`` and below them.

    Those that cannot be used are faults.
    """
    for other in sorted(path for path in folder.iterdir() if path.is_dir()):
        if other.name not in _DIGITS and not other.name.startswith((".", "__")):
            findings.doubts.append(f"{other}: is no digit 0 … 9; left out")
    skipped = Counter[str]()
    wanted = [(path, int(digit)) for digit in _DIGITS for path in _pictures(folder / digit, skipped)]
    if skipped:
        findings.notes.append(f"{folder}: {told_skipped(skipped)}")
    reader, glyphs, labels, names = Reader(), [], [], []
    for done, (path, label) in enumerate(wanted, 1):
        for name, glyph in _glyphs_on(path, reader, findings):
            glyphs.append(np.rint(glyph * 255).astype(np.uint8))
            labels.append(label)
            names.append(name)
        if progress is not None:
            progress(done, len(wanted))
    images = np.stack(glyphs) if glyphs else np.zeros((0, GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    return Raw(images, np.array(labels, np.uint8), names.__getitem__)


def _glyphs_on(path: Path, reader: Reader, findings: Findings) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The glyph of each page of a file, with the page's name; pages that cannot be used are faults."""
    try:
        with reader.open_pages(path) as pages:
            for number in pages.numbers():
                name = str(path) if pages.count == 1 else f"{path}, page {number}"
                try:
                    glyph = glyph_of(reader.steps(pages, page=number))
                except UnreadableImage as error:
                    findings.fault(str(error))
                    continue
                if glyph.any():
                    yield name, glyph
                else:
                    findings.fault(f"{name}: no ink found; remove it, or photograph it with more contrast")
    except UnreadableImage as error:  # of the file: it is damaged, or has too many pages
        findings.fault(str(error))


def glyph_of(steps: Steps) -> NDArray[np.float32]:
    """All ink that the reader would read, as one glyph (28, 28) float32: a digit in two pieces is one digit.

    Rules, dust and blots, which the reader sets aside, are not in it. Without ink it is empty.
    """
    parts = sorted({part for candidate in steps.candidates for part in candidate.parts})
    ink = np.where(np.isin(steps.labels, parts), steps.ink, np.float32(0))
    return normalise(ink)


def _has_digits(folder: Path) -> bool:
    return any((folder / digit).is_dir() for digit in _DIGITS)


def _pictures(folder: Path, skipped: Counter[str]) -> list[Path]:
    try:
        # A folder that cannot be listed comes back as itself: the reader then says why.
        found, others = scan_folder(folder) if folder.is_dir() else ([], {})
    except OSError as error:
        raise DataMissing(f"{folder}: cannot be listed ({error.strerror}); check its permissions") from None
    skipped.update(others)
    return found
