"""One page of an exam, drawn: corner marks, code, header, boxes. Layout -> a reportlab canvas.

What reading looks for is black (corner marks, code) or stands outside the boxes; the boxes themselves are in a red that
a scanner's red channel does not see, and light enough to be told from ink where all is grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from inkread.errors import SheetError
from inkread.sheets.exam.design import Design, Student, shown_points
from inkread.sheets.paper.hands import neat
from inkread.sheets.paper.page_geometry import TEXT_H, Comb, Page, Rect, lay_out
from inkread.sheets.paper.pen import BLACK, BOLD, FAINT, PLAIN, SOFT, Pen, fitted, new_pdf, text_of, width_of
from inkread.sheets.paper.printed import PageCode, version_of, write_code

DICTIONARY = cv2.aruco.DICT_4X4_50
"""The corner marks: ids 0 … 3, clockwise from the top left."""
OUTLINE_RGB = (1.0, 0.66, 0.56)
_SAMPLES = "0123456789"
_POINT_HINT_MM = 0.6
"""Radius of the dot under a box for a decimal point: a full stop of the other hints' size is not seen."""


def draw_page(canvas: Any, design: Design, page: Page, code: str, copy: int, student: Student | None) -> None:
    """Draws one page; ``code`` is the text of its QR code, ``student`` whose name and number are printed."""
    pen = Pen(canvas, page.size_mm[1])
    draw_marks(pen, page)
    _modules(pen, page.qr, _qr(code))
    _head(pen, design, page, student)
    for comb in page.combs:
        _comb(pen, comb, student.written(len(comb.cells)) if student and comb.question is None else "")
    _questions(pen, page)
    if page.has_instructions:
        _instructions(pen, page.instructions, page.language)
    _foot(pen, design, page, copy, student)


def draw_questions(canvas: Any, page: Page) -> None:
    """Draws what is printed in the bands of a page's questions, and nothing else."""
    pen = Pen(canvas, page.size_mm[1])
    for comb in page.combs:
        if comb.question:
            _comb(pen, comb, "")
    _questions(pen, page)


def _questions(pen: Pen, page: Page) -> None:
    for before, comb in zip(page.combs, page.combs[1:], strict=False):
        if comb.question and comb.row == 0:
            _question(pen, page, comb, before)


def _qr(code: str) -> np.ndarray[Any, Any]:
    import segno

    return np.array([list(row) for row in segno.make_qr(code, error="m", boost_error=False).matrix]) > 0


