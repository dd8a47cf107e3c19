"""The geometry of an exam's pages: Design -> Page, in millimetres from the top left corner.

Printing draws by it and reading looks by it, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from inkread.sheets.exam.design import Box, Design, Place, Question, Template, slots_of

MARKER_MM = 9.0
"""Side of a corner mark: 6 modules of 1.5 mm, which a photo of a page shows with four pixels and more."""
QR_MM = 19.0
_MARGIN = 9.0  # From the edge of the paper to the corner marks: what printers leave white, and some
_SIDE = 15.0  # From the edge of the paper to the text
_BOX_WH = (7.2, 9.4)  # A box for a digit: people write digits 5 to 8 mm high when they are given the room
_GAP = 1.0
_UNIT_W = 2.3  # Of a letter of a unit. Counted, as layouts must not depend on a font.
_POINT_W = 4.2
_PRINTED_W = 3.4
_LABEL_W = 14.0
_BETWEEN = 8.0  # Between the first and the second row of an answer, where they stand side by side
TEXT_H, _LABEL_H, _SPACE_H = 5.6, 3.4, 4.2


@dataclass(frozen=True)
class Rect:
    """A rectangle in millimetres."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Cell:
    """One box on paper, or a printed character between boxes."""

    rect: Rect
    box: Box


@dataclass(frozen=True)
class Comb:
    """A row of boxes: an answer's first (``row`` 0) or second chance (1), or the student's number.

    ``question`` is None for the number.
    """

    question: Question | None
    row: int
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The question's name, or ``number``: never both, as a question's has five characters at most."""
        return self.question.name if self.question else "number"

    @property
    def rect(self) -> Rect:
        """Around all its boxes."""
        first, last = self.cells[0].rect, self.cells[-1].rect
        return Rect(first.left, first.top, last.right - first.left, last.bottom - first.top)

    @property
    def written(self) -> tuple[Cell, ...]:
        """The boxes to write in."""
        return tuple(cell for cell in self.cells if cell.box.slot != "printed")


@dataclass(frozen=True)
class Page:
    """One page: ``number`` from 1, ``of`` how many; ``combs`` from top to bottom, that of the student's number first.

    A page of a ``worksheet`` was made elsewhere: it has no corner marks and no code, and may have no ``combs``.
    ``name`` is where on it the student's name is written.
    """

    number: int
    of: int
    size_mm: tuple[float, float]
    combs: tuple[Comb, ...]
    worksheet: bool = False
    name: Rect | None = None
    language: str = "en"

    @property
    def number_comb(self) -> Comb | None:
        """The row of the student's number; None on a page of a worksheet without one."""
        return next((comb for comb in self.combs if comb.question is None), None)

    @property
    def markers(self) -> tuple[Rect, ...]:
        """The corner marks 0 … 3: top left, top right, bottom right, bottom left."""
        width, height = self.size_mm
        right, low = width - _MARGIN - MARKER_MM, height - _MARGIN - MARKER_MM
        corners = ((_MARGIN, _MARGIN), (right, _MARGIN), (right, low), (_MARGIN, low))
        return tuple(Rect(x, y, MARKER_MM, MARKER_MM) for x, y in corners)

    @property
    def qr(self) -> Rect:
        """The code: at the top, left of the right corner mark."""
        return Rect(self.size_mm[0] - _MARGIN - MARKER_MM - 5.0 - QR_MM, _MARGIN, QR_MM, QR_MM)

    @property
    def text_left(self) -> float:
        return _SIDE

    @property
    def text_right(self) -> float:
        return self.size_mm[0] - _SIDE

    @property
    def has_instructions(self) -> bool:
        return self.number == 1

    @property
    def instructions(self) -> Rect:
        """The band under the header where the first page says how to write."""
        return Rect(_SIDE, _HEAD_H - 3.0, self.text_right - _SIDE, _HELP_H)


_HEAD_H = 57.0  # From the top of the page to the first question: corner marks, title, name and number
_HELP_H = 23.0
_FOOT_H = 24.0


