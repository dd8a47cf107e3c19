"""Digits as one writer would write them: MNIST's and pen strokes, drawn at any size with the same pen.

What makes a number look like one person's is that its digits share a pen, a slant and a size. MNIST's digits get them
here; strokes are taken from one writer where the data say who wrote them, and else from places close by in the file,
where they are mostly by one hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import stroke_width
from inkread.training.data.mnist import Digits, load_mnist, training_split
from inkread.training.data.strokes import StrokeSet, held_out, load_strokes

Ink = NDArray[np.float32]
Source = Literal["test", "validation", "training"]
_NEAR = 40
"""Strokes of one label are taken from among so many that lie closest to a place in the file."""
_OVER = 2
"""Digits are drawn so many times larger, and reduced: edges as soft as ink's."""
_MNIST_SIDE = 20.0
"""Pixels of the longer side of MNIST's digits."""
_PENS = {"mnist": (0.075, 0.15), "strokes": (0.045, 0.14)}
"""Width of the pen over the height of the digits. MNIST's own is about 0.12: much thinner, and its digits break."""
_WIDEST = 1.15
"""A digit wider than this, in heights of the writing, is made smaller: MNIST has fives that lie down."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One digit: ``ink`` (h, w) float32, 0 paper … 1 ink, cut at its box: every edge has ink of at least a half."""

    value: int
    ink: Ink


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer's look. ``height`` in pixels; ``pen`` over the height; ``slant`` is the shear that is added."""

    kind: str
    """Whose digits: "mnist" or "strokes"."""
    place: int
    """Where in the strokes the writer is found."""
    height: float
    pen: float
    slant: float


