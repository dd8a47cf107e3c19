"""Printed words beside handwriting are left unread, and the number beside them is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import inkread
from made import draw_number

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> inkread.Reader:
    return inkread.Reader()


def form(words: str, number: str, seed: int = 1, pixels: int = 40) -> Picture:
    """Words in print, and a number by hand under them: (H, W, 3)."""
    written = draw_number(number, seed=seed, size=70)
    page = Image.new("RGB", (max(900, written.shape[1]), 120 + written.shape[0]), (255, 255, 255))
    ImageDraw.Draw(page).text((40, 40), words, (20, 20, 20), ImageFont.load_default(pixels))
    page.paste(Image.fromarray(written), (0, 120))
    return np.asarray(page)


@pytest.mark.parametrize(
    "words",
    ["Customer name", "Please enter the amount", "Student and teacher", "Number of the house"],
)
@pytest.mark.parametrize("pixels", [36, 52])
def test_words_in_print_are_left_unread(reader: inkread.Reader, words: str, pixels: int) -> None:
    reading = reader.read(form(words, "2846", pixels=pixels))
    *others, number = reading.lines
    assert number.text == "2846"
    left = [digit for line in others for digit in line.digits]
    assert len(left) <= 1
    assert all(digit.doubtful for digit in left)
    assert [each.reason for each in reading.rejected].count("letter") >= 3


def test_a_page_of_words_has_no_number(reader: inkread.Reader) -> None:
    page = Image.new("L", (900, 200), 255)
    ImageDraw.Draw(page).text(
        (30, 30), "Name of the student\nand the teacher", 10, ImageFont.load_default(44)
    )
    assert reader.read(page).text == ""


@pytest.mark.parametrize("number", ["11", "1111", "1171", "10", "7"])
def test_numbers_of_ones_are_no_words(reader: inkread.Reader, number: str) -> None:
    assert reader.read(draw_number(number, seed=3)).text == number
