"""What a run is about: what it learns from, what learns, and how that is judged; single glyphs here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from inkread.training.checkpoint import State
from inkread.training.evaluation.metrics import accuracy, cross_entropy, interval
from inkread.training.evaluation.validation import validation_figures
from inkread.training.formats.parity import keras_answers
from inkread.training.glyphs.dataset import Supply, open_supply
from inkread.training.glyphs.learner import Learner
from inkread.training.glyphs.own_network import hash_of_own
from inkread.training.glyphs.stepper import Stepper
from inkread.training.glyphs.teachers import find_networks, hashes_of, teachers_of
from inkread.training.lines.learner import Lines
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.recipe import Recipe
from inkread.training.recipe_kinds import AnyRecipe


class Task(Protocol):
    """What a recipe's kind decides. The supply is a context with ``epoch``, ``steps`` and ``sha256`` (see ``dataset``);
    what its epochs hold is between it and the learner."""

    def open_supply(self) -> Any:
        """What is learned from; raises DataMissing."""

    def networks_sha256(self) -> dict[str, str]:
        """Of the networks that it begins with or learns from, by name."""

    def learner(self, steps_per_epoch: int, state: State | None) -> Stepper:
        """The network, as it begins or where it stood."""

    def judged(self, model: Any, supply: Any) -> tuple[dict[str, float], float]:
        """The figures of an epoch, and the one number that tells which epoch is best."""

    def result(self, model: Any, supply: Any, test: bool) -> dict[str, Any]:
        """What the best network reaches; test images are looked at here, and nowhere else: they report only."""


def task_of(recipe: AnyRecipe, runs: Path) -> Task:
    """What ``recipe`` is about; ``runs`` is the folder of runs. Raises DataMissing, RecipeError."""
    return Lines(recipe) if isinstance(recipe, LinesRecipe) else Glyphs(recipe, find_networks(recipe, runs))


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Single glyphs and their classes."""

    recipe: Recipe
    networks: dict[str, Path]
    """Those that the recipe names, by name."""

    def open_supply(self) -> Supply:
        return open_supply(self.recipe, teachers_of(self.recipe, self.networks))

    def networks_sha256(self) -> dict[str, str]:
        return hashes_of(self.networks) | hash_of_own(self.recipe.network)

    def learner(self, steps_per_epoch: int, state: State | None) -> Stepper:
        return Learner(self.recipe, steps_per_epoch, state, self.networks.get(self.recipe.start))

    def judged(self, model: Any, supply: Supply) -> tuple[dict[str, float], float]:
        classify, raw = keras_answers(model), supply.validation["raw"]
        probabilities = classify(raw.ink())
        right = probabilities[np.arange(len(raw.labels)), raw.labels]
        figures = {
            "val_loss": float(-np.log(np.maximum(right, 1e-7)).mean()),
            "val_accuracy": accuracy(probabilities, raw.labels),
        }
        if len(supply.validation) > 1:
            others = validation_figures(classify, supply.validation)
            del others["raw"]
            figures |= others
        scores = [value for name, value in figures.items() if name != "val_loss"]
        return figures, float(np.mean(scores))

    def result(self, model: Any, supply: Supply, test: bool) -> dict[str, Any]:
        classify = keras_answers(model)
        pools = {"train": supply.known, "validation": supply.validation["raw"]}
        if test and (images := supply.test()) is not None:
            pools["test"] = images
        result: dict[str, Any] = {}
        for name, pool in pools.items():
            probabilities = classify(pool.ink())
            share = accuracy(probabilities, pool.labels)
            result |= {name: share, f"{name}_interval": interval(share, len(pool.labels))}
            result[f"{name}_loss"] = cross_entropy(probabilities, pool.labels)
        return result
