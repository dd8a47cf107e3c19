"""One page of an exam, drawn: corner marks, code, header, boxes. Layout -> a reportlab canvas.

What reading looks for is black (corner marks, code) or stands outside the boxes; the boxes themselves are in a
red that a scanner's red channel does not see, and light enough to be told from ink where all is grey.
This module decides how things look, never where they are (``layout``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from inkread.sheets.design import Design, shown_points
from inkread.sheets.hands import Strokes, neat
from inkread.sheets.layout import Comb, Page, Rect
from inkread.sheets.typeset import BOLD, PLAIN, fitted, font_for

__all__ = ["DICTIONARY", "OUTLINE_RGB", "Student", "draw_page"]

DICTIONARY = cv2.aruco.DICT_4X4_50
"""The corner marks: ids 0 … 3, clockwise from the top left."""
OUTLINE_RGB = (1.0, 0.66, 0.56)
_BLACK, _SOFT, _FAINT = (0.1, 0.1, 0.12), (0.42, 0.42, 0.46), (0.86, 0.86, 0.88)
_MM = 72 / 25.4
_SAMPLES = "0123456789"


@dataclass(frozen=True)
class Student:
    """Somebody on the class list: ``number`` as it is written, leading zeros kept."""

    number: str
    name: str


class _Pen:
    """A canvas in millimetres from the top left corner."""

    def __init__(self, canvas: Any, height_mm: float) -> None:
        self.canvas, self._height = canvas, height_mm

    def text(self, x: float, y: float, text: str, size: float, *, font: str = PLAIN, room: float = 200.0,
             colour: tuple[float, float, float] = _BLACK, align: str = "left") -> None:  # fmt: skip
        """A line of text with its base line at ``y``."""
        text = fitted(text, font, size, room * _MM)
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font_for(text, font), size)
        draw = {"left": "drawString", "right": "drawRightString", "centre": "drawCentredString"}[align]
        getattr(self.canvas, draw)(x * _MM, (self._height - y) * _MM, text)

    def box(self, rect: Rect, *, radius: float = 0.0, stroke: tuple[float, float, float] | None = None,
            fill: tuple[float, float, float] | None = None, width: float = 0.25) -> None:  # fmt: skip
        """A rectangle; ``width`` of its outline and ``radius`` of its corners in millimetres."""
        self.canvas.setLineWidth(width * _MM)
        if stroke:
            self.canvas.setStrokeColorRGB(*stroke)
        if fill:
            self.canvas.setFillColorRGB(*fill)
        left, low = rect.left * _MM, (self._height - rect.bottom) * _MM
        size = (rect.width * _MM, rect.height * _MM)
        self.canvas.roundRect(
            left, low, *size, radius * _MM, stroke=int(stroke is not None), fill=int(fill is not None)
        )

    def line(
        self, x: float, y: float, x2: float, y2: float, colour: tuple[float, float, float], width: float
    ) -> None:
        """A straight line, ``width`` in millimetres."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width * _MM)
        self.canvas.line(x * _MM, (self._height - y) * _MM, x2 * _MM, (self._height - y2) * _MM)

    def strokes(self, strokes: Strokes, x: float, y: float, height: float, width: float) -> None:
        """Handwriting, its top left corner at (x, y)."""
        self.canvas.setStrokeColorRGB(*_BLACK)
        self.canvas.setLineWidth(width * _MM)
        self.canvas.setLineCap(1)
        self.canvas.setLineJoin(1)
        for stroke in strokes:
            path = self.canvas.beginPath()
            for i, (px, py) in enumerate(stroke):
                at = ((x + px * height) * _MM, (self._height - y - py * height) * _MM)
                (path.moveTo if i == 0 else path.lineTo)(*at)
            self.canvas.drawPath(path)


def draw_page(canvas: Any, design: Design, page: Page, code: str, copy: int, student: Student | None) -> None:
    """Draws one page; ``code`` is the text of its QR code, ``student`` whose name and number are printed."""
    pen = _Pen(canvas, page.size_mm[1])
    for number, rect in enumerate(page.markers):
        _modules(pen, rect, _marker(number))
    _modules(pen, page.qr, _qr(code))
    _head(pen, design, page, student)
    for comb in page.combs:
        _comb(pen, comb, student.number if student and comb.question is None else "")
    for before, comb in zip(page.combs, page.combs[1:], strict=False):
        if comb.question and comb.row == 0:
            _question(pen, page, comb, before)
    if page.has_instructions:
        _instructions(pen, page.instructions)
    _foot(pen, design, page, copy)


def _marker(number: int) -> np.ndarray[Any, Any]:
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return cv2.aruco.generateImageMarker(dictionary, number, 6) < 128


def _qr(code: str) -> np.ndarray[Any, Any]:
    import segno

    return np.array([list(row) for row in segno.make_qr(code, error="m", boost_error=False).matrix]) > 0


