"""The page network's loss, in the operations that all Keras backends have.

Centres: the penalty-reduced focal loss of CenterNet (Zhou et al. 2019). Classes: cross-entropy. Boxes: the
logarithm of the intersection over union (UnitBox, Yu et al. 2016).
"""

from __future__ import annotations

from typing import Any, Final

from inkread.training.pages.network import BOX, CENTRE, CLASS, DISTANCE_UNIT, PRINTED

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
