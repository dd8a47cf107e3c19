"""What counts as a right answer: ranges, tolerances, keys with points of their own, ticks, and points by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from inkread.reader import Reader
from inkread.sheets.exam.answers import canonical, spell, worth
from inkread.sheets.exam.design import Question, Student
from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.exam_store import Store
from inkread.sheets.made.madeclass import blank_pages, fill_in, layout_symbols, sit_exam
from inkread.sheets.marks.marking_state import compute_state, keep_layout
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import from_text, to_text
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.scans.scanning import scan
from made_exams import EMPTY, made_row


def question_of(folder: Path, lines: str) -> Question:
    path = folder / "exam.toml"
    path.write_text(f'title = "x"\n[[question]]\n{lines}\n', encoding="utf-8")
    return load_design(path).questions[0]


def fault_of(folder: Path, lines: str) -> str:
    path = folder / "exam.toml"
    path.write_text(f'title = "x"\n[[question]]\n{lines}\n', encoding="utf-8")
    return " / ".join(fault.message for fault in check_design(path)[1])


CASES = {
    'kind = "decimal"\nkey = "3..5"': {"2.9": 0, "3": 1, "4.2": 1, "5": 1, "5.1": 0},
    'key = "-3..-1"': {"-4": 0, "-3": 1, "-1": 1, "0": 0},
    'kind = "decimal"\nkey = "2..3"\ntolerance = 0.5': {"1.4": 0, "1.5": 1, "3.5": 1, "3.6": 0},
    'kind = "decimal"\nkey = "200"\ntolerance = "2 %"': {"195.9": 0, "196": 1, "204": 1, "204.1": 0},
    'kind = "decimal"\nkey = "-50"\ntolerance = "10%"': {"-45": 1, "-55": 1, "-44.9": 0},
    'kind = "fraction"\nkey = "1/2"\ntolerance = 0.1': {"3/5": 1, "5/8": 0, "2/4": 1},
    'kind = "fraction"\nkey = "1/3..1/2"': {"1/3": 1, "2/5": 1, "1/4": 0, "2/3": 0},
    'points = 3\nkey = ["7", { key = "-7", points = 2 }, { key = "49", points = 1, tolerance = 1 }]': {
        "7": 3, "-7": 2, "49": 1, "50": 1, "51": 0,
    },
    'kind = "fraction"\nkey = "2 3/4"': {"2 3/4": 1, "11/4": 1, "2 6/8": 1, "23/4": 0, "-2 3/4": 0, "2": 0},
    'kind = "fraction"\nkey = "-1 1/2"\nreduced = true': {"-1 1/2": 1, "-1 2/4": 0, "-3/2": 1, "-1/2": 0},
    'kind = "integer"\nkey = "45"\nunit = "%"': {"45 %": 1, "45": 1},
    'kind = "time"\nkey = "23:50..00:10"': {"23:49": 0, "23:50": 1, "00:00": 1, "00:10": 1, "00:11": 0},
    'kind = "time"\nkey = "08:00..08:30"\ntolerance = 5': {"07:55": 1, "08:15": 1, "08:35": 1, "08:36": 0},
    'kind = "choice"\nkey = "B"': {"B": 1, "A": 0, "AB": 0},
    'kind = "choice"\nkey = ["AC", { key = "A", points = 0.5 }]': {"AC": 1, "A": 0.5, "C": 0, "ABC": 0},
    'kind = "manual"\npoints = 4': {"3": 3, "3.5": 3.5, "4": 4, "4.5": 0},
}  # fmt: skip


@pytest.mark.parametrize("lines", CASES)
def test_answers_bring_what_the_design_says(tmp_path: Path, lines: str) -> None:
    question = question_of(tmp_path, lines)
    found = {answer: worth(question, canonical(question.kind, answer)) for answer in CASES[lines]}
    assert found == {answer: Fraction(str(points)) for answer, points in CASES[lines].items()}


@pytest.mark.parametrize(
    ("symbols", "answer"),
    [
        ("  2 34 ", "2 3/4"), ("- 2 3 4", "-2 3/4"), ("   3 4 ", "3/4"), (" 12 1 8", "12 1/8"), ("  2    ", "2"),
        ("       ", ""), ("  2 3  ", None), ("  2  4 ", None), ("   5 0 ", "5/0"), (" 1 2 34", "1 2/34"),
    ],
)  # fmt: skip
def test_mixed_numbers_have_a_gap_between_their_boxes(
    tmp_path: Path, symbols: str, answer: str | None
) -> None:
    question = question_of(tmp_path, 'kind = "fraction"\nkey = "2 3/4"')
    assert question.pattern == "±## ##/##"
    assert spell(question.boxes, list(symbols)) == answer


def test_made_mixed_numbers_are_laid_into_their_boxes(tmp_path: Path) -> None:
    question = question_of(tmp_path, 'kind = "fraction"\nkey = "-2 3/4"')
    comb = lay_out(load_design(tmp_path / "exam.toml"))[0].combs[1]
    for answer in ("-2 3/4", "3/4", "12 1/16"):
        assert spell(question.boxes, layout_symbols(comb, answer)) == answer
    question_of(tmp_path, 'kind = "decimal"\nkey = "7.7"\nboxes = "±###.##"')
    comb = lay_out(load_design(tmp_path / "exam.toml"))[0].combs[1]
    assert "".join(layout_symbols(comb, "7.7")) == "   7.7 "


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('key = "5..3"', "ends before it begins"),
        ('key = "3..x"', "is no integer"),
        ('kind = "choice"\nkey = "A..C"', "is no choice"),
        ('kind = "choice"\nkey = "F"', "beyond the 4 options"),
        ('kind = "choice"\nkey = "A"\noptions = 1', "2 … 8"),
        ('kind = "fraction"\nkey = "12 3/4"\nboxes = "±# #/#"', "no room for the key"),
        ('kind = "fraction"\nkey = "1/2"\nboxes = "#/# #"', "one gap"),
        ('key = "1"\noptions = 3', "only for kind"),
        ('key = "1"\ntolerance = "2"', "share of the key"),
        ('kind = "time"\nkey = "10:00"\ntolerance = "2 %"', "is no time"),
        ('kind = "date"\nkey = "2026-01-31"\ntolerance = 1', "no tolerance"),
        ('kind = "manual"\nkey = "3"', "of no use"),
        ('key = [{ key = "1", points = 2 }]', "a key has 2 points"),
        ('key = [{ kye = "1" }]', "do you mean “key”"),
        ('key = "1"\nunit = "kilometres per hour"', "unit has more than"),
    ],
)
def test_mistakes_say_what_to_do(tmp_path: Path, lines: str, said: str) -> None:
    assert said in fault_of(tmp_path, lines)


def test_units_are_printed_and_layouts_without_them_stay_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text('title = "x"\n[[question]]\nkey = "12"\n', encoding="utf-8")
    plain = to_text(lay_out(load_design(path)))
    path.write_text('title = "x"\n[[question]]\nkey = "12"\nunit = "km/h"\n', encoding="utf-8")
    design = load_design(path)
    pages = lay_out(design)
    assert '"km/h"' not in plain
    assert from_text(to_text(pages))[0].combs[1].question.unit == "km/h"  # type: ignore[union-attr]
    first, second = pages[0].combs[1:3]
    assert second.rect.left - first.rect.right > 8 + 4 * 2

    import pypdfium2 as pdfium

    pdf = print_pdf(design, [(0, None)], b"exam5", b"secret")
    assert pdfium.PdfDocument(pdf)[0].get_textpage().get_text_bounded().count("km/h") == 2


def test_a_picture_is_printed_in_the_space_above_the_boxes(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (300, 100), (0, 120, 0)).save(tmp_path / "map.png")
    (tmp_path / "exam.toml").write_text(
        'title = "x"\n[[question]]\nkey = "12"\npicture = "map.png"\n', "utf-8"
    )
    design = load_design(tmp_path / "exam.toml")
    (page,) = lay_out(design)
    assert design.questions[0].space_mm == 50
    printed = blank_pages(print_pdf(design, [(1, None)], b"exam5", b"secret"), design, [1])(1, 1)
    green = (printed[..., 1].astype(int) - printed[..., 0] > 60).nonzero()
    assert abs(np.ptp(green[1]) - 3 * np.ptp(green[0])) < 8
    assert np.ptp(green[0]) > 40 * 8
    assert green[0].max() < page.combs[1].rect.top * 8
    assert fault_of(tmp_path, 'key = "12"\npicture = "none.png"').startswith("none.png is no picture")
    assert "lies in the folder" in fault_of(tmp_path, 'key = "12"\npicture = "../map.png"')


MIXED = """\
title = "Mixed"
student_number = 4

