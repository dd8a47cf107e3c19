"""Nothing that comes from outside is run: 200 payloads through every door of an exam sheet, and pages that are not what
they say.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import segno
from numpy.typing import NDArray

from inkread.errors import SheetError
from inkread.reader import Reader
from inkread.sheets.exam.design import Design, Student
from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.exam.roster import load_roster
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.made.madeclass import blank_pages
from inkread.sheets.marks.marking import Sheet, mark_all
from inkread.sheets.marks.marking_state import compute_state
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import known_layouts, read_code
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.results.gradebook import gradebook, page_table, to_csv, to_xlsx
from inkread.sheets.results.statistics import question_statistics, statistics_table
from inkread.sheets.scans.pagereading import PageReader, ScannedPage
from inkread.sheets.scans.scanning import scan
from made_exams import made_row, write_class

PREFIXES = ("=", "+", "-", "@", "\t=", "\r=", "|", "%", "\n=", " =")
PAYLOADS = tuple(
    prefix + body
    for prefix in PREFIXES
    for body in (
        "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "SUM(A1:A9)", "<script>alert(1)</script>",
        "../../etc/passwd", "C:\\Windows\\x", '"><img src=x>', "{{7*7}}", "${7*7}", "'; DROP TABLE pages; --",
        "\x00null", "$(reboot)", "`id`", "%s%n", "\u202egnp.exe", "A" * 5000, "<para>&bogus;</para>",
        "\ud800", "1;2,3\t4",
    )
)  # fmt: skip
DESIGN = """title = "Test"
student_number = 4
class_list = "class.csv"
[[question]]
key = 144
boxes = "###"
"""
ACTIVE = (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/OpenAction")
"""What makes a PDF do something."""


def active_in(pdf: bytes) -> list[bytes]:
    """What a PDF would do when it is opened, outside of what it draws."""
    rest = re.sub(rb"stream\r?\n.*?endstream", b"", pdf, flags=re.DOTALL)
    assert len(rest) < len(pdf)
    return [word for word in ACTIVE if word in rest]


def design_in(folder: Path) -> Design:
    (folder / "exam.toml").write_text(DESIGN, encoding="utf-8")
    return load_design(folder / "exam.toml")


def assert_harmless(rows: list[list[str | float | int]]) -> None:
    """Neither as CSV nor as XLSX is any cell of a table a formula."""
    written = list(csv.reader(io.StringIO(to_csv(rows).decode("utf-8-sig"), newline="")))
    assert len(written) == len(rows)
    risky = [cell for row in written for cell in row if cell.startswith(tuple("=+-@|%\t\r\n"))]
    assert [cell for cell in risky if not cell.removeprefix("-").replace(".", "", 1).isdigit()] == []
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows, rows)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(cells) >= 2 * sum(map(len, rows))
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}


def marked_as(payloads: tuple[str, ...], students: tuple[Student, ...], design: Design) -> list[Sheet]:
    """A sheet for each student, whose only answer is this text, whatever it is."""
    pages = [made_row(i, student.number, "145", i) for i, student in enumerate(students, 1)]
    copies: dict[int, str | None] = {i: student.number for i, student in enumerate(students, 1)}
    sheets, _ = mark_all(design, pages, copies, students, [])
    for sheet, said in zip(sheets, payloads, strict=True):
        marked = sheet.marks["1"]
        sheet.marks["1"] = replace(marked, mark=replace(marked.mark, answer=said))
    return sheets


def test_answers_and_names_do_not_become_formulas(tmp_path: Path) -> None:
    assert len(set(PAYLOADS)) == 200
    design = design_in(tmp_path)
    students = tuple(Student(f"{i:04d}", payload) for i, payload in enumerate(PAYLOADS))
    sheets = marked_as(PAYLOADS, students, design)
    assert_harmless(gradebook(design, sheets, students))
    assert_harmless(statistics_table(design, question_statistics(design, sheets)))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_on_a_class_list_stay_text(tmp_path: Path, kind: str) -> None:
    rows = [(f"{i:04d}", payload) for i, payload in enumerate(PAYLOADS)]
    path = tmp_path / f"class.{kind}"
    write_class(path, rows)
    students = load_roster(path, 4)
    assert [one.number for one in students] == [number for number, _ in rows]
    assert all(one.name.isprintable() and len(one.name) <= 120 for one in students)
    design = design_in(tmp_path)
    assert_harmless(gradebook(design, marked_as(PAYLOADS, students, design), students))
    pdf = print_pdf(design, [(1, student) for student in students[::8]], b"exam1", b"secret")
    assert active_in(pdf) == []
    assert {one.name for one in tmp_path.iterdir()} == {path.name, "exam.toml"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_numbers_on_a_class_list_are_numbers(tmp_path: Path, kind: str) -> None:
    """Marked copies are files called by the number: it must not be a path."""
    path = tmp_path / f"class.{kind}"
    for payload in PAYLOADS[::7]:
        write_class(path, [(payload, "Ada")])
        with pytest.raises(SheetError, match=r"line 2|lists nobody|is not CSV") as refusal:
            load_roster(path, 4)
        assert str(refusal.value).isprintable()


def test_names_of_scans_are_only_shown(tmp_path: Path) -> None:
    design = design_in(tmp_path)
    write_class(tmp_path / "class.csv", [("0042", "Ada")])
    (tmp_path / "scans").mkdir()
    names = set()
    for i, payload in enumerate(PAYLOADS):
        name = payload.replace("/", "\u2215").replace("\0", "")[:60] + f"{i}.jpg"
        try:
            (tmp_path / "scans" / name).write_bytes(b"no picture %d" % i)
        except (OSError, UnicodeError):  # what this system takes for no name
            continue
        names.add(name)
    before = {one for one in tmp_path.rglob("*") if one.is_file()}
    with Store(design.path) as store:
        assert scan(design, store, tmp_path / "scans", Reader(), jobs=2) == len(names)
        state = compute_state(design, store)
    assert {page.status for page in state.pages} == {"failed"}
    assert all((page.source + page.reason).isprintable() for page in state.pages)
    assert_harmless(page_table(state.pages, state.duplicates, state.assigned))
    new = {one.relative_to(tmp_path) for one in tmp_path.rglob("*") if one.is_file()} - {
        one.relative_to(tmp_path) for one in before
    }
    assert {one.parts[0] for one in new} == {"exam.inkread"}
    assert len(names) >= 100


def test_what_a_code_says_is_not_believed(tmp_path: Path) -> None:
    for payload in PAYLOADS:
        for text in (payload, f"INKREAD1/{payload}", f"INKREAD1/{payload.encode('utf-8', 'replace').hex()}"):
            assert read_code(text, b"secret")[1] is False
    design = design_in(tmp_path)
    pages = PageReader(Reader(), known_layouts(design, {}), b"exam1", b"secret")
    for payload in PAYLOADS[::9]:
        text = payload.replace("\ud800", "?")[:300]
        matrix = np.array([list(row) for row in segno.make_qr(text).matrix], np.uint8)
        picture = np.full((500, 400, 3), 255, np.uint8)
        square = np.kron(255 - 255 * matrix, np.ones((4, 4), np.uint8))[:380, :380]
        picture[60 : 60 + len(square), 10 : 10 + len(square)] = square[..., None]
        row, _ = pages.read(ScannedPage("a.jpg", "0" * 64, 0, picture), "pages/a.jpg")
        assert (row.status, row.copy, row.boxes) == ("failed", None, {})
        assert row.reason in ("the code on it is not inkread's", "no code and no corner marks are seen on it")


EXAM_KEYS = ("title", "note", "paper", "class_list")
QUESTION_KEYS = ("name", "text", "kind", "key", "boxes")


def test_what_a_design_says_is_text(tmp_path: Path) -> None:
    folder = tmp_path / "exam"
    folder.mkdir()
    path = folder / "exam.toml"
    for i, payload in enumerate(PAYLOADS):
        for key in (EXAM_KEYS[i % 4], QUESTION_KEYS[i % 5]):
            quoted = json.dumps(payload).replace("\\ud800", "\\uFFFD")
            said = {"title": '"T"', "key": "7"} | {key: quoted}
            lines = [f"{name} = {said[name]}" for name in EXAM_KEYS if name in said]
            lines += ["[[question]]", *(f"{name} = {said[name]}" for name in QUESTION_KEYS if name in said)]
            path.write_text("\n".join(lines), encoding="utf-8")
            design, faults = check_design(path)
            assert all(fault.message.isprintable() and len(fault.message) < 400 for fault in faults)
            if design is not None and not faults and i % 8 == 0:
                pdf = print_pdf(design, [(1, None)], b"exam1", b"secret")
                assert active_in(pdf) == []
            assert design is None or design.class_list is None or folder in design.class_list.parents
            assert design is None or design.class_list is None or ".." not in design.class_list.parts
    assert {one.name for one in folder.iterdir()} == {"exam.toml"}


@pytest.mark.parametrize(
    "place", ["../outside.csv", "/etc/passwd", "a/../../outside.csv", "C:\\x.csv", "\\\\host\\x.csv"]
)
def test_a_class_list_lies_with_its_exam(tmp_path: Path, place: str) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN.replace("class.csv", place.replace("\\", "\\\\")), encoding="utf-8")
    _, faults = check_design(path)
    assert [(fault.line, "folder of the design" in fault.message) for fault in faults] == [(3, True)]


TWO_PAGES = 'title = "T"\n' + "".join(f"[[question]]\nkey = {number}\n" for number in range(100, 114))


def pages_of(folder: Path) -> tuple[Design, PageReader, dict[tuple[int, int], NDArray[np.uint8]]]:
    """A design of two pages, its reader, and pictures of the pages of two copies."""
    path = folder / "exam.toml"
    path.write_text(TWO_PAGES, encoding="utf-8")
    design = load_design(path)
    with Store(path) as store:
        pdf = print_pdf(design, [(1, None), (2, None)], store.exam, store.secret)
        reader = PageReader(Reader(), known_layouts(design, {}), store.exam, store.secret)
    blank = blank_pages(pdf, design, [1, 2])
    return design, reader, {(copy, page): blank(copy, page) for copy in (1, 2) for page in (1, 2)}


def read(pages: PageReader, picture: NDArray[np.uint8]) -> PageRow:
    return pages.read(ScannedPage("made.jpg", "0" * 64, 0, picture), "pages/made.jpg")[0]


def test_a_code_of_another_page_is_told(tmp_path: Path) -> None:
    """Its signature is right, and it stands where a code belongs: but the boxes are not that page's."""
    design, reader, pictures = pages_of(tmp_path)
    assert len(lay_out(design)) == 2
    for page in (1, 2):
        assert read(reader, pictures[1, page]).status == "read"
        glued = pictures[1, page].copy()
        rect = lay_out(design)[0].qr
        window = np.s_[
            round(rect.top * 8) : round(rect.bottom * 8), round(rect.left * 8) : round(rect.right * 8)
        ]
        glued[window] = pictures[1, 3 - page][window]
        row = read(reader, glued)
        assert row.status == "doubtful"
        assert "boxes are not seen" in row.reason


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_among_scans_are_not_followed(tmp_path: Path) -> None:
    design = design_in(tmp_path)
    write_class(tmp_path / "class.csv", [("0042", "Ada")])
    (tmp_path / "scans").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "scans" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    with Store(design.path) as store, pytest.raises(SheetError, match="holds no PDF and no picture"):
        scan(design, store, tmp_path / "scans", Reader())
