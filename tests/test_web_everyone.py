"""The page for everybody: large text, small screens, forced colours, fingers, and the page of the API."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made import draw_page
from made_browser import (
    do,
    draw,
    opened,
    served,
    stroke,
    text_at,
    violations,
    why_no_browser,
)
from made_web import as_png

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())
NARROW = {"viewport": {"width": 320, "height": 640}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BUTTONS = "button:visible:not(.box)"


def reads(page: Any, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#number")).to_have_text(re.compile("^" + r"\s*".join(text) + "$"))
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def show_page(page: Any, lines: list[str]) -> None:
    content = {"name": "a.png", "mimeType": "image/png", "buffer": as_png(draw_page(lines, seed=3))}
    page.locator("#choose").set_input_files(content)


@pytest.mark.parametrize("leaves", [True, False], ids=["left", "given"])
def test_the_token_is_asked_for_once_and_can_be_left_and_remembered(
    started: Any, tmp_path: Path, leaves: bool
) -> None:
    from playwright.sync_api import expect

    with (
        served(tmp_path / "kept", "--token", "s3cret") as address,
        opened(started, address.partition("#")[0]) as page,
    ):
        draw(page, "1", at=(0.3, 0.5))
        page.get_by_label("Token", exact=True).wait_for()
        if leaves:
            do(page, "Not now")
            draw(page, "1", at=(0.6, 0.5))
            expect(page.locator("#trouble")).to_contain_text("Without the token nothing can be read")
            expect(page.locator("#token")).to_be_hidden()
            do(page, "Enter the token")
        page.get_by_label("Token", exact=True).fill("s3cret")
        do(page, "Use it")
        expect(page.locator("#number")).to_have_text(re.compile("^1"))
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"]
        assert cookie["expires"] > 0
        page.reload()
        draw(page, "1")
        reads(page, "1")


def test_a_link_for_phones_lets_in_one_device(started: Any, tmp_path: Path) -> None:
    """The second is told so, and asked for the token; the first comes back without the link."""
    from playwright.sync_api import expect

    with (
        served(tmp_path / "kept", "--phone", "--host", "localhost", scheme="https") as address,
        opened(started, address, ignore_https_errors=True) as page,
    ):
        draw(page, "1")
        reads(page, "1")
        assert "token" not in page.url
        with opened(started, address, ignore_https_errors=True) as second:
            second.get_by_label("Token", exact=True).wait_for()
            expect(second.locator("#token")).to_contain_text("its link was used")
            do(second, "Not now")
            expect(second.locator("#trouble")).to_contain_text("Without the token nothing can be read")
        page.goto(address.partition("#")[0])
        draw(page, "1")
        reads(page, "1")


def test_the_page_opens_without_its_server(started: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    context = started.new_context(locale="en-GB")
    page = context.new_page()
    try:
        with served(tmp_path / "kept") as address:
            page.goto(address)
            expect(page.locator("html")).to_have_attribute("data-kept", "yes")
        page.reload()
        assert page.locator("#empty").is_visible()
        draw(page, "1")
        expect(page.locator("#trouble")).to_contain_text("The server does not answer")
        expect(page.locator("#sureness")).to_have_text("")
        expect(page.locator("#number")).to_have_text("Not read")
    finally:
        context.close()


def test_ink_that_is_no_digit_can_be_drawn_beside(address: str, started: Any) -> None:
    """It is chosen and told in the panel, and the sheet still takes strokes and buttons clicks."""
    from playwright.sync_api import expect

    with opened(started, address) as page:
        stage = page.locator("#stage").bounding_box()
        left, top = stage["x"] + 60, stage["y"] + 0.93 * stage["height"]
        stroke(page, [(left + i, top) for i in range(0, 120, 2)])  # a dash
        expect(page.locator("button.scrap")).to_have_count(1)
        assert page.locator(".digit-head h2").inner_text() == "Not a digit"
        expect(page.locator("#number")).to_have_text("No digits found")
        draw(page, "4", at=(0.75, 0.3), share=0.3)
        reads(page, "4")
        page.locator("button.scrap").dispatch_event("click")
        do(page, "It is a 1")
        reads(page, "41")
        do(page, "Undo")
        reads(page, "4")


def test_what_is_old_does_not_look_current(address: str, started: Any) -> None:
    """While an answer is out, the page says so; the number of before is not copied."""
    from playwright.sync_api import expect

    with opened(started, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        draw(page, "4", at=(0.3, 0.5))
        reads(page, "4")
        waiting: list[Any] = []
        held = True
        page.route(re.compile("/v1/read"), lambda route: waiting.append(route) if held else route.continue_())
        draw(page, "7", at=(0.6, 0.5))
        expect(page.locator("#sureness")).to_have_text("Reading …")
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#number")).to_have_css("opacity", "0.4")
        do(page, "Copy")
        held = False
        for route in waiting:
            route.continue_()
        reads(page, "47")
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()").replace(" ", "") == "47"
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def test_a_number_is_drawn_corrected_and_copied_by_keyboard(address: str, started: Any) -> None:
    """Only the pen needs a pointer: choose, correct, insert, leave out, undo and copy have keys."""
    from playwright.sync_api import expect

    with opened(started, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        draw(page, "47", seed=2)
        reads(page, "47")
        page.locator("#stage").focus()
        page.keyboard.press("Tab")
        expect(page.locator(".box").nth(1)).to_be_focused()
        page.keyboard.press("9")
        reads(page, "49")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Insert")
        page.keyboard.press("3")
        reads(page, "439")
        page.keyboard.press("Home")
        page.keyboard.press("Delete")
        reads(page, "39")
        page.keyboard.press("Control+c")
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == "39"
        for what, number in (("4 deleted", "439"), ("3 inserted", "49"), ("7 corrected to 9", "47")):
            page.keyboard.press("Control+z")
            reads(page, number)
            expect(page.locator("#message")).to_contain_text(f"Undone: {what}")


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
    with text_at(200, started, address) as page:
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
        do(page, "Draw")
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
            do(page, "Draw")
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
        inked = """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let most = 0; for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) most = Math.max(most, data[i]);
          return most; }"""
        background = page.locator("#stage").evaluate("(each) => getComputedStyle(each).backgroundColor")
        ink = page.locator("#canvas").evaluate(inked)
        assert (ink > 128) == (background == "rgb(0, 0, 0)"), "ink stands out from the sheet"
        assert violations(page) == []


def test_a_photo_is_taken_first_where_a_finger_points(address: str, started: Any) -> None:
    with opened(started, address, **PHONE) as page:
        assert page.locator("#mode-photo").get_attribute("aria-pressed") == "true"
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
