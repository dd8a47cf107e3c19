"""Variants of one image, to look at what ``--augment none|light|full`` shows a network in its place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkread.glyphs import normalise
from inkread.training.characters.stroke_variants import with_habit
from inkread.training.glyphs.augment import Perturbation, enlarge, perturb
from inkread.training.glyphs.light_augmentation import lightly


def make_variants(
    image: NDArray[np.uint8], label: int, augment: str, count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """``count`` variants (count, 28, 28) uint8 of one image (28, 28) uint8, made as training makes them.

    ``augment`` is one of the recipe's ``AUGMENTS``; of ``full``'s mix these are the perturbed images, with
    the usual ranges.
    """
    same = np.repeat(image[None], count, axis=0)
    if augment == "none":
        return same
    if augment == "light":
        return lightly(same, rng)
    ink, how = enlarge(image), Perturbation()
    glyphs = [normalise(perturb(with_habit(ink, label, rng), rng, how)) for _ in range(count)]
    return np.rint(np.stack(glyphs) * 255).astype(np.uint8)
