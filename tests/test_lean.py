"""Lines that lean: how far, from where their parts stand; read level, with boxes where the digits are on the page."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import inkread
from inkread.explain.closeup import look_at
from inkread.lines.lean import lean_of, levelled
from inkread.reading import Box
from made import draw_number, draw_page

Picture = NDArray[np.uint8]


def page_of(rows: int, columns: int, degrees: float, seed: int = 0) -> list[Box]:
    """Where the digits of a page stand that leans so, some 40 pixels high and unevenly wide."""
    rng = np.random.default_rng(seed)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    boxes = []
    for row in range(rows):
        for column in range(columns):
            x, y = 45 * column + rng.normal(0, 3), 80 * row + rng.normal(0, 3)
            wide, high = rng.uniform(22, 36), rng.uniform(36, 46)
            middle = 600 + x * cos - y * sin, 600 + x * sin + y * cos
            corner = round(middle[0] - wide / 2), round(middle[1] - high / 2)
            boxes.append(Box(*corner, corner[0] + round(wide), corner[1] + round(high)))
    return boxes


def turned(picture: Picture, degrees: float) -> Picture:
    """The picture on a larger sheet, turned so that its lines fall by so many degrees."""
    height, width = picture.shape[:2]
    side = int(np.hypot(height, width)) + 20
    view = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    view[:, 2] += (side - width) / 2, (side - height) / 2
    return np.asarray(
        cv2.warpAffine(picture, view, (side, side), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255)),
        np.uint8,
    )


@pytest.mark.parametrize("degrees", [-36, -20, -11, 11, 20, 36])
@pytest.mark.parametrize(("rows", "columns"), [(1, 6), (3, 5), (12, 30)])
def test_lines_that_lean(rows: int, columns: int, degrees: float) -> None:
    assert lean_of(page_of(rows, columns, degrees)) == pytest.approx(degrees, abs=2.5)


@pytest.mark.parametrize("degrees", [-4, 0, 4])
@pytest.mark.parametrize(("rows", "columns"), [(1, 6), (3, 5), (12, 30), (8, 1), (1, 2), (1, 1)])
def test_lines_that_do_not(rows: int, columns: int, degrees: float) -> None:
    assert lean_of(page_of(rows, columns, degrees)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_what_is_strewn_does_not_lean(seed: int) -> None:
    corners = np.random.default_rng(seed).integers(0, 500, (30, 2))
    assert lean_of([Box(int(x), int(y), int(x) + 28, int(y) + 40) for x, y in corners]) == 0.0


def test_nothing_does_not_lean() -> None:
    assert lean_of([]) == 0.0


@pytest.mark.parametrize("degrees", [-30, 15])
def test_levelled_ink_and_the_way_back(degrees: float) -> None:
    ink = np.zeros((300, 400), np.float32)
    ends = np.array([200, 150]) + 90 * np.array([1, -1])[:, None] * [
        np.cos(np.deg2rad(degrees)),
        np.sin(np.deg2rad(degrees)),
    ]
    cv2.line(ink, *np.rint(ends).astype(int).tolist(), 1.0, 5)
    level = levelled(ink, degrees)
    left, top, width, height = cv2.boundingRect((level.ink >= 0.5).view(np.uint8))
    assert height < 11
    assert width == pytest.approx(185, abs=5)
    back = level.placed(Box(left, top, left + width, top + height), 1.0, (400, 300))
    seen = Box.around(
        [Box(x, y, x + w, y + h) for x, y, w, h in [cv2.boundingRect((ink > 0).view(np.uint8))]]
    )
    assert back.iou(seen) > 0.85


@pytest.mark.parametrize("degrees", [-30, -20, 20, 30])
def test_a_page_that_leans_is_read_level(degrees: float) -> None:
    picture = turned(draw_page(["24573", "61884"], seed=4), degrees)
    reading = inkread.read(picture)
    assert reading.text == "24573\n61884"
    assert reading.size_wh == (picture.shape[1], picture.shape[0])
    _, labels, stats, _ = cv2.connectedComponentsWithStats((picture[..., 0] < 128).astype(np.uint8))
    for digit in reading.digits:
        near = labels[digit.box.top : digit.box.bottom, digit.box.left : digit.box.right]
        own = int(np.bincount(near[near > 0]).argmax())
        left, top, width, height = (int(edge) for edge in stats[own, :4])
        assert digit.box.iou(Box(left, top, left + width, top + height)) > 0.8


def test_each_digit_of_it_has_its_closeup() -> None:
    steps = inkread.Reader().steps(turned(draw_page(["24573", "61884"], seed=4), 25))
    assert steps.level is not None
    for digit in steps.reading.digits:
        closeup = look_at(steps, digit)
        assert closeup is not None
        assert int(closeup.probabilities.argmax()) == digit.value


@pytest.mark.parametrize("slant", [-20.0, 35.0])
def test_a_slanted_hand_does_not_lean(slant: float) -> None:
    steps = inkread.Reader().steps(draw_number("204573", seed=2, slant=slant))
    assert steps.level is None
    assert steps.reading.text == "204573" or abs(slant) > 30


def test_what_is_left_unread_is_told_once() -> None:
    picture = turned(draw_page(["24573", "61884"], seed=4), 25)
    picture[:, -4:] = 0  # the edge of the sheet
    reading = inkread.read(picture)
    assert reading.text == "24573\n61884"
    assert [each.reason for each in reading.rejected].count("rule") <= 1
    assert all(each.box.right <= picture.shape[1] for each in reading.rejected)
    assert reading.rejected
