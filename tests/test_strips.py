"""Lines of ink as strips: level, of one height, with their own ink only."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.lines.strips import STRIP_HEIGHT, Strip, cut_strip, straightened
from inkread.measure import LineOfInk
from inkread.reading import Box

Ink = NDArray[np.float32]


def stroke(ink: Ink, left: int, top: int, right: int, bottom: int) -> None:
    ink[top:bottom, left:right] = 1


def two_strokes(scale: int = 1, drop: int = 0) -> tuple[Ink, LineOfInk]:
    """Two upright strokes, 40 high and 60 apart; the second ``drop`` lower."""
    ink = np.zeros((120 * scale, 160 * scale), np.float32)
    stroke(ink, 40 * scale, 30 * scale, 46 * scale, 70 * scale)
    stroke(ink, 100 * scale, (30 + drop) * scale, 106 * scale, (70 + drop) * scale)
    box = Box(40 * scale, 30 * scale, 106 * scale, (70 + drop) * scale)
    return ink, LineOfInk((1,), box, 40.0 * scale, (50.0 + 0.05 * drop) * scale, drop / 60)


def cut(ink: Ink, line: LineOfInk, pen: float = 6.0) -> Strip:
    strip = cut_strip(ink, (ink > 0).astype(np.int32), line, pen)
    assert strip is not None
    return strip


def test_digits_fill_the_same_rows_whatever_their_size() -> None:
    strips = [cut(*two_strokes(scale), pen=6.0 * scale) for scale in (1, 2, 3)]
    for strip in strips:
        rows = np.flatnonzero(strip.ink.max(axis=1) > 0.5)
        assert strip.ink.shape[0] == STRIP_HEIGHT
        assert abs(rows[0] - 5) <= 1
        assert abs(rows[-1] - 26) <= 1
    assert np.abs(strips[0].ink - strips[2].ink[:, : strips[0].ink.shape[1]]).mean() < 0.02


def test_columns_of_the_strip_are_those_of_the_ink() -> None:
    ink, line = two_strokes()
    strip = cut(ink, line)
    inked = strip.ink.max(axis=0) > 0.5
    for left, right in ((40, 46), (100, 106)):
        middle = strip.column((left + right) / 2)
        assert inked[round(middle)]
        assert not inked[round(middle + strip.scale * 8)]


def test_a_line_that_leans_becomes_level() -> None:
    tops = []
    for drop in (0, 12):
        strip = cut(*two_strokes(drop=drop))
        first, second = (round(strip.column(x)) for x in (43, 103))
        tops += [int((strip.ink[:, x] > 0.5).argmax()) for x in (first, second)]
    assert max(tops) - min(tops) <= 1


def test_only_the_lines_own_ink_is_seen() -> None:
    ink, line = two_strokes()
    labels = (ink > 0).astype(np.int32)
    alone = cut_strip(ink, labels, line, 6.0)
    stroke(ink, 70, 40, 76, 60)
    labels[40:60, 70:76] = 2
    other = cut_strip(ink, labels, line, 6.0)
    assert alone is not None
    assert other is not None
    assert np.array_equal(alone.ink, other.ink)


def test_hairlines_are_made_wider_and_brushes_are_not() -> None:
    ink = np.zeros((400, 400), np.float32)
    stroke(ink, 200, 100, 203, 300)
    hair = straightened(ink, (150.0, 250.0), 200.0, (200.0, 0.0), 3.0)
    assert hair.max() > 0.7, "scaled down alone, it would be a third"
    stroke(ink, 190, 100, 230, 300)
    brush = straightened(ink, (150.0, 250.0), 200.0, (200.0, 0.0), 40.0)
    assert abs((brush[16] > 0.5).sum() - 40 * 22 / 200) <= 1


def test_ink_is_never_altered() -> None:
    ink, line = two_strokes()
    before = ink.copy()
    cut(ink, line, pen=1.0)
    assert np.array_equal(ink, before)


def test_a_line_of_a_hundred_digits_has_no_strip() -> None:
    ink = np.zeros((30, 6000), np.float32)
    stroke(ink, 10, 5, 5990, 25)
    line = LineOfInk((1,), Box(10, 5, 5990, 25), 20.0, 15.0)
    assert cut_strip(ink, (ink > 0).astype(np.int32), line, 3.0) is None


@pytest.mark.parametrize("edge", [0, 150])
def test_lines_at_the_edge_of_the_picture_are_cut_whole(edge: int) -> None:
    ink = np.zeros((40, 160), np.float32)
    stroke(ink, edge, 0, edge + 10, 40)
    strip = cut(ink, LineOfInk((1,), Box(edge, 0, edge + 10, 40), 40.0, 20.0), pen=10.0)
    assert abs(strip.ink.sum() - 10 * 40 * (22 / 40) ** 2) < 12
