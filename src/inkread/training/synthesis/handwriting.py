"""Text -> the ink of a line in one writer's hand: each symbol's ink and place.

Digits come from MNIST's training images and from pen strokes, marks and letters from pen strokes and from code.
Writers differ in size, slant, pen, spacing, base line and in the forms they use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.lines.signs import Signs, draw_form, draw_sign, load_signs
from inkread.training.synthesis.characters.strings import Placed, contact_left
from inkread.training.synthesis.characters.stroke_variants import with_habit
from inkread.training.synthesis.characters.writers import (
    Hand,
    Writers,
    drawn_strokes,
    inked_lines,
    load_writers,
)
from inkread.training.synthesis.texts import DIGITS

Ink = NDArray[np.float32]

_SPACINGS: Final = {"wide": 0.17, "near": 0.27, "touching": 0.15, "overlapping": 0.06, "mixed": 0.35}
"""Share of writers with each spacing."""
_MIXED: Final = ("wide", "near", "near", "touching", "touching", "overlapping")
_RARE_FORM, _HABIT, _BOLD = 0.1, 0.45, 0.16
"""Chance of a digit in a rare form, of a stroke that some hands add, and of a pen as thick as a third of the height."""
_ITALIC, _ITALIC_SLANTS = 0.35, (0.08, 0.6)
"""Share of lines in a hand that leans forward, and its shear: up to 31°."""
_TALL_ONE, _TALL_ONE_HEIGHTS = 0.12, (1.1, 1.6)
"""Share of 1s that are higher than the other digits, and their heights over those."""
_FORM_HANDS: Final = {"7": 0.15, "5": 0.09, "1": 0.12, "4": 0.08, "9": 0.06}
"""Share of hands that write a digit in one of ``_FORMS``."""
_FORMS: Final = {
    "7": (
        ([(0.42, 0.0), (0.47, 0.05), (0.43, 0.45), (0.36, 1.0)], [(0.02, 0.5), (0.5, 0.48), (0.95, 0.44)]),
        (
            [(0.12, 0.14), (0.3, 0.0), (0.5, 0.03), (0.45, 0.4), (0.3, 1.0)],
            [(0.1, 0.46), (0.5, 0.42), (0.85, 0.42)],
        ),
        ([(0.5, 0.0), (0.46, 0.4), (0.4, 0.75), (0.42, 1.0)], [(0.0, 0.62), (0.4, 0.55), (0.9, 0.56)]),
        ([(0.2, 0.1), (0.55, 0.05), (0.5, 0.45), (0.46, 1.0)], [(0.12, 0.44), (0.5, 0.46), (0.98, 0.4)]),
    ),
    "5": (
        ([(0.0, 0.3), (0.1, 0.28), (0.28, 1.0), (0.29, 1.0), (0.5, 0.1), (0.52, 0.08), (1.25, 0.0)],),
        (
            [(0.0, 0.12), (0.08, 0.16), (0.3, 1.0), (0.31, 1.0), (0.62, 0.1)],
            [(0.5, 0.08), (0.8, 0.04), (1.2, 0.1)],
        ),
        (
            [(0.12, 0.1), (0.1, 0.42), (0.36, 0.5), (0.34, 0.85), (0.0, 1.0)],
            [(0.1, 0.1), (0.6, 0.05), (1.15, 0.0)],
        ),
    ),
    "1": (
        ([(0.0, 1.0), (0.4, 0.0), (0.42, 0.02), (0.44, 1.0)],),
        ([(0.0, 0.8), (0.5, 0.0), (0.5, 0.03), (0.32, 1.0)],),
        ([(-0.15, 0.6), (0.2, 0.3), (0.5, 0.0), (0.5, 0.02), (0.46, 0.5), (0.4, 1.0)],),
    ),
    "4": (
        ([(0.35, 0.0), (0.15, 0.45), (0.05, 0.66), (0.35, 0.5), (0.55, 0.5), (0.56, 0.7), (0.48, 1.0)],),
        (
            [(0.05, 0.0), (0.05, 0.35), (0.2, 0.5), (0.5, 0.38), (0.7, 0.05)],
            [(0.72, 0.02), (0.68, 0.5), (0.64, 1.0)],
        ),
        ([(0.3, 0.0), (0.1, 0.4), (0.05, 0.6), (0.5, 0.54)], [(0.56, 0.36), (0.54, 0.6), (0.5, 1.0)]),
    ),
    "9": (
        (
            [(0.02, 0.44), (0.1, 0.2), (0.4, 0.0), (0.76, 0.05), (0.86, 0.25), (0.62, 0.44), (0.2, 0.46)],
            [(0.34, 0.1), (0.34, 0.5), (0.4, 1.0)],
        ),
        ([(0.4, 1.0), (0.28, 0.5), (0.36, 0.12), (0.62, 0.0), (0.9, 0.1), (0.8, 0.36), (0.4, 0.44)],),
        (
            [
                (0.3, 0.42),
                (0.1, 0.25),
                (0.3, 0.03),
                (0.7, 0.0),
                (0.85, 0.2),
                (0.6, 0.4),
                (0.3, 0.42),
                (0.36, 1.0),
            ],
        ),
    ),
}
"""Digits as some hands always write them: strokes in a box one high, y downwards.

