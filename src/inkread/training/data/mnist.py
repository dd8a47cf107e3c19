"""MNIST from its IDX files: found, checked, and split once and for all into training and validation.

IDX (LeCun, Cortes, Burges) has four bytes of magic (0, 0, 8 for bytes, the number of dimensions), four for each
dimension, then the values.

The folder is ``$INKREAD_DATA`` (it holds ``mnist/``), else the per-user cache. Nothing is downloaded here:
``fetching`` does that. ``t10k`` only reports: no recipe, epoch or threshold is chosen on it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""Of the unpacked files: packing the same bytes anew changes the .gz."""
IMAGES: Final = 3
"""Dimensions of a file of images: how many, rows, columns."""
LABELS: Final = 1
_NAMES = {IMAGES: "images", LABELS: "labels"}
_MOST_BYTES: Final = 100_000_000
"""Larger files are refused unread: MNIST's largest has 47 MB, and a small .gz can hold terabytes."""
_VALIDATION_PER_DIGIT = 500
_VALIDATION_SHARE = 10
"""Of a digit with fewer than 5,000 images, one in ten validates; MNIST has at least 5,421 of each."""
_SPLIT_SEED = 1998
"""Any fixed number would do; it never changes, so that figures of different runs compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """``images`` (n, 28, 28) uint8, 0 paper … 255 ink, and ``labels`` (n,) uint8, 0 … 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def sha256(self) -> str:
        """Of all images and then all labels: tells in a run's record which data it saw."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    def take(self, chosen: NDArray[np.intp]) -> Digits:
        return Digits(self.images[chosen], self.labels[chosen])


def data_folder() -> Path:
    """The folder that holds ``mnist/`` and ``strokes/``: ``$INKREAD_DATA``, else the per-user cache."""
    if named := os.environ.get("INKREAD_DATA"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("inkread"))


def load_mnist(part: Literal["train", "t10k"], folder: Path | None = None) -> Digits:
    """All 60,000 (``train``) or 10,000 (``t10k``) digits; raises DataMissing if absent or damaged.

    ``folder`` holds the files themselves; None: ``mnist/`` in the data folder.
    """
    images = np.frombuffer(_read(f"{part}-images-idx3-ubyte", folder), np.uint8, offset=16)
    labels = np.frombuffer(_read(f"{part}-labels-idx1-ubyte", folder), np.uint8, offset=8)
    return Digits(images.reshape(len(labels), 28, 28), labels)


def training_split(digits: Digits) -> tuple[Digits, Digits]:
    """``train`` cut into training (55,000) and validation (5,000: 500 of each digit), always the same.

    Of smaller collections, a tenth of each digit validates: at least one image, where there are two.
    """
    rng = np.random.default_rng(_SPLIT_SEED)
    held_out = np.zeros(len(digits), bool)
    for value in range(10):
        where = np.flatnonzero(digits.labels == value)
        share = max(len(where) // _VALIDATION_SHARE, int(len(where) > 1))
        held_out[rng.permutation(where)[: min(_VALIDATION_PER_DIGIT, share)]] = True
    return digits.take(np.flatnonzero(~held_out)), digits.take(np.flatnonzero(held_out))


def holds_mnist(folder: Path) -> bool:
    """Whether any of MNIST's four files lies in ``folder``, whole or not."""
    return any(path.exists() for name in SHA256 for path in _places(name, folder))


def mnist_problems(folder: Path | None = None) -> Iterator[tuple[str, str]]:
    """The name, and one line, of each of the four files that is missing or is not what it should be."""
    for name in SHA256:
        try:
            _read(name, folder)
        except DataMissing as error:
            yield name, str(error)


def fault_of_file(content: bytes, name: str) -> str:
    """Why ``content`` is not MNIST's unpacked file ``name``; "" if it is, to the last bit."""
    digest = hashlib.sha256(content).hexdigest()
    if digest == SHA256[name]:
        return ""
    if digest in SHA256.values():
        actual = next(other for other, wanted in SHA256.items() if wanted == digest)
        return f"holds {actual}: the two are swapped"
    return fault_of(content, IMAGES if "images" in name else LABELS) or "is not MNIST's (its SHA-256 differs)"


def _read(name: str, folder: Path | None) -> bytes:
    """The unpacked file: the first of those that may be it which is right."""
    folder = data_folder() / "mnist" if folder is None else folder
    faults = []
    for path in _places(name, folder):
        if not path.exists():
            continue
        try:
            content = unpack(path)
            fault = fault_of_file(content, name)
            if not fault:
                return content
        except DataMissing as error:
            fault = str(error)
        faults.append(f"{path} {fault}; fetch it again: inkread data fetch")
    if faults:
        raise DataMissing(faults[0])
    raise DataMissing(
        f"MNIST's {name}[.gz] is not in {folder}: fetch it (inkread data fetch), "
        "or set INKREAD_DATA to the folder that holds mnist/"
    )


def _places(name: str, folder: Path) -> list[Path]:
    # Some unpackers, and Kaggle's copy, write a point for the dash before idx.
    dotted = name.replace("-idx", ".idx")
    return [folder / name, folder / f"{name}.gz", folder / dotted, folder / f"{dotted}.gz"]


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip's do."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def unpack(path: Path) -> bytes:
    """The content of a file, packed by gzip or not, whatever its name says; raises DataMissing."""
    try:
        with path.open("rb") as file:
            content = (gzip.GzipFile(fileobj=file) if is_packed(path) else file).read(_MOST_BYTES + 1)
    except EOFError:
        raise DataMissing("is cut short: its packed part ends too early") from None
    except (OSError, zlib.error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise DataMissing(f"cannot be unpacked ({reason})") from None
    if len(content) > _MOST_BYTES:
        raise DataMissing("is larger than any file of digits")
    return content


def fault_of(content: bytes, dimensions: int) -> str:
    """Why this is no IDX file of images 28 × 28, or of labels 0 … 9; "" if it is one."""
    header = 4 + 4 * dimensions
    if not content:
        return "is empty"
    magic = int.from_bytes(content[:4], "big")
    if magic != 0x800 + dimensions:
        if magic - 0x800 in _NAMES:
            return f"holds {_NAMES[magic - 0x800]}, not {_NAMES[dimensions]}: the two are swapped"
        return f"is no IDX file: it begins with 0x{magic:08x}, not 0x{0x800 + dimensions:08x}"
    if len(content) < header:
        return f"is cut short: it has {len(content)} bytes"
    count, *sides = struct.unpack(f">{dimensions}I", content[4:header])
    if sides not in ([], [28, 28]):
        return f"holds images of {sides[0]} × {sides[1]}, not 28 × 28"
    wanted = header + count * (28 * 28 if sides else 1)
    if len(content) < wanted:
        return f"is cut short: {count:,} {_NAMES[dimensions]} take {wanted:,} bytes, it has {len(content):,}"
    if len(content) > wanted:
        return f"has {len(content) - wanted:,} bytes more than its {count:,} {_NAMES[dimensions]} take"
    if dimensions == LABELS and count and (largest := max(content[header:])) > 9:
        where = content.index(largest, header) - header
        return f"is mislabelled: its label {where:,} is {largest}, no digit 0 … 9"
    return ""
