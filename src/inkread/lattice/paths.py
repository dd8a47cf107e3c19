"""The best path through a lattice, and how much of all paths goes through each edge of it.

Viterbi 1967; Rabiner 1989, "A tutorial on hidden Markov models", for forward and backward sums. All weights are
logarithms. This module does not know what an edge is read as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkread.lattice.weights import Edge

__all__ = ["Path", "best_path"]


@dataclass(frozen=True)
class Path:
    """The best way from the first boundary to the last."""

    edges: tuple[Edge, ...]
    posteriors: tuple[float, ...]
    """Share of all paths that go through each of the ``edges``."""
    best: float
    """Weight of this path, …"""
    total: float
    """… and of all paths together."""


def best_path(edges: Sequence[Edge]) -> Path:
    """Viterbi's path through the lattice of ``edges``."""
    last = max(edge.candidate.stop for edge in edges)
    best = np.full(last + 1, -np.inf)
    forward = np.full(last + 1, -np.inf)
    backward = np.full(last + 1, -np.inf)
    best[0] = forward[0] = backward[last] = 0.0
    via: dict[int, Edge] = {}
    for edge in sorted(edges, key=lambda e: e.candidate.stop):
        start, stop = edge.candidate.start, edge.candidate.stop
        forward[stop] = np.logaddexp(forward[stop], forward[start] + edge.total)
        if best[start] + edge.best > best[stop]:
            best[stop] = best[start] + edge.best
            via[stop] = edge
    for edge in sorted(edges, key=lambda e: -e.candidate.start):
        start, stop = edge.candidate.start, edge.candidate.stop
        backward[start] = np.logaddexp(backward[start], backward[stop] + edge.total)
    path: list[Edge] = []
    at = last
    while at > 0:
        path.append(via[at])
        at = via[at].candidate.start
    path.reverse()
    posteriors = tuple(
        float(np.exp(forward[e.candidate.start] + e.total + backward[e.candidate.stop] - forward[last]))
        for e in path
    )
    return Path(tuple(path), posteriors, float(best[last]), float(forward[last]))
