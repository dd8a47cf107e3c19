"""What annotations, texts and step pictures promise: nothing is covered, nothing is altered, nothing is
lost."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected
from inkread.render import TABLE_COLUMNS, annotate, draw_steps, table_line, table_rows, to_json, to_text
from inkread.render.drawing import DOUBTFUL, SURE, font_of
from inkread.render.label_layout import Layout, chip_text, lay_out, sureness
from inkread.render.placing import overlapping, overlapping_each_other, spread


def paper(width: int, height: int, shade: int = 240) -> NDArray[np.uint8]:
    return np.full((height, width, 3), shade, np.uint8)


def digit(value: int, box: Box, confidence: float = 0.99, doubtful: bool = False) -> Digit:
    return Digit(value, confidence, doubtful, box)


def row(text: str, left: int, top: int, height: int, pitch: int, lean: float = 0.0) -> Line:
    boxes = [
        Box(left + i * pitch, round(top + lean * i * pitch), left + i * pitch + pitch * 3 // 4, 0)
        for i in range(len(text))
    ]
    return Line(
        tuple(digit(int(c), replace(b, bottom=b.top + height)) for c, b in zip(text, boxes, strict=True))
    )


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Readings of any kind: sparse, crowded, overlapping, out of order, at the edges."""
    width, height = draw(st.integers(1, 700)), draw(st.integers(1, 700))

    def boxes(most: int) -> list[Box]:
        found = []
        for _ in range(draw(st.integers(0, most))):
            left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
            right = draw(st.integers(left + 1, min(width, left + 90)))
            found.append(Box(left, top, right, draw(st.integers(top + 1, min(height, top + 90)))))
        return found

    lines = []
    for _ in range(draw(st.integers(0, 4))):
        digits = [
            digit(draw(st.integers(0, 9)), box, draw(st.floats(0, 1)), draw(st.booleans()))
            for box in boxes(6)
        ]
        if digits:
            lines.append(Line(tuple(digits)))
    marks = tuple(Mark("-", 0.9, box) for box in boxes(2))
    rejected = tuple(Rejected(box, "not a digit") for box in boxes(3))
    return Reading((width, height), tuple(lines), marks, rejected)


def check_nothing_is_covered(layout: Layout) -> None:
    labels = list(layout.labels)
    assert len(labels) == len(layout.digits)
    assert not overlapping(labels, layout.digits)
    assert not overlapping_each_other(labels)
    notes = [box for _, box in layout.notes]
    assert not overlapping(notes, [*layout.digits, *labels])
    assert not overlapping_each_other(notes)
    for box in [*labels, *notes, *layout.digits]:
        assert Box.around([box, layout.bounds]) == layout.bounds


@settings(max_examples=60, deadline=None)
@given(readings())
def test_no_label_covers_a_digit_or_another_label(reading: Reading) -> None:
    image = paper(*reading.size_wh)
    check_nothing_is_covered(lay_out(image, reading))
    before = image.copy()
    picture = annotate(image, reading)
    assert picture.dtype == np.uint8
    assert picture.shape[0] > image.shape[0]
    assert picture.shape[1] >= image.shape[1]
    assert np.array_equal(image, before)


@pytest.mark.parametrize("lean", [0.0, 0.2, -0.3])
def test_labels_stand_beside_their_own_digits_where_there_is_room(lean: float) -> None:
    line = row("20241138", 60, 300, 60, 60, lean)
    layout = lay_out(paper(700, 700), Reading((700, 700), (line,)))
    check_nothing_is_covered(layout)
    assert not layout.in_strip
    for i, label in enumerate(layout.labels):
        distances = [abs(label.centre[0] - box.centre[0]) for box in layout.digits]
        assert distances.index(min(distances)) == i


def test_a_page_without_room_puts_labels_in_the_strip_below() -> None:
    lines = tuple(row("31415926", 5, 5 + 42 * i, 40, 30) for i in range(6))
    layout = lay_out(paper(260, 260), Reading((260, 260), lines))
    check_nothing_is_covered(layout)
    assert layout.in_strip
    assert min(head.top for _, head in layout.in_strip) >= layout.size_wh[1]


