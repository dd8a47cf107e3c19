"""A network of a run, or of a Keras file of anybody's -> a file in another format, and its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inkread.errors import ModelError
from inkread.inference.onnx_session import KERAS_ENDINGS, is_keras, network_file, read_card
from inkread.training.formats.card import card_path, file_facts, origin, write_card
from inkread.training.formats.input_range import InputRange
from inkread.training.formats.loading import convert_apart
from inkread.training.lines.network import CLASSES
from inkread.training.recipe import LinesRecipe, RecipeError
from inkread.training.run import Run


def export_file(source: Path, out: Path, input_range: InputRange | None = None) -> dict[str, Any]:
    """Writes the network of a run or of a model file to ``out``; what is known of it is given.

    The ending of ``out`` says the format: .onnx, which must agree with Keras on 10,000 glyphs, .keras or .h5.
    ``input_range`` is what a network of somebody's was trained with; without it, it is found. Raises ModelError, and
    then leaves no file.
    """
    path, kind, card = network_file(source), out.suffix.lower(), card_path(out)
    if kind not in (".onnx", *KERAS_ENDINGS):
        raise ModelError(f"{out}: no format that is known; end its name in .onnx, .keras or .h5")
    if not is_keras(path):
        raise ModelError(f"{path}: is not a Keras file (.keras, .h5); only such can be exported")
    if kind == ".onnx" and card.exists() and "sha256" not in read_card(out):
        raise ModelError(f"{card}: is in the way of the network's card; give another name than {out.name}")
    if out.exists() and out.samefile(path):
        raise ModelError(f"{out}: is the file itself; give another name")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return with_origin(out, convert_apart(path, out, input_range), path)
    except OSError as error:
        raise ModelError(f"{out}: cannot be written ({error.strerror}); give another place") from None


def with_origin(out: Path, card: dict[str, Any], path: Path) -> dict[str, Any]:
    """The ``card`` of ``out``; that of the network of a run also says what the run learned from and reached."""
    run = Run(path.parent)
    if out.suffix.lower() != ".onnx" or not run.taken():
        return card
    try:
        recipe = run.recipe()
    except RecipeError:  # the file lies beside a recipe that is not inkread's
        return card
    if isinstance(recipe, LinesRecipe) != (card["classes"] == list(CLASSES)):
        return card
    card = card | file_facts(out) | origin(recipe, run.networks_sha256()) | {"figures": run.result()}
    write_card(out, card)
    return card
