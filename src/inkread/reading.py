"""Reading: everything that was read in one picture, as a frozen dataclass of plain numbers.

It can be compared, hashed and sent as JSON. Its elements (``Box``, ``Digit``, ``Line``) can be imported from here.
Nothing heavy is imported: ``showing`` loads what draws a reading when it is called.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inkread.elements import Box, Digit, Expected, Line, Mark, Rejected, rounded_down
from inkread.showing import Origin, Shown

__all__ = ["Box", "Digit", "Line", "Mark", "Reading", "Rejected"]


@dataclass(frozen=True, slots=True, repr=False)
class Reading(Shown):
    """Everything that was read in one image; an empty page is an empty Reading, which is false.

    Iterating gives the digits, ``len`` their number, ``str`` the text, and ``int`` the number on a single line.

    ``size_wh`` is the size of the upright image in pixels; ``lines`` run from top to bottom. ``turned_degrees`` (0, 90,
    180 or 270) is how far the image had to be turned to the right, beyond what its file says, to stand upright.
    ``page`` is its page, from 1, in a file of several pages; None for a file of one picture. ``region`` is the name of
    the rectangle that was read; None: all of the picture was.

    A reading refers to the path, bytes, array or PIL image that it was read from, so that it can be shown. Copies made
    by ``pickle``, ``copy`` and ``from_dict`` do not.
    """

    size_wh: tuple[int, int]
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    turned_degrees: int = 0
    page: int | None = None
    region: str | None = None
    _origin: Origin | None = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.digits)

    def __iter__(self) -> Iterator[Digit]:
        return iter(self.digits)

    def __int__(self) -> int:
        if len(self.lines) != 1:
            found = (
                f"{len(self.lines)} lines of digits; take int(line) of each" if self.lines else "no digits"
            )
            raise ValueError(f"the reading has {found}; it is no number")
        return int(self.lines[0])

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        if not self.digits:
            return f"<Reading without digits, {len(self.rejected)} pieces of ink left unread>"
        text = self.text if len(self.text) <= 40 else self.text[:40] + "…"
        doubtful = sum(digit.doubtful for digit in self.digits)
        counts = f"{len(self)} digits" + (f", {doubtful} doubtful" if doubtful else "")
        page = "" if self.page is None else f", page {self.page}"
        return f"<Reading {text!r}, confidence {rounded_down(self.confidence)}, {counts}{page}>"

    @property
    def text(self) -> str:
        """The best guess, digits only, one line of text per line of writing."""
        return "\n".join(line.text for line in self.lines)

    @property
    def written(self) -> str:
        """The best guess as it is written, marks between the digits: ``"262-9664"``, ``"11/05/87"``."""
        return "\n".join(
            "".join(str(each.value) if isinstance(each, Digit) else each.text for each in line)
            for line in self.in_order()
        )

    def in_order(self) -> tuple[tuple[Digit | Mark, ...], ...]:
        """The digits of each line as it has them, and each mark among them where it stands, from the left."""
        beside: list[list[Mark]] = [[] for _ in self.lines]
        for mark in self.marks if beside else ():
            beside[self._nearest_line(mark)].append(mark)
        return tuple(_with_marks(line, marks) for line, marks in zip(self.lines, beside, strict=True))

    def _nearest_line(self, mark: Mark) -> int:
        """The line whose nearest digit is nearest to the mark; lines may lean, so their boxes would not tell."""
        x, y = mark.box.centre

        def distance(line: Line) -> float:
            return min(math.hypot(x - d.box.centre[0], y - d.box.centre[1]) for d in line.digits)

        return min(range(len(self.lines)), key=lambda i: distance(self.lines[i]))

    @property
    def digits(self) -> tuple[Digit, ...]:
        return tuple(digit for line in self.lines for digit in line.digits)

    @property
    def confidence(self) -> float:
        """The probability that the whole text is right, 0 … 1: the product over its digits.

        An empty reading has none to be sure of: 0.0.
        """
        digits = self.digits
        return math.prod(digit.confidence for digit in digits) if digits else 0.0

    @property
    def doubtful(self) -> bool:
        """True if any digit is doubtful."""
        return any(digit.doubtful for digit in self.digits)

    @property
    def expected(self) -> Expected | None:
        """How well all lines agree with what was expected of them; None: nothing was, or there are none."""
        found = [line.expected for line in self.lines if line.expected is not None]
        return Expected.joined(found) if found else None

    def to_json(self) -> str:
        """``to_dict`` as one line of JSON."""
        import json

        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``inkread read --json``, without the file name; without what is None: page, region, expected."""
        return {
            **({} if self.page is None else {"page": self.page}),
            **({} if self.region is None else {"region": self.region}),
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "size_wh": list(self.size_wh),
            "lines": [line.to_dict() for line in self.lines],
            "written": self.written,
            "marks": [mark.to_dict() for mark in self.marks],
            "rejected": [rejected.to_dict() for rejected in self.rejected],
            "turned_degrees": self.turned_degrees,
            **({} if self.expected is None else {"expected": self.expected.to_dict()}),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Reading:
        """The inverse of ``to_dict`` (confidences come back rounded to six decimals)."""
        width, height = fields["size_wh"]
        return cls(
            size_wh=(width, height),
            lines=tuple(Line.from_dict(line) for line in fields["lines"]),
            marks=tuple(Mark.from_dict(mark) for mark in fields.get("marks", ())),
            rejected=tuple(Rejected.from_dict(rejected) for rejected in fields["rejected"]),
            turned_degrees=fields.get("turned_degrees", 0),
            page=fields.get("page"),
            region=fields.get("region"),
        )


def _with_marks(line: Line, marks: Iterable[Mark]) -> tuple[Digit | Mark, ...]:
    """A line's digits, each mark behind as many of them as lie to its left.

    The digits stay in their order, which need not be that of their middles: where one reaches over another.
    """
    middles = [digit.box.centre[0] for digit in line.digits]
    places = sorted((mark.box.centre[0], i, mark) for i, mark in enumerate(marks))
    shown: list[Digit | Mark] = list(line.digits)
    for x, _, mark in reversed(places):
        shown.insert(sum(middle <= x for middle in middles), mark)
    return tuple(shown)
