"""MNIST's 10,000 test images through ``Reader.classify``: report only, looked at once per release.

Some of the official labels are wrong, as people said of the 100 most suspicious ones; the same answers are counted
against the labels as these people set them right, too (``inkread.training.data.relabelled`` says how).
This module decides nothing, and nothing may be decided by it.
"""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import inkread
from inkread.errors import DataMissing
from inkread.glyphs import normalise
from inkread.training.data.mnist import load_mnist
from inkread.training.data.relabelled import Vote, load_votes, recount
from inkread.training.evaluation.metrics import calibrate
from sets import Share

__all__ = ["figures", "measure"]

HEAD = """
| MNIST t10k (n = 10,000) | right | 95 % interval | wrong | of these, label rejected | right by corrected labels (n) | calibration error |
|---|---|---|---|---|---|---|"""  # noqa: E501


def measure(model: str = "", quiet: bool = False) -> list[dict[str, Any]]:
    """The figures on t10k as it is, and through inkread's normalisation; prints them, unless ``quiet``."""
    digits = load_mnist("t10k")
    reader = inkread.Reader(model or None)
    raw = digits.images.astype(np.float32) / 255
    rows = []
    if not quiet:
        print(HEAD)
    for name, glyphs in {
        "as it is": raw,
        "normalised by inkread": np.stack([normalise(g) for g in raw]),
    }.items():
        row = figures(reader.classify(glyphs), digits.labels, votes())
        rows.append({"name": f"mnist {name}", **row})
        if not quiet:
            show(name, row)
    return rows


def figures(
    probabilities: NDArray[np.float32], labels: NDArray[np.uint8], said: tuple[Vote, ...]
) -> dict[str, Any]:
    """How often ``probabilities`` (n, 10) are right by ``labels`` (n,), and by what people ``said`` of them."""
    guesses = probabilities.argmax(axis=1)
    counted = recount(guesses, labels.astype(np.int64), said)
    wrong = np.flatnonzero(guesses != labels)
    return {
        "right": [counted.official.right, counted.official.count],
        "wrong": wrong.tolist(),
        "wrong_by_rejected_labels": len(np.intersect1d(wrong, counted.rejected)),
        "right_by_corrected_labels": [counted.corrected.right, counted.corrected.count],
        "calibration_error": round(calibrate(probabilities.max(axis=1), guesses == labels).ece, 5),
    }


def show(name: str, row: dict[str, Any]) -> None:
    right, again = Share(*row["right"]), Share(*row["right_by_corrected_labels"])
    low, high = (f"{100 * end:.2f}" for end in right.interval)
    print(
        f"| {name} | {right} | {low} – {high} | {len(row['wrong'])} | {row['wrong_by_rejected_labels']} "
        f"| {again} ({again.n:,}) | {100 * row['calibration_error']:.2f} % |"
    )
    print(f"mnist {name}: wrong at", *row["wrong"], file=sys.stderr)


def votes() -> tuple[Vote, ...]:
    """What people said of the labels; nothing where the file is not there."""
    try:
        return load_votes()
    except DataMissing:
        return ()
