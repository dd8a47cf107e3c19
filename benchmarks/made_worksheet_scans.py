"""Made scans for benchmarks/worksheets.py: three worksheets of different make, filled in freely by made hands.

Digits are MNIST's, one person's page mixed from many, or strokes made by code. Knows what was written; what reads must
not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.sheets.exam.designfile import load_design
from inkread.sheets.made.madeclass import DPMM, invent_class
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.paper.hands import Hand
from inkread.sheets.paper.page_geometry import Rect, lay_out
from inkread.sheets.template.blanks import blank_page

__all__ = ["MAKES", "Made", "make_scans"]

Picture = NDArray[np.uint8]
_MM = 72 / 25.4
_SIZE = (210.0, 297.0)
_TASKS = (
    ("12 · 12 =", "integer", "144"), ("17 – 25 =", "integer", "-8"), ("3.5 + 2.25 =", "decimal", "5.75"),
    ("9 · 7 =", "integer", "63"), ("1000 : 8 =", "integer", "125"), ("45 + 45 =", "integer", "90"),
    ("2.4 : 4 =", "decimal", "0.6"), ("500 – 263 =", "integer", "237"),
)  # fmt: skip
_PENS = ((28, 36, 96), (30, 30, 34), (20, 60, 130), (70, 70, 78))
_FAULTY = 0.05
_FAULTS = ("crossed out", "beside", "corrected")


@dataclass
class Made:
    """One made scan: its file, whose it is, what was answered, and what is odd about answers."""

    file: Path
    number: str
    answers: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def _text(canvas: Any, x: float, y: float, said: str, size: float, font: str) -> None:
    """A line of text, its base line so many millimetres below the upper edge."""
    canvas.setFont(font, size)
    canvas.drawString(x * _MM, (_SIZE[1] - y) * _MM, said)


def _lines(path: Path) -> list[tuple[float, float, float, float]]:
    """A word processor's page: each task with a line to write on. Gives the rectangles of number and answers."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(_SIZE[0] * _MM, _SIZE[1] * _MM), invariant=1)
    _text(canvas, 25, 25, "Worksheet 4: Calculating", 20, "Times-Bold")
    _text(
        canvas,
        25,
        40,
        "Name: _________________________      Number: _____________________",
        12,
        "Times-Roman",
    )
    rects = [(117.0, 31.0, 165.0, 43.0)]
    for i, (task, _, _) in enumerate(_TASKS):
        y = 68 + 26 * i
        _text(canvas, 25, y, f"{i + 1}.   {task}", 13, "Times-Roman")
        canvas.line(90 * _MM, (_SIZE[1] - y - 1) * _MM, 150 * _MM, (_SIZE[1] - y - 1) * _MM)
        rects.append((89.0, y - 11, 152.0, y + 3))
    canvas.save()
    return rects


