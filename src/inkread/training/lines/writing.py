"""Symbols -> a line as one writer puts it down: each symbol's ink and place, and the classes to be read.

Writers differ in size, slant, pen and spacing, in how far digits stray from the base line, and some write the cents of
an amount small and raised; now and then each digit is another hand's, as in a form filled in by several.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkread.training.lines.network import DIGITS, label_of
from inkread.training.lines.signs import draw_form, draw_letter, draw_sign, draw_word
from inkread.training.lines.texts import LETTER, WORD
from inkread.training.synthesis.characters.strings import Placed, contact_left
from inkread.training.synthesis.characters.writers import Hand
from inkread.training.synthesis.handwriting import Material

Ink = NDArray[np.float32]

_HEIGHTS = 24.0, 44.0
"""Pixels of a digit's height: in the strip it has 22, so that the reader's reducing and enlarging are seen."""
_SPACINGS = {"wide": 0.15, "near": 0.25, "touching": 0.17, "overlapping": 0.08, "mixed": 0.35}
"""How often each is a writer's own."""
_MIXED = ("wide", "near", "near", "touching", "touching", "overlapping")


@dataclass(frozen=True, slots=True, eq=False)
class WrittenLine:
    """A written line: the ink of the symbols of ``text``, from left to right. ``height`` and ``pen`` are in pixels."""

    placed: tuple[Placed, ...]
    text: str
    height: float
    pen: float

    @property
    def labels(self) -> tuple[int, ...]:
        """The classes to be read."""
        return tuple(label for label in map(label_of, self.text) if label is not None)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a writer goes about a line: all lengths in heights of the digits."""

    hand: Hand
    spacing: str
    lean: float
    """How much the base line falls for each pixel to the right."""
    loose: float
    """The usual gap where digits stand apart."""
    uneven: bool
    """Sizes differ from digit to digit."""
    stray: float
    """Standard deviation of the digits' distance from the base line."""
    many_hands: bool
    small_from: int
    """From this symbol on, all are ``small`` times as high, and raised: cents."""
    small: float


def write_line(text: str, material: Material, rng: np.random.Generator) -> WrittenLine:
    """The symbols of ``text`` (see ``texts``) in a random hand."""
    height = float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    manner = _manner(material.writers.hand(rng, height), len(text), rng)
    placed: list[Placed] = []
    written = ""
    for at, symbol in enumerate(text):
        ink, below = _drawn(symbol, at, manner, material, rng)
        if not ink.size:
            continue
        across = placed[-1].box.right if placed else 0
        base = manner.lean * across + rng.normal(0, manner.stray) * height + below
        top = round(base) - ink.shape[0]
        beside_a_sign = symbol not in DIGITS or (at > 0 and text[at - 1] not in DIGITS)
        left = _next_left(placed, ink, top, manner, beside_a_sign, rng) if placed else 0
        placed.append(Placed(ink, left, top))
        written += symbol
    return WrittenLine(tuple(placed), written, height, manner.hand.pen * height)


def _manner(hand: Hand, count: int, rng: np.random.Generator) -> _Manner:
    if rng.random() < 0.1:
        hand = replace(hand, slant=hand.slant + float(rng.normal(0, 0.2)))
    spacing = [*_SPACINGS][rng.choice(len(_SPACINGS), p=[*_SPACINGS.values()])]
    lean = float(np.tan(np.deg2rad(rng.normal(0, 1.5))))
    loose = rng.uniform(0.1, 0.8)
    uneven = not rng.random() < 0.8
    stray = 0.03 if rng.random() < 0.8 else 0.1
    many_hands = rng.random() < 0.08
    small_from = count if rng.random() > 0.06 or count < 4 else count - 2
    return _Manner(hand, spacing, lean, loose, uneven, stray, many_hands, small_from, rng.uniform(0.5, 0.8))


def _drawn(
    symbol: str, at: int, manner: _Manner, material: Material, rng: np.random.Generator
) -> tuple[Ink, float]:
    """The ink of one symbol, and by how much it ends below the base line, in pixels."""
    hand = manner.hand
    if at >= manner.small_from:
        hand = _resized(hand, manner.small)
    if manner.uneven:
        hand = _resized(hand, float(np.exp(rng.normal(0, 0.12))))
    if symbol == LETTER:
        return draw_letter(material.signs, hand, rng), 0.0
    if symbol == WORD:
        return draw_word(hand, rng), 0.0
    if symbol not in DIGITS:
        return draw_sign(symbol, material.signs, hand, rng)
    if manner.many_hands:
        kind = hand.kind if rng.random() < 0.5 else "strokes"
        hand = replace(hand, kind=kind, place=int(rng.integers(material.writers.places)))
    ink = draw_form(int(symbol), hand, rng) if rng.random() < 0.07 else None
    if ink is None or not ink.size:
        ink = material.writers.draw(int(symbol), hand, rng).ink
    if at < manner.small_from:
        return ink, 0.0
    return ink, -(1 - manner.small) * manner.hand.height * rng.uniform(0, 1)


def _resized(hand: Hand, factor: float) -> Hand:
    """The same hand and the same pen, writing larger or smaller."""
    return replace(hand, height=hand.height * factor, pen=hand.pen / factor)


def _next_left(
    placed: list[Placed], ink: Ink, top: int, manner: _Manner, beside_a_sign: bool, rng: np.random.Generator
) -> int:
    """The left edge of the next symbol's ink in pixels."""
    spacing = manner.spacing
    if spacing == "mixed":
        spacing = _MIXED[rng.integers(len(_MIXED))]
    height, last = manner.hand.height, placed[-1].box
    narrower = min(last.width, ink.shape[1])
    if spacing == "wide":
        gap = max(0.12, manner.loose + rng.normal(0, 0.06)) * height
        return max(each.box.right for each in placed) + round(gap)
    # People rarely write a mark into a digit.
    if spacing == "near" or (beside_a_sign and rng.random() < 0.7):
        gap = max(1.5, rng.uniform(0.03, 0.2) * height)
        left = contact_left(placed, ink, top, round(gap)) + round(gap)
        return max(left, last.right - round(0.3 * narrower))
    # Ink that only just meets parts again when it is scanned: it overlaps by a part of the pen's width.
    overlap = round(rng.uniform(0.05, 0.25) * manner.hand.pen * height)
    deepest = last.right - round(0.5 * narrower)
    contact = max(contact_left(placed, ink, top, 0) - overlap, deepest)
    if spacing == "touching":
        return contact
    return min(contact, last.right - round(rng.uniform(0.05, 0.25) * narrower))
