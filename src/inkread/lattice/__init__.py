"""Candidates + probabilities -> the best sequence of digits and marks, with posteriors.

Each line is a lattice: its nodes are the boundaries between atoms, its edges the candidates, each either read as
a digit or a mark or left unread (``weights``). Viterbi finds the best path; forward and backward sums (``paths``)
give the share of all paths that agree with each digit on it, so that a confidence includes the doubt about where
the ink was cut (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition",
sections V-VII). This package does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from inkread.lattice.paths import best_path
from inkread.lattice.weights import Edge, Weights
from inkread.reading import Box, Candidate, Digit, Line, Mark, Reading, Rejected

__all__ = ["decode"]

_RUNNERS_UP = 3


@dataclass
class _Found:
    """What the lines hold, as it is decoded; boxes are in pixels of the image."""

    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


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

    ``scores`` (n, C) float32 are the network's probabilities for each candidate, its ``classes`` named "0" … "9",
    perhaps marks ("-", "/" …), and any others that are neither; ``scale`` is ink-map pixels per image pixel,
    ``size_wh`` the size of the image; a digit below ``min_confidence`` is doubtful; ``rejected`` (ink-map pixels)
    is passed on.
    """
    found = _Found(rejected=[Rejected(_to_image(r.box, scale, size_wh), r.reason) for r in rejected])
    weights = Weights(classes)
    rows = zip(candidates, scores.astype(np.float64), strict=True)
    for _, group in groupby(rows, key=lambda row: row[0].line):
        line = list(group)
        last = max(candidate.stop for candidate, _ in line)
        edges = [weights.edge(candidate, row, last) for candidate, row in line]
        _decode_line(edges, weights.marks, found, min_confidence, scale, size_wh)
    return Reading(size_wh, tuple(found.lines), tuple(found.marks), tuple(found.rejected))


def _decode_line(
    edges: list[Edge],
    names: Sequence[str],
    found: _Found,
    min_confidence: float,
    scale: float,
    size_wh: tuple[int, int],
) -> None:
    """Adds what a line holds to ``found``."""
    path, posteriors = best_path(edges)
    digits, marks = [], []
    for edge, posterior in zip(path, posteriors, strict=True):
        box = _to_image(edge.candidate.box, scale, size_wh)
        kind = edge.kind
        if kind == "digit":
            shares = np.exp(edge.digits - edge.total) * posterior
            order = np.argsort(-shares, kind="stable")
            confidence = float(min(1.0, shares[order[0]]))
            runners_up = tuple((int(v), float(shares[v])) for v in order[1 : 1 + _RUNNERS_UP])
            digits.append(Digit(int(order[0]), confidence, confidence < min_confidence, box, runners_up))
        elif kind == "mark":
            best = int(edge.marks.argmax())
            marks.append(
                Mark(names[best], float(min(1.0, np.exp(edge.marks[best] - edge.total) * posterior)), box)
            )
        else:
            found.rejected.append(Rejected(box, edge.candidate.unfit or "not a digit"))
    if digits:
        found.lines.append(Line(tuple(digits)))
        found.marks += marks
    else:
        found.rejected += [Rejected(mark.box, "mark") for mark in marks]


def _to_image(box: Box, scale: float, size_wh: tuple[int, int]) -> Box:
    """A box in ink-map pixels as one in pixels of the upright image."""
    width, height = size_wh
    left = min(max(0, int(np.floor(box.left / scale))), width - 1)
    top = min(max(0, int(np.floor(box.top / scale))), height - 1)
    right = max(left + 1, min(width, int(np.ceil(box.right / scale))))
    bottom = max(top + 1, min(height, int(np.ceil(box.bottom / scale))))
    return Box(left, top, right, bottom)
