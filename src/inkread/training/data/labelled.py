"""Labelled images of digits, and the checks that any collection of them must pass, wherever it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing
from inkread.training.data.mnist import Digits, training_split

Part = Literal["train", "test", "all"]
"""What a collection sets aside: to train, to report; or all, where nothing is."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """``images`` (n, 28, 28) uint8, 0 paper … 255 ink, and ``labels`` (n,) uint8, 0 … 9.

    ``remarks`` are lines for people: what was put right, and what looks odd but was kept.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str
    part: Part
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many images of each digit, (10,)."""
        return np.bincount(self.labels, minlength=10)

    @property
    def digits(self) -> Digits:
        """Only the images and labels, as the rest of training takes them."""
        return Digits(self.images, self.labels)

    def sha256(self) -> str:
        """Of all images and then all labels."""
        return self.digits.sha256()


def split(images: LabelledImages) -> tuple[LabelledImages, LabelledImages]:
    """To train and to validate, stratified, always the same: of MNIST 55,000 and 5,000 (``training_split``)."""
    training, validation = training_split(images.digits)
    return tuple(  # type: ignore[return-value]
        replace(images, images=part.images, labels=part.labels) for part in (training, validation)
    )


@dataclass(slots=True)
class Findings:
    """What was found wrong: when loading, the first fault is raised; when checking, all are collected.

    ``faults`` forbid use; ``doubts`` are likely mistakes, ``notes`` are none.
    """

    strict: bool
    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, line: str) -> None:
        """Raises DataMissing with ``line``, or keeps it."""
        if self.strict:
            raise DataMissing(line)
        self.faults.append(line)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """As read: ``images`` (n, …) of any numbers, ``labels``; ``place(i)`` names where image i stands."""

    images: NDArray[Any]
    labels: NDArray[Any]
    place: Callable[[int], str]


def checked(raw: Raw, name: str, part: Part, findings: Findings) -> LabelledImages:
    """The images that pass; faults and doubts go to ``findings``, those of ``name`` as a whole too."""
    images, labels = _images(raw.images, name, findings), _labels(raw.labels)
    if len(images) != len(labels):
        findings.fault(f"{name}: {len(images):,} images but {len(labels):,} labels; they must be as many")
        images, labels = images[: len(labels)], labels[: len(images)]
    if not len(labels):
        findings.fault(f"{name}: holds no images; give another one")
    right = (labels >= 0) & (labels <= 9) & (labels == np.floor(labels))
    for i in np.flatnonzero(~right):
        findings.fault(f"{raw.place(int(i))}: label {labels[i]:g} is no digit 0 … 9; mend or remove it")
    places = np.flatnonzero(right)
    images, wanted = images[right], labels[right].astype(np.uint8)
    _doubt(images, wanted, lambda i: raw.place(int(places[i])), name, findings)
    return LabelledImages(images, wanted, name, part, (*findings.notes, *findings.doubts))


def _labels(labels: NDArray[Any]) -> NDArray[np.float64]:
    if labels.ndim == 2 and labels.shape[1] == 10 and np.all(labels.sum(axis=1) == 1):
        labels = labels.argmax(axis=1)  # one column per digit
    return labels.reshape(-1).astype(np.float64)


def _images(images: NDArray[Any], name: str, findings: Findings) -> NDArray[np.uint8]:
    """(n, 28, 28) uint8, 0 paper … 255 ink, from any usual shape and range."""
    if images.ndim == 0:
        raise DataMissing(f"{name}: images are a single number, not n × 28 × 28; save it anew")
    if images.size != len(images) * 28 * 28:
        shape = " × ".join(map(str, images.shape))
        raise DataMissing(f"{name}: images of shape {shape}, not n × 28 × 28; scale them first")
    images = images.reshape(-1, 28, 28)
    if not images.size:
        return images.astype(np.uint8)
    low, high = float(images.min()), float(images.max())
    if not (np.isfinite(low) and np.isfinite(high) and low >= 0 and high <= 255):
        raise DataMissing(f"{name}: pixels from {low:g} to {high:g}; they must lie in 0 … 255, or 0 … 1")
    if high <= 1:
        images = images * 255.0
    if images.dtype != np.uint8:
        images = np.rint(images).astype(np.uint8)
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    if np.median(edges) > 127:
        findings.notes.append(f"{name}: the paper is white (255); turned round, as MNIST has ink at 255")
        images = 255 - images
    return np.asarray(images, np.uint8)


def _doubt(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    place: Callable[[int], str],
    name: str,
    findings: Findings,
) -> None:
    """What is likely a mistake: blank images, twins with different labels, digits that are missing."""
    if not len(labels):
        return
    blank = np.flatnonzero(np.ptp(images.reshape(len(images), -1), axis=1) == 0)
    if count := len(blank):
        others = f", and {count - 1:,} others" if count > 2 else ", and another" if count > 1 else ""
        findings.doubts.append(f"{place(int(blank[0]))}: is blank{others}; remove it")
    seen: dict[bytes, int] = {}
    for i, image in enumerate(images):
        first = seen.setdefault(hashlib.blake2b(image.tobytes(), digest_size=16).digest(), i)
        if labels[first] != labels[i]:
            findings.doubts.append(
                f"{place(i)}: is the same image as {place(first)}, "
                f"but labelled {labels[i]}, not {labels[first]}; mend one of them"
            )
    if missing := [str(value) for value in range(10) if not np.any(labels == value)]:
        findings.doubts.append(f"{name}: has no image of {', '.join(missing)}; add some")
