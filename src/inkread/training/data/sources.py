"""Where images to train on and to judge by come from: MNIST, Keras' ``mnist.npz``, CSV, or one's own pictures.

    open_source(None)             MNIST from the data folder, or the per-user cache
    open_source("mnist.npz")      x_train, y_train and perhaps x_test, y_test
    open_source("train.csv")      a label and 784 pixels in each line (Kaggle's, too); .csv.gz
    open_source("my-digits/")     pictures in sub-folders 0 … 9, or in train/0 … 9 and test/0 … 9;
                                  or a folder with MNIST's four files

Every mistake is one ``DataMissing``: which file, what is wrong with it, what to do.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from inkread.errors import DataMissing
from inkread.training.data.labelled import Findings, LabelledImages, Part, checked, split
from inkread.training.data.mnist import SHA256, data_folder, holds_mnist, load_mnist, mnist_problems
from inkread.training.data.pictures import Progress, folder_parts, read_folder
from inkread.training.data.tables import npz_parts, read_csv, read_npz

_KINDS = "give a folder with sub-folders 0 … 9, a CSV, Keras' mnist.npz, or a folder with MNIST's files"
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy")


EvaluationPart = Literal["train", "test", "all", "validation"]


@dataclass(frozen=True)
class Source:
    """A collection that was found but not yet read; ``parts`` are those it has, the one to train on first."""

    name: str
    path: Path
    parts: tuple[Part, ...]
    _read: Callable[[Part, Findings], LabelledImages]
    _problems: Callable[[], Iterator[str]] | None = None

    @property
    def part_to_report(self) -> Part:
        """What a network is judged on: the test images, or all there are."""
        return "test" if "test" in self.parts else self.parts[0]

    def load(self, part: Part | None = None) -> LabelledImages:
        """One part (None: the first); raises DataMissing at the first fault."""
        chosen = self.parts[0] if part is None else part
        if chosen not in self.parts:
            has = "it has only " + " and ".join(self.parts) if self.parts != ("all",) else "it is undivided"
            raise DataMissing(f"{self.path}: sets no {chosen} images aside ({has}); give another one")
        return self._read(chosen, Findings(strict=True))

    def inspect(self) -> tuple[list[str], dict[Part, int]]:
        """One line for each fault and each likely mistake, and how many images of each part are without fault."""
        if self._problems is not None and (problems := list(self._problems())):
            return problems, {}
        problems, counts = [], {}
        for part in self.parts:
            findings = Findings(strict=False)
            try:
                counts[part] = len(self._read(part, findings))
            except DataMissing as error:
                findings.faults.append(str(error))
            problems += [*findings.faults, *findings.doubts]
        return problems, counts


def evaluation_images(
    spec: str | os.PathLike[str] | None = None, part: EvaluationPart | None = None
) -> tuple[LabelledImages, bool]:
    """The images to judge a network by, and whether they are test images, which report only.

    ``part`` is None for the test images, or for all if none are set aside. Raises DataMissing.
    """
    source = open_source(spec)
    if part == "validation":
        return split(source.load())[1], False
    chosen = source.load(source.part_to_report if part is None else part)
    return chosen, chosen.part == "test"


def open_source(spec: str | os.PathLike[str] | None = None, progress: Progress | None = None) -> Source:
    """What ``spec`` names, found out by content rather than by name; raises DataMissing.

    ``progress`` is told of each picture of a folder: finding their ink takes a while.
    """
    if spec is None:
        return _mnist(data_folder() / "mnist")
    path = Path(spec)
    if not os.fspath(spec) or not path.exists():
        shown = f"{path}: there is no such file or folder" if os.fspath(spec) else "the path is empty"
        raise DataMissing(f"{shown}; {_KINDS}")
    if path.is_dir():
        return _folder(path, progress)
    return _file(path)


def _folder(path: Path, progress: Progress | None) -> Source:
    if parts := folder_parts(path):
        name = path.resolve().name or str(path)

        def read(part: Part, findings: Findings) -> LabelledImages:
            return checked(read_folder(parts[part], findings, progress), name, part, findings)

        return Source(name, path, tuple(parts), read)
    for folder in (path, path / "mnist"):
        if holds_mnist(folder):
            return _mnist(folder)
    raise DataMissing(f"{path}: has no sub-folders 0 … 9, nor MNIST's files; {_KINDS}")


def _file(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DataMissing(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if path.name.lower().endswith(_PICKLES) or start[:1] == b"\x80":
        raise DataMissing(f"{path}: is not opened, since such files can run code or lack labels; {_KINDS}")
    if start[:3] == b"\x00\x00\x08":
        raise DataMissing(f"{path}: is one of MNIST's files; give the folder that holds them")
    arrays = start[:2] == b"PK" or path.suffix.lower() == ".npz"

    def read(part: Part, findings: Findings) -> LabelledImages:
        raw = read_npz(path, part) if arrays else read_csv(path, findings)
        images = checked(raw, path.name, part, findings)
        as_many = len(images) == (60_000 if part == "train" else 10_000)
        if arrays and as_many and path.name == "mnist.npz" and not _is_mnist(images):
            findings.doubts.append(
                f"{path}: has as many {part} images as MNIST, but not the same; fetch it again"
            )
            return replace(images, remarks=(*findings.notes, *findings.doubts))
        return images

    parts: tuple[Part, ...] = npz_parts(path) if arrays else ("all",)
    return Source(path.name, path, parts, read)


def _is_mnist(images: LabelledImages) -> bool:
    """Whether these are MNIST's, in MNIST's order: with IDX's header, they have its hash."""
    name = f"{'train' if images.part == 'train' else 't10k'}-images-idx3-ubyte"
    header = struct.pack(">4I", 0x803, len(images), 28, 28)
    return hashlib.sha256(header + images.images.tobytes()).hexdigest() == SHA256[name]


def _mnist(folder: Path) -> Source:
    def read(part: Part, findings: Findings) -> LabelledImages:
        digits = load_mnist("train" if part == "train" else "t10k", folder)
        return LabelledImages(digits.images, digits.labels, "MNIST", part)

    def problems() -> Iterator[str]:
        return (line for _, line in mnist_problems(folder))

    return Source("MNIST", folder, ("train", "test"), read, problems)
