"""The page in a real browser: drawn on, shown photos, corrected, made small; and no request to anyone else."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from PIL import Image

from inkread.regions import regions_of
from made import draw_number, draw_page
from made_browser import draw, opened, served, violations, why_no_browser
from made_pages import NUMBERS, heic, pdf, pictures, tiff
from made_tables import Look, draw_table
from made_web import as_png, number

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(bool(why_no_browser()), reason=why_no_browser())


@pytest.fixture(scope="module")
def corrections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "corrections"


@pytest.fixture(scope="module")
def address(corrections: Path) -> Iterator[str]:
    with served(corrections) as found:
        yield found


@pytest.fixture
def page(started: Any, address: str) -> Iterator[Any]:
    with opened(started, address, permissions=["clipboard-read", "clipboard-write"]) as found:
        yield found


def reads(page: Any, text: str) -> None:
    """Waits until the number in large type is this one."""
    from playwright.sync_api import expect

    expect(page.locator("#number")).to_have_text(re.compile("^" + r"\s*".join(text) + "$"))
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".box")).to_have_count(len(text))


def rects(page: Any, selector: str) -> list[dict[str, float]]:
    """Where all of these stand, asked at once: the next reading may put others in their place."""
    measure = """(selector) => [...document.querySelectorAll(selector)].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      return { x, y, width, height };
    })"""
    found: list[dict[str, float]] = page.evaluate(measure, selector)
    return found


def plain(words: str) -> str:
    """Words with spaces in place of those that do not break."""
    return words.replace("\u00a0", " ")


def show(page: Any, content: bytes, name: str = "photo.png", kind: str = "image/png") -> None:
    page.locator("#choose").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def says(page: Any, place: str, words: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator(place)).to_contain_text(words)


def becomes_true(page: Any, script: str) -> None:
    """Waits until the script tells true. ``wait_for_function`` evaluates text, which the page's policy forbids."""
    for _ in range(100):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def shows_width(page: Any, width: int) -> None:
    """Waits until the photo is decoded, with so many pixels."""
    from playwright.sync_api import expect

    expect(page.locator("#photo")).to_have_js_property("naturalWidth", width)


