"""MNIST's test set with the labels that people reject set right.

Northcutt, Athalye and Mueller 2021, "Pervasive label errors in test sets destabilize machine learning benchmarks":
their method named 100 suspicious images of t10k, each with its official label and a suggested digit, and five
people said of each whether it shows the official one, the suggested one, or neither.

How it is counted: a label is *rejected* if at most two of the five back it. It is *corrected* if three or more back
the suggested digit, which then is the label; else nobody knows what the image shows, and it is left out. All other
labels, also of images that nobody was asked about, stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing
from inkread.training.data.mnist import SHA256, data_folder
from inkread.training.evaluation.metrics import interval

_MAJORITY = 3
_LABELS = "t10k-labels-idx1-ubyte"
_FILE = Path("mnist-label-errors") / "mnist_mturk.json"

Labels = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Vote:
    """What five people said of image ``index`` of t10k: so many for each of three answers."""

    index: int
    official: int
    suggested: int
    for_official: int
    for_suggested: int
    for_neither: int

    @property
    def rejected(self) -> bool:
        """Whether most of the five do not see the official label."""
        return self.for_official < _MAJORITY

    @property
    def corrected(self) -> int | None:
        """The digit that most of the five see instead; None if there is none, or if the label stands."""
        return self.suggested if self.rejected and self.for_suggested >= _MAJORITY else None


@dataclass(frozen=True, slots=True)
class Share:
    """``right`` of ``count`` guesses, with the 95 % interval of the accuracy."""

    count: int
    right: int
    accuracy: float
    interval: tuple[float, float]

    @staticmethod
    def of(right: NDArray[np.bool_]) -> Share:
        """The share of guesses (n,) that are right."""
        count, hits = len(right), int(right.sum())
        share = hits / count if count else 0.0
        return Share(count, hits, share, interval(share, count))


@dataclass(frozen=True, slots=True)
class Recount:
    """The same guesses against three sets of labels.

    ``official``: all, as published. ``excluded``: without those whose label is rejected. ``corrected``: with the
    corrected labels, and without those that are rejected and have none. ``rejected``, ``relabelled``: which images
    that concerns, and what the latter are now.
    """

    official: Share
    excluded: Share
    corrected: Share
    rejected: tuple[int, ...]
    relabelled: dict[int, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, fit for JSON."""
        return asdict(self)


def load_votes(path: Path | None = None) -> tuple[Vote, ...]:
    """The votes in cleanlab's ``mnist_mturk.json``, by default that of the data folder; raises DataMissing."""
    path = data_folder() / _FILE if path is None else path
    try:
        return tuple(_vote(entry) for entry in json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataMissing(
            f"{path}: no such file; get mnist_mturk.json from github.com/cleanlab/label-errors"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataMissing(
            f"{path}: cannot be read as votes ({type(error).__name__}: {error}); fetch the file again"
        ) from None


def _vote(entry: dict[str, Any]) -> Vote:
    # Where both are the same digit, its votes are listed under either.
    votes = (entry["mturk"][name] for name in ("given", "guessed", "neither"))
    return Vote(*map(int, (entry["id"], entry["given_original_label"], entry["our_guessed_label"], *votes)))


def are_test_labels(labels: Labels) -> bool:
    """Whether these are the official labels of MNIST's t10k, in its order; then the votes are about them."""
    header = struct.pack(">2I", 0x801, len(labels))
    return hashlib.sha256(header + labels.astype(np.uint8).tobytes()).hexdigest() == SHA256[_LABELS]


def recount(guesses: Labels, labels: Labels, votes: tuple[Vote, ...]) -> Recount:
    """Counts ``guesses`` (n,) against ``labels`` (n,), the official ones, and against what people see.

    Raises DataMissing where the votes are about another set: an index or an official label that does not fit.
    """
    for vote in votes:
        if not 0 <= vote.index < len(labels) or labels[vote.index] != vote.official:
            raise DataMissing(
                f"the votes on MNIST's labels do not fit the data (image {vote.index} is no "
                f"{vote.official} there); give MNIST's t10k in its own order"
            )
    relabelled = {vote.index: vote.corrected for vote in votes if vote.corrected is not None}
    rejected = tuple(sorted(vote.index for vote in votes if vote.rejected))
    undisputed, seen = np.ones(len(labels), bool), labels.copy()
    undisputed[list(rejected)] = False
    known = undisputed.copy()
    for index, digit in relabelled.items():
        known[index], seen[index] = True, digit
    right = guesses == labels
    shares = Share.of(right), Share.of(right[undisputed]), Share.of((guesses == seen)[known])
    return Recount(*shares, rejected, relabelled)
