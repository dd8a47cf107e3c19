"""A second look at digits that stand apart: as in boxes, the ink of each is one glyph, and nothing has to be cut.

The reader's confidence holds a doubt about where digits were cut. Where no ink is shared, that doubt is none. This
module does not know which answer would be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.reading import Digit, Line, Reading
from inkread.sheets.scans.register import PIXELS_PER_MM
from inkread.sheets.scans.symbols import NOT_A_DIGIT, digit_probabilities
from inkread.sheets.template.handwriting import Field, darkness

__all__ = ["looked_closer"]

_LEAST_MM2 = 0.8
"""Less ink is no digit."""
_EDGE = 2
"""Pixels by which ink may leave the box of its digit."""


def looked_closer(reader: Reader, fields: Sequence[Field], readings: Sequence[Reading]) -> list[Reading]:
    """The ``readings`` of the ``fields``, with the probability of each digit that stands apart from the others.

    Where both looks say the same, the surer one counts; where they differ, each has half a say.
    """
    inks = [
        [_ink_of(field, reading.digits, i) for i in range(len(reading.digits))]
        for field, reading in zip(fields, readings, strict=True)
    ]
    apart = [ink for row in inks for ink in row if ink is not None]
    scores = iter(digit_probabilities(reader, apart))
    return [
        replace(
            reading,
            lines=_revised(reading.lines, [None if ink is None else next(scores) for ink in row]),
        )
        for reading, row in zip(readings, inks, strict=True)
    ]


def _ink_of(field: Field, digits: Sequence[Digit], at: int) -> NDArray[np.float32] | None:
    """The ink (h, w), 0 … 1, of one digit; None if it is joined to other ink."""
    box = digits[at].box
    left, top = max(0, box.left - _EDGE), max(0, box.top - _EDGE)
    window = np.s_[top : box.bottom + _EDGE, left : box.right + _EDGE]
    n, labels = cv2.connectedComponents(field.ink.astype(np.uint8), connectivity=8)
    sizes, inside = np.bincount(labels.ravel(), minlength=n), np.bincount(labels[window].ravel(), minlength=n)
    own = np.flatnonzero(inside[1:] > 0.5 * sizes[1:]) + 1
    if (inside[own] < sizes[own]).any() or sizes[own].sum() < _LEAST_MM2 * PIXELS_PER_MM**2:
        return None
    others = [digit.box for i, digit in enumerate(digits) if i != at]
    for other in others:
        part = labels[other.top : other.bottom, other.left : other.right]
        shared = np.bincount(part.ravel(), minlength=n)[own].sum()
        if shared > 0.2 * sizes[own].sum():
            return None
    mask = np.isin(labels, own)
    dark = darkness(field.picture)
    pen = max(float(np.percentile(dark[mask], 70)), 0.3)
    soft = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = np.where(soft, np.clip((dark / pen - 0.25) / 0.5, 0, 1), 0).astype(np.float32)
    return ink[window]


def _revised(lines: Sequence[Line], scores: Sequence[NDArray[np.float32] | None]) -> tuple[Line, ...]:
    looks = iter(scores)
    return tuple(Line(tuple(_with_look(digit, next(looks)) for digit in line.digits)) for line in lines)


def _with_look(digit: Digit, scores: NDArray[np.float32] | None) -> Digit:
    if scores is None:
        return digit
    before = {digit.value: digit.confidence, **dict(digit.runners_up)}
    best = int(scores[:NOT_A_DIGIT].argmax())
    if best == digit.value:
        sure = max(digit.confidence, float(scores[best]))
        rest = (1 - sure) / max(1 - digit.confidence, 1e-6)
        runners_up = tuple((value, share * min(1.0, rest)) for value, share in digit.runners_up)
    else:
        shares = {value: (before.get(value, 0.0) + float(scores[value])) / 2 for value in range(10)}
        sure = shares.pop(digit.value)
        runners_up = tuple(sorted(shares.items(), key=lambda one: -one[1])[:4])
    return replace(digit, confidence=round(sure, 6), runners_up=runners_up)
