"""Sheets -> each student's work: all sheets of one student together, and which of the exam's pages are missing.

This module does not know how marks came about, nor how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from inkread.sheets.exam.design import Student
from inkread.sheets.marks.marking import Marked, Sheet

__all__ = ["Work", "complete_works", "missing_pages", "works"]


@dataclass(frozen=True)
class Work:
    """All that was scanned of one student, or (``student`` None) one sheet that is nobody's.

    ``marks`` has the scanned answers only; ``missing`` are the numbers of the pages of which no picture is there.
    """

    student: Student | None
    sheets: tuple[Sheet, ...]
    marks: Mapping[str, Marked]
    missing: tuple[int, ...]

    @property
    def points(self) -> Fraction:
        """The sum of the marks, as they are now."""
        return sum((one.mark.points for one in self.marks.values()), Fraction(0))

    @property
    def name(self) -> str:
        """Whose it is: number and name, or the name of the sheet."""
        if self.student:
            return f"{self.student.number} {self.student.name}".strip()
        return f"sheet {self.sheets[0].name}"

    @property
    def lacks(self) -> str:
        """Which pages are missing, in words; "" for none."""
        if not self.sheets:
            return "no sheet"
        numbers = ", ".join(map(str, self.missing))
        return f"page{'s' if len(self.missing) > 1 else ''} {numbers} missing" if self.missing else ""


def works(sheets: Sequence[Sheet], students: Sequence[Student]) -> list[Work]:
    """The work of each of the ``students``, in their order, then sheets that are nobody's.

    Without a class list, the students are those of the sheets, by number.
    """
    own: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.student:
            own.setdefault(sheet.student.number, []).append(sheet)
    found = {sheet.student for sheet in sheets if sheet.student}
    listed = students or sorted(found, key=lambda student: student.number)
    made = [_work(student, own.get(student.number, [])) for student in listed]
    return made + [_work(None, [sheet]) for sheet in sheets if not sheet.student]


def _work(student: Student | None, sheets: Sequence[Sheet]) -> Work:
    marks: dict[str, Marked] = {}
    for sheet in sheets:
        for name, one in sheet.marks.items():
            if one.page is not None:
                marks.setdefault(name, one)
    scanned = {number for sheet in sheets for number in sheet.pages}
    pages = max((len(sheet.printed) for sheet in sheets), default=0)
    missing = tuple(number for number in range(1, pages + 1) if number not in scanned)
    return Work(student, tuple(sheets), marks, missing)


def complete_works(sheets: Sequence[Sheet]) -> tuple[list[Work], int]:
    """The work of which all pages are there, and how many others there are."""
    scanned = works(sheets, ())
    whole = [work for work in scanned if not work.missing]
    return whole, len(scanned) - len(whole)


def missing_pages(sheets: Sequence[Sheet], students: Sequence[Student]) -> list[str]:
    """A line for each student, and each numbered copy that is nobody's, of which pages are missing."""
    return [
        f"{work.name}: {work.lacks}"
        for work in works(sheets, students)
        # A loose page that is nobody's is to be reviewed; the pages missing beside it are nobody's, too.
        if work.lacks and (work.student or work.sheets[0].name.startswith("c"))
    ]
