"""Ink that no box holds: an answer beside its boxes, a line through them. It goes to review, and corrections do not."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.review.assigning import crop_rows
from inkread.reader import Reader
from inkread.sheets.exam.design import Design
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import PageRow
from inkread.sheets.made.madeclass import CROSSINGS, DPMM, blank_pages, cross_out, layout_symbols, write_comb
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.marks.marking import mark_all
from inkread.sheets.paper.hands import Hand
from inkread.sheets.paper.page_geometry import Comb, lay_out
from inkread.sheets.paper.printed import known_layouts
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.scans.pagereading import PageReader, ScannedPage

Picture = NDArray[np.uint8]
PEN = (30, 40, 120)
HAND = Hand((0,) * 20, 0.05, 0.01, 6.0, 0.5, 1.0)
TEXT = """\
title = "T"
student_number = 4
[[question]]
text = "What is 12 times 12?"
key = 144
boxes = "±####"
[[question]]
key = 90
boxes = "###"
[[question]]
text = "Which part is left?"
kind = "fraction"
key = "5/8"
boxes = "±##/##"
"""


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Design:
    path = tmp_path_factory.mktemp("stray") / "exam.toml"
    path.write_text(TEXT, encoding="utf-8")
    return load_design(path)


@pytest.fixture(scope="module")
def blank(design: Design) -> Picture:
    return blank_pages(print_pdf(design, [(1, None)], b"exam1", b"secret"), design, [1])(1, 1)


@pytest.fixture(scope="module")
def pages(design: Design) -> PageReader:
    return PageReader(Reader(), known_layouts(design, {}), b"exam1", b"secret")


def rows_of(design: Design) -> list[tuple[Comb, Comb]]:
    combs = [comb for comb in lay_out(design)[0].combs if comb.question]
    return list(zip(combs[::2], combs[1::2], strict=True))


def write_free(picture: Picture, text: str, x: float, y: float, colour: tuple[int, int, int] = PEN) -> None:
    """Writes ``text`` with the middle of its first character at (x, y), in millimetres."""
    for i, character in enumerate(text):
        for stroke in HAND.write(character, np.random.default_rng(i)):
            points = np.rint((0.8 * stroke + [x + 4.4 * i, y]) * DPMM * 16).astype(np.int32)
            cv2.polylines(picture, [points], False, colour, round(0.5 * DPMM), cv2.LINE_AA, 4)


def draw_line(picture: Picture, *points: tuple[float, float]) -> None:
    pixels = np.rint(np.array(points) * DPMM * 16).astype(np.int32)
    cv2.polylines(picture, [pixels], False, PEN, round(0.5 * DPMM), cv2.LINE_AA, 4)


def strike(picture: Picture, comb: Comb, how: str) -> None:
    assert comb.question
    symbols = layout_symbols(comb, comb.question.keys[0].answer)
    cross_out(picture, comb, symbols, how, HAND, np.random.default_rng(1), PEN, pixels_per_mm=DPMM)


def read(pages: PageReader, picture: Picture, *, grey: bool = False) -> tuple[PageRow, bytes]:
    camera = Camera(blur=0.5, noise=2, grey=grey, curl=0.003)
    taken = photograph(picture, camera, np.random.default_rng(0))
    return pages.read(ScannedPage("a.jpg", "0" * 64, 0, taken), "a.jpg")


def accepted(design: Design, row: PageRow) -> dict[str, bool]:
    (sheet,), _ = mark_all(design, [row], {}, [], [])
    return {name: marked.accepted for name, marked in sheet.marks.items()}


def fill(picture: Picture, design: Design, row: int = 0) -> None:
    rng = np.random.default_rng(5)
    for combs in rows_of(design):
        comb = combs[row]
        assert comb.question
        symbols = layout_symbols(comb, comb.question.keys[0].answer)
        write_comb(picture, comb, symbols, HAND, rng, PEN, pixels_per_mm=DPMM)


@pytest.mark.parametrize("grey", [False, True])
def test_answers_in_their_boxes_and_empty_ones_are_accepted(
    design: Design, blank: Picture, pages: PageReader, grey: bool
) -> None:
    row, _ = read(pages, blank, grey=grey)
    assert accepted(design, row) == {"1": True, "2": True, "3": True}
    picture = blank.copy()
    fill(picture, design)
    row, _ = read(pages, picture, grey=grey)
    assert [name for name in row.boxes if name.endswith("stray")] == []


@pytest.mark.parametrize("colour", [PEN, (60, 60, 64), (225, 40, 40)])
@pytest.mark.parametrize("where", ["above", "below", "right", "between", "left"])
def test_an_answer_beside_its_boxes_goes_to_review(
    design: Design, blank: Picture, pages: PageReader, where: str, colour: tuple[int, int, int]
) -> None:
    picture = blank.copy()
    for first, second in rows_of(design):
        rect = first.rect
        x, y = {
            "above": (rect.left + 30, rect.top - 4),
            "below": (rect.left + 12, rect.bottom + 4.4),
            "right": (min(second.rect.right + 5, 182), rect.top + 4),
            "between": (rect.right + 4, rect.top + 5),
            "left": (18, rect.top + 5),
        }[where]
        write_free(picture, "58", x, y, colour)
    row, _ = read(pages, picture)
    assert accepted(design, row) == {"1": False, "2": False, "3": False}


@pytest.mark.parametrize("grey", [False, True])
def test_a_digit_on_the_hints_above_its_boxes_goes_to_review(tmp_path: Path, grey: bool) -> None:
    """It reaches into a box, over a printed line and over the letters below the boxes of the question before."""
    path = tmp_path / "exam.toml"
    questions = '[[question]]\nkind = "time"\nkey = "10:25"\n[[question]]\nkey = 7\nboxes = "##"\n'
    path.write_text(f'title = "T"\nstudent_number = 4\n{questions}', encoding="utf-8")
    design = load_design(path)
    picture = blank_pages(print_pdf(design, [(1, None)], b"exam1", b"secret"), design, [1])(1, 1)
    rect = rows_of(design)[1][0].rect
    write_free(picture, "7", rect.left + 4.0, rect.top - 2.0)
    own = PageReader(Reader(), known_layouts(design, {}), b"exam1", b"secret")
    row, _ = read(own, picture, grey=grey)
    assert accepted(design, row)["2"] is False


@pytest.mark.parametrize("how", CROSSINGS)
def test_struck_answers_without_a_second_one_go_to_review(
    design: Design, blank: Picture, pages: PageReader, how: str
) -> None:
    picture = blank.copy()
    fill(picture, design)
    for first, _ in rows_of(design):
        strike(picture, first, how)
    row, _ = read(pages, picture)
    assert accepted(design, row) == {"1": False, "2": False, "3": False}


def test_a_line_through_empty_boxes_goes_to_review(design: Design, blank: Picture, pages: PageReader) -> None:
    picture = blank.copy()
    for first, _ in rows_of(design):
        draw_line(
            picture, (first.rect.left + 1, first.rect.top + 5), (first.rect.right - 1, first.rect.top + 5)
        )
    row, _ = read(pages, picture)
    assert accepted(design, row) == {"1": False, "2": False, "3": False}


def test_a_struck_answer_with_a_second_one_is_a_correction(
    design: Design, blank: Picture, pages: PageReader
) -> None:
    picture = blank.copy()
    fill(picture, design)
    fill(picture, design, 1)
    for first, _ in rows_of(design):
        strike(picture, first, "to and fro")
    row, _ = read(pages, picture)
    (sheet,), _ = mark_all(design, [row], {}, [], [])
    assert {(one.mark.row, one.accepted, one.remark) for one in sheet.marks.values()} == {(1, True, "")}


def test_the_picture_in_review_shows_what_stands_beside_the_boxes(
    design: Design, blank: Picture, pages: PageReader, tmp_path: Path
) -> None:
    picture = blank.copy()
    _, second = rows_of(design)[1]
    write_free(picture, "90", 182, second.rect.top + 5)
    for name, page in (("plain.jpg", blank), ("stray.jpg", picture)):
        row, content = read(pages, page)
        (tmp_path / "a.jpg").write_bytes(content)
        (tmp_path / name).write_bytes(crop_rows(tmp_path, row, ("2/0",))[0])
    widths = [
        Image.open(BytesIO((tmp_path / name).read_bytes())).width for name in ("plain.jpg", "stray.jpg")
    ]
    assert widths[1] > widths[0] + 1000