def do(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


# Drawing


def test_a_number_is_read_while_it_is_drawn(page: Any) -> None:
    assert page.locator("#empty").is_visible()
    from playwright.sync_api import expect

    draw(page, "2", at=(0.3, 0.5))
    reads(page, "2")
    assert not page.locator("#empty").is_visible()
    draw(page, "47", at=(0.65, 0.5), seed=2)
    reads(page, "247")
    expect(page.locator("#spoken")).to_have_text(re.compile(r"^2 ?47\. "))
    boxes = rects(page, ".box")
    assert boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    assert page.locator(".box").nth(1).get_attribute("aria-label").startswith("Digit 2 of 3: 4")


def test_every_place_shows_the_confidence_of_the_digit(page: Any) -> None:
    """Badge, heading, inside and screen reader say what the JSON says; the bars say that they are the shape alone."""
    from inkread.confidence import percent

    show(page, number("174"))  # a picture is read once; a drawing, stroke by stroke
    reads(page, "174")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download all that was read as JSON").click()
    answer = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    for i, digit in enumerate(answer["lines"][0]["digits"]):
        sure = percent(digit["confidence"])
        box = page.locator(".box").nth(i)
        box.dispatch_event("click")
        says(page, ".digit-head", f"Digit {i + 1} of 3")
        says(page, ".value-sure", f"{sure} sure")
        assert plain(box.locator(".chip-sure").text_content()).removesuffix(" ?") == sure
        assert plain(box.get_attribute("aria-label")).endswith(f" {sure} sure")
        assert page.locator(".chart figcaption").inner_text() == "The shape alone, without its neighbours"
    says(page, "#sureness", f"{percent(answer['confidence'])} sure of all 3 digits")
    do(page, "What the network sees")
    page.locator("#inside .last").wait_for()
    says(page, "#inside .last", f"from the shape alone; the digit is {sure} sure among its neighbours")


def test_page_and_python_write_probabilities_alike(page: Any) -> None:
    from inkread.confidence import percent

    shares = [i / 1000 for i in range(1001)] + [0.849999, 0.999999, 0.0999999, 0.00004]
    script = "async (shares) => { const { percent } = await import('/page/texts.js'); return shares.map(percent); }"
    assert [plain(words) for words in page.evaluate(script, shares)] == [percent(share) for share in shares]


def test_undo_redo_eraser_and_clear(page: Any) -> None:
    draw(page, "11", seed=5)
    reads(page, "11")
    do(page, "Undo")
    reads(page, "1")
    page.keyboard.press("Control+Shift+z")
    reads(page, "11")
    do(page, "Eraser")
    left = rects(page, ".box")[0]
    page.mouse.move(left["x"] - 20, left["y"] + left["height"] / 2)
    page.mouse.down()
    page.mouse.move(left["x"] + left["width"] + 8, left["y"] + left["height"] / 2, steps=12)
    page.mouse.up()
    reads(page, "1")
    page.keyboard.press("Control+z")
    reads(page, "11")
    do(page, "Clear")
    reads_nothing(page)
    page.keyboard.press("Control+z")
    reads(page, "11")


def reads_nothing(page: Any) -> None:
    from playwright.sync_api import expect

    expect(page.locator(".box")).to_have_count(0)
    says(page, "#number", "What you draw is read here")
    assert page.locator("#empty").is_visible()


POINTERS = """(events) => {
  const stage = document.querySelector("#stage");
  const at = stage.getBoundingClientRect();
  stage.setPointerCapture = () => {};
  for (const [type, pointerType, pointerId, x, y, pressure] of events) {
    stage.dispatchEvent(new PointerEvent(type, { pointerType, pointerId, pressure, bubbles: true, cancelable: true,
      isPrimary: true, clientX: at.left + x, clientY: at.top + y, buttons: 1,
      button: type === "pointermove" ? -1 : 0 }));
  }
}"""


def test_a_palm_draws_nothing_beside_a_pen(page: Any) -> None:
    down = [["pointerdown", "pen", 2, 200, 100, 0.3]]
    move = [["pointermove", "pen", 2, 200 + i % 3, 100 + 8 * i, 0.3 + 0.02 * i] for i in range(1, 25)]
    page.evaluate(
        POINTERS,
        [
            ["pointerdown", "touch", 1, 400, 300, 0.5],  # the palm comes first
            ["pointermove", "touch", 1, 430, 320, 0.5],
            *down,
            ["pointermove", "touch", 1, 480, 330, 0.5],
            *move,
            ["pointerdown", "touch", 3, 420, 310, 0.5],  # and again
            ["pointermove", "touch", 3, 500, 310, 0.5],
            ["pointerup", "pen", 2, 200, 300, 0],
            ["pointerup", "touch", 1, 480, 330, 0],
            ["pointerup", "touch", 3, 500, 310, 0],
        ],
    )
    reads(page, "1")
    assert page.locator(".rejected").count() == 0
    do(page, "Undo")
    reads_nothing(page)


def test_what_is_drawn_stays_when_the_page_becomes_small(page: Any) -> None:
    draw(page, "2024")
    reads(page, "2024")
    for width, height in ((320, 640), (768, 1024), (1280, 700)):
        page.set_viewport_size({"width": width, "height": height})
        reads(page, "2024")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        becomes_true(page, INSIDE)


# Boxes follow the stage a moment after it has changed.
INSIDE = """() => {
  const stage = document.querySelector("#stage").getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".box")].map((box) => box.getBoundingClientRect());
  return boxes.length === 4
    && boxes.every((box) => box.width > 0 && box.left >= stage.left && box.right <= stage.right);
}"""


# Photos


def test_each_page_of_a_scan_is_shown_and_read(page: Any) -> None:
    """A browser shows neither PDF nor TIFF as a picture: the server's copy is shown, page by page."""
    for make, name, kind, count in (
        (pdf, "scan.pdf", "application/pdf", 3),
        (tiff, "scan.tif", "image/tiff", 2),
    ):
        show(page, make(), name, kind)
        for at in range(1, count + 1):
            reads(page, NUMBERS[at - 1])
            says(page, "#tools", f"{at} of {count}")
            if at < count:
                do(page, "Next page")
        assert page.get_by_role("button", name="Next page", exact=True).is_disabled()
        do(page, "Page before")
        reads(page, NUMBERS[count - 2])
    shows_width(page, pictures()[0].width)


def test_a_heic_photo_is_shown_and_read(page: Any) -> None:
    show(page, heic(), "IMG_0001.HEIC", "image/heic")
    reads(page, NUMBERS[0])
    page.locator(".has-photo").wait_for()
    assert page.get_by_role("button", name="Next page", exact=True).count() == 0


def test_a_photo_with_exif_is_shown_and_read_upright(page: Any) -> None:
    import inkread

    upright = Image.fromarray(draw_number("3852", seed=4))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif, quality=95)
    show(page, file.getvalue(), "../../etc/photo.jpg", "image/jpeg")
    reads(page, "3852")
    size = "(photo) => [photo.naturalWidth, photo.naturalHeight]"
    assert tuple(page.locator("#photo").evaluate(size)) == upright.size
    over_the_ink(page, inkread.read(upright))


