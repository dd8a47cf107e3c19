"""Corrections on the page: shown, kept with the ink that they are of, undone; also while answers are late."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import inkread
from inkread.corrections import Corrections
from made_browser import draw, opened, served, stroke, why_no_browser
from made_pages import NUMBERS, pdf
from made_web import number

pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "corrections"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as found:
        yield found


@pytest.fixture
def page(started: Any, address: str) -> Iterator[Any]:
    with opened(started, address, permissions=["clipboard-read", "clipboard-write"]) as found:
        yield found


@pytest.fixture
def store(folder: Path) -> Corrections:
    """An empty one, which the server keeps corrections in."""
    store = Corrections(folder)
    store.clear()
    return store


def reads(page: Any, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#number")).to_have_text(re.compile("^" + r"\s*".join(text) + "$"))
    expect(page.locator(".box")).to_have_count(len(text))


def says(page: Any, place: str, words: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator(place)).to_contain_text(words)


def do(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def click(page: Any, index: int) -> None:
    """Clicks into the box of a digit."""
    box = page.locator(".box").nth(index).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def keeps(page: Any, store: Corrections, *expected: tuple[int, int | None]) -> None:
    """Waits until the server keeps these: labels, and what was read."""
    for _ in range(400):
        found = sorted((each.label, each.guessed) for each in store.list())
        if found == sorted(expected):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{found}, not {sorted(expected)}")


@contextmanager
def late(page: Any, path: str = "/v1/read") -> Iterator[list[Any]]:
    """The server's answers are held back meanwhile; yields the requests that wait."""
    waiting: list[Any] = []
    holding = True

    def hold(route: Any) -> None:
        if holding:
            waiting.append(route)
        else:
            route.continue_()

    page.route(re.compile(path), hold)
    yield waiting
    holding = False
    for route in waiting:
        route.continue_()


def until_one_waits(page: Any, waiting: list[Any]) -> None:
    while not waiting:
        page.wait_for_timeout(10)


def test_a_correction_changes_all_that_is_shown(page: Any, store: Corrections) -> None:
    draw(page, "47", seed=2)
    reads(page, "47")
    do(page, "It is a 9")
    reads(page, "49")
    says(page, "#message", "This is a 9; it was read as 7. Undo takes it back. · One correction is kept.")
    says(page, ".value-number", "9")
    says(page, ".value-sure", "corrected by you")
    says(page, ".runners", "read as 7")
    says(page, ".box.corrected .chip", "9corrected")
    assert page.locator(".box.corrected").get_attribute("aria-label") == (
        "Digit 2 of 2: 9, corrected, it was read as 7"
    )
    says(page, "#sureness", "1 checked by you")
    says(page, "#spoken", "49. ")
    do(page, "Copy")
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "49"
    with page.expect_download() as downloading:
        do(page, "Download all that was read as JSON")
    told = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert (told["text"], told["written"], told["lines"][0]["text"]) == ("49", "49", "49")
    corrected = told["lines"][0]["digits"][1]
    assert (corrected["value"], corrected["confidence"], corrected["read"]["value"]) == (9, 1, 7)
    with page.expect_request(re.compile("annotate=1")) as asking, page.expect_download():
        do(page, "Download the picture with its digits boxed")
    assert re.search(r"corrected=\d+%2C\d+%2C\d+%2C\d+%3A9", asking.value.url)
    keeps(page, store, (9, 7))
    assert inkread.read(store.list()[0].path).text == "7"


def test_a_correction_holds_while_more_is_drawn_and_goes_with_its_ink(page: Any, store: Corrections) -> None:
    draw(page, "7", at=(0.4, 0.5))
    reads(page, "7")
    do(page, "It is a 9")
    reads(page, "9")
    says(page, "#sureness", "Checked by you")
    draw(page, "2", at=(0.75, 0.5))
    reads(page, "92")
    do(page, "Clear")
    draw(page, "7", at=(0.4, 0.5), seed=9)
    reads(page, "7")
    keeps(page, store, (9, 7))


def test_a_digit_that_was_read_rightly_can_be_confirmed(page: Any, store: Corrections) -> None:
    draw(page, "7")
    reads(page, "7")
    do(page, "It is a 7")
    says(page, ".value-sure", "confirmed by you")
    says(page, ".box.corrected .chip", "7confirmed")
    keeps(page, store, (7, 7))


def test_undo_takes_a_correction_back_and_redo_makes_it_again(page: Any, store: Corrections) -> None:
    draw(page, "47", seed=2)
    reads(page, "47")
    do(page, "It is a 9")
    reads(page, "49")
    do(page, "It is a 1")
    reads(page, "41")
    keeps(page, store, (1, 7))
    page.keyboard.press("Control+z")
    reads(page, "49")
    says(page, "#message", "Undone: 9 corrected to 1")
    keeps(page, store, (9, 7))
    do(page, "Undo")
    reads(page, "47")
    says(page, "#message", "Undone: 7 corrected to 9 · No corrections are kept")
    keeps(page, store)
    page.keyboard.press("Control+Shift+z")
    reads(page, "49")
    keeps(page, store, (9, 7))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    reads(page, "4")
    keeps(page, store)


