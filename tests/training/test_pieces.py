"""What samples are made of: marks, digits cut from neighbours, printed rules and words, JPEG."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.measure import stroke_width
from inkread.sketch import draw_path
from inkread.training.data.strokes import CANVAS
from inkread.training.glyphs.augment import Perturbation, perturb
from inkread.training.glyphs.negatives import cropped, cut_from
from inkread.training.recipe import MARKS
from inkread.training.synthesis.characters.degradation import as_jpeg
from inkread.training.synthesis.characters.marks import draw_mark
from inkread.training.synthesis.characters.printed_text import printed
from inkread.training.synthesis.characters.stroke_warp import another_hand

Ink = NDArray[np.float32]
QUIET: dict[str, Any] = {name: 1.0 if name == "width_ratio" else 0.0 for name in Perturbation.__slots__}


def drawn(*lines: list[tuple[float, float]], width: float = 9.0) -> Ink:
    """Strokes on a canvas, from corners in pixels."""
    ink = np.zeros((CANVAS, CANVAS), np.float32)
    for line in lines:
        draw_path(ink, np.array(line, float), np.full(len(line), width))
    return ink


FIVE = drawn(
    [(74, 16), (42, 18), (38, 50), (62, 48), (76, 66), (66, 88), (36, 92)],
)
SEVEN = drawn([(34, 18), (78, 18), (50, 94)])
DASH = drawn([(16, 56), (96, 54)])


def is_ink(ink: Ink) -> None:
    assert ink.shape == (CANVAS, CANVAS)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() < 0.5 < ink.max() <= 1.0001


# Marks


def marks(name: str, count: int = 12) -> list[Ink]:
    """So many of the mark, cropped to their ink."""
    rng, found = np.random.default_rng(5), []
    while len(found) < count:
        ink, shown = draw_mark(rng)
        if shown == name:
            found.append(cropped(ink))
    return found


def aspects(name: str) -> NDArray[np.float64]:
    """Width over height of the mark, drawn twelve times."""
    return np.array([ink.shape[1] / ink.shape[0] for ink in marks(name)])


def lean(ink: Ink) -> float:
    """How far the ink moves to the right from the lower to the upper half, in widths of its box."""
    half, xs = ink.shape[0] // 2, np.arange(ink.shape[1])
    middles = [float(part.sum(axis=0) @ xs) / float(part.sum()) for part in (ink[:half], ink[-half:])]
    return (middles[0] - middles[1]) / ink.shape[1]


def test_every_mark_is_drawn_and_never_twice_the_same() -> None:
    rng = np.random.default_rng(0)
    made = [draw_mark(rng) for _ in range(160)]
    assert {name for _, name in made} == set(MARKS)
    for ink, _ in made:
        is_ink(ink)
    assert len({ink.tobytes() for ink, _ in made}) == 160


def test_a_dash_lies_and_a_slash_leans() -> None:
    assert aspects("-").min() > 1.3
    assert np.median(aspects("-")) > 2
    assert aspects("/").max() < 1.4
    assert all(lean(ink) > 0.15 for ink in marks("/"))


def test_a_point_is_round_and_a_comma_hangs() -> None:
    for ink in marks("."):
        assert 0.5 < ink.shape[1] / ink.shape[0] < 2
        assert (ink > 0.5).mean() > 0.5, "a blot, and no ring"
    assert np.median(aspects(",")) < 0.9
    assert np.mean([lean(ink) for ink in marks(",")]) > 0.1


def test_brackets_are_open_to_opposite_sides() -> None:
    """The middle of the stroke lies on the side away from what is in the brackets."""
    for name, side in (("(", -1), (")", 1)):
        bulges = []
        for ink in marks(name):
            third, xs = ink.shape[0] // 3, np.arange(ink.shape[1])
            ends = np.concatenate([ink[:third], ink[-third:]]).sum(axis=0)
            middle = ink[third:-third].sum(axis=0)
            bulges.append(float(middle @ xs / middle.sum() - ends @ xs / ends.sum()) * side)
        assert min(bulges) > 0
        assert aspects(name).max() < 0.9


def test_a_colon_is_two_pieces_and_a_plus_a_cross() -> None:
    for ink in marks(":"):
        rows = ink.max(axis=1) > 0.5
        assert np.flatnonzero(np.diff(rows.astype(int)) == 1).size + int(rows[0]) == 2
    for ink in marks("+"):
        assert cv2.connectedComponents((ink >= 0.5).astype(np.uint8))[0] == 2
        quarters = [ink[:half, :side] for half in (ink.shape[0] // 4,) for side in (ink.shape[1] // 4,)]
        assert max(quarter.mean() for quarter in quarters) < 0.5 * ink.mean() + 0.1
        assert 0.4 < ink.shape[1] / ink.shape[0] < 2.5


# Neighbours


@pytest.fixture
def unscaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts stay on the sheet on which they were made: digit and neighbour beside each other, the latter gone."""
    monkeypatch.setattr("inkread.training.glyphs.negatives.on_canvas", lambda ink: ink)


