"""Limits of a page with very many pieces, checked on a sample of them: is it writing at all, and which way up?

Noise, gravel, cloth and halftone fall into thousands of pieces, and so does a page full of numbers. Of so many, some
tell enough: pieces that stand alone are looked at for whether they are digits or marks, and a part of the page for
whether it is read better when it is turned. There is an end to what is read of one page, too: whoever sends a page
shall not make others wait. This module reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate
from inkread.reading import Box

__all__ = [
    "LEGIBLE",
    "MANY",
    "MOST",
    "SOME",
    "alone",
    "is_written",
    "may_be_upright",
    "part_to_turn",
    "rows_to_read",
    "single_and_many",
]

LEGIBLE = 5
"""Pixels: of a picture whose shorter side has fewer, nothing is read; digits of the smallest fonts are five high."""
SOME = 100
"""Pieces of ink; of a page with more, only a part of about so many is read each way up: three lines or so."""
MANY = 800
"""Candidates; a page with 350 digits has about as many. Of one with more, a part is read before all of it is."""
MOST = 3000
"""No more candidates are read of one page: 1,100 digits that stand close, 2,000 that stand apart."""
_FEW, _MOST_OF_A_PIECE = 150, 5
"""Candidates, and for each piece of ink, where there are more than a few: 2 to 4 upright, 10 on its side."""
_LONGEST = 1000
"""Candidates in a line; one of 100 digits has 500 at the most, a mile of dots has thousands."""
_LOOKED_AT = 200
_LEAST_WRITTEN = 0.04
"""Pieces alone that look like digits or marks, over all candidates. On made pages of 500 digits and more: 0.41 upright,
0.42 under strong grain, 0.11 lying on their sides; noise and blots: 0.001 at the most, specks: 0.016."""


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


def may_be_upright(pieces: int, candidates: int) -> bool:
    """Whether so many pieces may be lines of writing: columns of digits, taken for lines, overlap in every way."""
    return candidates <= max(_FEW, _MOST_OF_A_PIECE * pieces)


def rows_to_read(candidates: Sequence[Candidate]) -> list[int]:
    """The lines from the top that have at most ``MOST`` candidates together, without any that is no line of writing."""
    counts = np.bincount([each.line for each in candidates if each.line != WHOLE])
    lines = np.flatnonzero(counts <= _LONGEST)
    return [int(line) for line in lines[np.cumsum(counts[lines]) <= MOST]]


def part_to_turn(pieces: Sequence[Box]) -> Box:
    """A part of the page in which about ``SOME`` of its ``pieces`` lie, whose boxes are in pixels of the ink map."""
    centres = np.array([piece.centre for piece in pieces])
    share, inside = min(1.0, (SOME / len(pieces)) ** 0.5), np.ones(len(pieces), bool)
    while inside.sum() > 1.2 * SOME and share > 0.001:
        low, high = np.quantile(centres, [0.5 - share / 2, 0.5 + share / 2], axis=0)
        inside = ((centres >= low) & (centres <= high)).all(axis=1)
        share *= 0.8
    return Box.around([piece for piece, within in zip(pieces, inside, strict=True) if within] or pieces[:1])


def single_and_many(
    scores: NDArray[np.float32], classes: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How probable it is (n,) that each candidate is one digit, and that it is several; as far as the network knows."""
    nothing = np.zeros(len(scores), np.float32)
    many = scores[:, classes.index("many")] if "many" in classes else nothing
    # One that knows digits only takes everything for one.
    return (scores[:, :10].sum(axis=1) if len(classes) > 10 else nothing), many
