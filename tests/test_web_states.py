"""Every state of the page fits the narrowest screen with the largest text, and axe finds nothing in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from made import draw_page
from made_browser import do, draw, text_at, violations, why_no_browser
from made_tables import Look, draw_table
from made_web import as_png

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
NARROW = {"viewport": {"width": 320, "height": 640}}
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const own = (each) => getComputedStyle(each).overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1;
  const scrolls = ".sheet, .spread, .kept, pre, .unseen, .shy, .label, .skip";
  const shown = (each) => each.checkVisibility() && !each.closest(scrolls);
  const all = [...document.querySelectorAll("body *")].filter(shown);
  const told = (each) => `${each.tagName}.${each.className} ${each.textContent.slice(0, 30)}`;
  const beyond = all.filter((each) => each.getBoundingClientRect().right > width + 0.5).map(told);
  const cut = all.filter((each) => /^(BUTTON|P|H\\d|LABEL|SUMMARY)$/.test(each.tagName) && own(each)).map(told);
  return [...beyond, ...cut, ...(document.documentElement.scrollWidth > width ? ["the page"] : [])]; }"""


class Answers:
    """What becomes of the page's questions: answered, held back, refused, or with a doubtful digit."""

    def __init__(self, page: Any) -> None:
        self.how, self.waiting = "", []  # type: ignore[var-annotated]
        page.route(re.compile("/v1/read"), self.answer)

    def answer(self, route: Any) -> None:
        if self.how == "held":
            self.waiting.append(route)
        elif self.how == "refused":
            told = {
                "error": "internal",
                "detail": "this is a mistake of the server",
                "hint": "its log has more",
            }
            route.fulfill(status=500, json=told)
        elif self.how == "doubtful":
            found = route.fetch()
            fields = found.json()
            fields["lines"][0]["digits"][0] |= {"doubtful": True, "confidence": 0.61}
            route.fulfill(response=found, json=fields)
        else:
            route.continue_()

    def let_go(self, how: str) -> None:
        self.how = how
        for route in self.waiting:
            self.answer(route)


def drawn_states(page: Any) -> Iterator[str]:
    """Brings the page into each state of a drawing, and names it."""
    from playwright.sync_api import expect

    answers, state = Answers(page), page.locator("#answer")
    do(page, "Draw")
    yield "empty"
    answers.how = "held"
    draw(page, "47", seed=2)
    expect(page.locator("#sureness")).to_have_text("Reading …")
    yield "reading"
    answers.let_go("doubtful")
    expect(state).to_have_attribute("data-state", "doubtful")
    expect(page.locator("#sureness")).to_have_text("Please check 1 of 2 digits")
    page.locator(".box").nth(0).dispatch_event("click")
    yield "doubtful"
    do(page, "It is a 4")
    expect(page.locator("#message")).to_contain_text(re.compile("(is|are) kept"))
    expect(state).to_have_attribute("data-state", "read")
    yield "read"
    do(page, "Your handwriting")
    page.locator("#hand .kept li").first.wait_for()
    yield "handwriting"
    do(page, "Done")
    do(page, "Clear")
    answers.how = "refused"
    draw(page, "1")
    expect(state).to_have_attribute("data-state", "failed")
    yield "failed"
    page.evaluate("document.querySelector('#token').showModal()")
    yield "token"
    do(page, "Not now")


def photo_states(page: Any) -> Iterator[str]:
    """The same for photos."""
    from playwright.sync_api import expect

    do(page, "Photo")
    yield "no photo"
    show(page, as_png(np.full((90, 120, 3), 255, np.uint8)))
    expect(page.locator("#answer")).to_have_attribute("data-state", "unread")
    yield "unread"
    show(page, as_png(draw_page(["12345678", "90"], seed=3)))
    expect(page.locator(".box")).to_have_count(10)
    yield "photo"
    page.locator("#wishes summary").click()
    do(page, "Add a region to type its edges")
    yield "settings"
    page.locator("#wishes summary").click()
    show(page, as_png(draw_table((("07", "12"), ("", "345")), Look(), seed=4)))
    do(page, "Show what was read as a table")
    page.locator("#table input").first.wait_for()
    assert page.locator("#regions").is_hidden(), "regions are of the reading, not of its table"
    yield "table"
    do(page, "Show what was read as a table")
    show(page, b"no picture")
    expect(page.locator("#trouble")).not_to_be_empty()
    yield "no picture"


def show(page: Any, content: bytes) -> None:
    page.locator("#choose").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": content})


@pytest.mark.parametrize("walk", [drawn_states, photo_states], ids=["drawn", "photo"])
@pytest.mark.parametrize(
    ("percent", "look"),
    [(100, {}), (200, {"color_scheme": "dark"}), (200, {"forced_colors": "active"})],
    ids=["light", "dark", "forced"],
)
def test_every_state_fits_the_narrowest_screen_and_is_accessible(
    address: str, started: Any, percent: int, look: dict[str, str], walk: Any
) -> None:
    with text_at(percent, started, address, bypass_csp=True, **NARROW, **look) as page:
        found = {state: [*page.evaluate(TOO_WIDE), *violations(page)] for state in walk(page)}
        assert len(found) >= 6
        wrong = {state: each for state, each in found.items() if each}
        assert wrong == {}, json.dumps(wrong, indent=1)
