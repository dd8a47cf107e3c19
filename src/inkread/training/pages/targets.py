"""Boxes of made pages -> the page network's targets (centres, classes, boxes), and the loss on them.

A centre is a peak of 1 on a hill whose width follows the box, with the penalty-reduced focal loss of CenterNet (Zhou,
Wang, Krähenbühl 2019). Class, print and distances are learned at the centre and, with less weight, in the cells beside
it: cross-entropy, and the logarithm of the intersection over union (UnitBox, Yu et al. 2016).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inkread.training.pages.network import BOX, CENTRE, CLASS, DISTANCE_UNIT, PRINTED, STRIDE

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


_WEIGHTS: Final = {"centre": 1.0, "class": 1.0, "printed": 0.2, "box": 0.7}
_LEAST: Final = 1e-4


def page_loss(targets: Any, cells: Any) -> Any:
    """The weighted sum of the parts: targets (n, h, w, TARGETS), cells (n, h, w, CHANNELS)."""
    parts = page_losses(targets, cells)
    return sum(_WEIGHTS[name] * part for name, part in parts.items())


def page_losses(targets: Any, cells: Any) -> dict[str, Any]:
    """Each part of the loss, a scalar: centre, class, printed and box."""
    from keras import ops

    hill, weight, peak = targets[..., 0:1], targets[..., 1:2], targets[..., 2:3]
    centre = ops.clip(ops.sigmoid(cells[..., CENTRE]), _LEAST, 1 - _LEAST)
    found = -ops.log(centre) * (1 - centre) ** 2 * peak
    silent = -ops.log(1 - centre) * centre**2 * (1 - hill) ** 4 * (1 - peak) * weight
    count = ops.sum(peak) + 1.0
    share = targets[..., 4]
    total = ops.sum(share) + 1e-3
    labels = ops.cast(targets[..., 3], "int32")
    chosen = ops.sparse_categorical_crossentropy(labels, cells[..., CLASS], from_logits=True)
    printed = ops.binary_crossentropy(targets[..., 5:6], cells[..., PRINTED], from_logits=True)[..., 0]
    return {
        "centre": (ops.sum(found) + ops.sum(silent)) / count,
        "class": ops.sum(chosen * share) / total,
        "printed": ops.sum(printed * share) / total,
        "box": ops.sum(_box_loss(targets[..., 6:10], cells[..., BOX]) * targets[..., 10]) / total,
    }


def _box_loss(wanted: Any, raw: Any) -> Any:
    from keras import ops

    distances = ops.softplus(raw) * DISTANCE_UNIT
    wanted = ops.maximum(wanted, 0.0)
    meet = ops.minimum(distances, wanted)
    common = (meet[..., 0] + meet[..., 2]) * (meet[..., 1] + meet[..., 3])
    area = (distances[..., 0] + distances[..., 2]) * (distances[..., 1] + distances[..., 3])
    wanted_area = (wanted[..., 0] + wanted[..., 2]) * (wanted[..., 1] + wanted[..., 3])
    return -ops.log((common + 1.0) / (area + wanted_area - common + 1.0))