def test_the_page_says_what_the_library_says(page: Any) -> None:
    from playwright.sync_api import expect

    import inkread

    pictures = [path for path in sorted((ROOT / "examples").iterdir()) if path.suffix in (".jpg", ".png")]
    pictures += sorted((ROOT / "tests" / "pages").glob("*.jpg"))[:6]
    assert len(pictures) >= 12
    for path in pictures:
        reading = inkread.read(path)
        page.locator("#choose").set_input_files(path)
        numbers = r"\s*".join(map(re.escape, reading.written.replace("\n", ""))) or "No digits found"
        expect(page.locator("#number")).to_have_text(re.compile(f"^{numbers}$"))
        if not reading.digits:
            continue
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download all that was read as JSON").click()
        answer = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
        assert answer["written"] == reading.written
        digits = [digit for line in answer["lines"] for digit in line["digits"]]
        assert [digit["box"] for digit in digits] == [digit.box.to_list() for digit in reading.digits]
        assert [digit["confidence"] for digit in digits] == pytest.approx(
            [digit.confidence for digit in reading.digits], abs=1e-4
        )


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_on_its_side_is_shown_as_it_is_read(page: Any, turned: int) -> None:
    import inkread

    upright = draw_page(["3852", "7469"], seed=4)
    on_its_side = Image.fromarray(upright).rotate(
        turned, expand=True
    )  # to the left, to be turned to the right
    reading = inkread.read(on_its_side)
    assert reading.turned_degrees == turned
    show(page, as_png(np.asarray(on_its_side)))
    reads(page, "38527469")
    page.locator(".has-photo").wait_for()
    over_the_ink(page, reading)


def over_the_ink(page: Any, reading: Any) -> None:
    """Each box stands where its digit does, at the scale at which the photo is shown."""
    from playwright.sync_api import expect

    ratio = str(reading.size_wh[0] / reading.size_wh[1])
    expect(page.locator("#stage")).to_have_attribute("style", re.compile(f"--aspect: {ratio[:6]}"))
    shown = page.locator("#photo").bounding_box()
    scale = shown["width"] / reading.size_wh[0]
    assert shown["height"] / scale == pytest.approx(reading.size_wh[1], rel=0.01)
    for box, digit in zip(rects(page, ".box-item"), reading.digits, strict=True):
        assert box["x"] + 5 - shown["x"] == pytest.approx(digit.box.left * scale, abs=4)
        assert box["y"] + 5 - shown["y"] == pytest.approx(digit.box.top * scale, abs=4)


