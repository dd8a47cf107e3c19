"""A fictitious class that sits an exam: names, answers right and wrong, written by made hands, photographed.

Everybody and everything here is invented. For the demonstration and for benchmarks; it knows what was written, which
reading must not. This module does not know how a sheet is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.sheets.exam.answers import BLANK, spell
from inkread.sheets.exam.design import Design, Question, Student
from inkread.sheets.made.filling import CROSSINGS, SIDES, cross_out, layout_symbols, write_beside, write_comb
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.paper.hands import Hand
from inkread.sheets.paper.layout import Comb, Page, lay_out

__all__ = ["DPMM", "Sitting", "blank_pages", "fill_in", "invent_class", "sit_exam", "take_pictures"]

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
    """What one student wrote: ``answers`` are those that count, by question."""

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
