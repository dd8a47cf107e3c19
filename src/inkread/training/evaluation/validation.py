"""How well a network for glyphs or lines reads, with 95 % intervals, and how far probabilities are to be sharpened.

python -m inkread.training.evaluation.validation FILE.onnx              on the validation sets
python -m inkread.training.evaluation.validation FILE.onnx --test-set   also on MNIST's t10k: once per release
python -m inkread.training.evaluation.validation FILE.onnx --sharpen    chooses the sharpness, for the card

Label smoothing teaches a network to say 95 % where it is right 99.9 times in 100. One power for all probabilities,
chosen for the least cross-entropy on digits and non-digits that it has not learnt from, undoes that (temperature
scaling: Guo et al. 2017, "On calibration of modern neural networks").
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
from inkread.glyphs.classifier import Classifier
from inkread.inference.onnx_session import read_card
from inkread.training.data.mnist import Digits, load_mnist, training_split
from inkread.training.evaluation.metrics import accuracy, auroc, interval
from inkread.training.formats.card import add_to_card
from inkread.training.formats.parity import Classify, onnx_answers
from inkread.training.glyphs.samples import Pool, make_pool, pool_of
from inkread.training.lines.evaluate import measured as lines_figures
from inkread.training.lines.network import CLASSES as LINES_CLASSES
from inkread.training.recipe import Mix, Recipe


def validation_pools(seed: int = 0) -> dict[str, Pool]:
    """What chooses: MNIST's validation part as it is and normalised, pen strokes held out, and no digits."""

    def made(samples: int, **shares: float) -> Pool:
        nothing = dict.fromkeys(Mix.__slots__, 0.0)
        recipe = Recipe(seed=seed, samples=samples, mix=Mix(**(nothing | shares)))
        return make_pool(recipe, 0, validation=True)

    return {
        **_as_is_and_normalised(training_split(load_mnist("train"))[1]),
        "strokes": made(2000, strokes=1.0),
        "none": made(2000, fragments=0.25, pairs=0.25, letters=0.4, words=0.1),
    }


def _as_is_and_normalised(digits: Digits) -> dict[str, Pool]:
    raw = pool_of(digits)
    glyphs = np.stack([normalise(ink) for ink in raw.ink()])
    return {"raw": raw, "mnist": Pool((glyphs * 255 + 0.5).astype(np.uint8), raw.labels)}


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
    figures: dict[str, Any] = {}
    for name, pool in _as_is_and_normalised(load_mnist("t10k")).items():
        share = accuracy(classify(pool.ink()), pool.labels)
        figures[f"t10k_{name}"] = round(share, 5)
        figures[f"t10k_{name}_interval"] = [round(each, 5) for each in interval(share, len(pool.labels))]
    return figures


def sharpened_cross_entropy(scores: NDArray[np.float64], labels: NDArray[np.int64], power: float) -> float:
    """Mean negative log probability of the ``labels`` (n,) under ``scores`` (n, C) raised to ``power``."""
    logarithms = power * np.log(np.maximum(scores, 1e-12))
    totals = np.logaddexp.reduce(logarithms, axis=1)
    return float(np.mean(totals - logarithms[np.arange(len(labels)), labels]))


def best_power(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The power, to 0.05, with the least cross-entropy."""
    powers = [round(0.5 + 0.05 * step, 2) for step in range(51)]
    return min(powers, key=lambda power: sharpened_cross_entropy(scores, labels, power))


def sharpen(model: Path) -> dict[str, Any]:
    """Chooses the sharpness of a network and writes it on its card; raises ModelError, DataMissing."""
    classifier = Classifier(model)
    classifier.card = {name: value for name, value in classifier.card.items() if name != "sharpness"}
    pools = [pool for name, pool in validation_pools().items() if name != "raw"]
    pools = [pool for pool in pools if pool.labels.max() < len(classifier.card["classes"])]
    scores = np.concatenate([classifier.scores(pool.ink()) for pool in pools]).astype(np.float64)
    labels = np.concatenate([pool.labels for pool in pools])
    power = best_power(scores, labels)
    add_to_card(model, sharpness=power)
    before, after = (round(sharpened_cross_entropy(scores, labels, each), 4) for each in (1.0, power))
    return {"sharpness": power, "cross_entropy": [before, after], "samples": len(labels)}


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m inkread.training.evaluation.validation")
    parser.add_argument("model", type=Path, help="an ONNX file")
    parser.add_argument("--test-set", action="store_true", help="also t10k: look once per release")
    parser.add_argument("--card", action="store_true", help="write the figures on the network's card")
    parser.add_argument("--sharpen", action="store_true", help="choose the sharpness; write it on the card")
    parser.add_argument(
        "--lines", type=int, default=1500, help="how many made lines a network for lines reads"
    )
    options = parser.parse_args(arguments)
    try:
        if options.sharpen:
            figures = sharpen(options.model)
        elif read_card(options.model).get("classes") == list(LINES_CLASSES):
            figures = lines_figures(options.model, options.lines)
        else:
            classify = onnx_answers(options.model.read_bytes())
            figures = {"command": f"{parser.prog} {options.model.name}" + " --test-set" * options.test_set}
            figures |= validation_figures(classify, validation_pools())
            figures |= report_figures(classify) if options.test_set else {}
        if options.card and not options.sharpen:
            add_to_card(options.model, figures=figures)
    except (InkreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
