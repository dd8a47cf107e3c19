"""Learning lines: pools of made lines, the network, connectionist temporal classification, and how it is judged.

The loss sums over all ways in which the classes of a line can lie in its columns (Graves, Fernández, Gomez,
Schmidhuber 2006), so that nobody has to say where a digit begins and ends. Each pool depends on the recipe's seed and
the pool's number alone, so that a resumed run goes on with what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import numpy as np

from inkread.training.evaluation.metrics import interval
from inkread.training.glyphs.learner import Batches, Task
from inkread.training.glyphs.networks import import_keras
from inkread.training.glyphs.optimizers import make_optimizer
from inkread.training.glyphs.prefetch import Prefetcher
from inkread.training.lines.evaluate import batch_of, by_keras, figures_of, held_out_lines
from inkread.training.lines.network import build_network
from inkread.training.lines.samples import LONGEST_LABEL, MadeLine, load_material, made_lines
from inkread.training.recipe import LinesRecipe

_WARM_UP = 300
"""Steps; or a tenth of a shorter run."""
_SHUFFLE = 12.0
"""Columns, the standard deviation: lines of about one width make a batch, but not always the same lines."""


class Lines(Task):
    """Whole lines, and the classes that are to be read off them."""

    def __init__(self, recipe: LinesRecipe) -> None:
        self.recipe: LinesRecipe = recipe

    def __enter__(self) -> Self:
        self._material = load_material()  # what is missing is said before any work
        self._validation = held_out_lines(self.recipe.validation)
        self._prefetcher = Prefetcher(partial(_pool, self.recipe), self.recipe.reuse, self.recipe.epochs)
        return self

    def __exit__(self, *error: object) -> None:
        self._prefetcher.close()

    def steps(self) -> int:
        return self.recipe.samples // self.recipe.batch_size

    def epoch(self, number: int, stop: Callable[[], bool]) -> list[MadeLine] | None:
        return self._prefetcher.epoch(number, stop)

    def sha256(self) -> str:
        return self._material.writers.mnist.sha256()  # MNIST's part tells one data folder from another

    def network(self) -> Any:
        return build_network(self.recipe.filters)

    def optimizer(self, steps: int, per_epoch: int) -> Any:
        return make_optimizer(
            import_keras(), self.recipe, steps, min(_WARM_UP, steps // 10), self.recipe.clipnorm
        )

    def loss(self) -> Any:
        return import_keras().losses.CTC()

    def batches(self, samples: list[MadeLine], epoch: int, steps: int) -> Batches:
        size = self.recipe.batch_size
        rng = np.random.default_rng([self.recipe.seed, 1, epoch])
        widths = np.array([line.width for line in samples]) + rng.normal(0, _SHUFFLE, len(samples))
        order = np.argsort(widths, kind="stable")[: steps * size].reshape(-1, size)
        for chosen in rng.permutation(order):
            lines = [samples[i] for i in chosen]
            wanted = np.zeros((size, LONGEST_LABEL), np.int32)  # Keras takes 0, "nothing", for the end
            for row, line in zip(wanted, lines, strict=True):
                row[: len(line.labels)] = line.labels
            yield batch_of([line.strip for line in lines]), wanted

    def judged(self, model: Any) -> tuple[dict[str, float], float]:
        figures = figures_of(by_keras(model), self._validation)
        named = {f"val_{name}": value for name, value in figures.items()}
        # Early, when no line is read without a mistake, fewer mistakes are better.
        return named, figures["exact"] - min(1.0, figures["digit_errors"]) * 1e-3

    def result(self, model: Any, test: bool) -> dict[str, Any]:
        figures, lines = figures_of(by_keras(model), self._validation), len(self._validation)
        return figures | {"exact_interval": interval(figures["exact"], lines), "lines": lines}


def _pool(recipe: LinesRecipe, number: int) -> list[MadeLine]:
    return made_lines((recipe.seed, number), recipe.samples)
