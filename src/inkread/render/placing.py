"""Where labels go: beside their digits where there is room, and never over a digit or over each other.

Geometry only: boxes in, boxes out, on a plane that is larger than the picture (the annotation grows to hold what lies
outside).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.elements import Box

_LEVEL = 0.25
"""Labels stand in one row if their digits' tops are within this share of their height of the middle."""
_FAR = 0.8  # A label may be this share of its width beside its digit; farther, it seems to belong to the next
_BUSY = 0.10
"""A pixel is busy if it differs from its surroundings by this share of full brightness (chosen on our
examples)."""


@dataclass
class Plane:
    """What is in the way: ``taken``, ``shunned`` (left free where possible), and busy parts of the
    picture."""

    taken: list[Box] = field(default_factory=list)
    shunned: list[Box] = field(default_factory=list)
    busy: NDArray[np.float64] | None = None
    """Integral image of the busy pixels, (h + 1, w + 1); ``shrink`` of its pixels are one of the plane."""
    shrink: float = 1.0

    def free(self, boxes: Sequence[Box], strict: bool) -> bool:
        """Whether ``boxes`` touch nothing that is in the way, nor each other."""
        obstacles = self.taken + self.shunned if strict else self.taken
        return not overlapping(boxes, obstacles) and not overlapping_each_other(boxes)

    def look_at(self, picture: NDArray[np.uint8], longest: int = 1200) -> None:
        """Learns where ``picture`` (H, W, 3) is busy: labels prefer quiet paper to ink that nobody read."""
        height, width = picture.shape[:2]
        self.shrink = min(1.0, longest / max(height, width))
        size_wh = (max(1, round(width * self.shrink)), max(1, round(height * self.shrink)))
        grey = cv2.cvtColor(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        window = max(3, longest // 20) | 1
        around = cv2.blur(grey, (window, window))
        self.busy = cv2.integral((cv2.absdiff(grey, around) > 255 * _BUSY).astype(np.uint8)).astype(
            np.float64
        )

    def busyness(self, boxes: Sequence[Box]) -> float:
        """The share of busy pixels under ``boxes``, 0 … 1; outside the picture there are none."""
        if self.busy is None or not boxes:
            return 0.0
        edges = np.array([box.to_list() for box in boxes]) * self.shrink
        x = np.clip(edges[:, 0::2].round().astype(int), 0, self.busy.shape[1] - 1)
        y = np.clip(edges[:, 1::2].round().astype(int), 0, self.busy.shape[0] - 1)
        sums = self.busy
        inside = (
            sums[y[:, 1], x[:, 1]] - sums[y[:, 0], x[:, 1]] - sums[y[:, 1], x[:, 0]] + sums[y[:, 0], x[:, 0]]
        )
        return float(inside.sum() / max(1.0, sum(box.area for box in boxes) * self.shrink**2))


def overlapping(boxes: Sequence[Box], others: Sequence[Box]) -> bool:
    """Whether any of ``boxes`` shares a pixel with any of ``others``."""
    if not boxes or not others:
        return False
    a = np.array([box.to_list() for box in boxes])[:, None]
    b = np.array([box.to_list() for box in others])[None]
    return bool(np.any(np.all((a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:]), axis=-1)))


def overlapping_each_other(boxes: Sequence[Box]) -> bool:
    """Whether any two of ``boxes`` share a pixel."""
    return any(overlapping([box], boxes[i + 1 :]) for i, box in enumerate(boxes))


def spread(wanted: Sequence[float], widths: Sequence[float], gap: float) -> list[float]:
    """Left edges nearest to ``wanted`` (ascending middles, as a rule) so that neighbours keep ``gap``.

    Least squares under order: isotonic regression by pooling adjacent violators (Ayer et al. 1955).
    """
    offsets = np.concatenate([[0.0], np.cumsum([width + gap for width in widths[:-1]])])
    pools: list[tuple[float, int]] = []
    for i, (middle, width) in enumerate(zip(wanted, widths, strict=True)):
        mean, count = middle - width / 2 - float(offsets[i]), 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (mean * count + before * size) / (count + size), count + size
        pools.append((mean, count))
    shifts = [mean for mean, count in pools for _ in range(count)]
    return [shift + float(offset) for shift, offset in zip(shifts, offsets, strict=True)]


def place_line(
    boxes: Sequence[Box], sizes_wh: Sequence[tuple[int, int]], gap: int, plane: Plane
) -> list[Box] | None:
    """A label for each digit of a line of writing, or None if there is no room beside the line.

    Rows come first, as they look calmest: all above, all below, in turns above and below. Then each for
    itself.
    """
    for strict in (True, False):
        rows = [
            row
            for row in (_row(boxes, sizes_wh, gap, pattern) for pattern in ("above", "below"))
            if row and plane.free(row, strict)
        ]
        if rows:
            # Above, unless that is clearly busier.
            return min(rows, key=lambda row: plane.busyness(row) + (0.05 if row is not rows[0] else 0.0))
        row = _row(boxes, sizes_wh, gap, "turns")
        if row and plane.free(row, strict):
            return row
        singly = _each_for_itself(boxes, sizes_wh, gap, plane, strict)
        if singly:
            return singly
    return None


def place_beside(
    box: Box, size_wh: tuple[int, int], gap: int, plane: Plane, strict: bool = True
) -> Box | None:
    """A label above, below or beside one box, or None if there is no room."""
    width, height = size_wh
    x, y = (round(c) for c in box.centre)
    above, below = box.top - gap - height, box.bottom + gap
    places = [(x - width // 2, above), (x - width // 2, below), (box.left, above), (box.right - width, above)]
    places += [(box.left, below), (box.right - width, below)]
    places += [(box.right + gap, y - height // 2), (box.left - gap - width, y - height // 2)]
    labels = [Box(left, top, left + width, top + height) for left, top in places]
    fitting = [label for label in labels if plane.free([label], strict)]
    return min(fitting, key=lambda label: plane.busyness([label]), default=None)


def flow(sizes_wh: Sequence[tuple[int, int]], left: int, top: int, width: int, gap: int) -> list[Box]:
    """Boxes one after the other from ``left, top``, wrapped like words where they would pass ``left +
    width``."""
    placed: list[Box] = []
    x, y = left, top
    for breadth, height in sizes_wh:
        if x > left and x + breadth > left + width:
            x, y = left, y + height + gap
        placed.append(Box(x, y, x + breadth, y + height))
        x += breadth + gap
    return placed


def _row(
    boxes: Sequence[Box], sizes_wh: Sequence[tuple[int, int]], gap: int, pattern: str
) -> list[Box] | None:
    """Labels above, below, or in turns; None if some would stand too far from their digits."""
    if pattern == "turns":
        return _in_turns(boxes, sizes_wh, gap)
    height = median(box.height for box in boxes)
    edges = [box.top if pattern == "above" else box.bottom for box in boxes]
    edges = _levelled(edges, _LEVEL * height, min if pattern == "above" else max)
    middles = [box.centre[0] for box in boxes]
    order = sorted(range(len(boxes)), key=lambda i: middles[i])
    lefts = spread([middles[i] for i in order], [sizes_wh[i][0] for i in order], gap)
    labels: dict[int, Box] = {}
    for i, left in zip(order, lefts, strict=True):
        breadth, tall = sizes_wh[i]
        if abs(left + breadth / 2 - middles[i]) > _FAR * breadth:
            return None
        top = edges[i] - gap - tall if pattern == "above" else edges[i] + gap
        labels[i] = Box(round(left), top, round(left) + breadth, top + tall)
    return [labels[i] for i in range(len(boxes))]


def _in_turns(boxes: Sequence[Box], sizes_wh: Sequence[tuple[int, int]], gap: int) -> list[Box] | None:
    """Labels above and below in turns; None if some would stand too far from their digits."""
    if len(boxes) < 2:
        return None
    upper = _row(boxes[0::2], sizes_wh[0::2], gap, "above")
    lower = _row(boxes[1::2], sizes_wh[1::2], gap, "below")
    if not upper or not lower:
        return None
    return [(lower if i % 2 else upper)[i // 2] for i in range(len(boxes))]


def _levelled(edges: Sequence[int], tolerance: float, outermost: Callable[[list[int]], int]) -> list[int]:
    """Edges brought to one level if most are near it, save the few that are not; unchanged where the line
    leans."""
    middle = median(edges)
    level = [edge for edge in edges if abs(edge - middle) <= tolerance]
    if len(level) < 0.6 * len(edges):
        return list(edges)
    return [outermost(level) if abs(edge - middle) <= tolerance else edge for edge in edges]


def _each_for_itself(
    boxes: Sequence[Box], sizes_wh: Sequence[tuple[int, int]], gap: int, plane: Plane, strict: bool
) -> list[Box] | None:
    labels: list[Box] = []
    taken = list(plane.taken)
    own = Plane(taken, plane.shunned, plane.busy, plane.shrink)
    for box, size_wh in zip(boxes, sizes_wh, strict=True):
        label = place_beside(box, size_wh, gap, own, strict)
        if label is None:
            return None
        labels.append(label)
        taken.append(label)
    return labels
