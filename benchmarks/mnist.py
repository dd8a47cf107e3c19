"""MNIST's 10,000 test images through ``Reader.classify``: report only, looked at once per release.

Some of the official labels are wrong: five people voted on the 100 most suspicious
ones (cleanlab/label-errors).
This module decides nothing, and nothing may be decided by it.
"""

import json
import sys

import numpy as np
from numpy.typing import NDArray

import inkread
from inkread.glyphs import normalise
from inkread.training.mnist import load_mnist
from sets import Share, data_folder

__all__ = ["measure"]


def measure(model: str = "", quiet: bool = False) -> list[dict[str, object]]:
    """The accuracy on t10k as it is, and through inkread's normalisation; prints it, unless ``quiet``."""
    digits = load_mnist("t10k")
    reader = inkread.Reader(model or None)
    raw = digits.images.astype(np.float32) / 255
    unbacked = disputed_labels()
    rows = []
    if not quiet:
        print("\n| MNIST t10k (n = 10,000) | right | 95 % interval | wrong | wrong, official label backed |")
        print("|---|---|---|---|---|")
    for name, glyphs in {
        "as it is": raw,
        "normalised by inkread": np.stack([normalise(g) for g in raw]),
    }.items():
        wrong = np.flatnonzero(reader.classify(glyphs).argmax(axis=1) != digits.labels)
        right = Share(len(digits) - len(wrong), len(digits))
        backed = len(np.setdiff1d(wrong, unbacked))
        rows.append({"name": f"mnist {name}", "right": [right.hits, right.n], "wrong_and_backed": backed})
        if not quiet:
            print(f"| {name} | {right} | {right.bounds} | {len(wrong)} | {backed} |")
            print(f"mnist {name}: wrong at", *wrong, file=sys.stderr)
    return rows


def disputed_labels() -> NDArray[np.intp]:
    """The test images whose official label no majority of five people backs."""
    path = data_folder() / "mnist-label-errors" / "mnist_mturk.json"
    if not path.exists():
        return np.zeros(0, np.intp)
    votes = json.loads(path.read_text(encoding="utf-8"))
    ids = [vote["id"] for vote in votes if vote["mturk"]["given"] <= sum(vote["mturk"].values()) / 2]
    return np.array(ids, np.intp)
