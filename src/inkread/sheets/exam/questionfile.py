"""The questions in an exam's TOML file: their keys, boxes and places, or every mistake in them with its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from inkread.errors import InkreadError
from inkread.images import load_image
from inkread.sheets.exam.answers import canonical, number_of
from inkread.sheets.exam.design import (
    KINDS,
    OPTIONS,
    Key,
    Kind,
    Place,
    Question,
    pattern_fault,
    shown_points,
    usual_pattern,
)
from inkread.sheets.exam.tomlchecking import Checking, Lines, short

_QUESTION_KEYS = ("name", "text", "points", "kind", "key", "tolerance", "boxes", "options", "unit", "space", "picture",
                  "partial", "reduced", "void", "page", "box")  # fmt: skip
_PARTIAL_KEYS = ("key", "within", "points")
_OWN_KEYS = ("key", "points", "tolerance")
_MOST_QUESTIONS = 200
_LONGEST_UNIT = 12
_MOST_SPACE = 150
_PICTURE_MM = 50  # Height of a picture whose question does not say how much space it gets
Tolerance: TypeAlias = tuple[Fraction, bool]
"""How far off, and whether that is a share of the key."""
_LEAST_MM = 4.0  # The least width and height of a rectangle on a worksheet
_EXAMPLES = {
    "integer": "42",
    "decimal": "3.14",
    "fraction": "3/4",
    "time": "08:30",
    "date": "2026-01-31",
    "choice": "B",
}


class QuestionChecking(Checking):
    """Looks through questions. ``sizes`` are those of the pages of a worksheet in millimetres; empty without one."""

    def __init__(self, path: Path, lines: Lines) -> None:
        super().__init__(path, lines)
        self.sizes: tuple[tuple[float, float], ...] = ()

    def questions(self, tables: Any) -> tuple[Question, ...]:
        """All questions; those that cannot be understood are left out."""
        if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
            how = "draw rectangles with: inkread sheet template FILE --edit" if self.sizes else (
                "each begins with a line [[question]]"
            )  # fmt: skip
            self.fault("question", f"there is no question: {how}")
            return ()
        if len(tables) > _MOST_QUESTIONS:
            self.fault("question", f"more than {_MOST_QUESTIONS} questions; split the exam")
        questions: list[Question] = []
        for i, table in enumerate(tables[:_MOST_QUESTIONS]):
            self._where = ("question", i)
            question = self.question(table, i)
            if question and question.name in [other.name for other in questions]:
                self.fault("name", f"two questions are called “{question.name}”; give each a name of its own")
            if question:
                questions.append(question)
        self._where = ("", 0)
        return tuple(questions)

    def question(self, table: dict[str, Any], i: int) -> Question | None:
        """One question, or None where something needed is missing."""
        before = len(self.faults)
        self.known(table, _QUESTION_KEYS)
        given = table.get("name")
        name = short(given) if isinstance(given, int) else self.string(table, "name", str(i + 1))
        if not 1 <= len(name) <= 5:
            self.fault("name", 'a question\'s name has 1 … 5 characters, such as "3b"')
        kind = self.string(table, "kind", "integer")
        if kind not in KINDS:
            self.fault("kind", f"kind must be one of {', '.join(KINDS)}, not “{kind}”")
            return None
        points = self.number(table, "points", Fraction(1))
        reduced, void = (self.flag(table, key) for key in ("reduced", "void"))
        if reduced and kind != "fraction":
            self.fault("reduced", 'reduced is only for kind = "fraction"')
        keys = self.all_keys(table, kind, points)
        place = self.answer_place(table)
        pattern = self.pattern(table, kind, points, keys, place)
        unit = self.string(table, "unit", "")
        if len(unit) > _LONGEST_UNIT:
            self.fault("unit", f"unit has more than {_LONGEST_UNIT} letters; put it into the text")
        picture = self.picture(table, place)
        space = self.number(table, "space", Fraction(_PICTURE_MM if picture else 0))
        if space > _MOST_SPACE:
            self.fault("space", f"space is the room for working, in millimetres: 0 … {_MOST_SPACE}")
        if len(self.faults) > before:
            return None
        text = self.string(table, "text", "")
        return Question(
            name, text, kind, points, tuple(keys), pattern, reduced, place, void, unit, float(space), picture
        )

    def picture(self, table: dict[str, Any], place: Place | None) -> Path | None:
        """The picture that is printed above the boxes."""
        path = self.beside(table, "picture", "map.png")
        if path and place:
            self.fault("picture", "picture is for sheets that inkread prints; it is on a worksheet already")
        elif path:
            try:
                load_image(path)
            except InkreadError:
                self.fault(
                    "picture",
                    f"{path.name} is no picture that can be opened; put a PNG or JPEG beside this file",
                )
        return path

    def flag(self, table: dict[str, Any], key: str) -> bool:
        """A yes or no, which is no unless it is given."""
        if not isinstance(table.get(key, False), bool):
            self.fault(key, f"{key} is true or false, without quotes")
        return table.get(key) is True

    def pattern(
        self, table: dict[str, Any], kind: Any, points: Fraction, keys: list[Key], place: Place | None
    ) -> str:
        """The boxes of a question, or what stands for them on a worksheet."""
        if kind == "choice":
            return self.options(table, keys)
        if "options" in table:
            self.fault("options", 'options is only for kind = "choice"')
        answers = [one for key in keys for one in (key.answer, key.upto) if one] or [shown_points(points)]
        as_kind: Kind = "decimal" if kind == "manual" else kind
        usual = "##.#" if kind == "manual" else usual_pattern(kind, answers)
        pattern = self.string(table, "boxes", "") or usual
        if fault := pattern_fault(pattern, as_kind, answers):
            self.fault("boxes" if "boxes" in table else "key", fault)
        if place:
            return f"*{pattern}" if kind == "date" else "*"
        return pattern

    def options(self, table: dict[str, Any], keys: list[Key]) -> str:
        """The letters of the boxes to tick."""
        count = table.get("options", 4)
        if type(count) is not int or not 2 <= count <= len(OPTIONS):
            self.fault("options", f"options is how many boxes there are to tick: 2 … {len(OPTIONS)}")
            return OPTIONS[:4]
        beyond = [key.answer for key in keys if set(key.answer) - set(OPTIONS[:count])]
        if beyond:
            self.fault("key", f"“{beyond[0]}” is beyond the {count} options, A … {OPTIONS[count - 1]}")
        return OPTIONS[:count]

    def answer_place(self, table: dict[str, Any]) -> Place | None:
        """The rectangle for a question's answer on a worksheet."""
        if self.sizes:
            return self.place(table, "box" if "box" in table else "")
        for key in ("page", "box"):
            if key in table:
                self.fault(
                    key, f'{key} is for worksheets, which have a line such as template = "worksheet.pdf"'
                )
        return None

    def place(self, table: Any, at: str) -> Place | None:
        """A rectangle on a worksheet: its page (1 unless it is given) and its box."""
        if not isinstance(table, dict):
            self.fault(at, f"[{at}] has two lines: page = 1 and box = [left, top, right, bottom]")
            return None
        page, box = table.get("page", 1), table.get("box")
        if type(page) is not int or not 1 <= page <= len(self.sizes):
            self.fault(at, f"page is a page of the worksheet: 1 … {len(self.sizes)}")
            return None
        if not (isinstance(box, list) and len(box) == 4 and all(map(_is_fraction, box))):
            self.fault(at, "box = [left, top, right, bottom] are fractions of the page, from 0 to 1")
            return None
        left, top, right, bottom = map(float, box)
        wide, tall = (right - left) * self.sizes[page - 1][0], (bottom - top) * self.sizes[page - 1][1]
        if min(wide, tall) < _LEAST_MM:
            self.fault(at, f"box = [left, top, right, bottom] measures {wide:.0f} × {tall:.0f} mm; "
                       f"an answer needs {_LEAST_MM:.0f} mm each way")  # fmt: skip
            return None
        return Place(page, (left, top, right, bottom))

    def all_keys(self, table: dict[str, Any], kind: Any, points: Fraction) -> list[Key]:
        """The right answers, then those that are partly right."""
        if kind == "manual":
            for key in ("key", "tolerance", "partial"):
                if key in table:
                    self.fault(key, f'{key} is of no use: points of kind = "manual" are written by hand')
            return []
        if "tolerance" in table and kind in ("date", "choice"):
            self.fault("tolerance", f"a {kind} has no tolerance; give several keys instead")
        keys = self.keys(table.get("key"), kind, points, self.tolerance(table))
        return keys + self.partial(table.get("partial", []), kind, points, keys)

    def tolerance(self, table: dict[str, Any], at: str = "") -> Tolerance:
        """How far off an answer may be: a number, or a share of the key such as ``"2 %"``."""
        given = table.get("tolerance", 0)
        if not isinstance(given, str):
            return self.number(table, "tolerance", Fraction(0), at), False
        found = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%\s*", given)
        if not found:
            self.fault(at or "tolerance", 'tolerance is a number, or a share of the key such as "2 %"')
            return Fraction(0), False
        return Fraction(found[1]) / 100, True

    def keys(self, given: Any, kind: Any, points: Fraction, tolerance: Tolerance) -> list[Key]:
        """The right answers: one, or a list of several, each of which may have points and a tolerance of its own."""
        answers = given if isinstance(given, list) else [given]
        if given is None or not answers:
            self.fault("key", 'key is missing: the right answer, such as key = "42", or a list of several')
            return []
        found = []
        for answer in answers:
            own, worth, off = answer, points, tolerance
            if isinstance(answer, dict):
                self.known(answer, _OWN_KEYS, "key")
                own, worth = answer.get("key"), self.number(answer, "points", points, "key")
                off = self.tolerance(answer, "key") if "tolerance" in answer else tolerance
                if worth > points:
                    self.fault(
                        "key",
                        f"a key has {shown_points(worth)} points, and the question {shown_points(points)}",
                    )
            found.append(self.key(own, kind, worth, off, "key"))
        return [key for key in found if key]

    def key(self, answer: Any, kind: Any, points: Fraction, tolerance: Tolerance, at: str) -> Key | None:
        """One answer in the notation of its kind, or all from one to another: ``3..5``."""
        if isinstance(answer, bool) or not isinstance(answer, str | int | float):
            answer = answer.isoformat() if hasattr(answer, "isoformat") else repr(answer)
        try:
            first, dots, last = str(answer).partition("..")  # integers of thousands of digits have no text
            ends = [canonical(kind, end) for end in ((first, last) if dots else (first,))]
            if dots and kind in ("date", "choice"):
                raise ValueError
            off = _absolute(tolerance, kind, ends)
        except ValueError:
            self.fault(at, f'“{short(answer)}” is no {kind}; write it like "{_EXAMPLES[kind]}"')
            return None
        if dots and kind != "time" and number_of(ends[0]) > number_of(ends[1]):
            self.fault(at, f"“{short(answer)}” ends before it begins; write the smaller one first")
        return Key(ends[0], points, off, ends[1] if dots else "")

    def partial(self, tables: Any, kind: Any, points: Fraction, keys: list[Key]) -> list[Key]:
        """Partly right answers: ``{ key = "…", points = … }``, or ``{ within = …, points = … }`` of the keys."""
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self.fault("partial", 'partial is a list, such as [{ key = "41", points = 1 }]')
            return []
        found: list[Key] = []
        for table in tables:
            self.known(table, _PARTIAL_KEYS, "partial")
            worth = self.number(table, "points", Fraction(0), "partial")
            within = self.number(table, "within", Fraction(0), "partial")
            if not 0 < worth < points:
                self.fault("partial", f"partial points lie between 0 and {shown_points(points)}")
            if ("key" in table) == ("within" in table):
                self.fault("partial", "each partial answer has either a key or a within")
            elif "key" in table:
                key = self.key(table["key"], kind, worth, (Fraction(0), False), "partial")
                found += [key] if key else []
            else:
                found += [Key(key.answer, worth, within, key.upto) for key in keys]
        return found


def _absolute(tolerance: Tolerance, kind: str, ends: Sequence[str]) -> Fraction:
    """A tolerance in the unit of the answers; raises ValueError for a share of what is no number."""
    value, relative = tolerance
    if not relative:
        return value
    if kind == "time":
        raise ValueError
    return value * max(abs(number_of(end)) for end in ends)


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
