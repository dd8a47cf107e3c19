"""What happens inside a network when it reads one glyph: feature maps, and which ink and paper decided.

Works on any ONNX network, with ONNX Runtime alone. Saliency is measured, not derived: a spot of ink is taken away or
put down, everywhere in turn, and the network is asked again (occlusion: Zeiler and Fergus 2014, "Visualizing and
understanding convolutional networks").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.explain.onnxfile import Inside, parse, with_outputs
from inkread.glyphs.classifier import SHIPPED_MODEL, Classifier
from inkread.inference.onnx_session import first_line, open_session

__all__ = ["FeatureMaps", "Insight", "Looker", "first_filters", "look_inside"]

_ACTIVATIONS = frozenset({
    "BatchNormalization", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Clip", "Softplus",
    "Softsign", "Min",
})  # fmt: skip
_SPOT = 1.6
"""Standard deviation of the spot in pixels: about as wide as a stroke, which single pixels are not."""
_LEAST = 1e-7
"""Probabilities nearer to 0 or 1 are rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """What one convolution gives, after its activation: (n, height, width) float32."""

    maps: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Insight:
    """One glyph, as a network reads it.

    ``without_ink`` and ``with_ink`` (28, 28) say how much the log-odds of the answer fall when a spot of ink is
    taken away there, or put down there; negative: how much they rise.
    """

    glyph: NDArray[np.float32]
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    convolutions: tuple[FeatureMaps, ...]
    without_ink: NDArray[np.float32]
    with_ink: NDArray[np.float32]

    @property
    def answer(self) -> int:
        """The likeliest class."""
        return int(self.probabilities.argmax())


class Looker:
    """Looks into one network again and again; ``model`` None is the network that ships. Raises ModelError.

    Made once, it keeps the network loaded. Safe to share between threads.
    """

    def __init__(self, model: Path | None = None) -> None:
        self._classifier = Classifier(model)
        self._classifier.scores(np.zeros((0, 28, 28), np.float32))  # it says what is wrong with a file
        self._session, self._names = _opened((model or SHIPPED_MODEL).read_bytes())
        self._spots = _spots()

    def look(self, glyph: NDArray[np.float32]) -> Insight:
        """Reads ``glyph`` (28, 28) float32, 0 paper … 1 ink, and keeps what happens on the way."""
        spots, classifier = self._spots, self._classifier
        scored = classifier.scores(
            np.concatenate([glyph[None], glyph * (1 - spots), np.maximum(glyph, spots)])
        )
        answer = int(scored[0].argmax())
        share = np.clip(scored[:, answer].astype(np.float64), _LEAST, 1 - _LEAST)
        odds = np.log(share / (1 - share))
        falls = (odds[0] - odds[1:]).reshape(2, 28, 28).astype(np.float32)
        return Insight(glyph, classifier.classes, scored[0], self._maps(glyph), falls[0], falls[1])

    def _maps(self, glyph: NDArray[np.float32]) -> tuple[FeatureMaps, ...]:
        """The output of every convolution, in order."""
        if not self._names:
            return ()
        node = self._session.get_inputs()[0]
        shape = [size if isinstance(size, int) else 1 for size in node.shape]
        given: list[Any] = self._session.run(list(self._names), {node.name: glyph.reshape(shape)})
        return tuple(FeatureMaps(np.asarray(maps[0], np.float32)) for maps in given if maps.ndim == 4)


def look_inside(model: Path | None, glyph: NDArray[np.float32]) -> Insight:
    """Reads ``glyph`` (28, 28) float32, 0 paper … 1 ink, and keeps what happens on the way. Raises ModelError."""
    return Looker(model).look(glyph)


def first_filters(model: Path | None) -> NDArray[np.float32]:
    """The weights that meet the glyph first: (n, height, width). Raises ModelError where there are none.

    Of a convolution, its kernels; of a dense network, what each unit of its first layer looks for (n, 28, 28).
    """
    inside = parse((model or SHIPPED_MODEL).read_bytes())
    for node in inside.nodes:
        weights = inside.weights.get(node.inputs[1]) if len(node.inputs) > 1 else None
        if weights is None:
            continue
        if node.kind == "Conv" and weights.ndim == 4 and weights.shape[1] == 1:
            return weights[:, 0]
        if node.kind in ("Gemm", "MatMul") and 784 in weights.shape:
            rows = weights.T if weights.shape[0] == 784 else weights
            return rows.reshape(-1, 28, 28)
    raise ModelError("the network has no layer whose weights can be shown as pictures; leave --filters out")


def _opened(content: bytes) -> tuple[Any, tuple[str, ...]]:
    """The network, made to say what each of its convolutions gives, and the names of that."""
    names = _after_convolutions(parse(content))
    try:
        session = open_session(with_outputs(content, names))
    except Exception as error:  # as in ``onnx_session``: ONNX Runtime raises a dozen unrelated types
        raise ModelError(
            f"the network cannot be looked into ({first_line(error)}); export it again"
        ) from None
    return session, names


def _after_convolutions(inside: Inside) -> tuple[str, ...]:
    """The names of what each convolution gives, after the activation that follows it."""
    takers: dict[str, list[Any]] = {}
    for node in inside.nodes:
        for name in node.inputs:
            takers.setdefault(name, []).append(node)
    found = []
    for node in inside.nodes:
        if node.kind == "Conv":
            name = node.outputs[0]
            while [taker.kind in _ACTIVATIONS for taker in takers.get(name, ())] == [True]:
                name = takers[name][0].outputs[0]
            found.append(name)
    # What the network gives anyway cannot be asked for twice.
    return tuple(name for name in dict.fromkeys(found) if takers.get(name))


def _spots() -> NDArray[np.float32]:
    """A soft spot (28, 28), 1 in its middle, at each of the 784 places."""
    y, x = np.mgrid[0:28, 0:28]
    away = (y[None] - y.reshape(-1, 1, 1)) ** 2 + (x[None] - x.reshape(-1, 1, 1)) ** 2
    return np.asarray(np.exp(-away / (2 * _SPOT**2)), np.float32)