def test_labels_go_to_quiet_paper_rather_than_over_ink_that_nobody_read() -> None:
    reading = Reading((600, 400), (row("2024", 100, 200, 60, 80),))
    image = paper(600, 400)
    assert all(label.bottom <= 200 for label in lay_out(image, reading).labels)
    image[120:196:6] = 0  # writing above
    assert all(label.top >= 260 for label in lay_out(image, reading).labels)


@pytest.mark.parametrize("size_wh", [(1, 1), (8, 8), (28, 28), (64, 20)])
def test_tiny_pictures_are_enlarged_until_labels_are_legible(size_wh: tuple[int, int]) -> None:
    width, height = size_wh
    reading = Reading(size_wh, (Line((digit(7, Box(0, 0, width, height)),)),))
    layout = lay_out(paper(*size_wh), reading)
    assert layout.font >= 13
    assert max(annotate(paper(*size_wh), reading).shape[:2]) >= 360


def test_large_pictures_keep_their_size_and_get_larger_type() -> None:
    reading = Reading((4000, 3000), (row("2024", 300, 900, 400, 450),))
    layout = lay_out(paper(4000, 3000), reading)
    assert layout.scale == 1
    assert layout.font > 60


@pytest.mark.parametrize("shade", [0, 60, 128, 200, 255])
def test_the_image_itself_shows_unaltered_inside_the_boxes(shade: int) -> None:
    box = Box(200, 200, 240, 260)
    image = paper(500, 500, shade)
    image[200:260, 200:240] = np.random.default_rng(0).integers(0, 255, (60, 40, 3))
    reading = Reading(
        (500, 500), (Line((digit(5, box),)),), (), (Rejected(Box(190, 190, 300, 300), "frame"),)
    )
    layout = lay_out(image, reading)
    assert layout.scale == 1
    picture = annotate(image, reading)[-layout.bounds.top :, -layout.bounds.left :]
    assert np.array_equal(picture[200:260, 200:240], image[200:260, 200:240])
    assert not np.array_equal(picture[190:270, 190:250], image[190:270, 190:250])


def test_colour_and_sign_tell_how_sure() -> None:
    box = Box(0, 0, 9, 9)
    both = [digit(7, box, 0.9), digit(7, box, 0.9, doubtful=True)]
    assert [sureness(d)[0] for d in both] == [SURE, DOUBTFUL]
    assert [chip_text(d) for d in both] == [("7", "90 %"), ("7?", "90 %")]


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="upright"):
        annotate(paper(200, 300), Reading((300, 200)))


def test_an_empty_reading_still_says_so() -> None:
    picture = annotate(paper(300, 200), Reading((300, 200)))
    assert picture.shape[0] > 200
    assert picture[-30:].min() < 200  # some writing in the caption


@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 100)), min_size=1, max_size=12))
def test_spread_keeps_the_gap_and_leaves_alone_what_fits(places: list[tuple[float, int]]) -> None:
    places.sort()
    middles, widths = [m for m, _ in places], [w for _, w in places]
    lefts = spread(middles, widths, 4)
    for i in range(len(lefts) - 1):
        assert lefts[i] + widths[i] + 4 <= lefts[i + 1] + 1e-6
    far = [1000.0 * i for i in range(len(widths))]
    assert spread(far, widths, 4) == pytest.approx([m - w / 2 for m, w in zip(far, widths, strict=True)])


READING = Reading(
    (300, 200),
    (row("555", 10, 20, 30, 40), row("0123", 10, 120, 30, 40)),
    (Mark("-", 0.9, Box(120, 33, 130, 36)), Mark("/", 0.9, Box(82, 120, 88, 150))),
    (Rejected(Box(0, 190, 300, 193), "rule"),),
)


def test_text() -> None:
    assert to_text(READING) == READING.text == "555\n0123"
    assert to_text(READING, marks=True) == "555-\n01/23"
    assert to_text(Reading((5, 5), (), READING.marks), marks=True) == ""


