"""Chooses how far a network's probabilities are sharpened, on validation data, and writes it on its card.

    python -m inkread.training.evaluation.calibrate FILE.onnx

Label smoothing teaches a network to be modest: on what it knows it says 95 % and is right 99.9 times in 100. One
power for all probabilities, chosen for the least cross-entropy on digits and non-digits that it has not learnt from,
undoes that (temperature scaling: Guo et al. 2017, "On calibration of modern neural networks").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.classifier import Classifier
from inkread.training.evaluation.validation import validation_pools
from inkread.training.formats.card import add_to_card


def cross_entropy(scores: NDArray[np.float64], labels: NDArray[np.int64], power: float) -> float:
    """Mean negative log probability of the ``labels`` (n,) under ``scores`` (n, C) raised to ``power``."""
    logarithms = power * np.log(np.maximum(scores, 1e-12))
    totals = np.logaddexp.reduce(logarithms, axis=1)
    return float(np.mean(totals - logarithms[np.arange(len(labels)), labels]))


def best_power(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The power, to 0.05, with the least cross-entropy."""
    powers = [round(0.5 + 0.05 * step, 2) for step in range(51)]
    return min(powers, key=lambda power: cross_entropy(scores, labels, power))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="an ONNX file with its card")
    options = parser.parse_args()
    classifier = Classifier(options.model)
    card = {name: value for name, value in classifier.card.items() if name != "sharpness"}
    classifier.card = card
    pools = validation_pools()
    chosen = [
        pool for name, pool in pools.items() if name != "raw" and pool.labels.max() < len(card["classes"])
    ]
    scores = np.concatenate([classifier.scores(pool.ink()) for pool in chosen]).astype(np.float64)
    labels = np.concatenate([pool.labels for pool in chosen])
    power = best_power(scores, labels)
    before, after = cross_entropy(scores, labels, 1.0), cross_entropy(scores, labels, power)
    print(f"sharpness {power}: cross-entropy {before:.4f} -> {after:.4f} on {len(labels)} validation samples")
    add_to_card(options.model, sharpness=power)


if __name__ == "__main__":
    main()
