"""Design, question, key, box: what an exam is, and which boxes an answer needs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["integer", "decimal", "fraction", "time", "date", "choice", "manual"]
KINDS: tuple[Kind, ...] = ("integer", "decimal", "fraction", "time", "date", "choice", "manual")
OPTIONS = "ABCDEFGH"
"""The names of boxes to tick."""
PAPERS = {"A4": (210.0, 297.0), "Letter": (215.9, 279.4)}
"""Width and height in millimetres, upright."""
_LINE = 80
"""Letters in a line of a question's text. Counted, not measured: layouts must not depend on a font."""
Slot: TypeAlias = Literal["digit", "sign", "point", "printed", "free", "tick"]


@dataclass(frozen=True)
class Box:
    """One place of an answer's row: a box to write in, or (``printed``) a character that is there already.

    ``free`` is a rectangle of a worksheet, in which a whole answer is written.
    """

    slot: Slot
    text: str
    """A character of the pattern: ``#``, ``D``, ``M``, ``Y``, ``H``, ``S``, ``±``, ``.``, ``/``, ``:``, ``-``, " "."""


@dataclass(frozen=True)
class Key:
    """One right (or partly right) answer, in the notation of its kind, and what it is worth."""

    answer: str
    points: Fraction
    tolerance: Fraction = Fraction(0)
    """How far off an answer may be: in its own unit, for ``time`` in minutes."""
    upto: str = ""
    """All answers up to this one are as right as ``answer``; "": that one alone."""

    @property
    def shown(self) -> str:
        """As people write it: ``3``, ``3 … 5``."""
        return f"{self.answer} … {self.upto}" if self.upto else self.answer


@dataclass(frozen=True)
class Place:
    """A rectangle on a worksheet: ``page`` from 1, ``box`` left, top, right, bottom in fractions of the page."""

    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Template:
    """A worksheet that was made elsewhere: its file, the size of each page, where number and name are written."""

    path: Path
    sizes_mm: tuple[tuple[float, float], ...]
    number: Place | None = None
    name: Place | None = None


@dataclass(frozen=True)
class Student:
    """Somebody on the class list: ``number`` as it is written, leading zeros kept, perhaps with letters or hyphens."""

    number: str
    name: str

    def written(self, digits: int) -> str:
        """The digits of the number, padded with zeros to the given count of boxes."""
        return "".join(filter(str.isdigit, self.number)).zfill(digits)


