"""Training from Python: ``train``, ``evaluate`` and ``export``, each the twin of the command of that name.

from inkread.training import train, evaluate, export
run = train("fast", out="runs/mine")           # or a function (keras, classes) -> layers
evaluate(run, part="validation").accuracy
export(run, "mine.onnx")
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from inkread.inference.onnx_session import SHIPPED, network_file
from inkread.training.data.sources import EvaluationPart, evaluation_images
from inkread.training.evaluation.metrics import Figures, measure
from inkread.training.formats.export import export_file
from inkread.training.formats.input_range import InputRange
from inkread.training.formats.loading import classifier_for
from inkread.training.glyphs.networks import asked
from inkread.training.glyphs.own_network import Layers, spec_of
from inkread.training.progress import Lines, Watcher
from inkread.training.recipe import recipe_of
from inkread.training.run import Run

__all__ = ["evaluate", "export", "train"]

PathLike = str | os.PathLike[str]


def train(
    network: str | Layers | None = None,
    *,
    out: PathLike,
    recipe: PathLike | None = None,
    resume: bool = False,
    test: bool = True,
    progress: Callable[[str], None] | Watcher | None = print,
    **settings: Any,
) -> Run:
    """Trains a network in the folder ``out`` and returns the run; ``run.result()`` has the accuracies.

    ``network`` is a name (``classic``), ``FILE.py:function``, or the function itself: ``(keras, classes)`` -> layers
    or a ``keras.Model``. ``settings`` are a recipe's, such as ``epochs=3`` or ``augment="none"``. ``resume`` goes on
    with the run in ``out``; then only ``epochs`` may be given. ``progress`` is called with a line per epoch, or is a
    ``Watcher``. Raises RecipeError, DataMissing, ExtraMissing, ModelError and Diverged.
    """
    from inkread.training.environment import require_backend
    from inkread.training.glyphs.learner import prepare_backend

    run = Run(Path(out))
    if resume:
        chosen = recipe_of(run.recipe().to_dict() | settings)
    else:
        run.refuse_taken()
        given = {} if network is None else {"network": spec_of(network) if callable(network) else network}
        chosen = asked(None if recipe is None else os.fspath(recipe), given | settings)
    require_backend()
    prepare_backend(chosen.deterministic)
    from inkread.training.glyphs.fit import train as fit

    fit(run, chosen, Lines(progress) if callable(progress) else progress, resume=resume, test=test)
    return run


def evaluate(
    model: Run | PathLike | None = None,
    *,
    data: PathLike | None = None,
    part: EvaluationPart | None = None,
    input_range: str | None = None,
) -> Figures:
    """Accuracy, loss, calibration and mistakes of a network: a run, its folder, or a file (None: the shipped one).

    ``data`` is what ``inkread data`` takes (None: MNIST). ``part`` is ``test``, ``validation``, ``train`` or ``all``
    (None: test, or all). Test images report only; choose by ``validation``. Raises ModelError and DataMissing.
    """
    path = SHIPPED / "digits.onnx" if model is None else network_file(_path(model))
    images, _ = evaluation_images(data, part)
    classify = classifier_for(path, input_range)
    return measure(classify(images.images.astype(np.float32) / np.float32(255)), images.labels)


def export(model: Run | PathLike, out: PathLike, *, input_range: str | None = None) -> Path:
    """Writes a run's best network, or a .keras or .h5 file, as .onnx, .keras or .h5, by the ending of ``out``.

    An ONNX file must agree with Keras on 10,000 glyphs. Raises ModelError.
    """
    export_file(_path(model), Path(out), None if input_range is None else InputRange.parse(input_range))
    return Path(out)


def _path(model: Run | PathLike) -> Path:
    return model.folder if isinstance(model, Run) else Path(model)
