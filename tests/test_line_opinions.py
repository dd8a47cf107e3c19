"""What the network for lines says of the boxes of a line: which digit stands in each, and where none does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.line_opinions import LineOpinions, opinions_of_lines
from inkread.lines.transcriber import Transcriber
from made import draw_number

TEXT = "20457"


def boxes_of(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The boxes (n, 4) of the parts of ink, from left to right."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((picture[..., 0] < 128).astype(np.uint8))
    edges = [
        (left, top, left + width, top + height) for left, top, width, height, area in stats[1:] if area > 20
    ]
    return np.array(sorted(edges), np.float32)


def opinions(picture: NDArray[np.uint8], boxes: NDArray[np.float32], members: int) -> LineOpinions:
    grey = picture[..., 0].astype(np.float32) / 255
    return opinions_of_lines(grey, boxes, np.arange(members), Transcriber())


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("size", [1.0, 0.4])
def test_each_digit_of_a_line_is_told(dark: bool, size: float) -> None:
    picture = cv2.resize(draw_number(TEXT, seed=3), None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    boxes = boxes_of(picture)
    assert len(boxes) == len(TEXT)
    told = opinions(picture if dark else 255 - picture, boxes, len(boxes))
    assert told.digits.argmax(axis=1).tolist() == [int(digit) for digit in TEXT]
    assert (told.digits.max(axis=1) > np.log(0.5)).all()
    assert (told.nothing < np.log(0.1)).all()
    assert told.seen.all()
    assert told.among.all()


def test_a_box_between_digits_holds_nothing_and_one_of_two_digits_not_just_one() -> None:
    picture = draw_number(TEXT, seed=3)
    boxes = boxes_of(picture)
    height = boxes[:, 3].max() - boxes[:, 1].min()
    gap = [boxes[0, 2] + 1, boxes[0, 1], boxes[1, 0] - 1, boxes[0, 3]]
    both = [boxes[0, 0], boxes[0, 1], boxes[1, 2], boxes[0, 3]]
    far = [boxes[0, 0], boxes[0, 1] + 3 * height, boxes[0, 2], boxes[0, 3] + 3 * height]
    told = opinions(picture, np.concatenate([boxes, np.array([gap, both, far], np.float32)]), len(boxes))
    assert told.nothing[-3] > np.log(0.5)
    assert told.digits[-2].max() < np.log(0.1)
    assert not told.seen[-1]


def test_no_digits_no_ink_and_lines_that_are_too_long_are_not_looked_at() -> None:
    picture = draw_number(TEXT, seed=3)
    boxes = boxes_of(picture)
    assert not opinions(picture, boxes, 0).seen.any()
    assert not opinions(np.full_like(picture, 255), boxes, len(boxes)).seen.any()
    wide = np.full((60, 9000, 3), 255, np.uint8)
    wide[10:50, [100, 8870]] = 0
    left = np.arange(90, 8900, 60)
    chain = np.stack([left, np.full_like(left, 8), left + 20, np.full_like(left, 52)], axis=1).astype(
        np.float32
    )
    assert not opinions(wide, chain, len(chain)).seen.any()
