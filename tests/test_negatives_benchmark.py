"""The benchmark of what is no digit: its pictures are the same each time, and its tables count what they say."""

import sys
from pathlib import Path

import numpy as np
import pytest

from inkread.errors import UnreadableImage
from inkread.reading import Box, Digit, Line, Reading

# After tests/, which has a made.py, too.
sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from madenegatives import KINDS, make_negative
from negatives import Seen, digits_table, levels_table, look, negatives_table


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "printed words"])
def test_the_same_seed_makes_the_same_negative(kind: str) -> None:
    first, again, other = (make_negative(kind, (seed, 3)) for seed in (1, 1, 2))
    assert first.dtype == np.uint8
    assert first.ndim == 3
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_printed_words_are_drawn() -> None:
    pytest.importorskip("matplotlib")  # its fonts
    picture = make_negative("printed words", (1,))
    assert np.array_equal(picture, make_negative("printed words", (1,)))
    assert np.ptp(picture.astype(int)) > 60


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no such kind: cats; there are scribbles, textures"):
        make_negative("cats", (1,))


def seen(name: str, truth: str, text: str, *confidences: float, alike: bool = False) -> Seen:
    """A picture read so; digits below 0.7 are doubtful."""
    sure = "".join(c for c, p in zip(text, confidences, strict=True) if p >= 0.7)
    return Seen(name, Path("a.png"), truth, alike, text, confidences, sure)


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_digits_are_right_accepted_and_wrong_though_accepted() -> None:
    rows = digits_table(
        [
            seen("wild_single", "7", "7", 0.9),
            seen("wild_single", "7", "1", 0.8),
            seen("wild_single", "7", "1", 0.6),
            # Two digits where there is one: right is only what is there, and no more.
            seen("pendigits", "4", "41", 0.9, 0.75),
            seen("pendigits", "4", "41", 0.9, 0.3),
        ]
    )
    found = {cells(row)[0]: cells(row)[1:5] for row in rows[2:]}
    assert found["wild_single"] == ["3", "33.33 %", "66.67 %", "33.33 %"]
    assert found["pendigits"] == ["2", "0.00 %", "100.00 %", "50.00 %"]
    assert found["together"] == ["5", "20.00 %", "80.00 %", "40.00 %"]


def test_negatives_and_look_alikes_are_counted_apart() -> None:
    digits = [seen("wild_single", "7", "7", 0.9), seen("pendigits", "4", "4", 0.5)]
    negatives = [
        seen("signs", "", ""),
        seen("signs", "", "4", 0.8),
        seen("signs", "", "1", 0.99, alike=True),
        seen("textures", "", "8", 0.2),
    ]
    rows = {cells(row)[0]: cells(row)[1:] for row in negatives_table(negatives, digits)[2:]}
    assert rows["signs"][:2] == ["2", "50.00 %"]
    # 0.9 and 0.5 against 0 and 0.8: three of four times the digit is the surer.
    assert rows["signs"][3:] == ["0.7500", "1", "100.00 %"]
    assert rows["together"][:2] == ["3", "33.33 %"]
    assert rows["scribbles"][0] == "0"


def test_other_thresholds() -> None:
    digits = [seen("wild_single", "7", "7", 0.9), seen("wild_single", "7", "1", 0.55)]
    rows = {cells(row)[0]: cells(row)[1:] for row in levels_table(digits, [seen("signs", "", "4", 0.85)])[2:]}
    assert rows["0.5"] == ["100.00 %", "50.00 %", "100.00 %"]
    assert rows["0.8"] == ["50.00 %", "0.00 %", "100.00 %"]
    assert rows["0.95"] == ["0.00 %", "0.00 %", "0.00 %"]


def test_what_cannot_be_read_has_no_digit() -> None:
    def refuses(source: object) -> Reading:
        raise UnreadableImage("damaged")

    def reads(source: object) -> Reading:
        digits = (Digit(4, 0.9, False, Box(0, 0, 5, 9)), Digit(1, 0.2, True, Box(6, 0, 9, 9)))
        return Reading((9, 9), (Line(digits),))

    nothing = look(refuses, "signs", Path("a.png"), "", False)
    assert (nothing.text, nothing.sure, nothing.highest) == ("", "", 0.0)
    both = look(reads, "scribbles", (0, 1), "", False)
    assert (both.text, both.sure, both.highest) == ("41", "4", 0.9)
