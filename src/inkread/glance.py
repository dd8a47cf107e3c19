"""A glance at a page with very many pieces, before all of it is read: is it writing at all, and which way up?

Noise, gravel, cloth and halftone fall into thousands of pieces, and so does a page full of numbers. Of so many, some
tell enough: pieces that stand alone are looked at for whether they are digits or marks, and a part of the page for
whether it is read better when it is turned. This module reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkread.reading import WHOLE, Box, Candidate

__all__ = ["MANY", "alone", "is_written", "part_to_turn"]

MANY = 800
"""Candidates; a page with 350 digits has about as many. Fewer are read four times, each way up, within two seconds."""
_LOOKED_AT = 200
_LEAST_WRITTEN = 0.04
"""Pieces alone that look like digits or marks, over all candidates. On made pages of 500 digits and more: 0.41 upright,
0.42 under strong grain, 0.11 lying on their sides; noise and blots: 0.001 at the most, specks: 0.016."""
_PART = 300
"""Candidates in the part of a page that is turned to try: four lines or so."""


def alone(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Some of the candidates that are one piece, none of another, and may be a digit: evenly over the page."""
    lone = [
        each for each in candidates if each.stop - each.start == 1 and each.line != WHOLE and not each.unfit
    ]
    return lone[:: max(1, len(lone) // _LOOKED_AT)]


def is_written(candidates: Sequence[Candidate], scores: NDArray[np.float32], classes: Sequence[str]) -> bool:
    """Whether a page with these candidates may be writing; ``scores`` (n, C) are those of the ones ``alone``."""
    known = [i for i, name in enumerate(classes) if name not in ("none", "many")]
    if len(known) == len(classes):
        return True  # the network takes everything for a digit, and can tell nothing
    lone = sum(each.stop - each.start == 1 and not each.unfit for each in candidates)
    looks = float(np.mean(scores[:, known].sum(axis=1) > 0.5)) if len(scores) else 0.0
    return looks * lone >= _LEAST_WRITTEN * len(candidates)


def part_to_turn(candidates: Sequence[Candidate]) -> Box:
    """A part of the page, in pixels of the ink map, in which about ``_PART`` candidates lie."""
    centres = np.array([candidate.box.centre for candidate in candidates])
    share = min(1.0, (_PART / len(candidates)) ** 0.5)
    low, high = np.quantile(centres, [0.5 - share / 2, 0.5 + share / 2], axis=0)
    inside = ((centres >= low) & (centres <= high)).all(axis=1)
    some = [candidate.box for candidate, within in zip(candidates, inside, strict=True) if within]
    return Box.around(some or [candidates[0].box])
