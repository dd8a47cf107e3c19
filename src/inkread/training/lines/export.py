"""A Keras network for lines -> ONNX, with its weights as float16, and what its card says of it.

float16 halves the file, which is in every installation; made float32 again when the file is opened, it costs no time.
The result must agree with Keras on made strips, or there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.inference.onnx_session import open_session
from inkread.lines.strips import STRIP_HEIGHT
from inkread.training.formats.onnx_export import export_onnx
from inkread.training.formats.test_glyphs import known_digits
from inkread.training.glyphs.networks import import_keras
from inkread.training.lines.evaluate import by_keras
from inkread.training.lines.network import CLASSES, is_for_lines

TOLERANCE = 0.02
"""How far probabilities may differ from Keras': a float16 has 11 bits, so that weights are off by up to 1 in 4,096. A
logit is then off by some hundredths, and a probability, where two classes are as likely, by a quarter of that.
(Networks on their way to the one that ships differed by 0.003 to 0.009; weights that lie in the wrong place do by
nearly 1.)"""
_PARITY_STRIPS = 200
_DESCRIBED = {
    "classes": list(CLASSES),
    "input": {
        "name": "strips",
        "shape": ["n", STRIP_HEIGHT, "w", 1],
        "meaning": "float32, 0 paper … 1 ink, straightened as inkread.lines.strips does; w a multiple of 4",
    },
    "output": {
        "name": "probabilities",
        "shape": ["n", "w / 2", len(CLASSES)],
        "meaning": "of what is read off each two columns, in the order of classes; connectionist temporal "
        "classification: alike ones on end are read off once",
    },
}


def lines_to_onnx(model: Any) -> bytes:
    """An ONNX file: ``strips`` (n, 32, w, 1) float32 -> ``probabilities`` (n, w / 2, 12) float32.

    Raises ModelError for a network that cannot be exported, or that reads no lines.
    """
    if not is_for_lines(model):
        raise ModelError(f"{model.name} takes no strips, or does not give {len(CLASSES)} classes per column")
    outputs = {"probabilities": import_keras().layers.Softmax()(model.outputs[0])}
    return export_onnx(import_keras().Model(model.inputs, outputs), half=True)


def export_lines(model: Any) -> tuple[bytes, dict[str, Any]]:
    """The ONNX file of a network for lines, and what its card is to say of it.

    Raises ModelError unless ONNX and Keras agree on made strips.
    """
    content, strips = lines_to_onnx(model), parity_strips()
    given = open_session(content, threads=0).run(None, {"strips": strips})[0]
    logits = by_keras(model)(strips)
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    difference = float(np.abs(shares / shares.sum(axis=-1, keepdims=True) - given).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"ONNX differs from Keras by {difference:.2g} (at most {TOLERANCE:.2g}): nothing was written"
        )
    agreed = {"weights": "float16", "largest_difference": difference, "compared_on": len(strips)}
    return content, _DESCRIBED | agreed


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
