"""Progress of a run: the protocol ``Watcher``, a line per epoch, and event files for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inkread.errors import ExtraMissing


class Watcher:
    """Is told of every step, and says nothing; other watchers have the same methods. Epochs and steps count from 1."""

    def begin(self, epochs: int, steps: int, done: int) -> None:
        """A run of ``epochs`` times ``steps`` begins, of which ``done`` steps were done before."""

    def step(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        """The means over the epoch so far; no accuracy where lines are learned."""

    def epoch(self, row: dict[str, Any], best: bool) -> None:
        """An epoch is done, with these figures; ``best``: it has the best validation so far."""

    def note(self, line: str) -> None:
        """A line for people."""


@dataclass
class Pace:
    """How long the rest will take, judged by the steps of this session."""

    total: int
    done: int
    clock: Callable[[], float] = time.monotonic
    _first: int = field(init=False)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._first, self._started = self.done, self.clock()

    def reach(self, done: int) -> float | None:
        """Notes that ``done`` steps are done; the seconds left, None as long as nobody can tell."""
        self.done = done
        if done <= self._first:
            return None
        return (self.clock() - self._started) / (done - self._first) * (self.total - done)


class Lines(Watcher):
    """One plain line per epoch, for a file or a pipe."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.begin(0, 0, 0)

    def note(self, line: str) -> None:
        self._say(line)

    def begin(self, epochs: int, steps: int, done: int) -> None:
        self._epochs, self._steps, self._pace = epochs, steps, Pace(epochs * steps, done)

    def epoch(self, row: dict[str, Any], best: bool) -> None:
        left = self._pace.reach(row["epoch"] * self._steps)
        ending = f"  {spoken(left)} left" if left else ""
        self.note(line_of(row, self._epochs) + ending + "  best so far" * best)


def line_of(row: dict[str, Any], epochs: int) -> str:
    """The figures of an epoch in one line."""
    names = {"val_exact": "lines right", "val_digit_errors": "digits wrong"}
    if "val_exact" not in row:
        names = {"accuracy": "train", "val_accuracy": "validation"}
    shares = "  ".join(f"{said} {100 * row[name]:.2f} %" for name, said in names.items())
    began = f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}  loss {row['loss']:.4f}"
    return f"{began}  {shares}  {row['seconds']:.1f} s"


def spoken(seconds: float) -> str:
    """A length of time in at most two units: ``48 s``, ``3 min 5 s``, ``2 h 10 min``."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


Write = Callable[[dict[str, float], int], None]
"""Writes figures of one epoch."""


def require_writer() -> None:
    """Raises ExtraMissing where nothing can write event files; to be asked before there is a folder."""
    if not any(find_spec(name) for name in ("tensorflow", "tensorboard")):
        raise ExtraMissing('--tensorboard needs a writer of event files: pip install "tensorboard"')


def open_events(folder: Path) -> Write:
    """A writer of event files in ``folder``; raises ExtraMissing if its library is not installed."""
    require_writer()
    return _by_tensorflow(folder) if find_spec("tensorflow") else _by_tensorboard(folder)


def _by_tensorflow(folder: Path) -> Write:
    import tensorflow as tf
    from tensorflow.core.framework.summary_pb2 import Summary

    writer: Any = tf.summary.create_file_writer(str(folder))

    def write(figures: dict[str, float], epoch: int) -> None:
        with writer.as_default():
            for name, value in figures.items():
                summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
                tf.summary.experimental.write_raw_pb(summary.SerializeToString(), epoch)
        writer.flush()

    return write


def _by_tensorboard(folder: Path) -> Write:
    # By name: most have TensorFlow, and not this.
    proto = "tensorboard.compat.proto."
    event, summary = (import_module(f"{proto}{name}_pb2") for name in ("event", "summary"))
    writer = import_module("tensorboard.summary.writer.event_file_writer").EventFileWriter(str(folder))

    def write(figures: dict[str, float], epoch: int) -> None:
        values = [summary.Summary.Value(tag=name, simple_value=value) for name, value in figures.items()]
        made = summary.Summary(value=values)
        writer.add_event(event.Event(wall_time=time.time(), step=epoch, summary=made))
        writer.flush()

    return write
