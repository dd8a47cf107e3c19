"""Whose sheet it is: never sure of a wrong student, and of nobody whose number cannot be read."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkread.apps.cli import main
from inkread.apps.review.assigning import listed_number
from inkread.errors import SheetError
from inkread.expectations.checkdigits import has_check_digit, with_check_digit
from inkread.sheets.exam.design import Design, Key, Question, Student
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam.roster import load_roster
from inkread.sheets.marks.marking import mark_all
from inkread.sheets.marks.marking_state import students_of
from inkread.sheets.marks.match import match_students
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.results.gradebook import gradebook
from inkread.sheets.scans.symbols import Symbols
from made_exams import DESIGN, made_row, sure, write_class

UNREAD: Symbols = {"?": 0.9, "7": 0.1}
QUESTION = Question("1", "", "integer", Fraction(1), (Key("144", Fraction(1)),), "###")


def test_a_clearly_read_number_that_is_not_listed_stays_unknown() -> None:
    match = match_students({"a": sure("123457")}, ["123456", "900001"], ["a"])["a"]
    assert (match.number, match.runner_up, match.sure) == (None, "123456", False)
    assert "not on the class list" in match.remark


def test_of_200_numbers_with_one_wrong_digit_none_is_somebody_elses() -> None:
    rng = np.random.default_rng(16)
    listed = [f"{one:06d}" for one in rng.choice(1_000_000, 200, replace=False)]
    sheets = {}
    for number in listed:
        place = int(rng.integers(6))
        digit = str((int(number[place]) + int(rng.integers(1, 10))) % 10)
        sheets[number] = sure(number[:place] + digit + number[place + 1 :], float(rng.uniform(0.95, 0.9999)))
    found = match_students(sheets, listed, list(sheets))
    assert [name for name, match in found.items() if match.number not in (None, name)] == []
    assert not any(match.sure for match in found.values())


def test_numbers_with_letters_are_told_by_their_digits(tmp_path: Path) -> None:
    """Two of the same digits are not guessed: the review asks, and takes the number as it is typed."""
    write_class(
        tmp_path / "class.csv", [("A-1234", "Ada"), ("B-77", "Bo"), ("C-77", "Chen"), ("0042", "Dora")]
    )
    (tmp_path / "exam.toml").write_text(DESIGN, encoding="utf-8")
    design = load_design(tmp_path / "exam.toml")
    students = students_of(design)
    assert [one.number for one in students] == ["A-1234", "B-77", "C-77", "0042"]
    one_question = replace(design, questions=(QUESTION,))
    rows = [made_row(i, number, "144", i) for i, number in enumerate(("1234", "0077", "0042"), 1)]
    sheets, _ = mark_all(one_question, rows, {}, students, [])
    assert [(sheet.student.number if sheet.student else None, sheet.sure) for sheet in sheets] == [
        ("A-1234", True), (None, False), ("0042", True),
    ]  # fmt: skip
    assert listed_number("c-77", design, students) == "C-77"
    assert listed_number("42", design, students) == "0042"
    text = pypdfium2.PdfDocument(print_pdf(one_question, [(1, students[0])], b"exam1", b"secret"))[0]
    assert "Ada (A-1234)" in text.get_textpage().get_text_bounded()


def test_two_numbers_that_differ_in_capitals_are_the_same(tmp_path: Path) -> None:
    write_class(tmp_path / "class.csv", [("A-1", "Ada"), ("a-1", "Bo")])
    with pytest.raises(SheetError, match="that of line 2"):
        load_roster(tmp_path / "class.csv", 4)
    write_class(tmp_path / "class.csv", [("A-1", "Ada")])
    with pytest.raises(SheetError, match="take check_digit out"):
        load_roster(tmp_path / "class.csv", 4, check_digit=True)


@pytest.mark.parametrize(
    ("listed", "complete", "is_sure"),
    [
        (["123456", "900001"], True, True),
        (["123456", "900001"], False, False),
        (["123456", "123956"], True, False),
        (["123456", "123906"], True, False),
    ],
)
def test_a_number_with_one_digit_unread_is_sure_only_where_none_is_near(
    listed: list[str], complete: bool, is_sure: bool
) -> None:
    read = [*sure("123"), UNREAD, *sure("56")]
    match = match_students({"a": read}, listed, ["a"] if complete else [])["a"]
    assert (match.number == "123456" or listed[1] == "123956", match.sure) == (True, is_sure)


@pytest.mark.parametrize("read", [[UNREAD] * 6, sure("      "), [*sure("123"), *[UNREAD] * 3]])
def test_an_unreadable_number_claims_nobody(read: list[Symbols]) -> None:
    match = match_students({"a": read, "b": sure("900001")}, ["123456", "900001"], ["a", "b"])["a"]
    assert (match.number, match.runner_up, match.remark) == (None, None, "its number cannot be read")


def test_a_number_that_another_sheet_has_is_told(tmp_path: Path) -> None:
    students = [Student("0042", "Ada"), Student("1138", "Bo")]
    pages = [made_row(1, "0042", "144"), made_row(2, "0042", "145", 2)]
    design = Design(tmp_path / "exam.toml", "T", "A4", 4, (QUESTION,))
    sheets, _ = mark_all(design, pages, {1: "0042", 2: None}, students, [])
    second = next(sheet for sheet in sheets if sheet.name == "c2")
    assert (second.student, second.sure) == (None, False)
    assert second.remark == "its number is taken by another sheet"


@given(st.text("0123456789", min_size=1, max_size=11), st.data())
def test_a_check_digit_shows_every_wrong_digit(number: str, data: st.DataObject) -> None:
    whole = with_check_digit(number)
    assert has_check_digit(whole)
    place = data.draw(st.integers(0, len(number)))
    digit = data.draw(st.sampled_from([one for one in "0123456789" if one != whole[place]]))
    assert not has_check_digit(whole[:place] + digit + whole[place + 1 :])


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert with_check_digit("0794") == "07945"  # the example of ISO 7064


def test_check_digits_are_printed_read_and_left_out_of_the_gradebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "exam.toml"
    path.write_text("check_digit = true\n" + DESIGN, encoding="utf-8")
    write_class(tmp_path / "class.csv", [("0794", "Ada")])
    design = load_design(path)
    assert (design.number_digits, students_of(design)) == (5, (Student("07945", "Ada"),))
    design = replace(design, questions=(QUESTION,))
    sheets, _ = mark_all(design, [made_row(1, "07945", "144")], {}, students_of(design), [])
    assert (sheets[0].sure, gradebook(design, sheets, students_of(design))[1][0]) == (True, "0794")
    assert main(["sheet", "print", str(path), "--copies", "1"]) == 0
    assert "exam.numbers.csv" in capsys.readouterr().out
    with (tmp_path / "exam.numbers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["number", "name"], ["07945", "Ada"]]


@pytest.mark.parametrize(("number", "is_sure"), [("07945", True), ("07845", False)])
def test_without_a_class_list_a_check_digit_that_does_not_fit_is_doubted(
    tmp_path: Path, number: str, is_sure: bool
) -> None:
    design = Design(tmp_path / "exam.toml", "T", "A4", 5, (QUESTION,), check_digit=True)
    sheets, _ = mark_all(design, [made_row(1, number, "144")], {}, [], [])
    assert (sheets[0].sure, "check digit" in sheets[0].remark) == (is_sure, not is_sure)


def test_the_name_stands_beside_the_number_of_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN.replace('class_list = "class.csv"\n', ""), encoding="utf-8")
    pdf = print_pdf(load_design(path), [(7, Student("0042", "Ada Byron"))], b"12345", b"secret")
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "copy 7 · Ada Byron" in text
