"""Candidates + probabilities -> the best sequence of digits, with posteriors.

Each line is a lattice: its nodes are the boundaries between atoms, its edges the candidates, each either read as
one of the ten digits or left unread. Viterbi finds the best path; forward and backward sums give the share of
all paths that agree with each digit on it, so that a confidence includes the doubt about where the ink was cut
(LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", sections V-VII;
Rabiner 1989 for forward-backward). This module does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box, Candidate, Digit, Line, Reading, Rejected

__all__ = ["decode"]

_DIGITS = 10
_RUNNERS_UP = 3
_UNREAD_PRIOR = 0.5
"""Prior odds that ink is not a digit, against the share of such samples in training. Chosen, like the cost below,
on the develop sets, see docs/decisions.md."""
_UNREAD_COST = 3.5
"""Negative log probability of leaving ink unread, per line height of width: else one verdict "two digits at once"
over a whole number would cost less than reading each of its digits."""
_FLOOR = 1e-6
"""No probability of the network's is taken for less than this: it has not seen everything."""


@dataclass(frozen=True)
class _Edge:
    candidate: Candidate
    digits: NDArray[np.float64]
    """(10,) log weight of reading it as each digit; -inf where it is unfit."""
    unread: float
    """Log weight of leaving it unread."""

    @property
    def best(self) -> float:
        return max(float(self.digits.max()), self.unread)

    @property
    def total(self) -> float:
        return float(np.logaddexp(np.logaddexp.reduce(self.digits), self.unread))


def decode(
    candidates: Sequence[Candidate],
    scores: NDArray[np.float32],
    classes: Sequence[str],
    size_wh: tuple[int, int],
    *,
    scale: float = 1.0,
    min_confidence: float = 0.5,
    rejected: Sequence[Rejected] = (),
) -> Reading:
    """The best reading of the ``candidates``.

    ``scores`` (n, C) float32 are the network's probabilities for each candidate, its ``classes`` named "0" … "9"
    and any others that are no digits; ``scale`` is ink-map pixels per image pixel, ``size_wh`` the size of the
    image; a digit below ``min_confidence`` is doubtful; ``rejected`` (ink-map pixels) is passed on.
    """
    lines = []
    unread = list(rejected)
    edges = [_edge(c, row, classes) for c, row in zip(candidates, scores.astype(np.float64), strict=True)]
    for _, group in groupby(edges, key=lambda edge: edge.candidate.line):
        digits, left_out = _decode_line(list(group), min_confidence, scale, size_wh)
        unread += left_out
        if digits:
            lines.append(Line(tuple(digits)))
    placed = tuple(Rejected(_to_image(r.box, scale, size_wh), r.reason) for r in unread)
    return Reading(size_wh=size_wh, lines=tuple(lines), rejected=placed)


def _edge(candidate: Candidate, row: NDArray[np.float64], classes: Sequence[str]) -> _Edge:
    digit_columns = [classes.index(str(value)) for value in range(_DIGITS)]
    digits = row[digit_columns]
    other = max(0.0, 1.0 - float(digits.sum())) if len(classes) > _DIGITS else 0.0
    other *= _UNREAD_PRIOR
    total = float(digits.sum()) + other
    log_digits = np.log(np.maximum(digits / total, _FLOOR)) - candidate.cost
    log_other = (
        float(np.log(max(other / total, _FLOOR * 10))) - candidate.cost - _UNREAD_COST * candidate.breadth
    )
    if candidate.unfit:
        return _Edge(candidate, np.full(_DIGITS, -np.inf), -0.1 - candidate.cost)
    return _Edge(candidate, log_digits, log_other)


def _decode_line(
    edges: list[_Edge], min_confidence: float, scale: float, size_wh: tuple[int, int]
) -> tuple[list[Digit], list[Rejected]]:
    path, posteriors = _best_path(edges)
    digits, unread = [], []
    for edge, posterior in zip(path, posteriors, strict=True):
        box = _to_image(edge.candidate.box, scale, size_wh)
        if edge.unread >= float(edge.digits.max()):
            unread.append(Rejected(edge.candidate.box, edge.candidate.unfit or "not a digit"))
            continue
        shares = np.exp(edge.digits - edge.total) * posterior
        order = np.argsort(-shares, kind="stable")
        confidence = float(min(1.0, shares[order[0]]))
        runners_up = tuple((int(v), float(shares[v])) for v in order[1 : 1 + _RUNNERS_UP])
        digits.append(Digit(int(order[0]), confidence, confidence < min_confidence, box, runners_up))
    return digits, unread


def _best_path(edges: list[_Edge]) -> tuple[list[_Edge], list[float]]:
    """Viterbi's path from the first boundary to the last, and the posterior of each edge on it."""
    last = max(edge.candidate.stop for edge in edges)
    best = np.full(last + 1, -np.inf)
    forward = np.full(last + 1, -np.inf)
    backward = np.full(last + 1, -np.inf)
    best[0] = forward[0] = backward[last] = 0.0
    via: dict[int, _Edge] = {}
    for edge in sorted(edges, key=lambda e: e.candidate.stop):
        start, stop = edge.candidate.start, edge.candidate.stop
        forward[stop] = np.logaddexp(forward[stop], forward[start] + edge.total)
        if best[start] + edge.best > best[stop]:
            best[stop] = best[start] + edge.best
            via[stop] = edge
    for edge in sorted(edges, key=lambda e: -e.candidate.start):
        start, stop = edge.candidate.start, edge.candidate.stop
        backward[start] = np.logaddexp(backward[start], backward[stop] + edge.total)
    path: list[_Edge] = []
    at = last
    while at > 0:
        path.append(via[at])
        at = via[at].candidate.start
    path.reverse()
    posteriors = [
        float(np.exp(forward[e.candidate.start] + e.total + backward[e.candidate.stop] - forward[last]))
        for e in path
    ]
    return path, posteriors


def _to_image(box: Box, scale: float, size_wh: tuple[int, int]) -> Box:
    """A box in ink-map pixels as one in pixels of the upright image."""
    width, height = size_wh
    left = min(max(0, int(np.floor(box.left / scale))), width - 1)
    top = min(max(0, int(np.floor(box.top / scale))), height - 1)
    right = max(left + 1, min(width, int(np.ceil(box.right / scale))))
    bottom = max(top + 1, min(height, int(np.ceil(box.bottom / scale))))
    return Box(left, top, right, bottom)