[[question]]
kind = "choice"
key = "B"

[[question]]
kind = "choice"
key = "AC"
options = 5

[[question]]
key = "12"
unit = "km"

[[question]]
kind = "manual"
points = 4
text = "Describe what you see."
"""


def test_ticks_units_and_points_by_hand_are_read(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(MIXED, encoding="utf-8")
    design = load_design(path)
    wanted = [("B", "AC", "12", "3.5"), ("D", "", "13", "0"), ("AB", "C", "", "4.5")]
    with Store(path) as store:
        copies = store.add_copies([None] * 3)
        keep_layout(design, store)
        pdf = print_pdf(design, [(copy, None) for copy in copies], store.exam, store.secret)
        rng = np.random.default_rng(7)
        sittings = sit_exam(design, [Student(f"{i}138", "") for i in copies], copies, rng)
        blank = blank_pages(pdf, design, copies)
        (tmp_path / "scans").mkdir()
        for sitting, answers in zip(sittings, wanted, strict=True):
            sitting.answers = dict(zip("1234", answers, strict=True))
            sitting.first_tries = {}
            from PIL import Image

            image = fill_in(design, blank(sitting.copy, 1), 1, sitting, rng)
            Image.fromarray(image).save(tmp_path / "scans" / f"{sitting.copy}.png")
        scan(design, store, tmp_path / "scans", Reader())
        sheets = {sheet.name: sheet for sheet in compute_state(design, store).sheets}
    read = [tuple(sheets[f"c{copy}"].marks[name].mark.answer for name in "1234") for copy in copies]
    assert read == [("B", "AC", "12", "3.5"), ("D", "", "13", "0"), ("AB", "C", "", "4.5")]
    assert sheets["c1"].points == 1 + 1 + 1 + Fraction("3.5")
    assert not sheets["c3"].marks["4"].accepted
    assert sheets["c3"].marks["4"].remark == "more points are written than its 4"


def test_points_that_nobody_wrote_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(
        'title = "x"\nstudent_number = 4\n[[question]]\nkind = "manual"\npoints = 4\n', encoding="utf-8"
    )
    with Store(path) as store:
        store.add_copies([None])
        page = made_row(1, "1138", "    ")
        empty = [{"box": [0, 0, 9, 9], "symbols": EMPTY}] * 4
        store.add_page(replace(page, boxes=page.boxes | {"1/0": empty, "1/1": empty}), b"")
        (marked,) = compute_state(load_design(path), store).marked
    assert (marked.accepted, marked.remark) == (False, "no points are written")


def test_room_for_working_is_left_above_the_boxes(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    lines = 'title = "x"\n[[question]]\nkey = "12"\ntext = "Show how."\n[[question]]\nkey = "1"\n'
    path.write_text(lines, encoding="utf-8")
    plain = lay_out(load_design(path))[0].combs
    path.write_text(lines.replace("text =", "space = 40\ntext ="), encoding="utf-8")
    roomy = lay_out(load_design(path))
    moved = [after.rect.top - before.rect.top for after, before in zip(roomy[0].combs, plain, strict=True)]
    assert moved == pytest.approx([0, 40, 40, 40, 40])
    kept = from_text(to_text(roomy))[0].combs[1].question
    assert kept is not None
    assert (kept.space_mm, kept.unit) == (40, "")
    assert "0 … 150" in fault_of(tmp_path, 'key = "1"\nspace = 200')
