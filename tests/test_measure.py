"""Stroke width: right for strokes of known width, blind to length, dust and blots."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.measure import (
    find_pieces,
    page_stroke_width,
    part_stroke_widths,
    pixels_of,
    quantile,
    stroke_width,
)
from inkread.sketch import Sketch, Stroke


def stroke_of(
    width: float, points: list[tuple[float, float]], size_wh: tuple[int, int]
) -> NDArray[np.float32]:
    return Sketch(size_wh, [Stroke(points, width)]).to_ink()


def parts(ink: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    mask = (ink >= 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return labels, stats


@settings(deadline=None, max_examples=30)
@given(width=st.floats(2.0, 20.0), degrees=st.integers(0, 180))
def test_a_stroke_has_about_the_width_of_its_pen(width: float, degrees: int) -> None:
    turn = np.deg2rad(degrees)
    along = 150 * np.array([np.cos(turn), np.sin(turn)])
    ends = [tuple(200 - along), tuple(200 + along)]
    assert 0.92 * width < stroke_width(stroke_of(width, ends, (400, 400))) < 1.1 * width


@pytest.mark.parametrize("width", [2.5, 4.0, 11.0])
def test_which_way_a_stroke_leans_does_not_matter(width: float) -> None:
    """Measured by steps to the right and down alone, a falling one would look a fifth thinner."""
    rising = stroke_of(width, [(60, 330), (330, 60)], (400, 400))
    measured = [stroke_width(np.ascontiguousarray(np.rot90(rising, turns))) for turns in range(4)]
    assert measured == pytest.approx([measured[0]] * 4, rel=0.001)


@pytest.mark.parametrize("width", [2, 5, 15])
@pytest.mark.parametrize("to", [(350, 200), (200, 350)])
def test_an_upright_or_level_stroke_has_the_width_of_its_pen(width: float, to: tuple[int, int]) -> None:
    start = (50, 200) if to[1] == 200 else (200, 50)
    assert stroke_width(stroke_of(width, [start, to], (400, 400))) == pytest.approx(width, rel=0.06)


def test_a_ring_has_the_width_of_its_pen() -> None:
    circle = [(60 + 40 * np.cos(t), 60 + 40 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)]
    assert stroke_width(stroke_of(6, circle, (120, 120))) == pytest.approx(6, rel=0.08)


def test_a_margin_and_the_frame_do_not_count() -> None:
    bar = np.ones((40, 4), np.float32)
    assert stroke_width(bar) == pytest.approx(stroke_width(np.pad(bar, 9)))


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (20, 30)])
def test_paper_has_no_stroke(shape: tuple[int, int]) -> None:
    assert stroke_width(np.zeros(shape, np.float32)) == 0.0


def test_each_part_has_its_own_width() -> None:
    ink = np.maximum(
        stroke_of(3, [(20.5, 10), (20.5, 170)], (200, 200)),
        stroke_of(11, [(100.5, 20), (100.5, 180)], (200, 200)),
    )
    labels, stats = parts(ink)
    widths, outlines = part_stroke_widths(labels, len(stats))
    assert widths[1:] == pytest.approx([3, 11], rel=0.12)
    assert outlines[1:] == pytest.approx([2 * 163, 2 * 171], rel=0.08)
    assert widths[0] == outlines[0] == 0


def test_neither_dust_nor_a_blot_is_the_pen() -> None:
    rng = np.random.default_rng(0)
    ink = np.zeros((300, 400), np.float32)
    ink[rng.integers(0, 300, 60), rng.integers(0, 400, 60)] = 1
    for x in (60, 120, 180):
        ink = np.maximum(ink, stroke_of(5, [(x, 60), (x + 8, 140)], (400, 300)))
    cv2.circle(ink, (320, 220), 25, 1.0, -1)
    assert page_stroke_width(*parts(ink)) == pytest.approx(5, rel=0.2)


def test_the_edge_of_a_table_is_not_the_pen() -> None:
    ink = np.maximum(
        stroke_of(4, [(80, 40), (90, 120)], (300, 200)), stroke_of(4, [(140, 40), (130, 120)], (300, 200))
    )
    ink[185:, :] = 1
    assert page_stroke_width(*parts(ink)) == pytest.approx(4, rel=0.2)


def test_a_page_without_parts_has_no_pen() -> None:
    assert page_stroke_width(*parts(np.zeros((20, 20), np.float32))) == 0.0


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60))
def test_pieces_are_what_hangs_together(seed: int, height: int, width: int) -> None:
    """As OpenCV finds them on the whole map; and without some of them, as it finds the others."""
    rng = np.random.default_rng(seed)
    ink = cv2.GaussianBlur(rng.random((height, width), np.float32), (0, 0), 1.0)
    ink = (ink > np.quantile(ink, 0.7)).astype(np.float32)
    pieces = find_pieces(ink)
    labels, stats = parts(ink)
    assert np.array_equal(pieces.labels, labels)
    assert np.array_equal(pieces.boxes_ltwh[1:], stats[1:, :4])
    assert np.array_equal(pieces.areas[1:], stats[1:, cv2.CC_STAT_AREA])
    assert pieces.pen == pytest.approx(page_stroke_width(labels, stats))
    kept = rng.random(len(pieces) + 1) < 0.5
    kept[0] = True
    fewer, alone = pieces.only(kept), find_pieces(np.where(kept[labels], ink, np.float32(0)))
    assert np.array_equal(fewer.labels > 0, alone.labels > 0)
    assert sorted(fewer.areas) == sorted(alone.areas)
    assert sorted(fewer.outlines) == pytest.approx(sorted(alone.outlines))
    assert fewer.written_ltwh == alone.written_ltwh


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    labels=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    parts=st.lists(st.integers(1, 12), min_size=1, max_size=9, unique=True),
)
def test_pixels_of_some_parts(labels: list[int], parts: list[int]) -> None:
    among = np.array(labels, np.int32)[:, None]
    assert np.array_equal(pixels_of(among, parts), np.isin(among, parts))
