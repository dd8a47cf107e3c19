"""Parity of two copies of a network: Keras' answers, ONNX Runtime's, and how far they may differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.inference.onnx_session import open_session
from inkread.training.glyphs.networks import import_keras

Classify = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Glyphs (n, 28, 28) float32 -> what the network gives for each (n, C)."""
TOLERANCE = 1e-5
_MOST = 1e-3
"""However badly a network rounds: what is written wrongly differs by more."""
_BATCH = 1000


def keras_answers(model: Any) -> Classify:
    """A Keras network as a function of glyphs, whichever shape and backend it has."""
    ops, shape = import_keras().ops, tuple(model.inputs[0].shape[1:])

    def answer(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        batches = (glyphs[i : i + _BATCH].reshape(-1, *shape) for i in range(0, len(glyphs), _BATCH))
        given = [ops.convert_to_numpy(model.predict_on_batch(batch)) for batch in batches]
        return np.concatenate(given).astype(np.float32)

    return answer


def onnx_answers(content: bytes) -> Classify:
    """An ONNX file's content as a function of glyphs (n, 28, 28)."""
    session = open_session(content, threads=0)
    name = session.get_inputs()[0].name

    def answer(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        batches = (glyphs[i : i + _BATCH] for i in range(0, len(glyphs), _BATCH))
        return np.concatenate([session.run(None, {name: batch})[0] for batch in batches])

    return answer


def check_agreement(
    expected: NDArray[np.float32], given: NDArray[np.float32], rounding: float = 0.0
) -> float:
    """The largest difference of probabilities (n, C); raises ModelError above 1e-5, or if a label differs.

    ``rounding`` is how much Keras' own answers change with the last bits of the glyphs: four times that is
    allowed, should it be more; and a label may differ where Keras cannot tell the best two apart either.
    """
    allowed = min(max(TOLERANCE, 4 * rounding), _MOST)
    difference = float(np.abs(expected - given).max())
    ordered = np.sort(expected, axis=1)
    tied = (ordered[:, -1] - ordered[:, -2] <= 8 * rounding) & (rounding > 0)
    other = int(((expected.argmax(axis=1) != given.argmax(axis=1)) & ~tied).sum())
    if not difference <= allowed or other:
        raise ModelError(
            f"ONNX differs from Keras by {difference:.2g} (at most {allowed:.2g}), and in {other} labels "
            f"of {len(given)}: nothing was written"
        )
    return difference
