"""Strokes become soft-edged ink where they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkread.sketch import Sketch, Stroke, Trace, draw_path, smooth

LINE = Stroke([(20, 50), (80, 50)], 10)
CROSS = Stroke([(50, 20), (50, 80)], 10)
coordinates = st.floats(-50, 150, allow_subnormal=False)


def test_a_straight_stroke_has_its_width_its_length_and_round_ends() -> None:
    ink = Sketch((100, 100), [LINE]).to_ink()
    assert ink.dtype == np.float32
    assert ink[:, 50].sum() == pytest.approx(10, abs=0.05)
    assert ink.sum() == pytest.approx(60 * 10 + np.pi * 25, rel=0.005)
    assert ink[45:55, 14].max() == 0


def test_a_single_point_is_a_dot() -> None:
    ink = Sketch((40, 40), [Stroke([(20, 20)], 10)]).to_ink()
    assert ink.sum() == pytest.approx(np.pi * 25, rel=0.01)


@pytest.mark.parametrize("width", [0.3, 0.7, 1.0, 3.3])
def test_thin_pens_are_paler_not_wider(width: float) -> None:
    ink = Sketch((100, 100), [Stroke([(20, 50.5), (80, 50.5)], width)]).to_ink()
    assert ink[:, 50].sum() == pytest.approx(width, abs=0.02)


def test_image_is_dark_on_white_or_light_on_black() -> None:
    sketch = Sketch((100, 80), [LINE])
    light, dark = sketch.to_image(), sketch.to_image(dark=True)
    assert light.shape == (80, 100, 3)
    assert light.dtype == np.uint8
    assert light[0, 0].tolist() == [255] * 3
    assert light[50, 50].max() < 40
    assert np.array_equal(dark, 255 - light)


def test_bounds() -> None:
    assert Sketch((100, 100)).bounds is None
    assert LINE.bounds == (15, 45, 85, 55)
    assert Sketch((100, 100), [LINE, CROSS]).bounds == (15, 15, 85, 85)


def test_points_are_copied_and_locked() -> None:
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    stroke = Stroke(points, 3)
    points[0, 0] = 99
    assert stroke.points[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0, 0] = 5


@pytest.mark.parametrize(
    ("points", "width"),
    [
        ([], 3),
        ([(1, 2, 3)], 3),
        ([(1, float("nan"))], 3),
        ([(1, 2)], 0),
        ([(1, 2)], float("inf")),
        ([1, 2], 3),
    ],
)
def test_what_is_not_a_stroke_is_refused(points: list[object], width: float) -> None:
    with pytest.raises(ValueError, match="needs"):
        Stroke(points, width)  # type: ignore[arg-type]


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="pixel"):
        Sketch((0, 10))


@settings(deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12), st.floats(0.5, 5))
def test_smooth_passes_through_every_point_and_stays_near(
    points: list[tuple[float, float]], spacing: float
) -> None:
    path, given_points = smooth(points, spacing), np.array(points)
    assert np.isfinite(path).all()
    assert np.hypot(*(path[:, None] - given_points[None]).T).min(axis=1).max() < 1e-6
    assert path[[0, -1]] == pytest.approx(given_points[[0, -1]], abs=1e-9)


def test_a_point_given_twice_is_a_corner() -> None:
    path = smooth([(0, 0), (50, 0), (50, 0), (50, 50)])
    assert path[:, 0].max() == 50
    assert path[:, 1].min() == 0
    assert smooth([(0, 0), (50, 0), (50, 50)])[:, 0].max() > 50.5


@settings(deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6), st.floats(0.1, 40))
def test_any_stroke_can_be_drawn_even_off_the_sheet(points: list[tuple[float, float]], width: float) -> None:
    ink = Sketch((60, 40), [Stroke(points, width)]).to_ink()
    assert ink.shape == (40, 60)
    assert np.isfinite(ink).all()
    assert 0 <= ink.min() <= ink.max() <= 1


def test_width_may_vary_along_a_path() -> None:
    ink = np.zeros((60, 120), np.float32)
    path = smooth([(10, 30), (110, 30)])
    draw_path(ink, path, np.linspace(2, 20, len(path)))
    assert ink[:, 20].sum() < 5
    assert ink[:, 100].sum() > 16


def test_a_stroke_that_erases_takes_ink_away() -> None:
    before = Sketch((100, 100), [LINE]).to_ink()
    rubbed = [LINE, Stroke([(50, 20), (50, 80)], 20, erases=True)]
    ink = Sketch((100, 100), rubbed).to_ink()
    assert (ink[50, 50], ink[50, 25]) == (0, before[50, 25])
    drawn_later = Sketch((100, 100), [*rubbed, CROSS])
    assert drawn_later.to_ink()[50, 50] == 1, "what is drawn later lies on top"
    assert drawn_later.bounds == Sketch((100, 100), [LINE, CROSS]).bounds


@pytest.mark.parametrize("brightness", [240, 15])
def test_a_picture_is_drawn_on_and_shows_again_where_ink_is_erased(brightness: int) -> None:
    picture = np.full((100, 100, 3), brightness, np.uint8)
    drawn = Sketch((100, 100), [LINE], picture).to_image()
    assert abs(int(drawn[50, 50, 0]) - brightness) > 200, "ink stands out from the picture"
    assert np.array_equal(drawn[80:], picture[80:])
    rubbed = [LINE, Stroke([(0, 50), (100, 50)], 30, erases=True)]
    assert np.array_equal(Sketch((100, 100), rubbed, picture).to_image(), picture)


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=12),
    st.floats(1, 30),
)
@settings(deadline=None)  # a loaded machine is slow
def test_a_trace_grows_into_the_path_of_its_stroke(points: list[tuple[int, int]], width: float) -> None:
    trace = Trace(*points[0], width)
    settled = [piece for point in points[1:] if (piece := trace.add(*point)) is not None]
    grown = np.concatenate([*(piece[:-1] for piece in settled), trace.tail])
    assert grown == pytest.approx(trace.stroke.path, abs=1e-6)
