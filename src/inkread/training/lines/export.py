"""A Keras network for lines -> ONNX, with its weights as float16, and its card.

    python -m inkread.training.lines.export RUN_OR_KERAS -o FILE.onnx [--recipe NAME_OR_FILE]

float16 halves the file, which is in every installation; made float32 again when the file is opened, it costs no time.
The result must agree with Keras on made strips, or there is none.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.durable import write_atomically
from inkread.errors import InkreadError, ModelError
from inkread.network import open_session
from inkread.strips import STRIP_HEIGHT
from inkread.training.formats.card import write_card
from inkread.training.formats.keras_file import open_saved
from inkread.training.formats.onnx_export import export_onnx
from inkread.training.formats.test_glyphs import known_digits
from inkread.training.glyphs.networks import import_keras
from inkread.training.lines.alphabet import CLASSES
from inkread.training.lines.card import lines_card
from inkread.training.lines.evaluate import measured
from inkread.training.lines.network import is_for_lines
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.recipe import recipe_fields

TOLERANCE = 0.02
"""How far probabilities may differ from Keras': a float16 has 11 bits, so that weights are off by up to 1 in 4,096. A
logit is then off by some hundredths, and a probability, where two classes are as likely, by a quarter of that.
(Networks on their way to the one that ships differed by 0.003 to 0.009; weights that lie in the wrong place do by
nearly 1.)"""
_PARITY_STRIPS = 200


def lines_to_onnx(model: Any) -> bytes:
    """An ONNX file: ``strips`` (n, 32, w, 1) float32 -> ``probabilities`` (n, w / 2, 12) float32.

    Raises ModelError for a network that cannot be exported, or that reads no lines.
    """
    if not is_for_lines(model):
        raise ModelError(f"{model.name} takes no strips, or does not give {len(CLASSES)} classes per column")
    outputs = {"probabilities": import_keras().layers.Softmax()(model.outputs[0])}
    return export_onnx(import_keras().Model(model.inputs, outputs), half=True)


def export_lines(model: Any, path: Path) -> dict[str, Any]:
    """Writes ``path`` if ONNX and Keras agree on made strips, and gives what its card is to say of it.

    Raises ModelError, and then leaves no file.
    """
    content, strips = lines_to_onnx(model), parity_strips()
    difference = float(np.abs(_by_keras(model, strips) - _by_onnx(content, strips)).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"ONNX differs from Keras by {difference:.2g} (at most {TOLERANCE:.2g}): nothing was written"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda beside: beside.write_bytes(content))
    return {
        "parameters": int(model.count_params()),
        "weights": "float16",
        "largest_difference": difference,
        "compared_on": len(strips),
    }


def parity_strips() -> NDArray[np.float32]:
    """Strips (n, 32, 160, 1) float32 of one to six digits made by code: nobody's handwriting is needed."""
    digits, rng = known_digits()[0], np.random.default_rng(2006)
    strips = np.zeros((_PARITY_STRIPS, STRIP_HEIGHT, 160, 1), np.float32)
    for strip in strips:
        left = 4
        for _ in range(int(rng.integers(1, 7))):
            window = strip[2:30, left : left + 28, 0]
            np.maximum(window, digits[rng.integers(len(digits))], out=window)
            left += int(rng.integers(14, 26))
    return strips


def _by_keras(model: Any, strips: NDArray[np.float32]) -> NDArray[np.float32]:
    logits = np.asarray(import_keras().ops.convert_to_numpy(model.predict_on_batch(strips)), np.float32)
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def _by_onnx(content: bytes, strips: NDArray[np.float32]) -> NDArray[np.float32]:
    session = open_session(content, threads=0)
    return np.asarray(session.run(None, {"strips": strips})[0], np.float32)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m inkread.training.lines.export")
    parser.add_argument("source", type=Path, help="a run's folder or a .keras file")
    parser.add_argument("-o", "--out", type=Path, required=True, help="the ONNX file; its card goes beside")
    parser.add_argument("--recipe", default="", help="what made it, where that is not beside it (lines)")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # it alone can export
    try:
        folder = options.source if options.source.is_dir() else options.source.parent
        best = options.source / "best.keras" if options.source.is_dir() else options.source
        beside = folder / "recipe.toml"
        asked = options.recipe or (beside if beside.is_file() else "lines")
        recipe = LinesRecipe.from_dict(recipe_fields(asked))
        found = export_lines(open_saved(best), options.out)
        options.out.with_suffix(".json").unlink(missing_ok=True)  # a former file's, which would not fit
        figures = measured(options.out)
        write_card(options.out, lines_card(options.out, recipe, found, figures))
    except InkreadError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: {options.out.stat().st_size:,} bytes; {found | figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
