"""Glyphs -> probabilities, by ONNX Runtime.

The network is a file with a card beside it: the card names the classes and the file's SHA-256, and a file that is
not the one its card describes is refused. This module knows nothing of images, ink or lines.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.inference.onnx_session import SHIPPED, first_line, open_network, read_card, remedy

__all__ = ["SHIPPED_MODEL", "Classifier"]

SHIPPED_MODEL = SHIPPED / "digits.onnx"
_GLYPH_SHAPE = (28, 28)
_BATCH = 128
"""Glyphs per run: enough to keep a core busy, few enough to stay in its cache, and for each core to have some."""
_DIGITS = tuple(str(value) for value in range(10))


@dataclass(frozen=True, eq=False)
class _Session:
    """An opened network."""

    opened: Any
    input: str
    shape: tuple[int, ...]
    """Of one glyph, as the network takes it."""
    outputs: tuple[str, ...]
    widths: tuple[int, ...]
    """Numbers per glyph that each of the ``outputs`` gives; 0: not known."""

    def run(self, numbers: Sequence[int], glyphs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Outputs ``numbers`` for glyphs (n, 28, 28), n > 0; many are shared out among the cores."""
        glyphs, names = glyphs.reshape(-1, *self.shape), [self.outputs[number] for number in numbers]

        def of_batch(first: int) -> list[NDArray[np.float32]]:
            return list(self.opened.run(names, {self.input: glyphs[first : first + _BATCH]}))

        if len(glyphs) <= _BATCH:
            return of_batch(0)
        from concurrent.futures import ThreadPoolExecutor

        firsts = range(0, len(glyphs), _BATCH)
        with ThreadPoolExecutor(min(_cores(), len(firsts))) as threads:
            batches = list(threads.map(of_batch, firsts))
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


