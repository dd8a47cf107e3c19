"""Networks for tests: untrained ones that say the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np


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
