"""Made worksheets: PDFs as a word processor makes them, rectangles on them, filled in by made hands, photographed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.sheets.exam.design import Design
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.paper.hands import Hand
from inkread.sheets.paper.page_geometry import Rect, lay_out
from inkread.sheets.template.blanks import blank_page

MM = 72 / 25.4
SIZE = (210.0, 297.0)
KEYS = (("144", "integer"), ("-8", "integer"), ("5.75", "decimal"))
TOML = """\
title = "Worksheet"
template = "worksheet.pdf"
student_number = 4
class_list = "class.csv"

[number]
box = [0.66, 0.105, 0.9, 0.145]

[name]
box = [0.18, 0.105, 0.5, 0.145]
"""


@dataclass
class MadeWorksheet:
    """A worksheet's TOML file, and what was written on each scanned page, by the name of the picture."""

    path: Path
    written: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def design(self) -> Design:
        return load_design(self.path)


def write_pdf(path: Path, questions: Sequence[str], title: str = "Worksheet 4: Numbers") -> None:
    """A worksheet with a line to write on behind each question."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=(SIZE[0] * MM, SIZE[1] * MM), invariant=1)

    def text(x: float, y: float, said: str, size: float = 12, font: str = "Times-Roman") -> None:
        canvas.setFont(font, size)
        canvas.drawString(x * MM, (SIZE[1] - y) * MM, said)

    text(25, 25, title, 20, "Times-Bold")
    text(25, 40, "Name: __________________________")
    text(115, 40, "Number: _______________")
    for i, question in enumerate(questions):
        y = 70 + 28 * i
        text(25, y, f"{i + 1}.  {question}")
        canvas.line(120 * MM, (SIZE[1] - y - 1) * MM, 175 * MM, (SIZE[1] - y - 1) * MM)
    text(25, 270, "Show your working on the back of this page.", 9, "Times-Italic")
    canvas.save()


def make_worksheet(folder: Path, numbers: Sequence[str] = ("1234", "5678")) -> MadeWorksheet:
    """A worksheet with three questions in ``folder``, and a class list."""
    write_pdf(folder / "worksheet.pdf", ("12 x 12 =", "17 - 25 =", "3.5 + 2.25 ="))
    questions = "".join(
        f'\n[[question]]\nkind = "{kind}"\nkey = "{key}"\nbox = [0.57, {(60 + 28 * i) / 297:.4f}, 0.84, '
        f"{(73 + 28 * i) / 297:.4f}]\n"
        for i, (key, kind) in enumerate(KEYS)
    )
    (folder / "class.csv").write_text(
        "number,name\n" + "".join(f"{number},Student {number}\n" for number in numbers), encoding="utf-8"
    )
    (folder / "worksheet.toml").write_text(TOML + questions, encoding="utf-8")
    return MadeWorksheet(folder / "worksheet.toml")


def filled_in(design: Design, answers: Mapping[str, str], seed: int = 0, page: int = 1) -> NDArray[np.uint8]:
    """The page with ``answers`` written on it, that of ``number`` being the student's; 8 pixels to the millimetre."""
    assert design.template
    rng = np.random.default_rng(seed)
    hand = Hand.any(rng)
    layout = lay_out(design)[page - 1]
    blank = blank_page(design.template.path, page, layout.size_mm)
    image = cv2.resize(blank, None, fx=8 / 6, fy=8 / 6, interpolation=cv2.INTER_CUBIC)
    for comb in layout.combs:
        write_free(image, comb.rect, answers.get(comb.name, ""), hand, rng)
    return image


def write_free(
    image: NDArray[np.uint8], rect: Rect, text: str, hand: Hand, rng: np.random.Generator, *,
    colour: tuple[int, int, int] = (28, 36, 96), scale: float = 8.0,
) -> None:  # fmt: skip
    """Writes a text into a rectangle, as one does: from the left, not quite straight."""
    x, y = rect.left + 5.0 + rng.uniform(0, 3), rect.top + rect.height / 2 + rng.normal(0, 0.4)
    for character in text:
        for stroke in hand.write(character, rng):
            points = np.rint(((stroke + np.array([x, y])) * scale - 0.5) * 16).astype(np.int32)
            cv2.polylines(image, [points], False, colour, max(1, round(hand.pen * scale)), cv2.LINE_AA, 4)
        x += (0.4 if character == "." else 0.8) * hand.height


def save_scan(
    worksheet: MadeWorksheet, name: str, image: NDArray[np.uint8], answers: Mapping[str, str]
) -> None:
    """Keeps a picture in the folder ``scans``."""
    folder = worksheet.path.parent / "scans"
    folder.mkdir(exist_ok=True)
    Image.fromarray(image).save(folder / name, quality=90)
    worksheet.written[name] = dict(answers)
