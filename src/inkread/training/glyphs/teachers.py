"""Networks that a recipe names, to begin with or to learn from (distillation): their files, and targets for samples.

A recipe names them as it is named itself, ``teachers = ["default", "more-forms"]``, or as a file. A name stands for
the best network of that recipe's finished run, in the folder where the run that asks for it lies, too.

Learning from what another network says of every class, not only from the label, is distillation: Hinton, Vinyals,
Dean 2015, "Distilling the knowledge in a neural network".
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing
from inkread.glyphs.classifier import Classifier
from inkread.inference.onnx_session import KERAS_ENDINGS
from inkread.training.formats.loading import as_onnx, hash_of
from inkread.training.recipe import Recipe, RecipeError, own_recipes

_ENDINGS = (*KERAS_ENDINGS, ".onnx")
_LEAST = np.float32(1e-7)
"""What a probability of nothing counts as, so that one teacher alone cannot rule a class out."""
_PART = 4096
"""Glyphs that are made floating-point at a time."""


@dataclass(frozen=True, slots=True)
class Teachers:
    """ONNX networks with the recipe's classes. What they say counts ``weight``, 0 … 1; the label counts the rest."""

    files: tuple[Path, ...]
    weight: float

    def targets(
        self, glyphs: NDArray[np.uint8], labels: NDArray[np.int64], classes: int
    ) -> NDArray[np.float32]:
        """What to learn for ``glyphs`` (n, 28, 28), 0 paper … 255 ink: (n, classes), rows sum to 1.

        What the teachers say is the geometric mean, scaled to sum to 1: a class that one doubts, all doubt. Those who
        take for a digit what is none are wrong, and not listened to: there the label stands alone.
        """
        classifiers, parts = [Classifier(path) for path in self.files], []
        for first in range(0, len(glyphs), _PART):
            ink = glyphs[first : first + _PART].astype(np.float32) / np.float32(255)
            logarithms = [np.log(np.maximum(one.scores(ink), _LEAST)) for one in classifiers]
            mean = np.exp(np.mean(logarithms, axis=0, dtype=np.float32))
            parts.append(mean / mean.sum(axis=1, keepdims=True))
        said = np.concatenate(parts).astype(np.float32)
        wrong = (labels >= 10) & (said.argmax(axis=1) < 10)
        weight = np.where(wrong, 0, self.weight).astype(np.float32)[:, None]
        mixed: NDArray[np.float32] = weight * said + (1 - weight) * np.eye(classes, dtype=np.float32)[labels]
        return mixed


def find_networks(recipe: Recipe, runs: Path) -> dict[str, Path]:
    """The files of all networks that ``recipe`` names, by name; ``runs`` is the folder of runs.

    Raises DataMissing that says how to make what is not there, RecipeError for a name that means nothing.
    """
    names = dict.fromkeys([*recipe.teachers, *([recipe.start] if recipe.start else [])])
    found, missing = {}, []
    for name in names:
        if name.lower().endswith(_ENDINGS):
            hash_of(Path(name))  # one that cannot be read is refused now
            found[name] = Path(name)
        elif name not in own_recipes():
            own = ", ".join(own_recipes())
            raise RecipeError(
                f"no network {name}: give a .keras or .onnx file, or the name of one of inkread's recipes: {own}"
            )
        elif (runs / name / "result.json").is_file():
            found[name] = runs / name / "best.keras"
        else:
            missing.append(name)
    if missing:
        commands = " && ".join(
            f"inkread train {'--resume' if (runs / name / 'recipe.toml').exists() else f'--recipe {name}'}"
            f" --out {shlex.quote(str(runs / name))}"
            for name in missing
        )
        raise DataMissing(f"{recipe.name} learns from other networks; make them first: {commands}")
    return found


def hashes_of(networks: dict[str, Path]) -> dict[str, str]:
    """The SHA-256 of each file, by the name that the recipe has for it."""
    return {name: hash_of(path) for name, path in networks.items()}


def teachers_of(recipe: Recipe, networks: dict[str, Path]) -> Teachers | None:
    """The recipe's teachers, made ONNX where they are not; None if it has none. Raises RecipeError, ModelError."""
    if not recipe.teachers:
        return None
    files = tuple(as_onnx(networks[name]) for name in recipe.teachers)
    for name, path in zip(recipe.teachers, files, strict=True):
        if Classifier(path).classes != recipe.classes:
            raise RecipeError(
                f"the teacher {name} knows other classes than {recipe.name}: give one with the same"
            )
    return Teachers(files, recipe.teaching)
