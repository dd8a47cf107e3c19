"""Symbols of boxes -> how likely each answer is -> how likely each mark is.

What has to be sure is the mark, not every digit: a 4 that may be a 9 changes nothing where both are wrong.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from inkread.sheets.exam.answers import spell, worth
from inkread.sheets.exam.design import Box, Question
from inkread.sheets.scans.symbols import UNCLEAR, Symbols

_KEPT = 96  # Combinations that are followed at once; the rest counts as unclear
_LEAST = 1e-8  # Combinations that are less likely than the best by this factor are not followed
KEY_PRIOR = 25.0
"""How many times as often a right answer is written as any one wrong answer that looks like it.

It can only raise a doubt: no mark is accepted that is not sure without it, and no reading is preferred by it.
If two of three answers are right and the others spread over some twenty values, it is 40. The value was chosen on
MNIST's validation digits, with wrong answers that are one digit off; 5 leaves three times as many marks wrong for the
same share of answers reviewed, see docs/decisions/2026-11-21-exam-sheets.md.
"""


@dataclass(frozen=True)
class Answer:
    """Possible answers of one row: ``likely`` has answers with probabilities, best first; ``unclear`` is the rest."""

    likely: tuple[tuple[str, float], ...]
    unclear: float

    @property
    def best(self) -> str | None:
        """The likeliest answer; None if nothing can be made of the row. "" is an empty row."""
        return self.likely[0][0] if self.likely and self.likely[0][1] > self.unclear / 3 else None


@dataclass(frozen=True)
class Mark:
    """The points for one answer, how sure they are (0 … 1), and the answer they are for (None: unclear)."""

    points: Fraction
    confidence: float
    """Probability of the points, with the prior for right answers and without it: the lower one."""
    answer: str | None
    """The likeliest reading, whatever the key."""
    row: int
    """0: the first row, 1: the second chance."""
    one_way: float = 0.0
    """Probability of the likeliest points, with the prior or without it: the higher one."""


def answers_of(boxes: Sequence[Box], symbols: Sequence[Symbols]) -> Answer:
    """The answers that a row of ``boxes`` may give, of which ``symbols`` are those to write in."""
    beam: list[tuple[float, tuple[str, ...]]] = [(1.0, ())]
    for one in symbols:
        known = [(symbol, share) for symbol, share in one.items() if symbol != UNCLEAR and share > 1e-7]
        grown = [(p * share, (*said, symbol)) for p, said in beam for symbol, share in known]
        beam = heapq.nlargest(_KEPT, grown)
        beam = [pair for pair in beam if pair[0] >= _LEAST * beam[0][0]]
    shares: dict[str, float] = {}
    for p, said in beam:
        answer = spell(boxes, said)
        if answer is not None:
            shares[answer] = shares.get(answer, 0.0) + p
    likely = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:12]
    return Answer(tuple(likely), max(0.0, 1 - sum(p for _, p in likely)))


def chosen_row(rows: Sequence[Sequence[Symbols]]) -> tuple[int, float]:
    """Which row counts, and how sure that is: the second chance, if anything was written there."""
    if len(rows) < 2:
        return 0, 1.0
    empty = 1.0
    for one in rows[1]:
        empty *= one.get(" ", 0.0)
    return (0, empty) if empty >= 0.5 else (1, 1 - empty)


def mark_of(question: Question, rows: Sequence[Sequence[Symbols]]) -> Mark:
    """The likeliest mark for a question whose first and second ``rows`` hold these symbols.

    Marks are worked out anew after each decision: those of unchanged questions and symbols are remembered.
    """
    return _mark(question, tuple(tuple(tuple(one.items()) for one in row) for row in rows))


@lru_cache(maxsize=30_000)
def _mark(question: Question, packed: tuple[tuple[tuple[tuple[str, float], ...], ...], ...]) -> Mark:
    rows = [[dict(one) for one in row] for row in packed]
    row, sure = chosen_row(rows)
    answer = answers_of(question.boxes, rows[row])
    if answer.best is None:
        return Mark(Fraction(0), 0.0, None, row)
    values = {text: worth(question, text) for text, _ in answer.likely}
    points = values[answer.best]
    alone = _shares(values, answer, 1.0)
    with_prior = _shares(values, answer, KEY_PRIOR)
    confidence = min(alone[points], with_prior[points])
    one_way = max(*alone.values(), *with_prior.values())
    return Mark(points, confidence * sure, answer.best, row, one_way * sure)


def _shares(values: Mapping[str, Fraction], answer: Answer, prior: float) -> dict[Fraction, float]:
    """The probability of each number of points, where any answer with points is ``prior`` times as likely."""
    weights: dict[Fraction, float] = {}
    for text, share in answer.likely:
        value = values[text]
        weights[value] = weights.get(value, 0.0) + share * (prior if value > 0 else 1.0)
    total = sum(weights.values()) + answer.unclear
    return {value: weight / total for value, weight in weights.items()}
