"""Networks for tests: untrained ones that say the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from inkread.training.formats.input_range import InputRange
from inkread.training.formats.test_glyphs import probe_digits


def unsettled(model: Any, seed: int = 1) -> Any:
    """The model with every weight and statistic drawn anew: Keras draws other ones each time, and zeros.

    Kernels as He and others draw them, so that its answers stay between certain and even; what has one axis (biases,
    scales, statistics) near its first value.
    """
    rng = np.random.default_rng(seed)

    def drawn(first: Any) -> Any:
        if first.ndim > 1:
            return rng.normal(0, np.sqrt(2 / np.prod(first.shape[:-1])), first.shape)
        return first + 0.05 * rng.normal(size=first.shape)

    model.set_weights([drawn(first) for first in model.get_weights()])
    return model


def nearest_mean(keras: Any, wanted: InputRange) -> Any:
    """A dense network that reads the made digits if it is given them in a range: the nearest of ten means."""
    glyphs, labels = probe_digits()
    L = keras.layers
    means = np.stack([glyphs[labels == digit].mean(axis=0).reshape(-1) for digit in range(10)], axis=1)
    weights, bias = means / 4, -0.5 * (means**2).sum(axis=0) / 4
    # What the network is given is glyph * scale + paper.
    inner = weights / wanted.scale
    model = keras.Sequential([keras.Input((28, 28)), L.Flatten(), L.Dense(10, activation="softmax")])
    model.layers[-1].set_weights([inner, bias - wanted.paper * inner.sum(axis=0)])
    return model
