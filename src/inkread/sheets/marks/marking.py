"""Pages and decisions -> sheets with students and marks. Nothing here is kept: it is worked out anew each time.

So a changed key, a changed number of points or a decision taken back needs no new scan.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from inkread.expectations.checkdigits import has_check_digit
from inkread.sheets.exam.answers import canonical, worth
from inkread.sheets.exam.design import Design, Question, Student, shown_points
from inkread.sheets.exam_store import Decision, PageRow
from inkread.sheets.marks.gathering import Decided, assigned_pages, assignments, gather
from inkread.sheets.marks.match import Match, match_students, read_number
from inkread.sheets.marks.posterior import Mark, mark_of
from inkread.sheets.paper.page_geometry import Page, lay_out
from inkread.sheets.paper.printed import Layouts, as_printed
from inkread.sheets.scans.pagereading import ROWS_UNSEEN, STRAY
from inkread.sheets.scans.symbols import Symbols

DEFAULT_CONFIDENCE = 0.95
"""Marks below it go to review. Chosen on made pages so that at most one in 1,000 accepted marks is wrong.

It is compared with ``Mark.confidence``, the probability that the points of a whole answer are right, given the key.
It is not the threshold for single digits of ``inkread.confidence``, which no sheet uses.
"""


@dataclass(frozen=True)
class Marked:
    """One answer's mark. ``settled`` says that somebody decided it; ``accepted``, that it needs nobody any more."""

    question: Question
    mark: Mark
    page: PageRow | None
    settled: bool
    accepted: bool
    remark: str = ""
    by_prior: bool = False
    """Whether it is sure only with, or only without, the prior for right answers."""
    comment: str = ""
    by_hand: bool = False
    """Whether somebody set the points, whatever the answer brings by the key."""


@dataclass
class Sheet:
    """One student's sheet: ``name`` is ``c`` and the copy, or ``p`` and a page of an unnumbered copy."""

    name: str
    pages: dict[int, PageRow] = field(default_factory=dict)
    printed: tuple[Page, ...] = ()
    """The layout it was printed with."""
    student: Student | None = None
    match: Match | None = None
    sure: bool = False
    remark: str = ""
    marks: dict[str, Marked] = field(default_factory=dict)
    settled: bool = False
    """Whether somebody decided whose it is."""
    rivals: tuple[PageRow, ...] = ()
    """Other pictures of its page, whose writing differs, until somebody decides whose each is."""

    @property
    def points(self) -> Fraction:
        """The sum of its marks, as they are now."""
        return sum((marked.mark.points for marked in self.marks.values()), Fraction(0))


def symbols_of(page: PageRow, row: str) -> list[Symbols]:
    """The content of the boxes of a row, named ``question/row`` or ``number/0``."""
    return [box["symbols"] for box in page.boxes.get(row, [])]


def mark_all(
    design: Design, pages: Sequence[PageRow], copies: Mapping[int, str | None], students: Sequence[Student],
    decisions: Sequence[Decision], confidence: float = DEFAULT_CONFIDENCE,
    layouts: Layouts = MappingProxyType({}),
) -> tuple[list[Sheet], list[tuple[PageRow, PageRow]]]:  # fmt: skip
    """All sheets with their students and marks, and the pages that are duplicates, each with the one that counts.

    ``layouts`` are those that pages were printed with; other pages were printed as the design is.
    """
    found, numbers = assigned_pages(pages, decisions)
    gathered = gather(found, assignments(decisions).keys())
    said = Decided(pages, gathered.duplicates, decisions)
    current = lay_out(design)
    sheets = [
        Sheet(
            name,
            own,
            layouts.get(next(iter(own.values())).layout, current),
            rivals=gathered.rivals.get(next(iter(own.values())).id, ()),
        )
        for name, own in gathered.sheets.items()
    ]
    decided: dict[str, str | None] = {**numbers}
    for sheet in sheets:
        if one := said.student(sheet.pages.values()):
            decided[sheet.name] = one.after
            sheet.settled = True
    _assign(sheets, copies, students, decided)
    _follow(sheets, decided)
    if design.check_digit:
        _verify_numbers([sheet for sheet in sheets if sheet.name not in decided])
    for sheet in sheets:
        boxes = as_printed(sheet.printed)
        for question in design.questions:
            name = question.name
            written = replace(question, pattern=boxes[name].pattern) if name in boxes else question
            sheet.marks[name] = _marked(sheet, written, said, confidence)
    return sheets, gathered.duplicates


