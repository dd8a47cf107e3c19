"""Which way up a page is: what a reading tells of whether the page was turned before it was read.

Writing that lies on its side, or on its head, is read as little, badly, and in many short lines. Only then are the
other ways up worth their time. A digit or two tell too little: a 6 is a 9 on its head. This module does not turn
pictures and does not read them.
"""

from __future__ import annotations

import numpy as np

from inkread.measure import quantile
from inkread.reading import Reading

__all__ = ["how_well", "is_cleaner", "is_clearly_better", "is_straighter", "ways_up"]

_FEWEST_PIECES = 4
"""Fewer pieces of ink than this, read or unread, tell nothing."""
_SPECKS, _SPECKS_PER_PIECE = 100, 4
"""So many specks, and so many for each piece that might be a digit, are no page of writing but a texture."""
_ON_ITS_HEAD, _ON_ITS_SIDE = 0.86, 0.66
"""Mean confidence over all pieces of ink below which a page may be so: of numbers in ``unipen_numbers`` turned so,
nearly all were read with less. 0, 1, 8, and 6 and 9, are digits on their heads, too."""
_LIKELIER = 3.0
"""How much greater the log weight of the best reading must be the other way up: pictures are seldom turned. Chosen on
``cheques`` and ``unipen_numbers`` as they are and turned: see docs/decisions/2026-11-22-turned-pages.md."""
_NO_LETTERS = 0.8
"""Mean confidence over all pieces with which a page must be read the other way up, if it is words as it is: numbers on
their heads look like letters, and words on theirs like digits here and there."""
_PER_LETTER = 0.2
"""So many digits there must be for each letter of the page as it is: on their side, digits fall into more pieces."""
_SLACK = 0.05
"""How much less of it may be read when a shadow is gone."""
_NEARLY_ALL, _NEARLY_AS_WELL = 0.8, 0.97
"""Share of the digits that must be found again when lines are made level, and of how well they were read. No gain is
asked for: of digits that lean, some are others, and read as surely; a 7 that leans to the left is a 1."""
_AS_MANY = 0.6
"""Share of the digits that must be found again: a long number, read unsurely, is no single sure digit on its side."""


def ways_up(reading: Reading) -> tuple[int, ...]:
    """By how many degrees to the right the page is worth being turned and read again; none, if it is read well."""
    pieces = _pieces(reading)
    if len(pieces) < _FEWEST_PIECES or _is_texture(reading, len(pieces)):
        return ()
    sure = float(np.mean(pieces))
    return (180, 90, 270) if sure < _ON_ITS_SIDE else (180,) if sure < _ON_ITS_HEAD else ()


def how_well(reading: Reading) -> float:
    """How much was read, and how surely: confidences above one half, summed over the digits of each line.

    Long lines count more, as digits seldom stand in columns.
    """
    total = 0.0
    for line in reading.lines:
        sure = sum(max(0.0, 2 * digit.confidence - 1) for digit in line.digits)
        total += sure * min(1.0, 0.4 + 0.2 * len(line.digits))
    return total


def is_clearly_better(other: Reading, reading: Reading, likelier: float) -> bool:
    """Whether ``other``, of the same page turned, is what the page says.

    ``likelier`` is how much greater the log weight of the best way to read it is, when it is turned.
    """
    letters = sum(each.reason == "letter" for each in reading.rejected)
    as_many = len(other.digits) >= _AS_MANY * len(reading.digits) + _PER_LETTER * letters
    if letters > len(reading.digits) and np.mean(_pieces(other) or [0.0]) < _NO_LETTERS:
        return False
    return as_many and likelier > _LIKELIER


def is_cleaner(other: Reading, reading: Reading) -> bool:
    """Whether ``other``, of the same page with less ink, holds what ``reading`` does, and less that is no digit."""
    pieces, fewer = _pieces(reading), _pieces(other)
    return (
        bool(fewer)
        and how_well(other) >= how_well(reading) - _SLACK
        and np.mean(fewer) > np.mean(pieces or [0.0])
    )


def is_straighter(other: Reading, reading: Reading) -> bool:
    """Whether ``other``, of the same page with its leaning lines made level, is what the page says."""
    as_many = len(other.digits) >= _NEARLY_ALL * len(reading.digits)
    return as_many and how_well(other) >= _NEARLY_AS_WELL * how_well(reading)


def _is_texture(reading: Reading, pieces: int) -> bool:
    """Whether there is so much dirt, and so little else, that it has no right way up."""
    reasons = [each.reason for each in reading.rejected]
    specks = reasons.count("speck")
    return "too many specks" in reasons or (specks > _SPECKS and specks > _SPECKS_PER_PIECE * pieces)


def _pieces(reading: Reading) -> list[float]:
    """The confidence of each digit and mark, and 0 for what was left unread though it is as large as a digit."""
    read = [digit.confidence for digit in reading.digits] + [mark.confidence for mark in reading.marks]
    heights = [digit.box.height for digit in reading.digits]
    least = 0.5 * quantile(heights, 0.5) if heights else 0.0
    unread = [r for r in reading.rejected if r.reason in ("not a digit", "letter") and r.box.height >= least]
    return read + [0.0] * len(unread)
