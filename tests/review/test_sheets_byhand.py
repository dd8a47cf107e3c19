"""Points and comments by hand, void questions, grades; like answers settled at once; an anonymous review."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from inkread.errors import SheetError
from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.exam_store import ChangedMeanwhile, Decision, Store
from inkread.sheets.marks.marking_state import compute_state, works
from inkread.sheets.results.gradebook import gradebook
from inkread.sheets.results.markedcopy import marked_copy
from inkread.sheets.results.statistics import question_statistics, statistics_table
from made_browser import browser, opened, violations, why_no_browser
from made_exams import MadeExam, made_row, reviewing

DESIGN = """\
title = "Small test"
student_number = 4
grades = [{ grade = "A", percent = 75 }, { grade = "B", points = 1 }, { grade = "C", points = 0 }]

[[question]]
key = "144"
points = 4
"""
STUDENTS = ("1138", "2049", "3050", "4061")


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """Four students of whom three wrote 145 and one wrote 144."""
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN, encoding="utf-8")
    with Store(path) as store:
        store.add_copies([None] * 4)
        for i, number in enumerate(STUDENTS, 1):
            row = made_row(i, number, " 0144" if i == 4 else " 0145", i)
            store.add_page(replace(row, layout=""), _jpeg())
    return path


def _jpeg() -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (1260, 1782), "white").save(buffer, "JPEG")
    return buffer.getvalue()


@contextmanager
def client(path: Path, confidence: float = 1.1, *, anonymous: bool = False) -> Iterator[Any]:
    pytest.importorskip("fastapi", reason='needs the extra [web]: pip install -e ".[web]"')
    from starlette.testclient import TestClient

    from inkread.apps.review.app import make_app
    from inkread.apps.review.session import ReviewSession

    with Store(path) as store:
        state = compute_state(load_design(path), store, confidence)
        app = make_app(
            ReviewSession(state, store, "me", confidence, anonymous=anonymous), "127.0.0.1", "secret"
        )
        yield TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": "Bearer secret"})


def test_points_by_hand_and_a_comment_reach_copy_and_gradebook(exam: Path) -> None:
    with client(exam) as asks:
        said = {"sheet": "c1", "question": 0, "answer": "145", "points": "2,5", "comment": "nearly = good"}
        assert asks.post("/v1/settle", json=said).json() == {"answer": "145", "points": "2.5", "of": "4"}
        item = next(
            one for one in asks.get("/v1/review?everything=true").json()["items"]
            if one["kind"] == "answer" and one["sheet"] == "c1"
        )  # fmt: skip
        assert (item["points"], item["by_hand"], item["comment"]) == ("2.5", True, "nearly = good")
        for wrong in ("4.5", "-1", "x"):
            assert asks.post("/v1/settle", json=said | {"points": wrong}).status_code == 422
        for wrong in (2, None, []):
            assert asks.post("/v1/settle", json=said | {"points": wrong}).status_code == 422
    design = load_design(exam)
    with Store(exam) as store:
        state = compute_state(design, store)
        rows = gradebook(design, state.sheets, ())
        work = works(state.sheets, ())[0]
        copy = (
            pdfium.PdfDocument(marked_copy(design, work, store.folder))[0].get_textpage().get_text_bounded()
        )
    assert rows[0][:5] == ["number", "name", "points", "of", "grade"]
    assert rows[0][-1] == "comments"
    assert rows[1][2] == 2.5
    assert rows[1][4] == "B"
    assert rows[1][-1] == "1: 2.5 points by hand, nearly = good"
    assert rows[4][2:5] == [4.0, 4.0, "A"]
    assert "nearly = good" in copy
    assert "2.5 / 4" in copy
    assert "right:" not in copy


def test_a_decision_by_hand_is_taken_back_whole(exam: Path) -> None:
    with client(exam) as asks:
        said = {"sheet": "c4", "question": 0, "answer": "144", "points": "0", "comment": "copied"}
        assert asks.post("/v1/settle", json=said).status_code == 200
        assert asks.post("/v1/undo", json={}).json()["sheet"] == "c4"
    with Store(exam) as store:
        sheet = next(one for one in compute_state(load_design(exam), store).sheets if one.name == "c4")
    assert (sheet.points, sheet.marks["1"].comment) == (4, "")


def test_like_answers_are_settled_and_taken_back_at_once(exam: Path) -> None:
    sheets = [{"sheet": f"c{i}", "seen": 0} for i in (1, 2, 3)]
    with client(exam) as asks:
        said = {"question": 0, "answer": "144", "sheets": sheets, "comment": "well seen"}
        assert asks.post("/v1/settle-alike", json=said).status_code == 200
        with Store(exam) as store:
            assert [one.points for one in compute_state(load_design(exam), store).sheets] == [4, 4, 4, 4]
        assert asks.post("/v1/settle-alike", json=said).status_code == 409  # seen before it was decided
        assert asks.post("/v1/undo", json={}).status_code == 200
        for wrong in ([], "c1", [{}], [{"sheet": "c1", "seen": "x"}]):
            assert asks.post("/v1/settle-alike", json=said | {"sheets": wrong}).status_code == 422
    with Store(exam) as store:
        assert store.decisions() == []


def test_several_decisions_are_kept_all_or_none(exam: Path) -> None:
    with Store(exam) as store:
        store.decide("ann", "answer", 2, "1", None, "7")
        both = [(Decision(0, "", "me", "answer", page, "1", None, "9"), 0) for page in (1, 2)]
        with pytest.raises(ChangedMeanwhile, match="changed by ann"):
            store.decide_all("me", both)
        assert [one.page for one in store.decisions()] == [2]


def test_an_anonymous_review_says_nobodys_name(exam: Path) -> None:
    with client(exam, anonymous=True) as asks:
        overview = asks.get("/v1/review?everything=true").json()
        assert {one["kind"] for one in overview["items"]} == {"answer"}
        assert not any(number in asks.get("/v1/review").text for number in STUDENTS)
        assert asks.get("/v1/page/1").status_code == 422
        assert asks.get("/v1/crop/c1/-1/0").status_code == 422
        assert (
            asks.post("/v1/settle", json={"sheet": "c1", "question": -1, "answer": "1138"}).status_code == 422
        )
        assert asks.post("/v1/settle", json={"sheet": "c1", "question": 0, "answer": "1"}).status_code == 200


def test_a_void_question_counts_for_nobody(exam: Path) -> None:
    text = DESIGN + '\n[[question]]\nkey = "7"\nvoid = true\npoints = 3\n'
    exam.write_text(text, encoding="utf-8")
    design = load_design(exam)
    assert design.points == 4
    with Store(exam) as store:
        page = made_row(1, "1138", " 0144")
        boxes = page.boxes | {"2/0": page.boxes["1/0"], "2/1": page.boxes["1/1"]}
        store._db.execute("DELETE FROM pages")
        store.add_page(replace(page, boxes=boxes), _jpeg())
        state = compute_state(design, store)
        rows = gradebook(design, state.sheets, ())
        copy = marked_copy(design, works(state.sheets, ())[0], store.folder)
    assert state.sheets[0].points == 4
    assert state.sheets[0].marks["2"].accepted
    assert rows[1][rows[0].index("Q2")] == "void"
    assert "does not count" in pdfium.PdfDocument(copy)[0].get_textpage().get_text_bounded()
    table = statistics_table(design, question_statistics(design, state.sheets))
    assert [row[0] for row in table[1:]] == ["1"]


def test_grades_follow_points(exam: Path) -> None:
    design = load_design(exam)
    grades = {points: design.grade_of(Fraction(points)) for points in (0, 0.5, 1, 2.99, 3, 4)}
    assert grades == {0: "C", 0.5: "C", 1: "B", 2.99: "B", 3: "A", 4: "A"}
    wrong = {
        "grades = 3": "is a list",
        'grades = [{ grade = "A" }]': "either points or percent",
        'grades = [{ grade = "A", points = 1 }, { grade = "A", points = 2 }]': "same name",
        'grades = [{ grade = "A", pionts = 1 }]': "do you mean “points”",
        'grades = [{ grade = "A", percent = "x" }]': "percent is a number",
    }
    for line, said in wrong.items():
        exam.write_text(line + "\n" + DESIGN.replace("grades", "# grades", 1), encoding="utf-8")
        assert any(said in fault.message for fault in check_design(exam)[1]), line


def test_a_store_of_the_version_before_is_taken_over(exam: Path) -> None:
    with Store(exam) as store:
        store.decide("me", "answer", 1, "1", "145", "144")
        place = store.folder / "exam.sqlite"
    database = sqlite3.connect(place)
    database.execute("ALTER TABLE decisions DROP COLUMN points")
    database.execute("ALTER TABLE decisions DROP COLUMN comment")
    database.execute("PRAGMA user_version = 3")
    database.commit()
    database.close()
    with Store(exam) as store:
        (kept,) = store.decisions()
        assert (kept.after, kept.points, kept.comment) == ("144", None, "")
        store.decide("me", "answer", 1, "1", "145", "144", points="1/2", comment="so")
        assert store.decisions()[-1].points == "1/2"
    database = sqlite3.connect(place)
    database.execute("PRAGMA user_version = 2")
    database.commit()
    database.close()
    with pytest.raises(SheetError, match="early inkread"):
        Store(exam)


@pytest.mark.skipif(why_no_browser() != "", reason=why_no_browser())
def test_like_answers_take_one_key_in_the_browser(exam: Path) -> None:
    from playwright.sync_api import expect

    made = MadeExam(exam, load_design(exam), (), (), ())
    options = ("--confidence", "1")
    with reviewing(made, *options) as (address, _), browser() as started, opened(started, address) as page:
        page.locator("#alike").check()
        expect(page.locator("#crops .alike")).to_have_count(3)
        assert violations(page) == []
        page.locator("#crops .alike").nth(1).focus()
        page.keyboard.press("Space")
        expect(page.locator("#crops .alike").nth(1)).to_have_attribute("aria-pressed", "false")
        page.locator("#entry").focus()
        page.keyboard.press("o")
        page.keyboard.type("1.5")
        page.locator("#comment").focus()
        page.keyboard.type("unit missing, next time!")
        _shoot(page, "grouped.png")
        page.keyboard.press("Enter")
        expect(page.locator("#progress")).to_have_text("2 to settle")
        _shoot(page, "after-group.png")
        page.locator("#everything").check()
        page.locator("#by-student").select_option(label="(1138)")
        page.locator("#by-question").select_option("0")
        expect(page.locator("#comment")).to_have_value("unit missing, next time!")
        expect(page.locator("#points")).to_have_value("1.5")
    with Store(exam) as store:
        state = compute_state(made.design, store)
    assert sorted(sheet.points for sheet in state.sheets) == [0, 1.5, 1.5, 4]


def _shoot(page: Any, name: str) -> None:
    import os

    if folder := os.environ.get("INKREAD_SHOTS"):
        page.screenshot(path=Path(folder) / name)