def test_a_photo_can_be_zoomed_and_its_digits_clicked(page: Any) -> None:
    show(page, as_png(draw_page(["274", "58"], seed=3)))
    reads(page, "27458")
    says(page, ".digit-head", "Digit 1 of 5")
    page.locator(".has-photo").wait_for()
    before = on_stage(page, 2)
    do(page, "Zoom in")
    assert on_stage(page, 2)["width"] > before["width"] * 1.3
    do(page, "Whole photo")
    assert on_stage(page, 2) == pytest.approx(before, abs=1)
    after = rects(page, ".box")[2]
    page.mouse.click(after["x"] + after["width"] / 2, after["y"] + after["height"] / 2)
    says(page, ".digit-head", "Digit 3 of 5")
    do(page, "Draw")
    reads_nothing(page)
    do(page, "Photo")
    reads(page, "27458")


def on_stage(page: Any, index: int) -> dict[str, float]:
    """Where a box stands on the stage, wherever the page is scrolled to."""
    box, stage = rects(page, ".box")[index], page.locator("#stage").bounding_box()
    return box | {"x": box["x"] - stage["x"], "y": box["y"] - stage["y"]}


GIVE = """([type, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  data.items.add(new File([bytes], "a.png", { type: "image/png" }));
  const given = type === "paste" ? { clipboardData: data } : { dataTransfer: data };
  const event = type === "paste" ? new ClipboardEvent : DragEvent;
  document.body.dispatchEvent(type === "paste"
    ? new ClipboardEvent("paste", { ...given, bubbles: true, cancelable: true })
    : new DragEvent(type, { ...given, bubbles: true, cancelable: true }));
}""".replace('  const event = type === "paste" ? new ClipboardEvent : DragEvent;\n', "")


def test_pictures_are_pasted_and_dropped(page: Any) -> None:
    page.evaluate(GIVE, ["paste", base64.b64encode(number("58")).decode()])
    reads(page, "58")
    page.evaluate(GIVE, ["dragenter", ""])
    assert page.locator("#drop").is_visible()
    page.evaluate(GIVE, ["drop", base64.b64encode(number("274")).decode()])
    reads(page, "274")
    assert not page.locator("#drop").is_visible()


def test_what_the_browser_cannot_show_is_read_and_shown_all_the_same(page: Any) -> None:
    file = io.BytesIO()
    picture = draw_number("58", seed=3)
    Image.fromarray(picture).save(file, "TIFF")
    show(page, file.getvalue(), "scan.tiff", "image/tiff")
    reads(page, "58")
    shows_width(page, picture.shape[1])


def test_what_is_no_picture_is_told(page: Any) -> None:
    show(page, b"no picture", "broken.png")
    says(page, "#trouble", "The file is not a picture")
    draw_again = number("58")
    show(page, draw_again)
    reads(page, "58")
    assert page.locator("#trouble").inner_text() == ""


# What the network sees


def test_what_the_network_sees_is_shown_by_keyboard_alone(page: Any) -> None:
    draw(page, "47", seed=2)
    reads(page, "47")
    opener = page.get_by_role("button", name="What the network sees")
    opener.focus()
    page.keyboard.press("Enter")
    page.locator("#inside .last").wait_for()
    assert page.locator("#inside .step").count() == 4
    assert page.locator("#inside .layer").count() >= 2
    says(page, "#inside .lead", "How this 7 is read")
    assert page.locator("#inside .last .bar.best .bar-name").inner_text() == "7"
    painted = """(canvas) => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data).size; }"""
    for canvas in page.locator("#inside canvas").all()[:12]:
        assert canvas.evaluate(painted) > 3
    assert page.evaluate("document.activeElement.textContent") == "What the network sees"
    page.keyboard.press("Escape")
    assert not page.locator("#inside").is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "What the network sees"


# Tables

TEXTS = (("01", "14", "7"), ("02", "", "9"), ("03", "18", "10"))


