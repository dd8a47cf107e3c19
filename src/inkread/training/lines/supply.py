"""Where a run's lines come from: pools made in a process beside the run, and held-out lines to judge by.

Each pool depends on the recipe's seed and the pool's number alone, so that a resumed run goes on with what it would
have seen.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self

from inkread.training.glyphs.dataset import sha256_of
from inkread.training.glyphs.prefetch import Ahead
from inkread.training.lines.evaluate import held_out_lines
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.lines.samples import MadeLine, load_material, made_lines


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