@dataclass(frozen=True)
class Question:
    """One question: ``keys`` are its right answers, ``pattern`` its boxes, ``points`` the most it can bring."""

    name: str
    text: str
    kind: Kind
    points: Fraction
    keys: tuple[Key, ...]
    pattern: str
    reduced: bool = False
    """Whether a fraction must be in lowest terms."""
    place: Place | None = None
    """The rectangle for the answer on a worksheet."""
    void: bool = False
    """Whether it counts for nobody, as if it had not been asked."""
    unit: str = ""
    """The unit printed behind the boxes."""
    space_mm: float = 0.0
    """How much room for working, or for the picture, is left above the boxes."""
    picture: Path | None = None
    """A picture that is printed there."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Its text in lines that fit; none without text."""
        return tuple(textwrap.wrap(self.text, _LINE))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The row, from left to right."""
        return slots_of(self.pattern, self.kind)


@dataclass(frozen=True)
class Grade:
    """A grade, and the least that it takes: so many points, or so many ``percent`` of all."""

    name: str
    least: Fraction
    percent: bool = False

    def least_of(self, points: Fraction) -> Fraction:
        """The least points of all ``points`` that it takes."""
        return self.least * points / 100 if self.percent else self.least


@dataclass(frozen=True)
class Design:
    """One exam. ``path`` is where its TOML file lies; what belongs to it is kept beside that."""

    path: Path
    title: str
    paper: str
    number_digits: int
    questions: tuple[Question, ...]
    class_list: Path | None = None
    note: str = ""
    """A line under the title, such as the course and the date."""
    check_digit: bool = False
    """Whether the last of the ``number_digits`` is a check digit, which the class list does not have."""
    template: Template | None = None
    """The worksheet that is filled in; None: sheets are printed from this design."""
    grades: tuple[Grade, ...] = ()
    language: str = "en"
    """The language of the printed texts other than questions (``texts.LANGUAGES``)."""

    @property
    def points(self) -> Fraction:
        """The points of a sheet without a mistake."""
        return sum((question.points for question in self.questions if not question.void), Fraction(0))

    def grade_of(self, points: Fraction) -> str:
        """The grade for so many points; "" where the design names none for them."""
        shares = [(grade.least_of(self.points), grade.name) for grade in self.grades]
        return max(
            (one for one in shares if one[0] <= points), default=(Fraction(0), ""), key=lambda one: one[0]
        )[1]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return PAPERS[self.paper]

    def question(self, name: str) -> Question:
        """The question of this name; raises KeyError."""
        for question in self.questions:
            if question.name == name:
                return question
        raise KeyError(name)


def slots_of(pattern: str, kind: Kind) -> tuple[Box, ...]:
    """A pattern such as ``±##.##`` or ``HH:MM`` as boxes; raises ValueError for a character it may not have.

    ``#`` is a digit, ``±`` (or ``+``) a sign; in numbers ``.`` is a narrow box for the decimal point. In
    dates and times the letters are digits, and what stands between them is printed, as is a fraction's ``/``.
    A space, as in the mixed number ``±# ##/##``, is a gap.
    ``*`` is a rectangle without boxes; behind it stands the order of a date.
    """
    if pattern.startswith("*"):
        return (Box("free", pattern[1:]),)
    if kind == "choice":
        if len(pattern) > len(OPTIONS) or set(pattern) - set(OPTIONS):
            raise ValueError(f"the options of a choice are letters of {OPTIONS}, each at most once")
        return tuple(Box("tick", letter) for letter in pattern)
    kind = "decimal" if kind == "manual" else kind
    letters = {"time": "HMS", "date": "DMY"}.get(kind, "#")
    printed = {"time": ":.", "date": ".-/", "fraction": "/ "}.get(kind, "")
    boxes = []
    for character in pattern:
        if character in letters:
            boxes.append(Box("digit", character))
        elif character in "±+" and kind in ("integer", "decimal", "fraction"):
            boxes.append(Box("sign", "±"))
        elif character == "." and kind == "decimal":
            boxes.append(Box("point", "."))
        elif character in printed:
            boxes.append(Box("printed", character))
        else:
            raise ValueError(f"“{character}” cannot stand in the boxes of a {kind} answer")
    return tuple(boxes)


def shown_points(points: Fraction) -> str:
    """Points as people write them: ``2``, ``1.5``, ``0.33``."""
    return (
        str(points.numerator) if points.denominator == 1 else f"{float(points):.2f}".rstrip("0").rstrip(".")
    )


MOST_BOXES = 14
"""As many as fit side by side on either paper."""


def usual_pattern(kind: Kind, answers: Sequence[str]) -> str:
    """Boxes for an answer whose design names none: room for the keys, and one digit more than they need.

    There is always a box for the sign, for its absence would say that no answer is negative.
    """
    if kind == "time":
        return "HH:MM:SS" if any(answer.count(":") == 2 for answer in answers) else "HH:MM"
    if kind == "date":
        return "DD.MM.YYYY"
    if kind == "fraction":
        before = _longest(answers, 0, " ")
        above, below = (max(2, _longest([one.rpartition(" ")[2] for one in answers], i, "/")) for i in (0, 2))
        mixed = f"{'#' * (before + 1)} " if before else ""
        return f"±{mixed}{'#' * above}/{'#' * below}"
    whole = f"±{'#' * (max(1, _longest(answers, 0, '.')) + 1)}"
    return whole if kind == "integer" else f"{whole}.{'#' * max(1, _longest(answers, 2, '.'))}"


def _longest(answers: Sequence[str], part: int, divider: str) -> int:
    """Digits before (0) or behind (2) a divider, at the most; before a gap, none where there is no gap."""
    halves = [one.lstrip("-").partition(divider) for one in answers]
    return max((len(half[part]) for half in halves if half[1] or divider != " "), default=0)


def pattern_fault(pattern: str, kind: Kind, answers: Sequence[str]) -> str:
    """The fault in the boxes of a question whose keys are ``answers``; "" if there is none."""
    try:
        boxes = slots_of(pattern, kind)
    except ValueError as error:
        return str(error)
    if not 1 <= len(boxes) <= MOST_BOXES:
        return f"an answer has 1 … {MOST_BOXES} boxes, not {len(boxes)}"
    if not any(box.slot == "digit" for box in boxes):
        return f'boxes = "{pattern}" has no box for a digit'
    if kind in ("time", "date"):
        return _clock_fault(pattern, kind)
    if any(box.slot == "sign" for box in boxes[1:]):
        return f'boxes = "{pattern}": the box for the sign stands first'
    if kind == "fraction" and pattern.count("/") != 1:
        return f'boxes = "{pattern}": a fraction has one /, such as "##/##"'
    if pattern.count(" ") > 1 or pattern.find(" ") > pattern.find("/"):
        return f'boxes = "{pattern}": a mixed number has one gap, before its fraction, such as "## ##/##"'
    return next((fault for answer in answers if (fault := _room_fault(pattern, answer))), "")


def _clock_fault(pattern: str, kind: Kind) -> str:
    letters = "".join(character for character in pattern if character.isalpha())
    right = ("HHMM", "HHMMSS") if kind == "time" else ("DDMMYYYY", "MMDDYYYY", "YYYYMMDD", "DDMMYY", "MMDDYY")
    if letters in right:
        return ""
    usual = "HH:MM or HH:MM:SS" if kind == "time" else "DD.MM.YYYY, MM/DD/YYYY or YYYY-MM-DD"
    return f"boxes of a {kind} are like {usual}, not {pattern}"


def _room_fault(pattern: str, answer: str) -> str:
    if answer.startswith("-") and "±" not in pattern and "+" not in pattern:
        return f'boxes = "{pattern}" has no box for the sign of {answer}; begin it with ±'
    divider = "/" if "/" in pattern else "."
    before, gap, rest = answer.lstrip("-").rpartition(" ")
    whole, _, part = rest.partition(divider)
    room, _, row = pattern.rpartition(" ")
    halves = row.partition(divider)
    if gap and len(before) > room.count("#"):
        return f'boxes = "{pattern}" has no room for the key {answer}; write "±## ##/##"'
    if pattern.count(".") > 1:  # the point may stand anywhere: only the sum counts
        fits = len(whole) + len(part) <= pattern.count("#")
    else:
        fits = len(whole) <= halves[0].count("#") and len(part) <= halves[2].count("#")
    return "" if fits else f'boxes = "{pattern}" has no room for the key {answer}'


def example_design() -> str:
    """The text of the commented example that ``inkread sheet new`` writes."""
    return Path(__file__).with_name("example.toml").read_text(encoding="utf-8")
