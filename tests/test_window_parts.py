"""The parts of the window that draw, without a window: ink, places, labels, pixels, the table of actions."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkread.apps.view_model import ViewModel
from inkread.apps.view_parts import Sheet, overlap
from inkread.apps.view_words import counted
from inkread.apps.window.actions import ACTIONS, MENUS, sequences, shortcut
from inkread.apps.window.image import sheet_image
from inkread.apps.window.ink_layer import InkLayer, Placement, around, clipped, joined
from inkread.sketch import Sketch, Stroke

points = st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 100)), min_size=1, max_size=8)
strokes = st.lists(st.tuples(points, st.floats(2, 25), st.booleans()), max_size=5)


def draw_live(layer: InkLayer, path: list[tuple[int, int]], width: float, erases: bool) -> Stroke:
    layer.begin(*path[0], width, erases)
    for point in path[1:]:
        layer.move(*point)
    stroke = layer.finish()
    assert stroke is not None
    return stroke


@given(strokes)
@settings(max_examples=30, deadline=None)
def test_ink_drawn_live_is_the_ink_of_the_sketch(given_strokes: list[tuple[list, float, bool]]) -> None:
    layer = InkLayer((100, 80))
    drawn = [draw_live(layer, path, width, erases) for path, width, erases in given_strokes]
    assert np.abs(layer.ink / 255 - Sketch((100, 80), drawn).to_ink()).max(initial=0) < 0.012


@given(strokes, st.data())
@settings(max_examples=30, deadline=None)
def test_ink_after_undo_is_that_of_what_is_left(given_strokes: list, data: st.DataObject) -> None:
    layer = InkLayer((100, 80))
    drawn = [draw_live(layer, path, width, erases) for path, width, erases in given_strokes]
    left = data.draw(st.lists(st.sampled_from(drawn), unique_by=id)) if drawn else []
    left = [stroke for stroke in drawn if any(stroke is each for each in left)]
    layer.show(left)
    wanted = InkLayer((100, 80))
    wanted.show(left)
    assert np.abs(layer.ink.astype(int) - wanted.ink).max(initial=0) <= 1
    layer.show(drawn)
    wanted.show(drawn)
    assert np.abs(layer.ink.astype(int) - wanted.ink).max(initial=0) <= 1


def test_only_what_changed_is_said_to_have_changed() -> None:
    layer = InkLayer((200, 200))
    before = layer.ink.copy()
    for step in (
        lambda: layer.begin(50, 50, 8, False),
        lambda: layer.move(60, 55),
        lambda: layer.move(90, 40),
        lambda: layer.move(120, 120),
    ):
        rect = step()
        changed = layer.ink != before
        assert rect is not None
        changed[rect[1] : rect[3], rect[0] : rect[2]] = False
        assert not changed.any()
        before = layer.ink.copy()


def test_a_drawing_zooms_with_the_canvas_and_comes_back_as_it_was() -> None:
    ink = (600.0, 100.0, 880.0, 500.0)
    first = Placement.fitting((900, 600), ink, (900, 600))
    assert first == Placement(1.0, 0.0, 0.0)
    assert Placement.fitting((900, 600), ink, (450, 600)).scale == 0.5
    assert Placement.fitting((900, 600), ink, (1800, 1200)).scale == 2
    beyond = Placement.fitting((900, 600), (-300, 0, 1200, 600), (900, 600))
    assert beyond.edges((-300, 0, 1200, 600)) == pytest.approx((0, 120, 900, 480))
    assert beyond.to_sheet(beyond.to_canvas([(3, 4)])) == pytest.approx(np.array([(3, 4)]))


def test_rectangles() -> None:
    assert around((1.2, 2.0, 3.5, 4.0), 1) == (0, 1, 5, 5)
    assert clipped((-5, 2, 50, 4), (10, 10)) == (0, 2, 10, 4)
    assert clipped((20, 2, 50, 4), (10, 10)) is None
    assert joined(None, (1, 2, 3, 4), (0, 3, 2, 9)) == (0, 2, 3, 9)
    assert joined(None) is None
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (1, 0, 2, 1)) == 0


@pytest.mark.parametrize("dark", [False, True])
def test_the_image_that_is_read_is_the_drawing_with_paper_round_it(dark: bool) -> None:
    layer = InkLayer((300, 200))
    sketch = Sketch((300, 200), [draw_live(layer, [(100, 50), (200, 150)], 10, False)])
    image = sheet_image(Sheet(sketch.strokes, None, sketch.size_wh), layer, 1.0, dark)
    whole = sketch.to_image(dark)
    assert image.shape[:2] < whole.shape[:2] or image.shape[0] > 190
    inked = np.abs(whole.astype(int) - whole[0, 0]).sum() / 3
    assert np.abs(image.astype(int) - image[0, 0]).sum() / 3 == pytest.approx(inked, rel=0.01)
    assert image[0, 0, 0] == (0 if dark else 255)


def test_at_200_percent_the_image_that_is_read_has_half_the_pixels_each_way() -> None:
    layer = InkLayer((600, 400), Placement(2.0, 0, 0))
    sketch = Sketch((300, 200), [draw_live(layer, [(200, 100), (400, 300)], 20, False)])
    assert sketch.strokes[0].width == 10
    fine = InkLayer((300, 200))
    plain = Sketch((300, 200), [draw_live(fine, [(100, 50), (200, 150)], 10, False)])
    a, b = (
        sheet_image(Sheet(sketch.strokes, None, sketch.size_wh), layer, 2.0, False),
        sheet_image(Sheet(plain.strokes, None, plain.size_wh), fine, 1.0, False),
    )
    assert a.shape == pytest.approx(b.shape, abs=1)


def test_every_action_has_a_key_of_its_own_and_a_place_in_a_menu() -> None:
    pytest.importorskip("tkinter")
    from inkread.apps.window import files
    from inkread.apps.window.app import MainWindow
    from inkread.apps.window.model import Model

    keys = [sequence for action in ACTIONS for key in action.keys for sequence in sequences(key, mac=False)]
    assert len(keys) == len(set(keys))
    assert {action.menu for action in ACTIONS} == set(MENUS)
    for action in ACTIONS:
        assert action.keys
        assert callable(
            getattr(Model, action.model[0])
            if action.model
            else getattr(MainWindow, action.name, None) or getattr(files, action.name)
        )
        assert action.model[:1] != ("say",) or callable(getattr(ViewModel, action.model[1]))


def test_keys_are_written_as_each_system_does() -> None:
    by_name = {action.name: action for action in ACTIONS}
    assert shortcut(by_name["redo"], mac=False) == "Ctrl+Shift+Z"
    assert shortcut(by_name["redo"], mac=True) == "⇧⌘Z"
    assert shortcut(by_name["wider"], mac=False) == "]"
    assert sequences("Mod+Shift+Z", mac=False) == ("<Control-Shift-Key-Z>", "<Control-Shift-Key-z>")
    assert sequences("Mod+Z", mac=True) == ("<Command-Key-z>", "<Command-Key-Z>")
    assert sequences("[", mac=False) == ("<Key-bracketleft>",)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", list(itertools.product([False, True], repeat=2)), ids=str)
def test_all_text_and_all_edges_can_be_seen(look: tuple[bool, bool]) -> None:
    pytest.importorskip("tkinter")
    from inkread.apps.window.theme import PALETTES

    p, least = PALETTES[look], 7.0 if look[1] else 4.5
    for ground in (p.window, p.card, p.paper, p.hover):
        for text in (p.text, p.muted, p.doubt, p.error, p.good, p.accent):
            assert contrast(text, ground) >= (4.5 if ground == p.hover or text == p.accent else least), (
                text,
                ground,
            )
    for plate in (p.accent, p.doubt, p.good, p.muted):
        assert contrast(p.paper, plate) >= least, "badges"
    assert contrast(p.on_accent, p.accent) >= least
    assert min(contrast(p.border, p.card), contrast(p.border, p.window)) >= 3


def test_words() -> None:
    assert [counted(number, "digit") for number in (1, 2, 1200)] == ["1 digit", "2 digits", "1,200 digits"]
