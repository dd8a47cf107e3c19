"""The state of an exam: each student's work, what is left to review, and whose mark moved since last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from inkread.sheets.exam.design import Design, Student, shown_points
from inkread.sheets.exam.roster import load_roster
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.marks.gathering import Assigned, assignments
from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE, Marked, Sheet, mark_all
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import check_fits, known_layouts, to_text, version_of


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


@dataclass(frozen=True)
class Moved:
    """A mark that is not what it was when marks were last worked out."""

    sheet: Sheet
    question: str
    before: str
    now: str

    def __str__(self) -> str:
        who = (
            f"{self.sheet.student.number} {self.sheet.student.name}".strip()
            if self.sheet.student
            else self.sheet.name
        )
        return f"{who}: question {self.question}: {self.before} → {self.now} points"


@dataclass(frozen=True)
class State:
    """An exam as it stands."""

    design: Design
    students: tuple[Student, ...]
    pages: tuple[PageRow, ...]
    sheets: tuple[Sheet, ...]
    duplicates: tuple[tuple[PageRow, PageRow], ...]
    assigned: Mapping[int, Assigned]
    """The decisions of people on pages, by page id; ``pages`` are in the state after scanning."""

    def sheet_with(self, page_id: int) -> Sheet | None:
        """The sheet that has a page."""
        return next((one for one in self.sheets if page_id in [page.id for page in one.pages.values()]), None)

    @property
    def open_pages(self) -> list[PageRow]:
        """Doubtful, failed and rival pages of which nobody has said yet what they are; no duplicates."""
        again, rivals = {page.id for page, _ in self.duplicates}, self.rivals
        return [
            page
            for page in self.pages
            if (page.status != "read" or page.id in rivals)
            and page.id not in again
            and page.id not in self.assigned
        ]

    @property
    def rivals(self) -> dict[int, Sheet]:
        """By the id of their page, sheets of which there is another picture with different writing."""
        return {page.id: sheet for sheet in self.sheets if sheet.rivals for page in sheet.pages.values()}

    @property
    def to_review(self) -> str:
        """How much somebody has to look at, such as ``3 answers, 1 sheet``; "" for nothing."""
        counts = (len(self.waiting), "answer"), (len(self.unknown), "sheet"), (len(self.open_pages), "page")
        return ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count)

    @property
    def waiting(self) -> list[tuple[Sheet, Marked]]:
        """Marks that somebody has to look at, least sure first."""
        found = [
            (sheet, one)
            for sheet in self.sheets
            for one in sheet.marks.values()
            if one.page and not one.accepted
        ]
        return sorted(found, key=lambda pair: (pair[1].mark.confidence, pair[0].name, pair[1].question.name))

    @property
    def by_prior(self) -> int:
        """How many marks the prior for right answers decides: all of them are to be reviewed."""
        return sum(one.by_prior for one in self.marked)

    @property
    def unknown(self) -> list[Sheet]:
        """Sheets of which it is not sure whose they are."""
        return [sheet for sheet in self.sheets if not sheet.sure]

    @property
    def missing(self) -> list[str]:
        """A line for each student of whom pages are missing, and which."""
        return missing_pages(self.sheets, self.students)

    @property
    def marked(self) -> list[Marked]:
        """All marks of scanned answers."""
        return [one for sheet in self.sheets for one in sheet.marks.values() if one.page]


def students_of(design: Design) -> tuple[Student, ...]:
    """The class list, or nobody where the design names none; raises ``SheetError``."""
    if not design.class_list:
        return ()
    digits = design.number_digits - design.check_digit
    return load_roster(design.class_list, digits, check_digit=design.check_digit)


def keep_layout(design: Design, store: Store) -> None:
    """Keeps the layout of the design, before sheets are printed with it: their pages are read and marked by it."""
    pages = lay_out(design)
    store.add_layout(version_of(pages).hex(), to_text(pages))


def compute_state(design: Design, store: Store, confidence: float = DEFAULT_CONFIDENCE) -> State:
    """Works out all sheets and marks from what is kept; raises ``SheetError`` for a design that does not fit it."""
    layouts = known_layouts(design, store.layouts())
    students, pages, decisions = students_of(design), store.pages(), store.decisions()
    said = assignments(decisions)
    used = {page.layout for page in pages} | {one.layout for one in said.values()}
    check_fits(design, [pages for version, pages in layouts.items() if version in used])
    sheets, duplicates = mark_all(design, pages, store.copies(), students, decisions, confidence, layouts)
    sheets.sort(key=lambda sheet: (sheet.student.number if sheet.student else "~", sheet.name))
    return State(design, students, tuple(pages), tuple(sheets), tuple(duplicates), said)


def keep_marks(store: Store, state: State) -> Sequence[Moved]:
    """Notes the marks as they are now; returns those that moved since they were last noted."""
    by_name = {sheet.name: sheet for sheet in state.sheets}
    now = {
        (sheet.name, name): str(one.mark.points)
        for sheet in state.sheets
        for name, one in sheet.marks.items()
        if one.page
    }
    moved = store.keep_marks(now)
    return [
        Moved(by_name[sheet], question, shown_points(Fraction(before)), shown_points(Fraction(after)))
        for (sheet, question), (before, after) in sorted(moved.items())
    ]
