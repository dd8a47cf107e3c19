"""Page and Steps: what the stages made of one picture, up to its glyphs and to the end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.lattice import Columns
from inkread.lines.lean import Level
from inkread.reading import Box, Reading, Rejected
from inkread.segments import Segmentation
from inkread.showing import ShownSteps

if TYPE_CHECKING:
    from inkread.glyphs.digit_ink import DigitInk


@dataclass(frozen=True)
class Page:
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

    level: Level | None = field(default=None, kw_only=True)
    """How the ink, and all that is found in it, was turned so that lines are level that leaned; None: it was not."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the ``image``."""
        height, width = self.image.shape[:2]
        return width, height

    @property
    def ink_size_wh(self) -> tuple[int, int]:
        """Width and height of the ``ink`` in pixels of the ``image``: the same, unless it was turned."""
        if self.level is None:
            return self.size_wh
        height, width = self.ink.shape
        return math.ceil(width / self.scale), math.ceil(height / self.scale)

    @property
    def written(self) -> NDArray[np.float32]:
        """(h, w) the ink of all candidates alone."""
        names = np.zeros(int(self.labels.max(initial=0)) + 1, bool)
        names[[name for candidate in self.candidates for name in candidate.parts]] = True
        names[0] = False
        return np.where(names[self.labels], self.ink, np.float32(0))

    def placed(self, box: Box) -> Box:
        """Where a ``box`` of the ink lies in the ``image``, as boxes of a reading do."""
        low = math.floor(box.left / self.scale), math.floor(box.top / self.scale)
        high = math.ceil(box.right / self.scale), math.ceil(box.bottom / self.scale)
        seen = Box(*low, max(high[0], low[0] + 1), max(high[1], low[1] + 1))
        return seen if self.level is None else self.level.placed(seen, self.scale, self.size_wh)

    @property
    def labels(self) -> NDArray[np.int32]:
        """(h, w) which atom each pixel of ink belongs to, 0: none."""
        return self.segmentation.labels

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.segmentation.candidates


@dataclass(frozen=True, repr=False)
class Steps(ShownSteps, Page):
    """What each stage made of one image, for learners and for finding out what went wrong.

    ``scale`` is ink-map pixels per image pixel: small images are enlarged before the ink is sought.
    """

    scores: NDArray[np.float32]
    """(n, C) probabilities of the ``classes``."""
    classes: tuple[str, ...]
    reading: Reading

    def seen_anew(self, seen: DigitInk, scores: NDArray[np.float32], reading: Reading) -> Steps:
        """These steps with another ``reading`` of the picture: its ink, its glyphs and their ``scores`` (n, C)."""
        number = (line for line, of in enumerate(reading.lines) for _ in of.digits)
        candidates = tuple(
            Candidate(line, i, i + 1, (i + 1,), digit.box)
            for i, (line, digit) in enumerate(zip(number, reading.digits, strict=True))
        )
        return replace(
            self, scale=1.0, ink=seen.ink, segmentation=Segmentation(seen.labels, candidates, ()), rejected=(),
            glyphs=seen.glyphs, scores=scores, columns={}, level=None,
            reading=reading,
        )  # fmt: skip

    def beside(self, before: Steps) -> Steps:
        """These steps, made of what was ``written`` in those ``before``; what had been left out there is left out."""
        rejected = before.reading.rejected[: len(before.rejected)] + self.reading.rejected
        return replace(self, reading=replace(self.reading, rejected=rejected))
