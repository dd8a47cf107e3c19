"""Sharpening: undoes a known smoothing, and leaves what is calibrated as it is."""

from __future__ import annotations

import numpy as np

from inkread.training.evaluation.validation import best_power, sharpened_cross_entropy


def drawn(power: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are calibrated once raised to ``power``, and labels drawn from them."""
    rng = np.random.default_rng(3)
    true = rng.dirichlet(np.full(11, 0.2), n)
    labels = (true.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    smooth = true ** (1 / power)
    return smooth / smooth.sum(axis=1, keepdims=True), labels


def test_the_power_that_was_taken_away_is_found() -> None:
    for power in (0.8, 1.0, 1.6, 2.2):
        assert abs(best_power(*drawn(power)) - power) <= 0.06


def test_cross_entropy_of_a_known_table() -> None:
    scores = np.array([[0.5, 0.5], [0.9, 0.1]])
    expected = -(np.log(0.5) + np.log(0.9)) / 2
    assert abs(sharpened_cross_entropy(scores, np.array([0, 0]), 1.0) - expected) < 1e-12
