"""Made lines: the same seed makes the same strip, every symbol is there, and reading cuts the same strip."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.lines.strips import STRIP_HEIGHT, cut_strip
from inkread.training.lines import samples
from inkread.training.lines.network import CLASSES, edits, label_of, read_off, text_of
from inkread.training.lines.samples import as_read, clean_ink, line_in, made_line, made_lines, pen_of
from inkread.training.lines.signs import draw_form, draw_letter, draw_sign
from inkread.training.lines.texts import LETTER, WORD, made_text
from inkread.training.lines.writing import write_line
from inkread.training.synthesis.handwriting import Material
from made_lines import made_material

SIGNS = "-/(),.:+=#*$%"


@pytest.fixture(scope="module")
def material() -> Material:
    return made_material()


def test_the_same_seed_makes_the_same_lines(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "load_material", lambda validation: material)
    first, again, other = made_lines((1, 0), 12), made_lines((1, 0), 12), made_lines((1, 1), 12)
    assert [line.labels for line in first] == [line.labels for line in again]
    assert all(np.array_equal(one.strip, two.strip) for one, two in zip(first, again, strict=True))
    assert [line.labels for line in first] != [line.labels for line in other]
    for line in first:
        assert line.strip.dtype == np.uint8
        assert line.strip.shape == (STRIP_HEIGHT, line.width)
        assert 16 <= line.width <= 448
        assert 4 * len(line.labels) <= line.width


def test_texts_hold_all_that_is_written_and_mostly_numbers() -> None:
    rng = np.random.default_rng(3)
    texts = [made_text(rng) for _ in range(2000)]
    seen = Counter("".join(texts))
    assert set(seen) == {*"0123456789", *SIGNS, LETTER, WORD}
    assert seen["0"] > 2 * seen["7"]  # zeros in a row are hard to count
    plain = sum(text.isdigit() for text in texts) / len(texts)
    assert 0.45 < plain < 0.75
    assert max(map(len, texts)) <= 20


@pytest.mark.parametrize("seed", range(12))
def test_labels_are_the_symbols_that_are_to_be_read(seed: int, material: Material) -> None:
    rng = np.random.default_rng([7, seed])
    text = made_text(rng)
    written = write_line(text, material, rng)
    assert len(written.placed) == len(text)
    assert text_of(written.labels) == "".join(symbol for symbol in text if symbol.isdigit())
    assert written.labels == tuple(label for symbol in text if (label := label_of(symbol)) is not None)
    lefts = [each.left for each in written.placed]
    assert lefts == sorted(lefts) or any(symbol in SIGNS for symbol in text)


@pytest.mark.parametrize("name", [*SIGNS, LETTER, WORD, *"0123456789"])
def test_every_symbol_is_drawn_inside_the_strip(name: str, material: Material) -> None:
    """All ink of a clean line is in its strip, but for what stands out above and below."""
    for seed in range(4):
        written = write_line(f"4{name}7", material, np.random.default_rng([11, seed]))
        sign = written.placed[1].ink
        assert sign.max() >= 0.5
        strip = as_read(clean_ink(written)[0])
        assert strip.shape[0] == STRIP_HEIGHT
        assert not strip[:, [0, -1]].any()
        whole = sum(float(each.ink.sum()) for each in written.placed)
        scale = 22 / written.height
        # Pens too thin for the strip are drawn wider, and a tall sign makes all others smaller.
        assert strip.sum() > 0.3 * whole * scale**2


def test_signs_stand_where_people_put_them(material: Material) -> None:
    rng = np.random.default_rng(2)
    hand = material.writers.hand(rng, 40.0)
    for _ in range(5):
        dash, below = draw_sign("-", material.signs, hand, rng)
        assert -32 < below - dash.shape[0] < below < 0  # half-way up
        assert draw_sign(",", material.signs, hand, rng)[1] > 0  # below the base line
        point, below = draw_sign(".", material.signs, hand, rng)
        assert below == 0
        assert max(point.shape) < 12
        bracket = draw_sign("(", material.signs, hand, rng)[0]
        assert 36 < bracket.shape[0] < 72
        assert 20 < draw_letter(material.signs, hand, rng).shape[0] < 50
    forms = [draw_form(value, hand, rng) for value in range(10)]
    assert all(ink is None or ink.max() >= 0.5 for ink in forms)
    assert sum(ink is not None for ink in forms) >= 9


def test_reading_cuts_the_strip_that_was_learned_from(material: Material) -> None:
    for seed in range(6):
        ink = clean_ink(write_line("30518", material, np.random.default_rng([13, seed])))[0]
        line, learned = line_in(ink), as_read(ink)
        assert line is not None
        one_piece = (ink > 0).astype(np.int32)
        read = cut_strip(ink, one_piece, replace(line, labels=[1]), pen_of(ink))
        assert read is not None
        assert read.ink.shape == learned.shape
        # The same place to a part of a pixel, but that the reader reduces a window of the page, training all of it.
        assert np.abs(read.ink - learned).mean() < 0.06
        assert np.abs(np.subtract(middle(read.ink), middle(learned))).max() < 0.02


def middle(ink: NDArray[np.float32]) -> tuple[float, float]:
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]]
    return float((rows * ink).sum() / ink.sum()), float((columns * ink).sum() / ink.sum())


def test_a_clean_line_of_nothing_gives_an_empty_strip() -> None:
    assert not as_read(np.zeros((40, 90), np.float32)).any()


def test_reading_off_and_counting_mistakes() -> None:
    columns = np.eye(len(CLASSES))[[0, 8, 8, 0, 8, 11, 11, 3, 0]]
    assert read_off(columns) == "772"
    assert read_off(columns[:0]) == ""
    assert text_of((1, 11, 10)) == "09"
    assert [edits(*pair) for pair in (("772", "772"), ("72", "772"), ("7720", "772"), ("712", "772"), ("", "1"))] \
        == [0, 1, 1, 1, 1]  # fmt: skip
    assert label_of("(") == 11
    assert label_of("%") is label_of(LETTER) is None


def test_made_line_survives_every_seed(material: Material) -> None:
    for seed in range(150):
        line = made_line(material, np.random.default_rng([17, seed]))
        assert line is None or line.strip.shape[0] == STRIP_HEIGHT
