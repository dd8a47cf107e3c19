"""Squared paper whose lines are nearly as dark as the pen is taken out without the strokes that cross it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import inkread
from made import draw_page


def squared(
    lines: list[str], seed: int, print_: tuple[int, int, int], pen: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """A page in 34-pixel squares, in uneven light: (h, w, 3)."""
    rng = np.random.default_rng(seed)
    written = draw_page(lines, seed=seed)
    share = (255 - written[..., :1].astype(np.float32)) / 230
    share = cv2.copyMakeBorder(share[..., 0], 150, 150, 180, 180, cv2.BORDER_CONSTANT)[..., None]
    height, width = share.shape[:2]
    paper = np.full((height, width, 3), (246, 245, 240), np.float32)
    for x in range(7, width, 34):
        cv2.line(paper, (x, 0), (x, height), print_, 2)
    for y in range(11, height, 34):
        cv2.line(paper, (0, y), (width, y), print_, 2)
    light = cv2.resize(rng.uniform(0.7, 1.05, (3, 3)), (width, height), interpolation=cv2.INTER_CUBIC)[
        ..., None
    ]
    page = (paper * (1 - share) + np.array(pen, np.float32) * share) * light
    noisy = cv2.GaussianBlur(page, (0, 0), 0.8) + rng.normal(0, 2, page.shape)
    return np.asarray(np.clip(noisy, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("print_", [(90, 100, 110), (150, 170, 210), (215, 150, 140)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_squared_paper_is_no_writing(print_: tuple[int, int, int], seed: int) -> None:
    picture = squared(["4628", "30517"], seed, print_, (40, 45, 110))
    assert inkread.read(picture).text == "4628\n30517"
