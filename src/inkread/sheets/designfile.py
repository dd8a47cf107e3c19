"""An exam's TOML file -> its Design, or every mistake in it with its line.

This module does not know what is printed, and does not look into the class list (``roster`` does).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any

from inkread.errors import SheetError
from inkread.sheets.answers import canonical
from inkread.sheets.design import KINDS, PAPERS, Design, Grade, Key, Place, Question, Template, shown_points
from inkread.sheets.patterns import pattern_fault, usual_pattern
from inkread.sheets.template.blanks import page_sizes
from inkread.sheets.tomllines import Lines, find_lines

__all__ = ["Fault", "check_design", "load_design"]

_EXAM_KEYS = ("title", "note", "paper", "student_number", "check_digit", "class_list", "question")
_WORKSHEET_KEYS = (*_EXAM_KEYS, "grades", "template", "number", "name")
_GRADE_KEYS = ("grade", "points", "percent")
_QUESTION_KEYS = ("name", "text", "points", "kind", "key", "tolerance", "boxes", "partial", "reduced", "void", "page",
                  "box")  # fmt: skip
_PARTIAL_KEYS = ("key", "within", "points")
_MOST_QUESTIONS = 200
_MOST_BYTES = 1_000_000
_LONGEST_TITLE = 64
_LEAST_MM = 4.0
"""The least width and height of a rectangle on a worksheet."""


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake: the line of the TOML file, from 1, and what to do about it."""

    line: int
    message: str


def load_design(path: Path) -> Design:
    """The design in a TOML file; raises ``SheetError`` with its first mistake, and how many there are."""
    design, faults = check_design(path)
    if design is None or faults:
        more = f" ({len(faults)} mistakes; inkread sheet check lists them)" if len(faults) > 1 else ""
        raise SheetError(f"{path}, line {faults[0].line}: {faults[0].message}{more}")
    return design


