"""Candidates + probabilities -> the best sequence of digits and marks, with posteriors.

Each line is a lattice: its nodes are the boundaries between atoms, its edges the candidates, each either read as
a digit or a mark or left unread (``weights``). Viterbi finds the best path; forward and backward sums (``paths``)
give the share of all paths that agree with each digit on it, so that a confidence includes the doubt about where
the ink was cut (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition",
sections V-VII). This package does not know what the ink looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, calibrated, combined, digit_of
from inkread.lattice.advice import advised
from inkread.lattice.columns import Columns, digit_places, of_one_digit, opinions
from inkread.lattice.doubts import lines_in_doubt
from inkread.lattice.paths import Path, Step, best_path
from inkread.lattice.weights import Edge, Weights
from inkread.lattice.words import are_letters, number_shares
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

__all__ = ["Columns", "decode", "digit_places", "lines_in_doubt", "weigh"]

_DIGITS = 10


def decode(
    candidates: Sequence[Candidate],
    scores: NDArray[np.float32],
    classes: Sequence[str],
    size_wh: tuple[int, int],
    *,
    scale: float = 1.0,
    min_confidence: float = DEFAULT_MIN_CONFIDENCE,
    rejected: Sequence[Rejected] = (),
    columns: Mapping[int, Columns] = MappingProxyType({}),
) -> Reading:
    """The best reading of the ``candidates``.

    ``scores`` (n, C) float32 are the network's probabilities for each candidate, its ``classes`` named "0" … "9",
    perhaps marks ("-", "/" …), and any others that are neither; ``scale`` is ink-map pixels per image pixel,
    ``size_wh`` the size of the image; a digit below ``min_confidence`` is doubtful; ``rejected`` (ink-map pixels)
    is passed on. ``columns`` hold what was seen in some of the lines, by number, without cutting them.
    """
    paths, whole = _paths(candidates, scores, classes, columns)
    page = _Page(min_confidence, scale, size_wh, rejected)
    share = 1.0
    if whole is not None:
        total = sum(path.total for path in paths)
        either = float(np.logaddexp(whole.all_digits, total))
        if whole.best_digit > sum(path.best for path in paths):
            page.add(_one_digit(whole, either), [1.0], [False])
            paths = []
        share = float(np.exp(total - either))
    steps = [path.steps for path in paths]
    for path, numbers, letters in zip(paths, number_shares(steps), are_letters(steps), strict=True):
        page.add(path, [share * number for number in numbers], letters)
    return Reading(size_wh, tuple(page.lines), tuple(page.marks), tuple(page.rejected))


def weigh(
    candidates: Sequence[Candidate],
    scores: NDArray[np.float32],
    classes: Sequence[str],
    columns: Mapping[int, Columns] = MappingProxyType({}),
) -> float:
    """Log weight of the best way to read all ``candidates``: all as for ``decode``.

    Of two pictures of the same ink, turned, that with the greater one is likelier to be the right way up.
    """
    paths, whole = _paths(candidates, scores, classes, columns)
    lines = sum(path.best for path in paths)
    return lines if whole is None else max(lines, whole.best_digit)


def _paths(
    candidates: Sequence[Candidate],
    scores: NDArray[np.float32],
    classes: Sequence[str],
    columns: Mapping[int, Columns],
) -> tuple[list[Path], Edge | None]:
    """The best path of each line, and all ink of the page as one digit, where it may be one.

    A network that knows nothing but digits takes two lines for a digit, too: its word on the whole page says nothing.
    """
    weights = _weights_of(tuple(classes))
    rows = zip(candidates, scores.astype(np.float64), strict=True)
    paths, whole = [], None
    for number, group in groupby(rows, key=lambda row: row[0].line):
        edges = _advised(weights.edges(list(group)), number, columns)
        if number != WHOLE:
            paths.append(best_path(edges, weights.marks))
        elif len(classes) > _DIGITS and edges[0].certain > np.log(0.5):
            whole = edges[0]
    return paths, whole


_weights_of = lru_cache(maxsize=8)(Weights)


def _advised(edges: Sequence[Edge], number: int, columns: Mapping[int, Columns]) -> Sequence[Edge]:
    """The edges of a line with what its columns say of them; all ink as one digit, with what those of all lines say."""
    if number == WHOLE and columns:
        return advised(edges, of_one_digit(list(columns.values())))
    if number not in columns:
        return edges
    return advised(edges, opinions(columns[number], [edge.candidate for edge in edges]))


def _one_digit(whole: Edge, either: float) -> Path:
    """All the ink as one digit; ``either`` is the weight of this and of all lines together."""
    sure = min(np.exp(whole.all_digits - either), np.exp(whole.certain + whole.total - either))
    digits = np.exp(whole.digits - whole.all_digits) * sure
    return Path((Step(whole, "digit", digits, 0.0),), 0.0, 0.0)


@dataclass
class _Page:
    """What is found on a page, line by line; boxes come in ink-map pixels and are kept in those of the image."""

    min_confidence: float
    scale: float
    size_wh: tuple[int, int]
    before: Sequence[Rejected]
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rejected += [Rejected(self.placed(each.box), each.reason) for each in self.before]

    def add(self, path: Path, shares: Sequence[float], letters: Sequence[bool]) -> None:
        """Adds what the best path of a line holds.

        ``shares`` are the probabilities that there is a number at all; ``letters`` tells what belongs to a word.
        """
        digits, marks = [], []
        for step, share, letter in zip(path.steps, shares, letters, strict=True):
            box = self.placed(step.edge.candidate.box)
            if letter:
                self.rejected.append(Rejected(box, step.edge.candidate.unfit or "letter"))
            elif step.kind == "digit":
                digits.append(self._digit(step, share, box))
            elif step.kind == "unread":
                self.rejected.append(Rejected(box, step.edge.candidate.unfit or "not a digit"))
            else:
                marks.append(Mark(step.kind, min(1.0, step.as_mark * share), box))
        if digits:
            self.lines.append(Line(tuple(digits)))
            self.marks += marks
        else:
            self.rejected += [Rejected(mark.box, "mark") for mark in marks]

    def _digit(self, step: Step, share: float, box: Box) -> Digit:
        whole = step.edge.candidate.cost == 0 or step.edge.candidate.line == WHOLE
        digits = step.digits.tolist()
        trusted = combined(digits, step.edge.shape.tolist()) if whole else calibrated(digits)
        return digit_of([share * each for each in trusted], box, self.min_confidence)

    def placed(self, box: Box) -> Box:
        return _to_image(box, self.scale, self.size_wh)


def _to_image(box: Box, scale: float, size_wh: tuple[int, int]) -> Box:
    """A box in ink-map pixels as one in pixels of the upright image."""
    width, height = size_wh
    left = min(max(0, int(np.floor(box.left / scale))), width - 1)
    top = min(max(0, int(np.floor(box.top / scale))), height - 1)
    right = max(left + 1, min(width, int(np.ceil(box.right / scale))))
    bottom = max(top + 1, min(height, int(np.ceil(box.bottom / scale))))
    return Box(left, top, right, bottom)
