"""What is to be looked at, and what somebody decides: an exam's store, one decision at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from inkread.apps.review.assigning import WHICH_PAGE, Assigning, crop_rows, listed_number
from inkread.errors import SheetError
from inkread.sheets.exam.answers import canonical, worth
from inkread.sheets.exam.design import Question, Student, shown_points
from inkread.sheets.exam_store import Decision, PageRow, Store
from inkread.sheets.marks.gathering import KIND, name_of
from inkread.sheets.marks.marking import Marked, Sheet, symbols_of
from inkread.sheets.marks.marking_state import State, compute_state
from inkread.sheets.marks.posterior import answers_of

_LONGEST = 200


@dataclass(frozen=True)
class ByHand:
    """``points`` as they were typed ("": those that the answer brings by the key), and the ``comment``."""

    points: str = ""
    comment: str = ""

    def checked(self, question: Question) -> tuple[str | None, str]:
        """Both as they are kept (None: no points by hand); raises ``SheetError`` for what are no points."""
        comment = "".join(letter if letter.isprintable() else " " for letter in self.comment).strip()[
            :_LONGEST
        ]
        typed = self.points.strip().replace(",", ".")
        if not typed:
            return None, comment
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", typed):
            raise SheetError(f"“{typed[:20]}” are no points; type a number such as 1.5")
        points = Fraction(typed)
        if points > question.points:
            most = shown_points(question.points)
            raise SheetError(
                f"{typed} points are more than the {most} of question {question.name}; type fewer"
            )
        return str(points), comment


NOTHING_BY_HAND = ByHand()


_RUNNERS_UP = 4


class ReviewSession:
    """One exam under review. Safe to share between threads: decisions are made one after the other.

    ``who`` decides where a decision names nobody; "": each one must. What is decided names the version that was looked
    at (``seen``; None: any), and is refused with ``ChangedMeanwhile`` where somebody else changed it since. Where it is
    ``anonymous``, nothing is shown that says whose a sheet is.
    """

    def __init__(
        self, state: State, store: Store, who: str, confidence: float, *, anonymous: bool = False
    ) -> None:
        self._state, self._store, self._who, self._confidence = state, store, who, confidence
        self._revision = (-1, -1)
        self._anonymous = anonymous
        self._design = state.design
        self._lock = threading.Lock()
        self._crops: dict[tuple[str, int], list[bytes]] = {}
        self._assigning = Assigning(state.design, store)

    def overview(self, everything: bool = False) -> dict[str, Any]:
        """What is to be settled, least sure first; with ``everything`` also what is accepted."""
        with self._lock:
            if self._revision != self._store.revision:  # a colleague's window has decided something
                self._refresh()
            state, hidden = self._state, self._anonymous
            items = self._sheets_and_answers(everything)
            if hidden:  # pages and sheets that are nobody's are left to others
                items = [one | {"student": ""} for one in items if one["kind"] == "answer"]
            else:
                items = [*self._pages(everything), *items]
            students, copies = ((), {}) if hidden else (state.students, self._store.copies())
            return {
                "who": self._who,
                "title": self._design.title,
                "file": self._design.path.name,
                "others": len(state.unknown) + len(state.open_pages) if hidden else 0,
                "anonymous": hidden,
                "settled": len(self._store.decisions()),
                "marks": len(state.marked),
                "items": self._with_versions(items),
                "students": [{"number": one.number, "name": one.name} for one in students],
                "copies": [self._copy(*copy) for copy in copies.items()],
                "pages": self._assigning.page_count,
                "missing": [] if hidden else state.missing,
            }

    def _refresh(self) -> None:
        """Works out all marks anew from what is kept now."""
        self._revision = self._store.revision
        self._state = compute_state(self._design, self._store, self._confidence)

    def _check_named(self) -> None:
        """Raises ``SheetError`` for what would say whose a sheet is."""
        if self._anonymous:
            raise SheetError("this review is anonymous; start it without --anonymous to see whose sheets are")

    def _pages(self, everything: bool) -> list[dict[str, Any]]:
        state = self._state
        pages = state.open_pages
        if everything:
            pages = [page for page in state.pages if page.status != "read" or page.id in state.rivals]
        return [self._assigning.item(page, state) for page in pages]

    def _sheets_and_answers(self, everything: bool) -> list[dict[str, Any]]:
        sheets = [sheet for sheet in self._state.sheets if everything or not sheet.sure]
        pairs = [
            (sheet, one)
            for sheet in self._state.sheets
            for one in sheet.marks.values()
            if one.page and (everything or not one.accepted)
        ]
        pairs.sort(key=lambda pair: (pair[1].accepted, pair[1].mark.confidence, pair[0].name))
        return [self._whose(one) for one in sheets] + [self._answer(*pair) for pair in pairs]

    def _with_versions(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The items, each with the version of what was decided about it (``Store.versions``; 0: nothing)."""
        versions = self._store.versions()
        for item in items:
            question = item["name"] if item["kind"] == "answer" else ""
            item["seen"] = versions.get((item["kind"], item["id"], question), 0)
        return items

    def _copy(self, copy: int, printed: str | None) -> dict[str, Any]:
        """A printed copy, and whose it is: as decided or read, otherwise whose name was printed on it."""
        sheet = next((one for one in self._state.sheets if one.name == f"c{copy}"), None)
        named = next((one for one in self._state.students if one.number == printed), None)
        return {"copy": copy, "student": _shown(sheet.student if sheet else named)}

    def _answer(self, sheet: Sheet, marked: Marked) -> dict[str, Any]:
        question, mark = marked.question, marked.mark
        assert marked.page is not None
        read = answers_of(question.boxes, symbols_of(marked.page, f"{question.name}/{mark.row}"))
        likely = [
            {"answer": answer, "share": round(share, 4), "points": shown_points(worth(question, answer))}
            for answer, share in read.likely[:_RUNNERS_UP]
            if share > 0.001
        ]
        digits = sum(box.slot == "digit" for box in question.boxes)
        return {
            "kind": "answer",
            "id": marked.page.id,
            "sheet": sheet.name,
            "question": [one.name for one in self._design.questions].index(question.name),
            "name": question.name,
            "text": question.text,
            "type": question.kind,
            "key": ", ".join(
                dict.fromkeys(key.shown for key in question.keys if key.points == question.points)
            ),
            "of": shown_points(question.points),
            "student": _shown(sheet.student),
            "guess": mark.answer,
            "row": mark.row,
            "points": shown_points(mark.points),
            "confidence": round(mark.confidence, 4),
            "remark": "" if marked.remark == "not sure" else marked.remark,
            "settled": marked.settled,
            "by_hand": marked.by_hand,
            "comment": marked.comment,
            "likely": likely,
            "one": digits == 1 and len(question.boxes) == 1,
        }

    def _whose(self, sheet: Sheet) -> dict[str, Any]:
        match = sheet.match
        candidates = [number for number in (match.number, match.runner_up) if number] if match else []
        return {
            "kind": "student",
            "id": _first(sheet).id,
            "sheet": sheet.name,
            "question": -1,
            "student": _shown(sheet.student),
            "guess": sheet.student.number if sheet.student else None,
            "candidates": list(dict.fromkeys(candidates)),
            "remark": sheet.remark,
            "confidence": 0.0 if not sheet.sure else 1.0,
            "settled": sheet.settled,
        }

    def crop(self, sheet_name: str, question: int, row: int) -> bytes | None:
        """The picture of a row: of an answer's first (0) or second (1), or (question -1) of the student's number."""
        if question == -1:
            self._check_named()
        with self._lock:
            if (sheet_name, question) not in self._crops:
                self._crops[sheet_name, question] = self._cut(sheet_name, question)
                while len(self._crops) > 64:
                    del self._crops[next(iter(self._crops))]
            pictures = self._crops[sheet_name, question]
        return pictures[row] if 0 <= row < len(pictures) else None

    def _cut(self, sheet_name: str, question: int) -> list[bytes]:
        sheet = self._sheet(sheet_name)
        if question == -1:
            first = _first(sheet)
            rows = crop_rows(self._store.folder, first, ("number/0", "student/0"))
            whole = None if rows else self._assigning.picture(first)
            return [whole] if whole else rows
        if not 0 <= question < len(self._design.questions):
            return []
        name = self._design.questions[question].name
        page = sheet.marks[name].page
        return crop_rows(self._store.folder, page, (f"{name}/0", f"{name}/1")) if page else []

    def _named(self, who: str) -> str:
        """The name or initials under which a decision is kept; raises ``SheetError`` where there are none."""
        given = "".join(letter for letter in who if letter.isprintable()).strip()[:20] or self._who
        if not given:
            raise SheetError("nobody is named who decides; type your initials at the top of the page")
        return given

    def settle(
        self,
        sheet_name: str,
        question: int,
        answer: str | None,
        seen: int | None = None,
        who: str = "",
        by_hand: ByHand = NOTHING_BY_HAND,
    ) -> dict[str, Any]:
        """Keeps a decision: an answer ("" for none), or with question -1 a student's number (None: nobody's).

        It is on the disk when this returns. Raises ``SheetError`` for what cannot be decided.
        """
        who = self._named(who)
        if question == -1:
            self._check_named()
            with self._lock:
                return self._settle_student(self._sheet(sheet_name), answer, seen, who)
        return self.settle_alike([(sheet_name, seen)], question, answer, who, by_hand)

    def settle_alike(
        self,
        sheets: Sequence[tuple[str, int | None]],
        question: int,
        answer: str | None,
        who: str = "",
        by_hand: ByHand = NOTHING_BY_HAND,
    ) -> dict[str, Any]:
        """Keeps the same answer for several sheets, each with the version that was ``seen``: for all, or for none.

        They are on the disk when this returns, and are taken back together. Raises ``SheetError`` for what cannot be.
        """
        who = self._named(who)
        with self._lock:
            if not sheets or not 0 <= question < len(self._design.questions) or answer is None:
                raise SheetError("there is no such question; reload the page")
            one = self._design.questions[question]
            try:
                after = canonical(one.kind, answer) if answer.strip() else ""
            except ValueError:
                raise SheetError(f"“{answer[:40]}” is no {one.kind}; type it as it should be read") from None
            points, comment = by_hand.checked(one)
            decisions = [
                (self._decision(name, one, who, after, points, comment), seen) for name, seen in sheets
            ]
            self._store.decide_all(who, decisions)
            worth_it = Fraction(points) if points is not None else worth(one, after) if after else Fraction(0)
            return {"answer": after, "points": shown_points(worth_it), "of": shown_points(one.points)}

    def _decision(
        self, sheet_name: str, question: Question, who: str, after: str, points: str | None, comment: str
    ) -> Decision:
        marked = self._sheet(sheet_name).marks[question.name]
        if marked.page is None:
            raise SheetError(f"{sheet_name}: the page of question {question.name} was not scanned; scan it")
        before = marked.mark.answer
        return Decision(0, "", who, "answer", marked.page.id, question.name, before, after, points, comment)

    def _settle_student(self, sheet: Sheet, number: str | None, seen: int | None, who: str) -> dict[str, Any]:
        students: Sequence[Student] = self._state.students
        if number is not None:
            number = listed_number(number, self._design, students)
        before = sheet.student.number if sheet.student else None
        self._store.decide(who, "student", _first(sheet).id, "", before, number, seen)
        return {"answer": number}

    def page_picture(self, page_id: int) -> bytes | None:
        """The whole picture of a page as a JPEG; None where there is none."""
        self._check_named()
        with self._lock:
            return self._assigning.picture(self._page(page_id))

    def settle_page(
        self,
        page_id: int,
        number: int,
        copy: int,
        student: str | None,
        seen: int | None = None,
        who: str = "",
    ) -> dict[str, Any]:
        """Says that a page is page ``number`` (0: none of this exam's) of a ``copy`` (0: of a ``student``).

        It is on the disk when this returns. Raises ``SheetError`` for what cannot be.
        """
        who = self._named(who)
        with self._lock:
            page = self._page(page_id)
            # As it is now: two pages must not become the same one.
            self._refresh()
            said = self._state.assigned.get(page.id)
            wanted = self._assigning.settle(page, self._state, number, copy, student)
            before = self._decided_on(page)
            text = said.to_text() if said else None
            self._store.decide(who, KIND, page.id, "", text, wanted.to_text(), seen)
            self._refresh()
            self._crops.clear()
            return {"answer": str(wanted), "notice": _went_along(page, before, self._decided_on(page))}

    def _decided_on(self, page: PageRow) -> tuple[int, bool]:
        """How many answers of this page are decided, and whether it is decided whose its sheet is."""
        sheet = self._state.sheet_with(page.id)
        if sheet is None:
            return 0, False
        marks = sheet.marks.values()
        return sum(one.settled for one in marks if one.page and one.page.id == page.id), sheet.settled

    def _page(self, page_id: int) -> PageRow:
        for page in self._state.pages:
            if page.id == page_id:
                return page
        raise SheetError("there is no such page; reload the page")

    def undo(self, who: str = "") -> dict[str, Any] | None:
        """Takes the last decision of ``who`` back; None if there is none."""
        who = self._named(who)
        with self._lock:
            taken = self._store.undo(who)
            if taken is None:
                return None
            self._crops.clear()
            self._refresh()
            if taken.kind == KIND:
                page = self._page(taken.page)
                self._assigning.read_again(page, self._state)
                return {"sheet": name_of(page), "question": WHICH_PAGE, "after": taken.after}
            names = [question.name for question in self._design.questions]
            question = names.index(taken.question) if taken.question in names else -1
            return {"sheet": self._sheet_of(taken.page), "question": question, "after": taken.after}

    def _sheet_of(self, page_id: int) -> str:
        """The name of the sheet to which a page belongs, or on which a duplicate of it counts."""
        counts = next((first.id for again, first in self._state.duplicates if again.id == page_id), page_id)
        sheet = self._state.sheet_with(counts)
        return sheet.name if sheet else ""

    def _sheet(self, name: str) -> Sheet:
        for sheet in self._state.sheets:
            if sheet.name == name:
                return sheet
        raise SheetError("there is no such sheet any more; reload the page")


def _went_along(page: PageRow, before: tuple[int, bool], after: tuple[int, bool]) -> str:
    """What became of earlier decisions when a page was given to somebody, in words; "" if there were none."""
    says = []
    if after[0]:
        says.append(f"{_answers(after[0])} of {page.source} kept")
    if before[0] > after[0]:
        says.append(f"{_answers(before[0] - after[0])} of {page.source} dropped")
    if before[1] and not after[1]:
        says.append("the decided student dropped")
    return "; ".join(says)


def _answers(count: int) -> str:
    return f"{count} decided answer{'s' if count > 1 else ''}"


def _first(sheet: Sheet) -> PageRow:
    """The page to which a decision about a whole sheet belongs."""
    return next(iter(sheet.pages.values()))


def _shown(student: Student | None) -> str:
    return f"{student.name} ({student.number})".strip() if student else ""
