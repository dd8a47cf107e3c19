"""The class list: CSV or XLSX -> students, or what is wrong with it, with the line.

Numbers are text: leading zeros count.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

from inkread.errors import SheetError
from inkread.expectations.checkdigits import with_check_digit
from inkread.sheets.exam.design import Student

_NUMBER_NAMES = (
    "number",
    "student number",
    "student_number",
    "no",
    "nr",
    "id",
    "matriculation",
    "matrikelnummer",
)
_NAME_NAMES = ("name", "student", "full name", "student name")
_FIRST, _LAST = (
    ("first name", "firstname", "first", "given name"),
    ("last name", "lastname", "last", "surname"),
)
_NUMBER = r"[0-9A-Za-z][0-9A-Za-z-]{0,19}"  # Digits, perhaps with letters and hyphens
_MOST_BYTES, _MOST_STUDENTS = 10_000_000, 20_000
_MOST_UNPACKED = 50_000_000
"""An XLSX file is a zip file: a small one may hold gigabytes. 20,000 students take about 5 MB."""


def load_roster(path: Path, digits: int, *, check_digit: bool = False) -> tuple[Student, ...]:
    """The students of a class list, whose numbers have at most ``digits`` digits; raises ``SheetError``.

    The first line names the columns: number and name (or first name and last name). Shorter numbers get zeros
    in front, as spreadsheets take those away. Letters and
    hyphens stay; sheets have boxes for the digits only. With ``check_digit``, the numbers returned have one more digit.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SheetError(f"{path}: has more than 10 MB; that is no class list")
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror}; check class_list in the design") from None
    rows = _xlsx(content, path) if content.startswith(b"PK\x03\x04") else _csv(content, path)
    rows = [[cell.strip() for cell in row] for row in rows]
    if not rows:
        raise SheetError(f"{path}: is empty; its first line names the columns: number,name")
    number, names = _columns(rows[0], path)
    students = _students(rows[1:], number, names, digits, path)
    if not check_digit:
        return students
    if lettered := next((one.number for one in students if not one.number.isdigit()), ""):
        raise SheetError(f"{path}: {lettered} has more than digits, and no check digit; take check_digit out")
    return tuple(replace(student, number=with_check_digit(student.number)) for student in students)


def _csv(content: bytes, path: Path) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SheetError(f"{path}: is not CSV ({error}); save it again as CSV, UTF-8") from None


def _xlsx(content: bytes, path: Path) -> list[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
        if unpacked > _MOST_UNPACKED:
            raise ValueError(unpacked)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True, max_row=_MOST_STUDENTS + 2, max_col=50)
        return [
            [
                ""
                if cell is None
                else f"{cell:.0f}"
                if isinstance(cell, float) and cell.is_integer()
                else str(cell)
                for cell in row
            ]
            for row in rows
        ]
    except Exception as error:  # openpyxl raises whatever zipfile, its XML parser and itself come across
        raise SheetError(
            f"{path}: is not an XLSX file that can be read ({type(error).__name__}); save it anew"
        ) from None


def _columns(header: list[str], path: Path) -> tuple[int, list[int]]:
    known = [cell.casefold().lstrip("\ufeff") for cell in header]

    def find(names: tuple[str, ...]) -> list[int]:
        return [i for i, cell in enumerate(known) if cell in names][:1]

    number, name = find(_NUMBER_NAMES), find(_NAME_NAMES) or [*find(_FIRST), *find(_LAST)]
    if not number or not name:
        missing = "number" if not number else "name"
        raise SheetError(f"{path}, line 1: no column is called {missing}; the first line is: number,name")
    return number[0], name


def _students(
    rows: list[list[str]], number: int, names: list[int], digits: int, path: Path
) -> tuple[Student, ...]:
    students: list[Student] = []
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, 2):
        if not any(row):
            continue
        given = _number(row[number] if number < len(row) else "", digits, f"{path}, line {line}")
        if given.casefold() in seen:
            first = seen[given.casefold()]
            raise SheetError(
                f"{path}, line {line}: number {given} is that of line {first}, too; each has its own"
            )
        seen[given.casefold()] = line
        students.append(Student(given, _name(row, names) or f"(number {given})"))
    if not students:
        raise SheetError(f"{path}: lists nobody; each line has a number and a name")
    if len(students) > _MOST_STUDENTS:
        raise SheetError(f"{path}: lists more than {_MOST_STUDENTS} people; split it")
    return tuple(students)


def _number(given: str, digits: int, where: str) -> str:
    """A number as it is kept; raises ``SheetError`` for none."""
    found = len(re.sub(r"[^0-9]", "", given))
    if not re.fullmatch(_NUMBER, given) or not 0 < found <= digits:
        shown = given[:40] if given.isprintable() else repr(given[:40])[1:-1]
        raise SheetError(f"{where}: “{shown}” is no number of {digits} digits; see student_number")
    return given.zfill(digits) if given.isdigit() else given


def _name(row: list[str], names: list[int]) -> str:
    name = " ".join(row[i] for i in names if i < len(row) and row[i])
    return "".join(letter if letter.isprintable() else " " for letter in name)[:120].strip()
