"""Made numbers: 1 to 10 digits of one writer beside each other, near or touching or overlapping, on some paper.

The same source, seed and number always make the same picture; where each digit stands is known to the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reading import Box
from inkread.training.synthesis.characters.degradation import on_paper
from inkread.training.synthesis.characters.writers import Hand, Writers


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """``ink`` (h, w) float32, 0 paper … 1 ink, and where its left upper pixel lies."""

    ink: NDArray[np.float32]
    left: int
    top: int

    @property
    def box(self) -> Box:
        height, width = self.ink.shape
        return Box(self.left, self.top, self.left + width, self.top + height)


def contact_left(placed: Sequence[Placed], ink: NDArray[np.float32], top: int, reach: int) -> int:
    """The leftmost place of ``ink`` at which none of its rows meets the last two ``placed``; rows up to ``reach``
    pixels away count as the same."""
    starts = _edges(ink)
    best = -(10**6)
    for each in placed[-2:]:
        ends = each.ink.shape[1] - _edges(each.ink[:, ::-1])
        if reach:
            ends = cv2.dilate(ends.astype(np.float32), np.ones((2 * reach + 1, 1))).ravel()
        first, stop = max(top, each.top), min(top + len(starts), each.top + len(ends))
        if first < stop:
            mine, others = starts[first - top : stop - top], ends[first - each.top : stop - each.top]
            best = max(best, round(float((each.left + others - mine).max())))
    return best if best > -(10**6) else placed[-1].box.right


def _edges(ink: NDArray[np.float32]) -> NDArray[np.float64]:
    """The first column of ink of each row (h,); far beyond the last where a row has none."""
    inked = ink >= 0.5
    return np.where(inked.any(axis=1), inked.argmax(axis=1).astype(np.float64), 10.0**5)


SPACINGS: Final = ("wide", "near", "touching", "overlapping")
"""``wide``: digits a quarter to four fifths of their height apart; ``near``: a hair of paper between their ink;
``touching``: their ink meets; ``overlapping``: boxes overlap by 15 % of the narrower digit's width, or by more where
their ink would not meet otherwise."""
_HEIGHTS = 30.0, 120.0
"""Pixels of a digit's height, from a small scan to a drawn digit."""
_OVERLAP = 0.15
_DEEPEST = 0.5
"""Digits whose ink meets nowhere (7 and 4, say) are pushed together until boxes overlap by this share, no further."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeString:
    """A picture (H, W, 3) uint8, its ``text``, and the box of the ink of each digit in it."""

    picture: NDArray[np.uint8]
    text: str
    boxes: tuple[Box, ...]
    spacing: str
    paper: str
    hand: str
    """Whose digits: "mnist" or "strokes"."""


def make_string(
    writers: Writers, seed: tuple[int, ...], spacing: str, paper: str, length: int | None = None
) -> MadeString:
    """One number, by a writer and with a pen of its own; ``length`` None: anything from 1 to 10 digits."""
    rng = np.random.default_rng(seed)
    height = float(np.exp(rng.uniform(*np.log(_HEIGHTS))))
    hand = writers.hand(rng, height)
    count = int(rng.integers(1, 11)) if length is None else length
    values = [int(value) for value in rng.integers(0, 10, count)]
    placed = _write(writers, hand, values, spacing, rng)
    whole = Box.around(each.box for each in placed)
    margins = np.rint(height * rng.uniform(0.35, 1.3, 4)).astype(int)
    right_way = int(margins[0]) - whole.left, int(margins[1]) - whole.top
    size_wh = whole.width + int(margins[0] + margins[2]), whole.height + int(margins[1] + margins[3])
    ink = np.zeros((size_wh[1], size_wh[0]), np.float32)
    boxes = []
    for each in placed:
        box = each.box
        box = Box(box.left + right_way[0], box.top + right_way[1], box.right + right_way[0],
                  box.bottom + right_way[1])  # fmt: skip
        window = ink[box.top : box.bottom, box.left : box.right]
        np.maximum(window, each.ink, out=window)
        boxes.append(box)
    picture = on_paper(ink, paper, height, float(np.median([box.bottom for box in boxes])), rng)
    return MadeString(picture, "".join(map(str, values)), tuple(boxes), spacing, paper, hand.kind)


def _write(
    writers: Writers, hand: Hand, values: list[int], spacing: str, rng: np.random.Generator
) -> list[Placed]:
    """The digits from left to right, on a base line that leans a little and from which they stray a little."""
    lean = np.tan(np.deg2rad(rng.normal(0, 1.2)))
    loose = rng.uniform(0.25, 0.8)
    placed: list[Placed] = []
    for value in values:
        digit = writers.draw(value, hand, rng).ink
        across = placed[-1].box.right if placed else 0
        base = lean * across + rng.normal(0, 0.03) * hand.height
        top = round(base) - digit.shape[0]
        left = _next_left(placed, digit, top, spacing, hand, loose, rng) if placed else 0
        placed.append(Placed(digit, left, top))
    return placed


def _next_left(
    placed: list[Placed],
    digit: NDArray[np.float32],
    top: int,
    spacing: str,
    hand: Hand,
    loose: float,
    rng: np.random.Generator,
) -> int:
    """Where the next digit's ink begins; ``loose`` is the writer's usual gap, in heights."""
    last = placed[-1].box
    pen = hand.pen * hand.height
    width = digit.shape[1]
    narrower = min(last.width, width)
    if spacing == "wide":
        return max(each.box.right for each in placed) + round(
            max(0.25, loose + rng.normal(0, 0.06)) * hand.height
        )
    deepest = last.right - round(_DEEPEST * narrower)
    if spacing == "near":
        gap = max(3.0, rng.uniform(0.04, 0.14) * hand.height)
        return max(
            contact_left(placed, digit, top, round(gap)) + round(gap), last.right - round(0.3 * narrower)
        )
    # Ink that only just meets parts again in the camera: it overlaps by a part of the pen's width.
    contact = max(contact_left(placed, digit, top, 0) - round(rng.uniform(0.05, 0.25) * pen), deepest)
    if spacing == "touching":
        return contact
    if spacing == "overlapping":
        return min(contact, last.right - round(_OVERLAP * narrower))
    raise ValueError(f"no such spacing: {spacing}; there are {', '.join(SPACINGS)}")