def open_table(page: Any, seed: int = 12) -> Any:
    """Shows a photo of a table and opens it; returns its inputs, row by row."""
    look = Look(turn=1.5, tilt=0.03, photo=True)
    show(page, as_png(draw_table(TEXTS, look, seed)))
    do(page, "Show what was read as a table")
    page.locator("#table input").first.wait_for()
    return page.locator("#table input")


def test_a_table_is_corrected_by_keyboard_and_downloaded(page: Any) -> None:
    from playwright.sync_api import expect

    do(page, "Photo")
    cells = open_table(page)
    assert [cell.input_value() for cell in cells.all()] == [text for row in TEXTS for text in row]
    expect(page.locator("#grid polygon")).to_have_count(9)
    expect(page.locator("#boxes")).to_be_hidden()
    cells.nth(4).focus()
    page.keyboard.type("16")
    page.keyboard.press("Enter")
    expect(cells.nth(7)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(8)).to_be_focused()
    page.keyboard.type("11")
    page.keyboard.press("Escape")
    assert cells.nth(8).input_value() == "10"
    says(page, "#table .lead", "one is corrected")
    expect(cells.nth(4)).to_have_attribute("aria-label", "B2: 16, as you said")
    rows = ["01,14,7", "02,16,9", "03,18,10"]
    do(page, "Copy the table, tabs between cells")
    says(page, "#table", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(rows).replace(",", "\t")
    with page.expect_download() as downloading:
        do(page, "Download the table as CSV")
    assert Path(downloading.value.path()).read_text(encoding="utf-8").splitlines() == rows
    with page.expect_download() as downloading:
        do(page, "Download the table as XLSX")
    book = openpyxl.load_workbook(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    assert list(book.active.values) == [tuple(row.split(",")) for row in rows]
    page.keyboard.press("Escape")
    expect(page.locator("#table")).to_be_hidden()
    expect(page.locator(".box").first).to_be_visible()


def test_tab_goes_from_one_doubtful_cell_to_the_next(started: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    with (
        served(tmp_path / "kept", "--min-confidence", "0.999999") as address,
        opened(started, address) as page,
    ):
        do(page, "Photo")
        open_table(page)
        doubtful = page.locator("#table input.doubtful")
        assert doubtful.count() >= 2
        second = doubtful.nth(1).get_attribute("aria-label")
        expect(doubtful.first).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#table input:focus")).to_have_attribute("aria-label", second)
        before = doubtful.count()
        page.keyboard.press("Enter")
        expect(doubtful).to_have_count(before - 1)


# How a photo is read


def open_wishes(page: Any, content: bytes) -> None:
    do(page, "Photo")
    show(page, content)
    page.locator("#wishes summary").focus()
    page.keyboard.press("Enter")


def test_what_is_expected_is_told_and_nothing_is_replaced(page: Any) -> None:
    open_wishes(page, number("274"))
    page.get_by_label("Expected of each line").fill("2")
    page.keyboard.press("Tab")
    says(page, "#wishes .lead", "It is not as expected")
    reads(page, "274")
    page.get_by_label("Expected of each line").fill("270..280")
    page.keyboard.press("Tab")
    says(page, "#wishes .lead", "It is as expected.")
    page.get_by_label("Print and handwriting").select_option("only")
    says(page, "#number", "No digits found")


def test_a_table_says_what_does_not_add_up(page: Any) -> None:
    from playwright.sync_api import expect

    open_wishes(page, as_png(draw_table((("12", "7", "19"), ("30", "8", "35")), Look(), seed=4)))
    page.get_by_label("Expected of the table").fill("row sums")
    do(page, "Show what was read as a table")
    says(page, "#table .lead", "In row 2, C2 is not the sum: off by +3.")
    expect(page.locator("#table input.doubtful")).to_have_count(3)
    assert page.locator("#table input").last.input_value() == "35"


def test_regions_are_drawn_named_read_saved_and_loaded_by_keyboard_and_pointer(
    page: Any, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    open_wishes(page, number("274"))
    reads(page, "274")
    do(page, "Add a region to type its edges")
    page.keyboard.type("all")
    page.keyboard.press("Tab")
    page.get_by_label("Edges of region 1").fill("0%, 0%, 100%, 100%")
    page.keyboard.press("Tab")
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    do(page, "Draw a region over the photo")
    box = page.locator("#photo").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + box["height"] * 0.05)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2, steps=4)
    page.mouse.up()
    expect(page.locator("#regions rect")).to_have_count(2)
    do(page, "Read regions")
    says(page, ".region-list li:first-child output", "274")
    says(page, ".region-list li:last-child output", "nothing read")
    kept = {}
    for kind in ("toml", "json"):
        with page.expect_download() as downloading:
            do(page, f"Save {kind.upper()}")
        kept[kind] = tmp_path / f"regions.{kind}"
        kept[kind].write_bytes(Path(downloading.value.path()).read_bytes())
        first, second = regions_of(kept[kind])
        assert (first.name, first.edges, first.expect, second.name) == ("all", (0, 0, 1, 1), "4", "2")
    for path in kept.values():
        for _ in range(2):
            page.locator(".region-list button").first.click()
        expect(page.locator("#regions rect")).to_have_count(0)
        page.locator("#wishes input[type=file]").set_input_files(path)
        expect(page.locator("#regions rect")).to_have_count(2)
    page.get_by_label("Edges of region 1").fill("9%, 9%")
    page.keyboard.press("Tab")
    do(page, "Read regions")
    says(page, "#trouble", "no rectangle")


# Taking it away


def test_copy_and_downloads(page: Any) -> None:
    show(page, number("274"))
    reads(page, "274")
    do(page, "Copy")
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "274"
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download the picture with its digits boxed").click()
    assert Image.open(downloading.value.path()).format == "PNG"
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download all that was read as JSON").click()
    assert json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))["text"] == "274"


