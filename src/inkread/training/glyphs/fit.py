"""Trains a network by a recipe, in a folder that can be resumed.

The order of things after an epoch is what makes a kill harmless: the better network is kept first, with its score;
then the checkpoint; then what is only made from it.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from inkread.errors import ExtraMissing, InkreadError
from inkread.training.environment import environment_of
from inkread.training.evaluation.curves import setting_of
from inkread.training.glyphs.learner import Learner, Task
from inkread.training.glyphs.networks import import_keras
from inkread.training.glyphs.tasks import task_of
from inkread.training.progress import Watcher, Write, open_events, require_writer
from inkread.training.recipe import AnyRecipe
from inkread.training.run import Run

_SAVE_SECONDS = 60.0
"""How often a long epoch is saved half-way."""


class Diverged(InkreadError):
    """The loss is no number any more."""


class Stopped(InkreadError):
    """The run was asked to stop, and is saved."""


@dataclass(slots=True)
class _Session:
    """One go at a run, from where it stands to its end or until it is stopped."""

    run: Run
    task: Task
    learner: Learner
    watcher: Watcher
    events: Write | None
    stop: Callable[[], bool]

    def epoch(self) -> None:
        """The rest of the epoch that the state stands in."""
        state, per_epoch = self.learner.state, self.task.steps()
        numbers = state.numbers = state.numbers or {"loss": 0.0, "hits": 0.0, "seconds": 0.0}
        began, spent, saved = time.perf_counter(), numbers["seconds"], time.monotonic()
        samples = self.task.epoch(state.epoch, self.stop)
        if samples is None or self.stop():
            self._stopped()
        for loss, hits in self.learner.steps(samples, state.step):
            state.step += 1
            self._refuse_nan(loss)
            numbers["loss"] += loss
            numbers["hits"] += hits or 0.0
            numbers["seconds"] = spent + time.perf_counter() - began
            means = numbers["loss"] / state.step, None if hits is None else numbers["hits"] / state.step
            self.watcher.step(state.epoch + 1, state.step, *means)
            if state.step == per_epoch:
                break
            if self.stop():
                self._stopped()
            if time.monotonic() - saved > _SAVE_SECONDS:
                self.run.save(self.learner.remember())
                saved = time.monotonic()
        self._close(samples, means)

    def _close(self, samples: Any, means: tuple[float, float | None]) -> None:
        """Judges the network after an epoch of ``samples``, and keeps everything."""
        state = self.learner.state
        state.epoch, state.step = state.epoch + 1, 0
        row: dict[str, Any] = {"epoch": state.epoch, "loss": means[0]}
        row |= {} if means[1] is None else {"accuracy": means[1]}
        model = self.learner.averaged(samples)
        figures, score = self.task.judged(model)
        if best := score >= state.best:
            state.best, state.best_epoch = score, state.epoch
            self.run.keep_best(model, score, state.epoch)
        self.run.keep_last(model)
        seconds = state.numbers["seconds"]
        row |= figures | {"learning_rate": self.learner.rate(), "seconds": round(seconds, 2), "best": best}
        state.rows.append(row)
        state.seconds, state.numbers = state.seconds + seconds, {}
        self.run.save(self.learner.remember())
        self.draw()
        if self.events is not None:
            self.events({name: float(value) for name, value in row.items() if name != "best"}, state.epoch)
        self.watcher.epoch(row, best)

    def result(self, test: bool) -> dict[str, Any]:
        """The score of the best network, and the figures of its run."""
        state = self.learner.state
        best = import_keras().models.load_model(self.run.folder / "best.keras", compile=False)
        return self.task.result(best, test) | {
            "best_epoch": state.best_epoch,
            "epochs": state.epoch,
            "seconds": round(state.seconds, 1),
            "parameters": int(best.count_params()),
        }

    def draw(self) -> None:
        """What is only made from the figures of each epoch: tables and curves."""
        rows = self.learner.state.rows
        try:
            self.run.report(rows)
            from inkread.training.evaluation.plots import draw_curves

            draw_curves(rows, self.run.folder / "curves.png", setting_of(self.task.recipe))
        except ExtraMissing as error:
            if len(rows) == 1:
                self.watcher.note(f"no curves are drawn: {error}")
        except PermissionError as error:
            # Windows lets nobody replace what a spreadsheet has open; the next epoch makes all of it anew.
            self.watcher.note(f"tables and curves are not up to date: {error.strerror}, {error.filename}")

    def _stopped(self) -> NoReturn:
        state = self.learner.remember()
        self.run.save(state)
        where = f"after step {state.step} of epoch {state.epoch + 1}"
        raise Stopped(f"stopped {where}, and saved; go on: {self.run.command_to_go_on()}")

    def _refuse_nan(self, loss: float) -> None:
        if not math.isfinite(loss):
            state = self.learner.state
            raise Diverged(
                f"the loss is {loss} at step {state.step} of epoch {state.epoch + 1}: begin anew with a smaller "
                f"--learning-rate than {self.task.recipe.learning_rate:g}, and another --out"
            )


def train(
    run: Run,
    recipe: AnyRecipe,
    watcher: Watcher | None = None,
    *,
    resume: bool = False,
    tensorboard: bool = False,
    test: bool = True,
    save_h5: bool = False,
) -> dict[str, Any]:
    """Trains until ``recipe.epochs`` are done, from where ``run`` stands; gives what the best network reaches.

    Without ``resume``, the folder is only made when nothing is missing any more. ``save_h5`` also writes the best
    network as ``model.h5``, compiled. Raises Stopped after Ctrl-C, Diverged, DataMissing, ExtraMissing, and CannotKeep
    where nothing can be written, or another process trains in the folder.
    """
    watcher = watcher or Watcher()
    if tensorboard:
        require_writer()
    with task_of(recipe, run.folder.parent) as task, _asked_to_stop() as stop, run.alone(), run.written():
        (run.keep if resume else run.start)(recipe)
        events = open_events(run.folder / "tensorboard") if tensorboard else None
        backend = import_keras().backend.backend()
        run.note_environment(environment_of(task.sha256(), backend, task.networks_sha256()))
        learner, steps = Learner(task, task.steps(), run.resumed()), task.steps()
        state = learner.state
        session = _Session(run, task, learner, watcher, events, stop)
        if state.rows:
            session.draw()  # a kill may have come before it
        watcher.note(f"{recipe.summary()}: {run.folder}")
        watcher.begin(recipe.epochs, steps, state.epoch * steps + state.step)
        while state.epoch < recipe.epochs:
            session.epoch()
        result = session.result(test)
        if save_h5:
            run.save_h5()
        run.finish(result)
    return result


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, or the process asked to end: a run ends between two steps. Twice: at once."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread hears signals
        return
    former = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
