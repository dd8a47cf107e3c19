"""Large disks, taken apart: the same as OpenCV's erosion and dilation by the whole disk."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.glyphs.disks import opened_by_disk


def disk(reach: float) -> NDArray[np.uint8]:
    size = 2 * int(reach) + 1
    rows, columns = np.indices((size, size)) - int(reach)
    return (np.hypot(rows, columns) <= reach).astype(np.uint8)


def blots(seed: int, size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Soft-edged ink, much of it in blots."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur((rng.random(size_wh[::-1]) < 0.7).astype(np.float32), (0, 0), rng.uniform(1, 8))
    return np.clip(8 * noise - 4, 0, 1).astype(np.float32)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 999),
    width=st.integers(1, 110),
    height=st.integers(1, 110),
    reach=st.floats(2.1, 30),
)
def test_taken_apart_it_is_the_same_disk(seed: int, width: int, height: int, reach: float) -> None:
    ink = blots(seed, (width, height))
    eroded, dilated = opened_by_disk(ink, reach)
    whole = cv2.erode(ink, disk(reach), borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
    assert np.abs(eroded - whole).max() < 1e-5
    assert np.abs(dilated - cv2.dilate(whole, disk(reach))).max() < 1e-5


@pytest.mark.parametrize("reach", [2.25, 4.25, 9.5, 20.25])
def test_what_the_disk_fits_into_stays_and_the_rest_goes(reach: float) -> None:
    paper = np.zeros((101, 101), np.float32)
    paper[20:81, 20:81] = 1
    paper[50, :] = 1
    eroded, dilated = opened_by_disk(paper, reach)
    assert eroded.sum() == (61 - 2 * int(reach)) ** 2
    assert dilated[50, 5] == 0
    assert dilated[50, 50] == dilated[50, 20] == 1


def test_the_callers_ink_stays_as_it_is() -> None:
    ink = blots(3, (60, 40))
    before = ink.copy()
    opened_by_disk(ink, 5.5)
    assert np.array_equal(ink, before)
