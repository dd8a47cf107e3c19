"""``inkread train``: a network of one's own, from a recipe or from options, in a folder that can be resumed."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import typer

from inkread.apps.terminal import console, note, printable, say

HELP = """Train a network on handwritten digits, and watch it learn.

Without options, a network like the one that comes with inkread is made; --recipe shipped makes that one, which others
teach. --network classic is what the tutorials build, fast is there in a quarter of a minute, tiny has less than
10,000 parameters.

A network has a recipe, and the options change it; --recipe takes another one, a TOML file with the same names.
--network FILE.py:function trains layers of your own: function(keras, classes) lists them, ending with a softmax.
--recipe lines trains the second network, which reads whole lines: an hour and a half, from pen strokes and MNIST.
The folder of the run gets the recipe, the figures of each epoch, the curves, the best and the latest network.

Ctrl-C saves; --resume --out DIR goes on, also after a crash. At the very end the test images are looked at.
"""

_INTERRUPTED = 130

_Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The run's folder (runs/NAME, or the next that is free).")
]
_Resume = Annotated[bool, typer.Option("--resume", help="Continue the run in --out.")]
_File = Annotated[str | None, typer.Option(metavar="FILE", help="A TOML file, or the name of inkread's own.")]
_Network = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="default, classic, lenet5, tiny, fast, lines, or FILE.py:function."),
]
_Optimizer = Annotated[
    str | None, typer.Option(metavar="NAME", help="adam, adamw, nadam, rmsprop, adadelta, adagrad, sgd.")
]
_Rate = Annotated[
    float | None, typer.Option(metavar="N", help="The highest learning rate (one that suits the optimizer).")
]
_Schedule = Annotated[str | None, typer.Option(metavar="NAME", help="cosine, one-cycle, constant.")]
_Decay = Annotated[float | None, typer.Option(metavar="N", help="Decay of the weights, for adamw.")]
_Epochs = Annotated[int | None, typer.Option(metavar="N", help="Epochs; also with --resume.")]
_Batch = Annotated[int | None, typer.Option(metavar="N", help="Images per step.")]
_Samples = Annotated[int | None, typer.Option(metavar="N", help="Images per epoch; 0: all.")]
_Augment = Annotated[
    str | None,
    typer.Option(metavar="HOW", help="none: as they are; light: a little moved; full: other hands and pens."),
]
_Smoothing = Annotated[float | None, typer.Option(metavar="N", help="Label smoothing, 0 … 1.")]
_Ema = Annotated[
    float | None, typer.Option(metavar="N", help="Decay of the weights' moving average; 0: none.")
]
_Seed = Annotated[int | None, typer.Option(metavar="N", help="Random seed.")]
_Data = Annotated[
    str | None, typer.Option(metavar="PATH", help="Other images: a folder 0 … 9, a CSV, mnist.npz.")
]
_Deterministic = Annotated[
    bool, typer.Option("--deterministic", help="One thread; the same seed, the same weights, bit for bit.")
]
_Tensorboard = Annotated[bool, typer.Option("--tensorboard", help="Also write event files for TensorBoard.")]
_SaveH5 = Annotated[
    bool, typer.Option("--save-h5", help="Also write model.h5, compiled, as Keras 2 had it; not for lines.")
]
_NoTest = Annotated[bool, typer.Option("--no-test", help="Do not evaluate the test images.")]


def train(
    network: _Network = None,
    out: _Out = None,
    resume: _Resume = False,
    recipe: _File = None,
    epochs: _Epochs = None,
    batch_size: _Batch = None,
    optimizer: _Optimizer = None,
    learning_rate: _Rate = None,
    schedule: _Schedule = None,
    weight_decay: _Decay = None,
    augment: _Augment = None,
    samples: _Samples = None,
    label_smoothing: _Smoothing = None,
    ema: _Ema = None,
    seed: _Seed = None,
    data: _Data = None,
    deterministic: _Deterministic = False,
    tensorboard: _Tensorboard = False,
    save_h5: _SaveH5 = False,
    no_test: _NoTest = False,
) -> None:
    given = dict(locals())
    for name in ("out", "resume", "recipe", "tensorboard", "save_h5", "no_test"):
        del given[name]
    # 0 is a value, and equal to False.
    options = {name: value for name, value in given.items() if value is not None and value is not False}
    run, asked = _resumed(out, recipe, options) if resume else _begun(out, recipe, options)
    if save_h5 and asked.network == "lines":
        raise typer.BadParameter(
            "--save-h5 is for networks that read single digits; export this one as .onnx"
        )
    _train(run, asked, resume=resume, tensorboard=tensorboard, test=not no_test, save_h5=save_h5)


def _begun(out: Path | None, recipe: str | None, options: dict[str, Any]) -> tuple[Any, Any]:
    """A new run and its recipe; what cannot work is refused before there is a folder."""
    from inkread.training.glyphs.networks import asked as asked_for
    from inkread.training.run import Run

    asked = asked_for(recipe, options)
    if "weight_decay" in options and asked.optimizer != "adamw":
        raise typer.BadParameter(f"--weight-decay is adamw's; {asked.optimizer} has none")
    if out is not None:
        run = Run(out)
        run.refuse_taken()
        return run, asked
    number, run = 1, Run(Path("runs") / asked.name)
    while run.taken():
        number += 1
        run = Run(Path("runs") / f"{asked.name}-{number}")
    return run, asked


def _resumed(out: Path | None, recipe: str | None, options: dict[str, Any]) -> tuple[Any, Any]:
    """The run in ``out`` with its own recipe, which may only be given more or fewer epochs."""
    from inkread.training.recipe import recipe_of
    from inkread.training.run import Run

    others = [name for name in options if name != "epochs"] + ["recipe"] * (recipe is not None)
    if out is None:
        raise typer.BadParameter("--resume needs the folder of the run: --out DIR")
    if others:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in others)
        raise typer.BadParameter(f"--resume goes on with the run's own recipe; leave out {names}")
    run = Run(out)
    return run, recipe_of(run.recipe().to_dict() | options)


def _train(run: Any, recipe: Any, **how: bool) -> None:
    from inkread.training.environment import require_backend
    from inkread.training.glyphs.learner import prepare_backend

    require_backend()
    prepare_backend(recipe.deterministic)
    from inkread.training.glyphs.fit import Stopped, train

    try:
        with _watcher() as watcher:
            result = train(run, recipe, watcher, **how)
    except Stopped as stopped:
        note(str(stopped), style="yellow")
        raise typer.Exit(_INTERRUPTED) from None
    say(_summary(result))
    note(
        f"the network of epoch {result['best_epoch']} of {result['epochs']}, {result['parameters']:,} parameters, "
        f"{result['seconds']:.1f} s of training: {printable(str(run.folder / 'best.keras'))}"
    )


def _watcher() -> AbstractContextManager[Any]:
    from inkread.training.progress import Lines

    if sys.stderr.isatty():
        from inkread.apps.training.train import Bars

        return Bars()
    return nullcontext(Lines(lambda line: note(printable(line))))


def _summary(result: dict[str, Any]) -> str:
    if "exact" in result:
        share, wrong = 100 * result["exact"], 100 * result["digit_errors"]
        return f"made lines of other hands: {share:.2f} % read right, {wrong:.2f} % of their digits wrong"
    shares = [
        f"{name} {100 * result[name]:.2f} %" for name in ("train", "validation", "test") if name in result
    ]
    loss = f"; test loss {result['test_loss']:.4f}" if "test_loss" in result else ""
    return "accuracy: " + ", ".join(shares) + loss


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
