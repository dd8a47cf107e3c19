"""A network and its optimiser, one step at a time, with the moving average of its weights.

Batches are plain NumPy, so that any Keras backend will do. Whatever decides the next step is in ``state``.
This module does not know where samples come from, nor what is kept of a run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.checkpoint import State
from inkread.training.evaluate import Classify
from inkread.training.networks import build, import_keras
from inkread.training.optimizers import make_optimizer
from inkread.training.recipe import Recipe, RecipeError
from inkread.training.samples import Pool

__all__ = ["Learner", "classifier_of", "prepare_backend"]

_PREDICT = 1000


class Learner:
    """The network of a recipe, learning; without a ``state`` to go on from, with the weights in ``start``."""

    def __init__(
        self, recipe: Recipe, steps_per_epoch: int, state: State | None = None, start: Path | None = None
    ) -> None:
        self._keras = import_keras()
        self._recipe, self._per_epoch = recipe, steps_per_epoch
        self._one_hot = np.eye(len(recipe.classes), dtype=np.float32)
        self._keras.utils.set_random_seed(recipe.seed)
        self.model = build(recipe.network, len(recipe.classes))
        self._judged = build(recipe.network, len(recipe.classes))
        self._compile()
        if state is not None:
            self._restore(state)
        elif start is not None:
            self._begin_as(start)
        self.state = self.where() if state is None else state

    def _compile(self) -> None:
        recipe, total = self._recipe, self._per_epoch * self._recipe.epochs
        optimizer = make_optimizer(
            self._keras,
            recipe.optimizer,
            recipe.learning_rate,
            recipe.weight_decay,
            recipe.schedule,
            total,
            min(self._per_epoch, total // 10),
        )
        loss = self._keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
        self.model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=_jit(self._keras))
        optimizer.build(self.model.trainable_variables)

    def steps(self, pool: Pool, first: int) -> Iterator[tuple[float, float]]:
        """Learns from each batch of the epoch from step ``first`` on; gives its loss and accuracy."""
        size = self._recipe.batch_size
        order = np.random.default_rng([self._recipe.seed, 1, self.state.epoch]).permutation(len(pool.labels))
        for step in range(first, self._per_epoch):
            batch = order[step * size : (step + 1) * size]
            glyphs = pool.glyphs[batch, ..., None].astype(np.float32) / np.float32(255)
            self.model.reset_metrics()
            one_hot = self._one_hot[pool.labels[batch]]
            targets = one_hot if pool.targets is None else pool.targets[batch]
            loss, hits = self.model.train_on_batch(glyphs, targets)
            if self._recipe.ema:
                self._move_average(self.state.epoch * self._per_epoch + step)
            yield float(loss), float(hits)

    def _move_average(self, done: int) -> None:
        # At first the average follows closely, since the first weights are worth nothing.
        decay = np.float32(min(self._recipe.ema, (1 + done) / (10 + done)))
        for mean, new in zip(self.state.average, self.model.get_weights(), strict=True):
            mean *= decay
            mean += (1 - decay) * new

    def where(self) -> State:
        """The state of the network, its generators and its optimiser, for a new run."""
        average = [weights.copy() for weights in self.model.get_weights()] if self._recipe.ema else []
        variables, optimizer = self._variables()
        return State(variables, average, optimizer)

    def remember(self) -> State:
        """``state`` with the variables as they now are."""
        self.state.variables, self.state.optimizer = self._variables()
        return self.state

    def _variables(self) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
        # Copies: some backends hand out a view of what the next step will change.
        def values(variables: list[Any]) -> list[NDArray[Any]]:
            return [np.array(self._keras.ops.convert_to_numpy(variable)) for variable in variables]

        return values(self.model.variables), values(self.model.optimizer.variables)

    def _restore(self, state: State) -> None:
        pairs = (self.model.variables, state.variables), (self.model.optimizer.variables, state.optimizer)
        for variables, values in pairs:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _begin_as(self, start: Path) -> None:
        try:
            weights = self._keras.models.load_model(start, compile=False).get_weights()
            self.model.set_weights(weights)
        except (OSError, ValueError, TypeError) as error:
            raise RecipeError(
                f"{start}: its weights do not fit {self._recipe.network} with {len(self._recipe.classes)} classes "
                f"({str(error).splitlines()[0][:80]}); give a .keras file of the same network"
            ) from None

    def averaged(self) -> Any:
        """The network that is judged and kept: with the average of the weights, and without the optimiser."""
        self._judged.set_weights(self.state.average if self._recipe.ema else self.model.get_weights())
        return self._judged

    def rate(self) -> float:
        """The learning rate of the latest step."""
        return float(self._keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


def classifier_of(model: Any) -> Classify:
    """A Keras network as a function from glyphs (n, 28, 28) to probabilities (n, classes)."""

    def classify(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        batches = (glyphs[i : i + _PREDICT, ..., None] for i in range(0, len(glyphs), _PREDICT))
        return np.concatenate([np.asarray(model.predict_on_batch(batch)) for batch in batches])

    return classify


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


def _jit(keras: Any) -> bool | str:
    """Whether a step is compiled: TensorFlow's own kernels for CPUs are quicker than what XLA makes of it."""
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow as tf

    return "auto" if tf.config.list_physical_devices("GPU") else False
