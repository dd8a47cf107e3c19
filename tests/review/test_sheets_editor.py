"""The editor of worksheets: what it answers, what it writes into the file, and that keyboard and mouse are enough."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inkread.sheets.exam.designfile import load_design
from inkread.sheets.template.templatefile import fields_of, new_worksheet, with_fields
from made_browser import browser, opened, violations, why_no_browser
from made_processes import running
from made_worksheets import MadeWorksheet, make_worksheet, write_pdf

pytest.importorskip("fastapi", reason='needs the extra [web]: pip install -e ".[web]"')


@pytest.fixture
def made(tmp_path: Path) -> MadeWorksheet:
    return make_worksheet(tmp_path)


@contextmanager
def client(path: Path) -> Iterator[Any]:
    from starlette.testclient import TestClient

    from inkread.apps.worksheet.app import make_app
    from inkread.apps.worksheet.editor import Editor

    app = make_app(Editor(path), "127.0.0.1", "secret")
    yield TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": "Bearer secret"})


def test_what_the_file_says_besides_rectangles_stays(made: MadeWorksheet) -> None:
    text = made.path.read_text(encoding="utf-8").replace(
        'key = "144"', '# a remark\nkey = "144"  # twelve twelves\ntolerance = 2'
    )
    fields = fields_of(text)
    first = fields["questions"][0]
    assert (first["key"], first["kind"], first["points"]) == ("144", "integer", 1)
    first["box"] = [0.5, 0.25, 0.75, 0.375]
    fields["questions"] = fields["questions"][:1]
    changed = with_fields(text, fields)
    assert "# a remark" in changed
    assert "# twelve twelves" in changed
    (question,) = tomllib.loads(changed)["question"]
    assert question["tolerance"] == 2
    assert question["box"] == [0.5, 0.25, 0.75, 0.375]
    assert with_fields(changed, fields_of(changed)) == changed


def test_several_keys_are_typed_with_a_bar_between() -> None:
    text = new_worksheet("a.toml", "a.pdf")
    question = {
        "was": None,
        "name": "1",
        "kind": "integer",
        "key": "7 | -7",
        "points": 1,
        "page": 1,
        "options": 4,
    }
    fields = fields_of(text) | {"questions": [question | {"box": [0.1, 0.1, 0.2, 0.2]}]}
    changed = with_fields(text, fields)
    assert tomllib.loads(changed)["question"][0]["key"] == ["7", "-7"]
    assert fields_of(changed)["questions"][0]["key"] == "7 | -7"


def test_saving_needs_the_file_that_was_seen(made: MadeWorksheet) -> None:
    with client(made.path) as asks:
        seen = asks.get("/v1/worksheet").json()
        assert asks.get("/v1/page/1").headers["content-type"] == "image/png"
        assert asks.get("/v1/page/2").status_code == 404
        fields = {name: seen[name] for name in ("number", "name", "student_number", "questions", "seen")}
        fields["questions"][0]["key"] = "145"
        saved = asks.post("/v1/worksheet", json=fields)
        assert saved.status_code == 200
        assert saved.json()["faults"] == []
        assert load_design(made.path).questions[0].keys[0].answer == "145"
        refused = asks.post("/v1/worksheet", json=fields)
        assert refused.status_code == 422
        assert "changed elsewhere" in refused.json()["detail"]
        for wrong in (
            {},
            [],
            fields | {"questions": [{}]},
            fields | {"number": {"page": 1, "box": [2, 0, 3, 1]}},
        ):
            assert asks.post("/v1/worksheet", json=wrong).status_code == 422
        assert asks.get("/v1/worksheet", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.skipif(why_no_browser() != "", reason=why_no_browser())
def test_rectangles_are_drawn_and_steered_in_the_browser(tmp_path: Path) -> None:
    write_pdf(tmp_path / "my.pdf", ("12 x 12 =", "17 - 25 ="))
    with (
        running("sheet", "template", str(tmp_path / "my.pdf"), "--edit", "--no-open") as (address, _),
        browser() as started,
        opened(started, address, viewport={"width": 1280, "height": 900}) as page,
    ):
        from playwright.sync_api import expect

        expect(page.locator("#page-number")).to_have_text("page 1 of 1")
        expect(page.locator("#faults")).to_be_hidden()  # nothing is drawn yet
        _drag(page, (0.57, 0.20), (0.84, 0.245))
        expect(page.locator("#fields .key")).to_be_focused()
        page.keyboard.type("144")
        page.locator("#add").click()
        page.keyboard.type("-8")
        page.locator("#add-number").click()
        steered = page.locator(".rectangle.number")
        expect(steered).to_be_focused()
        for key in ("ArrowDown", "ArrowDown", "Shift+ArrowRight", "Alt+ArrowLeft"):
            page.keyboard.press(key)
        assert violations(page) == []
        page.keyboard.press("Control+s")
        expect(page.locator("#state")).to_have_text("saved to my.toml")
        design = load_design(tmp_path / "my.toml")
        assert [question.keys[0].answer for question in design.questions] == ["144", "-8"]
        first = design.questions[0].place
        assert first
        assert first.box == pytest.approx((0.57, 0.20, 0.84, 0.245), abs=0.005)
        assert design.template
        assert design.template.number
        assert design.template.number.box == pytest.approx(
            (0.6 - 0.25 / 210, 0.05 + 3 / 297, 0.85 + 1.25 / 210, 0.09 + 3 / 297), abs=2e-4
        )
        page.locator(".rectangle").first.focus()
        page.keyboard.press("Delete")
        expect(page.locator(".rectangle.question")).to_have_count(1)
        page.keyboard.press("Control+z")
        expect(page.locator(".rectangle.question")).to_have_count(2)
        page.locator("#fields select").last.select_option("choice")
        expect(page.locator(".options b")).to_have_text(["A", "B", "C", "D"])
        page.get_by_label("Boxes").fill("5")
        page.get_by_label("Boxes").press("Tab")
        expect(page.locator(".options b")).to_have_count(5)
        page.locator("#fields .key").last.fill("Z")
        page.keyboard.press("Control+s")
        expect(page.locator("#faults li")).to_contain_text("Question 2: “Z” is no choice")
        page.locator("#fields .key").last.fill("E")
        page.keyboard.press("Control+s")
        expect(page.locator("#state")).to_have_text("saved to my.toml")
        expect(page.locator("#faults")).to_be_hidden()
        assert load_design(tmp_path / "my.toml").questions[1].pattern == "ABCDE"
        if shots := _shots():
            page.screenshot(path=shots / "editor.png")


def _shots() -> Path | None:
    """Where screenshots are kept, if somebody wants them."""
    import os

    return Path(os.environ["INKREAD_SHOTS"]) if os.environ.get("INKREAD_SHOTS") else None


def _drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = page.locator("#sheet").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()
