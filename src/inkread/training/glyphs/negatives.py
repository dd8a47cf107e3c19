"""Fragments, digits grown together, scribbles: what is not one digit; and digits cut from a neighbour.

Reading cuts ink in many ways and asks of each piece whether it is a digit. A cut takes a little of the digit, and
leaves a little of its neighbour. All are ink (112, 112) float32, 0 paper … 1 ink.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import stroke_width
from inkread.training.data.strokes import CANVAS
from inkread.training.synthesis.characters.digit_templates import smooth

Ink = NDArray[np.float32]

_LEAST, _MOST = 0.2, 0.58
"""Share of a digit's ink that a fragment keeps: with less it is a speck, with more still the digit."""
_FLAT = 0.4
_BENT = 0.12
"""A fragment that is less bent than this is read as a 1; half of a round 0 has about 0.3."""
_STILL_DIGITS = frozenset(
    {(1, "left"), (1, "right"), (3, "right"), (4, "right"), (7, "right"), (8, "right"), (9, "right")}
)
"""Halves that people read as a digit, such as the 3 in an 8, or the 1 in a 4 and a 9."""


def fragment(ink: Ink, label: int, rng: np.random.Generator) -> Ink | None:
    """The part of a digit left or right of a slanted, slightly wavy seam; None where that is no negative."""
    side = "left" if rng.random() < 0.5 else "right"
    if (label, side) in _STILL_DIGITS:
        return None
    ys = np.arange(CANVAS)
    columns = ink.sum(axis=0).cumsum()
    middle = float(np.searchsorted(columns, rng.uniform(0.25, 0.75) * columns[-1]))
    seam = middle + rng.uniform(-0.35, 0.35) * (ys - CANVAS / 2)
    seam += rng.uniform(0, 4) * np.sin(ys / rng.uniform(8, 25) + rng.uniform(0, 6))
    is_left = np.arange(CANVAS)[None, :] < seam[:, None]
    kept = np.where(is_left if side == "left" else ~is_left, ink, np.float32(0))
    share = float(kept.sum()) / max(float(ink.sum()), 1e-6)
    if not _LEAST <= share <= _MOST or bend(kept) < _BENT:
        return None
    return kept


def bend(ink: Ink) -> float:
    """Spread of the ink across its main axis, less the stroke's own, over that along it: 0 for a line."""
    moments = cv2.moments(ink)
    if moments["m00"] <= 0:
        return 0.0
    xx, yy, xy = (moments[name] / moments["m00"] for name in ("mu20", "mu02", "mu11"))
    root = float(np.hypot((xx - yy) / 2, xy))
    along, across = (xx + yy) / 2 + root, (xx + yy) / 2 - root
    # A strip of width w has the variance w²/12 across.
    return float(np.sqrt(max(across - stroke_width(ink) ** 2 / 12, 0.0) / max(along, 1e-6)))


def pair(first: Ink, second: Ink, rng: np.random.Generator) -> Ink:
    """Two pieces of ink side by side (now and then one above the other), overlapping, touching or near."""
    # Two straight strokes above each other are one long stroke.
    above = rng.random() < 0.08 and min(bend(first), bend(second)) > _BENT
    a, b = (cropped(ink.T if above else ink) for ink in (first, second))
    # A dash is as wide as digits are, not as high.
    if a.shape[0] < _FLAT * a.shape[1]:
        a, b = b[:, ::-1], a[:, ::-1]
        return np.ascontiguousarray(_beside(a, b, above, rng)[:, ::-1])
    return _beside(a, b, above, rng)


def _beside(a: Ink, b: Ink, above: bool, rng: np.random.Generator) -> Ink:
    """``b`` right of ``a``, about as high, or, if it lies, about half as wide as ``a`` is high."""
    flat = b.shape[0] < _FLAT * b.shape[1]
    scale = a.shape[0] / (b.shape[1] * 2 if flat else b.shape[0]) * rng.uniform(0.75, 1.25)
    size_wh = max(2, round(b.shape[1] * scale)), max(2, round(b.shape[0] * scale))
    b = np.asarray(cv2.resize(b, size_wh), np.float32)
    # Far enough apart that the wider one does not swallow the other.
    gap = round(rng.uniform(-0.16, 0.18) * min(a.shape[1], b.shape[1]) + rng.uniform(-2, 6))
    drop = round((rng.uniform(0.25, 0.6) if flat else rng.uniform(-0.15, 0.15)) * a.shape[0])
    height = max(a.shape[0], b.shape[0] + abs(drop)) + abs(drop)
    joined = np.zeros((height, a.shape[1] + b.shape[1] + max(gap, 0)), np.float32)
    joined[max(-drop, 0) : max(-drop, 0) + a.shape[0], : a.shape[1]] = a
    window = np.s_[max(drop, 0) : max(drop, 0) + b.shape[0], a.shape[1] + gap : a.shape[1] + gap + b.shape[1]]
    joined[window] = np.maximum(joined[window], b)
    return on_canvas(joined.T if above else joined)


def scribble(rng: np.random.Generator) -> Ink:
    """Loops, zigzags, boxes, corners, crosses, blobs, grids and bundles of rules, drawn with any pen."""
    canvas = np.zeros((CANVAS, CANVAS), np.float32)
    pen = int(rng.integers(3, 12))
    draw = _DRAWINGS[rng.integers(len(_DRAWINGS))]
    for line in draw(rng):
        cv2.polylines(canvas, [np.rint(line).astype(np.int32)], False, 1.0, pen)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.0), np.float32)


