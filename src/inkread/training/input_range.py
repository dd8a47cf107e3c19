"""Which numbers a network was trained with for paper and for ink, and how that is found.

Glyphs are 0 for paper and 1 for ink. Networks from elsewhere learned from 0 to 255, from black on white, or from
pictures whose mean and standard deviation are 0 and 1. This module does not know how a network is made ONNX.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.training.parity import Classify
from inkread.training.probes import known_digits

__all__ = ["INKREAD", "KNOWN_RANGES", "InputRange", "find_range"]

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