def test_the_panel_takes_a_correction_back(page: Any, store: Corrections) -> None:
    draw(page, "47", seed=2)
    reads(page, "47")
    do(page, "It is a 9")
    reads(page, "49")
    do(page, "It is a 1")
    reads(page, "41")
    draw(page, "2", at=(0.9, 0.5))
    reads(page, "412")
    page.locator(".box").nth(1).focus()
    page.locator(".box").nth(1).press("Enter")
    page.get_by_role("button", name="Take back").focus()
    page.keyboard.press("Enter")
    reads(page, "472")
    says(page, "#message", "Taken back: 1 corrected. · No corrections are kept")
    assert page.get_by_role("button", name="Take back").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "It is a 7"
    keeps(page, store)
    page.keyboard.press("Control+z")
    reads(page, "412")


def test_what_was_kept_before_stays_when_it_is_undone(page: Any, store: Corrections) -> None:
    # The same file twice is the same picture. What is drawn twice may differ: browsers merge movements of the mouse.
    for _ in range(2):
        page.reload()
        show(page, number("7"))
        reads(page, "7")
        do(page, "It is a 9")
        reads(page, "9")
    keeps(page, store, (9, 7))
    page.keyboard.press("Control+z")
    reads(page, "7")
    keeps(page, store, (9, 7))


def test_what_was_removed_elsewhere_can_be_undone_all_the_same(page: Any, store: Corrections) -> None:
    draw(page, "7")
    reads(page, "7")
    do(page, "It is a 9")
    reads(page, "9")
    store.clear()
    page.keyboard.press("Control+z")
    reads(page, "7")
    assert page.locator("#trouble").inner_text() == ""


def test_digits_of_a_photo_are_corrected_and_undone(page: Any, store: Corrections) -> None:
    show(page, number("274"))
    reads(page, "274")
    assert page.locator("#tools").get_by_role("button", name="Undo").count() == 0
    page.locator(".box").nth(2).focus()
    page.keyboard.press("9")
    reads(page, "279")
    keeps(page, store, (9, 4))
    do(page, "Draw")
    do(page, "Photo")
    reads(page, "279")
    page.keyboard.press("Control+z")
    reads(page, "274")
    says(page, "#message", "Undone: ")
    keeps(page, store)
    do(page, "Redo")
    reads(page, "279")


def show(page: Any, content: bytes, kind: str = "image/png") -> None:
    page.locator("#choose").set_input_files({"name": "photo", "mimeType": kind, "buffer": content})


def test_each_page_of_a_file_has_its_own_corrections(page: Any, store: Corrections) -> None:
    show(page, pdf(), "application/pdf")
    reads(page, NUMBERS[0])
    do(page, "It is a 0")
    reads(page, "0" + NUMBERS[0][1:])
    do(page, "Next page")
    reads(page, NUMBERS[1])
    assert page.locator("#tools").get_by_role("button", name="Undo").count() == 0
    do(page, "It is a 0")
    reads(page, "0" + NUMBERS[1][1:])
    keeps(page, store, *((0, int(text[0])) for text in NUMBERS[:2]))
    do(page, "Page before")
    reads(page, "0" + NUMBERS[0][1:])
    page.keyboard.press("Control+z")
    reads(page, NUMBERS[0])
    says(page, "#message", "Undone: ")
    keeps(page, store, (0, int(NUMBERS[1][0])))


def test_what_cannot_be_kept_is_shown_all_the_same_and_told(page: Any, store: Corrections) -> None:
    draw(page, "7")
    reads(page, "7")
    refusal = {
        "error": "not_from_here",
        "detail": "corrections are only taken from this machine",
        "hint": "h",
    }
    page.route(re.compile("/v1/corrections"), lambda route: route.fulfill(status=403, json=refusal))
    do(page, "It is a 9")
    says(page, "#trouble", "only taken from this machine")
    reads(page, "9")
    keeps(page, store)
    page.unroute_all()
    do(page, "It is a 1")
    reads(page, "1")
    keeps(page, store, (1, 7))
    assert page.locator("#trouble").inner_text() == ""


# Late answers: glyph and label belong together


