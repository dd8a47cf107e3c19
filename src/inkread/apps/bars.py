"""A training run on a terminal: a bar for the epoch, its loss and accuracy, and the time that is left."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

from inkread.apps.terminal import console, printable


class Bars:
    """A ``Watcher`` that draws with Rich; a context, since the cursor is hidden meanwhile."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(bar_width=24),
            TextColumn("step {task.completed:.0f}/{task.total:.0f}  {task.fields[figures]}"),
            TextColumn("[dim]{task.fields[left]}"),
            console=console(sys.stderr),
            transient=True,
            refresh_per_second=4,  # enough for the eye, and leaves the cores to the network
        )
        self._task = self._progress.add_task(
            "", total=1, epoch=1, epochs=1, figures="", left="", visible=False
        )
        self._pace: Any = None
        self._epochs, self._steps = 1, 1

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, epochs: int, steps: int, done: int) -> None:
        from inkread.training.progress import Pace

        self._epochs, self._steps, self._pace = epochs, steps, Pace(epochs * steps, done)
        self._progress.update(self._task, total=steps, epochs=epochs, visible=done < epochs * steps)

    def step(self, epoch: int, step: int, loss: float, accuracy: float | None) -> None:
        from inkread.training.progress import spoken

        left = self._pace.reach((epoch - 1) * self._steps + step)
        self._progress.update(
            self._task,
            completed=step,
            epoch=epoch,
            figures=f"loss {loss:.4f}" + ("" if accuracy is None else f"  train {100 * accuracy:.2f} %"),
            left="" if left is None else f"{spoken(left)} left",
        )

    def epoch(self, row: dict[str, Any], best: bool) -> None:
        from inkread.training.progress import line_of

        self.note(line_of(row, self._epochs) + ("  best so far" if best else ""))

    def note(self, line: str) -> None:
        self._progress.console.print(printable(line), soft_wrap=True)
