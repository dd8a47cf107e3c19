"""The figures of a run's epochs -> learning curves: which of them are losses and which accuracies, by name.

This module does not know how curves are drawn, nor how anything is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Curve", "best_epoch", "curves_of"]

_NO_ACCURACY = frozenset({
    "epoch", "step", "steps", "seconds", "time", "rate", "lr", "norm", "best", "none", "auroc", "ece", "errors",
})  # fmt: skip
"""Words in names of other numbers; ``none`` is how well digits are told from what is none, as an AUROC."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure over all epochs; ``values`` are NaN where an epoch lacks it, accuracies are 0 … 1."""

    name: str
    epochs: tuple[float, ...]
    values: tuple[float, ...]


def curves_of(rows: Sequence[dict[str, Any]]) -> tuple[list[Curve], list[Curve]]:
    """The losses and the accuracies in ``rows``, one row per epoch, in the order in which they stand there.

    A row has its ``epoch``, what has "loss" in its name, and accuracies under any other name, of which ``train`` or
    ``accuracy`` is that of the training samples. Whatever else is in it (seconds, rates, words) is passed over.
    """
    epochs = tuple(float(row.get("epoch", at + 1)) for at, row in enumerate(rows))
    losses, accuracies = [], []
    for name in dict.fromkeys(name for row in rows for name in row):
        values = tuple(_number(row.get(name)) for row in rows)
        curve = Curve(_spoken(name), epochs, values)
        if _is_loss(name, values):
            losses.append(curve)
        elif _is_accuracy(name, values):
            accuracies.append(curve)
    return losses, accuracies


def best_epoch(rows: Sequence[dict[str, Any]]) -> float | None:
    """The epoch whose network was kept as the best: the last one that was ``best`` so far; None if no row says so."""
    kept = [row for row in rows if row.get("best") is True and "epoch" in row]
    return float(kept[-1]["epoch"]) if kept else None


def _is_loss(name: str, values: Sequence[float]) -> bool:
    return "loss" in name and not np.isnan(values).all()


def _is_accuracy(name: str, values: Sequence[float]) -> bool:
    """Whether these are accuracies: shares, under a name that is not known for something else."""
    if "loss" in name or _NO_ACCURACY & set(name.lower().replace("-", "_").split("_")):
        return False
    numbers = np.array([value for value in values if not np.isnan(value)])
    return bool(len(numbers) and (numbers >= 0).all() and (numbers <= 1).all())


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _spoken(key: str) -> str:
    """What people call it: ``val_accuracy`` is the validation, as ``train`` is the training."""
    words = [word for word in key.split("_") if word not in ("accuracy", "acc")]
    known = {"val": "validation", "train": "training", "loss": "" if len(words) > 1 else "training"}
    return " ".join(filter(None, (known.get(word, word) for word in words))) or "training"
