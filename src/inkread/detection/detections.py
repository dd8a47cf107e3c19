"""What the page network found: boxes with class probabilities, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Detections"]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """``n`` symbols, each with a box, a score, class probabilities and a probability of being printed."""

    boxes: NDArray[np.float32]
    """(n, 4) left, top, right, bottom in pixels of the upright picture."""
    scores: NDArray[np.float32]
    """(n,) probability that a symbol has its centre there, 0 … 1."""
    classes: NDArray[np.float32]
    """(n, C) probability of each class of the network; rows sum to 1."""
    printed: NDArray[np.float32]
    """(n,) probability that the symbol is type, not handwriting."""
    scales: NDArray[np.float32]
    """(n,) size of the picture that the network saw over the size of the upright picture."""

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, chosen: Any) -> Detections:
        """Some of them, by a mask or by indices."""
        return Detections(*(getattr(self, name)[chosen] for name in _FIELDS))

    @property
    def sizes_wh(self) -> NDArray[np.float32]:
        """(n, 2) width and height of each box in pixels."""
        return self.boxes[:, 2:] - self.boxes[:, :2]

    @property
    def centres(self) -> NDArray[np.float32]:
        """(n, 2) x and y of the middle of each box in pixels."""
        return np.asarray((self.boxes[:, :2] + self.boxes[:, 2:]) / 2, np.float32)

    @classmethod
    def empty(cls, classes: int) -> Detections:
        """No detections of a network with so many classes."""
        arrays = [np.zeros(shape, np.float32) for shape in ((0, 4), 0, (0, classes), 0, 0)]
        return cls(*arrays)

    @classmethod
    def joined(cls, several: Sequence[Detections]) -> Detections:
        """All detections of several, of which there is at least one."""
        return cls(*(np.concatenate([getattr(each, name) for each in several]) for name in _FIELDS))


_FIELDS = ("boxes", "scores", "classes", "printed", "scales")
