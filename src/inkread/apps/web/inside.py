"""What the network sees of one digit, as JSON: its neighbourhood as image, ink and segments; glyph; maps; shares.

Numbers travel as bytes in Base64, so that the page can paint them in its own colours. This module draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.apps.web.answers import as_text, png
from inkread.explain.closeup import look_at
from inkread.reading import Box

if TYPE_CHECKING:
    from inkread.explain import Looker
    from inkread.reader import Steps


_SIDE_MAX = 360
"""The largest side of the neighbourhood's pictures, in pixels."""
_AROUND = 0.9
"""Margin around the digit, as a share of its longer side."""
_MAPS_MAX = 16
_COLOURS = 6
"""Segments are numbered 1 … 6, over and over: enough that neighbours differ."""


def describe(steps: Steps, index: int, looker: Looker) -> dict[str, Any]:
    """The JSON for the digit at ``index`` of the reading."""
    digit = steps.reading.digits[index]
    closeup = look_at(steps, digit)
    around = _around(digit.box, steps.reading.size_wh)
    labels = _cut(steps.labels, around, steps.scale)
    segments = np.where(labels > 0, (labels - 1) % _COLOURS + 1, 0).astype(np.uint8)
    fields: dict[str, Any] = {
        "digit": index + 1,
        "value": digit.value,
        "confidence": digit.confidence,
        "box": digit.box.to_list(),
        "around": around.to_list(),
        "image": _fitting(_cut(steps.image, around, 1.0)),
        "ink": _fitting(_as_bytes(_cut(steps.ink, around, steps.scale))),
        "segments": _fitting(segments, cv2.INTER_NEAREST),
        "boxes": _boxes(steps, around),
        "candidates": len(steps.candidates),
    }
    if closeup is None:
        return fields
    insight = looker.look(closeup.glyph)
    return fields | {
        "glyph": as_text(_as_bytes(insight.glyph).tobytes()),
        "classes": list(insight.classes),
        "probabilities": [round(float(share), 6) for share in insight.probabilities],
        "layers": [_layer(layer.maps) for layer in insight.convolutions],
        "without_ink": _signed(insight.without_ink, np.abs(insight.without_ink).max()),
        "with_ink": _signed(insight.with_ink, np.abs(insight.with_ink).max()),
    }


def _around(box: Box, size_wh: tuple[int, int]) -> Box:
    reach = round(_AROUND * max(box.width, box.height))
    left, top = max(0, box.left - reach), max(0, box.top - reach // 2)
    return Box(left, top, min(size_wh[0], box.right + reach), min(size_wh[1], box.bottom + reach // 2))


def _cut(array: NDArray[Any], box: Box, scale: float) -> NDArray[Any]:
    left, top = int(box.left * scale), int(box.top * scale)
    right, bottom = max(left + 1, round(box.right * scale)), max(top + 1, round(box.bottom * scale))
    return array[top:bottom, left:right]


def _fitting(picture: NDArray[np.uint8], method: int = cv2.INTER_AREA) -> str:
    """The picture as PNG in Base64, reduced where it is too large."""
    height, width = picture.shape[:2]
    scale = _SIDE_MAX / max(height, width)
    if scale < 1:
        size_wh = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size_wh, interpolation=method)
    return as_text(png(np.ascontiguousarray(picture)))


def _boxes(steps: Steps, around: Box) -> list[list[int]]:
    """The candidates in the neighbourhood, in pixels of the image."""
    low, high = around.to_list()[:2], around.to_list()[2:]
    scaled = ([round(edge / steps.scale) for edge in each.box.to_list()] for each in steps.candidates)
    return [
        box for box in scaled if np.all(np.less_equal(low, box[:2])) and np.all(np.less_equal(box[2:], high))
    ]


def _layer(maps: NDArray[np.float32]) -> dict[str, Any]:
    """The maps with the strongest activations, in the network's order, on one scale of -127 … 127."""
    strength = np.abs(maps).mean(axis=(1, 2))
    shown = np.sort(np.argsort(-strength, kind="stable")[:_MAPS_MAX])
    # Not the very largest: one bright pixel would leave everything else pale.
    values = _signed(maps[shown], np.percentile(np.abs(maps[shown]), 99.5))
    height, width = maps.shape[1:]
    return {"maps": len(maps), "shown": len(shown), "size_wh": [width, height], "values": values}


def _signed(values: NDArray[np.float32], most: Any) -> str:
    """Values as bytes, -127 … 127, in Base64; ``most`` becomes 127."""
    scaled = np.round(127 * values / max(float(most), 1e-6))
    return as_text(np.clip(scaled, -127, 127).astype(np.int8).tobytes())


def _as_bytes(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(255 * np.clip(ink, 0, 1)).astype(np.uint8)
