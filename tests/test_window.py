"""The window itself, on a display of its own, driven by real events: drawn in, clicked, typed at, saved, closed.

Screenshots are kept where INKREAD_SCREENSHOTS says, else in a temporary folder.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.apps.view_words import Message
from inkread.confidence import percent
from inkread.corrections import Corrections
from inkread.errors import InkreadError
from made import draw_page
from made_movements import Hand, draw_and_correct_a_one, number_strokes, screen

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def reader() -> inkread.Reader:
    return inkread.Reader()


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    if not sys.platform.startswith("linux"):
        yield ""
        return
    with screen() as name:
        yield name


@pytest.fixture
def hand(display: str, tmp_path: Path, reader: inkread.Reader) -> Iterator[Hand]:
    hand = Hand(tmp_path / "kept", reader=reader)
    hand.wait()
    yield hand
    hand.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("INKREAD_SCREENSHOTS")
    return Path(given) if given else tmp_path_factory.mktemp("screenshots")


def draw(
    hand: Hand, *lines: str, size: float = 150, left: float = 60, top: float = 90, seed: int = 3
) -> None:
    hand.write(number_strokes(list(lines), size, left, top, seed=seed))
    hand.wait()


def centre(hand: Hand, index: int) -> tuple[float, float]:
    model = hand.window.model
    left, top, right, bottom = model.layer.placement.edges(model.seen.parts[index].box)
    return (left + right) / 2, (top + bottom) / 2


@pytest.mark.parametrize(
    ("text", "size", "pixels_per_event"), [("7", 300, 3), ("2024", 140, 12), ("90517", 70, 30)]
)
def test_numbers_are_read_at_any_size_and_speed(
    hand: Hand, text: str, size: float, pixels_per_event: float
) -> None:
    hand.write(number_strokes([text], size, 80, 120, seed=5), pixels_per_event)
    hand.wait()
    assert hand.text == text
    assert hand.window.panel.number.text.get("1.0", "end").strip() == text
    assert "sure" in str(hand.window.panel.number.says.cget("text"))


def test_every_place_shows_the_confidence_of_the_digit(hand: Hand) -> None:
    """Badges, panel and summary say what the reading says; the bars say that they are the shape alone."""
    draw(hand, "27149")
    model, panel = hand.window.model, hand.window.panel
    digits = model.steps.reading.digits
    assert [badge.label.removesuffix(" ?") for badge in model.seen.badges] == [
        percent(d.confidence) for d in digits
    ]
    canvas = hand.window.canvas
    items = [item for item in canvas.find_withtag("found") if canvas.type(item) == "text"]
    shown = [canvas.itemcget(item, "text") for item in items]
    for digit in digits:
        assert any(str(digit.value) in text for text in shown)
    for i, digit in enumerate(digits):
        model.say("choose", i)
        hand.root.update()
        assert percent(digit.confidence) in str(panel.digit.sure.cget("text"))
    chart = panel.digit.chart
    assert "shape alone" in chart.itemcget(chart.find_all()[0], "text")
    if not model.steps.reading.doubtful:
        assert model.seen.says.startswith(percent(model.steps.reading.confidence))


def test_badges_do_not_lie_on_each_other(hand: Hand) -> None:
    """A digit that was left out is the last of the parts, and stands between the others."""
    draw(hand, "27149", size=90)
    for what, given in (("choose", (1,)), ("correct", (4,)), ("choose", (2,)), ("delete", ())):
        hand.window.model.say(what, *given)
        hand.wait()
    canvas = hand.window.canvas
    plates = [canvas.bbox(item) for item in canvas.find_withtag("found") if canvas.type(item) == "text"]
    plates.sort()
    assert len(plates) == 5
    assert all(one[2] <= other[0] for one, other in pairwise(plates))


def test_badges_do_not_cover_small_digits(hand: Hand) -> None:
    for _ in range(4):
        hand.key("<Control-Key-plus>")
    draw(hand, "27149", size=40)
    canvas, parts = hand.window.canvas, hand.window.model.seen.parts
    texts = [item for item in canvas.find_withtag("found") if canvas.type(item) == "text"]
    assert parts
    assert len(texts) == sum(part.kind != "sure" for part in parts)


def test_recognise_does_not_look_active_while_there_is_nothing_to_read(hand: Hand) -> None:
    style, p = hand.window.theme.style, hand.window.theme.palette
    assert hand.window.toolbar.buttons["recognise"].instate(["disabled"])
    assert style.lookup("Accent.TButton", "background", ["disabled"]) == p.window
    assert style.lookup("Accent.TButton", "foreground", ["disabled"]) == p.muted


def test_what_is_on_the_screen_is_what_is_read(hand: Hand, screenshots: Path) -> None:
    empty = np.asarray(hand.screenshot(screenshots / "empty.png"))
    draw(hand, "2024", "1138")
    assert hand.text == "2024\n1138"
    shown = np.asarray(hand.screenshot(screenshots / "lines.png").convert("L"))
    canvas = hand.window.canvas
    x, y = canvas.winfo_rootx(), canvas.winfo_rooty()
    ink = hand.window.model.layer.ink
    on_screen = shown[y : y + ink.shape[0], x : x + ink.shape[1]]
    assert on_screen[ink == 255].max() < 90
    assert np.median(on_screen[ink == 0]) > 240
    assert empty.shape[:2] == shown.shape


def test_undo_redo_and_clear_by_their_keys(hand: Hand) -> None:
    draw(hand, "17", size=200)
    strokes = len(hand.window.model.seen.sheet.strokes)
    hand.key("<Control-Key-z>")
    assert len(hand.window.model.seen.sheet.strokes) == strokes - 1
    hand.key("<Control-Shift-Key-Z>")
    hand.wait()
    assert hand.text == "17"
    hand.key("<Control-Key-n>")
    hand.wait()
    assert hand.text == ""
    assert hand.window.model.is_empty
    hand.key("<Control-Key-z>")
    hand.wait()
    assert hand.text == "17"


def test_a_digit_is_clicked_and_corrected_by_typing(hand: Hand, tmp_path: Path, screenshots: Path) -> None:
    draw(hand, "174", size=180)
    hand.click(*centre(hand, 1))
    assert str(hand.window.panel.digit.title.cget("text")) == "Digit 2 of 3"
    hand.key("<Key-9>")
    hand.wait()
    assert hand.text == "194"
    assert Corrections(tmp_path / "kept").list()[0].label == 9
    assert "1 correction" in str(hand.window.status.kept.cget("text"))
    panel = hand.window.panel.digit
    assert [str(each.cget("text")) for each in (panel.value, panel.sure)] == ["9", "corrected by you"]
    assert str(panel.rest.cget("text")).startswith("read as 7, ")
    hand.screenshot(screenshots / "corrected.png")


def test_a_correction_is_undone_and_taken_back(hand: Hand, tmp_path: Path) -> None:
    draw(hand, "174", size=180)
    store, back = Corrections(tmp_path / "kept"), hand.window.panel.digit.buttons["take_back"]
    hand.click(*centre(hand, 1))
    assert back.instate(["disabled"])
    steps: tuple[Callable[[], object], ...] = (
        lambda: hand.key("<Control-Key-z>"),
        lambda: hand.key("<BackSpace>"),
        back.invoke,
    )
    for take_back in steps:
        hand.key("<Key-9>")
        hand.wait()
        assert (hand.text, store.count(), back.instate(["!disabled"])) == ("194", 1, True)
        take_back()
        hand.wait()
        assert (hand.text, store.count(), back.instate(["disabled"])) == ("174", 0, True)
        assert str(hand.window.status.kept.cget("text")) == ""
    hand.key("<Control-Key-z>")
    hand.wait()
    assert (hand.text, store.count()) == ("194", 1)


def test_digits_are_inserted_and_deleted_by_pointer(hand: Hand) -> None:
    draw(hand, "174", size=180)
    hand.click(*centre(hand, 1))
    buttons = hand.window.panel.digit.buttons
    buttons["insert"].invoke()
    assert str(hand.window.panel.digit.ask.cget("text")) == "Which digit comes after the 7?"
    assert "A box drawn round its ink is learned" in hand.message
    buttons["5"].invoke()
    hand.wait()
    assert hand.text == "1754"
    number = hand.window.panel.number.text
    x, y, width, height = number.bbox("1.0")
    number.event_generate("<Button-1>", x=x + width // 2, y=y + height // 2)
    assert hand.window.model.seen.selected == 0
    buttons["delete"].invoke()
    hand.wait()
    assert hand.text == "754"
    hand.key("<Control-Key-z>")
    hand.wait()
    assert (hand.text, hand.message) == ("1754", "Undone: 1 deleted")
    buttons["insert"].invoke()
    hand.key("<Escape>")
    hand.click(*centre(hand, 0))
    hand.key("<Key-1>")
    hand.wait()
    assert hand.text == "1754", "an insertion that was given up is a confirmation"


def test_the_keyboard_alone_does_all_that_a_pointer_does(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("inkread.apps.window.app.speak", lambda words: said.append(words) or True)
    draw(hand, "17", size=200)
    for key, text in (
        ("<Left>", "17"), ("<Key-4>", "14"), ("<Left>", "14"), ("<Key-y>", "14"), ("<Key-i>", "14"), ("<Key-8>", "184"),
        ("<Shift-Key-I>", "184"), ("<Key-2>", "1284"), ("<Delete>", "184"), ("<Delete>", "14"), ("<BackSpace>", "17"),
        ("<Control-Key-z>", "14"), ("<Control-Shift-Key-Z>", "17"),
    ):  # fmt: skip
        hand.key(key)
        hand.wait()
        assert hand.text == text, key
    hand.key("<Control-Key-c>")
    assert hand.root.clipboard_get() == "17"
    hand.key("<Key-s>")
    assert said == ["1 7"]
    hand.key("<Escape>")
    assert not hand.window.model.seen.chosen


def test_all_controls_are_reached_by_tab(hand: Hand) -> None:
    draw(hand, "17", size=200)
    hand.key("<Left>")
    seen, widget = [], hand.window.canvas
    while widget not in seen:
        seen.append(widget)
        widget = widget.tk_focusNext()
    wanted = [*hand.window.toolbar.buttons.values(), *hand.window.panel.digit.buttons.values()]
    assert [each for each in wanted if each.instate(["!disabled"]) and each not in seen] == []


def test_buttons_do_what_their_keys_do(hand: Hand) -> None:
    toolbar, model = hand.window.toolbar, hand.window.model
    draw(hand, "7", size=200)
    for name, holds in (
        ("eraser", lambda: model.tools.erasing),
        ("pen", lambda: not model.tools.erasing),
        ("undo", lambda: len(model.seen.sheet.strokes) < len(number_strokes(["7"], 9, 0, 0, seed=3))),
        ("redo", lambda: not model.seen.can_redo),
        ("clear", lambda: model.is_empty),
    ):
        toolbar.buttons[name].invoke()
        hand.wait()
        assert holds(), name
    toolbar.width.set(7)
    assert model.tools.width == 32
    hand.key("<Key-bracketleft>")
    assert model.tools.width == 24
    hand.key("<Key-l>")
    assert not model.tools.live
    draw(hand, "7", size=200)
    assert hand.text == ""
    hand.key("<Return>")
    hand.wait()
    assert hand.text == "7"


def test_a_picture_is_opened_and_one_that_is_none_is_told(
    hand: Hand, tmp_path: Path, screenshots: Path
) -> None:
    page = tmp_path / "page.png"
    Image.fromarray(draw_page(["2024", "38"], seed=4)).save(page)
    hand.window.open_picture(page)
    hand.wait()
    assert hand.text == inkread.read(page).text == "2024\n38"
    hand.screenshot(screenshots / "picture.png")
    (tmp_path / "notes.txt").write_text("no picture")
    hand.window.open_picture(tmp_path / "notes.txt")
    hand.wait()
    assert "notes.txt" in hand.message
    assert str(hand.window.status.message.cget("style")) == "Error.TLabel"
    assert hand.text == "2024\n38"
    hand.screenshot(screenshots / "error.png")


def test_copy_and_paste(hand: Hand, tmp_path: Path) -> None:
    hand.key("<Control-Key-v>")
    assert "no picture" in hand.message
    draw(hand, "42", size=200)
    hand.key("<Control-Key-c>")
    assert hand.root.clipboard_get() == "42"
    hand.key("<Control-Key-v>")
    assert "no picture" in hand.message, "the number that was copied is none"
    page = tmp_path / "page.png"
    Image.fromarray(draw_page(["571"], seed=4)).save(page)
    hand.root.clipboard_clear()
    hand.root.clipboard_append(page.as_uri())
    hand.key("<Control-Key-v>")
    hand.wait()
    assert hand.text == "571"


@pytest.mark.skipif(
    shutil.which("xclip") is None, reason="needs xclip, another program that copies a picture"
)
def test_a_picture_that_another_program_copied_is_pasted(hand: Hand, tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    Image.fromarray(draw_page(["571"], seed=4)).save(page)
    with subprocess.Popen(
        ["xclip", "-quiet", "-selection", "clipboard", "-t", "image/png", str(page)]
    ) as owner:
        try:
            for _ in range(200):  # it owns the clipboard when it does
                hand.key("<Control-Key-v>")
                if "no picture" not in hand.message:
                    break
                time.sleep(0.05)
            hand.wait()
            assert hand.text == "571"
        finally:
            owner.kill()


def test_the_drawing_zooms_with_the_window(hand: Hand) -> None:
    draw(hand, "2024", size=140)
    before = hand.window.model.layer.placement.scale
    hand.root.geometry("800x600")
    hand.wait(lambda: hand.rests() and hand.window.model.layer.placement.scale < 0.8 * before)
    assert hand.text == "2024"
    assert hand.window.canvas._photo.width() == hand.window.canvas.winfo_width()


def test_light_and_dark_change_in_place(hand: Hand, screenshots: Path) -> None:
    draw(hand, "38", size=200)
    for _ in range(3):
        hand.key("<Control-Key-d>")
        hand.wait()
    picture = np.asarray(hand.screenshot(screenshots / "dark.png").convert("L"))
    assert np.median(picture) < 50
    assert hand.text == "38"
    hand.key("<F1>")
    hand.root.update()
    hand.screenshot(screenshots / "keys.png")


def test_what_nobody_foresaw_is_told_and_drawing_goes_on(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(hand.window.panel, "show", fail)
    draw(hand, "7")
    assert "made to fail" in hand.message
    assert "Traceback" in capfd.readouterr().err
    monkeypatch.undo()
    draw(hand, "1", left=500)
    assert hand.text == "7 1"


LOOKS = {
    "light": {},
    "dark": {"dark": True},
    "contrast": {"contrast": True},
    "dark-contrast": {"dark": True, "contrast": True},
}
SCREENS = {"100": (1.0, 1.0), "144dpi": (1.5, 1.0), "200-text": (1.0, 2.0), "200-screen": (2.0, 1.0)}


def outside(hand: Hand) -> list[str]:
    """What of toolbar, canvas and status line is cut off or out of sight, and which keys cannot be scrolled to."""
    root, window = hand.root, hand.window
    left, top = root.winfo_rootx(), root.winfo_rooty()
    right, bottom = left + root.winfo_width(), top + root.winfo_height()
    below = window.canvas.winfo_rooty()
    found = []
    for each in (*window.toolbar.winfo_children(), window.canvas, window.panel, window.status.message):
        end = each.winfo_rootx() + each.winfo_width(), each.winfo_rooty() + each.winfo_height()
        cut = each.winfo_width() < each.winfo_reqwidth() or each.winfo_height() < each.winfo_reqheight()
        under = each.master is window.toolbar and end[1] > below
        if (
            each.winfo_rootx() < left
            or each.winfo_rooty() < top
            or end[0] > right
            or end[1] > bottom
            or cut
            or under
        ):
            found.append(str(each))
    view = window.panel.view
    for name, key in window.panel.digit.buttons.items():
        key.focus_force()
        root.update()
        low, high = key.winfo_rooty() - view.winfo_rooty(), key.winfo_rootx() + key.winfo_width()
        if (
            low < 0
            or low + key.winfo_height() > view.winfo_height()
            or high > view.winfo_rootx() + view.winfo_width()
        ):
            found.append(name)
    return found


@pytest.mark.parametrize(
    ("screen_of", "look"),
    [*((screen_of, "light") for screen_of in SCREENS), *(("200-text", look) for look in list(LOOKS)[1:])],
)
def test_nothing_is_out_of_sight_on_a_small_screen_or_with_large_text(
    display: str, tmp_path: Path, reader: inkread.Reader, screenshots: Path, screen_of: str, look: str
) -> None:
    zoom, text_size = SCREENS[screen_of]
    size_wh = (1366, 722) if zoom < 2 else (2536, 1448)
    hand = Hand(tmp_path, size_wh, reader=reader, zoom=zoom, text_size=text_size, **LOOKS[look])
    hand.wait()
    assert hand.window.theme.dpi == zoom
    name = f"{screen_of}-{look}"
    hand.screenshot(screenshots / f"{name}-empty.png")
    hand.write(number_strokes(["174"], 110 * zoom, 40 * zoom, 70 * zoom, seed=3), 12 * zoom)
    hand.wait()
    hand.window.model.say("choose", 1)
    hand.wait()
    hand.screenshot(screenshots / f"{name}-number.png")
    assert outside(hand) == []
    for key in hand.window.panel.digit.buttons.values():
        assert min(key.winfo_width(), key.winfo_height()) >= 44 * zoom
    hand.close()


def test_text_and_contrast_change_in_place_and_are_remembered(hand: Hand, screenshots: Path) -> None:
    draw(hand, "38", size=200)
    for _ in range(4):
        hand.key("<Control-Key-plus>")
    hand.key("<Control-Key-h>")
    hand.wait()
    assert hand.text == "38"
    assert (hand.window.settings["text_size"], hand.window.settings["contrast"]) == (2.0, True)
    assert hand.window.theme.font(14)[1] == -28
    hand.screenshot(screenshots / "changed-in-place.png")
    hand.window.model.say("choose", 0)
    hand.root.update()
    assert outside(hand) == []
    hand.key("<Control-Key-minus>")
    assert hand.message == "Text at 175 %"


def test_the_states_are_said_in_words(hand: Hand, screenshots: Path) -> None:
    says, model = hand.window.panel.number.says, hand.window.model

    def shown(name: str) -> tuple[str, str]:
        hand.root.update()
        hand.screenshot(screenshots / f"state-{name}.png")
        return str(says.cget("text")), hand.window.panel.number.text.get("1.0", "end").strip()

    assert shown("empty") == ("Nothing is drawn yet", "")
    size_wh = hand.window.canvas.canvas_wh
    hand.stroke([(100, 200)])
    hand.wait()
    assert shown("unread")[0].startswith("No digits found")
    hand.key("<Control-Key-n>")
    draw(hand, "7", size=200)
    hand.key("<Key-l>")
    hand.write(number_strokes(["1"], 200, 600, 90, seed=3))
    hand.wait()
    assert shown("waiting") == ("Not read yet: press Recognise", "7")
    assert hand.window.panel.number.text.tag_ranges("stale")
    canvas = hand.window.canvas
    shown_as_old = [canvas.itemcget(item, "outline") for item in canvas.find_withtag("found")]
    assert shown_as_old == [canvas.paper.muted], "a box without a badge"
    hand.key("<Control-Key-c>")
    assert hand.message == "There is no number to copy: Not read yet: press Recognise"
    submit, hand.readings.submit = hand.readings.submit, lambda job: None
    hand.key("<Return>")
    hand.wait()
    assert shown("reading") == ("Reading …", "7")
    hand.readings.submit = submit
    hand.key("<Return>")
    hand.wait()
    assert shown("read")[1] == "7 1"
    model._do(lambda: model.seen.failed("the picture took longer than 60 s; make it smaller"))
    assert shown("failed") == ("Not read: the picture took longer than 60 s; make it smaller", "")
    assert hand.message.startswith("Error: ")
    assert hand.window.canvas.canvas_wh == size_wh, "the canvas does not move when the panel needs a bar"


def test_the_window_says_that_the_page_is_for_screen_readers(hand: Hand) -> None:
    assert "inkread serve" in hand.message
    hand.key("<F1>")
    hand.root.update()
    sheet = next(each for each in hand.root.winfo_children() if each.winfo_class() == "Toplevel")
    words = next(each for each in sheet.winfo_children() if each.winfo_class() == "Text").get("1.0", "end")
    assert "Screen readers" in words
    assert "inkread serve" in words
    assert "Undo\tCtrl+Z" in words
    assert sheet.winfo_height() <= hand.root.winfo_screenheight()
    sheet.event_generate("<Escape>")
    hand.root.update()
    assert not sheet.winfo_exists()


def start(display: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "INKREAD_CORRECTIONS": str(folder), "DISPLAY": display}
    return subprocess.Popen(
        [sys.executable, "-m", "inkread", "draw", *arguments],
        env=environment, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool")
def test_the_command_opens_a_window_that_a_mouse_draws_in(display: str, tmp_path: Path) -> None:
    child = start(display, tmp_path / "kept", "--light")
    try:
        kept = Corrections(tmp_path / "kept")
        draw_and_correct_a_one(kept)
        assert (kept.list()[0].label, kept.list()[0].guessed) == (1, 1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert kept.count() == 1
        assert inkread.read(kept.list()[0].path).text == "1"
    finally:
        child.kill()
        child.communicate()


def test_without_a_screen_there_is_one_line(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere there is always a screen")
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "inkread", "draw"],
        env=environment, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "inkread serve" in done.stderr


def test_settings_are_as_they_were_when_the_window_was_closed(hand: Hand) -> None:
    window = hand.window
    window.restore({"width": 18.0, "live": False, "mine": False, "geometry": "900x700+99999+0"})
    tools = window.model.tools
    assert (tools.width, tools.live, tools.mine) == (18.0, False, False)
    kept = window.settings
    assert "99999" not in kept["geometry"], "a place off the screen is not taken"
    window.restore({})
    assert window.settings == kept


def test_settings_are_kept_soon_after_they_change(hand: Hand) -> None:
    """A window that is killed is as it was the next time; who cannot keep them says so once, and goes on."""
    window, kept = hand.window, []
    hand.wait(lambda: "keep" not in window.canvas.timers)
    window.keep = kept.append
    hand.key("<Key-d>")
    hand.wait(lambda: bool(kept))
    assert (len(kept), kept[0]["dark"]) == (1, True)
    before = hand.root.winfo_height()
    hand.root.geometry("900x700+40+50")
    hand.wait(lambda: len(kept) > 1 and hand.root.winfo_height() != before)
    hand.wait(lambda: "keep" not in window.canvas.timers)
    assert kept[-1]["geometry"].startswith("900x700")

    def fail(_: Any) -> None:
        raise InkreadError("settings: cannot be written")

    window.keep = fail
    hand.key("<Key-d>")
    hand.wait(lambda: "not kept" in hand.message)
    assert hand.message == "Error: Settings are not kept: settings: cannot be written"
    window.told(Message("another"))
    hand.key("<Key-d>")
    hand.wait(lambda: "keep" not in window.canvas.timers)
    assert hand.message == "another"


def test_what_cannot_be_done_is_told_in_one_line(hand: Hand, capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise InkreadError("the folder is gone; name another one")

    hand.window.model.forget_all = fail
    hand.root.after(1, hand.window.model.forget_all)
    hand.wait(lambda: "the folder is gone" in hand.message)
    assert "Traceback" not in capfd.readouterr().err
