"""How well a network reads made lines of hands that it never saw: lines without a mistake, and mistakes per digit.

Columns are read off greedily, and only digits count: which mark stands between them is not asked. This module does
not know how the network was made: it asks a function from strips to probabilities or logits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.inference.onnx_session import Network
from inkread.lines.strips import STRIP_HEIGHT
from inkread.training.evaluation.metrics import interval
from inkread.training.glyphs.networks import import_keras
from inkread.training.lines.network import edits, read_off, text_of
from inkread.training.lines.samples import MadeLine, made_lines
from inkread.training.recipe import LinesRecipe

Look = Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]]
"""Strips (n, 32, w, 1) float32, 0 paper … 1 ink -> what is seen in their columns (n, w / 2, 12)."""
_SEED = 99
_LINES = LinesRecipe().validation
_WIDTHS = 32
"""Strips are filled up with paper to a multiple of this, in training as in reading."""
_AT_ONCE = 50


@lru_cache(maxsize=1)
def held_out_lines(count: int = _LINES) -> list[MadeLine]:
    """Always the same lines, by hands that training does not see; raises DataMissing."""
    return made_lines((_SEED,), count, validation=True)


def figures_of(look: Look, lines: Sequence[MadeLine]) -> dict[str, float]:
    """``exact``: the share of lines in which every digit is right, and nothing else is read; ``digit_errors``: digits
    left out, put in or taken for another, per digit that is there."""
    read = read_lines(look, lines)
    written = [text_of(line.labels) for line in lines]
    mistakes = [edits(*pair) for pair in zip(read, written, strict=True)]
    digits = max(1, sum(map(len, written)))
    return {"exact": float(np.mean([not each for each in mistakes])), "digit_errors": sum(mistakes) / digits}


def read_lines(look: Look, lines: Sequence[MadeLine]) -> list[str]:
    """The digits that are read off each line; lines of like width together, so that less paper is looked at."""
    read = [""] * len(lines)
    order = sorted(range(len(lines)), key=lambda i: lines[i].width)
    for start in range(0, len(order), _AT_ONCE):
        chosen = order[start : start + _AT_ONCE]
        columns = look(batch_of([lines[i].strip for i in chosen]))
        for i, seen in zip(chosen, columns, strict=True):
            # In the paper behind a short strip, there is nothing to be read.
            read[i] = read_off(seen[: -(-lines[i].width // 2)])
    return read


def batch_of(strips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Strips (32, w) as (n, 32, W, 1) float32, with paper at the right."""
    width = -(-max(strip.shape[1] for strip in strips) // _WIDTHS) * _WIDTHS
    batch = np.zeros((len(strips), STRIP_HEIGHT, width, 1), np.float32)
    for row, strip in zip(batch, strips, strict=True):
        row[:, : strip.shape[1], 0] = strip / np.float32(255)
    return batch


def by_keras(model: Any) -> Look:
    """A Keras network as a function from strips to logits."""
    to_numpy = import_keras().ops.convert_to_numpy
    return lambda strips: np.asarray(to_numpy(model.predict_on_batch(strips)), np.float32)


def measured(path: Path, count: int) -> dict[str, Any]:
    """The figures of an ONNX file on held-out lines, for its card; raises DataMissing, ModelError."""
    lines, network = held_out_lines(count), Network(path)
    figures = figures_of(network.run, lines)
    return {
        "command": f"python -m inkread.training.evaluation.validation {path.name}",
        "lines": len(lines),
        "exact": round(figures["exact"], 4),
        "exact_interval": interval(figures["exact"], len(lines)),
        "digit_errors": round(figures["digit_errors"], 5),
    }
