"""Training on lines: what a run of this kind learns from, what learns, and how that is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inkread.training.checkpoint import State
from inkread.training.evaluation.metrics import interval
from inkread.training.glyphs.stepper import Stepper
from inkread.training.lines.evaluate import by_keras, figures_of
from inkread.training.lines.learner import LinesLearner
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.lines.supply import MadeLines


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
