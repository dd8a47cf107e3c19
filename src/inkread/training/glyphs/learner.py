"""The network for single glyphs, learning step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.checkpoint import State
from inkread.training.glyphs.networks import build, import_keras
from inkread.training.glyphs.optimizers import make_optimizer
from inkread.training.glyphs.samples import Pool
from inkread.training.glyphs.stepper import Stepper
from inkread.training.recipe import Recipe, RecipeError


class Learner(Stepper):
    """The network of a recipe, learning; without a ``state`` to go on from, with the weights in ``start``."""

    metrics = ("accuracy",)

    def __init__(
        self, recipe: Recipe, steps_per_epoch: int, state: State | None = None, start: Path | None = None
    ) -> None:
        self._recipe = recipe
        self._one_hot = np.eye(len(recipe.classes), dtype=np.float32)
        super().__init__(recipe, steps_per_epoch, state)
        if state is None and start is not None:
            self._begin_as(start)
            self.state = self.where()

    def _network(self) -> Any:
        return build(self._recipe.network, len(self._recipe.classes))

    def _optimizer(self, steps: int) -> Any:
        recipe, warmup = self._recipe, min(self._per_epoch, steps // 10)
        how = recipe.optimizer, recipe.learning_rate, recipe.weight_decay, recipe.schedule
        return make_optimizer(self._keras, *how, steps, warmup)

    def _loss(self) -> Any:
        return self._keras.losses.CategoricalCrossentropy(label_smoothing=self._recipe.label_smoothing)

    def _batches(self, samples: Pool) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        size = self._recipe.batch_size
        rng = np.random.default_rng([self._recipe.seed, 1, self.state.epoch])
        order = rng.permutation(len(samples.labels))
        for step in range(self._per_epoch):
            batch = order[step * size : (step + 1) * size]
            glyphs = samples.glyphs[batch, ..., None].astype(np.float32) / np.float32(255)
            one_hot = self._one_hot[samples.labels[batch]]
            yield glyphs, one_hot if samples.targets is None else samples.targets[batch]

    def _begin_as(self, start: Path) -> None:
        try:
            weights = self._keras.models.load_model(start, compile=False).get_weights()
            self.model.set_weights(weights)
        except (OSError, ValueError, TypeError) as error:
            raise RecipeError(
                f"{start}: its weights do not fit {self._recipe.network} with {len(self._recipe.classes)} classes "
                f"({str(error).splitlines()[0][:80]}); give a .keras file of the same network"
            ) from None


def prepare_backend(deterministic: bool) -> None:
    """What must be set before the first tensor; with ``deterministic``, one thread and ordered sums."""
    if deterministic:
        os.environ["XLA_FLAGS"] = (
            f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false".strip()
        )
    settle: dict[str, Callable[[], None]] = {"tensorflow": _settle_tensorflow, "torch": _settle_torch}
    backend = import_keras().backend.backend()
    if deterministic and backend in settle:
        settle[backend]()


def _settle_tensorflow() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    # Several threads add up parts of a sum in the order in which they happen to finish.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _settle_torch() -> None:
    torch = import_module("torch")  # by name: most have TensorFlow, and not this
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
