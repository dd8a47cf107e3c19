"""Candidates in reading order; among them, always, the box of every digit; and never more than can be read."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread import segments
from inkread.candidate import WHOLE, Candidate
from inkread.reading import Box
from inkread.segments import Segmentation, cut_further, find_candidates
from inkread.sketch import Sketch, Stroke
from made import Style, Written, ink_of, write_page

Ink = NDArray[np.float32]
MARGIN = 40


def page(lines: list[str], *, seed: int = 3, **style: float) -> tuple[Ink, list[Written]]:
    """Writing and the ink of it, with a margin around."""
    written = write_page(lines, Style(**{"slant": 4.0, **style}), seed)  # type: ignore[arg-type]
    bounds = np.array([each.bounds for each in written])
    left, top = bounds[:, :2].min(axis=0) - MARGIN
    right, bottom = bounds[:, 2:].max(axis=0) + MARGIN
    written = [each.moved(-left, -top) for each in written]
    return ink_of(written, (round(right - left), round(bottom - top))), written


def box_of(written: Written) -> Box:
    return Box(*(round(edge) for edge in written.bounds))


def best_iou(box: Box, candidates: Iterable[Candidate]) -> float:
    return max((box.iou(each.box) for each in candidates if not each.unfit), default=0.0)


def check(found: Segmentation, shape: tuple[int, ...]) -> None:
    """What holds for every segmentation: lattices without gaps, boxes and labels that fit."""
    assert found.labels.shape == shape
    assert found.labels.dtype == np.int32
    in_lines = [each for each in found.candidates if each.line != WHOLE]
    assert found.candidates[: len(in_lines)] == tuple(in_lines), "the whole page comes last"
    assert len(found.candidates) <= len(in_lines) + 1
    numbers = [each.line for each in in_lines]
    assert numbers == sorted(numbers)
    for each in found.candidates:
        assert 0 <= each.box.left < each.box.right <= shape[1]
        assert 0 <= each.box.top < each.box.bottom <= shape[0]
        assert each.cost >= 0
        assert each.parts
        assert each.breadth > 0 < each.tall
    for line in set(numbers):
        own = [each for each in found.candidates if each.line == line]
        last = max(each.stop for each in own)
        singles = [(each.start, each.stop) for each in own if each.stop - each.start == 1]
        assert singles == [(i, i + 1) for i in range(last)]
        assert len({(each.start, each.stop) for each in own}) == len(own)


def in_order(found: Segmentation, lines: list[str], written: list[Written]) -> bool:
    """Whether each digit is a candidate of its line, and one digit ends where the next begins."""
    digits = iter(written)
    for number, line in enumerate(line.replace(" ", "") for line in lines):
        own = [each for each in found.candidates if each.line == number]
        # A digit may be more than one candidate, with a crumb and without it: all ways are followed.
        reached = {0}
        for _ in line:
            box = box_of(next(digits))
            reached = {each.stop for each in own if each.start in reached and box.iou(each.box) >= 0.8}
        if not own or max(each.stop for each in own) not in reached:
            return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_lines_from_the_top_and_digits_from_the_left(seed: int) -> None:
    lines = ["407", "19 25 8", "63", "20846"]
    ink, written = page(lines, seed=seed)
    found = find_candidates(ink)
    check(found, ink.shape)
    assert in_order(found, lines, written)


@pytest.mark.parametrize("lean", [-12, -6, 6, 12])
def test_a_line_may_slant(lean: float) -> None:
    lines = ["2083574169", "60 93 28"]
    ink, written = page(lines, lean=lean, leading=2.2)
    assert in_order(find_candidates(ink), lines, written)


def test_a_digit_may_sit_too_high_or_too_low() -> None:
    _, written = page(["38052"])
    shifted = [each.moved(0, 18 * (-1) ** i) for i, each in enumerate(written)]
    found = find_candidates(ink_of(shifted, (420, 200)))
    assert {each.line for each in found.candidates} == {0}
    assert in_order(found, ["38052"], shifted)


def test_a_small_digit_in_a_line_of_tall_ones() -> None:
    _, written = page(["4", "8"], size=90, leading=0.0)
    small = write_page(["3"], Style(size=50), 3)[0].moved(130, 120)
    large = [written[0], written[1].moved(170, 0)]
    found = find_candidates(ink_of([large[0], small, large[1]], (340, 190)))
    assert {each.line for each in found.candidates} == {0}
    for each in (*large, small):
        assert best_iou(box_of(each), found.candidates) >= 0.8


@pytest.mark.parametrize("gap", [2, 6, 10])
def test_a_five_without_its_hat_is_joined_to_it_in_one_candidate(gap: int) -> None:
    body = [(30, 30 + gap), (28, 52), (28, 52), (50, 50), (58, 72), (48, 92), (26, 92)]
    hat = [(32, 26), (64, 24)]
    other = [Stroke([(x, 22), (x - 4, 94)], 5) for x in (110, 150)]
    ink = Sketch((190, 120), [Stroke(body, 5), Stroke(hat, 5), *other]).to_ink()
    found = find_candidates(ink)
    check(found, ink.shape)
    assert {each.line for each in found.candidates} == {0}
    assert best_iou(Box(24, 21, 67, 95), found.candidates) >= 0.8
    for x in (110, 150):
        assert best_iou(Box(x - 6, 20, x + 3, 97), found.candidates) >= 0.8


def touching(text: str, seed: int) -> tuple[Ink, list[Box]]:
    """Two digits pushed together until they are one piece of ink, and their boxes."""
    _, (first, second) = page([text], seed=seed, gap=0.3, pen=0.09)
    left, right = (ink_of([each], (200, 150)) for each in (first, second))
    for x in range(60):
        ink = np.maximum(left, np.roll(right, -x, axis=1))
        if cv2.connectedComponents((ink >= 0.5).astype(np.uint8))[0] == 2:
            return ink, [box_of(first), box_of(second.moved(-x, 0))]
    raise AssertionError(f"{text} never touch")


def cut_everywhere(ink: NDArray[np.float32], single: float = 0.0, many: float = 1.0) -> Segmentation:
    """As if the network took everything for several digits, and for one with probability ``single``."""
    page = find_candidates(ink)
    shares = (np.full(len(page.candidates), share, np.float32) for share in (single, many))
    return cut_further(page, ink, *shares)


def test_digits_that_touch_are_cut() -> None:
    overlaps, narrow = [], []
    for text in ("00", "23", "38", "56", "69", "80", "92"):
        for seed in range(4):
            ink, pair = touching(text, seed)
            whole = Box.around(pair)
            found = cut_everywhere(ink)
            check(found, ink.shape)
            assert best_iou(whole, found.candidates) >= 0.8
            # What is narrower has strokes that run into one another.
            some = overlaps if whole.width >= 0.8 * whole.height else narrow
            some += [best_iou(box, found.candidates) for box in pair]
    assert len(overlaps) >= 50
    assert np.mean(np.array(overlaps) >= 0.8) >= 0.9
    assert min(overlaps) >= 2 / 3


def test_a_1_that_touches_is_cut_off_where_it_looks_like_several() -> None:
    found = []
    for text in ("10", "71", "14", "11", "91"):
        for seed in range(4):
            ink, pair = touching(text, seed)
            found += [best_iou(box, cut_everywhere(ink).candidates) for box in pair]
    assert np.mean(np.array(found) >= 0.6) >= 0.6


@pytest.mark.parametrize(("single", "many", "text"), [(0.99, 0.0, "38"), (0.5, 0.0, "11")])
def test_what_looks_like_one_digit_is_not_cut(single: float, many: float, text: str) -> None:
    """A narrow part is not even where the network is unsure, as long as it does not look like several."""
    ink, _ = touching(text, 0)
    page = find_candidates(ink)
    shares = (np.full(len(page.candidates), share, np.float32) for share in (single, many))
    assert cut_further(page, ink, *shares) is page


def test_cutting_further_alters_nothing_in_place_and_names_the_part() -> None:
    ink, _ = touching("38", 0)
    page = find_candidates(ink)
    before = page.labels.copy()
    again = cut_everywhere(ink)
    assert np.array_equal(page.labels, before)
    assert {each.cut_from for each in page.candidates} == {(0, 0)}
    ends = {(each.start, each.stop): each.cut_from for each in again.candidates}
    last = max(each.stop for each in again.candidates)
    assert ends[0, 1] == (0, last), "it is the left end of the part"
    assert ends[0, last] == ends[last - 1, last] == (0, 0)


def test_cut_pieces_are_told_apart_by_their_labels() -> None:
    ink, _ = touching("38", 0)
    found = cut_everywhere(ink)
    singles = [each for each in found.candidates if each.stop - each.start == 1]
    pixels = [set(np.flatnonzero(np.isin(found.labels, each.parts)).tolist()) for each in singles]
    assert len(singles) >= 2
    assert not set.intersection(*pixels[:2])
    assert set.union(*pixels) >= set(np.flatnonzero(ink >= 0.5).tolist())


def test_a_frame_is_set_aside_and_what_is_in_it_read() -> None:
    ink, written = page(["402"])
    height, width = ink.shape
    cv2.rectangle(ink, (8, 8), (width - 9, height - 9), 1.0, 3)
    found = find_candidates(ink)
    assert [each.reason for each in found.rejected] == ["frame"]
    assert in_order(found, ["402"], written)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_the_edge_of_the_sheet_is_set_aside(side: str) -> None:
    ink, written = page(["402", "713"])
    edge = {"left": np.s_[:, :18], "right": np.s_[:, -18:], "top": np.s_[:18], "bottom": np.s_[-18:]}
    ink[edge[side]] = 1
    found = find_candidates(ink)
    assert [each.reason for each in found.rejected] == ["page edge"]
    assert in_order(found, ["402", "713"], written)


def test_points_dots_and_dashes_are_unfit() -> None:
    ink, written = page(["3 8 4"])
    (left, middle, right) = (box_of(each) for each in written)
    point = ((left.right + middle.left) // 2, left.bottom - 4)
    dot = (right.right + 14, right.top + 4)
    cv2.circle(ink, point, 4, 1.0, -1)
    dash = ((middle.right + right.left) // 2, (middle.top + middle.bottom) // 2)
    cv2.circle(ink, dot, 4, 1.0, -1)
    ink[dash[1] - 2 : dash[1] + 3, dash[0] - 10 : dash[0] + 11] = 1
    found = find_candidates(ink)
    check(found, ink.shape)
    unfit = {each.unfit: each.box for each in found.candidates if each.unfit}
    assert set(unfit) == {"point", "dot", "dash"}
    for name, (x, y) in {"point": point, "dot": dot}.items():
        assert unfit[name].iou(Box(x - 4, y - 4, x + 5, y + 5)) > 0.8
    assert unfit["dash"].iou(Box(dash[0] - 10, dash[1] - 2, dash[0] + 11, dash[1] + 3)) > 0.8


def test_where_ink_stands_is_told_in_heights_of_the_line() -> None:
    ink, written = page(["3 8 4"], slant=0.0)
    (left, middle, right) = (box_of(each) for each in written)
    height, level = middle.height, (middle.top + middle.bottom) // 2
    dot = ((left.right + middle.left) // 2, middle.bottom - 3)
    slash = (middle.right + right.left) // 2
    cv2.circle(ink, dot, 4, 1.0, -1)
    ink[round(level - 0.7 * height) : round(level + 0.7 * height), slash - 2 : slash + 3] = 1
    candidates = [each for each in find_candidates(ink).candidates if each.line == 0]

    def nearest(box: Box) -> Candidate:
        return max(candidates, key=lambda each: each.box.iou(box))

    point = nearest(Box(dot[0] - 4, dot[1] - 4, dot[0] + 5, dot[1] + 5))
    stroke = nearest(Box(slash - 2, round(level - 0.7 * height), slash + 3, round(level + 0.7 * height)))
    for digit in (nearest(left), nearest(middle), nearest(right)):
        assert 0.85 < digit.tall < 1.2
        assert abs(digit.drop) < 0.15
    assert point.tall < 0.25 > point.breadth
    assert 0.3 < point.drop < 0.6
    assert 1.2 < stroke.tall < 1.6
    assert stroke.breadth < 0.2
    assert abs(stroke.drop) < 0.15


@pytest.mark.parametrize("lean", [-10, 10])
def test_a_leaning_line_does_not_put_its_ends_above_or_below_it(lean: float) -> None:
    ink, _ = page(["20835741"], lean=lean)
    singles = [each for each in find_candidates(ink).candidates if each.stop - each.start == 1]
    assert max(abs(each.drop) for each in singles) < 0.3


def test_all_ink_of_a_small_page_may_be_one_digit() -> None:
    ink, written = page(["11"], gap=0.3)
    found = find_candidates(ink)
    check(found, ink.shape)
    (everything,) = (each for each in found.candidates if each.line == WHOLE)
    assert everything.box.iou(Box.around(box_of(each) for each in written)) > 0.9
    assert set(np.unique(found.labels[ink >= 0.5]).tolist()) == set(everything.parts)
    assert (everything.start, everything.stop, everything.cost > 0) == (0, 1, True)


@pytest.mark.parametrize("lines", [["3"], ["2024"], ["20835741"]])
def test_a_page_of_one_piece_or_of_a_number_is_not_one_digit(lines: list[str]) -> None:
    ink, _ = page(lines)
    assert WHOLE not in {each.line for each in find_candidates(ink).candidates}


def test_fine_texture_below_the_writing_is_left_unread() -> None:
    ink, written = page(["402"])
    ink = np.pad(ink, ((0, 120), (0, 0)))
    for x in range(30, ink.shape[1] - 30, 14):
        ink[-60:-54, x : x + 6] = 1
    found = find_candidates(ink)
    assert {each.line for each in found.candidates} - {WHOLE} == {0}
    assert in_order(found, ["402"], written)
    assert "speck" in {each.reason for each in found.rejected}


def test_however_many_specks_the_candidates_are_bounded() -> None:
    rng = np.random.default_rng(0)
    ink = np.zeros((900, 1200), np.float32)
    ink[::3, ::3] = rng.random(ink[::3, ::3].shape) < 0.6
    assert cv2.connectedComponents((ink >= 0.5).astype(np.uint8))[0] > 60_000
    found = find_candidates(ink)
    assert len(found.candidates) <= 7 * 5000
    assert "too many specks" in {each.reason for each in found.rejected}


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (60, 80)])
def test_an_empty_page_has_no_candidates(shape: tuple[int, int]) -> None:
    found = find_candidates(np.zeros(shape, np.float32))
    assert (found.candidates, found.rejected) == ((), ())
    assert not found.labels.any()


@settings(deadline=None, max_examples=25)
@given(
    text=st.text("0123456789", min_size=1, max_size=7),
    seed=st.integers(0, 10_000),
    size=st.integers(20, 120),
    gap=st.floats(-0.2, 0.6),
)
def test_any_writing_gives_whole_lattices(text: str, seed: int, size: int, gap: float) -> None:
    ink, written = page([text], seed=seed, size=size, gap=gap)
    before = ink.copy()
    ink.setflags(write=False)
    found = find_candidates(ink)
    check(found, ink.shape)
    assert np.array_equal(ink, before)
    assert found.candidates
    assert len(found.candidates) <= 60 * len(written)


def test_where_everything_is_to_be_cut_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ink, _ = touching("38", seed=1)
    assert any(row.cut for row in cut_everywhere(ink).rows)
    monkeypatch.setattr(segments, "_MOST_CUTS", 0)
    assert not any(row.cut for row in cut_everywhere(ink).rows)
