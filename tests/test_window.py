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
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.confidence import percent
from inkread.corrections import Corrections
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
    left, top, right, bottom = model.layer.placement.edges(model.reading_view.parts[index].box)
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
    assert "sure" in str(hand.window.panel.number.sure.cget("text"))


def test_every_place_shows_the_confidence_of_the_digit(hand: Hand) -> None:
    """Labels, panel and summary say what the reading says; the bars say that they are the shape alone."""
    draw(hand, "27149")
    model, panel = hand.window.model, hand.window.panel
    digits = model.reading_view.steps.reading.digits
    assert [found.confidence for found in model.reading_view.digits] == [digit.confidence for digit in digits]
    assert [spec.detail for spec in hand.window.canvas._specs()] == [percent(d.confidence) for d in digits]
    for i, digit in enumerate(digits):
        model.choose(i)
        hand.root.update()
        assert str(panel.digit.sure.cget("text")).startswith(percent(digit.confidence))
    assert panel.digit.alone.cget("text") == "The shape alone, without its neighbours"
    assert panel.digit.alone.winfo_viewable()
    if not model.reading_view.steps.reading.doubtful:
        assert model.summary.startswith(percent(model.reading_view.steps.reading.confidence))


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
    strokes = len(hand.window.model.sketch.strokes)
    hand.key("<Control-Key-z>")
    assert len(hand.window.model.sketch.strokes) == strokes - 1
    hand.key("<Control-Shift-Key-Z>")
    hand.wait()
    assert hand.text == "17"
    hand.key("<Delete>")
    hand.wait()
    assert hand.text == ""
    assert hand.window.model.is_empty
    hand.key("<Control-Key-z>")
    hand.wait()
    assert hand.text == "17"


def test_a_digit_is_clicked_and_corrected_by_typing(hand: Hand, tmp_path: Path, screenshots: Path) -> None:
    draw(hand, "174", size=180)
    hand.click(*centre(hand, 1))
    assert str(hand.window.panel.digit.caption.cget("text")) == "DIGIT 2 OF 3"
    hand.key("<Key-9>")
    hand.wait()
    assert hand.text == "194"
    assert Corrections(tmp_path / "kept").list()[0].label == 9
    assert "1 correction" in str(hand.window.status.kept.cget("text"))
    panel = hand.window.panel.digit
    assert [str(each.cget("text")) for each in (panel.value, panel.sure)] == ["9", "corrected"]
    assert str(panel.rest.cget("text")).startswith("read as 7, ")
    hand.screenshot(screenshots / "corrected.png")


def test_a_correction_is_undone_and_taken_back(hand: Hand, tmp_path: Path) -> None:
    draw(hand, "174", size=180)
    store, keys = Corrections(tmp_path / "kept"), hand.window.panel.digit.choices
    assert not keys.back.winfo_ismapped()
    hand.click(*centre(hand, 1))
    steps: tuple[Callable[[], object], ...] = (
        lambda: hand.key("<Control-Key-z>"),
        lambda: hand.key("<BackSpace>"),
        keys.back.invoke,
    )
    for take_back in steps:
        hand.key("<Key-9>")
        hand.wait()
        assert (hand.text, store.count(), keys.back.winfo_ismapped()) == ("194", 1, True)
        take_back()
        hand.wait()
        assert (hand.text, store.count(), keys.back.winfo_ismapped()) == ("174", 0, False)
        assert str(hand.window.status.kept.cget("text")) == ""
    hand.key("<Control-Key-z>")
    hand.wait()
    assert (hand.text, store.count()) == ("194", 1)


def test_the_keyboard_alone_goes_from_digit_to_digit_and_corrects(hand: Hand) -> None:
    draw(hand, "17", size=200)
    hand.key("<Left>")
    hand.key("<Key-4>")
    hand.wait()
    assert hand.text == "14"
    hand.key("<Escape>")
    assert not hand.window.model.chosen


def test_buttons_do_what_their_keys_do(hand: Hand) -> None:
    toolbar, model = hand.window.toolbar, hand.window.model
    draw(hand, "7", size=200)
    for name, holds in (
        ("eraser", lambda: model.tools.erasing),
        ("pen", lambda: not model.tools.erasing),
        ("dark_canvas", lambda: model.tools.dark),
        ("undo", lambda: len(model.sketch.strokes) < len(number_strokes(["7"], 9, 0, 0, seed=3))),
        ("redo", lambda: not model.sketch.can_redo),
        ("clear", lambda: model.is_empty),
    ):
        toolbar._buttons[name].invoke()
        hand.wait()
        assert holds(), name
    toolbar._width.set(7)
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
    assert str(hand.window.status.message.cget("style")) == "error.Status.TLabel"
    assert hand.text == "2024\n38"
    hand.screenshot(screenshots / "error.png")


def test_copy_and_paste(hand: Hand, tmp_path: Path) -> None:
    hand.key("<Control-Key-v>")
    assert "no picture" in hand.message
    draw(hand, "42", size=200)
    hand.key("<Control-Key-c>")
    assert hand.root.clipboard_get() == "42"
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
    assert hand.text == "71"


@pytest.mark.parametrize("zoom", [1.0, 2.0])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_screenshots_at_100_and_200_percent(
    display: str, tmp_path: Path, reader: inkread.Reader, screenshots: Path, zoom: float, dark: bool
) -> None:
    size_wh = round(1268 * zoom), round(724 * zoom)
    hand = Hand(tmp_path, size_wh, dark, reader, zoom)
    assert hand.window.theme.dpi == zoom
    name = f"{100 * zoom:.0f}-{'dark' if dark else 'light'}"
    hand.screenshot(screenshots / f"{name}-empty.png")
    hand.write(number_strokes(["90517"], 110 * zoom, 60 * zoom, 90 * zoom, seed=2), 12 * zoom)
    hand.wait()
    assert hand.text == "90517"
    hand.screenshot(screenshots / f"{name}-number.png")
    digit = hand.window.panel.digit
    keys_end = digit.choices.winfo_rooty() + digit.choices.winfo_height()
    assert keys_end < digit.winfo_rooty() + digit.winfo_height(), "the keys for correcting are cut off"
    status = hand.window.status
    assert status.winfo_rooty() + status.winfo_height() <= hand.root.winfo_rooty() + hand.root.winfo_height()
    hand.close()


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
