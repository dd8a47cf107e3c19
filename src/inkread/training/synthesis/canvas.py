"""A square page under construction: layers of ink, print and paper, and the boxes of what was put on it.

All places are given on an upright page; the canvas turns them, and the ink, about its middle.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.synthesis.texts import class_of

Layer = NDArray[np.float32]

POSITIVE, IGNORED, NEGATIVE = 1.0, 0.0, -1.0
"""What a box means for learning: to be found, of no consequence, or not to be found."""
_LEVEL_DEGREES = 0.4
"""A page that leans less is drawn upright: bitmaps are not turned for less than a pixel."""


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A symbol's class (index in ``CLASSES``), box in pixels, whether it is printed, and what it means."""

    label: int
    left: float
    top: float
    right: float
    bottom: float
    printed: bool
    meaning: float

    def row(self) -> tuple[float, ...]:
        """The seven numbers of a pool's table of boxes."""
        return (self.label, self.left, self.top, self.right, self.bottom, float(self.printed), self.meaning)


@dataclass(slots=True, eq=False)
class Canvas:
    """A page of ``size`` × ``size`` pixels that leans by ``degrees`` (counter-clockwise)."""

    size: int
    degrees: float = 0.0
    ink: Layer = field(init=False)
    print: Layer = field(init=False)
    paper: Layer = field(init=False)
    boxes: list[LabelledBox] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        if abs(self.degrees) < _LEVEL_DEGREES:
            self.degrees = 0.0
        self.ink = np.zeros((self.size, self.size), np.float32)
        self.print = np.zeros((self.size, self.size), np.float32)
        self.paper = np.ones((self.size, self.size), np.float32)

    def turned(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the upright page lies on the canvas."""
        if not self.degrees:
            return x, y
        middle, angle = self.size / 2, np.deg2rad(self.degrees)
        dx, dy, cos, sin = x - middle, y - middle, np.cos(angle), np.sin(angle)
        return float(middle + cos * dx + sin * dy), float(middle - sin * dx + cos * dy)

    def put(
        self,
        ink: Layer,
        left: float,
        top: float,
        character: str,
        *,
        strength: float = 1.0,
        printed: bool = False,
        meaning: float = POSITIVE,
    ) -> tuple[int, int, int, int] | None:
        """Adds the ink (h, w) of a character, and its box; returns the box, or None where all of it is outside."""
        ink, left, top = self._leaning(ink, left, top)
        height, width = ink.shape
        l, t = round(left), round(top)  # noqa: E741
        a, b, c, d = max(0, l), max(0, t), min(self.size, l + width), min(self.size, t + height)
        if a >= c or b >= d:
            return None
        layer = self.print if printed else self.ink
        window = layer[b:d, a:c]
        np.maximum(window, ink[b - t : d - t, a - l : c - l] * np.float32(strength), out=window)
        seen = (c - a) * (d - b) / (width * height)
        label = class_of(character)
        kept = meaning if seen >= 0.55 else min(meaning, IGNORED)
        self.boxes.append(LabelledBox(label, l, t, l + width, t + height, printed, kept))
        return l, t, l + width, t + height

    def cover(self, ink: Layer, left: float, top: float, strength: float = 1.0) -> None:
        """Adds ink (h, w) that has no box of its own."""
        before = len(self.boxes)
        self.put(ink, left, top, "?", strength=strength)
        del self.boxes[before:]

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        width: float,
        strength: float,
        *,
        printed: bool = True,
    ) -> None:
        """Draws a straight line between two points of the upright page."""
        layer = self.print if printed else self.ink
        mask = np.zeros((self.size, self.size), np.uint8)
        points = [tuple(round(16 * each) for each in self.turned(*point)) for point in (start, end)]
        value = round(255 * min(1.0, strength * min(1.0, width)))
        cv2.line(mask, points[0], points[1], value, max(1, round(width)), cv2.LINE_AA, 4)
        np.maximum(layer, mask.astype(np.float32) / np.float32(255), out=layer)

    def _leaning(self, ink: Layer, left: float, top: float) -> tuple[Layer, float, float]:
        if not self.degrees:
            return ink, left, top
        height, width = ink.shape
        middle = self.turned(left + width / 2, top + height / 2)
        side = int(np.ceil(np.hypot(height, width))) + 2
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), self.degrees, 1.0)
        matrix[:, 2] += (side - 1) / 2 - np.array([(width - 1) / 2, (height - 1) / 2])
        turned = cv2.warpAffine(ink, matrix, (side, side), flags=cv2.INTER_LINEAR)
        l, t, w, h = cv2.boundingRect((turned >= 0.4).astype(np.uint8))  # noqa: E741
        if not w:
            return ink, left, top
        return turned[t : t + h, l : l + w], middle[0] - side / 2 + l, middle[1] - side / 2 + t