def _loops(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    turns = rng.uniform(1.7, 5)
    t = np.linspace(0, 2 * np.pi * turns, 80)
    radius = rng.uniform(10, 25)
    x = 20 + 70 * t / t[-1] * rng.uniform(0.4, 1) + radius * np.cos(t)
    return [np.stack([x, 56 + rng.uniform(0.5, 1.5) * radius * np.sin(t)], axis=1)]


def _tangle(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    knots = rng.uniform(16, 96, (int(rng.integers(6, 14)), 2)).astype(np.float32)
    return [smooth(knots)]


def _zigzag(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    count = int(rng.integers(4, 10))
    x = np.linspace(16, 96, count) + rng.normal(0, 3, count)
    y = 56 + np.where(np.arange(count) % 2, 1, -1) * rng.uniform(8, 38, count)
    return [np.stack([x, y], axis=1)]


def _box(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    w, h = rng.uniform(20, 45, 2)
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h], [-w, -h]]) + 56 + rng.normal(0, 1.5, (5, 2))
    sides = rng.choice([3, 5, 5])
    return [np.roll(corners[:4], int(rng.integers(4)), axis=0)[:4] if sides == 3 else corners]


def _cross(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    tilt = rng.uniform(0, np.pi)
    tilts = tilt, tilt + rng.uniform(1.2, 1.9)
    arms = [np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(28, 42) for angle in tilts]
    shift = rng.uniform(-6, 6, 2)
    return [np.stack([56 - arm + shift * i, 56 + arm + shift * i]) for i, arm in enumerate(arms)]


def _rules(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    rows = np.linspace(20, 92, int(rng.integers(2, 5)))
    lines = [np.array([[16, y], [96, y + rng.uniform(-4, 4)]]) for y in rows]
    if rng.random() < 0.5:
        columns = np.linspace(24, 88, int(rng.integers(1, 4)))
        lines += [np.array([[x, 14], [x + rng.uniform(-4, 4), 98]]) for x in columns]
    return lines if rng.random() < 0.7 else [line[:, ::-1] for line in lines]


def _blob(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    t = np.linspace(0, 40 * np.pi, 300)
    radius = (t / t[-1]) * rng.uniform(15, 40) * (1 + 0.3 * np.sin(3 * t / 40 + rng.uniform(0, 6)))
    return [np.stack([56 + radius * np.cos(t), 56 + radius * rng.uniform(0.4, 1) * np.sin(t)], axis=1)]


_DRAWINGS = (_loops, _tangle, _tangle, _zigzag, _box, _cross, _rules, _blob)


def cropped(ink: Ink) -> Ink:
    """The part of ``ink`` that is written on."""
    left, top, width, height = cv2.boundingRect((ink > 0.15).astype(np.uint8))
    return ink[top : top + height, left : left + width] if width else ink[:2, :2]


def on_canvas(ink: Ink) -> Ink:
    """Ink of any size in the middle of (112, 112), its longer side 84."""
    scale = 84 / max(ink.shape)
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((CANVAS, CANVAS), np.float32)
    top, left = (CANVAS - small.shape[0]) // 2, (CANVAS - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


_LEAST_KEPT, _MOST_LEFT = 0.88, 0.1
"""Shares of the digit's ink: how much of it a cut keeps at least, and how much of the neighbour's it leaves at most."""
_TRIES = 5


def cut_from(ink: Ink, neighbour: Ink, rng: np.random.Generator) -> Ink:
    """Ink (112, 112) float32, 0 … 1, of the digit in ``ink`` after it was cut from ``neighbour`` at its left or right.

    Both are (112, 112) float32. The digit stays as it is where no cut through the two would leave it to be read.
    """
    mirrored = bool(rng.random() < 0.5)
    own, other = (cropped(each[:, ::-1] if mirrored else each) for each in (ink, neighbour))
    height, width = own.shape
    scale = height / max(other.shape[0], 1) * rng.uniform(0.75, 1.25)
    if neighbour_is_flat := other.shape[0] < 0.4 * other.shape[1]:
        scale = 0.4 * height / other.shape[1]
    size_wh = max(2, round(other.shape[1] * scale)), max(2, round(other.shape[0] * scale))
    other = np.asarray(cv2.resize(other, size_wh), np.float32)
    overlap = round(rng.uniform(-0.02, 0.22) * min(width, other.shape[1]))
    drop = round((0.3 if neighbour_is_flat else rng.uniform(-0.15, 0.15)) * height)
    mine, foreign = _side_by_side(own, other, width - overlap, drop)
    total = max(float(mine.sum()), 1e-6)
    ys, xs = np.mgrid[0 : mine.shape[0], 0 : mine.shape[1]]
    for _ in range(_TRIES):
        at = width - overlap / 2 + rng.uniform(-0.1, 0.1) * width
        kept = xs < at + rng.uniform(-0.4, 0.4) * (ys - mine.shape[0] / 2)
        lost, left = 1 - float(mine[kept].sum()) / total, float(foreign[kept].sum()) / total
        if lost <= 1 - _LEAST_KEPT and left <= _MOST_LEFT:
            cut = np.where(kept, np.maximum(mine, foreign), np.float32(0))
            return on_canvas(cut[:, ::-1] if mirrored else cut)
    return ink


def _side_by_side(first: Ink, second: Ink, at: int, drop: int) -> tuple[Ink, Ink]:
    """Both on canvases of one size, the second ``at`` pixels to the right and ``drop`` down."""
    top = max(-drop, 0)
    height = max(top + first.shape[0], top + drop + second.shape[0])
    width = max(first.shape[1], at + second.shape[1])
    a, b = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    a[top : top + first.shape[0], : first.shape[1]] = first
    b[top + drop : top + drop + second.shape[0], at : at + second.shape[1]] = second
    return a, b
