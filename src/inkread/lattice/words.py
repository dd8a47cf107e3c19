"""Digits among letters: how likely it is that what stands together is a number, and not a word or a drawing.

Printed letters look like digits too often to be told apart one by one: ``l``, ``o`` and ``s`` are 1, 0 and 5. But few
words have no other letters, and few numbers have pieces that are nothing at all. So pieces are grouped by the gaps
between them, and each group is weighed, the more sceptically, the more of the page is text: what is clearly a word is
left unread, what may be one is doubted. This module does not know the path of a line, nor what a piece looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from inkread.lattice.paths import Step

__all__ = ["are_letters", "number_shares"]

_GAP = 0.7
"""Line heights between two words."""
_TALL = 0.45
"""Pieces lower than that, in line heights, say nothing: they may be dirt, or points."""
# Chosen on made pages of print, scribbles and bare paper, see docs/decisions/2026-11-21-cuts-and-lattice.md.
_NUMBERS_FIRST = 30.0
"""Odds for numbers, on a page without words: pictures that are to be read mostly hold numbers."""
_TEXT = 20.0
"""How much each word on the page counts against them, beside each number."""
_LIKE_A_DIGIT = 1.4
"""Likelihood ratio, number to word, of a piece that is read as a digit."""
_LIKE_NOTHING = 0.005
"""Likelihood ratio, number to word, of a piece that is no digit."""
_FENCE, _ANOTHER_1 = 4, 0.1
"""So many 1s and no other digit are rather the lines of squared paper, and the more so with each further one."""
_LEAST = 0.01
"""However much text there is, a digit is still the best guess."""
# A logistic regression on the words of printed pages and the numbers of develop sets and made hands, rounded.
_NO_WORD = -8.7
"""Intercept of the log odds that a group of pieces is a word. The terms below are added to it."""
_LEFT_UNREAD, _MOST_UNREAD = 1.35, 5
"""Term for each unread piece, and the largest number of them that counts."""
_ONES = 6.7
"""Factor of the share of 1s among its digits, which may be stems of letters."""
_DOUBTFUL, _SURE = 2.3, 0.85
"""Factor of the share of digits with a lower confidence than the second number."""
_CUT_UP, _USUAL, _MOST = 0.35, 5, 15
"""Term for each such digit beyond the second number, and the largest number that counts. Touching letters are cut."""
_NOTHING, _LEAST_DIGIT = 7.0, 1.8
"""Factors of the mean and of the largest probability that a piece is nothing to be read."""
_ALONE, _ON_THE_PAGE, _IN_THE_LINE = 1.0, -1.0, -1.5
"""Least log odds of a word: on a page without other words, on one with words, and in a line with a clear word."""
_CLEAR_WORD, _BOTH = 1.5, 0.0
"""A page has words if one exceeds the first log odds, or two exceed the second. A clear word exceeds the first."""
_PIECES, _FEW = 3, 0.5
"""Fewer pieces are no word alone, and their 1s count so much of that: 11 is a number."""


def are_letters(lines: Sequence[Sequence[Step]]) -> list[list[bool]]:
    """For each step of each line, whether it belongs to what is clearly a word: letters, and no number."""
    if sum(map(len, lines)) < 2:
        return [[False] * len(line) for line in lines]  # one piece alone is no word
    groups = [[line[a:b] for a, b in _words(line)] for line in lines]
    odds = [[_word_odds(group) for group in line] for line in groups]
    least = _ON_THE_PAGE if _has_words(odds) else _ALONE
    found = []
    for line, mine in zip(groups, odds, strict=True):
        here = _IN_THE_LINE if any(each > _CLEAR_WORD for each in mine) else least
        found.append([each > here for group, each in zip(line, mine, strict=True) for _ in group])
    return found


def _has_words(odds: Sequence[Sequence[float]]) -> bool:
    """Whether a page has words, by the log odds of each group of pieces in each line."""
    best = sorted((each for line in odds for each in line), reverse=True)[:2]
    return best[0] > _CLEAR_WORD or (len(best) == 2 and best[1] > _BOTH)


def _word_odds(group: Sequence[Step]) -> float:
    """Log odds that these pieces are a word."""
    digits = [step for step in group if step.kind == "digit"]
    unread = sum(_may_be_a_letter(step) for step in group)
    ones = sum(int(step.edge.digits.argmax()) == 1 for step in digits) / max(len(digits), 1)
    doubtful = sum(float(step.digits.max()) < _SURE for step in digits)
    nothing = [step.edge.nothing for step in group]
    odds = _NO_WORD + _LEFT_UNREAD * min(unread, _MOST_UNREAD) + _ONES * ones
    odds += _DOUBTFUL * doubtful / max(len(digits), 1) + _CUT_UP * max(0, min(doubtful, _MOST) - _USUAL)
    odds += _NOTHING * sum(nothing) / len(nothing) + _LEAST_DIGIT * max(nothing)
    if len(digits) + unread >= _PIECES:
        return odds
    return min(odds - _FEW * _ONES * ones, _ALONE)


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
