"""Digits among letters are doubted, and the more of the page is text; numbers and single digits are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from inkread.candidate import Candidate
from inkread.lattice import decode
from inkread.reading import Box, Reading
from made_lattice import CLASSES, read, row, standing


def page(*words: str, lines: Sequence[str] = ()) -> Reading:
    """Words far apart on one line, and further ``lines``: digits are surely read, letters surely nothing."""
    candidates, rows = [], []
    for line, text in enumerate(["  ".join(words), *lines]):
        signs = [(i, sign) for i, sign in enumerate(text) if sign != " "]
        for atom, (at, sign) in enumerate(signs):
            placed = standing(at, "0", line=line, breadth=0.7, tall=1.0)
            candidates.append(
                Candidate(line, atom, atom + 1, (atom + 1,), placed.box, 0.0, placed.breadth, 1.0)
            )
            rows.append(row(**{sign: 0.99}) if sign.isdigit() else row())
    return read(candidates, rows)


def test_a_number_alone_stays_as_sure_as_it_was() -> None:
    for text in ("7", "42", "20250"):
        assert min(digit.confidence for digit in page(text).digits) > 0.95


@pytest.mark.parametrize("word", ["he110", "w0r1d", "mn1"])
def test_a_word_is_left_unread(word: str) -> None:
    reading = page(word)
    assert reading.text == ""
    assert {each.reason for each in reading.rejected} == {"letter"}


@pytest.mark.parametrize("word", ["a5", "x71"])
def test_a_digit_beside_a_letter_is_doubtful(word: str) -> None:
    reading = page(word)
    assert reading.text == word[1:], "the best guess stays"
    assert max(digit.confidence for digit in reading.digits) < 0.6


def test_a_long_number_with_a_blot_in_it_is_still_a_number() -> None:
    alone, blotted = page("3141592"), page("314x592")
    assert blotted.text == "314592"
    assert blotted.digits[0].confidence < alone.digits[0].confidence
    assert page("a5").digits[0].confidence < blotted.digits[0].confidence


def test_a_word_beside_a_number_leaves_it_alone() -> None:
    reading = page("tax", "47250")
    assert reading.text == "47250"
    assert min(digit.confidence for digit in reading.digits) > 0.85


def test_the_more_text_the_more_a_single_digit_is_doubted() -> None:
    sure = [page("1", lines=["the time"] * n).digits[0].confidence for n in range(4)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > 0.95
    assert sure[3] < 0.7


def test_a_fence_is_no_number() -> None:
    assert page("111").digits[0].confidence > 0.9
    assert page("1111111").digits[0].confidence < 0.3
    assert page("1111117").digits[0].confidence > 0.9


def test_a_part_that_is_a_letter_is_one_in_its_pieces_too() -> None:
    """Cut in two, an n is two ones; what counts is that the whole of it is nothing."""
    classes = (*CLASSES[:-1], "many", "none")

    def cut(many: float, none: float) -> Reading:
        boxes = [Box(10, 10, 25, 50), Box(10, 10, 45, 50), Box(30, 10, 45, 50)]
        spans = [(0, 1), (0, 2), (1, 2)]
        candidates = [
            Candidate(
                0, a, b, tuple(range(a, b)), box, 0.0, box.width / 40, cut_from=(0, 2) if b == 1 else (0, 0)
            )
            for (a, b), box in zip(spans, boxes, strict=True)
        ]
        one = [0.0, 0.98, *[0.0] * (len(classes) - 4), 0.01, 0.01]
        whole = [*[0.0] * (len(classes) - 2), many, none]
        return decode(candidates, np.array([one, whole, one], np.float32), classes, (60, 60))

    both = cut(many=0.98, none=0.02)
    assert both.text == "11"
    assert min(digit.confidence for digit in both.digits) > 0.8
    letter = cut(many=0.02, none=0.98)
    assert max((digit.confidence for digit in letter.digits), default=0.0) < 0.3
