"""Ink is found whatever the pen, the paper and the light; where there is none, none is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import inkread
from inkread.ink import find_ink, find_ink_and_pieces, is_light_on_dark, look_for_ink, threshold
from inkread.ink.polarity import plain_paper
from inkread.measure import find_pieces
from inkread.sketch import Sketch, Stroke
from made import draw_number

Picture = NDArray[np.uint8]
PICTURE = draw_number("2638", seed=4, size=80)
TRUTH = PICTURE[..., 0] < 140


def agreement(ink: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of the ink with what was written."""
    found = ink >= 0.5
    return float((found & truth).sum() / max(1, (found | truth).sum()))


def with_colours(paper: tuple[int, int, int], pen: tuple[int, int, int]) -> Picture:
    """The picture in other colours."""
    share = (255 - PICTURE[..., :1].astype(float)) / 230
    return np.round(np.array(paper) * (1 - share) + np.array(pen) * share).astype(np.uint8)


def test_ink_is_a_map_of_floats_and_the_picture_stays() -> None:
    picture = PICTURE.copy()
    picture.setflags(write=False)
    ink = find_ink(picture)
    assert ink.shape == picture.shape[:2]
    assert ink.dtype == np.float32
    assert (ink.min(), ink.max()) == (0, 1)
    assert np.array_equal(picture, PICTURE)


def test_the_same_picture_gives_the_same_ink_to_the_last_bit() -> None:
    """Wherever in memory its arrays happen to lie."""
    rng = np.random.default_rng(0)
    first = find_ink(PICTURE)
    kept = []
    for _ in range(30):
        kept.append(np.empty(int(rng.integers(1, 50_000)), np.uint8))
        assert np.array_equal(find_ink(PICTURE), first)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 40, 255]))
def test_any_picture_gives_ink_between_0_and_1(seed: int, height: int, width: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, depth, (height, width, 3), np.uint8, endpoint=True)
    ink = find_ink(picture)
    assert (ink.shape, ink.dtype) == ((height, width), np.float32)
    assert np.isfinite(ink).all()
    assert (ink >= 0).all()
    assert (ink <= 1).all()


@pytest.mark.parametrize("dark", [False, True])
def test_dark_on_light_and_light_on_dark(dark: bool) -> None:
    picture = 255 - PICTURE if dark else PICTURE
    assert is_light_on_dark(picture) is dark
    assert agreement(find_ink(picture), TRUTH) > 0.9


def test_a_board_before_a_bright_wall_is_still_light_on_dark() -> None:
    board = np.full((400, 600, 3), 235, np.uint8)
    board[30:370, 40:560] = (32, 60, 48)
    chalk = draw_number("473", seed=2, size=130, dark=True, pen=0.06)
    h, w = chalk.shape[:2]
    window = board[60 : 60 + h, 80 : 80 + w]
    np.maximum(window, chalk, out=window)
    assert is_light_on_dark(board)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((255, 255, 255), (20, 40, 200)),
        ((255, 255, 255), (230, 30, 30)),
        ((255, 255, 255), (20, 150, 60)),
        ((255, 255, 255), (250, 200, 0)),
        ((250, 230, 160), (60, 90, 190)),
        ((255, 190, 200), (90, 20, 120)),
        ((30, 70, 50), (240, 240, 230)),
        ((20, 20, 60), (255, 220, 60)),
    ],
)
def test_coloured_ink_on_coloured_paper(paper: tuple[int, int, int], pen: tuple[int, int, int]) -> None:
    assert agreement(find_ink(with_colours(paper, pen)), TRUTH) > 0.85


@pytest.mark.parametrize("share", [0.5, 0.25, 0.12])
def test_faint_ink_is_full_ink(share: float) -> None:
    faint = np.round(255 - share * (255.0 - PICTURE)).astype(np.uint8)
    ink = find_ink(faint)
    assert agreement(ink, TRUTH) > 0.85
    assert np.median(ink[TRUTH]) > 0.9


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("darkest", [0.6, 0.3])
def test_a_shadow_across_the_page_is_not_ink(turned: bool, darkest: float) -> None:
    height, width = TRUTH.shape
    ramp = np.linspace(1, darkest, height if turned else width)
    light = ramp[:, None, None] if turned else ramp[None, :, None]
    ink = find_ink(np.round(PICTURE * light).astype(np.uint8))
    assert agreement(ink, TRUTH) > 0.85
    assert ink[~TRUTH].mean() < 0.03


@pytest.mark.parametrize("shade", [0, 1, 90, 254, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (60, 80)])
def test_without_contrast_there_is_no_ink(shade: int, shape: tuple[int, int]) -> None:
    assert not find_ink(np.full((*shape, 3), shade, np.uint8)).any()


def test_grain_and_a_ramp_of_light_are_no_ink() -> None:
    rng = np.random.default_rng(1)
    light = np.linspace(240, 130, 300)[None, :, None] + rng.normal(0, 1.0, (200, 300, 3))
    assert find_ink(np.round(light).astype(np.uint8)).mean() < 0.001


def test_edges_stay_soft() -> None:
    ink = find_ink(PICTURE)
    soft = (ink > 0.02) & (ink < 0.98)
    assert soft.sum() > 0.1 * (ink >= 0.98).sum()
    steps = np.unique(np.round(ink[soft], 2))
    assert steps.size > 20


def page_with_dots(size: float, pen: float, dot: float) -> tuple[Picture, tuple[int, int]]:
    """A stroke of ``pen`` pixels with one dot of diameter ``dot`` far from it, and where the dot is."""
    x, y = round(3 * size), round(1.5 * size)
    down = Stroke([(size, size), (size, 2 * size)], pen)
    sketch = Sketch((round(4 * size), round(3 * size)), [down, Stroke([(x + 0.5, y + 0.5)], dot)])
    return sketch.to_image(), (y, x)


