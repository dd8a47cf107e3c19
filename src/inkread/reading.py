"""Box, Digit, Mark, Rejected, Line, Reading: the words every room speaks.

Frozen dataclasses of plain numbers, so that they can be compared, hashed, sent as JSON and kept.
All boxes are ``left, top, right, bottom`` in pixels of the upright image, right and bottom exclusive.
This module imports nothing heavy: ``showing`` loads what draws a reading when it is called.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inkread.expected import Expected
from inkread.showing import Origin, Shown

__all__ = ["Box", "Digit", "Line", "Mark", "Reading", "Rejected"]


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in pixels of the upright image; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return max(0, self.width) * max(0, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle as ``(x, y)``."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0 (disjoint) … 1 (the same)."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(0, width) * max(0, height)
        return shared / (self.area + other.area - shared) if shared else 0.0

    @staticmethod
    def around(boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of ``boxes``; raises ValueError when there are none."""
        boxes = list(boxes)
        if not boxes:
            raise ValueError("Box.around needs at least one box")
        return Box(
            min(b.left for b in boxes),
            min(b.top for b in boxes),
            max(b.right for b in boxes),
            max(b.bottom for b in boxes),
        )

    def to_list(self) -> list[int]:
        return [self.left, self.top, self.right, self.bottom]

    @classmethod
    def from_list(cls, edges: Iterable[int]) -> Box:
        return cls(*edges)


@dataclass(frozen=True, slots=True, repr=False)
class Digit:
    """One digit as it was read; ``int(digit)`` is its value.

    ``confidence`` is the probability, 0 … 1, that ``value`` is right, including the doubt about where
    the ink was cut; ``doubtful`` says that it is below the reader's threshold; ``runners_up`` are the
    next best values with their probabilities, best first. ``unadapted`` is what its shape would be without the user's
    corrections, where those made another digit of it; else None.
    """

    value: int
    confidence: float
    doubtful: bool
    box: Box
    runners_up: tuple[tuple[int, float], ...] = ()
    unadapted: int | None = None
    printed: float | None = None
    """Probability that it is type and not handwriting, 0 … 1; None: nobody asked, or it is not known."""

    def __int__(self) -> int:
        return self.value

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        doubtful = ", doubtful" if self.doubtful else ""
        return (
            f"<Digit {self.value}, confidence {_shown(self.confidence)}{doubtful}, box {self.box.to_list()}>"
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "confidence": round(self.confidence, 6),
            "doubtful": self.doubtful,
            "box": self.box.to_list(),
            "runners_up": [{"value": value, "confidence": round(p, 6)} for value, p in self.runners_up],
            **({} if self.unadapted is None else {"unadapted": self.unadapted}),
            **({} if self.printed is None else {"printed": round(self.printed, 6)}),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Digit:
        return cls(
            value=fields["value"],
            confidence=fields["confidence"],
            doubtful=fields["doubtful"],
            box=Box.from_list(fields["box"]),
            runners_up=tuple((each["value"], each["confidence"]) for each in fields.get("runners_up", ())),
            unadapted=fields.get("unadapted"),
            printed=fields.get("printed"),
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands between digits in a number: ``- / . , ( ) : +``."""

    text: str
    confidence: float
    box: Box

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "confidence": round(self.confidence, 6), "box": self.box.to_list()}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Mark:
        return cls(fields["text"], fields["confidence"], Box.from_list(fields["box"]))


@dataclass(frozen=True, slots=True)
class Rejected:
    """Ink that was left unread, and why (``"rule"``, ``"speck"``, ``"not a digit"``, …)."""

    box: Box
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"box": self.box.to_list(), "reason": self.reason}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Rejected:
        return cls(Box.from_list(fields["box"]), fields["reason"])


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One line of writing: a sequence of its digits from left to right; ``int(line)`` is their number."""

    digits: tuple[Digit, ...]
    expected: Expected | None = None
    """How well it agrees with what was expected of it; None: nothing was."""

    def __len__(self) -> int:
        return len(self.digits)

    def __iter__(self) -> Iterator[Digit]:
        return iter(self.digits)

    def __getitem__(self, place: int) -> Digit:
        return self.digits[place]

    def __int__(self) -> int:
        return int(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        doubtful = ", doubtful" if self.doubtful else ""
        return f"<Line {self.text!r}, confidence {_shown(self.confidence)}{doubtful}>"

    @property
    def text(self) -> str:
        return "".join(str(digit.value) for digit in self.digits)

    @property
    def confidence(self) -> float:
        """The probability that the whole line is right, 0 … 1: the product over its digits."""
        return math.prod(digit.confidence for digit in self.digits)

    @property
    def doubtful(self) -> bool:
        """True if any digit is doubtful."""
        return any(digit.doubtful for digit in self.digits)

    @property
    def box(self) -> Box:
        return Box.around(digit.box for digit in self.digits)

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "digits": [digit.to_dict() for digit in self.digits],
            **({} if self.expected is None else {"expected": self.expected.to_dict()}),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Line:
        expected = Expected.from_dict(fields["expected"]) if "expected" in fields else None
        return cls(tuple(Digit.from_dict(digit) for digit in fields["digits"]), expected)


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
        return f"<Reading {text!r}, confidence {_shown(self.confidence)}, {counts}{page}>"

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


def _shown(confidence: float) -> str:
    """A confidence with three decimals, rounded down: 0.9996 is not 1."""
    return f"{math.floor(confidence * 1000) / 1000:g}"


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
