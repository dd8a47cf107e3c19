"""Which lines are plain, and which are worth a second look as a whole.

A line is plain where every part of it is surely one digit: most writing is, and never pays for a second network. This
module does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate

__all__ = ["lines_in_doubt"]

_SURE = 0.98
"""The least probability of one digit for a plain part."""
_BROADEST, _TALLEST = 1.2, 1.25
"""The largest width and height of a plain part, in heights of its line."""


def lines_in_doubt(
    candidates: Sequence[Candidate], scores: NDArray[np.float32], classes: Sequence[str]
) -> list[int]:
    """The numbers of the lines with a part that is not surely one digit; ``scores`` (n, C) are of the ``classes``.

    ``candidates`` are those of a page whose parts are not cut yet. A network that knows nothing but digits has none.
    """
    if len(classes) <= 10:
        return []
    sure = scores[:, :10].max(axis=1)
    found = set()
    for candidate, best in zip(candidates, sure.tolist(), strict=True):
        if candidate.stop - candidate.start > 1 or candidate.line == WHOLE:
            continue
        if best < _SURE or candidate.breadth > _BROADEST or candidate.tall > _TALLEST:
            found.add(candidate.line)
    return sorted(found)
