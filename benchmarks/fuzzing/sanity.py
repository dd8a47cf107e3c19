"""What must hold of any reading: boxes on the picture, probabilities that are some, digits for text, plain JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from inkread.reading import Box, Reading

__all__ = ["Unsound", "require", "require_reading"]

_MARKS = frozenset("-/.,():+×÷=%")


class Unsound(AssertionError):
    """Something came back, but it cannot be right."""


def require(holds: bool, claim: str) -> None:
    """Raises Unsound where a claim does not hold."""
    if not holds:
        raise Unsound(claim)


def require_reading(reading: Reading) -> None:
    """All that can be said of any reading, whatever was on the picture."""
    width, height = reading.size_wh
    require(width > 0 and height > 0, f"size {reading.size_wh}")
    require(set(reading.text) <= set("0123456789\n"), f"text {reading.text!r}")
    require(reading.turned_degrees in (0, 90, 180, 270), f"turned by {reading.turned_degrees}")
    for digit in reading.digits:
        _require_box(digit.box, width, height)
        require(digit.value in range(10), f"value {digit.value!r}")
        _require_share(digit.confidence)
        for value, share in digit.runners_up:
            require(value in range(10) and value != digit.value, f"runner-up {value!r} of {digit.value}")
            _require_share(share)
            require(share <= digit.confidence + 1e-6, f"runner-up {share} is ahead of {digit.confidence}")
    for mark in reading.marks:
        _require_box(mark.box, width, height)
        _require_share(mark.confidence)
        require(mark.text in _MARKS, f"mark {mark.text!r}")
    for rejected in reading.rejected:
        _require_box(rejected.box, width, height)
        require(bool(rejected.reason), "rejected without a reason")
    _require_share(reading.confidence)
    _require_json(reading)


def _require_json(reading: Reading) -> None:
    """As JSON it says the same, there and back."""
    fields: dict[str, Any] = reading.to_dict()
    text = json.dumps(fields, allow_nan=False)
    again = Reading.from_dict(json.loads(text))
    require(again.text == reading.text and again.written == reading.written, "JSON changed the text")
    same = again.to_dict()
    # The product of rounded confidences may differ in the last place.
    require(abs(same.pop("confidence") - fields.pop("confidence")) < 1e-4, "JSON changed the confidence")
    for line in (*same["lines"], *fields["lines"]):
        line.pop("confidence")
    require(same == fields, "JSON there and back is another reading")


def _require_box(box: Box, width: int, height: int) -> None:
    inside = 0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height
    require(inside, f"box {box.to_list()} on {width} × {height}")
    require(all(type(edge) is int for edge in box.to_list()), f"box {box!r} is not of plain numbers")


def _require_share(share: float) -> None:
    require(isinstance(share, float) and math.isfinite(share) and 0 <= share <= 1, f"probability {share!r}")