def _assign(
    sheets: list[Sheet],
    copies: Mapping[int, str | None],
    students: Sequence[Student],
    decided: Mapping[str, str | None],
) -> None:
    """Gives each sheet its student: decided, printed on it, or by the number that was read."""
    by_number = {student.number: student for student in students}
    open_sheets = [sheet for sheet in sheets if not _is_told(sheet, copies, by_number, decided)]
    _flag_twice(sheets)
    taken = {(sheet.student.number, page) for sheet in sheets if sheet.student for page in _kinds(sheet)}
    for kind in sorted({page for sheet in open_sheets for page in _kinds(sheet)}):
        group = [sheet for sheet in open_sheets if kind in _kinds(sheet)]
        free = {student.number for student in students if (student.number, kind) not in taken}
        _match_group(group, free, students)
    _flag_twice(sheets)


def _is_told(
    sheet: Sheet,
    copies: Mapping[int, str | None],
    by_number: Mapping[str, Student],
    decided: Mapping[str, str | None],
) -> bool:
    """Whether it was decided whose a sheet is, or is printed on it; then its student is set."""
    printed = copies.get(int(sheet.name[1:])) if sheet.name.startswith("c") else None
    number = decided.get(sheet.name, printed)
    if number is not None and (number in by_number or not by_number):
        sheet.student, sheet.sure = by_number.get(number) or Student(number, ""), True
    elif sheet.name in decided:
        sheet.sure, sheet.remark = True, "nobody's, as somebody decided"
    else:
        return False
    return True


def _follow(sheets: Sequence[Sheet], decided: Mapping[str, str | None]) -> None:
    """Proposes whose a page of a worksheet without a number is: whose the page before it in its file is."""
    places = {
        (page.sha256, page.part, number): sheet for sheet in sheets for number, page in sheet.pages.items()
    }
    loose = [sheet for sheet in sheets if not sheet.student and sheet.name not in decided]
    # A third page follows the second.
    for sheet in sorted(loose, key=lambda one: [page.part for page in one.pages.values()]):
        number, page = next(iter(sheet.pages.items()))
        before = places.get((page.sha256, page.part - 1, number - 1))
        if "number/0" not in page.boxes and before and before.student:
            sheet.student = before.student
            sheet.remark = "it has no number; the page before it in the file is this student's"


def _kinds(sheet: Sheet) -> tuple[int, ...]:
    """Among which sheets a student has only one: all numbered copies (0), or the same page of unnumbered ones."""
    return (0,) if sheet.name.startswith("c") else tuple(sheet.pages)


def _match_group(group: list[Sheet], free: Collection[str], students: Sequence[Student]) -> None:
    numbers = {sheet.name: _number_symbols(sheet) for sheet in group}
    if not students:  # no class list: what was read is what counts
        for sheet in group:
            _take_as_read(sheet, numbers[sheet.name])
        return
    complete = [sheet.name for sheet in group if all(page.status == "read" for page in sheet.pages.values())]
    owners = _by_digits(students, max(map(len, numbers.values())))
    listed = [written for written, student in owners.items() if student.number in free]
    matches = match_students(numbers, listed, complete)
    for sheet in group:
        match = matches[sheet.name]
        number, other = (owners[one].number if one else None for one in (match.number, match.runner_up))
        sheet.match = replace(match, number=number, runner_up=other)
        sheet.sure, sheet.remark = match.sure, match.remark
        if number is None and read_number(numbers[sheet.name]) in owners:
            sheet.remark = "its number is taken by another sheet"
        sheet.student = owners[match.number] if match.number is not None else None


def _by_digits(students: Sequence[Student], digits: int) -> dict[str, Student]:
    """The students by what they write into so many boxes; without those who would write the same: A-12 and B-12."""
    written = [student.written(digits) for student in students]
    counts = Counter(written)
    return {one: student for one, student in zip(written, students, strict=True) if counts[one] == 1}


