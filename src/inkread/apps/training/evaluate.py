"""``inkread evaluate``: how well a network reads, as a table, as JSON, and as a report with plots."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from inkread import __version__
from inkread.apps.models import InputRange, usable_model
from inkread.apps.saving import make_folder, save_bytes
from inkread.apps.terminal import console, note, printable, say, say_json
from inkread.errors import DataMissing, ModelError
from inkread.inference.onnx_session import KERAS_ENDINGS, SHIPPED, network_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HELP = """Measure how well a network reads digits.

MODEL is an .onnx, .keras or .h5 file, or the folder of a training run, whose best network it then is; without
it, the network that ships. It is measured on MNIST's test images, or on another SOURCE, as for `inkread data`:
Keras' mnist.npz, a CSV, a folder of your own pictures in sub-folders 0 … 9.

Printed are accuracy with its 95 % interval, loss, calibration, and precision and recall of each digit; on
MNIST's test images also the accuracy with the labels that people reject set right. With --out, DIR gets
report.html, the plots as PNG, and figures.json.

Test images report only: choose recipes and thresholds by --part validation.
"""

_REPORT_ONLY = (
    "These are test images: they report only. Choose recipes, epochs and thresholds on a validation split."
)
_BEST = "best.keras"  # A run's best network, as `train` calls it

Part = Literal["test", "validation", "train", "all"]
# Training is imported inside functions only, also for types: this is what its `report` makes a page of.
Evaluation: TypeAlias = Any
Classify = Callable[["NDArray[np.float32]"], "NDArray[np.floating[Any]]"]


@dataclass(frozen=True)
class _Data:
    """Images (n, 28, 28) float32, 0 paper … 1 ink, labels (n,), and what there is to say of them."""

    name: str
    images: NDArray[np.float32]
    labels: NDArray[np.uint8]
    sha256: str
    is_test: bool


def evaluate(
    model: Annotated[
        Path | None,
        typer.Argument(metavar="MODEL", help="A network, or a run's folder.", show_default=False),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="mnist.npz, a CSV, or a folder; left out, it is MNIST."),
    ] = None,
    part: Annotated[
        Part | None,
        typer.Option(metavar="PART", help="test, validation, train or all (test; if there is none, all)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write report.html, plots and figures.json there.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead.")] = False,
    input_range: InputRange = None,
) -> None:
    if out is not None:
        from inkread.training.evaluation.plots import require_matplotlib

        require_matplotlib()
        make_folder(out)
    path = _model_path(model)
    classify = _classifier(path, input_range)
    given = _load(data, part)
    if given.is_test:
        note(f"({_REPORT_ONLY})")
    with _waiting(f"reading {len(given.labels):,} digits …"):
        evaluation = _measure(path, classify, given)
    if json:
        say_json(jsonlib.dumps(evaluation.to_dict(), ensure_ascii=False))
    else:
        show_figures(evaluation)
    if out is not None:
        with _waiting("drawing …"):
            _save(evaluation, given, out)
        note(f"wrote {printable(str(out / 'report.html'))}")


def _model_path(model: Path | None) -> Path:
    if model is None:
        return SHIPPED / "digits.onnx"
    path = network_file(model)
    if path.suffix.lower() not in (".onnx", *KERAS_ENDINGS):
        endings = ", ".join((".onnx", *KERAS_ENDINGS))
        raise ModelError(f"{printable(str(path))}: its name does not end in {endings}; give a network's file")
    return path


def _classifier(path: Path, input_range: str | None) -> Classify:
    from inkread.training.formats.loading import classifier_for

    return classifier_for(usable_model(path, input_range) or path)


def _load(data: str | None, part: Part | None) -> _Data:
    """The part asked for; else the test images, or all there are where none are set aside."""
    import numpy as np

    from inkread.training.data.sources import evaluation_images

    chosen, is_test = evaluation_images(data, part)
    for remark in chosen.remarks:
        note(f"({printable(remark)})")
    words = {"test": "test images", "train": "training images", "all": "all images"}
    words["validation"] = "validation split"
    name = f"{chosen.name}, {words[part or chosen.part]}"
    ink = chosen.images.astype(np.float32) / np.float32(255)
    return _Data(name, ink, chosen.labels, chosen.sha256(), is_test=is_test)


def _measure(path: Path, classify: Classify, data: _Data) -> Evaluation:
    from inkread.training.evaluation.metrics import measure
    from inkread.training.evaluation.report import Evaluation

    probabilities = classify(data.images)
    try:
        figures = measure(probabilities, data.labels)
    except ValueError as error:
        raise ModelError(f"{printable(str(path))}: {error}; train or export it anew") from None
    recount = _recount(probabilities.argmax(axis=1), data) if data.is_test else None
    # Every run's best network has the same name: its folder tells them apart.
    name = f"{path.resolve().parent.name}/{path.name}" if path.name == _BEST else path.name
    caution = _REPORT_ONLY if data.is_test else ""
    return Evaluation(name, data.name, figures, recount, caution, _facts(path, data), *_training(path))


def _training(path: Path) -> tuple[Any, ...]:
    """The figures of each epoch, and what was trained, if the network lies in the folder of the run that made it."""
    from inkread.training.evaluation.curves import setting_of
    from inkread.training.run import Run

    run = Run(path.parent)
    return (run.figures(), setting_of(run.recipe())) if path.name == _BEST and run.taken() else ()


def _recount(guesses: NDArray[np.intp], data: _Data) -> Any:
    """Against corrected labels, if these are MNIST's test images and the votes on them are there."""
    from inkread.training.data.relabelled import are_test_labels, load_votes, recount

    if not are_test_labels(data.labels):
        return None
    try:
        return recount(guesses, data.labels, load_votes())
    except DataMissing as error:
        note(f"(without corrected labels: {printable(str(error))})")
        return None