def test_a_correction_goes_with_its_digit_when_others_come_before_it(page: Any, store: Corrections) -> None:
    """A 7 is read; a 2 is drawn before it, and not yet read; the digit that is shown is corrected."""
    draw(page, "7", at=(0.7, 0.5))
    reads(page, "7")
    with late(page) as waiting:
        draw(page, "2", at=(0.3, 0.5))
        until_one_waits(page, waiting)
        do(page, "It is a 1")
        reads(page, "7")
    reads(page, "21")
    keeps(page, store, (1, 7))
    assert inkread.read(store.list()[0].path).text == "7"
    page.keyboard.press("Control+z")
    reads(page, "27")


def test_a_digit_that_is_no_longer_there_is_not_corrected(page: Any, store: Corrections) -> None:
    draw(page, "7", at=(0.3, 0.5))
    stage = page.locator("#stage").bounding_box()
    x, top = stage["x"] + 0.6 * stage["width"], stage["y"] + 0.3 * stage["height"]
    stroke(page, [(x, top + i) for i in range(0, 180, 3)])
    reads(page, "71")
    with late(page) as waiting:
        do(page, "Undo")
        draw(page, "4", at=(0.85, 0.5))
        until_one_waits(page, waiting)
        click(page, 1)
        do(page, "It is a 9")
        says(page, "#message", "Reading …")
    says(page, "#message", "This digit is no longer there")
    keeps(page, store)
    reads(page, "74")


def test_the_focus_stays_on_its_digit_when_others_come_before_it(page: Any, store: Corrections) -> None:
    draw(page, "7", at=(0.7, 0.5))
    reads(page, "7")
    page.locator(".box").focus()
    page.keyboard.press("ArrowRight")
    with late(page) as waiting:
        draw(page, "2", at=(0.3, 0.5))
        until_one_waits(page, waiting)
        page.locator(".box").focus()
    reads(page, "27")
    page.keyboard.press("1")
    reads(page, "21")
    keeps(page, store, (1, 7))
    says(page, ".digit-head", "Digit 2 of 2")


def test_the_chosen_digit_stays_chosen_when_others_come_before_it(page: Any, store: Corrections) -> None:
    draw(page, "74", at=(0.6, 0.5))
    reads(page, "74")
    click(page, 0)
    with late(page) as waiting:
        draw(page, "2", at=(0.15, 0.5))
        until_one_waits(page, waiting)
        click(page, 0)
    reads(page, "274")
    says(page, ".digit-head", "Digit 2 of 3")
    do(page, "It is a 1")
    reads(page, "214")
    keeps(page, store, (1, 7))


def test_the_answer_to_another_photo_is_not_shown(page: Any, store: Corrections) -> None:
    with late(page) as waiting:
        show(page, number("58"))
        until_one_waits(page, waiting)
        show(page, number("274"))
        with page.expect_response(re.compile("/v1/read")):
            waiting.pop(0).continue_()
        assert page.locator(".box").count() == 0
        until_one_waits(page, waiting)
    reads(page, "274")
    do(page, "It is a 9")
    reads(page, "974")
    keeps(page, store, (9, 2))


def test_a_photo_that_is_replaced_while_a_correction_is_kept_stays_uncorrected(
    page: Any, store: Corrections
) -> None:
    show(page, number("58"))
    reads(page, "58")
    with late(page, "/v1/corrections") as waiting:
        do(page, "It is a 9")
        until_one_waits(page, waiting)
        show(page, number("274"))
        reads(page, "274")
    keeps(page, store, (9, 5))
    assert inkread.read(store.list()[0].path).text == "5"
    reads(page, "274")


def test_what_was_learned_is_listed_switched_off_and_forgotten(page: Any, store: Corrections) -> None:
    from playwright.sync_api import expect

    draw(page, "42")
    reads(page, "42")
    click(page, 0)
    do(page, "It is a 9")
    reads(page, "92")
    expect(page.locator(".box.corrected")).to_have_count(1)
    page.locator("#hand-open").click()
    dialog = page.locator("#hand")
    expect(dialog.locator(".kept li")).to_have_count(1)
    says(page, ".kept li", "a 9, was read as 4")
    dialog.get_by_label("Read digits as I corrected them").uncheck()
    assert page.evaluate("localStorage.getItem('inkread-mine')") == "no"
    dialog.get_by_role("button", name="Forget: a 9").click()
    expect(dialog.locator(".kept li")).to_have_count(0)
    says(page, "#hand", "Nothing is learned yet")
    keeps(page, store)
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).not_to_be_visible()


def test_the_number_is_spoken_as_corrected(page: Any, store: Corrections) -> None:
    draw(page, "42")
    reads(page, "42")
    click(page, 0)
    do(page, "It is a 9")
    reads(page, "92")
    page.evaluate(
        "() => { window.told = []; speechSynthesis.speak = (said) => window.told.push(said.text); }"
    )
    do(page, "Speak")
    for _ in range(200):
        if page.evaluate("window.told.length"):
            break
        page.wait_for_timeout(50)
    assert re.fullmatch("9 (, )?2", page.evaluate("window.told[0]"))
