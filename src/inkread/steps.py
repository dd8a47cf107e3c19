"""What the stages made of one picture: up to its glyphs, and to the end.

This module knows none of the stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inkread.lattice import Columns
from inkread.reading import Candidate, Reading, Rejected
from inkread.segments import Segmentation

__all__ = ["Found", "Steps"]


@dataclass(frozen=True)
class Found:
    """A picture up to its glyphs, not yet classified."""

    image: NDArray[np.uint8]
    """(H, W, 3) RGB, upright."""
    scale: float
    ink: NDArray[np.float32]
    """(h, w) 0 paper … 1 ink, rules removed."""
    segmentation: Segmentation
    rejected: tuple[Rejected, ...]
    """Left out before any candidate was made, in ink-map pixels."""
    glyphs: NDArray[np.float32]
    """(n, 28, 28), one per candidate."""
    turned_degrees: int | None = field(default=None, kw_only=True)
    """How far ``image`` was turned to the right to stand upright; None: this is not known yet."""

    columns: Mapping[int, Columns] = field(default_factory=dict, kw_only=True)
    """What was seen in lines that were looked at as a whole, by their number."""

    @property
    def labels(self) -> NDArray[np.int32]:
        """(h, w) which atom each pixel of ink belongs to, 0: none."""
        return self.segmentation.labels

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.segmentation.candidates


@dataclass(frozen=True)
class Steps(Found):
    """What each stage made of one image, for learners and for finding out what went wrong.

    ``scale`` is ink-map pixels per image pixel: small images are enlarged before the ink is sought.
    """

    scores: NDArray[np.float32]
    """(n, C) probabilities of the ``classes``."""
    classes: tuple[str, ...]
    reading: Reading
