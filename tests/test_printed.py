"""Print and handwriting: which digits are kept, and what each says of itself."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import inkread
from inkread.errors import ModelError
from inkread.printed import sorted_out
from inkread.reading import Box, Digit, Line, Mark, Reading
from made import draw_number


def page_of(*lines: str) -> Reading:
    """A reading whose signs stand 25 pixels apart; a space is a gap."""
    found, marks = [], []
    for row, line in enumerate(lines):
        digits = []
        for i, sign in enumerate(line):
            box = Box(25 * i, 100 * row, 25 * i + 20, 100 * row + 30)
            if sign.isdigit():
                digits.append(Digit(int(sign), 0.99, False, box))
            elif sign != " ":
                marks.append(Mark(sign, 0.9, box))
        found.append(Line(tuple(digits)))
    return Reading((600, 300), tuple(found), tuple(marks))


PAGE = page_of("12.5  34", "9-9")
SHARES = [0.9, 0.8, 0.3, 0.02, 0.01, 0.9, 0.9, 0.7, 0.8]
"""Of the digits 1, 2, 5, 3, 4, 9, 9, and of the marks: the first number and the second line are type."""


@pytest.mark.parametrize(
    ("printed", "written", "reasons"),
    [
        ("keep", "12.534\n9-9", set()),
        ("leave", "34", {"printed"}),
        ("only", "12.5\n9-9", {"handwriting"}),
    ],
)
def test_words_are_kept_or_left_as_a_whole(printed: str, written: str, reasons: set[str]) -> None:
    found = sorted_out(PAGE, SHARES, printed)  # type: ignore[arg-type]
    assert found.written == written
    assert {each.reason for each in found.rejected} == reasons
    assert len(found.digits) + len(found.marks) + len(found.rejected) == 9
    for digit in found.digits:
        assert digit.printed is not None
        assert (digit.printed > 0.5) == (digit.value in (1, 2, 5, 9))
    assert Reading.from_dict(found.to_dict()) == found


def test_readers_tell_type_from_handwriting() -> None:
    written = draw_number("2024", seed=3)
    height, width = written.shape[:2]
    page = np.full((2 * height, max(width, 400), 3), 255, np.uint8)
    page[:height, :width] = written
    drawing = Image.fromarray(page)
    ImageDraw.Draw(drawing).text((40, height + 40), "73915", (0, 0, 0), ImageFont.load_default(40))
    page = np.asarray(drawing)
    reader = inkread.Reader()
    every = reader.read(page, printed="keep")
    assert every.text == "2024\n73915"
    assert all(digit.printed is not None for digit in every)
    assert all(digit.printed is None for digit in reader.read(page))
    both = inkread.read(page, printed="leave").text, inkread.read(page, printed="only").text
    assert both == ("2024", "73915")
    (again,) = inkread.read_many([page], printed="only")
    assert again.text == "73915"


def test_what_cannot_be_told_is_an_error() -> None:
    with pytest.raises(ValueError, match="printed must be keep, leave or only, not 'none'"):
        inkread.Reader(printed="none")  # type: ignore[arg-type]
    own = inkread.Reader(inkread.Reader().classifier.path, printed="leave")
    with pytest.raises(ModelError, match="leave --model or --printed out"):
        own.read(draw_number("2024", seed=3))
