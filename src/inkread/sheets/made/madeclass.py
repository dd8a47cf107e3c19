"""A fictitious class that sits an exam: names, answers right and wrong, written by made hands, photographed.

Everybody and everything here is invented, for the demonstration, tests and benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.exam.answers import BLANK, TICK, spell
from inkread.sheets.exam.design import Box, Design, Question, Student
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.paper.hands import HANDS, Hand, Strokes
from inkread.sheets.paper.page_geometry import Comb, Page, Rect, lay_out

Image = NDArray[np.uint8]
CROSSINGS = ("to and fro", "line", "slash", "each")
"""Ways in which people strike an answer: as a whole, or ``each`` symbol for itself."""
SIDES = ("below", "above", "right")
"""The place of an answer outside its boxes."""
Write: TypeAlias = Callable[[str], Strokes]
"""Strokes of a character in millimetres, the middle of its box at (0, 0)."""


def layout_symbols(comb: Comb, answer: str) -> list[str]:
    """Which symbol goes into each box so that the row says ``answer``, numbers to the right; raises ValueError."""
    boxes = [cell.box for cell in comb.written]
    if not answer:
        return [BLANK] * len(boxes)
    if boxes[0].slot == "tick":
        return [TICK if box.text in answer else BLANK for box in boxes]
    if any(box.text in "HMSDY" for box in boxes):
        return _clock(boxes_text=[box.text for box in boxes], answer=answer)
    slots = [cell.box for cell in comb.cells]
    said = _placed(slots, answer, comb.name)
    return [said.get(i, BLANK) for i, box in enumerate(slots) if box.slot != "printed"]


def _placed(slots: Sequence[Box], answer: str, name: str) -> dict[int, str]:
    """The symbols of a number by the places of their boxes; raises ValueError."""
    divider = "/" if "/" in answer else "."
    before, _, rest = answer.lstrip("-").rpartition(" ")
    whole, _, part = rest.partition(divider)
    gap = _index(slots, " ", 0)
    middle = _index(slots, divider, len(slots))
    said = {i: "-" for i, box in enumerate(slots) if box.slot == "sign" and answer.startswith("-")}
    for text, first, last in ((before, 0, gap), (whole, gap, middle), (part, middle, len(slots))):
        places = [i for i in range(first, last) if slots[i].slot == "digit"]
        if len(text) > len(places):
            raise ValueError(f"{answer} does not fit into the boxes of {name}")
        # Whole numbers stand to the right, what follows a point or a bar to the left.
        said |= dict(
            zip(places if first == middle else places[len(places) - len(text) :], text, strict=False)
        )
    return {**said, middle: "."} if part and divider == "." else said


def _index(slots: Sequence[Box], text: str, otherwise: int) -> int:
    return next((i for i, box in enumerate(slots) if box.text == text), otherwise)


def _clock(boxes_text: list[str], answer: str) -> list[str]:
    parts = answer.replace("-", ":").split(":")
    names = "HMS" if "H" in boxes_text else "YMD"
    digits = {name: list(part) for name, part in zip(names, parts, strict=False)}
    return [digits[text].pop(0) for text in boxes_text]


def write_comb(
    image: Image, comb: Comb, symbols: Sequence[str], hand: Hand, rng: np.random.Generator,
    colour: tuple[int, int, int], *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Writes ``symbols`` into the boxes of a row, in place."""
    for cell, symbol in zip(comb.written, symbols, strict=True):
        if symbol == BLANK:
            continue
        rect = cell.rect
        middle = np.array([rect.left + rect.width / 2, rect.top + rect.height / 2])
        at = middle + rng.normal(0, 0.35, 2)
        _draw(image, [stroke + at for stroke in hand.write(symbol, rng)], hand.pen, colour, pixels_per_mm)


