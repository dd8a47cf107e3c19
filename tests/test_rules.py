"""Rules go, digits stay: also where they cross, and where a digit is as straight as a rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.ink import find_ink
from inkread.rules import remove_rules
from inkread.sketch import Sketch, Stroke
from made import Style, Written, ink_of, write_page
from made_paper import developed, paper, squared, write_on

Ink = NDArray[np.float32]
SIZE_WH = (480, 200)
PEN = 0.08


def written_at(text: str, x: float, y: float, *, seed: int = 3, **style: float) -> list[Written]:
    """Writing whose base line starts at ``(x, y)``."""
    hand = Style(**{"size": 80.0, "pen": PEN, "slant": 4.0, **style})  # type: ignore[arg-type]
    return [character.moved(x, y) for character in write_page([text], hand, seed)]


def ruled_with(ends: list[tuple[float, float, float, float]], size_wh: tuple[int, int] = SIZE_WH) -> Ink:
    """Straight lines, each 3 pixels wide, from ``(x, y)`` to ``(x, y)``."""
    return Sketch(size_wh, [Stroke([(x, y), (to_x, to_y)], 3) for x, y, to_x, to_y in ends]).to_ink()


def kept(cleaned: Ink, truth: Ink) -> float:
    """The share of the written ink that is still there."""
    return float(np.minimum(cleaned, truth).sum() / truth.sum())


def left_over(cleaned: Ink, truth: Ink) -> float:
    """What is left beside the writing, as a share of the writing's ink."""
    return float(np.maximum(cleaned - truth, 0).sum() / truth.sum())


TEXT = ink_of(written_at("2568", 40, 140), SIZE_WH)


@pytest.mark.parametrize("rise", [0, 6, 14])
def test_ruled_paper(rise: float) -> None:
    rules = ruled_with([(0, y + rise, 480, y) for y in (20, 155, 185)])
    cleaned, rejected = remove_rules(np.maximum(TEXT, rules))
    assert kept(cleaned, TEXT) > 0.97
    assert left_over(cleaned, TEXT) < 0.02
    assert {each.reason for each in rejected} == {"rule"}
    assert sum(each.box.width > 400 for each in rejected) == 3


@pytest.mark.parametrize("step", [22, 40, 60])
@pytest.mark.parametrize("rows", [1, 3])
def test_squared_paper_as_it_is_printed(rows: int, step: int) -> None:
    rng = np.random.default_rng(0)
    size_wh = (480, 200 * rows)
    digits = [each for row in range(rows) for each in written_at("2568", 40, 140 + 200 * row, seed=row)]
    sheet = write_on(squared(paper(size_wh, rng), step, 11), digits, rng)
    truth = ink_of(digits, size_wh)
    cleaned, _ = remove_rules(find_ink(developed(sheet)))
    assert kept(cleaned, truth) > 0.9
    assert left_over(cleaned, truth) < 0.1


def test_an_underline() -> None:
    cleaned, rejected = remove_rules(np.maximum(TEXT, ruled_with([(35, 160, 330, 164)])))
    assert kept(cleaned, TEXT) > 0.99
    assert left_over(cleaned, TEXT) < 0.02
    assert len(rejected) == 1
    assert rejected[0].box.width == pytest.approx(298, abs=6)


def test_an_underline_that_touches_the_feet() -> None:
    cleaned, _ = remove_rules(np.maximum(TEXT, ruled_with([(25, 141, 340, 143)])))
    assert kept(cleaned, TEXT) > 0.9
    assert left_over(cleaned, TEXT) < 0.08


def test_a_row_of_joined_digits_makes_no_crumb_of_the_one_before_it() -> None:
    """Its length is not how high the writing is."""
    three = written_at("3", 30, 140, size=60)
    truth = ink_of([*three, *written_at("00000", 110, 140, gap=-0.12, size=60)], SIZE_WH)
    cleaned, _ = remove_rules(np.maximum(truth, ruled_with([(0, 141, 480, 141)])))
    alone = ink_of(three, SIZE_WH)
    assert kept(cleaned, alone) > 0.8
    assert kept(cleaned, truth) > 0.85


