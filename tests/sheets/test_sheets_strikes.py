"""A line through one symbol strikes it; bars of 4 and 7 do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.sheets.paper.hands import Hand
from inkread.sheets.scans.register import PIXELS_PER_MM
from inkread.sheets.scans.symbols import is_struck

HANDS = [Hand((way,) * 20, 0.05, 0.01, 6.0, 0.5, 1.0) for way in (0, 1, 2)]


def inked(symbol: str, hand: Hand, line: bool) -> NDArray[np.bool_]:
    """One symbol in its box, 9 × 11 mm, with a line of 6.4 mm through its middle or without."""
    canvas = np.zeros((11 * PIXELS_PER_MM, 9 * PIXELS_PER_MM), np.uint8)
    strokes = [stroke + np.array([4.5, 5.5]) for stroke in hand.write(symbol, np.random.default_rng(3))]
    strokes += [np.array([[1.3, 5.9], [7.7, 5.1]])] * line
    for stroke in strokes:
        cv2.polylines(
            canvas, [np.rint(stroke * PIXELS_PER_MM * 16).astype(np.int32)], False, 255, 3, cv2.LINE_8, 4
        )
    return canvas > 0


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("symbol", "0123456789x")
def test_a_line_through_a_symbol_strikes_it(symbol: str, hand: Hand) -> None:
    assert not is_struck(symbol, inked(symbol, hand, line=False))
    assert is_struck(symbol, inked(symbol, hand, line=True))


def drawn(*lines: list[list[float]]) -> NDArray[np.bool_]:
    """Strokes in millimetres in a box of 9 × 11 mm."""
    canvas = np.zeros((11 * PIXELS_PER_MM, 9 * PIXELS_PER_MM), np.uint8)
    for line in lines:
        cv2.polylines(canvas, [np.rint(np.array(line) * PIXELS_PER_MM).astype(np.int32)], False, 255, 3)
    return canvas > 0


CROSS = ([[2.7, 2.7], [6.0, 8.1]], [[6.0, 2.7], [2.7, 8.1]])


def test_a_slash_through_a_tick_strikes_it() -> None:
    assert is_struck("x", drawn(*CROSS, [[1.5, 9.2], [7.5, 1.8]]))


@pytest.mark.parametrize(
    "lines",
    [
        CROSS,
        ([[1.5, 1.8], [7.5, 9.2]], [[7.5, 1.8], [1.5, 9.2]]),  # from corner to corner
        ([[1.5, 6.0], [3.0, 9.5], [7.8, 1.2]],),  # a check mark
        ([[1.5, 9.5], [7.8, 1.2]],),  # a single stroke
    ],
)
def test_ticks_of_other_shapes_are_not_struck(lines: tuple[list[list[float]], ...]) -> None:
    assert not is_struck("x", drawn(*lines))


def test_no_ink_is_not_struck() -> None:
    assert not is_struck("0", np.zeros((60, 50), bool))
