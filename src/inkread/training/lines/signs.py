"""The ink of what stands beside digits: marks, other signs, letters, printed words; and digits in rare forms.

Half of the marks are UNIPEN's (hands that ``held_out`` says), half are drawn by code. Where a sign stands depends on
what it is: a dash half-way up, a comma below the line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.data.strokes import LOOK_ALIKES, StrokeSet, held_out, load_strokes
from inkread.training.synthesis.characters.digit_templates import FORMS, MORE_FORMS, smooth
from inkread.training.synthesis.characters.marks import DRAWN_MARKS, mark_lines
from inkread.training.synthesis.characters.printed_text import LETTERS, in_print
from inkread.training.synthesis.characters.writers import Hand, drawn_strokes, inked_lines

Ink = NDArray[np.float32]
Strokes = list[NDArray[np.float32]]

_FORMS = (
    *FORMS,
    *MORE_FORMS,
    # The 5 in one stroke and without a belly: beside other digits it can be told from a 1 or a bracket.
    (5, [[(1.0, 0.02), (0.45, 0.05), (0.44, 0.07), (0.3, 0.5), (0.15, 0.95), (0.05, 0.9), (0.0, 0.7)]]),
    (5, [[(1.0, 0.0), (0.5, 0.06), (0.49, 0.08), (0.38, 0.5), (0.25, 0.9), (0.1, 1.0), (0.02, 0.85), (0.05, 0.6)]]),
    (5, [[(0.95, 0.05), (0.4, 0.0), (0.39, 0.02), (0.34, 0.3), (0.38, 0.7), (0.2, 1.0), (0.0, 0.8)]]),
)  # fmt: skip
_SIZES = {
    "-": (0.2, 0.6), "/": (0.9, 1.5), "(": (0.95, 1.55), ")": (0.95, 1.55), ",": (0.12, 0.5), ".": (0.01, 0.01),
    ":": (0.3, 0.7), "+": (0.35, 0.8), "=": (0.3, 0.7), "#": (0.6, 1.2), "*": (0.3, 0.7), "$": (0.9, 1.5),
    "%": (0.8, 1.3),
}  # fmt: skip
"""How high each sign is, over the height of the digits; - and = how wide."""
_WIDE = "-="
_LARGEST = 1.6
"""No side of a sign is longer, in heights of the digits: some UNIPEN writers' brackets lie down."""
_HALF_WAY_UP = "-=+*"


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """UNIPEN's signs, with the samples of each that may be used, and its small and capital letters."""

    strokes: StrokeSet
    samples: dict[str, NDArray[np.intp]]
    letters: tuple[tuple[StrokeSet, NDArray[np.intp]], ...]


def load_signs(validation: bool = False) -> Signs:
    """Those of the training part, or of the validation part; raises DataMissing."""
    signs = load_strokes("train_unipen_signs")
    usable = held_out(signs) == validation
    samples = {name: np.flatnonzero(usable & (signs.labels == name)) for name in _SIZES}
    letters = []
    for name in ("small_letters", "capitals"):
        strokes = load_strokes(f"train_unipen_{name}")
        other = ~np.isin(strokes.labels, list(LOOK_ALIKES))
        letters.append((strokes, np.flatnonzero((held_out(strokes) == validation) & other)))
    return Signs(signs, {name: found for name, found in samples.items() if len(found)}, tuple(letters))


def draw_sign(name: str, signs: Signs, hand: Hand, rng: np.random.Generator) -> tuple[Ink, float]:
    """The ink of a sign, and by how much its lower edge lies below the base line, in pixels (above it: negative)."""
    pen = hand.pen * hand.height
    strokes = _strokes_of(name, signs, rng)
    every = np.concatenate(strokes)
    low, extent = every.min(axis=0), np.maximum(np.ptp(every, axis=0), 1e-3)
    wanted = _between(rng, *_SIZES[name]) * hand.height
    scale = wanted / max(extent[0 if name in _WIDE else 1], 0.3 * extent.max(), 1e-3)
    scale *= min(1.0, _LARGEST * hand.height / np.maximum(extent * scale, 1).max())
    press = rng.uniform(0.9, 1.5) if name in ".," else 1.0
    ink = inked_lines([(each - low) * scale for each in strokes], pen, rng, press)
    if not ink.size:
        ink = np.ones((2, 2), np.float32)  # a touch of the pen that is less than half a pixel
    return ink, _below_base(name, ink.shape[0], hand.height, rng)


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return low if low == high else float(rng.uniform(low, high))


