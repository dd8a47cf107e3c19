"""Made handwriting is reproducible, varied, and what its arguments say."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from made import Style, Written, draw_number, draw_page, ink_of, write_page
from made_hands import HANDS


def pieces(image: np.ndarray) -> int:
    return int(cv2.connectedComponents((image[..., 0] < 128).astype(np.uint8))[0]) - 1


def test_every_digit_has_several_hands_and_every_mark_one() -> None:
    for digit in "0123456789":
        assert len(HANDS[digit]) >= 3
    assert set("-/.+=():") <= set(HANDS)
    for hands in HANDS.values():
        points = np.array([point for hand in hands for stroke in hand for point in stroke])
        assert points.min() > -0.1
        assert points[:, 0].max() < 0.7
        assert points[:, 1].max() < 1.2


def test_the_same_arguments_make_the_same_picture() -> None:
    first, again = draw_number("2024", seed=5), draw_number("2024", seed=5)
    assert np.array_equal(first, again)
    other = draw_number("2024", seed=6)
    assert first.shape != other.shape or not np.array_equal(first, other)


@pytest.mark.parametrize("hand", range(4))
@pytest.mark.parametrize("c", sorted(HANDS))
def test_every_character_stands_on_its_line(c: str, hand: int) -> None:
    (written,) = write_page([c], Style(size=100, jitter=0, slant=0, hand=hand))
    left, top, right, bottom = written.bounds
    assert -115 < top < bottom < 25
    assert right - left < 75
    if c.isdigit():
        assert bottom - top == pytest.approx(100 + 9, abs=8)


@pytest.mark.parametrize("seed", range(8))
def test_neighbours_do_not_touch_unless_asked(seed: int) -> None:
    apart = pieces(draw_number("3698", seed=seed, slant=0))
    assert apart == 4
    assert pieces(draw_number("3698", seed=seed, slant=0, gap=-0.2)) < 4


@pytest.mark.parametrize(
    "change",
    [
        {"size": 90},
        {"pen": 0.15},
        {"slant": 25},
        {"lean": 8},
        {"gap": 0.5},
        {"leading": 3},
        {"margin": 2},
        {"jitter": 0},
        {"hand": 2},
        {"dark": True},
    ],
)
def test_every_field_of_style_changes_the_picture(change: dict[str, Any]) -> None:
    plain, changed = draw_page(["20", "47"], seed=1), draw_page(["20", "47"], seed=1, **change)
    assert plain.shape != changed.shape or not np.array_equal(plain, changed)


def test_a_page_has_its_lines_one_below_the_other() -> None:
    written = write_page(["12", "34", "5"], Style(size=50), seed=2)
    assert "".join(w.text for w in written) == "12345"
    bottoms = [w.bounds[3] for w in written]
    assert bottoms[0] < bottoms[2] - 60 < bottoms[4] - 120


def test_light_on_dark() -> None:
    image = draw_number("7", dark=True)
    assert image.dtype == np.uint8
    assert image[0, 0].tolist() == [0, 0, 0]
    assert image.max() > 220


def test_ink_can_be_put_anywhere() -> None:
    (seven,) = write_page(["7"], Style(size=40))
    ink = ink_of([seven.moved(30, 60)], (100, 80))
    assert isinstance(seven, Written)
    assert ink.shape == (80, 100)
    assert ink[60:].sum() < 0.2 * ink.sum()


def test_an_empty_page_is_blank() -> None:
    assert draw_page([]).min() == 255
    assert draw_number(" ").min() == 255
