"""Where a run's samples come from: the images as they are, lightly moved, or pools made beside the run.

Each epoch's samples and their order depend on the recipe's seed and the epoch's number alone, so that a resumed run
goes on with what it would have seen. Test images are only loaded when the report is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol, Self

import numpy as np

from inkread.errors import DataMissing
from inkread.training.data.labelled import split
from inkread.training.data.mnist import Digits, load_mnist
from inkread.training.data.sources import open_source
from inkread.training.evaluation.validation import validation_pools
from inkread.training.glyphs.augment import lightly
from inkread.training.glyphs.prefetch import Ahead
from inkread.training.glyphs.samples import Pool, load_material, make_pool
from inkread.training.glyphs.teachers import Teachers
from inkread.training.recipe import Recipe

_KNOWN = 10_000
"""As many as there are test images: their accuracies compare."""


class Supply(Protocol):
    """What a run learns from, chooses by and reports on; a context, since it may hold a process."""

    validation: dict[str, Pool]
    """By name; ``raw`` are images as MNIST has them."""
    known: Pool
    """Some of the images learned from, as they are: for the accuracy that is reported beside the others."""

    def epoch(self, number: int, stop: Callable[[], bool]) -> Pool | None:
        """The samples of epoch ``number``, 0 …, not yet in order; None if ``stop`` said so meanwhile."""

    def steps(self) -> int:
        """Steps of one epoch."""

    def test(self) -> Pool | None:
        """The test images, if there are any. They report; they never choose."""

    def sha256(self) -> str:
        """Of the images and labels that are learned from."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Images:
    """Images held as one array, as they are or ``lightly`` moved: nothing stands between them and a step."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._source = open_source(recipe.data or None)
        training, held_out = (part.digits for part in split(self._source.load()))
        wanted = recipe.samples or len(training)
        if min(wanted, len(training)) < recipe.batch_size:
            raise DataMissing(
                f"{self._source.path}: {len(training):,} images to train on, less than one batch of "
                f"{recipe.batch_size}: give more, or a smaller --batch-size"
            )
        self._training = training.take(np.arange(min(wanted, len(training))))
        self.validation = {"raw": _pool(held_out)}
        self.known = _pool(self._training.take(np.arange(min(len(self._training), _KNOWN))))

    def epoch(self, number: int, stop: Callable[[], bool]) -> Pool | None:
        pool = _pool(self._training)
        if self._recipe.augment == "none":
            return pool
        rng = np.random.default_rng([self._recipe.seed, 2, number])
        return Pool(lightly(pool.glyphs, rng), pool.labels)

    def steps(self) -> int:
        return len(self._training) // self._recipe.batch_size

    def test(self) -> Pool | None:
        return _pool(self._source.load("test").digits) if "test" in self._source.parts else None

    def sha256(self) -> str:
        return sha256_of(self._training)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class Pools:
    """Pools of the recipe's mix; while the network learns from one, a process beside it makes the next.

    ``teachers``, if there are any, say there what they make of each sample, once for all epochs that see it.
    """

    def __init__(self, recipe: Recipe, teachers: Teachers | None = None) -> None:
        self._recipe = recipe
        self._mnist = load_material().mnist  # all material: what is missing is said before any work
        self.validation = validation_pools()
        self.known = _pool(self._mnist.take(np.arange(_KNOWN)))
        self._ahead = Ahead(partial(_taught_pool, recipe, teachers), recipe.reuse, recipe.epochs)

    def epoch(self, number: int, stop: Callable[[], bool]) -> Pool | None:
        return self._ahead.epoch(number, stop)

    def steps(self) -> int:
        return self._recipe.samples // self._recipe.batch_size

    def test(self) -> Pool | None:
        return _pool(load_mnist("t10k"))

    def sha256(self) -> str:
        return sha256_of(self._mnist)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._ahead.close()


def open_supply(recipe: Recipe, teachers: Teachers | None = None) -> Supply:
    """What ``recipe`` asks for; raises DataMissing."""
    return Pools(recipe, teachers) if recipe.augment == "full" else Images(recipe)


def _taught_pool(recipe: Recipe, teachers: Teachers | None, number: int) -> Pool:
    pool = make_pool(recipe, number)
    if teachers is None:
        return pool
    return replace(pool, targets=teachers.targets(pool.glyphs, pool.labels, len(recipe.classes)))


def _pool(digits: Digits) -> Pool:
    return Pool(digits.images, digits.labels.astype(np.int64))


def sha256_of(digits: Digits) -> str:
    """The hash of images and labels."""
    digest = hashlib.sha256(np.ascontiguousarray(digits.images).data)
    digest.update(np.ascontiguousarray(digits.labels).data)
    return digest.hexdigest()