def _strokes_of(name: str, signs: Signs, rng: np.random.Generator) -> Strokes:
    if name in "()" and rng.random() < 0.15:
        return [_hardly_bent(1 if name == ")" else -1, rng)]
    if name == "%" and (name not in signs.samples or rng.random() < 0.4):
        return _per_cent(rng)
    if name == ".":
        return [np.zeros((1, 2), np.float32)]
    if name in signs.samples and (name not in DRAWN_MARKS or rng.random() < 0.5):
        chosen = signs.samples[name]
        return signs.strokes.strokes(int(chosen[rng.integers(len(chosen))]))
    if name in DRAWN_MARKS:
        return mark_lines(name, rng)
    return [np.array([[0, y], [1, y]], np.float32) for y in (0.0, 0.5)]  # =, which UNIPEN hardly has


def _hardly_bent(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A bracket that is nearly a 1, as hasty writers leave it."""
    bow, lean = rng.uniform(-0.02, 0.08) * side, rng.normal(0, 0.1)
    return smooth(np.array([[0, 0], [bow + lean * 0.5, 0.5], [lean, 1]])).astype(np.float32)


def _per_cent(rng: np.random.Generator) -> Strokes:
    """Two rings and a slash."""
    angle = np.linspace(0, 6.4, 14)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(0.13, 0.22)
    drawn = []
    for x, y in ((0.2, 0.25), (0.8, 0.78)):
        drawn.append(ring * [1, rng.uniform(0.8, 1.4)] + [x + rng.normal(0, 0.04), y])
    ends = 0.85 + rng.normal(0, 0.06), 0.2 + rng.normal(0, 0.06)
    drawn.append(np.array([[ends[0], 0], [ends[1], 1]]))
    return [each.astype(np.float32) for each in drawn]


def _below_base(name: str, tall: int, height: float, rng: np.random.Generator) -> float:
    if name in _HALF_WAY_UP or name == ":":
        below = -0.25 * height if name == ":" else tall / 2 - 0.5 * height
        return below + rng.normal(0, 0.08) * height
    if name in "/()":  # across the line
        return (tall - height) * rng.uniform(0.2, 0.8)
    if name in "#$":
        return (tall - height) * 0.5
    return tall * rng.uniform(0.2, 0.9) if name == "," else 0.0


def draw_letter(signs: Signs, hand: Hand, rng: np.random.Generator) -> Ink:
    """A small or capital letter that looks like no digit."""
    strokes, usable = signs.letters[int(rng.integers(len(signs.letters)))]
    sample = int(usable[rng.integers(len(usable))])
    height = hand.height * rng.uniform(0.6, 1.1)
    return drawn_strokes(strokes.strokes(sample), height, hand.pen * hand.height, hand.slant, rng)


def draw_word(hand: Hand, rng: np.random.Generator) -> Ink:
    """Two to eight printed letters, about as high as the writing."""
    word = "".join(LETTERS[at] for at in rng.integers(len(LETTERS), size=int(rng.integers(2, 9))))
    if rng.random() < 0.6:
        word = word.capitalize()
    ink = _boxed(in_print(word, rng))
    scale = hand.height * rng.uniform(0.6, 1.15) / max(ink.shape[0], 1)
    size_wh = max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale))
    return _boxed(cv2.resize(ink, size_wh, interpolation=cv2.INTER_AREA))


def _boxed(ink: Ink) -> Ink:
    """Ink cut at its box, as digits are: every edge has ink of at least a half."""
    left, top, width, height = cv2.boundingRect((ink >= 0.5).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def draw_form(value: int, hand: Hand, rng: np.random.Generator) -> Ink | None:
    """A digit in a rare form; None where it has none."""
    own = [points for digit, points in _FORMS if digit == value]
    if not own:
        return None
    drawn = []
    for points in own[rng.integers(len(own))]:
        shaken = np.array(points, float) + rng.normal(0, 0.02, (len(points), 2))
        drawn.append(smooth(shaken).astype(np.float32))
    height = hand.height * float(np.exp(rng.normal(0, 0.05)))
    return drawn_strokes(drawn, height, hand.pen * hand.height, hand.slant + rng.normal(0, 0.05), rng)