def lay_out(design: Design) -> tuple[Page, ...]:
    """The pages of one copy of an exam, or of a worksheet."""
    if design.template:
        return tuple(
            _worksheet_page(design, design.template, number)
            for number in range(1, len(design.template.sizes_mm) + 1)
        )
    width, height = design.size_mm
    pages: list[list[Comb]] = [[]]
    top = _HEAD_H + _HELP_H + 4.0
    for question in design.questions:
        combs, tall = _question(question, top, width)
        if top + tall > height - _FOOT_H and (len(pages) > 1 or pages[0]):
            pages.append([])
            top = _HEAD_H
            combs, tall = _question(question, top, width)
        pages[-1] += combs
        top += tall
    boxes = (Box("digit", "#"),) * design.number_digits
    number = Comb(None, 0, tuple(_cells(boxes, _SIDE, 40.0)))
    size = (width, height)
    return tuple(
        Page(i, len(pages), size, (number, *combs), language=design.language)
        for i, combs in enumerate(pages, 1)
    )


def _worksheet_page(design: Design, template: Template, number: int) -> Page:
    size = template.sizes_mm[number - 1]
    combs = []
    if template.number and template.number.page == number:
        boxes = (Box("free", "#"),) * design.number_digits
        combs.append(Comb(None, 0, _parts(_in_mm(template.number, size), boxes)))
    for question in design.questions:
        if question.place and question.place.page == number:
            cells = _parts(_in_mm(question.place, size), question.boxes)
            # Nothing of these is printed by this program: they may change at any time.
            stripped = replace(question, text="", points=Fraction(0), keys=())
            combs.append(Comb(stripped, 0, cells))
    name = template.name if template.name and template.name.page == number else None
    return Page(
        number,
        len(template.sizes_mm),
        size,
        tuple(combs),
        worksheet=True,
        name=_in_mm(name, size) if name else None,
    )


def _parts(rect: Rect, boxes: tuple[Box, ...]) -> tuple[Cell, ...]:
    """A rectangle in equal parts, one for each box: side by side, or below each other where it is higher than wide."""
    if boxes[0].slot == "tick" and rect.height > rect.width:
        tall = rect.height / len(boxes)
        rects = [Rect(rect.left, rect.top + i * tall, rect.width, tall) for i in range(len(boxes))]
    else:
        wide = rect.width / len(boxes)
        rects = [Rect(rect.left + i * wide, rect.top, wide, rect.height) for i in range(len(boxes))]
    return tuple(Cell(part, box) for part, box in zip(rects, boxes, strict=True))


def _in_mm(place: Place, size: tuple[float, float]) -> Rect:
    left, top, right, bottom = place.box
    return Rect(left * size[0], top * size[1], (right - left) * size[0], (bottom - top) * size[1])


def _question(question: Question, top: float, width: float) -> tuple[list[Comb], float]:
    """Both rows of a question whose block begins at ``top``, and the height of the block."""
    boxes = slots_of(question.pattern, question.kind)
    left = _SIDE + _LABEL_W
    text_h = TEXT_H * len(question.lines) + question.space_mm
    top += text_h
    first = Comb(question, 0, tuple(_cells(boxes, left, top)))
    unit = _UNIT_W * len(question.unit) + _GAP if question.unit else 0.0
    beside = first.rect.right + unit + _BETWEEN
    # Second rows stand below each other wherever that is possible: half-way across the page.
    usual = max(beside, _SIDE + (width - 2 * _SIDE) * 0.56)
    room = width - _SIDE - first.rect.width - unit
    if beside <= room:
        second = Comb(question, 1, tuple(_cells(boxes, min(usual, room), top)))
    else:
        second = Comb(question, 1, tuple(_cells(boxes, left, first.rect.bottom + _LABEL_H)))
    tall = second.rect.bottom - top + _LABEL_H + _SPACE_H + text_h
    return [first, second], tall


def _cells(boxes: tuple[Box, ...], left: float, top: float) -> Iterator[Cell]:
    widths = {"point": _POINT_W, "printed": _PRINTED_W}
    for box in boxes:
        width = widths.get(box.slot, _BOX_WH[0])
        yield Cell(Rect(left, top, width, _BOX_WH[1]), box)
        left += width + _GAP