def _modules(pen: _Pen, rect: Rect, dark: np.ndarray[Any, Any]) -> None:
    """A grid of black squares; runs in a row are one rectangle, that no hairline shows between them."""
    side = rect.width / dark.shape[1]
    for y, row in enumerate(dark):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2).tolist():
            # A trifle higher than a module, so that rows join without a seam.
            piece = Rect(rect.left + start * side, rect.top + y * side, (stop - start) * side, side + 0.02)
            pen.box(piece, fill=(0, 0, 0))


def _head(pen: _Pen, design: Design, page: Page, student: Student | None) -> None:
    left, room = page.text_left, page.qr.left - page.text_left - 16.0
    pen.text(left + 10, 15.5, design.title, 16, font=BOLD, room=room)
    pen.text(left + 10, 21.5, design.note, 9.5, colour=_SOFT, room=room)
    pen.text(left, 34.0, "Name", 8, colour=_SOFT)
    if student:
        pen.text(left + 13, 34.0, student.name, 12, font=BOLD, room=room - 4)
    else:
        pen.line(left + 11, 34.6, page.qr.left - 8, 34.6, _SOFT, 0.2)
    number = page.combs[0].rect
    pen.text(left, number.top - 1.6, "Student number", 8, colour=_SOFT)
    total = f"{shown_points(design.points)} points"
    pages = f"page {page.number} of {page.of}"
    pen.text(page.text_right, number.bottom - 1.0, f"{pages}  ·  {total}", 9, colour=_SOFT, align="right")


def _comb(pen: _Pen, comb: Comb, printed: str) -> None:
    for i, cell in enumerate(comb.cells):
        rect = cell.rect
        middle = rect.left + rect.width / 2
        if cell.box.slot == "printed":
            pen.text(middle, rect.top + 7.0, cell.box.text, 17, align="centre", colour=_BLACK)
            continue
        pen.box(rect, radius=1.1 if cell.box.slot != "point" else 0.9, stroke=OUTLINE_RGB, width=0.35)
        if printed:
            pen.text(middle, rect.top + 6.9, printed[i : i + 1], 15, font=BOLD, align="centre")
        hint = {"sign": "±", "point": "."}.get(
            cell.box.slot, cell.box.text if cell.box.text.isalpha() else ""
        )
        if hint:
            pen.text(middle, rect.bottom + 2.7, hint, 7, colour=OUTLINE_RGB, align="centre", font=BOLD)


def _question(pen: _Pen, page: Page, comb: Comb, before: Comb) -> None:
    question, rect, left = comb.question, comb.rect, page.text_left
    assert question is not None
    second = next(other.rect for other in page.combs if other.name == comb.name and other.row == 1)
    if question.text:
        pen.text(left + 14, rect.top - 2.4, question.text, 10.5, room=page.text_right - left - 14)
    worth = shown_points(question.points)
    pen.text(left, rect.top + (6.4 if not question.text else -2.4), question.name, 12, font=BOLD, room=13)
    pen.text(
        left, rect.top + 6.4 + (3.8 if not question.text else 0), f"{worth} pt", 8, colour=_SOFT, room=13
    )
    if second.top == rect.top:
        pen.text(second.left - 2.0, rect.top + 4.2, "second", 6, colour=_SOFT, align="right")
        pen.text(second.left - 2.0, rect.top + 6.6, "chance", 6, colour=_SOFT, align="right")
    else:
        pen.text(left, second.top + 5.6, "2nd chance", 6, colour=_SOFT)
    if before.question is not None:
        top = rect.top - (5.6 if question.text else 0.0) - 2.4
        pen.line(left, top, page.text_right, top, _FAINT, 0.2)


def _instructions(pen: _Pen, rect: Rect) -> None:
    pen.box(rect, radius=1.6, fill=(0.965, 0.965, 0.972))
    left = rect.left + 4
    pen.text(left, rect.top + 5.4, "How to write", 8.5, font=BOLD)
    lines = (
        "One digit in each box, with a blue or black pen. Leave boxes that you do not need empty.",
        "A mistake? Cross the answer out and write it anew in its second chance.",
        "Do not write on the black squares.",
    )
    for i, line in enumerate(lines):
        pen.text(left, rect.top + 10.2 + 4.1 * i, line, 8, colour=_SOFT, room=rect.width - 64)
    x = rect.right - 2 - len(_SAMPLES) * 5.6
    for i, digit in enumerate(_SAMPLES):
        pen.strokes(neat(digit), x + 5.6 * i, rect.top + 8.2, 6.0, 0.4)


def _foot(pen: _Pen, design: Design, page: Page, copy: int) -> None:
    y = page.size_mm[1] - 12.0
    says = f"{design.title}  ·  page {page.number} of {page.of}" + (f"  ·  copy {copy}" if copy else "")
    pen.text(page.size_mm[0] / 2, y, says, 7.5, colour=_SOFT, align="centre", room=120)
