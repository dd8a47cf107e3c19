"""The rings and holes of a notebook are no digits; columns of digits are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import inkread
from inkread.measure import find_pieces
from inkread.reading import Box
from inkread.segments.bindings import find_bindings
from made import draw_page


def bound(lines: list[str], edge: int, seed: int = 3) -> NDArray[np.uint8]:
    """A page with holes and wires along one of its edges: 0 left, 1 top, 2 right, 3 bottom."""
    page = np.rot90(draw_page(lines, seed=seed, margin=2.5), edge)
    page = np.ascontiguousarray(page)
    strip = np.full((page.shape[0], 46, 3), 255, np.uint8)
    sheet = np.hstack([strip, page])
    for y in range(20, sheet.shape[0], 38):
        cv2.circle(sheet, (24, y), 9, (60, 60, 65), -1)
        cv2.ellipse(sheet, (12, y), (20, 5), 0, 0, 360, (140, 140, 145), 3)
    return np.ascontiguousarray(np.rot90(sheet, -edge))


@pytest.mark.parametrize("edge", [0, 1, 2, 3])
def test_a_spiral_is_no_writing(edge: int) -> None:
    reading = inkread.read(bound(["24573", "61884"], edge))
    assert reading.text == "24573\n61884"
    assert "binding" in {each.reason for each in reading.rejected}


@pytest.mark.parametrize("lines", [list("23456789"), list("00000000"), ["1", "2", "3", "1", "2", "3", "1"]])
def test_a_column_of_digits_is_writing(lines: list[str]) -> None:
    page = draw_page(lines, seed=5, margin=0.3)
    page = np.pad(page, ((0, 0), (0, 9 * page.shape[1]), (0, 0)), constant_values=255)
    reading = inkread.read(page)
    assert reading.text == "\n".join(lines)


def test_even_distances_alone_are_no_binding() -> None:
    """Printed digits, one below the other, are as large as each other, but not of one shape."""
    page = np.zeros((600, 500), np.uint8)
    for i, c in enumerate("3258694730"):
        cv2.putText(page, c, (20, 50 + 58 * i), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 4)
    pieces = find_pieces(np.asarray(page / 255, np.float32))
    boxes = {
        i: Box(left, top, left + width, top + height)
        for i, (left, top, width, height) in enumerate(pieces.boxes_ltwh.tolist())
        if i
    }
    assert len(boxes) == 10
    assert find_bindings(boxes, pieces.labels) == []
