"""The network for lines, learning step by step by connectionist temporal classification.

The loss sums over all ways in which the classes of a line can lie in its columns (Graves, Fernández, Gomez,
Schmidhuber 2006), so that nobody has to say where a digit begins and ends; Keras has it for every backend.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.checkpoint import State
from inkread.training.glyphs.optimizers import make_optimizer
from inkread.training.glyphs.stepper import Stepper
from inkread.training.lines.evaluate import batch_of
from inkread.training.lines.network import build_network
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.lines.samples import LONGEST_LABEL, MadeLine

_WARM_UP = 300
"""Steps; or a tenth of a shorter run."""
_SHUFFLE = 12.0
"""Columns, the standard deviation: lines of about one width make a batch, but not always the same lines."""


class LinesLearner(Stepper):
    """The network of a recipe, learning; it goes on from ``state``, if there is one."""

    def __init__(self, recipe: LinesRecipe, steps_per_epoch: int, state: State | None = None) -> None:
        self._recipe = recipe
        super().__init__(recipe, steps_per_epoch, state)

    def _network(self) -> Any:
        return build_network(self._recipe.filters)

    def _optimizer(self, steps: int) -> Any:
        recipe, warmup = self._recipe, min(_WARM_UP, steps // 10)
        how = recipe.optimizer, recipe.learning_rate, recipe.weight_decay, recipe.schedule
        return make_optimizer(self._keras, *how, steps, warmup, recipe.clipnorm)

    def _loss(self) -> Any:
        return self._keras.losses.CTC()

    def _batches(self, samples: list[MadeLine]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        size = self._recipe.batch_size
        rng = np.random.default_rng([self._recipe.seed, 1, self.state.epoch])
        widths = np.array([line.width for line in samples]) + rng.normal(0, _SHUFFLE, len(samples))
        order = np.argsort(widths, kind="stable")[: self._per_epoch * size].reshape(-1, size)
        for chosen in rng.permutation(order):
            lines = [samples[i] for i in chosen]
            wanted = np.zeros((size, LONGEST_LABEL), np.int32)  # Keras takes 0, "nothing", for the end
            for row, line in zip(wanted, lines, strict=True):
                row[: len(line.labels)] = line.labels
            yield batch_of([line.strip for line in lines]), wanted
