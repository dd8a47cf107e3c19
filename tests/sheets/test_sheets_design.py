"""Designs: what they may say, which line is blamed, what answers are worth, where things stand on paper."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkread.apps.cli import main
from inkread.apps.sheet.group import Confidence
from inkread.errors import SheetError
from inkread.sheets.exam.answers import canonical, spell, worth
from inkread.sheets.exam.design import Design, Question, example_design, slots_of, usual_pattern
from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.exam.roster import load_roster
from inkread.sheets.made.madeclass import DPMM, blank_pages, layout_symbols
from inkread.sheets.marks.marking import DEFAULT_CONFIDENCE
from inkread.sheets.paper.page_geometry import Comb, Page, Rect, lay_out
from inkread.sheets.paper.pen import missing_letters
from inkread.sheets.paper.printed import from_text, to_text, version_of
from inkread.sheets.paper.printing import print_pdf
from made_exams import write_class

HEAD = 'title = "Test"\n'


def design_of(folder: Path, text: str) -> Design:
    path = folder / "exam.toml"
    path.write_text(text, encoding="utf-8")
    return load_design(path)


def question(folder: Path, lines: str) -> Question:
    return design_of(folder, f"{HEAD}[[question]]\n{lines}\n").questions[0]


def comb_of(one: Question, folder: Path) -> Comb:
    pages = lay_out(Design(folder / "exam.toml", "Test", "A4", 4, (one,)))
    return next(comb for comb in pages[0].combs if comb.question and comb.row == 0)


def test_the_example_has_no_mistake(tmp_path: Path) -> None:
    design = design_of(tmp_path, example_design())
    assert [one.kind for one in design.questions].count("integer") == 4
    assert design.points == 10


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[[question]]\nkey = 1\n", 1, "title is missing"),
        (HEAD, 1, "no question"),
        (HEAD + "\n[[question]]\nkind = 'integer'\n", 3, "key is missing"),
        (HEAD + "[[question]]\nkey = 'seven'\n", 3, "no integer"),
        (HEAD + "[[question]]\nkey = 7\nponits = 2\n", 4, "do you mean “points”"),
        (HEAD + "[[question]]\nkey = 7\npoints = '2'\n", 4, "without quotes"),
        (HEAD + "[[question]]\nkey = 7\n\n[[question]]\nkey = 8\nname = '1'\n", 7, "two questions are called"),
        (HEAD + "[[question]]\nkey = -12\nboxes = '##'\n", 4, "no box for the sign"),
        (HEAD + "[[question]]\nkey = 1234\nboxes = '##'\n", 4, "no room"),
        (HEAD + "[[question]]\nkind = 'time'\nkey = '25:00'\n", 4, "no time"),
        (HEAD + "[[question]]\nkind = 'date'\nkey = 2028-02-29\nboxes = 'DD.MM'\n", 5, "are like"),
        (HEAD + "[[question]]\nkind = 'colour'\nkey = 1\n", 3, "kind must be one of"),
        (HEAD + "paper = 'A5'\n[[question]]\nkey = 1\n", 2, "A4 or Letter"),
        (HEAD + "student_number = 40\n[[question]]\nkey = 1\n", 2, "1 … 12"),
        (HEAD + "[[question]]\nkey = 7\npoints = 1\npartial = [{ key = 8, points = 1 }]\n", 5, "between 0 and 1"),
        (f"title = '{'T' * 65}'\n[[question]]\nkey = 1\n", 1, "more than 64 letters"),
        (HEAD + "[[question]\nkey = 7\n", 2, "is not TOML"),
        (HEAD + "[[question]]\nkind = 'fraction'\nkey = '1/0'\n", 4, "no fraction"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(text, encoding="utf-8")
    _, faults = check_design(path)
    assert [fault for fault in faults if fault.line == line and said in fault.message], faults
    with pytest.raises(SheetError, match=r"line \d+"):
        load_design(path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(
        f"{HEAD}paper = 'A5'\n[[question]]\nkey = 'x'\n[[question]]\nkind = 'date'\nkey = 7\n",
        encoding="utf-8",
    )
    _, faults = check_design(path)
    assert [fault.line for fault in faults] == [2, 4, 7]


@pytest.mark.parametrize(
    ("kind", "keys", "pattern"),
    [
        ("integer", ["144"], "±####"),
        ("decimal", ["12.57"], "±###.##"),
        ("decimal", ["3"], "±##.#"),
        ("fraction", ["5/8"], "±##/##"),
        ("time", ["10:25:30"], "HH:MM:SS"),
        ("date", ["2028-02-29"], "DD.MM.YYYY"),
    ],
)
def test_boxes_are_made_for_the_key(kind: str, keys: list[str], pattern: str) -> None:
    assert usual_pattern(kind, keys) == pattern  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "answer", "points"),
    [
        ("key = 144\npoints = 2", "144", 2),
        ("key = 144\npoints = 2", "145", 0),
        ("key = [7, -7]", "-7", 1),
        ("kind = 'decimal'\nkey = 12.57\ntolerance = 0.01", "12.58", 1),
        ("kind = 'decimal'\nkey = 12.57\ntolerance = 0.01", "12.59", 0),
        ("key = 10\npoints = 3\npartial = [{ within = 1, points = 2 }, { key = 5, points = 1 }]", "11", 2),
        ("key = 10\npoints = 3\npartial = [{ within = 1, points = 2 }, { key = 5, points = 1 }]", "5", 1),
        ("kind = 'fraction'\nkey = '5/8'", "10/16", 1),
        ("kind = 'fraction'\nkey = '5/8'\nreduced = true", "10/16", 0),
        (
            "kind = 'fraction'\nkey = '5/8'\npoints = 2\nreduced = true\npartial = [{ key = '10/16', points = 1 }]",
            "10/16",
            1,
        ),
        ("kind = 'fraction'\nkey = '5/8'", "5/0", 0),
        ("kind = 'time'\nkey = '10:25'\ntolerance = 5", "10:30", 1),
        ("kind = 'time'\nkey = '10:25'\ntolerance = 5", "10:31", 0),
        ("kind = 'time'\nkey = '00:01'\ntolerance = 5", "23:58", 1),
        ("kind = 'time'\nkey = '23:58'\ntolerance = 2", "00:01", 0),
        ("kind = 'time'\nkey = '24:00'", "00:00", 1),
        ("kind = 'date'\nkey = 2028-02-29", "2028-02-29", 1),
        ("key = 0", "", 0),
    ],
)
def test_what_an_answer_is_worth(tmp_path: Path, lines: str, answer: str, points: int) -> None:
    assert worth(question(tmp_path, lines), answer) == points


@pytest.mark.parametrize(
    ("kind", "pattern", "symbols", "said"),
    [
        ("integer", "±###", "-  8", "-8"),
        ("integer", "±###", " 12 ", "12"),
        ("integer", "####", "1 5 ", None),
        ("integer", "####", "    ", ""),
        ("integer", "±###", "-   ", None),
        ("integer", "####", "0012", "12"),
        ("decimal", "###.##", " 12.5 ", "12.5"),
        ("decimal", "###.##", " 12 5 ", "12.5"),
        ("decimal", "#.#.#", "1 2.5", "12.5"),
        ("decimal", "#.#.#", "1.2.5", None),
        ("fraction", "##/##", " 5 8", "5/8"),
        ("fraction", "##/##", " 5  ", "5"),
        ("time", "HH:MM", " 905", "09:05"),
        ("time", "HH:MM", "1075", None),
        ("time", "HH:MM", "2400", "00:00"),
        ("time", "HH:MM", "2401", None),
        ("date", "DD.MM.YYYY", "31022028", None),
        ("date", "DD.MM.YYYY", "29022028", "2028-02-29"),
        ("date", "MM/DD/YYYY", "02292028", "2028-02-29"),
    ],
)
def test_what_boxes_say(kind: str, pattern: str, symbols: str, said: str | None) -> None:
    assert spell(slots_of(pattern, kind), symbols) == said  # type: ignore[arg-type]


@given(st.integers(-999, 999), st.integers(0, 99))
def test_what_is_written_is_what_is_read(whole: int, part: int) -> None:
    one = Question("1", "", "decimal", Fraction(1), (), "±###.##")
    answer = canonical("decimal", f"{whole}.{part:02d}")
    comb = comb_of(one, Path("."))
    assert spell(one.boxes, layout_symbols(comb, answer)) == answer


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_nothing_on_a_page_overlaps_or_leaves_it(tmp_path: Path, paper: str) -> None:
    questions = "".join(
        f"[[question]]\nkind = '{kind}'\nkey = '{key}'\nboxes = '{boxes}'\n"
        for kind, key, boxes in (
            ("integer", "1", "#"),
            ("integer", "1", "±#############"),
            ("date", "2028-02-29", "DD.MM.YYYY"),
            ("decimal", "1.5", "±#####.#####"),
        )
        * 5
    )
    design = design_of(tmp_path, f"{HEAD}paper = '{paper}'\nstudent_number = 12\n{questions}")
    pages = lay_out(design)
    width, height = design.size_mm
    assert [comb.name for page in pages for comb in page.combs if comb.question and comb.row == 0] == [
        str(i) for i in range(1, 21)
    ]
    for page in pages:
        boxes = [cell.rect for comb in page.combs for cell in comb.cells]
        rects = [*boxes, *page.markers, page.qr]
        rects += [page.instructions] if page.has_instructions else []
        assert all(
            r.left >= 8 and r.top >= 8 and r.right <= width - 8 and r.bottom <= height - 8 for r in rects
        )
        assert not [(a, b) for i, a in enumerate(rects) for b in rects[:i] if overlap(a, b)]


def test_a_printed_layout_is_kept_as_it_is_and_told_from_others(tmp_path: Path) -> None:
    def pages(question: str) -> tuple[Page, ...]:
        return lay_out(design_of(tmp_path, f"{HEAD}[[question]]\n{question}\n"))

    printed = pages("key = 12\nboxes = '±###'\ntext = 'How many? Ü'")
    assert to_text(from_text(to_text(printed))) == to_text(printed)
    assert version_of(pages("key = 13\nboxes = '±###'\ntext = 'How many? Ü'")) == version_of(printed)
    assert version_of(pages("key = 12\nboxes = '####'\ntext = 'How many? Ü'")) != version_of(printed)
    (kept,) = from_text(to_text(printed))
    assert [(comb.name, comb.row, len(comb.written)) for comb in kept.combs] == [
        ("number", 0, 6),
        ("1", 0, 4),
        ("1", 1, 4),
    ]


def test_class_lists_keep_their_zeros(tmp_path: Path) -> None:
    import openpyxl

    write_class(tmp_path / "class.csv", [("0042", "Ada"), ("7", "Björn")])
    book = openpyxl.Workbook()
    for row in (("Last name", "First name", "ID"), ("Lovelace", "Ada", "0042"), ("Borg", "Björn", 7)):
        book.active.append(row)
    book.save(tmp_path / "class.xlsx")
    assert [one.number for one in load_roster(tmp_path / "class.csv", 4)] == ["0042", "0007"]
    assert [(one.number, one.name) for one in load_roster(tmp_path / "class.xlsx", 4)] == [
        ("0042", "Ada Lovelace"),
        ("0007", "Björn Borg"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("who,where\nA,B\n", "line 1: no column is called number"),
        ("number,name\n12345,Ada\n", "line 2"),
        ("number,name\n1,Ada\n\n1,Bob\n", "line 4: number 0001 is that of line 2"),
        ("number,name\n=1,Ada\n", "line 2"),
        ("number,name\n", "lists nobody"),
        ("PK\x03\x04no", "is not an XLSX"),
    ],
)  # fmt: skip
def test_mistakes_in_a_class_list_are_told(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "class.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SheetError, match=said):
        load_roster(tmp_path / "class.csv", 4)


def test_the_dot_under_a_box_for_the_point_can_be_seen(tmp_path: Path) -> None:
    design = design_of(tmp_path, f"{HEAD}[[question]]\nkind = 'decimal'\nkey = '1.5'\n")
    picture = blank_pages(print_pdf(design, [(1, None)], b"exam1", b"secret"), design, [1])(1, 1)
    comb = comb_of(design.questions[0], tmp_path)
    rect = next(cell.rect for cell in comb.cells if cell.box.slot == "point")
    below = picture[round((rect.bottom + 0.6) * DPMM) : round((rect.bottom + 3.4) * DPMM)]
    below = below[:, round(rect.left * DPMM) : round(rect.right * DPMM), 2]
    assert (below < 200).sum() / DPMM**2 > 0.8  # square millimetres


def test_letters_that_no_font_has_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(f"{HEAD}[[question]]\ntext = 'Ωmega \U000120b5'\nkey = 1\n", encoding="utf-8")
    assert missing_letters("Grüße, Ωmega") == ""
    assert missing_letters("Ωmega \U000120b5") == "\U000120b5"
    for words in (["check"], ["print", "--master"]):
        assert main(["sheet", words[0], str(path), *words[1:]]) == 0
        assert "question 1: no font here has \U000120b5" in capsys.readouterr().err


def test_help_and_documentation_name_the_threshold_in_use() -> None:
    option = get_args(Confidence)[1]
    assert f"({DEFAULT_CONFIDENCE})" in option.help
    text = (Path(__file__).parent.parent.parent / "docs" / "sheets.md").read_text(encoding="utf-8")
    assert f"`--confidence` says how sure ({DEFAULT_CONFIDENCE} unless you say otherwise)" in text