# Tokens


def test_a_token_is_asked_for_or_comes_with_the_address(started: Any, tmp_path: Path) -> None:
    with served(tmp_path / "kept", "--token", "s3cret") as address:
        assert address.endswith("#token=s3cret")
        with opened(started, address) as page:
            draw(page, "1")
            reads(page, "1")
            assert "s3cret" not in page.url
        with opened(started, address.partition("#")[0]) as page:
            draw(page, "1")
            page.get_by_label("Token").fill("s3cret")
            page.get_by_role("button", name="Use it").click()
            reads(page, "1")


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(started: Any, address: str, scheme: str) -> None:
    with opened(started, address, color_scheme=scheme, bypass_csp=True) as page:
        assert violations(page) == []
        draw(page, "47", seed=2)
        reads(page, "47")
        assert violations(page) == []
        do(page, "It is a 9")
        reads(page, "49")
        assert violations(page) == []
        page.get_by_role("button", name="What the network sees").click()
        page.locator("#inside .last").wait_for()
        assert violations(page) == []
        do(page, "Photo")
        assert violations(page) == []
        show(page, as_png(draw_page(["274", "58"], seed=3)))
        reads(page, "27458")
        assert violations(page) == []
        open_table(page)
        assert violations(page) == []
        page.set_viewport_size({"width": 320, "height": 640})
        assert violations(page) == []
        show(page, b"no picture", "broken.png")
        says(page, "#trouble", "The file is not a picture")
        assert violations(page) == []


def test_every_text_is_in_the_table() -> None:
    """No name is used that the table does not have, and it has none that nothing uses."""
    folder = Path(__file__).resolve().parent.parent / "src" / "inkread" / "apps" / "web" / "page"
    table = (folder / "texts.js").read_text(encoding="utf-8")
    names = set(re.findall(r"^    (\w+): [\"\[]", table, re.MULTILINE))
    code = "".join(
        path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in (".js", ".html")
    )
    used = set(re.findall(r'(?:data-text|data-label)="(\w+)"', code))
    rest = code.replace(table, "") + table.split("const chosen")[1]
    assert used <= names
    assert {name for name in names - used if not re.search(rf"\b{name}\b", rest)} == set()
    assert set(re.findall(r'\bt\("(\w+)"', code)) <= names