def _table(path: Path) -> list[tuple[float, float, float, float]]:
    """A table as a spreadsheet prints it: thin borders, a shaded head, a task and a cell to write in."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(_SIZE[0] * _MM, _SIZE[1] * _MM), invariant=1)
    _text(canvas, 20, 22, "Test on sums and products, class 6c", 15, "Helvetica-Bold")
    _text(canvas, 20, 36, "student number:", 10, "Helvetica")
    canvas.rect(52 * _MM, (_SIZE[1] - 40) * _MM, 55 * _MM, 13 * _MM)
    rects = [(52.0, 27.0, 107.0, 40.0)]
    canvas.setFillGray(0.85)
    canvas.rect(20 * _MM, (_SIZE[1] - 60) * _MM, 170 * _MM, 9 * _MM, fill=1)
    canvas.setFillGray(0)
    for x, said in ((22, "no."), (40, "task"), (122, "result")):
        _text(canvas, x, 57, said, 10, "Helvetica-Bold")
    canvas.setLineWidth(0.4)
    for i, (task, _, _) in enumerate(_TASKS):
        top = 60 + 16 * i
        for left, right in ((20, 38), (38, 120), (120, 190)):
            canvas.rect(left * _MM, (_SIZE[1] - top - 16) * _MM, (right - left) * _MM, 16 * _MM)
        _text(canvas, 22, top + 10, str(i + 1), 11, "Helvetica")
        _text(canvas, 40, top + 10, task, 11, "Helvetica")
        rects.append((120.5, top + 0.5, 189.5, top + 15.5))
    canvas.save()
    return rects


def _photocopy(path: Path) -> list[tuple[float, float, float, float]]:
    """The scan of an old photocopy with boxes: grey, grainy, a little askew."""
    import pypdfium2 as pdfium
    from reportlab.pdfgen.canvas import Canvas

    drawn = path.with_suffix(".drawn.pdf")
    canvas = Canvas(str(drawn), pagesize=(_SIZE[0] * _MM, _SIZE[1] * _MM), invariant=1)
    _text(canvas, 30, 28, "Mental arithmetic  (no calculator!)", 16, "Courier-Bold")
    _text(canvas, 30, 44, "No.", 12, "Courier")
    canvas.setLineWidth(1.1)
    canvas.roundRect(42 * _MM, (_SIZE[1] - 48) * _MM, 50 * _MM, 12 * _MM, 3)
    rects = [(42.5, 36.5, 91.5, 47.5)]
    for i, (task, _, _) in enumerate(_TASKS):
        x, y = (30, 105)[i % 2], 70 + 48 * (i // 2)
        _text(canvas, x, y, task, 14, "Courier")
        canvas.roundRect(x * _MM, (_SIZE[1] - y - 20) * _MM, 52 * _MM, 15 * _MM, 3)
        rects.append((x + 0.5, y + 5.5, x + 51.5, y + 19.5))
    canvas.save()
    rng = np.random.default_rng(3)
    sharp = pdfium.PdfDocument(str(drawn))[0].render(scale=DPMM / _MM, rev_byteorder=True).to_numpy()[..., :3]
    camera = Camera(blur=0.6, noise=5, contrast=0.8, grey=True)
    Image.fromarray(photograph(np.ascontiguousarray(sharp), camera, rng)).save(path)
    drawn.unlink()
    return rects


MAKES: dict[str, tuple[str, Callable[[Path], list[tuple[float, float, float, float]]]]] = {
    "lines": ("worksheet.pdf", _lines),
    "table": ("worksheet.pdf", _table),
    "photocopy": ("worksheet.png", _photocopy),
}
"""Each worksheet's file, and what makes it."""


def make_scans(
    make: str, folder: Path, pages: int, digits: tuple[Picture, Picture], seed: int
) -> Iterator[Made]:
    """A worksheet, its TOML file, a class list, and so many filled-in ``pages`` in the folder ``scans``."""
    name, draw = MAKES[make]
    rects = draw(folder / name)
    rng = np.random.default_rng((seed, len(make)))
    students = invent_class(pages, 5, rng)
    listed = "".join(f'{one.number},"{one.name}"\n' for one in students)
    (folder / "class.csv").write_text(f"number,name\n{listed}", encoding="utf-8")
    (folder / "worksheet.toml").write_text(_toml(name, rects), encoding="utf-8")
    design = load_design(folder / "worksheet.toml")
    assert design.template
    layout = lay_out(design)[0]
    blank = blank_page(folder / name, 1, layout.size_mm)
    printed = cv2.resize(blank, None, fx=DPMM / 6, fy=DPMM / 6, interpolation=cv2.INTER_CUBIC)
    (folder / "scans").mkdir()
    by_value = [digits[0][digits[1] == value] for value in range(10)]
    for i, student in enumerate(students):
        made = Made(folder / "scans" / f"{i:03d}.jpg", student.number)
        pen = _Pen(printed.copy(), by_value, rng)
        for comb in layout.combs:
            if comb.question is None:
                pen.write(student.number, comb.rect)
            else:
                _answer(pen, made, comb.name, comb.rect, rng)
        camera = Camera.phone(rng) if rng.random() < 0.5 else Camera.scanner(rng)
        Image.fromarray(photograph(pen.image, camera, rng)).save(made.file, quality=86)
        yield made


def _toml(name: str, rects: list[tuple[float, float, float, float]]) -> str:
    boxes = [
        [
            round(left / _SIZE[0], 4),
            round(top / _SIZE[1], 4),
            round(right / _SIZE[0], 4),
            round(low / _SIZE[1], 4),
        ]
        for left, top, right, low in rects
    ]
    head = f'title = "Benchmark"\ntemplate = "{name}"\nstudent_number = 5\nclass_list = "class.csv"\n'
    questions = "".join(
        f'[[question]]\nkind = "{kind}"\nkey = "{key}"\nbox = {box}\n'
        for (_, kind, key), box in zip(_TASKS, boxes[1:], strict=True)
    )
    return f"{head}[number]\nbox = {boxes[0]}\n{questions}"