def check_design(path: Path) -> tuple[Design | None, list[Fault]]:
    """The design, as far as it can be understood, and its mistakes in the order of their lines.

    Raises ``SheetError`` where there is no file to be read.
    """
    text = _read(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        last = text.count("\n") + 1
        message = re.sub(r" \(at .*\)", "", str(error))
        return None, [Fault(int(line[1]) if line else last, f"is not TOML: {message}")]
    except (ValueError, RecursionError):  # an integer of thousands of digits; brackets within brackets
        return None, [
            Fault(1, "is no exam's design: a number is too long, or brackets are nested too deeply")
        ]
    checking = _Checking(path, find_lines(text))
    design = checking.design(table)
    return design, sorted(set(checking.faults))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SheetError(f"{path}: has more than 1 MB; that is no exam's design")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SheetError(f"{path}: {reason}; make a design with: inkread sheet new {path}") from None


class _Checking:
    """One look through a design's tables; gathers the faults instead of stopping at the first."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.path, self.lines = path, lines
        self.faults: list[Fault] = []
        self._where: tuple[str, int] = ("", 0)
        self.sizes: tuple[tuple[float, float], ...] = ()
        """Of the pages of a worksheet; empty without one."""

    def fault(self, key: str, message: str) -> None:
        """Notes a mistake at the line of ``key`` in the table that is being looked at."""
        self.faults.append(Fault(self.lines.of(*self._where, key), message))

    def design(self, table: dict[str, Any]) -> Design:
        """The design of a whole file."""
        self.known(table, _WORKSHEET_KEYS)
        title = self.string(table, "title", "")
        if not title and "title" not in [key for key in table if not isinstance(table[key], str)]:
            self.fault("title", 'title is missing: what the sheet is called, such as title = "Fractions"')
        if len(title) > _LONGEST_TITLE:
            self.fault("title", f'title has more than {_LONGEST_TITLE} letters; put the rest into note = "…"')
        paper = self.string(table, "paper", "A4")
        if paper not in PAPERS:
            self.fault("paper", f"paper must be {' or '.join(PAPERS)}, not “{paper}”")
            paper = "A4"
        digits = table.get("student_number", 6)
        if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= 12:
            self.fault("student_number", "student_number is how many digits it has: 1 … 12")
            digits = 6
        check_digit = table.get("check_digit", False)
        if not isinstance(check_digit, bool):
            self.fault("check_digit", "check_digit is true or false, without quotes")
        digits += check_digit is True
        note = self.string(table, "note", "")
        template = self.template(table, paper)
        questions = self.questions(table.get("question", []))
        class_list = self.beside(table, "class_list", "class.csv")
        return Design(
            self.path, title, paper, digits, questions, class_list, note, check_digit is True, template,
            self.grades(table.get("grades", [])),
        )  # fmt: skip

    def grades(self, tables: Any) -> tuple[Grade, ...]:
        """The table of grades: each with the least points, or percent of all points, that it takes."""
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self.fault(
                "grades",
                'grades is a list, such as [{ grade = "A", percent = 90 }, { grade = "B", points = 7 }]',
            )
            return ()
        found = []
        for table in tables:
            self.known(table, _GRADE_KEYS, "grades")
            name = table.get("grade")
            named = isinstance(name, str) and 0 < len(name) <= 12 and name.isprintable()
            if not named or ("points" in table) == ("percent" in table):
                self.fault("grades", "each grade has a name of 1 … 12 letters and either points or percent")
                continue
            by = "percent" if "percent" in table else "points"
            found.append(Grade(name, self.number(table, by, Fraction(0), "grades"), by == "percent"))
        if len({grade.name for grade in found}) < len(found):
            self.fault("grades", "two grades have the same name")
        return tuple(found)

    def beside(self, table: dict[str, Any], key: str, example: str) -> Path | None:
        """A file in the folder of the design, or None where none is named."""
        named = self.string(table, key, "")
        if named and not _lies_below(named):
            self.fault(key, f'{key} lies in the folder of the design; give its name, such as "{example}"')
            return None
        return self.path.parent / named if named else None

    def template(self, table: dict[str, Any], paper: str) -> Template | None:
        """The worksheet that is filled in, if the design names one."""
        path = self.beside(table, "template", "worksheet.pdf")
        if path is None:
            for key in ("number", "name"):
                if key in table:
                    self.fault(
                        key,
                        f'[{key}] is for worksheets, which have a line such as template = "worksheet.pdf"',
                    )
            return None
        try:
            self.sizes = page_sizes(path, PAPERS[paper])
        except SheetError as error:
            self.fault("template", str(error))
            return None
        places = {key: self.place(table[key], key) if key in table else None for key in ("number", "name")}
        return Template(path, self.sizes, places["number"], places["name"])

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
        name = _short(given) if isinstance(given, int) else self.string(table, "name", str(i + 1))
        if not 1 <= len(name) <= 5:
            self.fault("name", 'a question\'s name has 1 … 5 characters, such as "3b"')
        kind = self.string(table, "kind", "integer")
        if kind not in KINDS:
            self.fault("kind", f"kind must be one of {', '.join(KINDS)}, not “{kind}”")
            return None
        points = self.number(table, "points", Fraction(1))
        tolerance = self.number(table, "tolerance", Fraction(0))
        if tolerance and kind in ("fraction", "date"):
            self.fault("tolerance", f"a {kind} has no tolerance; give several keys instead")
        reduced = table.get("reduced", False)
        if not isinstance(reduced, bool) or (reduced and kind != "fraction"):
            self.fault("reduced", 'reduced is true or false, and only for kind = "fraction"')
        if not isinstance(table.get("void", False), bool):
            self.fault("void", "void is true or false, without quotes")
        keys = self.keys(table.get("key"), kind, points, tolerance)
        keys += self.partial(table.get("partial", []), kind, points, keys)
        place = self.answer_place(table)
        pattern = self.string(table, "boxes", "") or usual_pattern(kind, [key.answer for key in keys])
        if fault := pattern_fault(pattern, kind, [key.answer for key in keys]):
            self.fault("boxes" if "boxes" in table else "key", fault)
        if place:
            pattern = f"*{pattern}" if kind == "date" else "*"
        if len(self.faults) > before:
            return None
        text = self.string(table, "text", "")
        return Question(
            name, text, kind, points, tuple(keys), pattern, bool(reduced), place, table.get("void") is True
        )

    def answer_place(self, table: dict[str, Any]) -> Place | None:
        """Where on a worksheet a question is answered."""
        if self.sizes:
            return self.place(table, "box" if "box" in table else "")
        for key in ("page", "box"):
            if key in table:
                self.fault(
                    key, f'{key} is for worksheets, which have a line such as template = "worksheet.pdf"'
                )
        return None

    def keys(self, given: Any, kind: Any, points: Fraction, tolerance: Fraction) -> list[Key]:
        """The right answers: one, or a list of several."""
        answers = given if isinstance(given, list) else [given]
        if given is None or not answers:
            self.fault("key", 'key is missing: the right answer, such as key = "42", or a list of several')
            return []
        return [key for answer in answers if (key := self.key(answer, kind, points, tolerance, "key"))]

    def key(self, answer: Any, kind: Any, points: Fraction, tolerance: Fraction, at: str) -> Key | None:
        """One answer in the notation of its kind."""
        if isinstance(answer, bool) or not isinstance(answer, str | int | float):
            answer = answer.isoformat() if hasattr(answer, "isoformat") else repr(answer)
        try:
            return Key(canonical(kind, str(answer)), points, tolerance)
        except ValueError:
            example = {"integer": "42", "decimal": "3.14", "fraction": "3/4", "time": "08:30"}
            self.fault(
                at, f'“{_short(answer)}” is no {kind}; write it like "{example.get(kind, "2026-01-31")}"'
            )
            return None

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
                key = self.key(table["key"], kind, worth, Fraction(0), "partial")
                found += [key] if key else []
            else:
                found += [Key(key.answer, worth, within) for key in keys]
        return found

    def known(self, table: dict[str, Any], names: tuple[str, ...], at: str = "") -> None:
        """Notes each key of a table that is not one of ``names``, with the name it is most like."""
        for key in table:
            if key not in names:
                self.fault(at or key, f"“{_short(key)}” is not known here{_suggestion(key, names)}")

    def string(self, table: dict[str, Any], key: str, default: str) -> str:
        """A line of text."""
        value = table.get(key, default)
        if isinstance(value, str) and value.isprintable() and len(value) <= 200:
            return value.strip()
        self.fault(key, f"{key} is text in quotes, of one line and at most 200 characters")
        return default

    def number(self, table: dict[str, Any], key: str, default: Fraction, at: str = "") -> Fraction:
        """A number from 0 to 1000."""
        value = table.get(key, default)
        if not isinstance(value, bool) and isinstance(value, int | float | Fraction) and 0 <= value <= 1000:
            return value if isinstance(value, Fraction) else Fraction(str(value))
        self.fault(at or key, f"{key} is a number from 0 to 1000, without quotes")
        return default


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _short(given: object) -> str:
    """What stands in a file, for a message of one line."""
    try:
        text = str(given)
    except ValueError:  # an integer of thousands of digits, written in another base
        text = "a number without end"
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= 40 else text[:40] + "…"


def _lies_below(place: str) -> bool:
    """Whether a path leads nowhere but below the folder that it starts from, on any system."""
    path = PureWindowsPath(place)  # takes both kinds of slashes for what they are
    return not path.anchor and ".." not in path.parts


def _suggestion(word: str, names: tuple[str, ...]) -> str:
    from rapidfuzz import fuzz, process

    best = process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=60)
    return f"; do you mean “{best[0]}”?" if best else f"; there are {', '.join(names)}"
