"""Print and handwriting on one page: which digits are kept.

This module does not know how print is told from handwriting: it is given a probability for each digit and mark.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Literal, TypeAlias, get_args

from inkread.reading import Digit, Mark, Reading, Rejected

_LEAST = 0.4
"""Probability from which a word is type; chosen on made pages."""
_GAP = 0.6
"""Distance between signs of one word, at most, in heights of the word."""

__all__ = ["Printed", "checked_printed", "sorted_out"]

Printed: TypeAlias = Literal["keep", "leave", "only"]
"""Keep printed digits, leave them unread, or read them only."""


def checked_printed(printed: str | None) -> Printed | None:
    """``printed`` itself; raises ValueError if it is none of the three and not None."""
    for choice in get_args(Printed):
        if printed == choice:
            return choice
    if printed is None:
        return None
    raise ValueError(f"printed must be keep, leave or only, not {printed!r}")


def sorted_out(reading: Reading, shares: Sequence[float], printed: Printed) -> Reading:
    """The reading whose digits say how probably they are ``printed``; those not wanted become rejected ink.

    ``shares`` are the probabilities of its digits, and then of its marks, each for itself. Signs that stand close
    together are of one kind. A line goes with its last digit, and its marks with it.
    """
    alone = {id(each): share for each, share in zip((*reading.digits, *reading.marks), shares, strict=True)}
    reason = "printed" if printed == "leave" else "handwriting"
    lines, marks, rejected = [], [], list(reading.rejected)
    for line, shown in zip(reading.lines, reading.in_order(), strict=True):
        told = [(each, share) for word in _words(shown) for each, share in _together(word, alone)]
        wanted = [printed == "keep" or (share >= _LEAST) == (printed == "only") for _, share in told]
        kept = list(compress(told, wanted))
        digits = [replace(each, printed=round(share, 6)) for each, share in kept if isinstance(each, Digit)]
        if not digits:
            wanted = [False] * len(told)
        else:
            lines.append(replace(line, digits=tuple(digits)))
            marks += [each for each, _ in kept if isinstance(each, Mark)]
        rejected += [
            Rejected(each.box, reason) for (each, _), want in zip(told, wanted, strict=True) if not want
        ]
    return replace(reading, lines=tuple(lines), marks=tuple(marks), rejected=tuple(rejected))


def _words(shown: Sequence[Digit | Mark]) -> Iterator[list[Digit | Mark]]:
    """The signs of a line in groups that stand close together."""
    word: list[Digit | Mark] = []
    for each in shown:
        if word and each.box.left - word[-1].box.right > _GAP * max(one.box.height for one in word):
            yield word
            word = []
        word.append(each)
    if word:
        yield word


def _together(word: Sequence[Digit | Mark], alone: dict[int, float]) -> list[tuple[Digit | Mark, float]]:
    """Each sign of a word with the probability that all of it is type: the mean of their log odds."""
    odds = [
        math.log(share / (1 - share))
        for share in (min(max(alone[id(each)], 1e-4), 1 - 1e-4) for each in word)
    ]
    share = 1 / (1 + math.exp(-sum(odds) / len(odds)))
    return [(each, share) for each in word]
