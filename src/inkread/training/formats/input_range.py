"""Input ranges: the values of paper and ink that a network was trained with, and how they are found.

Glyphs are 0 for paper and 1 for ink. Networks from elsewhere learned from 0 to 255, from black on white, or from
pictures whose mean and standard deviation are 0 and 1.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.training.evaluation.metrics import accuracy, cross_entropy
from inkread.training.formats.parity import Classify
from inkread.training.formats.test_glyphs import probe_digits

_NUMBER = r"([-+]?\d*\.?\d+)"
_WRITTEN = re.compile(rf"\s*{_NUMBER}\s*(?:\.\.|to|,|:)\s*{_NUMBER}\s*")


@dataclass(frozen=True, slots=True)
class InputRange:
    """The numbers that stand for bare paper and for full ink."""

    paper: float
    ink: float

    @classmethod
    def parse(cls, text: str) -> InputRange:
        """The range written as ``PAPER..INK``, such as ``0..255``; raises ModelError for anything else."""
        found = _WRITTEN.fullmatch(text)
        numbers = [float(each) for each in found.groups()] if found else []
        if not numbers or numbers[0] == numbers[1] or max(map(abs, numbers)) > 1e6:
            raise ModelError(
                f"no input range {text!r}: write what stands for paper and for ink, such as 0..255, or 1..0 where "
                "paper is bright"
            )
        return cls(*numbers)

    def __str__(self) -> str:
        return f"{self.paper:g}..{self.ink:g}"

    @property
    def scale(self) -> float:
        return self.ink - self.paper

    def of(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Glyphs, 0 paper … 1 ink, as the network wants them."""
        return glyphs * np.float32(self.scale) + np.float32(self.paper)


INKREAD = InputRange(0, 1)
_STANDARDISED = InputRange(round(-0.1307 / 0.3081, 4), round((1 - 0.1307) / 0.3081, 4))
"""The mean of MNIST's training images is 0.1307, and their standard deviation 0.3081."""
_DARK = (INKREAD, InputRange(0, 255), InputRange(-1, 1), InputRange(-0.5, 0.5), _STANDARDISED)
KNOWN_RANGES = (*_DARK, *(InputRange(each.ink, each.paper) for each in _DARK))
"""What networks are given; the more usual range comes first. Black on white has its paper above its ink."""
_ACCURACY_MARGIN = 0.03
_LIKELIHOOD_MARGIN = 0.1
"""Chosen on 50 small networks, trained on MNIST in these ranges: 41 of them were told right; for the others another
range reads as well, to 1.4 points of accuracy. With the made digits of one kind alone it was 28 to 34."""
_LEAST_ACCURACY = 0.5
"""Every network of those 50 that reads more than 75 % of MNIST reads more than 65 % of the made digits."""


def find_range(probabilities: Classify) -> tuple[InputRange, float]:
    """The range in which a network reads made digits best, and the share of them that it reads there.

    Of ranges with about the same accuracy, the one counts in which the right answers are likeliest; of those that
    are about as likely, the most usual. Raises ModelError where no range is read well.
    """
    glyphs, labels = probe_digits()
    found: dict[InputRange, tuple[float, float]] = {}
    for each in KNOWN_RANGES:
        given = probabilities(each.of(glyphs))
        reads = np.isfinite(given).all()  # a network that answers with no numbers reads nothing
        found[each] = (accuracy(given, labels), cross_entropy(given, labels)) if reads else (0.0, math.inf)
    best = max(share for share, _ in found.values())
    if best < _LEAST_ACCURACY:
        raise ModelError(
            f"reads {100 * best:.0f} % of made digits at best, in none of the input ranges that are known; if you know "
            "what it learned from, give --input-range PAPER..INK, such as 0..255, or 1..0 where paper is bright"
        )
    good = {each: loss for each, (share, loss) in found.items() if share >= best - _ACCURACY_MARGIN}
    least = min(good.values())
    chosen = next(each for each, loss in good.items() if loss <= least * (1 + _LIKELIHOOD_MARGIN))
    return chosen, found[chosen][0]
