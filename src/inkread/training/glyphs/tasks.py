"""Learning single glyphs: samples, network and loss, and how it is judged.

Samples are the images as they are, lightly moved, or pools made beside the run. Each epoch's samples and their order
depend on the recipe's seed and the epoch's number alone, so that a resumed run goes on with what it would have seen.
Test images are only loaded when the report is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from inkread.errors import DataMissing
from inkread.training.data.labelled import split
from inkread.training.data.sources import open_source
from inkread.training.evaluation.metrics import accuracy, cross_entropy, interval
from inkread.training.evaluation.validation import validation_figures, validation_pools
from inkread.training.formats.parity import keras_answers
from inkread.training.glyphs.augment import lightly
from inkread.training.glyphs.learner import Batches, Task
from inkread.training.glyphs.networks import build, import_keras
from inkread.training.glyphs.optimizers import make_optimizer
from inkread.training.glyphs.own_network import hash_of_own
from inkread.training.glyphs.prefetch import Prefetcher
from inkread.training.glyphs.samples import Pool, load_material, make_pool, pool_of
from inkread.training.glyphs.teachers import Teachers, find_networks, hashes_of, teachers_of
from inkread.training.lines.learner import Lines
from inkread.training.recipe import AnyRecipe, LinesRecipe, Recipe, RecipeError, is_own

_KNOWN = 10_000
"""Of the images learned from, so many are reported on: as there are test images, so that accuracies compare."""


def task_of(recipe: AnyRecipe, runs: Path) -> Task:
    """What ``recipe`` is about; ``runs`` is the folder of runs. Raises DataMissing, RecipeError."""
    return Lines(recipe) if isinstance(recipe, LinesRecipe) else Glyphs(recipe, find_networks(recipe, runs))


class Glyphs(Task):
    """Single glyphs and their classes; ``networks`` are those that the recipe names, by name."""

    metrics = ("accuracy",)

    def __init__(self, recipe: Recipe, networks: dict[str, Path] | None = None) -> None:
        self.recipe: Recipe = recipe
        self._networks = networks or {}
        self._prefetcher: Prefetcher[Pool] | None = None
        self._one_hot = np.eye(len(recipe.classes), dtype=np.float32)

    def __enter__(self) -> Self:
        recipe = self.recipe
        if is_own(recipe.network):
            self.network()  # one that cannot be built is refused before there is a folder
        teachers = teachers_of(recipe, self._networks)
        self._source = open_source(recipe.data or None)
        self._training, held_out = (part.digits for part in split(self._source.load()))
        if recipe.augment == "full":
            load_material()  # what is missing is said before any work
            self._validation = validation_pools()
            self._prefetcher = Prefetcher(
                partial(_taught_pool, recipe, teachers), recipe.reuse, recipe.epochs
            )
        else:
            self._validation = {"raw": pool_of(held_out)}
            self._training = self._training.take(np.arange(self._wanted()))
        return self

    def _wanted(self) -> int:
        there, recipe = len(self._training), self.recipe
        if (wanted := min(recipe.samples or there, there)) < recipe.batch_size:
            raise DataMissing(
                f"{self._source.path}: {there:,} images to train on, less than one batch of "
                f"{recipe.batch_size}: give more, or a smaller --batch-size"
            )
        return wanted

    def __exit__(self, *error: object) -> None:
        if self._prefetcher is not None:
            self._prefetcher.close()

    def steps(self) -> int:
        return (
            len(self._training) if self._prefetcher is None else self.recipe.samples
        ) // self.recipe.batch_size

    def epoch(self, number: int, stop: Callable[[], bool]) -> Pool | None:
        if self._prefetcher is not None:
            return self._prefetcher.epoch(number, stop)
        pool = pool_of(self._training)
        if self.recipe.augment == "none":
            return pool
        return replace(
            pool, glyphs=lightly(pool.glyphs, np.random.default_rng([self.recipe.seed, 2, number]))
        )

    def sha256(self) -> str:
        return self._training.sha256()

    def networks_sha256(self) -> dict[str, str]:
        return hashes_of(self._networks) | hash_of_own(self.recipe.network)

    def network(self) -> Any:
        return build(self.recipe.network, len(self.recipe.classes))

    def optimizer(self, steps: int, per_epoch: int) -> Any:
        return make_optimizer(import_keras(), self.recipe, steps, min(per_epoch, steps // 10))

    def loss(self) -> Any:
        return import_keras().losses.CategoricalCrossentropy(label_smoothing=self.recipe.label_smoothing)

    def begin(self, model: Any) -> None:
        if (start := self._networks.get(self.recipe.start)) is None:
            return
        try:
            model.set_weights(import_keras().models.load_model(start, compile=False).get_weights())
        except (OSError, ValueError, TypeError) as error:
            raise RecipeError(
                f"{start}: its weights do not fit {self.recipe.network} with {len(self.recipe.classes)} classes "
                f"({str(error).splitlines()[0][:80]}); give a .keras file of the same network"
            ) from None

    def batches(self, samples: Pool, epoch: int, steps: int) -> Batches:
        size = self.recipe.batch_size
        order = np.random.default_rng([self.recipe.seed, 1, epoch]).permutation(len(samples.labels))
        for step in range(steps):
            batch = order[step * size : (step + 1) * size]
            glyphs = samples.glyphs[batch, ..., None].astype(np.float32) / np.float32(255)
            one_hot = self._one_hot[samples.labels[batch]]
            yield glyphs, one_hot if samples.targets is None else samples.targets[batch]

    def judged(self, model: Any) -> tuple[dict[str, float], float]:
        classify, raw = keras_answers(model), self._validation["raw"]
        probabilities = classify(raw.ink())
        figures = {
            "val_loss": cross_entropy(probabilities, raw.labels),
            "val_accuracy": accuracy(probabilities, raw.labels),
        }
        if len(self._validation) > 1:
            others = validation_figures(classify, self._validation)
            figures |= {name: value for name, value in others.items() if name != "raw"}
        return figures, float(np.mean([value for name, value in figures.items() if name != "val_loss"]))

    def result(self, model: Any, test: bool) -> dict[str, Any]:
        known = self._training.take(np.arange(min(len(self._training), _KNOWN)))
        pools = {"train": pool_of(known), "validation": self._validation["raw"]}
        if test and "test" in self._source.parts:
            pools["test"] = pool_of(self._source.load("test").digits)
        result: dict[str, Any] = {}
        for name, pool in pools.items():
            probabilities = keras_answers(model)(pool.ink())
            share = accuracy(probabilities, pool.labels)
            result |= {name: share, f"{name}_interval": interval(share, len(pool.labels))}
            result[f"{name}_loss"] = cross_entropy(probabilities, pool.labels)
        return result


def _taught_pool(recipe: Recipe, teachers: Teachers | None, number: int) -> Pool:
    """A pool, and what the teachers make of each sample, once for all epochs that see it."""
    pool = make_pool(recipe, number)
    if teachers is None:
        return pool
    return replace(pool, targets=teachers.targets(pool.glyphs, pool.labels, len(recipe.classes)))