@dataclass(frozen=True, slots=True, eq=False)
class Writers:
    """All that digits are taken from: MNIST's, and strokes with the samples that may be used of each set."""

    mnist: Digits
    strokes: tuple[tuple[StrokeSet, NDArray[np.intp]], ...]

    @property
    def places(self) -> int:
        """How many places there are in the strokes at which a hand is found."""
        return sum(len(usable) for _, usable in self.strokes)

    def hand(self, rng: np.random.Generator, height: float) -> Hand:
        """A writer; half of them write MNIST's digits."""
        kind = "mnist" if rng.random() < 0.5 else "strokes"
        low, high = np.log(_PENS[kind])
        pen = float(np.exp(rng.uniform(low, high)))
        place = int(rng.integers(self.places))
        # A pen thinner than two pixels is hair, and no camera would show it.
        return Hand(kind, place, height, max(pen, 2.2 / height), float(rng.uniform(-0.12, 0.16)))

    def draw(self, value: int, hand: Hand, rng: np.random.Generator) -> Drawn:
        """One digit by ``hand``, whose height varies a little from digit to digit."""
        height = hand.height * float(np.exp(rng.normal(0, 0.045)))
        slant = hand.slant + float(rng.normal(0, 0.03))
        if hand.kind == "mnist":
            chosen = np.flatnonzero(self.mnist.labels == value)
            image = self.mnist.images[int(chosen[rng.integers(len(chosen))])]
            depth = _of_image(image, height, hand.pen * hand.height, slant)
        else:
            depth = _of_strokes(self._strokes(value, hand, rng), height, hand.pen * hand.height, slant)
        return Drawn(value, _inked(depth, hand.pen * hand.height, rng))

    def _strokes(self, value: int, hand: Hand, rng: np.random.Generator) -> list[NDArray[np.float32]]:
        starts = np.cumsum([0, *(len(usable) for _, usable in self.strokes)])
        which = int(np.searchsorted(starts, hand.place, side="right")) - 1
        strokes, usable = self.strokes[which]
        at = usable[hand.place - starts[which]]
        mine = usable[strokes.labels[usable] == str(value)]
        same = mine[strokes.source[mine] == strokes.source[at]]
        mine = same if len(same) else mine
        near = mine[np.argsort(np.abs(mine - at), kind="stable")[: min(_NEAR, 1 + len(mine) // 4)]]
        return strokes.strokes(int(near[rng.integers(len(near))]))


def load_writers(source: Source) -> Writers:
    """Whose digits: ``test`` has MNIST's t10k and hands of UNIPEN's other sites, and only ever reports;
    ``validation`` has what training holds back, and chooses; ``training`` has all the rest. Raises DataMissing."""
    if source == "test":
        strokes = load_strokes("develop_unipen_digits")
        return Writers(load_mnist("t10k"), ((strokes, np.flatnonzero(_may_be(strokes))),))
    sets = [load_strokes(f"train_{name}") for name in ("pendigits", "unipen_digits")]
    held_back = source == "validation"
    usable = tuple((each, np.flatnonzero((held_out(each) == held_back) & _may_be(each))) for each in sets)
    return Writers(training_split(load_mnist("train"))[1 if held_back else 0], usable)


def drawn_strokes(
    strokes: list[NDArray[np.float32]], height: float, pen: float, slant: float, rng: np.random.Generator
) -> Ink:
    """The ink of strokes, each (n, 2) as x, y, drawn ``height`` pixels high with a pen of ``pen`` pixels."""
    return _inked(_of_strokes(strokes, height, pen, slant), pen, rng)


def inked_lines(
    lines: list[NDArray[np.float32]], pen: float, rng: np.random.Generator, press: float = 1.0
) -> Ink:
    """The ink of lines, each (n, 2) as x, y, that lie where they are to be, in pixels from 0 on.

    ``press``: how much wider than ``pen`` the lines come out.
    """
    extent = np.concatenate(lines).max(axis=0).astype(np.float64)
    pad = _OVER * pen + 2 * _OVER
    return _inked(
        _depth([line * _OVER + pad for line in lines], _OVER * extent + 2 * pad, press * pen), pen, rng
    )


def _may_be(strokes: StrokeSet) -> NDArray[np.bool_]:
    """Which samples (n,) can be what their label says: a few ones lie down, and are dashes."""
    possible = np.ones(len(strokes), bool)
    for one in np.flatnonzero(strokes.labels == "1"):
        width, height = np.ptp(np.concatenate(strokes.strokes(int(one))), axis=0)
        possible[one] = width <= 1.2 * height
    return possible


def _of_image(image: NDArray[np.uint8], height: float, pen: float, slant: float) -> Ink:
    """How deep each pixel lies in the ink of an MNIST image, in enlarged pixels; below 0 outside of it."""
    ink = image.astype(np.float32) / np.float32(255)
    left, top, width, tall = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    scale = _OVER * min(height / tall, _WIDEST * height / width)
    pad = _OVER * (pen + abs(slant) * height) + 2
    size_wh = round(width * scale + 2 * pad), round(tall * scale + 2 * pad)
    # From MNIST's pixels to the canvas: their middles lie half a pixel in, and the shear leaves the middle row alone.
    middle = top + tall / 2 - 0.5
    matrix = np.array([[scale, -slant * scale, pad + (0.5 - left) * scale - 0.5 + slant * scale * middle],
                       [0, scale, pad + (0.5 - top) * scale - 0.5]])  # fmt: skip
    large = cv2.warpAffine(ink, matrix, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    large = cv2.GaussianBlur(large, (0, 0), 0.45 * scale)
    inside = (large > 0.5 * min(1.0, float(large.max()))).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    own = stroke_width(inside.astype(np.float32))
    # Much thinner than it is, a digit falls apart; much wider, its loops close.
    return np.asarray(depth + np.clip(_OVER * pen - own, -0.35 * own, 0.4 * own) / 2, np.float32)


def _of_strokes(strokes: list[NDArray[np.float32]], height: float, pen: float, slant: float) -> Ink:
    """The same for strokes, drawn with a pen of ``pen`` pixels."""
    leaned = [np.stack([s[:, 0] - slant * s[:, 1], s[:, 1]], axis=1) for s in strokes]
    every = np.concatenate(leaned)
    low, high = every.min(axis=0), every.max(axis=0)
    width, tall = (float(side) for side in np.maximum(high - low, 1e-3))
    room = max(height - pen, 2.0)
    scale = _OVER * min(room / tall, _WIDEST * height / width)
    pad = _OVER * pen + 2
    lines = [(_steadied(stroke) - low) * scale + pad for stroke in leaned]
    return _depth(lines, np.array([width * scale, tall * scale]) + 2 * pad, pen)


def _depth(lines: list[NDArray[np.float32]], size_wh: NDArray[np.floating], pen: float) -> Ink:
    """How deep each pixel of a canvas lies in lines that are given in its (enlarged) pixels."""
    canvas = np.ones((round(float(size_wh[1])), round(float(size_wh[0]))), np.uint8)
    for each in lines:
        line = np.rint(each * 16).astype(np.int32)
        cv2.polylines(canvas, [line], False, 0, 1, cv2.LINE_8, 4)
        if len(line) == 1:
            x, y = (int(c) >> 4 for c in line[0])
            canvas[y, x] = 0
    away = cv2.distanceTransform(canvas, cv2.DIST_L2, 5)
    return np.asarray(_OVER * pen / 2 - away, np.float32)


def _steadied(stroke: NDArray[np.float32]) -> NDArray[np.float32]:
    """A stroke (n, 2) without the steps that a coarse tablet makes of it."""
    if len(stroke) < 5:
        return stroke
    inner = 0.25 * stroke[:-2] + 0.5 * stroke[1:-1] + 0.25 * stroke[2:]
    return np.concatenate([stroke[:1], inner, stroke[-1:]])


def _inked(depth: Ink, pen: float, rng: np.random.Generator) -> Ink:
    """Ink of its depth: the pen presses now more, now less; reduced to pixels and cut at its box."""
    knots = rng.normal(0, 0.05 * _OVER * pen, (4, 4)).astype(np.float32)
    pressed = depth + cv2.resize(knots, (depth.shape[1], depth.shape[0]), interpolation=cv2.INTER_CUBIC)
    cover = np.clip(pressed + 0.5, 0, 1).astype(np.float32)
    size_wh = max(1, round(cover.shape[1] / _OVER)), max(1, round(cover.shape[0] / _OVER))
    small = cv2.resize(cover, size_wh, interpolation=cv2.INTER_AREA)
    left, top, width, height = cv2.boundingRect((small >= 0.5).astype(np.uint8))
    return np.asarray(small[top : top + height, left : left + width], np.float32)