def draw_marks(pen: Pen, page: Page) -> None:
    """Draws the corner marks."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    for number, rect in enumerate(page.markers):
        _modules(pen, rect, cv2.aruco.generateImageMarker(dictionary, number, 6) < 128)


def _modules(pen: Pen, rect: Rect, dark: np.ndarray[Any, Any]) -> None:
    """A grid of black squares; runs in a row are one rectangle, that no hairline shows between them."""
    side = rect.width / dark.shape[1]
    for y, row in enumerate(dark):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2).tolist():
            # A trifle higher than a module, so that rows join without a seam.
            piece = Rect(rect.left + start * side, rect.top + y * side, (stop - start) * side, side + 0.02)
            pen.box(piece, fill=(0, 0, 0))


def _head(pen: Pen, design: Design, page: Page, student: Student | None) -> None:
    left, room = page.text_left, page.qr.left - page.text_left - 16.0
    size = next(
        (size for size in (16, 14, 12) if width_of(design.title, BOLD, size) < room * 72 / 25.4), 10.5
    )
    pen.text(left + 10, 15.5, design.title, size, font=BOLD, room=room)
    pen.text(left + 10, 21.5, design.note, 9.5, colour=SOFT, room=room)
    pen.text(left, 34.0, text_of(page.language, "name"), 8, colour=SOFT, room=11)
    if student:
        said = student.name if student.number.isdigit() else f"{student.name} ({student.number})"
        pen.text(left + 13, 34.0, said, 12, font=BOLD, room=room - 4)
    else:
        pen.line(left + 11, 34.6, page.qr.left - 8, 34.6, SOFT, 0.2)
    number = page.combs[0].rect
    pen.text(left, number.top - 1.6, text_of(page.language, "number"), 8, colour=SOFT)
    total = text_of(page.language, "points", shown_points(design.points))
    pages = text_of(page.language, "page", page.number, page.of)
    pen.text(page.text_right, number.bottom - 1.0, f"{pages}  ·  {total}", 9, colour=SOFT, align="right")


def _comb(pen: Pen, comb: Comb, printed: str) -> None:
    if comb.question and comb.question.unit:
        pen.text(comb.rect.right + 1.2, comb.rect.top + 6.6, comb.question.unit, 12)
    for i, cell in enumerate(comb.cells):
        rect = cell.rect
        middle = rect.left + rect.width / 2
        if cell.box.slot == "printed":
            pen.text(middle, rect.top + 7.0, cell.box.text, 17, align="centre", colour=BLACK)
            continue
        pen.box(rect, radius=1.1 if cell.box.slot != "point" else 0.9, stroke=OUTLINE_RGB, width=0.35)
        if printed:
            pen.text(middle, rect.top + 6.9, printed[i : i + 1], 15, font=BOLD, align="centre")
        if cell.box.slot == "point":
            pen.dot(middle, rect.bottom + 2.0, _POINT_HINT_MM, OUTLINE_RGB)
        hint = {"sign": "±"}.get(cell.box.slot, cell.box.text if cell.box.text.isalpha() else "")
        if cell.box.slot == "tick":
            pen.text(middle, rect.bottom + 3.3, cell.box.text, 9, colour=BLACK, align="centre", font=BOLD)
        elif hint:
            pen.text(middle, rect.bottom + 2.7, hint, 7, colour=OUTLINE_RGB, align="centre", font=BOLD)


def _question(pen: Pen, page: Page, comb: Comb, before: Comb) -> None:
    question, rect, left = comb.question, comb.rect, page.text_left
    assert question is not None
    second = next(other.rect for other in page.combs if other.name == comb.name and other.row == 1)
    height = TEXT_H * len(question.lines) + question.space_mm
    for i, line in enumerate(question.lines):
        y = rect.top - height + TEXT_H * (i + 1) - 2.4
        pen.text(left + 14, y, line, 10.5, room=page.text_right - left - 14)
    if question.picture:
        room = Rect(
            left + 14, rect.top - question.space_mm - 1, page.text_right - left - 14, question.space_mm - 1
        )
        pen.picture_in(str(question.picture), room)
    first = rect.top - height + TEXT_H - 2.4 if height else rect.top + 6.4
    pen.text(left, first, question.name, 12, font=BOLD, room=13)
    worth = text_of(page.language, "pt", shown_points(question.points))
    pen.text(left, rect.top + (6.4 if height else 10.2), worth, 8, colour=SOFT, room=13)
    if second.top == rect.top:
        pen.text(
            second.left - 2.0, rect.top + 4.2, text_of(page.language, "second"), 6, colour=SOFT, align="right"
        )
        pen.text(
            second.left - 2.0, rect.top + 6.6, text_of(page.language, "chance"), 6, colour=SOFT, align="right"
        )
    else:
        pen.text(left, second.top + 5.6, text_of(page.language, "second chance"), 6, colour=SOFT, room=13)
    if before.question is not None:
        top = rect.top - height - 2.4
        pen.line(left, top, page.text_right, top, FAINT, 0.2)


def _instructions(pen: Pen, rect: Rect, language: str) -> None:
    pen.box(rect, radius=1.6, fill=(0.965, 0.965, 0.972))
    left = rect.left + 4
    pen.text(left, rect.top + 5.4, text_of(language, "how"), 8.5, font=BOLD)
    for i, line in enumerate(text_of(language, f"how {i}") for i in (1, 2, 3)):
        pen.text(left, rect.top + 10.2 + 4.1 * i, line, 8, colour=SOFT, room=rect.width - 64)
    x = rect.right - 2 - len(_SAMPLES) * 5.6
    for i, digit in enumerate(_SAMPLES):
        pen.strokes(neat(digit), x + 5.6 * i, rect.top + 8.2, 6.0, 0.4)


def _foot(pen: Pen, design: Design, page: Page, copy: int, student: Student | None) -> None:
    y = page.size_mm[1] - 12.0
    says = text_of(page.language, "page", page.number, page.of)
    says += f"  ·  {text_of(page.language, 'copy', copy)}" if copy else ""
    says += f"  ·  {fitted(student.name, PLAIN, 7.5, 50 * 72 / 25.4)}" if student else ""
    title = fitted(design.title, PLAIN, 7.5, 70 * 72 / 25.4)
    pen.text(page.size_mm[0] / 2, y, f"{title}  ·  {says}", 7.5, colour=SOFT, align="centre", room=150)


Copy = tuple[int, Student | None]
"""A copy's number (0: to be photocopied), and whose it is, if that is printed on it."""


def print_pdf(design: Design, copies: Sequence[Copy], exam: bytes, secret: bytes) -> bytes:
    """The PDF of all pages of all copies."""
    pages = lay_out(design)
    if len(pages) > 255:
        raise SheetError(f"{design.path}: makes {len(pages)} pages; split the exam, 255 is the most")
    version = version_of(pages)
    canvas, buffer = new_pdf(design.size_mm, design.title, "inkread")
    for copy, student in copies:
        for page in pages:
            code = write_code(PageCode(exam, version, page.number, copy), secret)
            draw_page(canvas, design, page, code, copy, student)
            canvas.showPage()
    canvas.save()
    return buffer.getvalue()
