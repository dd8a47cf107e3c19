"""A Keras file -> ONNX, or Keras' other format: the process of its own in which files from anywhere are opened.

    python -m inkread.training.formats.conversion IN OUT [--classes N] [--input-range R]

IN is FILE.keras or FILE.h5; OUT is FILE.onnx, FILE.keras or FILE.h5.

Prints one line of JSON: ``{"parameters": n, ...}``, or ``{"error": "...", "extra": bool}``. Whatever goes wrong in
here, the process that asked for it lives on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.durable import write_atomically
from inkread.errors import ExtraMissing, InkreadError, ModelError
from inkread.training.formats.input_range import InputRange, find_range
from inkread.training.formats.keras_file import compiled, open_saved, save_keras
from inkread.training.formats.onnx_export import INPUT_SHAPES, LEAST_SHARE, glyphs_to_onnx
from inkread.training.formats.parity import check_agreement, keras_answers, onnx_answers
from inkread.training.formats.test_glyphs import known_digits, parity_glyphs
from inkread.training.lines.export import export_lines
from inkread.training.lines.network import is_for_lines

_MEMORY_BYTES = 16 << 30


def convert(
    path: Path, out: Path, classes: int = 10, input_range: InputRange | None = None
) -> dict[str, Any]:
    """Writes ``out`` if it agrees with what Keras says on 10,000 glyphs; raises ModelError, and leaves no file.

    A network that reads whole lines must agree on made strips, see ``lines.export``. Without ``input_range``, it is
    the one in which the network reads made digits best.
    """
    model = open_saved(path)
    lines = is_for_lines(model)
    if not lines:
        _require(path, model, classes)
    try:
        content, found = export_lines(model) if lines else _converted(model, input_range)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    write_atomically(out, lambda beside: beside.write_bytes(content))
    return {"parameters": int(model.count_params())} | found


def _converted(model: Any, input_range: InputRange | None) -> tuple[bytes, dict[str, Any]]:
    """The ONNX file of a network for glyphs, and what is known of it."""
    answers, accuracy = keras_answers(model), None

    def probabilities(given: NDArray[np.float32]) -> NDArray[np.float32]:
        said = answers(given)
        return _ended(said, find_ending(model, said)) if np.isfinite(said).all() else said

    if input_range is None:
        input_range, accuracy = find_range(probabilities)
    wanted, glyphs = input_range, parity_glyphs()
    ending = find_ending(model, answers(wanted.of(known_digits()[0])))
    content = glyphs_to_onnx(model, wanted.scale, wanted.paper, ending)

    def keras_says(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        return _ended(answers(wanted.of(glyphs)), ending)

    expected = keras_says(glyphs)
    # Where logits are large, the last bit of a float32 moves a probability by more than 1e-5 in Keras, too.
    own = np.abs(expected - keras_says(glyphs * np.float32(1 + 2**-22))).max()
    difference = check_agreement(expected, onnx_answers(content)(glyphs), max(float(own), 2**-23))
    return content, {
        "range": str(wanted),
        "ending": ending or "probabilities",
        **({} if accuracy is None else {"accuracy_on_made_digits": round(accuracy, 4)}),
        "largest_difference": difference,
        "compared_on": len(glyphs),
    }


def resave(path: Path, out: Path, classes: int = 10) -> dict[str, Any]:
    """Writes the network of one Keras file as another, in the format of its ending; raises ModelError.

    It is compiled, so that ``keras.models.load_model(out).evaluate(images, labels)`` works: see ``compiled``.
    """
    model = open_saved(path)
    if is_for_lines(model):
        raise ModelError(f"{path}: reads whole lines; such a network can only be exported as .onnx")
    _require(path, model, classes)
    glyphs = known_digits()[0]
    expected = keras_answers(model)(glyphs)
    compiled(model, from_logits=find_ending(model, expected) == "softmax")

    def write(beside: Path) -> None:
        save_keras(model, beside)
        if not np.array_equal(keras_answers(open_saved(beside))(glyphs), expected):
            raise ModelError(
                f"{path}: says something else once it is saved as {out.suffix}: nothing was written"
            )

    write_atomically(out, write)
    return {"parameters": int(model.count_params())}


def find_ending(model: Any, given: NDArray[np.float32]) -> str:
    """What makes probabilities of a network's answers (n, C): "", "softmax" or "shares"; see ``glyphs_to_onnx``."""
    if not np.isfinite(given).all():
        raise ModelError(
            "answers with numbers that are none (NaN); train it again with a lower learning rate"
        )
    if given.min() >= -1e-6 and np.abs(given.sum(axis=1) - 1).max() < 1e-3:
        return ""
    last = model.layers[-1]
    while hasattr(last, "layers"):
        last = last.layers[-1]
    sigmoid = getattr(getattr(last, "activation", None), "__name__", "") == "sigmoid"
    return "shares" if sigmoid else "softmax"


def _ended(given: NDArray[np.float32], ending: str) -> NDArray[np.float32]:
    if ending == "softmax":
        given = np.exp(given - given.max(axis=1, keepdims=True))
    if ending:
        given = given + np.float32(LEAST_SHARE)
        given = given / given.sum(axis=1, keepdims=True)
    return given


def _require(path: Path, model: Any, classes: int) -> None:
    takes, gives = tuple(model.inputs[0].shape[1:]), tuple(model.output_shape[1:])
    if takes not in INPUT_SHAPES:
        wanted = " × ".join(str(size) for size in takes)
        raise ModelError(f"{path}: takes {wanted} numbers; inkread gives 28 × 28, 28 × 28 × 1 or 784")
    if gives != (classes,):
        seen = " × ".join(str(size) for size in gives) or "no"
        raise ModelError(f"{path}: gives {seen} numbers per glyph; inkread needs {classes}")


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m inkread.training.formats.conversion")
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--input-range", metavar="PAPER..INK", default="", help="if it is known")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # A file that makes Keras ask for too much memory ends this process, not the machine.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # Frameworks print what they like; the answer is to be alone on standard output.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            if options.out.suffix.lower() == ".onnx":
                known = InputRange.parse(options.input_range) if options.input_range else None
                found = convert(options.source, options.out, options.classes, known)
            else:
                found = resave(options.source, options.out, options.classes)
        except InkreadError as error:
            found = {"error": str(error), "extra": isinstance(error, ExtraMissing)}
    print(json.dumps(found))
    return 1 if "error" in found else 0


if __name__ == "__main__":
    sys.exit(main())
