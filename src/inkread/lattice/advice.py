"""What one network says of a candidate, advised by another that saw the line as a whole.

Both are uncertain in ways of their own: one sees a digit cut from its neighbours, and may be shown two halves of two;
the other sees where the digits are, and hardly how they were written. Their log probabilities are added, as experts'
are (Hinton 2002, "Training products of experts"). This module does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from inkread.lattice.columns import Opinion
from inkread.lattice.weights import Edge

__all__ = ["advised"]

# Chosen on the develop sets, see docs/decisions/2026-11-22-network-for-lines.md.
_TRUST, _NOTHING_TRUST = 0.8, 0.8
"""What counts of the log probabilities of the second network, for each digit and for none."""
_CUT = 0.6
"""What counts of the first network's word on digits that were cut or joined, of which it has seen few."""
_ALONE = 0.5
"""By how much less its word counts on a piece that is alone in its line: it has no neighbours to be compared with."""
_UNREAD_COST, _TALL = 2.0, 0.6
"""Negative log probability that a piece of at least this height, in line heights, is left unread among others."""
_MARK_COST = 1.5
"""Negative log probability that such a piece is a mark. In doubtful lines, marks were read too often."""
_SURE = 0.95
"""At most so sure may the second network make such a digit, by itself."""
_COMPANY, _WHOLE_SURE, _LESS_DOUBT = 2, 0.95, 0.5
"""Beside so many pieces that are digits with this probability, what is left of the doubt whether a piece is one."""
_LEAST = -12.0
"""The least log probability that counts: it has not seen everything either."""


def advised(edges: Sequence[Edge], opinion: Opinion) -> list[Edge]:
    """The edges of a line with the opinion added."""
    alone, company = len(edges) == 1, sum(_is_sure(edge) for edge in edges) >= _COMPANY
    nothing = (_NOTHING_TRUST * np.maximum(opinion.nothing, _LEAST)).tolist()
    given = zip(edges, opinion.digits, nothing, strict=True)
    return [
        _added(replace(edge, certain=_among(edge, company)), digits, less, alone)
        for edge, digits, less in given
    ]


def _is_sure(edge: Edge) -> bool:
    """Whether an edge is a piece of ink that surely is one digit."""
    return edge.candidate.cost == 0 and edge.certain > log(_WHOLE_SURE)


def _among(edge: Edge, company: bool) -> float:
    """Log probability that a piece is a digit: between digits, a bare stroke is a 1 rather than a line."""
    whole = edge.candidate.cost == 0 and edge.candidate.tall >= _TALL
    return (
        log(max(1.0 - _LESS_DOUBT * (1.0 - exp(edge.certain)), 1e-9)) if company and whole else edge.certain
    )


def _certain(edge: Edge, digits: NDArray[np.float64]) -> float:
    """Log probability that a digit which was cut or joined is one, where ``digits`` (10,) are the log probabilities
    that it is each: either network may know it, and only the second has seen many such."""
    unknown = (1.0 - exp(edge.certain)) * (1.0 - _SURE * min(1.0, float(np.exp(digits).sum())))
    return log(max(1.0 - unknown, 1e-9))


def _added(edge: Edge, digits: NDArray[np.float64], nothing: float, alone: bool) -> Edge:
    """The edge with what is said of each digit (10,), as log probabilities, and what is added to the weight of none."""
    cut = edge.candidate.cost > 0
    share = _ALONE if alone else 1.0
    nothing *= share
    mark = nothing - (0.0 if alone or edge.candidate.unfit == "point" else _MARK_COST)
    unread = nothing - (_UNREAD_COST if edge.candidate.tall >= _TALL and not alone else 0.0)
    return replace(
        edge,
        digits=(_CUT if cut else 1.0) * edge.digits + share * _TRUST * np.maximum(digits, _LEAST),
        marks=edge.marks + mark,
        plain=edge.plain + mark,
        unread=edge.unread + unread,
        certain=_certain(edge, digits) if cut else edge.certain,
    )
