"""The page for everybody: large text, small screens, forced colours, fingers, and the page of the API."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made import draw_page
from made_browser import ARGUMENTS, CHROMIUM, browser, draw, opened, served, violations, why_no_browser
from made_web import as_png

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
NARROW = {"viewport": {"width": 320, "height": 640}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BUTTONS = "button:visible:not(.box)"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("kept") / "corrections") as found:
        yield found


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    with browser() as found:
        yield found


@contextmanager
def large_text(started: Any, address: str, **options: Any) -> Iterator[Any]:
    """The page in a browser whose user has set text to 200 %."""
    arguments = [*ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    large = started.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    try:
        with opened(large, address, **options) as page:
            yield page
    finally:
        large.close()


def do(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def reads(page: Any, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#number")).to_have_text(re.compile("^" + r"\s*".join(text) + "$"))


def show_page(page: Any, lines: list[str]) -> None:
    content = {"name": "a.png", "mimeType": "image/png", "buffer": as_png(draw_page(lines, seed=3))}
    page.locator("#choose").set_input_files(content)


def sizes(page: Any, selector: str) -> list[tuple[str, float, float]]:
    found = [(each.get_attribute("aria-label"), each.bounding_box()) for each in page.locator(selector).all()]
    return [(name or "", box["width"], box["height"]) for name, box in found]


def fits(page: Any) -> bool:
    """Whether nothing has to be scrolled sideways to."""
    script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(script))


def test_text_at_200_percent_is_twice_as_large_and_fits(address: str, started: Any) -> None:
    size = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
    with opened(started, address) as page:
        draw(page, "47", seed=2)
        reads(page, "47")
        usual = {each: page.evaluate(size, each) for each in (".key", ".sureness", ".chip", ".bar")}
    with large_text(started, address) as page:
        draw(page, "47", seed=2)
        reads(page, "47")
        for name, before in usual.items():
            assert page.evaluate(size, name) >= 1.9 * before, name
        assert fits(page)
        page.get_by_role("button", name="What the network sees").click()
        page.locator("#inside .last").wait_for()
        assert fits(page)


@pytest.mark.parametrize("options", [NARROW, PHONE], ids=["320", "phone"])
def test_all_buttons_are_large_enough_for_a_finger(address: str, started: Any, options: Any) -> None:
    with opened(started, address, **options) as page:
        draw(page, "47", seed=2)
        reads(page, "47")
        assert fits(page)
        drawn = sizes(page, BUTTONS)
        do(page, "Photo")
        show_page(page, ["274", "58"])
        page.locator(".has-photo").wait_for()
        reads(page, "27458")
        assert fits(page)
        assert [each for each in drawn + sizes(page, BUTTONS) if min(each[1:]) < 43.9] == []


def test_the_sheet_does_not_move_while_somebody_draws(address: str, started: Any) -> None:
    for options in ({}, NARROW, PHONE):
        with opened(started, address, **options) as page:
            top = "document.querySelector('#stage').getBoundingClientRect().top + scrollY"
            before = page.evaluate(top)
            draw(page, "4", at=(0.3, 0.5))
            reads(page, "4")
            assert page.evaluate(top) == before


def test_badges_do_not_overlap_and_stay_on_the_sheet(address: str, started: Any) -> None:
    """Digits close together, some at the upper edge: what has no room is shown briefly or not, the chosen one whole."""
    with opened(started, address, **NARROW) as page:
        do(page, "Photo")
        picture = draw_page(["12345678", "90123456", "78901234"], seed=4)
        ink = np.flatnonzero((picture < 128).any(axis=(1, 2) if picture.ndim == 3 else 1))
        content = {"name": "a.png", "mimeType": "image/png", "buffer": as_png(picture[ink[0] - 3 :])}
        page.locator("#choose").set_input_files(content)
        page.locator(".box").nth(23).wait_for()
        for index in (0, 9):
            page.locator(".box").nth(index).dispatch_event("click")
            chips = [each.bounding_box() for each in page.locator(".chip:visible").all()]
            assert len(chips) >= 6
            for a, b in itertools.combinations(chips, 2):
                beside = a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1
                above = a["y"] + a["height"] <= b["y"] + 1 or b["y"] + b["height"] <= a["y"] + 1
                assert beside or above, (a, b)
            stage = page.locator("#stage").bounding_box()
            assert min(chip["y"] for chip in chips) >= stage["y"]
            assert page.locator(".box[aria-pressed=true] .chip-sure").is_visible()


def test_forced_colours_keep_what_is_chosen_and_drawn(address: str, started: Any) -> None:
    with opened(started, address, forced_colors="active", color_scheme="dark", bypass_csp=True) as page:
        pressed = page.locator("#tools [aria-pressed=true]").first
        assert pressed.evaluate("(each) => getComputedStyle(each).outlineStyle") == "solid"
        draw(page, "47", seed=2)
        reads(page, "47")
        inked = """(canvas) => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let most = 0; for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) most = Math.max(most, data[i]);
          return most; }"""
        background = page.locator("#stage").evaluate("(each) => getComputedStyle(each).backgroundColor")
        ink = page.locator("#canvas").evaluate(inked)
        assert (ink > 128) == (background == "rgb(0, 0, 0)"), "ink stands out from the sheet"
        assert violations(page) == []


def test_a_photo_is_taken_first_where_a_finger_points(address: str, started: Any) -> None:
    with opened(started, address, **PHONE) as page:
        do(page, "Photo")
        assert page.locator("#empty button").all_inner_texts() == ["Take a photo", "Choose a photo"]
    with opened(started, address) as page:
        do(page, "Photo")
        assert page.locator("#empty button").all_inner_texts() == ["Choose a photo"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_api_is_described_on_a_page_of_its_own(address: str, started: Any, scheme: str) -> None:
    options = NARROW | {"color_scheme": scheme}
    with opened(started, address, bypass_csp=True, **options) as page:
        page.goto(f"{address}docs")
        page.get_by_role("heading", name="/v1/read/strokes").wait_for()
        assert page.locator("section").count() >= 12
        page.locator("details summary").first.click()
        assert page.locator("details pre").first.is_visible()
        assert fits(page)
        assert violations(page) == []
