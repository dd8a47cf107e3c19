"""Made digits to test a network with: its input range, and whether its ONNX file agrees with it.

They are the digits of Pillow's font, of ``digit_templates`` and of the hands that write on sample sheets, perturbed
as in training and normalised by ``glyphs``. No handwriting is needed: any network can be tried on any machine.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.errors import DataMissing
from inkread.glyphs import normalise
from inkread.sheets.paper.hands import Hand
from inkread.training.data.mnist import load_mnist
from inkread.training.data.strokes import CANVAS, draw_strokes
from inkread.training.glyphs.augment import Perturbation, perturb
from inkread.training.synthesis.characters.digit_templates import draw_form

PARITY_GLYPHS = 10_000
_MILD = Perturbation(turn_degrees=8, slant=0.25, stretch=0.15, elastic=2.0, grain_chance=0, break_chance=0,
                     speck_chance=0, coarse_chance=0)  # fmt: skip
"""Less than in training: what these digits are must be beyond doubt."""


@lru_cache(maxsize=1)
def known_digits(count: int = 400) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """``count`` glyphs (n, 28, 28) float32, 0 paper … 1 ink, always the same, and which digits (n,) they are."""
    rng = np.random.default_rng(1998)
    glyphs, labels = [], []
    for number in range(count):
        digit = number % 10
        ink = _printed(digit)
        if number % 4 == 3:  # some by hand; the forms lack a few digits, the font none
            ink, digit = draw_form(rng, float(rng.uniform(0.06, 0.12)))
        glyphs.append(normalise(perturb(ink, rng, _MILD)))
        labels.append(digit)
    return np.stack(glyphs), np.array(labels)


@lru_cache(maxsize=1)
def probe_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """``known_digits``, which are harder to read than MNIST, and as many made by hands, which are easier."""
    rng, (known, labels) = np.random.default_rng(2012), known_digits()
    glyphs, hand = [], Hand.any(rng)
    for number in range(len(labels)):
        if number % 10 == 0:
            hand = Hand.any(rng)
        strokes = [stroke.astype(np.float32) for stroke in hand.write(str(number % 10), rng)]
        glyphs.append(normalise(perturb(draw_strokes(strokes, float(rng.uniform(0.08, 0.14))), rng, _MILD)))
    return np.concatenate([known, glyphs]), np.concatenate([labels, np.arange(len(labels)) % 10])


def parity_glyphs() -> NDArray[np.float32]:
    """10,000 glyphs to compare two networks on: MNIST's training images where they are, else made ones.

    Those are of a few: moved, mixed with another, fainter; cheap, and no two alike.
    """
    try:
        return load_mnist("train").images[:PARITY_GLYPHS].astype(np.float32) / np.float32(255)
    except DataMissing:
        glyphs, rng = known_digits()[0], np.random.default_rng(60_000)
    one, other = (glyphs[rng.integers(len(glyphs), size=PARITY_GLYPHS)] for _ in range(2))
    share = rng.beta(0.3, 3, (PARITY_GLYPHS, 1, 1)).astype(np.float32)
    mixed = one + (other - one) * share
    for axis in (1, 2):
        moves = rng.integers(-2, 3, PARITY_GLYPHS)
        for move in range(-2, 3):
            mixed[moves == move] = np.roll(mixed[moves == move], move, axis)
    return np.asarray(mixed * rng.uniform(0.6, 1, share.shape).astype(np.float32), np.float32)


def _printed(digit: int) -> NDArray[np.float32]:
    """A digit of Pillow's own font as ink (112, 112)."""
    canvas = Image.new("L", (CANVAS, CANVAS))
    middle = (CANVAS / 2, CANVAS / 2)
    pen = ImageDraw.Draw(canvas)
    pen.text(middle, str(digit), 255, ImageFont.load_default(size=96), anchor="mm", stroke_width=1)
    return np.asarray(canvas, np.float32) / np.float32(255)