def write_beside(
    image: Image, comb: Comb, text: str, side: str, hand: Hand, rng: np.random.Generator, colour: tuple[int, int, int],
    *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Writes ``text`` beside the boxes of a row, at one of the ``SIDES``, in place."""
    x, y = comb.rect.left + 4.0, comb.rect.bottom + 0.55 * hand.height
    if side == "above":
        y = comb.rect.top - 0.55 * hand.height
    elif side == "right":
        x, y = comb.rect.right + 1.5 + 0.5 * hand.height, comb.rect.top + comb.rect.height / 2
    for character in text:
        at = np.array([x, y]) + rng.normal(0, 0.2, 2)
        if character in HANDS:
            strokes = [stroke + at for stroke in hand.write(character, rng)]
            _draw(image, strokes, hand.pen, colour, pixels_per_mm)
        x += 0.8 * hand.height


def cross_out(
    image: Image, comb: Comb, symbols: Sequence[str], way: str, hand: Hand, rng: np.random.Generator,
    colour: tuple[int, int, int], *, pixels_per_mm: float,
) -> None:  # fmt: skip
    """Strikes the ``symbols`` of a row through in one of the ways of ``CROSSINGS``, in place."""
    written = [cell.rect for cell, symbol in zip(comb.written, symbols, strict=True) if symbol != BLANK]
    pieces = written if way == "each" else [_around(written or [comb.rect])]
    for rect in pieces:
        # A line through one digit may be as short as the digit is wide.
        inset = rng.uniform(0.4, 1.4) if way == "each" else 0.6
        xs = np.array([rect.left + inset, rect.right - inset])
        ys = rect.top + rect.height * rng.uniform(0.35, 0.65, 4)
        if way == "slash":
            ys = np.array([rect.bottom - 1, rect.top + 1])
        elif way == "to and fro":
            xs = np.array([rect.left - 1, rect.right + 1, rect.left, rect.right])
        points = np.stack([xs + rng.normal(0, 0.3, xs.size), ys[: xs.size]], axis=1)
        _draw(image, [points], hand.pen, colour, pixels_per_mm)


def _around(rects: Sequence[Rect]) -> Rect:
    first, last = rects[0], rects[-1]
    return Rect(first.left, first.top, last.right - first.left, first.height)


def _draw(
    image: Image,
    strokes: Sequence[NDArray[np.float64]],
    pen_mm: float,
    colour: tuple[int, int, int],
    scale: float,
) -> None:
    shift = 16
    for stroke in strokes:
        points = np.rint((stroke * scale - 0.5) * shift).astype(np.int32)
        width = max(1, round(pen_mm * scale))
        cv2.polylines(image, [points], False, colour, width, cv2.LINE_AA, 4)


_FIRST = (
    "Ada", "Amir", "Björn", "Carla", "Chen", "Dilara", "Elif", "Émile", "Fatima", "Finn", "Grace", "Hugo", "Ines",
    "Jonas", "Kofi", "Lea", "Liam", "Mina", "Nora", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tara", "Umut",
    "Vera", "Wim", "Yuki", "Zoë",
)  # fmt: skip
_LAST = (
    "Adler", "Bianchi", "Costa", "Dubois", "Engel", "Fischer", "García", "Haddad", "Ivers", "Jansen", "Keller",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Petersen", "Quist", "Rossi", "Santos", "Tanaka", "Ünal", "Vogel",
    "Weber", "Xu", "Yilmaz", "Zimmer", "Brandt", "Meier", "Sørensen", "O’Neill",
)  # fmt: skip
_PENS = ((28, 36, 96), (30, 30, 34), (20, 60, 130), (52, 52, 60))
DPMM = 8.0
"""Pixels per millimetre of the page that is written on: about 200 dpi."""


@dataclass
class Sitting:
    """The writing of one student: ``answers`` are those that count, by question."""

    student: Student
    copy: int
    hand: Hand
    colour: tuple[int, int, int]
    answers: dict[str, str] = field(default_factory=dict)
    first_tries: dict[str, str] = field(default_factory=dict)
    """Answers that were crossed out and written again in the second row."""
    faults: dict[str, str] = field(default_factory=dict)
    """What is odd about answers: ``beside``, ``struck`` or ``corrected``, and where or how (``struck: slash``)."""
    number: str = ""
    """The number that is written, if it is not the student's: people make mistakes there, too."""


def invent_class(count: int, digits: int, rng: np.random.Generator) -> tuple[Student, ...]:
    """Students with names and numbers of their own, in the order of their names."""
    numbers = rng.choice(10**digits, count, replace=False)
    first, last = rng.permutation(_FIRST), rng.permutation(_LAST)
    names = [f"{last[i % len(last)]}, {first[(i * 7 + i // len(last)) % len(first)]}" for i in range(count)]
    return tuple(
        Student(f"{number:0{digits}d}", name)
        for number, name in zip(numbers.tolist(), sorted(names), strict=True)
    )


def sit_exam(
    design: Design, students: Sequence[Student], copies: Sequence[int], rng: np.random.Generator,
    faults: float = 0.0,
) -> list[Sitting]:  # fmt: skip
    """What each student answers: the better ones more of it right.

    A share ``faults`` of answers stands below its boxes or is struck, and so many numbers have a wrong digit.
    """
    combs = {comb.name: comb for page in lay_out(design) for comb in page.combs if comb.row == 0}
    sittings = []
    for student, copy in zip(students, copies, strict=True):
        sitting = Sitting(student, copy, Hand.any(rng), _PENS[rng.integers(len(_PENS))])
        ability = rng.normal(1.2, 1.0)
        for i, question in enumerate(design.questions):
            right = rng.random() < 1 / (1 + np.exp(-(ability - 0.25 * (i - len(design.questions) / 2))))
            _answer(sitting, question, combs[question.name], right, faults, rng)
        if faults and rng.random() < faults:
            place = int(rng.integers(len(student.number)))
            other = (int(student.number[place]) + int(rng.integers(1, 10))) % 10
            sitting.number = f"{student.number[:place]}{other}{student.number[place + 1 :]}"
        sittings.append(sitting)
    return sittings


def _answer(
    sitting: Sitting, question: Question, comb: Comb, right: bool, faults: float, rng: np.random.Generator
) -> None:
    """Answers a question, now and then with something odd about it."""
    answer = _right(question, rng) if right else _wrong(question, comb, rng)
    sitting.answers[question.name] = answer
    if answer and rng.random() < 0.04:
        _correct(sitting, question.name, _wrong(question, comb, rng) or answer, answer, "corrected", rng)
    elif answer and faults and rng.random() < faults:
        if question.kind != "choice" and rng.random() < 0.5:
            sitting.faults[question.name] = f"beside: {rng.choice(SIDES)}"
        else:
            _correct(sitting, question.name, answer, "", "struck", rng)


def _correct(
    sitting: Sitting, name: str, first: str, then: str, fault: str, rng: np.random.Generator
) -> None:
    """An answer that is crossed out, with another (or none) in the second row."""
    sitting.first_tries[name], sitting.answers[name] = first, then
    sitting.faults[name] = f"{fault}: {rng.choice(CROSSINGS)}"


def _right(question: Question, rng: np.random.Generator) -> str:
    if question.kind == "manual":
        return str(rng.integers(int(question.points) + 1))
    full = [key.answer for key in question.keys if key.points == question.points]
    return full[int(rng.integers(len(full)))]


def _wrong(question: Question, comb: Comb, rng: np.random.Generator) -> str:
    """A mistake as people make them: a digit off, another order, nothing at all."""
    if question.kind == "manual":
        return _right(question, rng)
    if rng.random() < 0.2:
        return ""
    answer = question.keys[0].answer
    if question.kind == "choice":
        others = [box.text for box in question.boxes if box.text != answer]
        return others[int(rng.integers(len(others)))]
    places = [i for i, character in enumerate(answer) if character.isdigit()]
    for _ in range(20):
        changed = list(answer)
        place = places[int(rng.integers(len(places)))]
        changed[place] = str((int(changed[place]) + int(rng.choice([1, 2, 8, 9]))) % 10)
        said = "".join(changed)
        try:
            readable = spell(question.boxes, layout_symbols(comb, said)) == said
        except ValueError:
            continue
        if readable:  # nobody's clock shows 10:75
            return said
    return ""


def take_pictures(
    design: Design, blank: Callable[[int, int], NDArray[np.uint8]], sittings: Sequence[Sitting],
    rng: np.random.Generator, *, phones: float = 0.5, writing: Any = None,
) -> Iterator[tuple[Sitting, Page, NDArray[np.uint8]]]:  # fmt: skip
    """Each page of each sitting, filled in and photographed (a share of ``phones``) or scanned.

    ``blank(copy, page)`` gives the printed page (h, w, 3) uint8 at ``DPMM`` pixels per millimetre; ``writing``
    replaces ``write_comb``.
    """
    write = writing or write_comb
    pages = lay_out(design)
    for sitting in sittings:
        for page in pages:
            image = fill_in(design, blank(sitting.copy, page.number), page.number, sitting, rng, write)
            camera = Camera.phone(rng) if rng.random() < phones else Camera.scanner(rng)
            yield sitting, page, photograph(image, camera, rng)


def blank_pages(pdf: bytes, design: Design, copies: Sequence[int]) -> Callable[[int, int], NDArray[np.uint8]]:
    """Gives each printed page of a PDF of these ``copies`` as a picture (h, w, 3) uint8, ``DPMM`` to the millimetre."""
    import pypdfium2 as pdfium

    document, pages = pdfium.PdfDocument(pdf), len(lay_out(design))

    def blank(copy: int, page: int) -> NDArray[np.uint8]:
        bitmap = document[list(copies).index(copy) * pages + page - 1].render(
            scale=DPMM * 25.4 / 72, rev_byteorder=True
        )
        return np.ascontiguousarray(bitmap.to_numpy()[..., :3])

    return blank


def fill_in(
    design: Design,
    printed: NDArray[np.uint8],
    number: int,
    sitting: Sitting,
    rng: np.random.Generator,
    write: Any = write_comb,
) -> NDArray[np.uint8]:
    """A copy of the ``printed`` page of this ``number``, with what was answered written on it."""
    image = printed.copy()
    for comb in lay_out(design)[number - 1].combs:
        _write(image, comb, sitting, rng, write)
    return image


def _write(
    image: NDArray[np.uint8], comb: Comb, sitting: Sitting, rng: np.random.Generator, write: Any
) -> None:
    hand, colour = sitting.hand, sitting.colour
    again = comb.name in sitting.first_tries
    fault, _, how = sitting.faults.get(comb.name, "").partition(": ")
    if comb.question is None:
        answer: Sequence[str] = list(sitting.number or sitting.student.written(len(comb.cells)))
    elif fault == "beside":
        if comb.row == 0:
            said = sitting.answers[comb.name]
            write_beside(image, comb, said, how, hand, rng, colour, pixels_per_mm=DPMM)
        return
    elif comb.row == 0:
        tried = sitting.first_tries if again else sitting.answers
        answer = layout_symbols(comb, tried[comb.name])
    else:
        answer = layout_symbols(comb, sitting.answers[comb.name]) if again else [BLANK] * len(comb.written)
    write(image, comb, answer, hand, rng, colour, pixels_per_mm=DPMM)
    if again and comb.row == 0:
        cross_out(image, comb, answer, how, hand, rng, colour, pixels_per_mm=DPMM)
