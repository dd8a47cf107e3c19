"""How well a network reads: accuracies with intervals, and how well it tells digits from what is none.

python -m inkread.training.evaluation.validation FILE.onnx              on the validation sets
python -m inkread.training.evaluation.validation FILE.onnx --test-set   also on MNIST's t10k: once per release
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import InkreadError
from inkread.glyphs import normalise
from inkread.training.data.mnist import Digits, load_mnist, training_split
from inkread.training.evaluation.metrics import accuracy, interval
from inkread.training.formats.card import add_to_card
from inkread.training.formats.parity import Classify, onnx_answers
from inkread.training.glyphs.samples import Pool, make_pool
from inkread.training.recipe import Mix, Recipe


def auroc(of_none: NDArray[np.float32], of_digits: NDArray[np.float32]) -> float:
    """The chance that what is no digit gets a higher score than a digit (ties count half)."""
    every = np.concatenate([of_none, of_digits])
    _, ranks, counts = np.unique(every, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    total = float(middle[ranks[: len(of_none)]].sum())
    return (total - len(of_none) * (len(of_none) + 1) / 2) / (len(of_none) * len(of_digits))


def validation_pools(seed: int = 0) -> dict[str, Pool]:
    """What chooses: MNIST's validation part as it is and normalised, pen strokes held out, and no digits."""

    def made(samples: int, **shares: float) -> Pool:
        nothing = dict.fromkeys(Mix.__slots__, 0.0)
        recipe = Recipe(seed=seed, samples=samples, mix=Mix(**(nothing | shares)))
        return make_pool(recipe, 0, validation=True)

    digits = training_split(load_mnist("train"))[1]
    return {
        "raw": Pool(digits.images, digits.labels.astype(np.int64)),
        "mnist": _normalised(digits),
        "strokes": made(2000, strokes=1.0),
        "none": made(2000, fragments=0.25, pairs=0.25, letters=0.4, words=0.1),
    }


def validation_figures(classify: Classify, pools: dict[str, Pool]) -> dict[str, float]:
    """Accuracy on each pool of digits, and ``none``: the AUROC of that class against digits."""
    scores = {name: classify(pool.ink()) for name, pool in pools.items()}
    figures = {
        name: round(accuracy(scores[name], pools[name].labels), 5) for name in ("raw", "mnist", "strokes")
    }
    if scores["none"].shape[1] > 10:
        # What is no digit may be taken for a mark: what counts is that it is not taken for a digit.
        digits, other = (
            np.concatenate([1 - scores[name][:, :10].sum(axis=1) for name in names])
            for names in (("mnist", "strokes"), ("none",))
        )
        figures["none"] = round(auroc(other, digits), 5)
    return figures


def report_figures(classify: Classify) -> dict[str, Any]:
    """Accuracy on MNIST's t10k as it is and normalised, with 95 % intervals. Reports; never chooses."""
    digits = load_mnist("t10k")
    figures: dict[str, Any] = {}
    pools = {"raw": Pool(digits.images, digits.labels.astype(np.int64)), "mnist": _normalised(digits)}
    for name, pool in pools.items():
        share = accuracy(classify(pool.ink()), pool.labels)
        figures[f"t10k_{name}"] = round(share, 5)
        figures[f"t10k_{name}_interval"] = [round(each, 5) for each in interval(share, len(digits))]
    return figures


def _normalised(digits: Digits) -> Pool:
    glyphs = [normalise(image.astype(np.float32) / np.float32(255)) for image in digits.images]
    return Pool((np.stack(glyphs) * 255 + 0.5).astype(np.uint8), digits.labels.astype(np.int64))


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m inkread.training.evaluation.validation")
    parser.add_argument("model", type=Path, help="an ONNX file")
    parser.add_argument("--test-set", action="store_true", help="also t10k: look once per release")
    parser.add_argument("--card", action="store_true", help="write the figures on the network's card")
    options = parser.parse_args(arguments)
    try:
        classify = onnx_answers(options.model.read_bytes())
        figures: dict[str, Any] = dict(validation_figures(classify, validation_pools()))
        if options.test_set:
            figures |= report_figures(classify)
        if options.card:
            told = f"{parser.prog} {options.model.name}" + " --test-set" * options.test_set
            add_to_card(options.model, figures={"command": told, **figures})
    except InkreadError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
