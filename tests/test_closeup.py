"""Closeups: each digit's own glyph, probabilities and ink, whatever stands beside it."""

import pytest

import inkread
from inkread.explain.closeup import look_at
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
    steps = reader.steps(draw_number("27", seed=3))
    for digit in steps.reading.digits:
        closeup, same = look_at(steps, Rejected(digit.box, "not a digit")), look_at(steps, digit)
        assert closeup is not None
        assert same is not None
        assert closeup.picture.shape == same.picture.shape
        assert 0 <= closeup.not_a_digit <= 1


def test_what_is_not_of_this_reading_has_none(reader: inkread.Reader) -> None:
    steps = reader.steps(draw_number("7"))
    assert look_at(steps, Digit(7, 1.0, False, Box(5000, 5000, 5010, 5010))) is None
    assert look_at(steps, Rejected(Box(0, 0, 1, 1), "speck")) is None