def _answer(pen: _Pen, made: Made, name: str, rect: Rect, rng: np.random.Generator) -> None:
    """Writes an answer, right or wrong, now and then with something odd about it."""
    key = _TASKS[int(name) - 1][2]
    answer = key if rng.random() < 0.6 else "" if rng.random() < 0.15 else _wrong(key, rng)
    made.answers[name] = answer
    if answer and rng.random() < _FAULTY:
        fault = _FAULTS[int(rng.integers(3))]
        made.faults[name] = fault
        if fault == "beside":
            # Left of a cell of the table; below a line or a box, where there is nothing else.
            aside = Rect(rect.left - 27, rect.top, 24, rect.height)
            below = Rect(rect.left, rect.bottom + 0.5, rect.width, 7.5)
            pen.write(answer, aside if rect.width > 65 else below)
            return
        first = _wrong(key, rng) if fault == "corrected" else answer
        end = pen.write(first, rect)
        pen.strike(rect, end)
        if fault == "corrected":
            pen.write(answer, Rect(end + 1, rect.top, rect.right - end, rect.height))
        return
    pen.write(answer, rect)


def _wrong(key: str, rng: np.random.Generator) -> str:
    places = [i for i, letter in enumerate(key) if letter.isdigit()]
    place = places[-1]
    changed = str((int(key[place]) + int(rng.integers(1, 9))) % 10 or 5)
    return key[:place] + changed + key[place + 1 :]


class _Pen:
    """Somebody's hand on one page."""

    def __init__(self, image: Picture, by_value: list[Picture], rng: np.random.Generator) -> None:
        self.image, self._by_value, self._rng = image, by_value, rng
        self._hand = Hand.any(rng)
        self._colour = _PENS[int(rng.integers(len(_PENS)))]
        self._strokes = rng.random() < 1 / 3

    def write(self, text: str, rect: Rect) -> float:
        """Writes from the left of a rectangle; returns where the writing ends, in millimetres."""
        hand, rng = self._hand, self._rng
        x = rect.left + 0.5 * hand.height + rng.uniform(0.5, 3.5)
        y = rect.top + rect.height / 2 + rng.normal(0, 0.5)
        for character in text:
            if character.isdigit() and not self._strokes:
                self._stamp(int(character), x, y)
            else:
                for stroke in hand.write(character, rng):
                    self._line(stroke + np.array([x, y]))
            x += (0.42 if character == "." else 0.8) * hand.height + rng.normal(0, 0.15)
        return x - 0.3 * hand.height

    def strike(self, rect: Rect, end: float) -> None:
        """A line through what stands in the rectangle up to ``end``."""
        ys = rect.top + rect.height / 2 + self._rng.normal(0, 0.6, 3)
        self._line(np.array([(rect.left + 1.5, ys[0]), ((rect.left + end) / 2, ys[1]), (end + 0.5, ys[2])]))

    def _line(self, points_mm: NDArray[np.float64]) -> None:
        points = np.rint((points_mm * DPMM - 0.5) * 16).astype(np.int32)
        wide = max(1, round(self._hand.pen * DPMM))
        cv2.polylines(self.image, [points], False, self._colour, wide, cv2.LINE_AA, 4)

    def _stamp(self, value: int, x: float, y: float) -> None:
        """One of MNIST's digits; where there is ink already, the darker counts."""
        digits = self._by_value[value]
        glyph = digits[self._rng.integers(len(digits))][4:24, 4:24]
        side = round(self._hand.height * DPMM)
        ink = np.clip(
            cv2.resize(glyph, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255, 0, 1
        )
        left, top = round(x * DPMM - side / 2), round(y * DPMM - side / 2)
        window = self.image[top : top + side, left : left + side]
        ink = ink[: window.shape[0], : window.shape[1], None]
        window[:] = np.rint(window + (np.minimum(window, self._colour) - window) * ink).astype(np.uint8)