@pytest.mark.parametrize("scale", [1, 3])
def test_specks_are_removed_by_the_measure_of_the_pen(scale: int) -> None:
    for dot, kept in ((0.5, False), (1.6, True)):
        picture, at = page_with_dots(60 * scale, 5 * scale, dot * 5 * scale)
        ink = find_ink(picture)
        assert bool(ink[at]) is kept, f"a dot of {dot} pens"
        assert ink[round(90 * scale), round(60 * scale)] == 1


def test_a_picture_without_colour_gives_the_same_ink_from_one_channel() -> None:
    rng = np.random.default_rng(2)
    shaded = (
        PICTURE * np.linspace(1, 0.5, PICTURE.shape[1])[None, :, None]
        + rng.normal(0, 3, TRUTH.shape)[..., None]
    )
    picture = np.clip(shaded, 0, 255).astype(np.uint8)
    assert np.array_equal(find_ink(picture), find_ink(np.ascontiguousarray(picture[..., 0])))
    coloured = picture.copy()
    coloured[5, 7, 0] ^= 1
    assert np.array_equal(look_for_ink(picture).ink, look_for_ink(picture[..., 0]).ink)
    assert look_for_ink(coloured).ink.shape == look_for_ink(picture).ink.shape


@pytest.mark.parametrize("specks", [0, 40])
def test_the_pieces_are_those_of_the_ink_and_dust_is_none(specks: int) -> None:
    rng = np.random.default_rng(3)
    picture = PICTURE.copy()
    picture[rng.integers(0, picture.shape[0], specks), rng.integers(0, picture.shape[1], specks)] = 0
    ink, pieces = find_ink_and_pieces(picture)
    assert len(pieces) == 4
    assert (ink[pieces.labels > 0] >= 0.5).all()
    if not specks:
        assert np.array_equal(pieces.labels, find_pieces(ink).labels)


@pytest.mark.parametrize("dark", [False, True])
def test_plain_paper_is_known_and_read_as_any_other(dark: bool) -> None:
    grey = np.ascontiguousarray(255 - PICTURE[..., 0] if dark else PICTURE[..., 0])
    assert plain_paper(grey) == (0 if dark else 255)
    assert agreement(find_ink(grey), TRUTH) > 0.9
    noisy = (10 + 0.9 * grey + np.random.default_rng(0).integers(-2, 3, grey.shape)).astype(np.uint8)
    assert plain_paper(noisy) is None
    assert agreement(find_ink(noisy), find_ink(grey) >= 0.5) > 0.9


def test_a_shadow_is_no_plain_paper() -> None:
    grey = PICTURE[..., 0].copy()
    grey[:, -grey.shape[1] // 3 :] = np.minimum(grey[:, -grey.shape[1] // 3 :], 200)
    assert plain_paper(grey) is None
    assert plain_paper(np.full((40, 50), 255, np.uint8)) is None, "nothing tells ink from paper"


def test_on_a_strip_of_a_mile_only_what_is_near_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    mean = threshold._local_mean
    monkeypatch.setattr(
        threshold, "_local_mean", lambda *of: looks.append(round(of[2] * 16 / max(of[1]), 2)) or mean(*of)
    )
    find_ink(PICTURE)
    assert set(looks) == {1.0}, "a sixteenth of an ordinary picture"
    looks.clear()
    strip = np.full((4, 20_000), 255, np.uint8)
    strip[:, ::50] = 0
    ink = find_ink(strip)
    assert set(looks) <= {0.0, 0.1}
    assert ink[:, ::50].min() > 0.5


def unevenly_lit(seed: int, sharp: float) -> NDArray[np.float32]:
    """Bare grey paper (h, w) on a part of which more light falls, with an edge so sharp, in shares of the picture."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1:1:220j, -1:1:300j]
    turned = rng.uniform(0, 2 * np.pi)
    away = x * np.cos(turned) + y * np.sin(turned) + 0.2 * np.sin(3 * x - 2 * y) - rng.uniform(0.1, 0.5)
    light = 1 - rng.uniform(0.3, 0.45) / (1 + np.exp(-away / sharp))
    return np.asarray(210 * light + rng.normal(0, 2, light.shape), np.float32)


@pytest.mark.parametrize("sharp", [0.06, 0.12, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_more_light_is_no_light_ink(seed: int, sharp: float) -> None:
    picture = np.repeat(unevenly_lit(seed, sharp)[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)
    digits = inkread.read(picture).digits
    assert [digit for digit in digits if not digit.doubtful] == []


@pytest.mark.parametrize("level", [40, 90, 120])
def test_chalk_is_light_ink(level: int) -> None:
    chalk = with_colours((level, level, level), (min(255, level + 110),) * 3)
    noisy = np.clip(chalk + np.random.default_rng(0).normal(0, 3, chalk.shape), 0, 255).astype(np.uint8)
    assert agreement(find_ink(noisy), TRUTH) > 0.8


@pytest.mark.parametrize("sharp", [0.06, 0.2])
def test_a_faint_pencil_is_ink_where_the_light_changes(sharp: float) -> None:
    light = unevenly_lit(3, sharp)
    share = np.zeros(light.shape, np.float32)
    height, width = (min(sides) for sides in zip(light.shape, TRUTH.shape, strict=True))
    share[:height, :width] = (255 - PICTURE[:height, :width, 0].astype(np.float32)) / 230
    picture = np.repeat((light * (1 - 0.14 * share))[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)
    assert agreement(find_ink(picture)[:height, :width], TRUTH[:height, :width]) > 0.5
