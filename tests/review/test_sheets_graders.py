"""Several people review one exam at once: nobody overwrites what somebody else decided unseen."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkread.sheets.exam_store import ChangedMeanwhile, Store
from inkread.sheets.marks.marking_state import compute_state
from made_browser import browser, opened, violations, why_no_browser
from made_exams import MadeExam, made_row, reviewing

pytest.importorskip("fastapi", reason='needs the extra [web]: pip install -e ".[web]"')
TOKEN = "Bearer secret"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An exam of one question and two sheets, of which both answers are unsure."""
    path = tmp_path / "exam.toml"
    path.write_text('title = "T"\nstudent_number = 4\n[[question]]\nkey = 144\nboxes = "###"\n', "utf-8")
    picture = BytesIO()
    Image.new("RGB", (80, 40), "white").save(picture, "JPEG")
    with Store(path) as store:
        for copy, number in ((1, "0042"), (2, "1138")):
            row = made_row(copy, number, "144", copy)
            row.boxes["1/0"][1]["symbols"] = {"4": 0.6, "9": 0.4}
            store.add_page(row, picture.getvalue())
    return path


@contextmanager
def client(path: Path, who: str) -> Iterator[Any]:
    """A review window of its own, as another process would have it."""
    from starlette.testclient import TestClient

    from inkread.apps.review.app import make_app
    from inkread.apps.review.session import ReviewSession
    from inkread.sheets.exam.designfile import load_design

    with Store(path) as store:
        app = make_app(
            ReviewSession(compute_state(load_design(path), store), store, who, 0.95), "127.0.0.1", "secret"
        )
        yield TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": TOKEN})


def settle(asks: Any, item: dict[str, Any], answer: str, who: str = "") -> Any:
    said = {"sheet": item["sheet"], "question": item["question"], "answer": answer, "seen": item["seen"]}
    return asks.post("/v1/settle", json={**said, "who": who})


