"""What one network says of a candidate, advised by another that saw the line as a whole.

Both are uncertain in ways of their own: one sees a digit cut from its neighbours, and may be shown two halves of two;
the other sees where the digits are, and hardly how they were written. Their log probabilities are added, as experts'
are (Hinton 2002, "Training products of experts"). This module does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inkread.lattice.columns import Opinion
from inkread.lattice.weights import Edge

__all__ = ["advised"]

# Chosen on the develop sets, see docs/decisions.md.
_TRUST, _NOTHING_TRUST = 0.8, 0.8
"""What counts of the log probabilities of the second network, for each digit and for none."""
_CUT = 0.6
"""What counts of the first network's word on digits that were cut or joined, of which it has seen few."""
_LEAST = -12.0
"""The least log probability that counts: it has not seen everything either."""


def advised(edges: Sequence[Edge], opinion: Opinion) -> list[Edge]:
    """The edges of a line with the opinion added."""
    digits = _TRUST * np.maximum(opinion.digits, _LEAST)
    nothing = (_NOTHING_TRUST * np.maximum(opinion.nothing, _LEAST)).tolist()
    return [
        replace(
            edge,
            digits=(_CUT if edge.candidate.cost > 0 else 1.0) * edge.digits + more,
            marks=edge.marks + less,
            plain=edge.plain + less,
            unread=edge.unread + less,
        )
        for edge, more, less in zip(edges, digits, nothing, strict=True)
    ]
