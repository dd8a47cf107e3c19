"""Parts of a reading as window and page show them: digits, marks and other ink, with what somebody said of them.

This module knows no state and no words longer than a badge; ``view_model`` puts it to use.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from inkread.confidence import percent
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Written = tuple["Part | None", ...]
"""Digits and marks of a line; None is a space between numbers."""
_SAME_PLACE = 0.6
"""Intersection over union from which two boxes of successive readings are of the same digit."""
_SPACE, _WIDE_SPACE, _TIMES_LEAST = 0.55, 2.0, 2.0
"""Gaps between numbers, in heights of a digit and least gaps; those of made numbers are 0.7 heights, in them 0.3."""


class Badge(NamedTuple):
    """What stands beside a box: its ``kind`` in a word, the digit or mark, and a label."""

    kind: str
    text: str
    label: str


@dataclass(frozen=True, eq=False)
class Edit:
    """What somebody said of ink: that it is ``value``, that it is no digit (None), or what stands beside it.

    ``box`` and ``ink`` are those of the digit that it was said of; an inserted digit stands before or after it.
    """

    kind: Literal["correct", "delete", "after", "before"]
    box: Edges
    ink: Any
    value: int | None
    guessed: int | None = None
    """What the digit was read as; None: not as a digit."""
    own: Edges | None = None
    """Where an inserted digit stands, if somebody marked it; else it has no ink."""


@dataclass(frozen=True, eq=False)
class Part:
    """A digit, a mark between digits, or ink that is neither; ``edit`` is what somebody said of it."""

    part: Digit | Mark | Rejected | None
    """As it was read; None for a digit that was inserted."""
    box: Edges
    ink: Any = None
    """What the same ink looks like again in the next reading."""
    edit: Edit | None = None

    @property
    def value(self) -> int | None:
        return self.guessed if self.edit is None else self.edit.value

    @property
    def guessed(self) -> int | None:
        """What it was read as, before what was said of it may have been learned; None: not as a digit."""
        if self.edit is not None:
            return self.edit.guessed
        return self.part.value if isinstance(self.part, Digit) else None

    @property
    def confidence(self) -> float:
        """That ``value`` is right, 0 … 1; people are believed."""
        if self.edit is not None:
            return 1.0
        return self.part.confidence if isinstance(self.part, Digit) else 0.0

    @property
    def text(self) -> str:
        """What it is in a number: a digit, a mark, or nothing."""
        if isinstance(self.part, Mark):
            return self.part.text
        return "" if self.value is None else str(self.value)

    @property
    def kind(self) -> str:
        """``sure``, ``doubtful``, ``corrected``, ``confirmed``, ``inserted``, ``deleted``, ``scrap`` or ``mark``."""
        if isinstance(self.part, Mark):
            return "mark"
        if self.edit is not None:
            return "inserted" if self.part is None else self._said
        if not isinstance(self.part, Digit):
            return "scrap"
        return "doubtful" if self.part.doubtful else "sure"

    @property
    def _said(self) -> str:
        if self.value is None:
            return "deleted"
        return "confirmed" if self.value == self.guessed else "corrected"

    @property
    def badge(self) -> Badge:
        """What stands beside its box."""
        sure = percent(self.confidence)
        labels = {"sure": sure, "doubtful": f"{sure} ?", "scrap": "not a digit", "mark": ""}
        deleted = self.kind == "deleted" and self.guessed is not None
        return Badge(self.kind, str(self.guessed) if deleted else self.text, labels.get(self.kind, self.kind))


@dataclass(frozen=True)
class Found:
    """What one reading found: its lines of digits, the marks between them, and ink left unread."""

    lines: tuple[tuple[Part, ...], ...] = ()
    marks: tuple[Part, ...] = ()
    scraps: tuple[Part, ...] = ()

    @classmethod
    def of(
        cls,
        reading: Reading,
        place: Callable[[Any], Edges] = lambda box: tuple(box.to_list()),
        ink_of: Callable[[Any], Any] = lambda part: None,
        shown: Callable[[Rejected], bool] = lambda part: True,
    ) -> Found:
        """The parts of a reading: ``place`` puts a box on the sheet, ``ink_of`` tells what a part looks like."""

        def part(each: Digit | Mark | Rejected) -> Part:
            return Part(each, place(each.box), ink_of(each))

        lines = tuple(tuple(map(part, line.digits)) for line in reading.lines)
        scraps = tuple(part(each) for each in reading.rejected if shown(each))
        return cls(lines, tuple(map(part, reading.marks)), scraps)


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is on the sheet, and what was said of it."""

    strokes: tuple[Any, ...] = ()
    picture: Any = None
    size_wh: tuple[int, int] = (1, 1)
    edits: tuple[Edit, ...] = ()

    def same_ink(self, other: Sheet | None) -> bool:
        return other is not None and self.strokes == other.strokes and self.picture is other.picture