def test_boxes_around_digits() -> None:
    digits, edges = [], []
    for i, c in enumerate("5036"):
        left = 30.0 + 110 * i
        digits += written_at(c, left + 26, 148)
        corners = [(left, 45.0), (left + 100, 45.0), (left + 100, 170.0), (left, 170.0)]
        edges += [(*one, *two) for one, two in zip(corners, corners[1:] + corners[:1], strict=True)]
    truth = ink_of(digits, SIZE_WH)
    cleaned, rejected = remove_rules(np.maximum(truth, ruled_with(edges)))
    assert kept(cleaned, truth) > 0.97
    assert left_over(cleaned, truth) < 0.05
    assert rejected


@pytest.mark.parametrize("height", [0.25, 0.5, 0.75])
def test_digits_that_cross_a_rule_keep_their_strokes(height: float) -> None:
    y = 140 - 80 * height
    cleaned, _ = remove_rules(np.maximum(TEXT, ruled_with([(0, y, 480, y)])))
    assert kept(cleaned, TEXT) > 0.9
    assert left_over(cleaned, TEXT) < 0.2


@pytest.mark.parametrize("slant", [0.0, 12.0])
@pytest.mark.parametrize("margin", [0, 3, 40])
@pytest.mark.parametrize(
    ("c", "hand"), [("1", 0), ("1", 1), ("1", 2), ("7", 0), ("7", 1), ("4", 0), ("2", 0)]
)
def test_a_lone_digit_is_kept(c: str, hand: int, margin: int, slant: float) -> None:
    (digit,) = written_at(c, 0, 0, jitter=0, slant=slant, hand=hand)
    left, top, right, bottom = digit.bounds
    size_wh = int(right - left + 1 + 2 * margin), int(bottom - top + 1 + 2 * margin)
    truth = ink_of([digit.moved(margin - left, margin - top)], size_wh)
    cleaned, rejected = remove_rules(truth)
    assert np.array_equal(cleaned, truth)
    assert rejected == ()


@settings(deadline=None, max_examples=25)
@given(
    foot=st.floats(0.3, 1.6),
    pen=st.floats(3.0, 9.0),
    sides=st.tuples(*[st.integers(0, 60)] * 4),
)
def test_a_two_with_a_long_foot_is_kept(foot: float, pen: float, sides: tuple[int, ...]) -> None:
    height = 100
    bow = [(4, 25), (20, 4), (40, 12), (42, 35), (4, 97), (4, 97), (4 + foot * height, 97)]
    size_wh = round(max(48, 8 + foot * height) + pen), round(height + pen)
    truth = np.pad(Sketch(size_wh, [Stroke(bow, pen)]).to_ink(), (sides[:2], sides[2:]))
    cleaned, rejected = remove_rules(truth)
    assert kept(cleaned, truth) > 0.99
    assert rejected == ()


def test_the_callers_ink_is_not_altered() -> None:
    ink = np.maximum(TEXT, ruled_with([(0, 155, 480, 155)]))
    before = ink.copy()
    ink.setflags(write=False)
    cleaned, rejected = remove_rules(ink)
    assert rejected
    assert not np.array_equal(cleaned, before)
    assert np.array_equal(ink, before)
    assert cleaned.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (40, 60)])
def test_paper_has_no_rules(shape: tuple[int, int]) -> None:
    cleaned, rejected = remove_rules(np.zeros(shape, np.float32))
    assert not cleaned.any()
    assert rejected == ()


def test_nothing_but_lines_is_left_as_it_is() -> None:
    """It may be a 1, a dash or an 11: nothing tells the height of the writing."""
    ink = ruled_with([(20, 100, 400, 100)])
    cleaned, rejected = remove_rules(ink)
    assert np.array_equal(cleaned, ink)
    assert rejected == ()


@pytest.mark.parametrize("rise", [0, 6])
@pytest.mark.parametrize("squares", [False, True])
def test_bare_paper_is_nothing_but_rules(squares: bool, rise: float) -> None:
    lines = [(0.0, y + rise, 480.0, y) for y in (20.0, 85.0, 150.0)]
    lines += [(x + rise / 3, 0.0, x, 200.0) for x in (60.0, 180.0, 400.0)] if squares else []
    cleaned, rejected = remove_rules(ruled_with(lines))
    assert not cleaned.any()
    assert len(rejected) == len(lines)


def test_elevens_on_ruled_paper_are_kept() -> None:
    """Nothing but straight lines, and yet written: strokes that do not run from edge to edge."""
    ones = ruled_with([(200, 40, 200, 145), (240, 38, 238, 146)])
    cleaned, _ = remove_rules(np.maximum(ones, ruled_with([(0, 20, 480, 20), (0, 160, 480, 160)])))
    assert kept(cleaned, ones) > 0.95
