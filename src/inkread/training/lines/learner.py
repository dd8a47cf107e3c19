"""Training on lines: pools of made lines, the network learning by connectionist temporal classification, its figures.

The loss sums over all ways in which the classes of a line can lie in its columns (Graves, Fernández, Gomez,
Schmidhuber 2006), so that nobody has to say where a digit begins and ends. Each pool depends on the recipe's seed and
the pool's number alone, so that a resumed run goes on with what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inkread.training.checkpoint import State
from inkread.training.evaluation.metrics import interval
from inkread.training.glyphs.dataset import sha256_of
from inkread.training.glyphs.optimizers import make_optimizer
from inkread.training.glyphs.prefetch import Ahead
from inkread.training.glyphs.stepper import Stepper
from inkread.training.lines.evaluate import batch_of, by_keras, figures_of, held_out_lines
from inkread.training.lines.network import build_network
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.lines.samples import LONGEST_LABEL, MadeLine, load_material, made_lines


class MadeLines:
    """Pools of made lines; a context, since it holds a process. Raises DataMissing."""

    def __init__(self, recipe: LinesRecipe) -> None:
        self._recipe = recipe
        self._material = load_material()  # what is missing is said before any work
        self.validation = held_out_lines(recipe.validation)
        self._ahead = Ahead(partial(_pool, recipe), recipe.reuse, recipe.epochs)

    def epoch(self, number: int, stop: Callable[[], bool]) -> list[MadeLine] | None:
        """The lines of epoch ``number``, 0 …; None if ``stop`` said so meanwhile."""
        return self._ahead.epoch(number, stop)

    def steps(self) -> int:
        return self._recipe.samples // self._recipe.batch_size

    def sha256(self) -> str:
        """Of MNIST's part, which tells one data folder from another."""
        return sha256_of(self._material.writers.mnist)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._ahead.close()


def _pool(recipe: LinesRecipe, number: int) -> list[MadeLine]:
    return made_lines((recipe.seed, number), recipe.samples)


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


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines, and the classes that are to be read off them."""

    recipe: LinesRecipe

    def open_supply(self) -> MadeLines:
        return MadeLines(self.recipe)

    def networks_sha256(self) -> dict[str, str]:
        return {}

    def learner(self, steps_per_epoch: int, state: State | None) -> Stepper:
        return LinesLearner(self.recipe, steps_per_epoch, state)

    def judged(self, model: Any, supply: MadeLines) -> tuple[dict[str, float], float]:
        figures = figures_of(by_keras(model), supply.validation)
        named = {f"val_{name}": value for name, value in figures.items()}
        # Early, when no line is read without a mistake, fewer mistakes are better.
        return named, figures["exact"] - min(1.0, figures["digit_errors"]) * 1e-3

    def result(self, model: Any, supply: MadeLines, test: bool) -> dict[str, Any]:
        figures = figures_of(by_keras(model), supply.validation)
        lines = len(supply.validation)
        return figures | {"exact_interval": interval(figures["exact"], lines), "lines": lines}