def test_json_is_one_line_and_comes_back() -> None:
    text = to_json(READING, file="scan é.png")
    assert "\n" not in text
    fields = json.loads(text)
    assert list(fields) == [
        *("file", "text", "confidence", "size_wh", "lines", "written", "marks", "rejected", "turned_degrees"),
    ]
    assert Reading.from_dict(fields) == READING
    assert "file" not in json.loads(to_json(READING))


@dataclass
class FakeSteps:
    """What a reader's steps look like, for one page with ``number`` candidates."""

    number: int
    size_wh: tuple[int, int] = (300, 200)
    scale: float = 0.5
    classes: tuple[str, ...] = (*"0123456789", "none")

    def __post_init__(self) -> None:
        width, height = self.size_wh
        self.image = paper(width, height)
        h, w = max(1, round(height * self.scale)), max(1, round(width * self.scale))
        self.ink = np.zeros((h, w), np.float32)
        self.labels = np.zeros((h, w), np.int32)
        self.candidates = []
        for i in range(self.number):
            x = i % max(1, w - 1)
            self.labels[0 : h // 2, x] = i + 1
            self.candidates.append(Candidate(0, i, i + 1, (i + 1,), Box(x, 0, x + 1, max(1, h // 2))))
        self.ink[self.labels > 0] = 1
        self.glyphs = np.random.default_rng(1).random((self.number, 28, 28), np.float32)
        self.scores = (
            np.random.default_rng(2).dirichlet(np.ones(11), self.number).astype(np.float32).reshape(-1, 11)
        )
        self.reading = READING if self.size_wh == (300, 200) and self.number else Reading(self.size_wh)


@pytest.mark.parametrize("number", [0, 1, 30, 230])
@pytest.mark.parametrize("size_wh", [(1, 1), (28, 28), (300, 200), (3000, 40), (40, 3000)])
def test_every_step_has_its_picture(number: int, size_wh: tuple[int, int]) -> None:
    steps = FakeSteps(number, size_wh)
    before = steps.image.copy(), steps.ink.copy(), steps.labels.copy()
    pictures = draw_steps(steps)
    assert list(pictures) == ["1-image", "2-ink", "3-segments", "4-glyphs", "5-reading"]
    for picture in pictures.values():
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3
        assert picture.shape[1] >= 640
        assert max(picture.shape) < 6000
    assert all(
        np.array_equal(a, b) for a, b in zip(before, (steps.image, steps.ink, steps.labels), strict=True)
    )


def test_the_font_has_what_we_write() -> None:
    missing = bytes(font_of(40).getmask("\uffff"))
    assert all(bytes(font_of(40).getmask(c)) != missing for c in "0123456789%?·…-/.+=():,;azAZ")


def test_a_table_has_a_row_per_line_and_loses_no_picture() -> None:
    rows = [*table_rows('a, "b".png', READING), *table_rows("empty.png", Reading((5, 5), page=2))]
    lines = [table_line(TABLE_COLUMNS), *map(table_line, rows)]
    found = list(csv.DictReader(lines))
    assert [row["file"] for row in found] == ['a, "b".png', 'a, "b".png', "empty.png"]
    assert [row["text"] for row in found] == ["555", "0123", ""]
    assert [row["written"] for row in found] == ["555-", "01/23", ""]
    assert [row["page"] for row in found] == ["", "", "2"]
    assert float(found[0]["confidence"]) == pytest.approx(0.99**3, abs=1e-6)
    assert [int(found[1][k]) for k in ("left", "top", "right", "bottom")] == READING.lines[1].box.to_list()


@pytest.mark.parametrize("name", ["=1+1.png", "@SUM(A1).png", "+a.png", "-a.png"])
def test_no_cell_is_a_formula(name: str) -> None:
    (row,) = table_rows(name, Reading((5, 5)))
    assert table_line(row).startswith(f"./{name},")
    assert table_line(row, "\t").startswith(f"./{name}\t")
    assert table_line(("-5",)) == "-5"
