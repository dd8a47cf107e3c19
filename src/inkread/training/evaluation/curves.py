"""The figures of the epochs of a run -> learning curves: losses, accuracies, and what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inkread.training.glyphs.networks import WITH_DROPOUT
from inkread.training.glyphs.own_network import name_of
from inkread.training.recipe import AnyRecipe, Recipe, counted

_LOSSES = {"loss": "training", "val_loss": "validation"}
_ACCURACIES = {
    "accuracy": "training", "val_accuracy": "validation", "mnist": "mnist", "strokes": "strokes", "val_exact": "exact",
}  # fmt: skip
"""Figures of an epoch that are drawn, and what their curves are called."""
_OTHERS = {
    "mnist": "validation: MNIST, normalized as a drawing is",
    "strokes": "validation: pen strokes of other writers",
    "exact": "validation: lines without a mistake",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure over all epochs; ``values`` are NaN where an epoch lacks it, accuracies are 0 … 1."""

    name: str
    epochs: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """The run that curves are of, in words, and why its training figures are not those of its validation."""

    title: str = "Learning curves"
    raising_loss: tuple[str, ...] = ()
    """What makes the loss on training samples higher than that of the same network on validation samples."""
    lowering_accuracy: tuple[str, ...] = ()
    averaged: bool = False
    """Whether a moving average of the weights is validated."""

    def legend(self, name: str, share: bool) -> str:
        """What a curve shows; ``share``: an accuracy."""
        if name == "training":
            why, effect = (self.lowering_accuracy, "lowered") if share else (self.raising_loss, "raised")
            listed = " and ".join(filter(None, (", ".join(why[:-1]), *why[-1:])))
            return "training: mean over the epoch" + (f", {effect} by {listed}" if why else "")
        if name == "validation":
            without = ", without these" if self.raising_loss else ""
            return f"validation: after the epoch{without}" + ", weights averaged" * self.averaged
        return _OTHERS[name]


def setting_of(recipe: AnyRecipe) -> Setting:
    """The setting of a run of ``recipe``."""
    harder, softer = ["dropout"] if recipe.network in WITH_DROPOUT else [], []
    if isinstance(recipe, Recipe):
        harder = [f"{recipe.augment} augmentation"] * (recipe.augment != "none") + harder
        softer = [f"label smoothing {recipe.label_smoothing:g}"] if recipe.label_smoothing else []
        softer += [f"the answers of {counted(len(recipe.teachers), 'teacher')}"] if recipe.teachers else []
    title = f"Learning curves: network {name_of(recipe.network)}, optimizer {recipe.optimizer}"
    return Setting(title, (*softer, *harder), tuple(harder), recipe.ema > 0)


def curves_of(rows: Sequence[dict[str, Any]]) -> tuple[list[Curve], list[Curve]]:
    """The losses and the accuracies in ``rows``, one row per epoch; other figures are passed over."""
    epochs = tuple(float(row.get("epoch", at + 1)) for at, row in enumerate(rows))

    def drawn(names: dict[str, str]) -> list[Curve]:
        found = {name: tuple(float(row.get(name, "nan")) for row in rows) for name in names}
        return [Curve(names[name], epochs, each) for name, each in found.items() if not np.isnan(each).all()]

    return drawn(_LOSSES), drawn(_ACCURACIES)


def best_epoch(rows: Sequence[dict[str, Any]]) -> float | None:
    """The epoch whose network was kept as the best: the last one that was ``best`` so far; None if no row says so."""
    kept = [row for row in rows if row.get("best") is True and "epoch" in row]
    return float(kept[-1]["epoch"]) if kept else None
