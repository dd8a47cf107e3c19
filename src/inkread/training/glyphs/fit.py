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
from inkread.training.checkpoint import State
from inkread.training.environment import environment_of
from inkread.training.evaluation.curves import setting_of
from inkread.training.glyphs.networks import build, import_keras
from inkread.training.glyphs.stepper import Stepper
from inkread.training.glyphs.tasks import Task, task_of
from inkread.training.progress import Silence, Watcher, Write, open_events, require_writer
from inkread.training.recipe import Recipe, is_own
from inkread.training.recipe_kinds import AnyRecipe
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
    recipe: AnyRecipe
    task: Task
    supply: Any
    learner: Stepper
    watcher: Watcher
    events: Write | None
    stop: Callable[[], bool]

    def epoch(self) -> None:
        """The rest of the epoch that the state stands in."""
        state, per_epoch = self.learner.state, self.supply.steps()
        numbers = state.numbers = state.numbers or {"loss": 0.0, "hits": 0.0, "seconds": 0.0}
        began, spent, saved = time.perf_counter(), numbers["seconds"], time.monotonic()
        pool = self.supply.epoch(state.epoch, self.stop)
        if pool is None or self.stop():
            self._stopped()
        for loss, hits in self.learner.steps(pool, state.step):
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
        self._close(pool, means)

    def _close(self, samples: Any, means: tuple[float, float | None]) -> None:
        """Judges the network after an epoch of ``samples``, and keeps everything."""
        state = self.learner.state
        state.epoch, state.step = state.epoch + 1, 0
        row: dict[str, Any] = {"epoch": state.epoch, "loss": means[0]}
        row |= {} if means[1] is None else {"accuracy": means[1]}
        model = self.learner.averaged(samples)
        figures, score = self.task.judged(model, self.supply)
        best = score >= state.best
        if best:
            state.best, state.best_epoch = score, state.epoch
            self.run.keep_best(model, score, state.epoch)
        self.run.keep_last(model)
        seconds = state.numbers["seconds"]
        row |= figures | {"learning_rate": self.learner.rate(), "seconds": round(seconds, 2)}
        row["best"] = best
        state.rows.append(row)
        state.seconds, state.numbers = state.seconds + seconds, {}
        self.run.save(self.learner.remember())
        self.draw(state.rows)
        if self.events is not None:
            numbers = {name: float(value) for name, value in row.items() if name != "best"}
            self.events(numbers, state.epoch)
        self.watcher.epoch(row, best)

    def draw(self, rows: list[dict[str, Any]]) -> None:
        """What is only made from the rows: tables and curves."""
        try:
            self.run.report(rows)
            from inkread.training.evaluation.plots import draw_curves

            draw_curves(rows, self.run.folder / "curves.png", setting_of(self.recipe))
        except ExtraMissing as error:
            if len(rows) == 1:
                self.watcher.note(f"no curves are drawn: {error}")
        except PermissionError as error:
            # Windows lets nobody replace what a spreadsheet has open; the next epoch makes all of it anew.
            self.watcher.note(f"tables and curves are not up to date: {error.strerror}, {error.filename}")

    def _stopped(self) -> NoReturn:
        state = self.learner.state
        self.run.save(self.learner.remember())
        where = f"after step {state.step} of epoch {state.epoch + 1}"
        raise Stopped(f"stopped {where}, and saved; go on: {self.run.command_to_go_on()}")

    def _refuse_nan(self, loss: float) -> None:
        if not math.isfinite(loss):
            state = self.learner.state
            raise Diverged(
                f"the loss is {loss} at step {state.step} of epoch {state.epoch + 1}: begin anew with a smaller "
                f"--learning-rate than {self.recipe.learning_rate:g}, and another --out"
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
    watcher = watcher or Silence()
    if tensorboard:
        require_writer()
    _refuse_network(recipe)
    task = task_of(recipe, run.folder.parent)
    with task.open_supply() as supply, _asked_to_stop() as stop, run.alone(), _written(run):
        (run.keep if resume else run.start)(recipe)
        events = open_events(run.folder / "tensorboard") if tensorboard else None
        backend = import_keras().backend.backend()
        run.note_environment(environment_of(supply.sha256(), backend, task.networks_sha256()))
        learner = task.learner(supply.steps(), run.resumed())
        state, steps = learner.state, supply.steps()
        session = _Session(run, recipe, task, supply, learner, watcher, events, stop)
        if state.rows:
            session.draw(state.rows)  # a kill may have come before it
        watcher.note(f"{recipe.summary()}: {run.folder}")
        watcher.begin(recipe.epochs, steps, state.epoch * steps + state.step)
        while state.epoch < recipe.epochs:
            session.epoch()
        result = _result(run, task, supply, learner.state, test)
        if save_h5:
            run.save_h5()
        run.finish(result)
    return result


def _refuse_network(recipe: AnyRecipe) -> None:
    """Raises RecipeError for a network of one's own that cannot be built, before there is a folder."""
    if isinstance(recipe, Recipe) and is_own(recipe.network):
        build(recipe.network, len(recipe.classes))


@contextmanager
def _written(run: Run) -> Iterator[None]:
    """A full disk, or the like, is told in one line: the checkpoint before it is whole, and the run can go on."""
    try:
        yield
    except OSError as error:
        raise run.unwritable(error) from error


def _result(run: Run, task: Task, supply: Any, state: State, test: bool) -> dict[str, Any]:
    """What the best network reaches, and how it came about."""
    best = import_keras().models.load_model(run.folder / "best.keras", compile=False)
    return task.result(best, supply, test) | {
        "best_epoch": state.best_epoch,
        "epochs": state.epoch,
        "seconds": round(state.seconds, 1),
        "parameters": int(best.count_params()),
    }


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
