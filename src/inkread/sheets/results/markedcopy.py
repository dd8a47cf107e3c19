"""A marked copy for each student: the scanned pages with tick or cross, the value read, and the points."""

from __future__ import annotations

from pathlib import Path

from inkread.sheets.exam.design import Design, shown_points
from inkread.sheets.marks.marking import Marked, Sheet
from inkread.sheets.marks.marking_state import Work
from inkread.sheets.paper.page_geometry import Comb, Page, Rect
from inkread.sheets.paper.pen import BOLD, PLAIN, SOFT, Colour, Pen, new_pdf, text_of, width_of

_GREEN: Colour = (0.05, 0.50, 0.28)
_RED: Colour = (0.78, 0.12, 0.14)
_AMBER: Colour = (0.72, 0.45, 0.0)
_MM = 72 / 25.4
_WHITE: Colour = (1.0, 1.0, 1.0)


def marked_copy(design: Design, work: Work, folder: Path) -> bytes:
    """The PDF of one student's ``work`` (b"" without a page); page pictures are in ``folder``."""
    width, height = work.sheets[0].printed[0].size_mm if work.sheets else design.size_mm
    canvas, buffer = new_pdf((width, height), f"{design.title}: marked", "inkread")
    drawn = 0
    for sheet in work.sheets:
        layouts = {page.number: page for page in sheet.printed}
        for number, row in sorted(sheet.pages.items()):
            if number not in layouts or not (folder / row.picture).is_file():
                continue
            pen = Pen(canvas, height)
            pen.picture(str(folder / row.picture), Rect(0, 0, width, height))
            _page(pen, design, layouts[number], sheet, work)
            if work.missing and not drawn:
                pen.text(
                    layouts[number].text_left,
                    height - 15.5,
                    text_of(design.language, "lacks", work.lacks),
                    10,
                    font=BOLD,
                    colour=_AMBER,
                )
            canvas.showPage()
            drawn += 1
    if not drawn:
        return b""
    canvas.save()
    return buffer.getvalue()


def _page(pen: Pen, design: Design, page: Page, sheet: Sheet, work: Work) -> None:
    if page.number == 1:
        _total(pen, design, page, sheet, work)
    for comb in page.combs:
        if comb.question and comb.row == 0:
            _mark(pen, page, comb, sheet.marks[comb.name], design.language)


def _total(pen: Pen, design: Design, page: Page, sheet: Sheet, work: Work) -> None:
    if sheet.student and sheet.student.name:
        name = f"{sheet.student.name} ({sheet.student.number})" + ("" if sheet.sure else "?")
        colour = _GREEN if sheet.sure else _AMBER
        top = 5.5 if page.worksheet else 33.4
        pen.text(page.text_left + 14, top, name, 11, font=BOLD, colour=colour, room=110)
    if page.worksheet or not page.number_comb:
        rect = Rect(page.size_mm[0] - 52, 6.0, 44, 12.4)
    else:
        number = page.number_comb.rect
        rect = Rect(number.right + 12, number.top - 1.5, 44, 12.4)
    pen.shade(rect, _WHITE, 0.85, 2)
    pen.box(rect, radius=2, stroke=_GREEN, width=0.5)
    grade = design.grade_of(work.points) if not work.lacks else ""
    says = f"{shown_points(work.points)} / {shown_points(design.points)}"
    if grade:
        says += f"  ·  {grade}"
    size = 19 if width_of(says, BOLD, 19) / _MM < rect.width - 4 else 12
    pen.text(rect.left + rect.width / 2, rect.top + 8.6, says, size, font=BOLD, colour=_GREEN, align="centre",
             room=rect.width - 2)  # fmt: skip
    waiting = sum(not marked.accepted for marked in work.marks.values())
    if waiting:
        says = text_of(design.language, "waiting", waiting)
        if page.worksheet:
            pen.text(rect.left - 3, rect.top + 4.5, says, 8, colour=_AMBER, align="right", room=50)
        else:
            pen.text(rect.right + 3, rect.top + 4.5, says, 8, colour=_AMBER, room=50)


def _mark(pen: Pen, page: Page, comb: Comb, marked: Marked, language: str) -> None:
    """Tick or cross left of the boxes; value and points at the right end of the line above them; a comment below."""
    mark, question = marked.mark, marked.question
    if marked.comment:
        _comment(pen, page, comb, marked.comment)
    if question.void:
        pen.text(
            comb.rect.right,
            comb.rect.top - 2.2,
            text_of(language, "void"),
            8,
            colour=SOFT,
            align="right",
            room=50,
        )
        return
    full, some = mark.points == question.points, mark.points > 0
    colour = _AMBER if not marked.accepted or (some and not full) else _GREEN if full else _RED
    rect = comb.rect
    x, y = rect.left - 5.4, rect.top + rect.height / 2
    pen.shade(Rect(x - 2.4, y - 2.8, 6.2, 6.0), _WHITE, 0.7, 1)
    if mark.answer is None:
        pen.text(x + 0.8, y + 2, "?", 15, font=BOLD, colour=_AMBER, align="centre")
    elif some:
        pen.path([(x - 1.4, y + 0.2), (x + 0.2, y + 2.0), (x + 3.0, y - 2.0)], colour, 0.75)
    else:
        for turn in (1, -1):
            pen.path([(x - 1.2, y - 2.0 * turn), (x + 2.6, y + 2.0 * turn)], colour, 0.75)
    _said(pen, page, rect, marked, colour, language)


def _comment(pen: Pen, page: Page, comb: Comb, comment: str) -> None:
    """Draws a reviewer's remark on an answer on the line below its boxes."""
    rect, edge = comb.rect, page.text_right
    room = edge - rect.left
    wide = min(room, width_of(comment, PLAIN, 9) / _MM)
    pen.shade(Rect(rect.left - 0.5, rect.bottom + 0.3, wide + 1, 4.6), _WHITE, 0.85, 1)
    pen.text(rect.left, rect.bottom + 3.8, comment, 9, colour=_RED, room=room)


def _said(pen: Pen, page: Page, rect: Rect, marked: Marked, colour: Colour, language: str) -> None:
    mark, question = marked.mark, marked.question
    read = text_of(language, "not read") if mark.answer is None else mark.answer
    read = read or text_of(language, "no answer")
    points = f"{shown_points(mark.points)} / {shown_points(question.points)}"
    told = marked.by_hand or mark.points == question.points or not question.keys
    right = "" if told else text_of(language, "right", question.keys[0].shown)
    y, edge = rect.top - 2.2, rect.right if page.worksheet else page.text_right
    width = (
        sum(width_of(text, BOLD, 10) for text in (read, points)) / _MM + width_of(right, PLAIN, 8) / _MM + 14
    )
    pen.shade(Rect(edge - width, y - 3.9, width + 0.5, 5.2), _WHITE, 0.85, 1)
    pen.text(edge, y, points, 10, font=BOLD, colour=colour, align="right")
    pen.text(edge - 14, y, read, 10, font=BOLD, colour=colour, align="right", room=60)
    if right:
        pen.text(edge - 18 - width_of(read, BOLD, 10) / _MM, y, right, 8, colour=SOFT, align="right", room=50)