class Classifier:
    """A network that tells which digit a glyph is.

    ``model`` is the path of an ONNX file with one input (n, 28, 28) or (n, 28, 28, 1) or (n, 1, 28, 28), float32,
    0 paper … 1 ink, and an output (n, C) of probabilities, of which the first ten are the digits; None is the
    model that ships. It is loaded when it is first used. Safe to share between threads.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(SHIPPED_MODEL if model is None else model)
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What the card beside the model says; empty for a model without one."""
        card = read_card(self.path)
        if fault := _fault_of(card):
            todo = remedy(self.path, "mend the model's card, or remove it for a model of digits only")
            raise ModelError(f"{self.path.with_suffix('.json')}: {fault}; {todo}")
        return card

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the outputs: "0" … "9", and what else the network tells apart."""
        return tuple(self.card.get("classes") or _DIGITS[: self._session.widths[0]])

    def check(self) -> None:
        """Loads the network and runs it once; raises ModelError for one that cannot be used."""
        self.scores(np.zeros((1, *_GLYPH_SHAPE), np.float32))

    def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (n, C) float32 of each class for glyphs (n, 28, 28) float32, 0 paper … 1 ink."""
        return self._sharpened(*self._run([0], glyphs))

    def scores_and_embeddings(
        self, glyphs: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What ``scores`` and ``embed`` give for glyphs (n, 28, 28), in one run of the network."""
        raw, embeddings = self._run([0, self._embedding], glyphs)
        return self._sharpened(raw), embeddings

    def _sharpened(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        return _sharpened(raw, float(self.card.get("sharpness", 1.0)))

    def embed(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network tells the classes from: (n, E) float32, alike for glyphs that look alike.

        ``glyphs`` are those of ``scores``. Raises ModelError for a network without an output ``embedding``.
        """
        return self._run([self._embedding], glyphs)[0]

    @property
    def _embedding(self) -> int:
        """The number of the output ``embedding``."""
        names = self._session.outputs
        if "embedding" not in names:
            raise ModelError(
                f"{self.path}: has no output named embedding; export a network that has such a layer"
            )
        return names.index("embedding")

    def _run(self, numbers: Sequence[int], glyphs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Outputs ``numbers`` of the network for all glyphs."""
        glyphs = np.ascontiguousarray(glyphs, np.float32)
        if glyphs.ndim != 3 or glyphs.shape[1:] != _GLYPH_SHAPE:
            raise ValueError(f"glyphs must be (n, 28, 28), not {glyphs.shape}")
        session = self._session
        if not len(glyphs):
            return [np.zeros((0, session.widths[number]), np.float32) for number in numbers]
        try:
            given = [np.asarray(output, np.float32) for output in session.run(numbers, glyphs)]
        except Exception as error:  # as when it is opened: what is well-formed may still not fit together
            todo = remedy(self.path, "export it again")
            raise ModelError(f"{self.path}: cannot be run ({first_line(error)}); {todo}") from None
        if any(rows.ndim != 2 or len(rows) != len(glyphs) or not np.isfinite(rows).all() for rows in given):
            todo = remedy(self.path, "train or export it again")
            raise ModelError(f"{self.path}: gives no finite row of numbers for each glyph; {todo}")
        return given

    @property
    def _session(self) -> _Session:
        with self._lock:
            return self._opened

    @cached_property
    def _opened(self) -> _Session:
        session = open_network(self.path, str(self.card.get("sha256", "")))
        return self._checked(session)

    def _checked(self, session: Any) -> _Session:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        shape = self._checked_input(inputs)
        self._check_output(outputs)
        widths = tuple((_fixed(node.shape) or (None,))[-1] or 0 for node in outputs)
        names = tuple(node.name for node in outputs)
        return _Session(session, inputs[0].name, shape, names, widths)

    def _checked_input(self, inputs: Any) -> tuple[int, ...]:
        """The shape of one glyph in the network's only input. Raises ModelError."""
        takes = [_fixed(node.shape) for node in inputs]
        shapes: dict[tuple[int | None, ...], tuple[int, ...]] = {
            (28, 28): (28, 28), (28, 28, 1): (28, 28, 1), (1, 28, 28): (1, 28, 28)
        }  # fmt: skip
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or takes[0][1:] not in shapes:
            seen = ", ".join(f"{node.name} {node.type} {list(node.shape)}" for node in inputs)
            raise ModelError(
                f"{self.path}: takes {seen or 'nothing'}; inkread needs one float input (n, 28, 28)"
            )
        if takes[0][0] is not None:
            raise ModelError(
                f"{self.path}: takes {takes[0][0]} glyphs at a time; export it with a free batch size"
            )
        return shapes[takes[0][1:]]

    def _check_output(self, outputs: Any) -> None:
        """Raises ModelError if the first output is not one probability for each class."""
        gives = _fixed(outputs[0].shape) if outputs else ()
        named = len(self.card.get("classes") or _DIGITS)
        if len(gives) != 2 or outputs[0].type != "tensor(float)":
            seen = f"{outputs[0].type} {list(outputs[0].shape)}" if outputs else "nothing"
            raise ModelError(f"{self.path}: gives {seen}; inkread needs float probabilities (n, {named})")
        if gives[1] != named:
            raise ModelError(
                f"{self.path}: gives {gives[1]} numbers per glyph; inkread needs {named} probabilities"
            )


def _sharpened(scores: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Probabilities (n, C) to the ``power``, summing to 1 again: undoes the modesty that label smoothing teaches.

    The inverse of a temperature (Guo et al. 2017, "On calibration of modern neural networks"); the card has the
    power that ``training.calibrate`` chose on validation data.
    """
    if power == 1.0 or not scores.size:
        return scores
    # Scaled by the largest first, so that no row underflows.
    powers = (scores / scores.max(axis=1, keepdims=True)) ** np.float32(power)
    return powers / powers.sum(axis=1, keepdims=True)


def _fault_of(card: dict[str, Any]) -> str:
    """What is wrong with what a card says of the network's outputs; "" if nothing is."""
    classes, power = card.get("classes") or list(_DIGITS), card.get("sharpness", 1.0)
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        return "its classes are not a list of names"
    if tuple(classes[:10]) != _DIGITS or len(set(classes)) != len(classes):
        return "its classes must begin with the digits 0 … 9 in order, and none may come twice"
    if isinstance(power, bool) or not isinstance(power, int | float) or not 0 < power <= 1000:
        return "its sharpness must be a number above 0"
    return ""


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _fixed(shape: Any) -> tuple[int | None, ...]:
    """The shape with its free dimensions as None."""
    return tuple(size if isinstance(size, int) else None for size in shape)