@pytest.mark.parametrize("neighbour", [FIVE, SEVEN, DASH], ids=["5", "7", "dash"])
@pytest.mark.parametrize("digit", [FIVE, SEVEN], ids=["5", "7"])
@pytest.mark.usefixtures("unscaled")
def test_a_cut_keeps_most_of_the_digit_and_little_of_its_neighbour(digit: Ink, neighbour: Ink) -> None:
    rng, own, shares = np.random.default_rng(2), cropped(digit), []
    before = digit.copy(), neighbour.copy()
    for _ in range(60):
        ink = cut_from(digit, neighbour, rng)
        if ink is not digit:
            shares.append(float(ink.sum()) / float(own.sum()))
    assert len(shares) > 30, "most can be cut"
    assert 0.88 <= min(shares) < 0.99, "some of the digit is lost"
    assert max(shares) <= 1.1
    assert np.array_equal(digit, before[0])
    assert np.array_equal(neighbour, before[1])


@pytest.mark.usefixtures("unscaled")
def test_neighbours_stand_at_the_left_as_often_as_at_the_right() -> None:
    rng, width = np.random.default_rng(3), cropped(FIVE).shape[1]
    cuts = [ink for _ in range(80) if (ink := cut_from(FIVE, SEVEN, rng)) is not FIVE]
    lefts, rights = (sum(not ink[:, side].any() for ink in cuts) for side in (0, -1))
    assert lefts > 15 < rights
    assert all(ink.shape[1] > width for ink in cuts)


def test_cuts_are_digits_on_a_canvas() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        is_ink(cut_from(SEVEN, FIVE, rng))


# Print, rules and JPEG


def test_printed_words_have_ink_and_differ() -> None:
    rng = np.random.default_rng(1)
    made = [printed(rng) for _ in range(40)]
    for ink in made:
        assert ink.shape == (CANVAS, CANVAS)
        assert ink.max() > 0.5
        assert ink.sum() > 100
    assert len({ink.tobytes() for ink in made}) > 30


def test_rules_are_drawn_and_taken_out() -> None:
    rng, how = np.random.default_rng(0), Perturbation(**(QUIET | {"rule_chance": 1.0}))
    plain = perturb(FIVE, np.random.default_rng(0), Perturbation(**QUIET))
    sums = []
    for _ in range(40):
        ink = perturb(FIVE, rng, how)
        assert ink.shape == (CANVAS, CANVAS)
        assert 0 <= ink.min() < ink.max() <= 1
        sums.append(float(ink.sum() - plain.sum()))
    assert min(sums) < -1 < 1 < max(sums)
    assert max(map(abs, sums)) < 0.3 * plain.sum(), "the digit is still there"


@pytest.mark.parametrize("shape", [(CANVAS, CANVAS), (30, 17), (8, 8), (5, 90)])
def test_jpeg_of_full_quality_loses_nearly_nothing(shape: tuple[int, int]) -> None:
    ink = cv2.resize(FIVE, shape[::-1], interpolation=cv2.INTER_AREA)
    back = as_jpeg(ink, 100)
    assert back.shape == ink.shape
    assert back.dtype == np.float32
    assert np.abs(back - ink).max() < 0.012, "three of 255 levels"


def test_jpeg_loses_more_the_lower_its_quality_and_agrees_with_a_real_one() -> None:
    losses = []
    for quality in (90, 50, 20, 8):
        made = as_jpeg(FIVE, quality)
        assert 0 <= made.min() < made.max() <= 1
        losses.append(float(np.abs(made - FIVE).mean()))
        grey = np.rint(FIVE * 255).astype(np.uint8)
        real = cv2.imdecode(
            cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE
        )
        assert np.abs(made - real.astype(np.float32) / 255).mean() < 0.004
    assert losses == sorted(losses)
    assert losses[0] < 0.01 < losses[-1]


def test_jpeg_leaves_plain_paper_plain() -> None:
    for quality in (8, 30, 90):
        blank = as_jpeg(np.zeros((20, 20), np.float32), quality)
        assert np.ptp(blank) < 1e-5
        assert blank.max() < 0.025, "less than half a step of a block's mean"
        assert np.ptp(as_jpeg(FIVE, quality)[:8, :8]) < 1e-5


def test_the_digits_here_are_as_wide_as_their_pen() -> None:
    assert 7 < stroke_width(FIVE) < 10


def test_another_hand_moves_the_pen_a_little_and_alters_nothing_in_place() -> None:
    rng = np.random.default_rng(4)
    strokes = [np.array([[0, 0], [0, 50], [40, 50]], np.float32), np.array([[30, 10], [30, 100]], np.float32)]
    before = [stroke.copy() for stroke in strokes]
    made = [another_hand(strokes, rng) for _ in range(200)]
    assert all(np.array_equal(a, b) for a, b in zip(strokes, before, strict=True))
    assert {len(strokes) for strokes in made} == {1, 2}, "now and then the pen drags ink to the next stroke"
    assert {len(np.concatenate(strokes)) for strokes in made} >= {5, 6}, "now and then there is a hook"
    for strokes in made:
        every = np.concatenate(strokes)
        assert every.min() > -30
        assert every.max() < 130
    assert len({strokes[0].tobytes() for strokes in made}) > 190
