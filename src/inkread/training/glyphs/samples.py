"""Pools of training samples: the recipe's mix of digits and non-digits, as glyphs with labels.

A pool depends on the recipe's seed and the pool's number alone, so that a resumed run goes on with what it would have
seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.glyphs import normalise
from inkread.training.data.mnist import Digits, load_mnist, training_split
from inkread.training.data.strokes import LOOK_ALIKES, StrokeSet, draw_strokes, held_out, load_strokes
from inkread.training.glyphs.augment import enlarge, perturb
from inkread.training.glyphs.negatives import cut_from, fragment, pair, scribble
from inkread.training.recipe import MARKS, Recipe
from inkread.training.synthesis.characters.digit_templates import draw_form
from inkread.training.synthesis.characters.marks import draw_mark
from inkread.training.synthesis.characters.printed_text import printed
from inkread.training.synthesis.characters.stroke_variants import with_habit
from inkread.training.synthesis.characters.stroke_warp import another_hand

Ink = NDArray[np.float32]
_PENS = (0.04, 0.14)
"""Width of the pen over the height of the digit."""
_NEITHER = LOOK_ALIKES | frozenset(MARKS) | {"`"}
"""Letters and signs that are not shown as ``none``: the marks are classes of their own, a grave accent is a 1."""
_TRIES = 20
"""Most fragments that are refused are refused for their shape; twenty digits on end never were."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """``glyphs`` (n, 28, 28) uint8, 0 paper … 255 ink; ``labels`` (n,) int64, indices into the classes."""

    glyphs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32] | None = None
    """(n, classes), rows sum to 1: what to learn where teachers have a say beside the labels; None: the labels."""

    def ink(self) -> Ink:
        """The glyphs as float32, 0 paper … 1 ink."""
        return self.glyphs.astype(np.float32) / np.float32(255)


def pool_of(digits: Digits) -> Pool:
    """Images with labels as they are."""
    return Pool(digits.images, digits.labels.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Material:
    """The material of samples: MNIST, and (set, sample) pairs of pen strokes of digits, letters and marks."""

    mnist: Digits
    digits: tuple[tuple[StrokeSet, int], ...]
    letters: tuple[tuple[StrokeSet, int], ...]
    marks: tuple[tuple[StrokeSet, int], ...]

    @cached_property
    def letters_by_name(self) -> tuple[tuple[tuple[StrokeSet, int], ...], ...]:
        """``letters``, those of one name together."""
        names = sorted({str(s.labels[i]) for s, i in self.letters})
        return tuple(tuple((s, i) for s, i in self.letters if s.labels[i] == name) for name in names)


@lru_cache(maxsize=2)
def load_material(validation: bool = False) -> Material:
    """The training part, or the validation part, of MNIST and of the strokes; raises DataMissing."""
    mnist = training_split(load_mnist("train"))[1 if validation else 0]
    digits, letters, marks = [], [], []
    for name in ("pendigits", "unipen_digits", "unipen_capitals", "unipen_small_letters", "unipen_signs"):
        strokes = load_strokes(f"train_{name}")
        chosen = [(strokes, int(i)) for i in np.flatnonzero(held_out(strokes) == validation)]
        if name.endswith("digits"):
            digits += chosen
        else:
            letters += [(s, i) for s, i in chosen if s.labels[i] not in _NEITHER]
            marks += [(s, i) for s, i in chosen if s.labels[i] in MARKS]
    return Material(mnist, tuple(digits), tuple(letters), tuple(marks))


def make_pool(recipe: Recipe, number: int, validation: bool = False) -> Pool:
    """Pool ``number`` of the recipe: ``recipe.samples`` samples, shuffled; validation shares none of them."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([recipe.seed, number])
    maker = _Maker(load_material(validation), recipe, rng)
    glyphs, labels = [], []
    for kind, count in recipe.mix.counts(recipe.samples).items():
        make: Callable[[], tuple[Ink, int]] = getattr(maker, kind)
        for _ in range(count):
            glyph, label = make()
            glyphs.append((glyph * 255 + 0.5).astype(np.uint8))
            labels.append(label)
    order = rng.permutation(len(labels))
    return Pool(np.stack(glyphs)[order], np.array(labels, np.int64)[order])


