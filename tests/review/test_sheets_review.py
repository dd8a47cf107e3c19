"""The review: who may ask, what may be decided, that it is kept, and that the keyboard is enough."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inkread.reader import Reader
from inkread.sheets.exam_store import Store
from inkread.sheets.marks.marking_state import compute_state
from inkread.sheets.scans.scanning import scan
from made_browser import browser, opened, violations, why_no_browser
from made_exams import MadeExam, copied, make_exam, reviewing

pytest.importorskip("fastapi", reason='needs the extra [web]: pip install -e ".[web]"')
TOKEN = "Bearer secret"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> MadeExam:
    made = make_exam(tmp_path_factory.mktemp("review"), 3, seed=2)
    with Store(made.path) as store:
        scan(made.design, store, made.path.parent / "scans", Reader())
    return made


@pytest.fixture
def exam(scanned: MadeExam, tmp_path: Path) -> MadeExam:
    """A copy of the scanned exam, on which nothing was decided."""
    return copied(scanned, tmp_path / "exam")


@contextmanager
def client(exam: MadeExam) -> Iterator[Any]:
    from starlette.testclient import TestClient

    from inkread.apps.review.app import make_app
    from inkread.apps.review.session import ReviewSession

    with Store(exam.path) as store:
        session = ReviewSession(compute_state(exam.design, store, 1.1), store, "me", 1.1)
        app = make_app(session, "127.0.0.1", "secret")
        yield TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": TOKEN})


def test_only_who_knows_the_token_is_answered(exam: MadeExam) -> None:
    with client(exam) as asks:
        assert asks.get("/").status_code == 200
        assert asks.get("/page/review.js").status_code == 200
        assert asks.get("/v1/review").status_code == 200
        assert asks.get("/v1/review", headers={"authorization": "Bearer wrong"}).status_code == 401
        assert asks.get("/v1/review", headers={"host": "evil.example"}).status_code == 421
        foreign = {"origin": "https://evil.example"}
        assert asks.post("/v1/undo", headers=foreign, json={}).status_code == 403
        assert "default-src 'none'" in asks.get("/").headers["content-security-policy"]
        assert asks.get("/page/../../exam.sqlite").status_code == 404
        assert asks.get("/openapi.json").status_code == 404


def test_everything_unsure_is_listed_least_sure_first(exam: MadeExam) -> None:
    with client(exam) as asks:
        overview = asks.get("/v1/review").json()
    answers = [item for item in overview["items"] if item["kind"] == "answer"]
    assert len(answers) == 12  # nothing is as sure as 1.1
    assert [item["confidence"] for item in answers] == sorted(item["confidence"] for item in answers)
    assert len(overview["students"]) == 3
    assert overview["missing"] == []
    with Store(exam.path) as store:
        store._db.execute("UPDATE pages SET status = 'failed', copy = NULL WHERE id = 1")
    with client(exam) as asks:
        (line,) = asks.get("/v1/review").json()["missing"]
    assert line.endswith(": no sheet")


def test_pictures_are_shown_of_what_there_is(exam: MadeExam) -> None:
    with client(exam) as asks:
        item = next(one for one in asks.get("/v1/review").json()["items"] if one["kind"] == "answer")
        place = f"/v1/crop/{item['sheet']}/{item['question']}"
        assert asks.get(f"{place}/0").content.startswith(b"\xff\xd8")
        assert asks.get(f"{place}/1").headers["content-type"] == "image/jpeg"
        assert asks.get(f"/v1/crop/{item['sheet']}/-1/0").status_code == 200
        for wrong in (f"{place}/2", f"{place}/-1", f"/v1/crop/{item['sheet']}/99/0"):
            assert asks.get(wrong).status_code == 404
        assert asks.get("/v1/crop/c99/0/0").status_code == 422


def test_a_decision_is_kept_and_taken_back(exam: MadeExam) -> None:
    with client(exam) as asks:
        item = next(one for one in asks.get("/v1/review").json()["items"] if one["kind"] == "answer")
        chosen = {"sheet": item["sheet"], "question": 0}
        assert asks.post("/v1/settle", json={**chosen, "answer": "0144"}).json() == {
            "answer": "144",
            "points": "1",
            "of": "1",
        }
        with Store(exam.path) as store:
            (kept,) = store.decisions()
        assert (kept.who, kept.kind, kept.question, kept.after) == ("me", "answer", "1", "144")
        settled = asks.get("/v1/review?everything=true").json()["items"]
        assert [one["guess"] for one in settled if one["kind"] == "answer" and one["settled"]] == ["144"]
        assert asks.post("/v1/undo", json={}).json() == {
            "sheet": item["sheet"],
            "question": 0,
            "after": "144",
        }
        assert asks.post("/v1/undo", json={}).json() is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"sheet": "c1"}', b'{"sheet": 1, "question": 0, "answer": "1"}', b"[" * 9000,
        b'{"sheet": "c1", "question": true, "answer": "1"}', b'{"sheet": "c1", "question": 0, "answer": null}',
        b'{"sheet": "c99", "question": 0, "answer": "1"}', b'{"sheet": "c1", "question": 99, "answer": "1"}',
        b'{"sheet": "c1", "question": 0, "answer": "=1+1"}', b'{"sheet": "c1", "question": -1, "answer": "9999999"}',
        b'{"sheet": "c1", "question": -1, "answer": "' + b"x" * 90_000 + b'"}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_changes_nothing(exam: MadeExam, body: bytes) -> None:
    with client(exam) as asks:
        answer = asks.post("/v1/settle", content=body)
        assert answer.status_code in (413, 422)
        assert set(answer.json()) == {"error", "detail", "hint"}
    with Store(exam.path) as store:
        assert store.decisions() == []


def test_a_refusal_names_the_fields_that_are_wrong(exam: MadeExam) -> None:
    with client(exam) as asks:
        hints = [asks.post("/v1/settle", content=body).json()["hint"] for body in (b'{"question": 0}', b"[]")]
    assert hints == ["reload the page, or send answer, sheet", "reload the page, or send a JSON object"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_confirmed_decision_outlives_a_kill(exam: MadeExam) -> None:
    with reviewing(exam) as (address, process):
        base, _, token = address.partition("#token=")
        body = json.dumps({"sheet": "c1", "question": 0, "answer": "7"}).encode()
        request = urllib.request.Request(f"{base}v1/settle", body, {"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["answer"] == "7"
        process.kill()
    with Store(exam.path) as store:
        assert [one.after for one in store.decisions()] == ["7"]
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
def test_the_keyboard_is_enough(exam: MadeExam) -> None:
    from playwright.sync_api import expect

    with (
        reviewing(exam, "--confidence", "1") as (address, _),
        browser() as started,
        opened(started, address) as page,
    ):
        expect(page.locator("#crops img")).to_have_count(2)
        assert violations(page) == []
        total = int(page.locator("#progress").inner_text().split()[0])
        first = page.locator("#entry").input_value()
        page.keyboard.press("Enter")
        expect(page.locator("#progress")).to_have_text(f"{total - 1} to settle")
        page.keyboard.press("u")
        expect(page.locator("#progress")).to_have_text(f"{total} to settle")
        expect(page.locator("#entry")).to_have_value(first)
        page.keyboard.press("n")
        page.keyboard.press("p")
        expect(page.locator("#entry")).to_have_value(first)
        page.keyboard.type("zzz")
        page.keyboard.press("Enter")
        expect(page.locator("#trouble")).to_contain_text("type it as it should be read")
        page.keyboard.press("Escape")
        for left in range(total - 1, -1, -1):
            page.keyboard.press("x" if left % 2 else "Enter")
            if left:
                expect(page.locator("#progress")).to_have_text(f"{left} to settle")
        expect(page.locator("#all-settled")).to_be_visible()
    with Store(exam.path) as store:
        assert len(store.decisions()) == total
        assert not compute_state(exam.design, store, 1.0).waiting


def test_an_unknown_sheet_is_given_to_somebody(exam: MadeExam) -> None:
    with Store(exam.path) as store:
        store._db.execute("UPDATE pages SET boxes = json_remove(boxes, '$.\"number/0\"') WHERE copy = 1")
    number = exam.students[0].number
    with client(exam) as asks:
        item = next(one for one in asks.get("/v1/review").json()["items"] if one["kind"] == "student")
        assert item["sheet"] == "c1"
        assert (
            asks.post("/v1/settle", json={"sheet": "c1", "question": -1, "answer": number}).status_code == 200
        )
        left = [one for one in asks.get("/v1/review").json()["items"] if one["kind"] == "student"]
        assert left == []
        owners = {one["student"] for one in asks.get("/v1/review").json()["items"] if one["sheet"] == "c1"}
    assert owners == {f"{exam.students[0].name} ({number})"}


@pytest.fixture
def photocopied(exam: MadeExam) -> MadeExam:
    """Three students filled in photocopies of copy 1."""
    with Store(exam.path) as store:
        store._db.execute("UPDATE pages SET copy = 1")
    return exam


def test_pages_with_other_writing_are_shown_beside_each_other(photocopied: MadeExam) -> None:
    with client(photocopied) as asks:
        items = [one for one in asks.get("/v1/review").json()["items"] if one["kind"] == "page"]
        assert len(items) == 3
        ids = {one["id"] for one in items}
        assert all({other["id"] for other in one["beside"]} == ids - {one["id"]} for one in items)
        assert {one["guess"] for one in items} == {one.number for one in photocopied.students}
        for item in items:
            body = {"page": item["id"], "number": 1, "copy": 0, "student": item["guess"]}
            assert asks.post("/v1/page", json=body).status_code == 200
        assert not [one for one in asks.get("/v1/review").json()["items"] if one["kind"] != "answer"]
    with Store(photocopied.path) as store:
        state = compute_state(photocopied.design, store)
    assert {sheet.student for sheet in state.sheets if sheet.sure} == set(photocopied.students)


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
def test_rivals_stand_side_by_side_in_the_browser(photocopied: MadeExam) -> None:
    from playwright.sync_api import expect

    with reviewing(photocopied) as (address, _), browser() as started, opened(started, address) as page:
        pictures = page.locator("#crops img")
        expect(pictures).to_have_count(3)
        assert violations(page) == []
        boxes = [pictures.nth(i).bounding_box() for i in range(3)]
        tops, lefts = ({round(box[side]) for box in boxes if box} for side in ("y", "x"))
        assert (len(tops), len(lefts)) == (1, 3)
        page.keyboard.press("Enter")
        expect(pictures).to_have_count(2)
