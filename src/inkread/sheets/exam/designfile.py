"""An exam's TOML file -> its Design, or every mistake in it with its line."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from inkread.errors import SheetError
from inkread.sheets.exam.design import PAPERS, Design, Grade, Template
from inkread.sheets.exam.questionfile import QuestionChecking
from inkread.sheets.exam.tomlchecking import Fault, find_lines, short
from inkread.sheets.paper.pen import LANGUAGES
from inkread.sheets.template.blanks import page_sizes

_EXAM_KEYS = ("title", "note", "paper", "student_number", "check_digit", "class_list", "question")
_WORKSHEET_KEYS = (*_EXAM_KEYS, "grades", "language", "template", "number", "name")
_GRADE_KEYS = ("grade", "points", "percent")
_MOST_BYTES = 1_000_000
_LONGEST_TITLE = 64


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


class _Checking(QuestionChecking):
    """Looks through a whole file."""

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
            self.grades(table.get("grades", [])), self.language(table),
        )  # fmt: skip

    def language(self, table: dict[str, Any]) -> str:
        """The language of what is printed beside the questions."""
        language = self.string(table, "language", "en")
        if language not in LANGUAGES:
            self.fault("language", f"language is one of {', '.join(LANGUAGES)}, not “{short(language)}”")
            return "en"
        return language

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
