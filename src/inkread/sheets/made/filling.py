"""Made answers: writes on a printed page's picture what somebody might have written, by made handwriting.

For the demonstration and for tests. This module does not know which answers are right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.exam.answers import BLANK, TICK
from inkread.sheets.exam.design import Box
from inkread.sheets.paper.hands import HANDS, Hand, Strokes
from inkread.sheets.paper.layout import Comb, Rect

__all__ = ["CROSSINGS", "SIDES", "Write", "cross_out", "layout_symbols", "write_beside", "write_comb"]

Image = NDArray[np.uint8]
CROSSINGS = ("to and fro", "line", "slash", "each")
"""Ways in which people strike an answer: as a whole, or ``each`` symbol for itself."""
SIDES = ("below", "above", "right")
"""Where an answer stands that is not in its boxes."""
Write: TypeAlias = Callable[[str], Strokes]
"""Strokes of a character in millimetres, the middle of its box at (0, 0)."""


def layout_symbols(comb: Comb, answer: str) -> list[str]:
    """Which symbol goes into each box so that the row says ``answer``, numbers to the right; raises ValueError."""
    boxes = [cell.box for cell in comb.written]
    if not answer:
        return [BLANK] * len(boxes)
    if boxes[0].slot == "tick":
        return [TICK if box.text in answer else BLANK for box in boxes]
    if any(box.text in "HMSDY" for box in boxes):
        return _clock(boxes_text=[box.text for box in boxes], answer=answer)
    slots = [cell.box for cell in comb.cells]
    said = _placed(slots, answer, comb.name)
    return [said.get(i, BLANK) for i, box in enumerate(slots) if box.slot != "printed"]


def _placed(slots: Sequence[Box], answer: str, name: str) -> dict[int, str]:
    """The symbols of a number by the places of their boxes; raises ValueError."""
    divider = "/" if "/" in answer else "."
    before, _, rest = answer.lstrip("-").rpartition(" ")
    whole, _, part = rest.partition(divider)
    gap = _index(slots, " ", 0)
    middle = _index(slots, divider, len(slots))
    said = {i: "-" for i, box in enumerate(slots) if box.slot == "sign" and answer.startswith("-")}
    for text, first, last in ((before, 0, gap), (whole, gap, middle), (part, middle, len(slots))):
        places = [i for i in range(first, last) if slots[i].slot == "digit"]
        if len(text) > len(places):
            raise ValueError(f"{answer} does not fit into the boxes of {name}")
        # Whole numbers stand to the right, what follows a point or a bar to the left.
        said |= dict(
            zip(places if first == middle else places[len(places) - len(text) :], text, strict=False)
        )
    return {**said, middle: "."} if part and divider == "." else said


def _index(slots: Sequence[Box], text: str, otherwise: int) -> int:
    return next((i for i, box in enumerate(slots) if box.text == text), otherwise)


def _clock(boxes_text: list[str], answer: str) -> list[str]:
    parts = answer.replace("-", ":").split(":")
    names = "HMS" if "H" in boxes_text else "YMD"
    digits = {name: list(part) for name, part in zip(names, parts, strict=False)}
    return [digits[text].pop(0) for text in boxes_text]


def write_comb(
    image: Image, comb: Comb, symbols: Sequence[str], hand: Hand, rng: np.random.Generator,
    colour: tuple[int, int, int], *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Writes ``symbols`` into the boxes of a row, in place."""
    for cell, symbol in zip(comb.written, symbols, strict=True):
        if symbol == BLANK:
            continue
        x, y = _middle(cell.rect)
        at = np.array([x, y]) + rng.normal(0, 0.35, 2)
        _draw(image, [stroke + at for stroke in hand.write(symbol, rng)], hand.pen, colour, pixels_per_mm)


def write_beside(
    image: Image, comb: Comb, text: str, side: str, hand: Hand, rng: np.random.Generator, colour: tuple[int, int, int],
    *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Writes ``text`` beside the boxes of a row, at one of the ``SIDES``, in place."""
    x, y = comb.rect.left + 4.0, comb.rect.bottom + 0.55 * hand.height
    if side == "above":
        y = comb.rect.top - 0.55 * hand.height
    elif side == "right":
        x, y = comb.rect.right + 1.5 + 0.5 * hand.height, comb.rect.top + comb.rect.height / 2
    for character in text:
        at = np.array([x, y]) + rng.normal(0, 0.2, 2)
        if character in HANDS:
            strokes = [stroke + at for stroke in hand.write(character, rng)]
            _draw(image, strokes, hand.pen, colour, pixels_per_mm)
        x += 0.8 * hand.height


def cross_out(
    image: Image, comb: Comb, symbols: Sequence[str], way: str, hand: Hand, rng: np.random.Generator,
    colour: tuple[int, int, int], *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Strikes the ``symbols`` of a row through in one of the ways of ``CROSSINGS``, in place."""
    written = [cell.rect for cell, symbol in zip(comb.written, symbols, strict=True) if symbol != BLANK]
    pieces = written if way == "each" else [_around(written or [comb.rect])]
    for rect in pieces:
        # A line through one digit may be as short as the digit is wide.
        inset = rng.uniform(0.4, 1.4) if way == "each" else 0.6
        xs = np.array([rect.left + inset, rect.right - inset])
        ys = rect.top + rect.height * rng.uniform(0.35, 0.65, 4)
        if way == "slash":
            ys = np.array([rect.bottom - 1, rect.top + 1])
        elif way == "to and fro":
            xs = np.array([rect.left - 1, rect.right + 1, rect.left, rect.right])
        points = np.stack([xs + rng.normal(0, 0.3, xs.size), ys[: xs.size]], axis=1)
        _draw(image, [points], hand.pen, colour, pixels_per_mm)


def _around(rects: Sequence[Rect]) -> Rect:
    first, last = rects[0], rects[-1]
    return Rect(first.left, first.top, last.right - first.left, first.height)


def _middle(rect: Rect) -> tuple[float, float]:
    return rect.left + rect.width / 2, rect.top + rect.height / 2


def _draw(
    image: Image,
    strokes: Sequence[NDArray[np.float64]],
    pen_mm: float,
    colour: tuple[int, int, int],
    scale: float,
) -> None:
    shift = 16
    for stroke in strokes:
        points = np.rint((stroke * scale - 0.5) * shift).astype(np.int32)
        width = max(1, round(pen_mm * scale))
        cv2.polylines(image, [points], False, colour, width, cv2.LINE_AA, 4)
