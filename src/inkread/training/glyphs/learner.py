"""A network and its optimiser, one step at a time, with the moving average of its weights.

Batches are plain NumPy, so that any Keras backend will do. Whatever decides the next step is in ``state``, so that a
run goes on in the middle of an epoch with the same weights, bit for bit: Keras' ``fit`` cannot.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from inkread.training.checkpoint import State
from inkread.training.glyphs.networks import import_keras

_SHORT_RUN = 500
"""Steps. Until then the statistics of batch normalization are estimated anew before the network is judged.

They are moving averages that begin at mean 0 and variance 1, and the average of the weights lags behind them. Networks
``tiny``, ``fast`` and ``default``, validation accuracy with the moving averages and with a new estimate: after 14 steps
10 and 69 %, 41 and 88 %; after 38 steps (``default``) 44 and 95 %; from 428 steps on they differ by at most 0.1 points.
"""
_STATISTICS_BATCHES = 10
"""Batches of the new estimate: 40 change the accuracy by at most 0.1 points."""

Batches = Iterator[tuple[NDArray[Any], NDArray[Any]]]


class Task(ABC):
    """What a recipe's kind decides: network, samples, and how the network is judged. A context that opens the data,
    since it may hold a process that makes samples; opening raises DataMissing."""

    metrics: ClassVar[tuple[str, ...]] = ()
    recipe: Any
    """Settings; of any kind are ``seed``, ``epochs`` and ``ema``."""

    @abstractmethod
    def network(self) -> Any:
        """A fresh network."""

    @abstractmethod
    def optimizer(self, steps: int, per_epoch: int) -> Any:
        """The optimiser of a run of so many steps."""

    @abstractmethod
    def loss(self) -> Any:
        """What is to become small."""

    def begin(self, model: Any) -> None:  # noqa: B027
        """Sets the weights that a new run begins with, if they are not to stay random."""

    @abstractmethod
    def steps(self) -> int:
        """Steps of one epoch."""

    @abstractmethod
    def epoch(self, number: int, stop: Callable[[], bool]) -> Any:
        """The samples of epoch ``number``, 0 …, which it alone decides; None if ``stop`` said so meanwhile."""

    @abstractmethod
    def batches(self, samples: Any, epoch: int, steps: int) -> Batches:
        """The epoch's batches in order: what the network is given, and what it is to say."""

    @abstractmethod
    def sha256(self) -> str:
        """Of the images and labels that are learned from."""

    def networks_sha256(self) -> dict[str, str]:
        """Of the networks that it begins with or learns from, by name."""
        return {}

    @abstractmethod
    def judged(self, model: Any) -> tuple[dict[str, float], float]:
        """The figures of an epoch, and the one number that tells which epoch is best."""

    @abstractmethod
    def result(self, model: Any, test: bool) -> dict[str, Any]:
        """What the best network reaches; test images are looked at here, and nowhere else: they report only."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *error: object) -> None: ...


class Learner:
    """The network of a task, learning ``per_epoch`` steps in each epoch; it goes on from ``state``, if there is one."""

    def __init__(self, task: Task, per_epoch: int, state: State | None = None) -> None:
        self._keras, self._task, self._per_epoch = import_keras(), task, per_epoch
        self._keras.utils.set_random_seed(task.recipe.seed)
        self.model, self._judged = task.network(), task.network()
        optimizer = task.optimizer(per_epoch * task.recipe.epochs, per_epoch)
        self.model.compile(optimizer, task.loss(), metrics=[*task.metrics], jit_compile=_jit(self._keras))
        optimizer.build(self.model.trainable_variables)
        if state is None:
            task.begin(self.model)
            weights = self.model.get_weights() if task.recipe.ema else []
            state = State([], [each.copy() for each in weights], [])
        else:
            pairs = (self.model.variables, state.variables), (optimizer.variables, state.optimizer)
            for variables, values in pairs:
                for variable, value in zip(variables, values, strict=True):
                    variable.assign(value)
        self.state = state

    def steps(self, samples: Any, first: int) -> Iterator[tuple[float, float | None]]:
        """Learns from each batch of the epoch from step ``first`` on; gives its loss, and accuracy if it has one."""
        for step, (given, wanted) in enumerate(self._batches(samples)):
            if step < first:
                continue
            self.model.reset_metrics()
            told = self.model.train_on_batch(given, wanted)
            if self._task.recipe.ema:
                self._move_average(self.state.epoch * self._per_epoch + step)
            loss, *others = told if isinstance(told, list | tuple) else [told]
            yield float(loss), float(others[0]) if others else None

    def _batches(self, samples: Any) -> Batches:
        return self._task.batches(samples, self.state.epoch, self._per_epoch)

    def _move_average(self, done: int) -> None:
        # At first the average follows closely, since the first weights are worth nothing.
        decay = np.float32(min(self._task.recipe.ema, (1 + done) / (10 + done)))
        for mean, new in zip(self.state.average, self.model.get_weights(), strict=True):
            mean *= decay
            mean += (1 - decay) * new

    def remember(self) -> State:
        """``state`` with the variables as they now are: the network's, its generators' and the optimiser's."""
        # Copies: some backends hand out a view of what the next step will change.
        self.state.variables, self.state.optimizer = (
            [np.array(self._keras.ops.convert_to_numpy(variable)) for variable in variables]
            for variables in (self.model.variables, self.model.optimizer.variables)
        )
        return self.state

    def averaged(self, samples: Any) -> Any:
        """The network that is judged and kept: with the average of the weights, and without the optimiser.

        In a short run, statistics of batch normalization are estimated on the first batches of ``samples``.
        """
        average = self.state.average if self._task.recipe.ema else self.model.get_weights()
        self._judged.set_weights(average)
        if self.state.epoch * self._per_epoch < _SHORT_RUN:
            _estimate_statistics(self._judged, (given for given, _ in self._batches(samples)))
        return self._judged

    def rate(self) -> float:
        """The learning rate of the latest step."""
        return float(self._keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))


def _estimate_statistics(model: Any, batches: Iterable[NDArray[Any]]) -> None:
    """Sets mean and variance of each batch normalization in a sequential ``model`` to their means over some batches.

    Other models keep their moving averages. Dropout is off, as it is when the network is used: it would change the
    variance (Li et al. 2019).
    """
    keras = import_keras()
    if not isinstance(model, keras.Sequential):
        return
    for number, values in enumerate(islice(batches, _STATISTICS_BATCHES)):
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                momentum, layer.momentum = layer.momentum, number / (number + 1)
                values = layer(values, training=True)
                layer.momentum = momentum
            else:
                values = layer(values, training=False)


def _jit(keras: Any) -> bool | str:
    """Whether a step is compiled: TensorFlow's own kernels for CPUs are quicker than what XLA makes of it."""
    if keras.backend.backend() != "tensorflow":
        return "auto"
    import tensorflow as tf

    return "auto" if tf.config.list_physical_devices("GPU") else False


def prepare_backend(deterministic: bool) -> None:
    """What must be set before the first tensor; with ``deterministic``, one thread and ordered sums."""
    if deterministic:
        flags = os.environ.get("XLA_FLAGS", ""), "--xla_cpu_multi_thread_eigen=false"
        os.environ["XLA_FLAGS"] = " ".join(filter(None, flags))
    backend = import_keras().backend.backend()
    if deterministic and backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
        # Several threads add up parts of a sum in the order in which they happen to finish.
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    if deterministic and backend == "torch":
        torch = import_module("torch")  # by name: most have TensorFlow, and not this
        torch.use_deterministic_algorithms(True)
        torch.set_num_threads(1)