def _number_symbols(sheet: Sheet) -> list[Symbols]:
    """The student's number as all pages of a sheet together show it."""
    read = [symbols_of(page, "number/0") for _, page in sorted(sheet.pages.items())]
    joined: list[Symbols] = []
    for boxes in zip(*read, strict=True):
        product = dict.fromkeys({symbol for box in boxes for symbol in box}, 1.0)
        for box in boxes:
            # A page on which the number was left out has no say.
            if box.get(" ", 0.0) < 0.5 or len(boxes) == 1:
                product = {
                    symbol: share * max(box.get(symbol, 0.0), 1e-5) for symbol, share in product.items()
                }
        total = sum(product.values()) or 1.0
        joined.append({symbol: share / total for symbol, share in product.items()})
    return joined


def _take_as_read(sheet: Sheet, symbols: Sequence[Symbols]) -> None:
    sure = math.prod(max(one.values()) for one in symbols)
    number = read_number(symbols)
    if number.isdigit():
        sheet.student, sheet.sure = Student(number, ""), sure >= 0.98
        sheet.remark = "" if sheet.sure else "its number is not sure"
    else:
        sheet.remark = "its number cannot be read"


def _verify_numbers(sheets: Sequence[Sheet]) -> None:
    """Doubts numbers whose check digit says that one of their digits is wrong."""
    for sheet in sheets:
        if sheet.student and not has_check_digit(sheet.student.number):
            sheet.sure, sheet.remark = False, "its check digit does not fit: a digit of its number is wrong"


def _flag_twice(sheets: list[Sheet]) -> None:
    for sheet in sheets:
        twins = [
            other for other in sheets
            if other is not sheet and sheet.student and other.student == sheet.student
            and (set(_kinds(sheet)) & set(_kinds(other)) or set(sheet.pages) & set(other.pages))
        ]  # fmt: skip
        if twins:
            sheet.sure, sheet.remark = False, f"{twins[0].name} is the same student's"


def _marked(sheet: Sheet, question: Question, decided: Decided, confidence: float) -> Marked:
    page = next((page for page in sheet.pages.values() if f"{question.name}/0" in page.boxes), None)
    if page is None:
        return Marked(
            question, Mark(Fraction(0), 0.0, None, 0), None, False, False, "its page was not scanned"
        )
    if one := decided.answer(page, question.name):
        return _decided_mark(question, one, page)
    mark = mark_of(question, [symbols_of(page, f"{question.name}/{row}") for row in (0, 1)])
    if question.void:
        return Marked(question, replace(mark, points=Fraction(0)), page, False, True, "it counts for nobody")
    sure = mark.confidence >= confidence
    by_prior = not sure and mark.one_way >= confidence
    doubt = _doubt(question, mark, page)
    unsure = "the ink alone does not settle it" if by_prior else "" if sure else "not sure"
    return Marked(question, mark, page, False, sure and not doubt, doubt or unsure, by_prior)


def _doubt(question: Question, mark: Mark, page: PageRow) -> str:
    """Why a mark is to be reviewed, however sure it is; "" if nothing speaks for that."""
    if page.status != "read" and page.reason != ROWS_UNSEEN:
        return page.reason
    if any(one["row"] in (None, mark.row) for one in page.boxes.get(f"{question.name}/{STRAY}", [])):
        if question.place:
            return "something in its rectangle, or beside it, is not read"
        return "something is written outside its boxes, or strikes them through"
    ticks = len(mark.answer or "")
    if question.kind == "choice" and ticks > max((len(key.answer) for key in question.keys), default=0):
        return "more boxes are ticked than any key has: one may have been struck"
    return _manual_fault(question, mark)


def _manual_fault(question: Question, mark: Mark) -> str:
    """The fault in points written on the sheet; "" for other questions."""
    if question.kind != "manual":
        return ""
    if not mark.answer:
        return "no points are written"
    most = shown_points(question.points)
    return "" if Fraction(mark.answer) <= question.points else f"more points are written than its {most}"


def _decided_mark(question: Question, one: Decision, page: PageRow) -> Marked:
    text, by_hand = one.after or "", one.points is not None and not question.void
    points = Fraction(one.points) if by_hand and one.points else _worth(question, text)
    return Marked(
        question, Mark(points, 1.0, text, 0), page, True, True, comment=one.comment, by_hand=by_hand
    )


def _worth(question: Question, answer: str) -> Fraction:
    try:
        return worth(question, canonical(question.kind, answer)) if answer else Fraction(0)
    except ValueError:
        return Fraction(0)
