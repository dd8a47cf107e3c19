"""Fits the page network and the box head to pools of made pages; stops and goes on at any time.

AdamW (Loshchilov and Hutter 2019) at a constant rate with a warm-up, then down to nothing over the last part of the
steps; the weights that are kept are running averages (Polyak and Juditsky 1992).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from inkread.training.pages.batches import page_batches, prefetched
from inkread.training.pages.box_head import build_box_head, head_loss, head_losses
from inkread.training.pages.crops import crop_batches
from inkread.training.pages.network import build_page_network
from inkread.training.pages.targets import page_loss, page_losses

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and how fast: ``decay`` is the share of the steps at the end in which the rate falls to nothing."""

    steps: int
    rate: float = 2e-3
    warm_up: int = 300
    decay: float = 0.3
    batch: int = 32
    weight_decay: float = 1e-3
    average: float = 0.999

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0 on."""
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.rate * min(1.0, (step + 1) / self.warm_up) * float(np.clip(left, 0.01, 1.0))


class TrainingState:
    """A model, its averages and its optimizer, which are saved together."""

    def __init__(self, folder: Path, schedule: Schedule, model: keras.Model) -> None:
        import keras

        self.folder, self.schedule, self.model = folder, schedule, model
        self.optimizer = keras.optimizers.AdamW(
            schedule.rate, weight_decay=schedule.weight_decay, clipnorm=5.0
        )
        self.optimizer.build(self.model.trainable_variables)
        self.averages = [np.array(weight) for weight in self.model.get_weights()]
        self.step = 0

    @property
    def state(self) -> Path:
        """The file that holds everything: weights, averages, optimizer and step."""
        return self.folder / "state.npz"

    def save(self) -> None:
        """Writes the file of the state, whole or not at all."""
        from keras.ops import convert_to_numpy as convert

        arrays = {"step": np.array(self.step)}
        arrays |= {f"average_{i}": value for i, value in enumerate(self.averages)}
        arrays |= {f"weight_{i}": value for i, value in enumerate(self.model.get_weights())}
        arrays |= {f"optimizer_{i}": convert(v) for i, v in enumerate(self.optimizer.variables)}
        part = self.state.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.replace(self.state)

    def load(self, path: Path, *, weights_only: bool) -> None:
        """Reads a state; ``weights_only``: its averages become the weights of a new run."""
        with np.load(path) as arrays:
            # A state to begin with may be stored as float16: running averages in float16 would not move.
            self.averages = [
                np.asarray(arrays[f"average_{i}"], np.float32) for i in range(len(self.averages))
            ]
            weights = (
                self.averages if weights_only else [arrays[f"weight_{i}"] for i in range(len(self.averages))]
            )
            self.model.set_weights(weights)
            if weights_only:
                return
            self.step = int(arrays["step"])
            for i, variable in enumerate(self.optimizer.variables):
                variable.assign(arrays[f"optimizer_{i}"])

    def average(self, every: int) -> None:
        """Moves the averages towards the weights; called ``every`` so many steps."""
        keep = min(self.schedule.average, (self.step + 1) / (self.step + 10)) ** every
        for average, weight in zip(self.averages, self.model.get_weights(), strict=True):
            average *= keep
            average += (1 - keep) * weight


@dataclass(frozen=True, slots=True)
class Task:
    """What a network learns: how it is built, its parts of the loss with their weights, and its batches by seed."""

    build: Callable[[], keras.Model]
    loss: Callable[[Any, Any], Any]
    losses: Callable[[Any, Any], dict[str, Any]]
    batches: Callable[[Path, int, int], Iterator[Any]]


PAGES: Final = Task(build_page_network, page_loss, page_losses, page_batches)
CROPS: Final = Task(build_box_head, head_loss, head_losses, crop_batches)


def fit(task: Task, folder: Path, pools: Path, schedule: Schedule, start: Path | None = None) -> keras.Model:
    """Trains in ``folder`` until ``schedule.steps``, going on from its state, or from the averages of ``start``.

    Returns the network with averaged weights. The state is saved every 500 steps.
    """
    import keras

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    folder.mkdir(parents=True, exist_ok=True)
    run = TrainingState(folder, schedule, task.build())
    if run.state.exists():
        run.load(run.state, weights_only=False)
    elif start is not None:
        run.load(start, weights_only=True)
    _fit(run, task, pools)
    keras.mixed_precision.set_global_policy("float32")
    averaged = task.build()
    averaged.set_weights(run.averages)
    return averaged


def _fit(run: TrainingState, task: Task, pools: Path) -> None:
    learn = _learner(run.model, run.optimizer, task)
    schedule, started, first = run.schedule, time.monotonic(), run.step
    seen: list[dict[str, float]] = []
    for batch in prefetched(task.batches(pools, schedule.batch, run.step)):
        run.optimizer.learning_rate.assign(schedule.rate_at(run.step))
        seen.append({name: float(part) for name, part in learn(*batch).items()})
        run.step += 1
        if run.step % 8 == 0:
            run.average(8)
        if run.step % 100 == 0:
            speed = (run.step - first) * schedule.batch / (time.monotonic() - started)
            parts = " ".join(f"{name} {np.mean([of[name] for of in seen[-100:]]):.4f}" for name in seen[-1])
            print(f"{run.step} {speed:.1f}/s {parts}", flush=True)
        if run.step % 500 == 0 or run.step >= schedule.steps:
            run.save()
        if run.step >= schedule.steps:
            return


def _learner(model: keras.Model, optimizer: Any, task: Task) -> Any:
    """One step of gradient descent, compiled by TensorFlow."""
    import tensorflow as tf

    @tf.function  # type: ignore[untyped-decorator]
    def learn(pictures: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = model(pictures, training=True)
            loss = task.loss(targets, outputs)
        optimizer.apply(tape.gradient(loss, model.trainable_variables))
        return task.losses(targets, outputs)

    return learn
