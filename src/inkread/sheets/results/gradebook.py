"""Sheets -> the gradebook, as CSV and as XLSX: leading zeros kept, and no cell that a spreadsheet would run.

A text that begins with = + - @ or a control character is a formula to some spreadsheets (OWASP, "CSV injection"): in
CSV it gets an apostrophe in front, in XLSX it is marked as text. Only a number may begin with a minus.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from inkread.sheets.exam.design import Design, Student, shown_points
from inkread.sheets.exam_store import PageRow
from inkread.sheets.marks.gathering import Assigned, rivalry
from inkread.sheets.marks.marking import Sheet
from inkread.sheets.marks.marking_state import Work, works

Gradebook = list[list[str | float | int]]
"""The first row is the header."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def gradebook(design: Design, sheets: Sequence[Sheet], students: Sequence[Student]) -> Gradebook:
    """A row per student on the class list and per sheet that is nobody's, in the order of the list.

    There is a column of grades if the design has grades, and one of comments if there is any.
    """
    names = [question.name for question in design.questions]
    done = works(sheets, students)
    commented = any(one.comment or one.by_hand for work in done for one in work.marks.values())
    header: list[str | float | int] = ["number", "name", "points", "of", *["grade"] * bool(design.grades)]
    header += [
        *(f"Q{name}" for name in names),
        *(f"A{name}" for name in names),
        "to review",
        "sheets",
        "remark",
    ]
    rows: Gradebook = [header + ["comments"] * commented]
    rows += [_row(design, work) + [_comments(work)] * commented for work in done]
    return rows


def _row(design: Design, work: Work) -> list[str | float | int]:
    remarks = [sheet.remark for sheet in work.sheets if sheet.remark and not sheet.sure]
    remarks += [work.lacks] * bool(work.lacks)
    waiting = sum(not marked.accepted for marked in work.marks.values())
    waiting += sum(not sheet.sure for sheet in work.sheets)
    total: str | float = float(work.points) if work.sheets else ""
    pages = " ".join(sheet.name for sheet in work.sheets)
    student = work.student or Student("", "(unknown)")
    number = student.number[:-1] if design.check_digit else student.number  # as on the class list
    # Of whom pages are missing, nobody knows the grade.
    grade = design.grade_of(work.points) if not work.lacks else ""
    return [
        number, student.name, total, float(design.points), *[grade] * bool(design.grades), *_cells(design, work),
        waiting, pages, "; ".join(remarks),
    ]  # fmt: skip


def _cells(design: Design, work: Work) -> list[str | float | int]:
    """The points of all questions, then the answers."""
    points: list[str | float | int] = []
    answers: list[str | float | int] = []
    for question in design.questions:
        marked = work.marks.get(question.name)
        points.append("void" if question.void else float(marked.mark.points) if marked else "")
        answers.append(
            "?" if marked and marked.mark.answer is None else marked.mark.answer or "" if marked else ""
        )
    return points + answers


def _comments(work: Work) -> str:
    """Remarks on answers, and points set by hand."""
    said = []
    for name, one in work.marks.items():
        parts = [f"{shown_points(one.mark.points)} points by hand"] * one.by_hand + [one.comment] * bool(
            one.comment
        )
        said += [f"{name}: {', '.join(parts)}"] * bool(parts)
    return "; ".join(said)


def page_table(
    pages: Sequence[PageRow],
    duplicates: Sequence[tuple[PageRow, PageRow]],
    assigned: Mapping[int, Assigned],
    rivals: Mapping[int, Sheet] = MappingProxyType({}),
) -> Gradebook:
    """A row per scanned page: what became of it, why, and what somebody said it is."""
    again = {page.id: first for page, first in duplicates}
    rows: Gradebook = [["file", "page in file", "status", "reason", "copy", "page", "decided"]]
    for page in pages:
        first, said = again.get(page.id), assigned.get(page.id)
        reason = f"the same page as {first.source}, which counts" if first else page.reason
        if page.id in rivals:
            reason = "; ".join([reason] * bool(reason) + [rivalry(page, rivals[page.id].rivals)])
        place = [page.copy if page.copy is not None else "", page.page if page.page is not None else ""]
        rows.append([page.source, page.part + 1, page.status, reason, *place, str(said) if said else ""])
    return rows


def to_csv(rows: Gradebook) -> bytes:
    """UTF-8 with a byte order mark, which makes Excel read it as such."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig", "replace")


def _csv_cell(cell: str | float | int) -> str | float | int:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else round(cell, 4)
    if isinstance(cell, str) and _is_risky(cell):
        return "'" + cell
    return cell


def _is_risky(text: str) -> bool:
    """Whether a spreadsheet might run it; an answer such as -8 is a number and harmless."""
    return text.startswith(_RISKY) and not re.fullmatch(r"-\d{1,15}(\.\d{1,15})?", text)


def to_xlsx(rows: Gradebook, statistics: Gradebook) -> bytes:
    """A workbook with the gradebook and the statistics; texts are texts, whatever they begin with."""
    import openpyxl

    book = openpyxl.Workbook()
    book.properties.creator = "inkread"
    sheet = book.active
    _fill(sheet, "Marks", rows)
    _fill(book.create_sheet(), "Questions", statistics)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fill(sheet: Any, title: str, rows: Gradebook) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet.title = title
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(row, 1):
            cell = sheet.cell(y, x)
            if isinstance(value, str):
                # Set after the value: openpyxl takes "=…" for a formula, and a quote prefix keeps Excel from it, too.
                cell.value = "".join(letter for letter in value if letter.isprintable())[:32_000]
                cell.data_type = "s"
                cell.number_format = "@"
                cell.quotePrefix = _is_risky(value)
            else:
                cell.value = value
            if y == 1:
                cell.font = Font(bold=True, color="FFFFFF")
                cell.fill = PatternFill("solid", fgColor="3A4A63")
                cell.alignment = Alignment(horizontal="center")
    for x, column in enumerate(zip(*rows, strict=True), 1):
        longest = max(
            len(one if isinstance(one, str) else shown_points(Fraction(str(one)))) for one in column
        )
        sheet.column_dimensions[sheet.cell(1, x).column_letter].width = min(40, max(6, longest + 2))
    sheet.freeze_panes = "C2"