def items(asks: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asks.get("/v1/review?everything=true").json()["items"]
    return [one for one in found if one["kind"] == "answer"]


def test_two_windows_do_not_overwrite_each_other(path: Path) -> None:
    with client(path, "ann") as ann, client(path, "bob") as bob:
        seen_by_ann, seen_by_bob = (
            next(one for one in items(asks) if one["sheet"] == "c1") for asks in (ann, bob)
        )
        assert settle(ann, seen_by_ann, "145").status_code == 200
        refused = settle(bob, seen_by_bob, "194")
        assert refused.status_code == 409
        assert refused.json()["detail"] == "changed by ann since you looked (“145”)"
        seen_by_bob = next(one for one in items(bob) if one["sheet"] == "c1")
        assert (seen_by_bob["guess"], settle(bob, seen_by_bob, "194").status_code) == ("145", 200)
    with Store(path) as store:
        assert [(one.who, one.after) for one in store.decisions()] == [("ann", "145"), ("bob", "194")]


def test_what_was_taken_back_is_a_change_too(path: Path) -> None:
    with client(path, "ann") as ann, client(path, "bob") as bob:
        settle(ann, items(ann)[0], "145")
        seen_by_bob = next(one for one in items(bob) if one["settled"])
        ann.post("/v1/undo", json={})
        refused = settle(bob, seen_by_bob, "145")
        assert (refused.status_code, "taken back" in refused.json()["detail"]) == (409, True)


def test_a_decision_that_names_no_version_must_be_the_first(path: Path) -> None:
    with client(path, "ann") as ann:
        body = {"sheet": "c1", "question": 0, "answer": "1"}
        assert [ann.post("/v1/settle", json=body).status_code for _ in range(2)] == [200, 409]
        assert ann.post("/v1/settle", json={**body, "seen": "1"}).status_code == 422
        assert ann.post("/v1/settle", json={**body, "who": 7}).status_code == 422


def test_only_ones_own_decisions_are_taken_back(path: Path) -> None:
    with Store(path) as store:
        store.decide("ann", "answer", 1, "1", None, "1")
        store.decide("ann", "answer", 2, "1", None, "2")
        store.decide("bob", "answer", 2, "1", "2", "3")
        taken = store.undo("ann")
        assert taken
        assert (taken.page, taken.after) == (1, "1")  # the other one is Bob's by now
        assert store.undo("ann") is None
        assert [one.after for one in store.decisions()] == ["2", "3"]
        with pytest.raises(ChangedMeanwhile, match="changed by bob since you looked"):
            store.decide("ann", "answer", 2, "1", "2", "4", seen=2)


def test_initials_are_kept_and_asked_for_where_several_decide(path: Path) -> None:
    with client(path, "") as asks:
        first, second = items(asks)
        refused = settle(asks, first, "1")
        assert (refused.status_code, "type your initials" in refused.json()["hint"]) == (422, True)
        assert asks.post("/v1/undo", json={}).status_code == 422
        settle(asks, first, "1", "A. B.")
        settle(asks, second, "2", "CD")
        assert asks.post("/v1/undo", json={"who": "A. B."}).json()["after"] == "1"
    with Store(path) as store:
        assert [(one.who, one.after) for one in store.decisions()] == [("CD", "2")]


def made_exam(path: Path) -> MadeExam:
    from inkread.sheets.exam.designfile import load_design

    return MadeExam(path, load_design(path), (), (), ())


def test_colleagues_are_let_in_by_the_token(path: Path) -> None:
    with reviewing(made_exam(path), "--host", "0.0.0.0") as (address, _):
        base, _, token = address.partition("#token=")
        port = base.rstrip("/").rpartition(":")[2]
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/review")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request, timeout=60)
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["who"] == ""


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
def test_two_graders_in_two_browsers_lose_nothing(path: Path) -> None:
    from playwright.sync_api import expect

    with ExitStack() as stack:
        address, _ = stack.enter_context(reviewing(made_exam(path)))
        started = stack.enter_context(browser())
        ann, bob = (stack.enter_context(opened(started, address)) for _ in range(2))
        for page, name in ((ann, "ann"), (bob, "bob")):
            expect(page.locator("#progress")).to_have_text("2 to settle")
            page.locator("#who").fill(name)
            page.locator("#entry").focus()
        assert violations(ann) == []
        where = bob.locator("#where").inner_text()
        ann.locator("#entry").fill("145")
        ann.keyboard.press("Enter")
        expect(ann.locator("#progress")).to_have_text("1 to settle")
        bob.locator("#entry").fill("194")
        bob.keyboard.press("Enter")
        expect(bob.locator("#trouble")).to_contain_text(f"{where}: changed by ann since you looked (“145”)")
        expect(bob.locator("#progress")).to_have_text("1 to settle")
        bob.keyboard.press("u")
        expect(bob.locator("#trouble")).to_have_text("There is nothing of yours to take back.")
        bob.keyboard.press("Enter")
        expect(bob.locator("#all-settled")).to_be_visible()
    with Store(path) as store:
        assert [(one.who, one.after) for one in store.decisions()] == [("ann", "145"), ("bob", "144")]


@pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
def test_what_is_left_beside_a_chosen_student_is_not_hidden(path: Path) -> None:
    from playwright.sync_api import expect

    with reviewing(made_exam(path)) as (address, _), browser() as started, opened(started, address) as page:
        expect(page.locator("#progress")).to_have_text("2 to settle")
        page.locator("#by-student").select_option(index=1)
        expect(page.locator("#progress")).to_have_text("1 to settle")
        page.locator("#entry").press("Enter")
        expect(page.locator("#settled-title")).to_have_text("All of these are settled.")
        page.get_by_role("button", name="Show what is left").click()
        page.locator("#entry").press("Enter")
        expect(page.locator("#settled-title")).to_have_text("All is settled.")
        expect(page.locator("#settled-next code")).to_have_text(f"inkread sheet results {path.name}")
        assert violations(page) == []
        page.get_by_role("button", name="Take the last decision back").click()
        expect(page.locator("#progress")).to_have_text("1 to settle")