class _Maker:
    """Makes one sample of each kind of the mix: a glyph (28, 28) float32 and its class."""

    def __init__(self, material: Material, recipe: Recipe, rng: np.random.Generator) -> None:
        self._material, self._how, self._rng = material, recipe.perturb, rng
        self._more, self._even = recipe.more_forms, recipe.even_letters
        self._none = len(recipe.classes) - 1
        self._many = recipe.classes.index("many") if "many" in recipe.classes else self._none
        self._marks = {name: recipe.classes.index(name) for name in MARKS if name in recipe.classes}

    def raw(self) -> tuple[Ink, int]:
        image, label = self._mnist()
        return image.astype(np.float32) / np.float32(255), label

    def clean(self) -> tuple[Ink, int]:
        glyph, label = self.raw()
        return normalise(glyph), label

    def mnist(self) -> tuple[Ink, int]:
        image, label = self._mnist()
        return self._perturbed(self._with_habit(enlarge(image), label)), label

    def strokes(self) -> tuple[Ink, int]:
        ink, label = self._drawn_digit()
        return self._perturbed(self._with_habit(ink, label)), label

    def forms(self) -> tuple[Ink, int]:
        ink, label = draw_form(self._rng, self._rng.uniform(*_PENS), self._more)
        return self._perturbed(ink), label

    def cut(self) -> tuple[Ink, int]:
        ink, label = self._digit()
        neighbour = self._mark()[0] if self._rng.random() < 0.15 else self._digit()[0]
        return self._perturbed(cut_from(self._with_habit(ink, label), neighbour, self._rng)), label

    def marks(self) -> tuple[Ink, int]:
        ink, name = self._mark()
        return self._perturbed(ink), self._marks[name]

    def fragments(self) -> tuple[Ink, int]:
        return self._perturbed(self._fragment()), self._none

    def pairs(self) -> tuple[Ink, int]:
        first = self._digit()[0]
        kind = self._rng.random()
        # Now and then the neighbour is only half there: a cut that came too late.
        second = self._digit()[0] if kind < 0.78 else self._fragment() if kind < 0.9 else self._stroke()
        whole = not 0.78 <= kind < 0.9
        if self._rng.random() < 0.5:
            first, second = second, first
        joined = pair(first, second, self._rng)
        if self._rng.random() < 0.15:
            joined = pair(joined, self._digit()[0], self._rng)
        return self._perturbed(joined), self._many if whole else self._none

    def letters(self) -> tuple[Ink, int]:
        among = self._material.letters
        # Few are ?, % or $, which look like digits.
        if self._even and self._rng.random() < self._even:
            by_name = self._material.letters_by_name
            among = by_name[self._rng.integers(len(by_name))]
        return self._perturbed(self._draw(among)[0]), self._none

    def words(self) -> tuple[Ink, int]:
        return self._perturbed(printed(self._rng)), self._none

    def scribbles(self) -> tuple[Ink, int]:
        return self._perturbed(scribble(self._rng)), self._none

    def _with_habit(self, ink: Ink, label: int) -> Ink:
        return with_habit(ink, label, self._rng, long_feet=self._more)

    def _perturbed(self, ink: Ink) -> Ink:
        return normalise(perturb(ink, self._rng, self._how))

    def _mnist(self) -> tuple[NDArray[np.uint8], int]:
        i = int(self._rng.integers(len(self._material.mnist)))
        return self._material.mnist.images[i], int(self._material.mnist.labels[i])

    def _draw(self, among: tuple[tuple[StrokeSet, int], ...]) -> tuple[Ink, str]:
        strokes, i = among[self._rng.integers(len(among))]
        moved = another_hand(strokes.strokes(i), self._rng)
        return draw_strokes(moved, self._rng.uniform(*_PENS)), str(strokes.labels[i])

    def _drawn_digit(self) -> tuple[Ink, int]:
        ink, label = self._draw(self._material.digits)
        return ink, int(label)

    def _digit(self) -> tuple[Ink, int]:
        if self._rng.random() < 0.5:
            return self._drawn_digit()
        image, label = self._mnist()
        return enlarge(image), label

    def _mark(self) -> tuple[Ink, str]:
        if self._rng.random() < 0.5:
            return self._draw(self._material.marks)
        return draw_mark(self._rng)

    def _stroke(self) -> Ink:
        """A mark that is no point: a digit with a point beside it is a digit with a speck."""
        while True:
            ink, name = self._mark()
            if name not in ".,:":
                return ink

    def _fragment(self) -> Ink:
        for _ in range(_TRIES):
            kept = fragment(*self._digit(), self._rng)
            if kept is not None:
                return kept
        return scribble(self._rng)