def _facts(path: Path, data: _Data) -> dict[str, str]:
    content = path.read_bytes()
    return {
        "Model file": f"{printable(path.name)}, {len(content) / 1e6:.2f} MB",
        "Model SHA-256": sha256(content).hexdigest(),
        "Data": f"{data.name}, {len(data.labels):,} images of 28 × 28",
        "Data SHA-256": f"{data.sha256} (images, then labels)",
        "Guess": "the likeliest of ten digits, given that it is one; its probability is the confidence",
        "Measured": f"{date.today().isoformat()}, by inkread {__version__}",
    }


def _waiting(words: str) -> AbstractContextManager[object]:
    return console(sys.stderr).status(words) if sys.stderr.isatty() else nullcontext()


def _save(evaluation: Evaluation, data: _Data, folder: Path) -> None:
    from inkread.training.evaluation import plots
    from inkread.training.evaluation.report import to_html

    figures = evaluation.figures
    files = {
        "report.html": to_html(evaluation, data.images).encode(),
        "confusion.png": plots.draw_confusion(figures),
        "mistakes.png": plots.draw_mistakes(figures.mistakes, data.images),
        "reliability.png": plots.draw_reliability(figures.calibration),
        "risk_coverage.png": plots.draw_risk_coverage(figures.risk_coverage),
        "figures.json": (jsonlib.dumps(evaluation.to_dict(), ensure_ascii=False, indent=2) + "\n").encode(),
    }
    for name, content in files.items():
        save_bytes(content, folder / name)


def show_figures(evaluation: Evaluation) -> None:
    """Prints an ``Evaluation``: a line for each figure, and one for each digit."""
    figures = evaluation.figures
    (low, high), curve = figures.interval, figures.risk_coverage
    say(f"{printable(evaluation.model)} on {printable(evaluation.data)}: {figures.count:,} digits\n")
    rows = [
        ("accuracy", _percent(figures.accuracy), f"95 % interval {_percent(low)} to {_percent(high)}"),
        ("loss", f"{figures.loss:.4f}", "cross-entropy"),
        ("mistakes", f"{figures.count - figures.right:,}", ""),
        ("ECE", _percent(figures.calibration.ece), f"calibration error, {figures.calibration.bins} bins"),
        (
            "AURC",
            _percent(curve.aurc, 3),
            f"area under risk and coverage; at best {_percent(curve.best_aurc, 3)}",
        ),
    ]
    for limit, share in curve.at_risk.items():
        rows.append(("answered", _percent(share), f"at {100 * float(limit):g} % risk"))
    if evaluation.recount is not None:
        rows += _corrected_rows(evaluation.recount)
    say(_table(("", "", ""), rows, right=(1,)))
    say()
    say(_table(*_digit_rows(figures), right=(0, 1, 2, 3, 4, 5)))


def _corrected_rows(recount: Any) -> list[tuple[str, str, str]]:
    told, seen = len(recount.rejected), len(recount.relabelled)
    without, mended = recount.excluded, recount.corrected
    return [
        ("corrected", _percent(mended.accuracy), f"{seen} labels set right, {told - seen} left out"),
        ("excluded", _percent(without.accuracy), f"{told} labels that most people reject left out"),
    ]


def _digit_rows(figures: Any) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from inkread.training.evaluation.report import often_taken_for

    rows = []
    for each in figures.digits:
        shares = (_percent(value) for value in (each.recall, each.precision, each.f1))
        taken = ", ".join(f"{guess} ({count})" for guess, count in often_taken_for(figures, each.digit))
        rows.append((str(each.digit), f"{each.count:,}", f"{each.count - each.right:,}", *shares, taken))
    return ("digit", "images", "missed", "recall", "precision", "F1", "taken for (times)"), rows


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: tuple[int, ...]) -> object:
    """Aligned columns; on a terminal with a little colour."""
    shown = [heads, *rows] if any(heads) else rows
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    lines = [
        "  ".join(
            word.rjust(width) if column in right else word.ljust(width)
            for column, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]
    if not sys.stdout.isatty():
        return "\n".join(lines)
    from rich.text import Text

    text = Text("\n").join(Text(line) for line in lines)
    if any(heads):
        text.stylize("dim", 0, len(lines[0]))
    else:
        text.stylize("bold", 0, len(lines[0].split("  95")[0]))
    return text


def _percent(share: float | None, digits: int = 2) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"
