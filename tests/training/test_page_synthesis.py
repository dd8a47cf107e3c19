"""Made pages: the same for a seed, with boxes around ink, of every class."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inkread.training.pages.pools import make_pools, pool_files, read_pool
from inkread.training.synthesis.canvas import IGNORED, POSITIVE, Canvas
from inkread.training.synthesis.handwriting import load_material, write
from inkread.training.synthesis.pages import PAGE_SIZE, made_page
from inkread.training.synthesis.printing import printed_characters
from inkread.training.synthesis.texts import CLASSES, MARKS, OTHER, class_of, leading_digits


def test_every_symbol_has_a_class() -> None:
    assert [class_of(symbol) for symbol in "09-%"] == [0, 9, 10, 9 + len(MARKS)]
    assert CLASSES[class_of("a")] == CLASSES[class_of("#")] == OTHER
    assert len(CLASSES) == 10 + len(MARKS) + 1


def test_ink_on_a_leaning_canvas_lies_in_its_box() -> None:
    canvas = Canvas(100, 15.0)
    box = canvas.put(np.ones((20, 6), np.float32), 20, 40, "1")
    assert box is not None
    left, top, right, bottom = box
    inked = np.argwhere(canvas.ink >= 0.4)
    assert inked.min(axis=0).tolist() == [top, left]
    assert (inked.max(axis=0) + 1).tolist() == [bottom, right]
    # Counter-clockwise: what stands left of the middle moves down.
    assert (top + bottom) / 2 > 50
    assert canvas.boxes[0].meaning == POSITIVE


def test_what_is_mostly_outside_is_of_no_consequence() -> None:
    canvas = Canvas(50)
    canvas.put(np.ones((20, 10), np.float32), 45, 10, "7")
    assert canvas.put(np.ones((5, 5), np.float32), 60, 10, "7") is None
    assert [box.meaning for box in canvas.boxes] == [IGNORED]


def test_printed_characters_stand_on_the_base_line_from_left_to_right() -> None:
    characters = printed_characters("Total 17", 40, np.random.default_rng(3))
    assert "".join(each[0] for each in characters) == "Total17"
    lefts = [each[2] for each in characters]
    assert lefts == sorted(lefts)
    for _, ink, _, top in characters:
        assert ink.max() > 0.9
        assert abs(top + ink.shape[0]) <= 4


@pytest.mark.mnist
def test_a_page_is_the_same_for_a_seed_and_another_for_another() -> None:
    material = load_material()
    first, again, other = (made_page(material, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.mnist
def test_pages_hold_every_class_printed_and_written_and_boxes_of_legible_size() -> None:
    material = load_material(validation=True)
    found: Counter[int] = Counter()
    printed = 0
    for page in range(300):
        picture, rows = made_page(material, np.random.default_rng((8, page)))
        assert picture.shape == (PAGE_SIZE, PAGE_SIZE)
        assert picture.dtype == np.uint8
        kept = rows[rows[:, 6] == POSITIVE]
        found.update(kept[:, 0].astype(int).tolist())
        printed += int(kept[:, 5].sum())
        assert (kept[:, 3] > kept[:, 1]).all()
        assert (kept[:, 4] > kept[:, 2]).all()
        assert (kept[:, 4] - kept[:, 2] <= 66).all()
    assert set(found) == set(range(len(CLASSES)))
    assert 0 < printed < sum(found.values()) / 2


@pytest.mark.mnist
def test_a_line_has_its_symbols_in_order_and_at_its_height() -> None:
    material = load_material(validation=True)
    for seed in range(20):
        symbols = write("3947 51", 30, material, np.random.default_rng(seed))
        assert "".join(symbol.character for symbol in symbols) == "394751"
        middles = [symbol.left + symbol.ink.shape[1] / 2 for symbol in symbols]
        assert middles == sorted(middles)
        assert 18 <= np.median([symbol.ink.shape[0] for symbol in symbols]) <= 42


@pytest.mark.mnist
def test_hands_lean_forward_and_some_write_the_7_as_a_stem_with_a_bar() -> None:
    material = load_material(validation=True)
    drawn = [write("1717", 40, material, np.random.default_rng(seed)) for seed in range(60)]
    ones = [symbols[0].ink.shape for symbols in drawn]
    assert sum(width > 0.45 * height for height, width in ones) >= 8
    # The rows near the top of such a 7 hold its stem alone; those of the usual one hold a bar.
    narrow = [
        all(
            (symbols[at].ink[: symbols[at].ink.shape[0] // 8] > 0.5).any(axis=0).mean() < 0.6 for at in (1, 3)
        )
        for symbols in drawn
    ]
    assert sum(narrow) >= 3


def test_half_of_the_numbers_begin_as_benford_found() -> None:
    rng = np.random.default_rng(4)
    first = Counter(leading_digits(rng, 1, 5)[0] for _ in range(4000))
    assert 0.5 * 0.301 + 0.05 - 0.03 < first["1"] / 4000 < 0.5 * 0.301 + 0.05 + 0.03
    assert first["0"] / 4000 < 0.07


@pytest.mark.mnist
def test_pools_go_on_where_they_were_stopped(tmp_path: Path) -> None:
    make_pools(tmp_path, seed=3, first=0, last=2, pages=4, validation=True)
    whole = [path.read_bytes() for path in pool_files(tmp_path)]
    pool_files(tmp_path)[1].unlink()
    (tmp_path / "pool-3-0001.77.part").write_bytes(b"half")
    make_pools(tmp_path, seed=3, first=0, last=2, pages=4, validation=True)
    assert [path.read_bytes() for path in pool_files(tmp_path)] == whole
    pictures, boxes, offsets = read_pool(pool_files(tmp_path)[0])
    assert pictures.shape == (4, PAGE_SIZE, PAGE_SIZE)
    assert offsets[-1] == len(boxes)
