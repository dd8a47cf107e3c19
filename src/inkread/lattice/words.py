"""Digits among letters: how likely it is that what stands together is a number, and not a word or a drawing.

Printed letters look like digits too often to be told apart one by one: ``l``, ``o`` and ``s`` are 1, 0 and 5. But few
words have no other letters, and few numbers have pieces that are nothing at all. So pieces are grouped by the gaps
between them, and each group is weighed, the more sceptically, the more of the page is text. This module does not know
the path of a line, nor what a piece looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from inkread.lattice.paths import Step

__all__ = ["number_shares"]

_GAP = 0.7
"""Line heights between two words."""
_TALL = 0.45
"""Pieces lower than that, in line heights, say nothing: they may be dirt, or points."""
# Chosen on made pages of print, scribbles and bare paper, see docs/decisions.md.
_NUMBERS_FIRST = 30.0
"""Odds for numbers, on a page without words: pictures that are to be read mostly hold numbers."""
_TEXT = 20.0
"""How much each word on the page counts against them, beside each number."""
_LIKE_A_DIGIT = 1.4
"""A piece that is read as a digit is so much likelier in a number than in a word, …"""
_LIKE_NOTHING = 0.005
"""… and one that is none so much less likely."""
_FENCE, _ANOTHER_1 = 4, 0.1
"""So many 1s and no other digit are rather the lines of squared paper, and the more so with each further one."""
_LEAST = 0.01
"""However much text there is, a digit is still the best guess."""


def number_shares(lines: Sequence[Sequence[Step]]) -> list[list[float]]:
    """For each step of each line, by how much less (0 … 1) it is to be trusted than if the page held numbers only."""
    groups = [_words(line) for line in lines]
    weights = [[_weight(line[a:b]) for a, b in words] for line, words in zip(lines, groups, strict=True)]
    told = [weight for line in weights for weight in line if weight is not None]
    numbers = sum(weight > 1 for weight in told)
    odds = _NUMBERS_FIRST * (1 + numbers) / (1 + numbers + _TEXT * (len(told) - numbers))
    shares: list[list[float]] = []
    for line, words, mine in zip(lines, groups, weights, strict=True):
        shares.append([])
        for (a, b), weight in zip(words, mine, strict=True):
            clean = _LIKE_A_DIGIT ** sum(step.kind == "digit" for step in line[a:b])
            share = 1.0 if weight is None else _share(odds * weight) / _share(_NUMBERS_FIRST * clean)
            shares[-1] += [min(1.0, max(_LEAST, share))] * (b - a)
    return shares


def _share(odds: float) -> float:
    return odds / (1 + odds)


def _words(line: Sequence[Step]) -> list[tuple[int, int]]:
    """Where each word begins and ends, as indices of steps."""
    starts, right = [0], line[0].edge.candidate.box.right
    for i, (before, step) in enumerate(pairwise(line), start=1):
        candidate = before.edge.candidate
        height = candidate.box.height / max(candidate.tall, 0.1)
        if step.edge.candidate.box.left - right > _GAP * height:
            starts.append(i)
        right = max(right, step.edge.candidate.box.right)
    return list(pairwise([*starts, len(line)]))


def _weight(word: Sequence[Step]) -> float | None:
    """How much likelier its pieces are in a number than in a word; None where no piece says anything."""
    told = [step for step in word if step.kind == "digit" or _may_be_a_letter(step)]
    if not told:
        return None
    weight = 1.0
    for step in told:
        nothing = step.edge.nothing
        weight *= nothing * _LIKE_NOTHING + (1 - nothing) * (_LIKE_A_DIGIT if step.kind == "digit" else 1.0)
    strokes = sum(step.kind == "digit" for step in told)
    only_ones = all(int(step.edge.digits.argmax()) == 1 for step in told if step.kind == "digit")
    return weight * _ANOTHER_1 ** max(0, strokes - _FENCE + 1) if only_ones else weight


def _may_be_a_letter(step: Step) -> bool:
    candidate = step.edge.candidate
    return step.kind == "unread" and not candidate.unfit and candidate.tall >= _TALL
