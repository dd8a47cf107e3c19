"""One use of a Keras layer, as the exporter sees it: the layer, and the names and shapes of its tensors.

This module does not know what any layer becomes in ONNX, nor how layers are joined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.networks import import_keras

if TYPE_CHECKING:
    from inkread.training.graph import Graph

__all__ = ["Node", "Write", "is_last_axis", "values_of"]

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One use of a layer: the names of its inputs, their shapes in Keras, and that of its output."""

    layer: Any
    inputs: list[str]
    shapes: list[Shape]
    shape: Shape

    @property
    def source(self) -> str:
        return self.inputs[0]

    @property
    def rank(self) -> int:
        return len(self.shapes[0])


Write = Callable[["Graph", Node, Any], str]
"""Writes a node, with the batch normalisation folded into it or None; gives its output's name."""


def is_last_axis(axis: Any, rank: int) -> bool:
    """Whether a layer's ``axis`` is the last of ``rank``, however it was written: -1, 3 or [3]."""
    axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
    return axis in (-1, rank - 1)


def values_of(variable: Any) -> NDArray[np.float64]:
    """A weight of any backend as numbers."""
    return np.asarray(import_keras().ops.convert_to_numpy(variable), np.float64)
