"""Box, Digit, Mark, Rejected, Line, Expected: the elements of a reading, as frozen dataclasses of plain numbers.

All boxes are ``left, top, right, bottom`` in pixels of the upright image, right and bottom exclusive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Expected:
    """How well a line, or a page of several, agrees with what was expected of it.

    ``text`` is the likeliest text that satisfies the ``pattern``, with its marks; None: there is none. ``odds`` is its
    probability over that of what was read: 1 where that is ``satisfied``, 0 without a text. ``confidence`` is the
    probability, 0 … 1, that ``text`` is right, given that the pattern holds.
    """

    pattern: str
    satisfied: bool
    text: str | None
    odds: float
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    """The next best texts that satisfy it, with their probabilities given that the pattern holds."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "pattern": self.pattern,
            "satisfied": self.satisfied,
            "text": self.text,
            "odds": float(f"{self.odds:.6g}"),
            "confidence": round(self.confidence, 6),
            "alternatives": [{"text": text, "confidence": round(p, 6)} for text, p in self.alternatives],
        }

    @staticmethod
    def joined(lines: Sequence[Expected]) -> Expected:
        """That of all lines of a page, at least one. A line without a text leaves the page without one."""
        if len(lines) == 1:
            return lines[0]
        texts = [line.text for line in lines if line.text is not None]
        return Expected(
            lines[0].pattern,
            all(line.satisfied for line in lines),
            "\n".join(texts) if len(texts) == len(lines) else None,
            math.prod(line.odds for line in lines),
            math.prod(line.confidence for line in lines),
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Expected:
        others = tuple((each["text"], each["confidence"]) for each in fields.get("alternatives", ()))
        return cls(**{**fields, "alternatives": others})


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
        return f"<Digit {self.value}, confidence {rounded_down(self.confidence)}{doubtful}, box {self.box.to_list()}>"

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
        return f"<Line {self.text!r}, confidence {rounded_down(self.confidence)}{doubtful}>"

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


def rounded_down(confidence: float) -> str:
    """A confidence with three decimals, rounded down: 0.9996 is not 1."""
    return f"{math.floor(confidence * 1000) / 1000:g}"
