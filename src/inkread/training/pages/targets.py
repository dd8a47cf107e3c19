"""Boxes of made pages -> what every cell of the page network is to say.

A centre is a peak of 1 on a hill whose width follows the box (CenterNet: Zhou, Wang, Krähenbühl 2019); class, print
and distances are learned at the centre and, with less weight, in the cells beside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkread.training.pages.network import STRIDE

TARGETS: Final = 11
"""Channels: hill, its weight, peak, class, class weight, printed, left, top, right, bottom (pixels), box weight."""
_HILL: Final = 7.0
"""A hill's standard deviation is this part of the box's side, at least 0.45 cells."""
_BESIDE: Final = 0.3
"""Weight of a cell beside the centre."""


def cell_targets(rows: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Targets (size / 4, size / 4, TARGETS) for boxes (n, 7): class, left, top, right, bottom, printed, meaning."""
    side = size // STRIDE
    targets = np.zeros((side, side, TARGETS), np.float32)
    targets[..., 1] = 1
    middles = np.arange(side, dtype=np.float32) + 0.5
    for row in rows[np.argsort(rows[:, 6], kind="stable")]:
        label, left, top, right, bottom, printed, meaning = (float(each) for each in row)
        x, y = (left + right) / 2 / STRIDE, (top + bottom) / 2 / STRIDE
        inside = 0 <= x < side and 0 <= y < side
        if meaning < 0:
            continue
        if meaning == 0 or not inside:
            _ignore(targets, (left, top, right, bottom))
            continue
        spread = max(0.45, (right - left) / STRIDE / _HILL), max(0.45, (bottom - top) / STRIDE / _HILL)
        across = np.exp(-((middles - x) ** 2) / (2 * spread[0] ** 2))
        down = np.exp(-((middles - y) ** 2) / (2 * spread[1] ** 2))
        np.maximum(targets[..., 0], down[:, None] * across[None], out=targets[..., 0])
        _learn_around(targets, (int(x), int(y)), (label, printed), (left, top, right, bottom))
    return targets


def _ignore(targets: NDArray[np.float32], box: tuple[float, ...]) -> None:
    left, top, right, bottom = (each / STRIDE for each in box)
    targets[max(0, int(top)) : max(0, int(bottom) + 1), max(0, int(left)) : max(0, int(right) + 1), 1] = 0


def _learn_around(
    targets: NDArray[np.float32], centre: tuple[int, int], kind: tuple[float, float], box: tuple[float, ...]
) -> None:
    side = targets.shape[0]
    wide, tall = (box[2] - box[0]) / STRIDE, (box[3] - box[1]) / STRIDE
    targets[centre[1], centre[0], 1:3] = 1
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            x, y = centre[0] + dx, centre[1] + dy
            at_centre = dx == dy == 0
            if not (0 <= x < side and 0 <= y < side) or (
                not at_centre and (abs(dx) > wide / 4 or abs(dy) > tall / 4)
            ):
                continue
            weight = 1.0 if at_centre else _BESIDE
            if weight < targets[y, x, 4]:
                continue
            middle_x, middle_y = (x + 0.5) * STRIDE, (y + 0.5) * STRIDE
            targets[y, x, 3:] = (kind[0], weight, kind[1], middle_x - box[0], middle_y - box[1],
                                 box[2] - middle_x, box[3] - middle_y, weight)  # fmt: skip
