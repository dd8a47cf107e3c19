"""A network and its optimiser, one step at a time, with the moving average of its weights.

Batches are plain NumPy, so that any Keras backend will do. Whatever decides the next step is in ``state``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

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


class Schedule(Protocol):
    """What a recipe of any kind says of the order of a run."""

    @property
    def seed(self) -> int: ...

    @property
    def epochs(self) -> int: ...

    @property
    def ema(self) -> float: ...


class Stepper(ABC):
    """A network that learns in steps, ``steps_per_epoch`` in each epoch; it goes on from ``state``, if there is one."""

    metrics: tuple[str, ...] = ()

    def __init__(self, schedule: Schedule, steps_per_epoch: int, state: State | None = None) -> None:
        self._keras = import_keras()
        self._schedule, self._per_epoch = schedule, steps_per_epoch
        self._keras.utils.set_random_seed(schedule.seed)
        self.model, self._judged = self._network(), self._network()
        optimizer = self._optimizer(steps_per_epoch * schedule.epochs)
        self.model.compile(optimizer, self._loss(), metrics=[*self.metrics], jit_compile=_jit(self._keras))
        optimizer.build(self.model.trainable_variables)
        if state is not None:
            self._restore(state)
        self.state = self.where() if state is None else state

    @abstractmethod
    def _network(self) -> Any:
        """A fresh network."""

    @abstractmethod
    def _optimizer(self, steps: int) -> Any:
        """The optimiser of a run of so many steps."""

    @abstractmethod
    def _loss(self) -> Any:
        """What is to become small."""

    @abstractmethod
    def _batches(self, samples: Any) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """The epoch's batches in order: what the network is given, and what it is to say."""

    def steps(self, samples: Any, first: int) -> Iterator[tuple[float, float | None]]:
        """Learns from each batch of the epoch from step ``first`` on; gives its loss, and accuracy if it has one."""
        for step, (given, wanted) in enumerate(self._batches(samples)):
            if step < first:
                continue
            self.model.reset_metrics()
            told = self.model.train_on_batch(given, wanted)
            if self._schedule.ema:
                self._move_average(self.state.epoch * self._per_epoch + step)
            loss, *others = told if isinstance(told, list | tuple) else [told]
            yield float(loss), float(others[0]) if others else None

    def _move_average(self, done: int) -> None:
        # At first the average follows closely, since the first weights are worth nothing.
        decay = np.float32(min(self._schedule.ema, (1 + done) / (10 + done)))
        for mean, new in zip(self.state.average, self.model.get_weights(), strict=True):
            mean *= decay
            mean += (1 - decay) * new

    def where(self) -> State:
        """The state of the network, its generators and its optimiser, for a new run."""
        average = [weights.copy() for weights in self.model.get_weights()] if self._schedule.ema else []
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

    def averaged(self, samples: Any) -> Any:
        """The network that is judged and kept: with the average of the weights, and without the optimiser.

        In a short run, statistics of batch normalization are estimated on the first batches of ``samples``.
        """
        self._judged.set_weights(self.state.average if self._schedule.ema else self.model.get_weights())
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
