"""At what size a picture is looked at: as its pen needs it; and its boxes are its own whatever that is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.ink import copies
from inkread.measure import stroke_width
from inkread.reader import Reader, Steps
from inkread.reading import Box
from made import draw_number

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def on_sheet(number: str, size: float, pen: float, size_wh: tuple[int, int], at: tuple[int, int]) -> Picture:
    """A number on a white sheet, its upper left corner ``at``; the pen's width in heights of a digit."""
    drawn = draw_number(number, seed=2, size=size, pen=pen, margin=0.1)
    sheet = np.full((size_wh[1], size_wh[0], 3), 255, np.uint8)
    sheet[at[1] : at[1] + drawn.shape[0], at[0] : at[0] + drawn.shape[1]] = drawn
    return sheet


def is_whole(scale: float) -> bool:
    return abs(1 / scale - round(1 / scale)) < 1e-9


@pytest.mark.parametrize("pen", [3, 6, 12, 25, 60])
def test_thick_pens_are_looked_at_small_and_thin_ones_large(reader: Reader, pen: int) -> None:
    size = max(40, 9 * pen)
    steps = reader.steps(on_sheet("25", size, pen / size, (1600, 1200), (100, 100)))
    assert steps.reading.text == "25"
    there = stroke_width(steps.ink)
    assert there >= min(0.75 * pen, 3.5), "the stages have room to cut in"
    assert there < 12 or max(steps.ink.shape) <= 400, "and nothing is looked at closer than need be"
    if steps.scale < 0.5:
        assert is_whole(steps.scale)


def test_the_working_size_does_not_grow_with_the_picture(reader: Reader) -> None:
    """The same number, photographed with four times and sixteen times as many pixels."""
    small = on_sheet("25", 120, 0.12, (600, 450), (60, 60))
    shapes, texts = [], []
    for factor in (1, 2, 4):
        steps = reader.steps(cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        shapes.append(max(steps.ink.shape))
        texts.append(steps.reading.text)
    assert texts == ["25"] * 3
    assert max(shapes) <= 1.35 * min(shapes)


def test_a_lone_digit_is_looked_at_smaller_than_a_number(reader: Reader) -> None:
    """Nothing has to be cut there."""
    alone = reader.steps(on_sheet("5", 300, 0.15, (560, 560), (120, 80)))
    number = reader.steps(on_sheet("25", 200, 0.225, (560, 560), (60, 150)))
    assert (alone.reading.text, number.reading.text) == ("5", "25")
    assert max(alone.ink.shape) < 200 < max(number.ink.shape)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_bare_sheet_is_looked_at_once_and_one_dot_on_it_closely(reader: Reader, shade: int) -> None:
    sheet = np.full((900, 1200, 3), shade, np.uint8)
    assert max(reader.steps(sheet).ink.shape) < 200
    sheet[450, 600] = 255 - shade // 2
    assert max(reader.steps(sheet).ink.shape) == 1200


def truth_of(picture: Picture) -> Box:
    rows, columns = np.nonzero(picture[..., 0] < 128)
    return Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


@pytest.mark.parametrize("size_wh", [(61, 57), (131, 96), (257, 211), (640, 481), (1021, 777), (2003, 1501)])
def test_boxes_are_those_of_the_picture_at_any_size(reader: Reader, size_wh: tuple[int, int]) -> None:
    size = 0.55 * size_wh[1]
    picture = on_sheet("5", size, 0.1, size_wh, (round(0.2 * size_wh[0]), round(0.15 * size_wh[1])))
    steps = reader.steps(picture)
    assert steps.reading.size_wh == size_wh
    assert steps.reading.text == "5"
    assert steps.reading.digits[0].box.iou(truth_of(picture)) > 0.8
    inside(steps)


def inside(steps: Steps) -> None:
    """Sizes fit together: what a whole reduction leaves at the right and lower edge is less than one pixel of it."""
    height, width = steps.image.shape[:2]
    for pixels, ink in zip((height, width), steps.ink.shape, strict=True):
        assert abs(ink - pixels * steps.scale) <= 1


@pytest.mark.parametrize("size_wh", [(3000, 40), (40, 3000), (5000, 8), (1, 700), (4000, 3000)])
def test_odd_shapes_stay_within_bounds(reader: Reader, size_wh: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    picture = np.full((size_wh[1], size_wh[0], 3), 250, np.uint8)
    picture[rng.integers(0, size_wh[1], 40), rng.integers(0, size_wh[0], 40)] = 0
    steps = reader.steps(picture)
    assert steps.ink.size <= 3_100_000
    assert steps.scale <= 4
    inside(steps)


def test_large_and_small_writing_on_one_page_is_read(reader: Reader) -> None:
    picture = on_sheet("25", 200, 0.1, (1200, 900), (80, 60))
    small = draw_number("347", seed=2, size=80, pen=0.12, margin=0.1)
    picture[700 : 700 + small.shape[0], 200 : 200 + small.shape[1]] = small
    assert reader.read(picture).text.split("\n") == ["25", "347"]


def test_colour_is_noticed_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_PIXELS_AT_ONCE", 400)
    grey = np.random.default_rng(2).integers(0, 256, (70, 90)).astype(np.uint8)
    image = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(copies.without_colour(image), grey)
    for row in (0, 1, 37, 69):
        tinted = image.copy()
        tinted[row, 5, 0] ^= 255
        assert copies.without_colour(tinted) is tinted
