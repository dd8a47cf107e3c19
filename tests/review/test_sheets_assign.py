"""Pages that could not be told are given to copies and students by hand, kept at once, taken back at will."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from inkread.errors import SheetError
from inkread.reader import Reader
from inkread.sheets.exam.answers import worth
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.marks.gathering import Assigned, name_of
from inkread.sheets.marks.marking_state import State, compute_state
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import version_of
from inkread.sheets.results.gradebook import page_table
from inkread.sheets.scans.pagereading import NOT_FLAT
from inkread.sheets.scans.register import find_codes
from inkread.sheets.scans.scanning import scan
from made_browser import browser, opened, violations, why_no_browser
from made_exams import MadeExam, copied, make_exam, reviewing

pytest.importorskip("fastapi", reason='needs the extra [web]: pip install -e ".[web]"')

from inkread.apps.review.session import ReviewSession

HIDDEN, CUT, DRAWN = "1.jpg", "2.jpg", "3.jpg"
"""A page whose code is covered; one without its corners; one on which somebody drew a corner mark."""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> MadeExam:
    made = make_exam(tmp_path_factory.mktemp("assign"), 3, seed=3)
    hidden, cut, drawn = (picture.copy() for picture in made.pictures)
    for code in find_codes(hidden):
        cv2.fillPoly(hidden, [np.rint(code.corners).astype(np.int32)], (250, 250, 250))
    height, width = cut.shape[:2]
    cut = cut[height // 5 : -height // 5, width // 6 : -width // 6]
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    mark = cv2.copyMakeBorder(
        cv2.aruco.generateImageMarker(dictionary, 2, 80), 14, 14, 14, 14, cv2.BORDER_CONSTANT, value=255
    )
    middle = height // 2
    drawn[middle : middle + len(mark), 700 : 700 + len(mark)] = mark[..., None]
    for name, picture in ((HIDDEN, hidden), (CUT, cut), (DRAWN, drawn)):
        Image.fromarray(picture).save(made.path.parent / "scans" / name, quality=92)
    with Store(made.path) as store:
        scan(made.design, store, made.path.parent / "scans", Reader())
    return made


@pytest.fixture
def exam(scanned: MadeExam, tmp_path: Path) -> MadeExam:
    """A copy of the scanned exam, on which nothing was decided."""
    return copied(scanned, tmp_path / "exam")


@contextmanager
def laid_out(exam: MadeExam) -> Iterator[tuple[ReviewSession, Store, dict[str, PageRow]]]:
    """A review session of the exam, its store, and its pages by their files."""
    with Store(exam.path) as store:
        state = compute_state(exam.design, store, 0.0)
        yield ReviewSession(state, store, "me", 0.0), store, {page.source: page for page in state.pages}


def state_of(exam: MadeExam, store: Store) -> State:
    return compute_state(exam.design, store, 0.0)


def right_marks(exam: MadeExam, state: State, sheet_name: str, sitting: int) -> int:
    """How many answers of a sheet are marked as this sitting deserves."""
    sheet = next(one for one in state.sheets if one.name == sheet_name)
    answers = exam.sittings[sitting].answers
    return sum(
        one.mark.points == worth(one.question, answers[name])
        for name, one in sheet.marks.items()
        if one.page and one.accepted
    )


def test_pages_that_cannot_be_told_are_listed_first(exam: MadeExam) -> None:
    with laid_out(exam) as (session, _, pages):
        items = session.overview()["items"]
    assert {name: page.status for name, page in pages.items()} == {
        HIDDEN: "failed",
        CUT: "failed",
        DRAWN: "doubtful",
    }
    assert [item["kind"] for item in items[:3]] == ["page"] * 3
    assert {item["source"]: item["guess"] for item in items[:3]} == {HIDDEN: "", CUT: "", DRAWN: "copy 3"}


def test_a_page_without_its_code_is_read_once_it_is_said_whose_it_is(exam: MadeExam) -> None:
    with laid_out(exam) as (session, store, pages):
        page = pages[HIDDEN]
        assert session.settle_page(page.id, 1, 1, None) == {"answer": "page 1 of copy 1", "notice": ""}
        state = state_of(exam, store)
        assert right_marks(exam, state, "c1", 0) >= 3
        (sheet,) = (one for one in state.sheets if one.name == "c1")
        assert (sheet.student, sheet.sure) == (exam.sittings[0].student, True)
        assert page_table(state.pages, (), state.assigned)[1][-1] == "page 1 of copy 1"
        assert session.undo() == {
            "sheet": name_of(page),
            "question": -2,
            "after": Assigned(1, 1, layout=version_of(lay_out(exam.design)).hex()).to_text(),
        }
        assert "c1" not in {one.name for one in state_of(exam, store).sheets}
        assert page.source in {one.source for one in state_of(exam, store).open_pages}


def test_a_page_is_given_to_a_student(exam: MadeExam) -> None:
    student = exam.sittings[0].student
    with laid_out(exam) as (session, store, pages):
        page = pages[HIDDEN]
        session.settle_page(page.id, 1, 0, student.number)
        state = state_of(exam, store)
        (sheet,) = (one for one in state.sheets if one.name == f"p{page.id}")
        assert (sheet.student, sheet.sure) == (student, True)
        assert right_marks(exam, state, sheet.name, 0) >= 3
        with pytest.raises(SheetError, match="is there already"):
            session.settle_page(pages[DRAWN].id, 1, 0, student.number)


def test_of_a_page_that_does_not_lie_flat_the_answers_are_typed(exam: MadeExam) -> None:
    with laid_out(exam) as (session, store, pages):
        session.settle_page(pages[CUT].id, 1, 2, None)
        state = state_of(exam, store)
        (sheet,) = (one for one in state.sheets if one.name == "c2")
        assert {(one.accepted, one.remark) for one in sheet.marks.values()} == {(False, NOT_FLAT)}
        whole = session.page_picture(pages[CUT].id)
        assert whole
        assert session.crop("c2", 0, 0) == whole
        session.settle("c2", 0, "144")
        settled = next(one for one in state_of(exam, store).sheets if one.name == "c2").marks["1"]
        assert (settled.accepted, settled.mark.points) == (True, 1)
        session.settle("c2", -1, exam.students[0].number)
        said = session.settle_page(pages[CUT].id, 1, 1, None)
        assert said["notice"] == (f"1 decided answer of {CUT} kept; the decided student dropped")
        moved = next(one for one in state_of(exam, store).sheets if one.name == "c1")
        assert (moved.marks["1"].settled, moved.sure) == (True, False)
        assert session.undo()
        assert next(one for one in state_of(exam, store).sheets if one.name == "c2").settled


def test_a_doubtful_page_is_confirmed(exam: MadeExam) -> None:
    with laid_out(exam) as (session, store, pages):
        (sheet,) = (one for one in state_of(exam, store).sheets if one.name == "c3")
        assert not any(one.accepted for one in sheet.marks.values())
        session.settle_page(pages[DRAWN].id, 1, 3, None)
        state = state_of(exam, store)
        assert right_marks(exam, state, "c3", 2) >= 3
        assert DRAWN not in {page.source for page in state.open_pages}


def test_what_is_no_page_of_the_exam_is_left_out(exam: MadeExam) -> None:
    with laid_out(exam) as (session, store, pages):
        for page in pages.values():
            assert session.settle_page(page.id, 0, 0, None)["answer"] == "no page of this exam"
        state = state_of(exam, store)
    assert (state.sheets, state.open_pages, state.to_review) == ((), [], "")
    assert {row[-1] for row in page_table(state.pages, (), state.assigned)[1:]} == {"no page of this exam"}


@pytest.mark.parametrize(
    ("number", "copy", "student", "said"),
    [
        (2, 1, None, "there is no page 2"),
        (1, 99, None, "never printed"),
        (1, 0, "99999", "not on the class list"),
        (1, 0, "../..", "not on the class list"),
        (1, 0, None, "not on the class list"),
        (1, 3, None, "page 1 of copy 3 is there already"),
    ],
)
def test_what_cannot_be_is_refused(
    exam: MadeExam, number: int, copy: int, student: str | None, said: str
) -> None:
    with laid_out(exam) as (session, store, pages):
        with pytest.raises(SheetError, match=said):
            session.settle_page(pages[HIDDEN].id, number, copy, student)
        assert store.decisions() == []


def test_a_page_without_a_picture_can_only_be_left_out(exam: MadeExam) -> None:
    with laid_out(exam) as (session, store, pages):
        store._db.execute("UPDATE pages SET picture = '' WHERE id = ?", (pages[HIDDEN].id,))
        session.overview()
        assert session.page_picture(pages[HIDDEN].id) is None
        with pytest.raises(SheetError, match="scan it again"):
            session.settle_page(pages[HIDDEN].id, 1, 1, None)
        session.settle_page(pages[HIDDEN].id, 0, 0, None)


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
def test_pages_are_given_by_keyboard(exam: MadeExam) -> None:
    from playwright.sync_api import expect

    student = exam.sittings[1].student
    with reviewing(exam) as (address, _), browser() as started, opened(started, address) as page:
        page.wait_for_selector("#crops .page img")
        assert violations(page) == []
        by_file: dict[str, Any] = {}
        asked: dict[str, str] = {}
        for _ in range(3):
            source = page.locator("#where").inner_text().partition(" ")[0]
            asked[source] = page.locator("#text").inner_text()
            by_file[source] = page.locator("#entry").input_value()
            keys = {HIDDEN: "copy 1", CUT: student.name[:5], DRAWN: None}[source]
            if keys:
                page.keyboard.type(keys)
            page.keyboard.press("Enter")
            expect(page.locator("#where")).not_to_contain_text(source)
        page.keyboard.press("Control+z")
        expect(page.locator("#text")).to_have_text(asked[source])
    assert asked == {
        HIDDEN: "Which page is it?",
        CUT: "Which page is it?",
        DRAWN: "Is it page 1 of copy 3?",
    }
    assert by_file == {HIDDEN: "", CUT: "", DRAWN: "copy 3"}
    with Store(exam.path) as store:
        said = compute_state(exam.design, store).assigned
    assert len(said) == 2
    assert {one.copy or one.number for one in said.values()} < {1, 3, student.number}
