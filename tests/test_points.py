"""Points and commas between and behind digits: read as marks by their place, whatever the network takes them for."""

from __future__ import annotations

import numpy as np
import pytest

import inkread
from inkread.lattice import decode
from inkread.reader import Steps
from made import draw_number
from made_lattice import CLASSES, read, row, standing

READER = inkread.Reader()
NUMBERS = ["12.5", "3.14", "99,95", "850,00", "7,25", "19.99", "1024.5", "12.", "8,"]


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("pen", [0.08, 0.11])
def test_a_point_or_comma_is_written(text: str, pen: float) -> None:
    for seed in (2, 3):
        reading = READER.read(draw_number(text, seed=seed, pen=pen))
        assert reading.written == text
        assert reading.text == text.replace(".", "").replace(",", "")
        assert not reading.rejected


def test_a_network_of_digits_only_takes_no_comma_for_a_1() -> None:
    steps = READER.steps(draw_number("99,95", seed=3))
    digits = steps.scores[:, :10] / steps.scores[:, :10].sum(axis=1, keepdims=True)
    reading = decode(steps.candidates, digits, steps.classes[:10], steps.size_wh, scale=steps.scale)
    assert reading.text == "9995"
    assert [part.reason for part in reading.rejected] == ["point"]


def drawn(*blots: tuple[float, float, float, float]) -> Steps:
    """The steps of "47" with round blots on it: middle, width and height, in shares of the picture's height."""
    picture = draw_number("47", seed=3, gap=0.8)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] / picture.shape[0]
    for across, down, width, height in blots:
        picture[((x - across) / width) ** 2 + ((y - down) / height) ** 2 < 0.25] = 20
    return READER.steps(picture)


@pytest.mark.parametrize("place", [(0.12, 0.7), (0.687, 0.33)], ids=["before the first digit", "high up"])
def test_a_blot_that_stands_elsewhere_is_no_point(place: tuple[float, float]) -> None:
    steps = drawn((*place, 0.07, 0.07))
    assert steps.reading.written == "47"
    assert len(steps.segmentation.parts) == 3, "the blot is there"


def test_a_low_blot_is_a_point_and_a_low_bar_is_none() -> None:
    assert drawn((0.687, 0.7, 0.07, 0.07)).reading.written == "4.7"
    assert drawn((0.687, 0.7, 0.14, 0.04)).reading.written == "47"


@pytest.mark.parametrize(("shape", "mark"), [({}, "."), ({"tall": 0.3, "breadth": 0.12, "drop": 0.6}, ",")])
def test_what_is_a_point_by_its_place_is_one_whatever_it_looks_like(
    shape: dict[str, float], mark: str
) -> None:
    line = [standing(0, "9"), standing(1, ".", unfit="point", **shape), standing(2, "5")]
    reading = read(line, [row(d9=0.99), row(d1=0.98), row(d5=0.99)])
    assert reading.written == f"9{mark}5"
    assert CLASSES[-1] == "none"
    alone = read([standing(0, "9"), standing(1, ".", unfit="dot"), standing(2, "5")],
                 [row(d9=0.99), row(d1=0.98), row(d5=0.99)])  # fmt: skip
    assert alone.written == "95", "another small piece is not read by its place"
