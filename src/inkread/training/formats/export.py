"""A Keras network -> ONNX, and its card.

    python -m inkread.training.formats.export RUN_OR_KERAS -o FILE.onnx [--test-set]

The file must agree with Keras on 10,000 images; otherwise none is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.durable import write_atomically
from inkread.errors import DataMissing, InkreadError, ModelError
from inkread.network import KERAS_ENDINGS, is_keras, network_file
from inkread.training.data.mnist import load_mnist
from inkread.training.evaluation.validation import (
    from_onnx,
    report_figures,
    validation_figures,
    validation_pools,
)
from inkread.training.formats.card import card_of, write_card
from inkread.training.formats.input_range import InputRange
from inkread.training.formats.loading import convert_apart
from inkread.training.formats.onnx_export import glyphs_to_onnx
from inkread.training.formats.parity import check_agreement, keras_answers, onnx_answers
from inkread.training.formats.test_glyphs import PARITY_GLYPHS
from inkread.training.glyphs.networks import import_keras
from inkread.training.lines.alphabet import CLASSES
from inkread.training.lines.card import origin
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.run import Run


def export(model: Any, path: Path, images: NDArray[np.float32]) -> None:
    """Writes ``model`` to ``path`` if ONNX and Keras agree on ``images`` (n, 28, 28); else ModelError."""

    def write(beside: Path) -> None:
        beside.write_bytes(glyphs_to_onnx(model))
        check_parity(model, beside, images)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def check_parity(model: Any, path: Path, images: NDArray[np.float32]) -> float:
    """The largest difference between Keras' and ONNX's probabilities; raises ModelError above 1e-5."""
    return check_agreement(keras_answers(model)(images), onnx_answers(path.read_bytes())(images))


def export_file(source: Path, out: Path, input_range: InputRange | None = None) -> dict[str, Any]:
    """Writes the network of a run or of a model file to ``out``; what is known of it is given.

    The ending of ``out`` says the format: .onnx, which must agree with Keras on 10,000 glyphs, .keras or .h5.
    ``input_range`` is what a network of somebody's was trained with; without it, it is found. Raises ModelError, and
    then leaves no file.
    """
    path = network_file(source)
    kind = out.suffix.lower()
    if kind not in (".onnx", *KERAS_ENDINGS):
        raise ModelError(f"{out}: no format that is known; end its name in .onnx, .keras or .h5")
    if not is_keras(path):
        raise ModelError(f"{path}: is not a Keras file (.keras, .h5); only such can be exported")
    card = out.with_suffix(".json")
    if kind == ".onnx" and card.exists() and not _is_card(card):
        raise ModelError(f"{card}: is in the way of the network's card; give another name than {out.name}")
    if out.exists() and out.samefile(path):
        raise ModelError(f"{out}: is the file itself; give another name")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return with_origin(out, convert_apart(path, out, input_range), path)
    except OSError as error:
        raise ModelError(f"{out}: cannot be written ({error.strerror}); give another place") from None


def with_origin(out: Path, card: dict[str, Any], path: Path) -> dict[str, Any]:
    """The ``card`` of ``out``; that of a network for lines also says what its run learned from and reached."""
    run = Run(path.parent)
    if card.get("classes") != list(CLASSES) or not run.taken():
        return card
    recipe = run.recipe()
    if isinstance(recipe, LinesRecipe):
        card |= origin(recipe) | {"figures": run.result()}
        write_card(out, card)
    return card


def _is_card(path: Path) -> bool:
    try:
        return "sha256" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m inkread.training.formats.export")
    parser.add_argument("source", type=Path, help="a run's folder or a .keras file")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the ONNX file; its card goes beside")
    parser.add_argument("--test-set", action="store_true", help="t10k on the card too: once per release")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # it alone can export
    try:
        keras = import_keras()
        folder = options.source if options.source.is_dir() else options.source.parent
        best = options.source / "best.keras" if options.source.is_dir() else options.source
        if not best.exists():
            raise DataMissing(f"{best} does not exist: give a run's folder or a .keras file")
        model, recipe = keras.models.load_model(best, compile=False), Run(folder).recipe()
        if isinstance(recipe, LinesRecipe):
            raise ModelError(f"{best}: reads whole lines: python -m inkread.training.lines.export {best}")
        images = load_mnist("train").images[:PARITY_GLYPHS].astype(np.float32) / np.float32(255)
        export(model, options.out, images)
        classify = from_onnx(options.out)
        figures: dict[str, Any] = dict(validation_figures(classify, validation_pools()))
        if options.test_set:
            figures |= report_figures(classify)
        card = card_of(options.out, recipe, int(model.count_params()), figures, Run(folder).networks_sha256())
        write_card(options.out, card)
    except InkreadError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {options.out.stat().st_size:,} bytes; {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
