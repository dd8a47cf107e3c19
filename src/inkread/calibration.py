"""Numbers that speak for and against -> a probability: a logistic regression whose weights a network's card holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "log_odds"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression: how often what has such numbers is right (Platt 1999)."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    """One for each number, divided by its scale after its mean was taken off, and the last for itself."""

    def probabilities(
        self, numbers: NDArray[np.float64], shift: float | NDArray[np.float64] = 0.0
    ) -> NDArray[np.float32]:
        """Probabilities (n,) for rows of numbers (n, F); ``shift``, one or (n,), is added to their log odds."""
        scaled = (np.asarray(numbers, np.float64) - self.means) / self.scales
        log_odds = scaled @ np.array(self.weights[:-1]) + self.weights[-1] + shift
        return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), np.float32)

    def to_dict(self) -> dict[str, list[float]]:
        """Plain numbers, as a card holds them."""
        return {name: [round(value, 5) for value in getattr(self, name)] for name in self.__slots__}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Sequence[float]]) -> Calibration:
        """Raises KeyError, TypeError or ValueError for fields that are none of ``to_dict``."""
        means, scales, weights = (tuple(float(value) for value in fields[name]) for name in cls.__slots__)
        if not len(means) == len(scales) == len(weights) - 1:
            raise ValueError("a calibration has a mean and a scale for each weight but the last")
        if not np.isfinite([*means, *scales, *weights]).all() or min(scales, default=1.0) <= 0:
            raise ValueError("a calibration has finite numbers, and scales above 0")
        return cls(means, scales, weights)


def log_odds(
    probabilities: NDArray[np.floating] | Sequence[float] | float, least: float = 1e-4
) -> NDArray[np.float64]:
    """The logarithm of the odds of probabilities, which are kept ``least`` away from 0 and 1."""
    clipped = np.clip(np.asarray(probabilities, np.float64), least, 1 - least)
    return np.asarray(np.log(clipped / (1 - clipped)))
