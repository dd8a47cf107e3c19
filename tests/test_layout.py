"""Layout: boxes to lines, in the order in which people read them."""

from __future__ import annotations

import numpy as np
import pytest

from inkread.layout import group_lines, lean_of


def row_of(
    count: int, left: float, top: float, height: float = 30, step: float = 26, fall: float = 0.0
) -> list[list[float]]:
    return [
        [left + step * at, top + fall * step * at, left + step * at + 18, top + fall * step * at + height]
        for at in range(count)
    ]


def test_nothing_has_no_lines() -> None:
    assert group_lines(np.zeros((0, 4))) == []
    assert lean_of(np.zeros((1, 4))) == 0


def test_lines_run_from_top_to_bottom_and_from_left_to_right() -> None:
    boxes = np.array(row_of(4, 10, 100) + row_of(5, 30, 20))
    assert group_lines(boxes) == [[4, 5, 6, 7, 8], [0, 1, 2, 3]]


@pytest.mark.parametrize("fall", [-0.35, -0.15, 0.1, 0.3])
def test_leaning_lines_stay_apart(fall: float) -> None:
    boxes = np.array(row_of(8, 10, 100, fall=fall) + row_of(8, 10, 160, fall=fall))
    assert group_lines(boxes) == [[*range(8)], [*range(8, 16)]]
    assert np.tan(lean_of(boxes)) == pytest.approx(fall, abs=0.02)


def test_a_curved_line_is_one() -> None:
    boxes = np.array(row_of(12, 10, 100))
    boxes[:, 1::2] += (20 * np.sin(np.arange(12) / 2.5))[:, None]
    assert group_lines(boxes) == [[*range(12)]]


def test_a_column_of_digits_is_a_line_each_also_where_they_reach_over_one_another() -> None:
    boxes = np.array([[40, 28 * at, 60, 28 * at + 30] for at in range(9)])
    assert group_lines(boxes) == [[at] for at in range(9)]


def test_a_table_is_read_row_by_row() -> None:
    boxes = np.array([[x, y, x + 15, y + 25] for x in (0, 150, 320) for y in (0, 60, 120)])
    assert group_lines(boxes) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


def test_small_raised_cents_belong_to_their_amount() -> None:
    boxes = np.array([*row_of(3, 0, 50), [80, 47, 90, 65], [93, 46, 103, 64]])
    assert group_lines(boxes) == [[0, 1, 2, 3, 4]]


def test_scattered_digits_of_one_row_are_one_line() -> None:
    boxes = np.array(
        [
            [50, 90, 62, 210],
            [163, 165, 229, 225],
            [285, 42, 325, 148],
            [348, 143, 407, 223],
            [464, 62, 508, 211],
        ]
    )
    assert group_lines(boxes) == [[*range(5)]]


def test_a_thousand_digits_are_grouped_row_by_row() -> None:
    boxes = np.array([[x, y, x + 15, y + 25] for y in range(0, 2000, 40) for x in range(0, 600, 30)])
    assert group_lines(boxes) == [[*range(20 * row, 20 * row + 20)] for row in range(50)]