A 7 of a stem with a bar, like a plus sign; a 5 like a root sign; a 1 with a flag as long as its stem; a 4 like an h,
or open at the top; a 9 like a P.
"""
_SIGNS: Final = "-/(),.:+=#*$%"


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that lines are written from."""

    writers: Writers
    signs: Signs


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """One character: ``ink`` (h, w) float32, 0 paper … 1 ink, cut at its box, and its place in pixels."""

    character: str
    ink: Ink
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a writer goes about a line; lengths in heights of the digits."""

    hand: Hand
    spacing: str
    lean: float
    gap: float
    uneven: float
    stray: float
    many_hands: bool
    forms: frozenset[str]
    small_from: int
    small: float


def load_material(validation: bool = False) -> Material:
    """Hands and signs of the training part, or of the validation part, of MNIST and the strokes.

    Raises DataMissing.
    """
    return Material(load_writers("validation" if validation else "training"), load_signs(validation))


def write(text: str, height: float, material: Material, rng: np.random.Generator) -> list[Symbol]:
    """The symbols of ``text`` in a random hand; digits are about ``height`` pixels high.

    Places are relative: the first symbol begins at 0, and the base line lies at y = 0.
    """
    manner = _manner(text, height, material, rng)
    placed: list[Placed] = []
    symbols: list[Symbol] = []
    space, previous = 0.0, ""
    for at, character in enumerate(text):
        if character == " ":
            space += rng.uniform(0.4, 1.2) * height
            continue
        ink, below = _drawn(character, at, manner, material, rng)
        if not ink.size or min(ink.shape) < 1:
            continue
        across = placed[-1].box.right if placed else 0
        base = manner.lean * across + rng.normal(0, manner.stray) * height + below
        top = round(base) - ink.shape[0]
        plain = character in DIGITS and (not previous or previous in DIGITS)
        left = round(_next_left(placed, ink, top, manner, plain, rng) + space) if placed else 0
        space, previous = 0.0, character
        placed.append(Placed(ink, left, top))
        symbols.append(Symbol(character, ink, left, top))
    return symbols


def scribble(height: float, rng: np.random.Generator) -> Ink:
    """The ink of a curve that means nothing, about ``height`` pixels high."""
    count = int(rng.integers(4, 14))
    steps = (
        rng.normal(0, 1, (count, 2)).cumsum(axis=0) if rng.random() < 0.5 else rng.uniform(-1, 1, (count, 2))
    )
    low, extent = steps.min(axis=0), np.maximum(np.ptp(steps, axis=0), 1e-3)
    points = (steps - low) / extent.max() * height * [rng.uniform(0.8, 2), 1]
    curve = _smooth(points)
    return inked_lines([curve], max(1.5, rng.uniform(0.05, 0.13) * height), rng)


def _manner(text: str, height: float, material: Material, rng: np.random.Generator) -> _Manner:
    hand = material.writers.hand(rng, height)
    if rng.random() < _BOLD:
        hand = replace(hand, pen=float(rng.uniform(0.14, 0.34)))
    if rng.random() < _ITALIC:
        hand = replace(hand, slant=float(rng.uniform(*_ITALIC_SLANTS)))
    elif rng.random() < 0.15:
        hand = replace(hand, slant=hand.slant + float(rng.normal(0, 0.22)))
    spacing = [*_SPACINGS][rng.choice(len(_SPACINGS), p=[*_SPACINGS.values()])]
    return _Manner(
        hand,
        spacing,
        lean=float(np.tan(np.deg2rad(rng.normal(0, 2.0)))),
        gap=float(rng.uniform(0.1, 0.9)),
        uneven=0.13 if rng.random() < 0.25 else 0.0,
        stray=0.03 if rng.random() < 0.8 else 0.11,
        many_hands=rng.random() < 0.1,
        forms=frozenset(digit for digit, share in _FORM_HANDS.items() if rng.random() < share),
        small_from=len(text) - 2 if rng.random() < 0.06 and len(text) >= 4 else len(text),
        small=float(rng.uniform(0.5, 0.8)),
    )


def _drawn(
    character: str, at: int, manner: _Manner, material: Material, rng: np.random.Generator
) -> tuple[Ink, float]:
    """The ink of one character, and by how much it ends below the base line, in pixels."""
    hand = manner.hand
    if at >= manner.small_from:
        hand = _resized(hand, manner.small)
    if manner.uneven:
        hand = _resized(hand, float(np.exp(rng.normal(0, manner.uneven))))
    if character in "×÷":
        return _drawn_operator(character, hand, rng)
    if character in _SIGNS:
        return draw_sign(character, material.signs, hand, rng)
    if character not in DIGITS:
        return _drawn_letter(character, material.signs, hand, rng)
    if character == "1" and rng.random() < _TALL_ONE:
        hand = _resized(hand, float(rng.uniform(*_TALL_ONE_HEIGHTS)))
    if character in manner.forms:
        ink = _drawn_form(character, hand, rng)
    else:
        ink = _drawn_digit(int(character), hand, manner.many_hands, material, rng)
    if at < manner.small_from:
        return ink, float(rng.uniform(0, 1)) * max(0.0, ink.shape[0] - 1.1 * manner.hand.height)
    return ink, -(1 - manner.small) * manner.hand.height * rng.uniform(0, 1)


def _drawn_digit(
    value: int, hand: Hand, many_hands: bool, material: Material, rng: np.random.Generator
) -> Ink:
    if many_hands:
        kind = hand.kind if rng.random() < 0.5 else "strokes"
        hand = replace(hand, kind=kind, place=int(rng.integers(material.writers.places)))
    if rng.random() < _RARE_FORM:
        ink = draw_form(value, hand, rng)
        if ink is not None and ink.size:
            return ink
    ink = material.writers.draw(value, hand, rng).ink
    if hand.kind == "mnist" and ink.size and rng.random() < _HABIT:
        ink = _with_habit(ink, value, rng)
    return ink


def _drawn_form(character: str, hand: Hand, rng: np.random.Generator) -> Ink:
    forms = _FORMS[character]
    strokes = forms[rng.integers(len(forms))]
    wide = rng.uniform(0.5, 0.95)
    drawn = [
        _smooth((np.array(points) + rng.normal(0, 0.035, (len(points), 2))) * [wide, 1]) for points in strokes
    ]
    height = hand.height * float(np.exp(rng.normal(0, 0.07)))
    return drawn_strokes(drawn, height, hand.pen * hand.height, hand.slant + rng.normal(0, 0.04), rng)


def _with_habit(ink: Ink, value: int, rng: np.random.Generator) -> Ink:
    pad = max(4, ink.shape[0] // 2)
    return _cut(with_habit(np.pad(ink, pad), value, rng))


def _cut(ink: Ink) -> Ink:
    left, top, width, height = cv2.boundingRect((ink >= 0.5).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def _resized(hand: Hand, factor: float) -> Hand:
    """The same hand and the same pen, writing larger or smaller."""
    return replace(hand, height=hand.height * factor, pen=hand.pen / factor)


def _drawn_operator(character: str, hand: Hand, rng: np.random.Generator) -> tuple[Ink, float]:
    """× and ÷, which the strokes lack."""
    size, shake = rng.uniform(0.35, 0.75) * hand.height, rng.normal(0, 0.05, (4, 2))
    if character == "×":
        lines = [np.array([[0, 0], [1, 1]]) + shake[:2], np.array([[0, 1], [1, 0]]) + shake[2:]]
    else:
        gap = rng.uniform(0.22, 0.4)
        dots = [np.array([[x, y]]) + rng.normal(0, 0.04, 2) for x, y in ((0.5, 0.5 - gap), (0.5, 0.5 + gap))]
        if rng.random() < 0.3:
            dots = [dot + np.array([[0, 0], rng.normal(0, 0.06, 2)]) for dot in dots]
        if rng.random() < 0.25:
            turn = np.linspace(0, 6.3, 9)[:, None]
            dots = [dot[:1] + 0.09 * np.hstack([np.cos(turn), np.sin(turn)]) for dot in dots]
        lines = [np.array([[0, 0.5], [1, 0.5]]) + shake[:2], *dots]
    low = np.concatenate(lines).min(axis=0)
    drawn = [((line - low) * size).astype(np.float32) for line in lines]
    ink = inked_lines(drawn, hand.pen * hand.height, rng)
    return ink, ink.shape[0] / 2 - hand.height * rng.uniform(0.4, 0.55)


def _drawn_letter(character: str, signs: Signs, hand: Hand, rng: np.random.Generator) -> tuple[Ink, float]:
    """A handwritten letter of the strokes that share its case."""
    strokes, usable = signs.letters[int(character.isupper())]
    sample = int(usable[rng.integers(len(usable))])
    height = hand.height * rng.uniform(0.55, 1.15)
    ink = drawn_strokes(strokes.strokes(sample), height, hand.pen * hand.height, hand.slant, rng)
    return ink, float(rng.choice([0.0, 0.0, 0.25])) * ink.shape[0]


def _next_left(
    placed: list[Placed], ink: Ink, top: int, manner: _Manner, plain: bool, rng: np.random.Generator
) -> float:
    """Where the next symbol's ink begins; ``plain``: it and the one before are digits."""
    spacing = manner.spacing
    if spacing == "mixed":
        spacing = _MIXED[rng.integers(len(_MIXED))]
    height, last = manner.hand.height, placed[-1].box
    narrower = min(last.width, ink.shape[1])
    if spacing == "wide":
        gap = max(0.12, manner.gap + rng.normal(0, 0.06)) * height
        return max(each.box.right for each in placed) + gap
    # People rarely write a mark into a digit.
    if spacing == "near" or (not plain and rng.random() < 0.7):
        gap = max(1.5, rng.uniform(0.03, 0.25) * height)
        left = contact_left(placed, ink, top, round(gap)) + gap
        return max(left, last.right - 0.3 * narrower)
    # Ink that only just meets parts again when it is scanned: it overlaps by a part of the pen's width.
    overlap = rng.uniform(0.05, 0.25) * manner.hand.pen * height
    contact = max(contact_left(placed, ink, top, 0) - overlap, last.right - 0.5 * narrower)
    if spacing == "touching":
        return contact
    return min(contact, last.right - rng.uniform(0.05, 0.25) * narrower)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """A curve along ``points`` (n, 2): Chaikin's corner cutting."""
    curve = points
    for _ in range(3):
        ahead, behind = 0.75 * curve[:-1] + 0.25 * curve[1:], 0.25 * curve[:-1] + 0.75 * curve[1:]
        curve = np.concatenate([curve[:1], np.stack([ahead, behind], axis=1).reshape(-1, 2), curve[-1:]])
    return curve.astype(np.float32)
