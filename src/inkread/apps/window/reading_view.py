"""What a reading found, as the window shows it: in sheet units, with what people corrected.

This module does not know how it is drawn, nor where corrections are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inkread.apps.window.placement import Edges, overlap
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

if TYPE_CHECKING:
    from inkread.closeup import Closeup
    from inkread.reader import Steps

__all__ = ["Corrected", "Found", "ImagePlace", "ReadingView", "turned_back"]

_SHOWN_REASONS = {"not a digit", "dash"}
"""Dots and specks are left alone: nobody takes them for digits."""
_SAME_PLACE = 0.6
"""Overlap from which two boxes of successive readings are the same digit."""
_SAME_INK = 0.03
"""Mean difference of glyphs below which the ink is the same: rendering anew after a resize stays below 0.01."""


@dataclass(frozen=True)
class ImagePlace:
    """Where the image that was read lies on the sheet: sheet units are its pixels times ``scale``, plus."""

    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def edges(self, box: Sequence[float]) -> Edges:
        """A box of the image, in sheet units."""
        left, top, right, bottom = box
        s, x, y = self.scale, self.left, self.top
        return s * left + x, s * top + y, s * right + x, s * bottom + y


def turned_back(box: Box, degrees: int, size_wh: tuple[int, int]) -> Edges:
    """A box of an image of ``size_wh`` that was turned to the right by ``degrees``, where it was before."""
    left, top, right, bottom = box.to_list()
    width, height = size_wh
    if degrees == 90:
        return top, width - right, bottom, width - left
    if degrees == 180:
        return width - right, height - bottom, width - left, height - top
    if degrees == 270:
        return height - bottom, left, height - top, right
    return left, top, right, bottom


@dataclass(frozen=True, eq=False)
class Corrected:
    """What somebody said a digit is: where it stands, what it looks like, what it is.

    ``picture`` is what is kept of it, ``guessed`` what it was read as, None if not as a digit.
    """

    box: Edges
    glyph: NDArray[np.float32]
    value: int
    picture: NDArray[np.uint8]
    guessed: int | None = None

    def holds_for(self, found: Found, closeup: Closeup | None) -> bool:
        """Whether it is of this ink: as a reading has it at about the same place."""
        near = overlap(self.box, found.box) > _SAME_PLACE
        return near and closeup is not None and float(np.abs(closeup.glyph - self.glyph).mean()) < _SAME_INK


@dataclass(frozen=True)
class Found:
    """One digit, or ink that is none (``value`` None): a scrap or a mark; ``box`` is in sheet units."""

    part: Digit | Rejected | Mark
    box: Edges
    corrected: int | None = None
    guessed: int | None = None
    """What it was read as when somebody said what it is; None: not as a digit."""

    @property
    def value(self) -> int | None:
        if self.corrected is not None:
            return self.corrected
        return self.part.value if isinstance(self.part, Digit) else None

    @property
    def confidence(self) -> float:
        """That ``value`` is right, 0 … 1; people are believed."""
        if self.corrected is not None:
            return 1.0
        return self.part.confidence if isinstance(self.part, Digit) else 0.0

    @property
    def said(self) -> str:
        """In a word, that somebody has said what it is; "" if nobody has."""
        if self.corrected is None:
            return ""
        return "confirmed" if self.corrected == self.guessed else "corrected"

    @property
    def text(self) -> str:
        """What it is in a number: a digit, a mark, or nothing."""
        return (
            self.part.text if isinstance(self.part, Mark) else "" if self.value is None else str(self.value)
        )

    @property
    def doubtful(self) -> bool:
        return self.corrected is None and isinstance(self.part, Digit) and self.part.doubtful


@dataclass(frozen=True)
class ReadingView:
    """All that one reading found; ``lines`` as in the reading, ``scraps`` what is no digit,
    ``marks`` what stands between digits."""

    lines: tuple[tuple[Found, ...], ...] = ()
    scraps: tuple[Found, ...] = ()
    marks: tuple[Found, ...] = ()
    steps: Steps | None = None
    seconds: float = 0.0

    @classmethod
    def of(
        cls,
        steps: Steps,
        place: ImagePlace,
        corrected: Sequence[Corrected],
        seconds: float,
        turned_degrees: int = 0,
    ) -> ReadingView:
        """The view of a reader's steps, where ``corrected`` says what some of them are.

        ``turned_degrees`` is how far the image that was read is turned against that of ``place``.
        """
        reading = steps.reading

        def found(part: Digit | Rejected | Mark) -> Found:
            return Found(part, place.edges(turned_back(part.box, turned_degrees, reading.size_wh)))

        lines = tuple(tuple(map(found, line.digits)) for line in reading.lines)
        scraps = tuple(found(part) for part in reading.rejected if part.reason in _SHOWN_REASONS)
        plain = cls(lines, scraps, tuple(map(found, reading.marks)), steps, seconds)
        return plain.with_corrections(corrected) if corrected else plain

    @property
    def digits(self) -> tuple[Found, ...]:
        return tuple(found for line in self.lines for found in line)

    @property
    def parts(self) -> tuple[Found, ...]:
        """Digits and scraps: all that has a box."""
        return self.digits + self.scraps

    @property
    def text(self) -> str:
        """The number, one line of text per line of writing, as corrected."""
        return "\n".join("".join(str(found.value) for found in line) for line in self.lines)

    @property
    def written(self) -> tuple[tuple[Found, ...], ...]:
        """Digits and marks of each line, as they stand on it."""
        if not self.marks:
            return self.lines
        rows = [list(line) for line in self.lines]
        for mark in self.marks if rows else ():
            min(rows, key=lambda row: min(_apart(mark, found) for found in row)).append(mark)
        return tuple(tuple(sorted(row, key=lambda found: found.box[0] + found.box[2])) for row in rows)

    @property
    def confidence(self) -> float:
        """That all of it is right, 0 … 1."""
        return math.prod(found.confidence for found in self.digits) if self.lines else 0.0

    def closeup(self, found: Found) -> Closeup | None:
        """What the network saw of one of these."""
        from inkread.closeup import look_at

        if self.steps is None or isinstance(found.part, Mark):
            return None
        return look_at(self.steps, found.part)

    def holding(self, corrected: Sequence[Corrected], found: Found) -> list[Corrected]:
        """Those of the corrections that are of the ink of ``found``, oldest first."""
        closeup = self.closeup(found) if corrected else None
        return [each for each in corrected if each.holds_for(found, closeup)]

    def with_corrections(self, corrected: Sequence[Corrected]) -> ReadingView:
        """The same reading, where each correction holds for the ink it was made of, and no other."""

        def mend(found: Found) -> Found:
            own = self.holding(corrected, found)
            said = (own[-1].value, own[-1].guessed) if own else (None, None)
            return replace(found, corrected=said[0], guessed=said[1])

        # A scrap that was a digit by a correction stands among the digits: it may be one no longer.
        read = [tuple(found for found in line if isinstance(found.part, Digit)) for line in self.lines]
        scraps = [mend(found) for found in self.parts if not isinstance(found.part, Digit)]
        lines = [tuple(map(mend, line)) for line in read if line]
        # A scrap that somebody knows to be a digit becomes one, on a line of its own if it must.
        for found in [scrap for scrap in scraps if scrap.corrected is not None]:
            scraps.remove(found)
            lines = _placed(lines, found)
        return replace(self, lines=tuple(lines), scraps=tuple(scraps))

    def to_reading(self) -> Reading | None:
        """The reading with the corrections in it, for pictures of it; None before anything was read."""
        if self.steps is None:
            return None
        lines = tuple(Line(tuple(_as_digit(found) for found in line)) for line in self.lines if line)
        left = {found.part for found in self.digits}
        rejected = tuple(part for part in self.steps.reading.rejected if part not in left)
        return replace(self.steps.reading, lines=lines, rejected=rejected)


def _apart(one: Found, other: Found) -> float:
    """From middle to middle."""
    middles = [((f.box[0] + f.box[2]) / 2, (f.box[1] + f.box[3]) / 2) for f in (one, other)]
    return math.dist(*middles)


def _as_digit(found: Found) -> Digit:
    if isinstance(found.part, Digit) and found.corrected is None:
        return found.part
    return Digit(found.value or 0, 1.0, False, found.part.box)


def _placed(lines: list[tuple[Found, ...]], new: Found) -> list[tuple[Found, ...]]:
    """The lines with one digit more: in the line that it stands level with, else as a line of its own."""
    middle = (new.box[1] + new.box[3]) / 2
    for i, line in enumerate(lines):
        if min(f.box[1] for f in line) < middle < max(f.box[3] for f in line):
            return [*lines[:i], tuple(sorted((*line, new), key=lambda f: f.box[0])), *lines[i + 1 :]]
    return sorted([*lines, (new,)], key=lambda line: min(f.box[1] for f in line))