class Arranged:
    """What was found, and what was said of it: ``lines`` of digits, ``scraps``, and the number as it is ``written``."""

    def __init__(
        self, found: Found, edits: Sequence[Edit], same_ink: Callable[[Any, Any], bool] = lambda a, b: a == b
    ) -> None:
        self._edits, self._same_ink = edits, same_ink
        self.marks = found.marks
        rows = [tuple(self._edited(line)) for line in found.lines]
        mended = [self._mended(part) for part in found.scraps]
        for part in _kept(mended):
            rows = _placed(rows, part)
        # A digit that was left out still takes its room: what stands beside it is no number of its own.
        self.lines = tuple(line for row in rows if (line := _kept(row)))
        out = [part for row in rows for part in row if part.value is None]
        self.scraps = (*out, *(part for part in mended if part.value is None))
        self.written = tuple(_spaced(row) for row in _with_marks(rows, found.marks) if _kept(row))

    def holding(self, part: Part, *kinds: str) -> list[Edit]:
        """What was said of the ink of a part, oldest first."""

        def holds(edit: Edit) -> bool:
            return overlap(edit.box, part.box) > _SAME_PLACE and self._same_ink(edit.ink, part.ink)

        return [edit for edit in self._edits if edit.kind in kinds and holds(edit)]

    def _mended(self, part: Part) -> Part:
        own = self.holding(part, "correct", "delete")
        return replace(part, edit=own[-1]) if own else part

    def _edited(self, line: Sequence[Part]) -> Iterator[Part]:
        """A line with what was said of it, and with the digits that were inserted."""
        for at, part in enumerate(line):
            before, after = self.holding(part, "before"), self.holding(part, "after")
            left = line[at - 1].box if at else None
            right = line[at + 1].box if at + 1 < len(line) else None
            yield from _inserted(before, left, part.box)
            yield self._mended(part)
            yield from _inserted(after, part.box, right)


def as_corrected(reading: Reading, lines: Sequence[Sequence[Part]], place: Callable[[Edges], Box]) -> Reading:
    """The reading with these digits: corrected and inserted ones, and none that was left out.

    ``place`` puts a box of the sheet into the image that was read.
    """

    def digit(part: Part) -> Digit:
        if part.edit is None and isinstance(part.part, Digit):
            return part.part
        return Digit(part.value or 0, 1.0, False, part.part.box if part.part else place(part.box))

    said = {id(part.part) for line in lines for part in line}
    rejected = tuple(part for part in reading.rejected if id(part) not in said)
    return replace(reading, lines=tuple(Line(tuple(map(digit, line))) for line in lines), rejected=rejected)


def overlap(a: Edges, b: Edges) -> float:
    """Intersection over union of two boxes, 0 … 1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (areas - width * height)


def best_of(parts: Sequence[Part], box: Edges, least: float) -> int | None:
    """Which of the parts lies where ``box`` does; None if no overlap exceeds ``least``."""
    shares = [overlap(part.box, box) for part in parts]
    best = max(shares, default=0.0)
    return shares.index(best) if best > least else None


def _inserted(edits: Sequence[Edit], left: Edges | None, right: Edges | None) -> Iterator[Part]:
    """Digits between two boxes, or beside one: as high as that, and as broad as there is room."""
    known = left or right
    if known is None or not edits:
        return
    side = (known[3] - known[1]) / 2
    low = left[2] if left else known[0] - side * len(edits)
    high = max(right[0] if right else low + side * len(edits), low + side / 4 * len(edits))
    step = min(side, (high - low) / len(edits))
    for at, edit in enumerate(edits):
        box = edit.own or (low + step * at, known[1], low + step * (at + 1), known[3])
        yield Part(None, box, None, edit)


def _placed(rows: list[tuple[Part, ...]], new: Part) -> list[tuple[Part, ...]]:
    """The rows with one digit more: in the row that it stands level with, else as a row of its own."""
    middle = (new.box[1] + new.box[3]) / 2
    for i, row in enumerate(rows):
        if min(part.box[1] for part in row) < middle < max(part.box[3] for part in row):
            return [*rows[:i], tuple(sorted((*row, new), key=lambda part: part.box[0])), *rows[i + 1 :]]
    return sorted([*rows, (new,)], key=lambda row: min(part.box[1] for part in row))


def _with_marks(rows: Sequence[Sequence[Part]], marks: Sequence[Part]) -> list[list[Part]]:
    """The rows with each mark in the one whose nearest digit is nearest, behind the digits to its left."""
    mixed = [list(row) for row in rows]
    for mark in sorted(marks, key=lambda part: part.box[0]) if mixed else ():
        x, y = _middle(mark)
        row = min(mixed, key=lambda row: min(math.dist((x, y), _middle(part)) for part in row))
        row.insert(sum(_middle(part)[0] <= x for part in row), mark)
    return mixed


def _middle(part: Part) -> tuple[float, float]:
    return (part.box[0] + part.box[2]) / 2, (part.box[1] + part.box[3]) / 2


def _kept(row: Sequence[Part]) -> tuple[Part, ...]:
    """The digits of a row that are in the number."""
    return tuple(part for part in row if part.value is not None)


def _spaced(row: Sequence[Part]) -> Written:
    """A line without what was left out, None for each gap that is wide for it: there the next number begins."""
    wide, right = _wide(row), math.inf
    shown: list[Part | None] = []
    for part in row:
        # What was inserted belongs to the digit that it was put beside.
        box = part.box if part.part is not None or part.edit is None else part.edit.box
        if box[0] - right > wide and shown and shown[-1] is not None:
            shown.append(None)
        if part.text:
            shown.append(part)
        right = box[2]
    return tuple(shown[:-1] if shown and shown[-1] is None else shown)


def _wide(row: Sequence[Part]) -> float:
    """The width from which a gap of a line is a space."""
    height = statistics.median(part.box[3] - part.box[1] for part in row if part.kind != "mark")
    read = [part.box for part in row if part.part is not None]
    gaps = [after[0] - before[2] for before, after in pairwise(read)]
    least = min(gaps) if len(gaps) > 1 else 0.0
    return max(_SPACE * height, min(_TIMES_LEAST * least, _WIDE_SPACE * height))
