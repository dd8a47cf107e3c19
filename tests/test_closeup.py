"""Closeups: each digit's own glyph, probabilities and ink, whatever stands beside it."""

import numpy as np
import pytest

import inkread
from inkread.closeup import look_at
from inkread.reading import Box, Digit, Rejected
from made import draw_number, draw_page


@pytest.fixture(scope="module")
def reader() -> inkread.Reader:
    return inkread.Reader()


@pytest.mark.parametrize("style", [{}, {"dark": True}, {"size": 24.0}, {"size": 200.0}, {"gap": -0.05}])
def test_each_digit_has_its_own(reader: inkread.Reader, style: dict[str, float]) -> None:
    steps = reader.steps(draw_page(["2024", "38"], seed=3, **style))
    assert len(steps.reading.digits) >= 4
    for digit in steps.reading.digits:
        closeup = look_at(steps, digit)
        assert closeup is not None
        assert int(closeup.probabilities.argmax()) == digit.value
        assert closeup.probabilities.sum() == pytest.approx(1, abs=1e-4)
        assert 0 <= closeup.not_a_digit <= 1
        assert any((closeup.glyph == glyph).all() for glyph in steps.glyphs)


def test_its_picture_reads_as_the_digit_and_holds_no_neighbour(reader: inkread.Reader) -> None:
    steps = reader.steps(draw_number("2024", seed=3, gap=0.06))
    for digit in steps.reading.digits:
        closeup = look_at(steps, digit)
        assert closeup is not None
        assert max(closeup.picture.shape) < 230
        assert (closeup.picture[[0, -1]] == 255).all()
        assert reader.read(closeup.picture).text == str(digit.value)


def test_ink_left_unread_has_one_too(reader: inkread.Reader) -> None:
    t = np.linspace(0, 40, 600)
    page = np.full((300, 300), 255, np.uint8)
    x, y = 150 + 70 * np.sin(t * 1.7) * np.cos(t / 9), 150 + 70 * np.cos(t * 1.3)
    for dx, dy in np.ndindex(4, 4):
        page[(y + dy).astype(int), (x + dx).astype(int)] = 20
    steps = reader.steps(page)
    unread = [each for each in steps.reading.rejected if each.reason == "not a digit"]
    assert unread, "a scribble is not a digit"
    closeup = look_at(steps, unread[0])
    assert closeup is not None
    assert closeup.not_a_digit > 0.5


def test_what_is_not_of_this_reading_has_none(reader: inkread.Reader) -> None:
    steps = reader.steps(draw_number("7"))
    assert look_at(steps, Digit(7, 1.0, False, Box(5000, 5000, 5010, 5010))) is None
    assert look_at(steps, Rejected(Box(0, 0, 1, 1), "speck")) is None
