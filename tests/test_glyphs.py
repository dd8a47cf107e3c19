"""One normalisation for all: the glyph of a digit is the same whatever its size, margin, shade or pen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.glyphs import GLYPH_SIZE, cut_glyphs, normalise
from inkread.measure import stroke_width
from inkread.reading import Box
from made import Style, ink_of, write_page

Ink = NDArray[np.float32]
SAME = 0.025
"""Mean absolute difference of two glyphs that count as the same; that of two digits is more than twice as much."""
digits = st.sampled_from("0123456789")
hands = st.integers(0, 3)


def ink_of_digit(c: str, hand: int = 0, *, size: float = 80, pen: float = 0.11, margin: int = 4) -> Ink:
    style = Style(size=size, pen=pen, jitter=0, hand=hand)
    (digit,) = write_page([c], style)
    left, top, right, bottom = digit.bounds
    size_wh = int(right - left) + 1 + 2 * margin, int(bottom - top) + 1 + 2 * margin
    return ink_of([digit.moved(margin - left, margin - top)], size_wh)


def difference(one: Ink, other: Ink) -> float:
    return float(np.abs(one - other).mean())


def extent(glyph: Ink) -> tuple[int, int]:
    """Width and height of what is clearly ink."""
    rows, columns = np.flatnonzero((glyph > 0.3).any(axis=1)), np.flatnonzero((glyph > 0.3).any(axis=0))
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def centre_of_mass(glyph: Ink) -> tuple[float, float]:
    at = np.arange(GLYPH_SIZE)
    return float(glyph.sum(axis=0) @ at / glyph.sum()), float(glyph.sum(axis=1) @ at / glyph.sum())


@settings(deadline=None, max_examples=30)
@given(c=digits, hand=hands, size=st.integers(12, 200), pen=st.floats(0.03, 0.3))
def test_a_glyph_is_made_like_mnists(c: str, hand: int, size: int, pen: float) -> None:
    glyph = normalise(ink_of_digit(c, hand, size=size, pen=pen))
    assert (glyph.shape, glyph.dtype) == ((28, 28), np.float32)
    assert glyph.min() == 0
    assert 0.75 < glyph.max() <= 1
    assert 18 <= max(extent(glyph)) <= 21
    assert centre_of_mass(glyph) == pytest.approx((14.0, 14.0), abs=0.6)


def test_what_is_heavy_at_one_end_stays_inside_the_frame() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[:12], ink[12:, :5] = 1, 1
    glyph = normalise(ink)
    assert 18 <= max(extent(glyph)) <= 21
    assert centre_of_mass(glyph)[1] < 14 - 0.6


@settings(deadline=None, max_examples=30)
@given(c=digits, hand=hands, factor=st.floats(0.5, 4.0))
def test_size_does_not_matter(c: str, hand: int, factor: float) -> None:
    ink = ink_of_digit(c, hand)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=method)
    assert difference(normalise(scaled), normalise(ink)) < SAME


@settings(deadline=None, max_examples=20)
@given(c=digits, sides=st.tuples(*[st.integers(0, 70)] * 4))
def test_margins_do_not_matter(c: str, sides: tuple[int, ...]) -> None:
    ink = ink_of_digit(c, margin=1)
    assert np.array_equal(normalise(np.pad(ink, (sides[:2], sides[2:]))), normalise(ink))


@settings(deadline=None, max_examples=20)
@given(c=digits, shade=st.floats(0.1, 1.0))
def test_faintness_does_not_matter(c: str, shade: float) -> None:
    ink = ink_of_digit(c)
    assert difference(normalise(ink * np.float32(shade)), normalise(ink)) < SAME


@pytest.mark.parametrize("c", list("0123456789"))
@pytest.mark.parametrize("pen", [0.02, 0.05, 0.1, 0.2, 0.28])
def test_hairlines_and_brushes_come_to_mnists_width(c: str, pen: float) -> None:
    """MNIST's strokes are 1.8 to 3.6 pixels wide; one as thick as the holes it leaves can only come nearer."""
    width = stroke_width(normalise(ink_of_digit(c, size=120, pen=pen)))
    assert 1.4 < width < 4.4


def test_different_digits_stay_different() -> None:
    glyphs = [normalise(ink_of_digit(c)) for c in "0123456789"]
    assert min(difference(a, b) for a in glyphs for b in glyphs if a is not b) > 2 * SAME


def neighbours() -> tuple[Ink, Ink]:
    """A 7 that leans over a 4 without touching it: the ink of each alone, on the same sheet."""
    written = write_page(["74"], Style(size=80, jitter=0, hand=0, slant=25, gap=-0.12))
    seven, four = (ink_of([each.moved(30, 110)], (180, 140)) for each in written)
    return seven, four


def test_a_neighbours_ink_is_left_out() -> None:
    seven, four = neighbours()
    assert not np.minimum(seven, four).any()
    ink = np.maximum(seven, four)
    labels = np.where(seven > 0, 1, np.where(four > 0, 2, 0)).astype(np.int32)
    boxes = [box_of(seven), box_of(four)]
    assert boxes[0].iou(boxes[1]) > 0
    candidates = [
        Candidate(0, 0, 1, (1,), boxes[0]),
        Candidate(0, 1, 2, (2,), boxes[1]),
        Candidate(0, 0, 2, (1, 2), Box.around(boxes)),
    ]
    glyphs = cut_glyphs(ink, labels, candidates)
    assert (glyphs.shape, glyphs.dtype) == ((3, 28, 28), np.float32)
    for glyph, alone in zip(glyphs, (seven, four, ink), strict=True):
        assert np.array_equal(glyph, normalise(alone))


def box_of(ink: Ink) -> Box:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def test_the_callers_ink_is_not_altered() -> None:
    ink = ink_of_digit("5")
    before = ink.copy()
    ink.setflags(write=False)
    normalise(ink)
    assert np.array_equal(ink, before)


@pytest.mark.parametrize("shape", [(0, 0), (0, 9), (1, 1), (1, 50), (40, 30)])
def test_without_ink_the_glyph_is_empty(shape: tuple[int, int]) -> None:
    glyph = normalise(np.zeros(shape, np.float32))
    assert glyph.shape == (28, 28)
    assert not glyph.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (300, 300)])
def test_ink_that_is_no_stroke_is_a_glyph_all_the_same(shape: tuple[int, int]) -> None:
    glyph = normalise(np.ones(shape, np.float32))
    assert np.isfinite(glyph).all()
    assert 0.9 < glyph.max() <= 1
    assert max(extent(glyph)) <= 21


def test_no_candidates_no_glyphs() -> None:
    glyphs = cut_glyphs(np.zeros((5, 5), np.float32), np.zeros((5, 5), np.int32), [])
    assert (glyphs.shape, glyphs.dtype) == ((0, 28, 28), np.float32)
