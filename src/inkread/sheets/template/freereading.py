"""A rectangle's picture -> the answers that may be written in it, read by the public ``Reader``.

Digits that stand apart are read a second time, each as one glyph. Ink that the reader leaves unread, several lines, and
strokes through digits make an answer unclear.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.reading import Box, Digit, Line, Mark, Reading
from inkread.sheets.exam.answers import BLANK, TICK, canonical
from inkread.sheets.exam.design import Question
from inkread.sheets.paper.page_geometry import Comb
from inkread.sheets.scans.register import PIXELS_PER_MM
from inkread.sheets.scans.symbols import NOT_A_DIGIT, UNCLEAR, Symbols, digit_probabilities, is_struck
from inkread.sheets.template.answer_ink import LIMITS, Field, Writing, darkness

_LEAST_MM2 = 0.8  # Less ink is no digit
_EDGE = 2  # Pixels by which ink may leave the box of its digit


def looked_closer(reader: Reader, fields: Sequence[Field], readings: Sequence[Reading]) -> list[Reading]:
    """The ``readings`` of the ``fields``, with the probability of each digit that stands apart from the others.

    Where both looks say the same, the surer one counts; where they differ, each has half a say.
    """
    inks = [
        [_ink_of(field, reading.digits, i) for i in range(len(reading.digits))]
        for field, reading in zip(fields, readings, strict=True)
    ]
    apart = [ink for row in inks for ink in row if ink is not None]
    scores = iter(digit_probabilities(reader, apart))
    return [
        replace(
            reading,
            lines=_revised(reading.lines, [None if ink is None else next(scores) for ink in row]),
        )
        for reading, row in zip(readings, inks, strict=True)
    ]


def _ink_of(field: Field, digits: Sequence[Digit], at: int) -> NDArray[np.float32] | None:
    """The ink (h, w), 0 … 1, of one digit; None if it is joined to other ink."""
    box = digits[at].box
    left, top = max(0, box.left - _EDGE), max(0, box.top - _EDGE)
    window = np.s_[top : box.bottom + _EDGE, left : box.right + _EDGE]
    n, labels = cv2.connectedComponents(field.ink.astype(np.uint8), connectivity=8)
    sizes, inside = np.bincount(labels.ravel(), minlength=n), np.bincount(labels[window].ravel(), minlength=n)
    own = np.flatnonzero(inside[1:] > 0.5 * sizes[1:]) + 1
    if (inside[own] < sizes[own]).any() or sizes[own].sum() < _LEAST_MM2 * PIXELS_PER_MM**2:
        return None
    others = [digit.box for i, digit in enumerate(digits) if i != at]
    for other in others:
        part = labels[other.top : other.bottom, other.left : other.right]
        shared = np.bincount(part.ravel(), minlength=n)[own].sum()
        if shared > 0.2 * sizes[own].sum():
            return None
    mask = np.isin(labels, own)
    dark = darkness(field.picture)
    pen = max(float(np.percentile(dark[mask], 70)), 0.3)
    soft = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = np.where(soft, np.clip((dark / pen - 0.25) / 0.5, 0, 1), 0).astype(np.float32)
    return ink[window]


def _revised(lines: Sequence[Line], scores: Sequence[NDArray[np.float32] | None]) -> tuple[Line, ...]:
    looks = iter(scores)
    return tuple(Line(tuple(_with_look(digit, next(looks)) for digit in line.digits)) for line in lines)


def _with_look(digit: Digit, scores: NDArray[np.float32] | None) -> Digit:
    if scores is None:
        return digit
    before = {digit.value: digit.confidence, **dict(digit.runners_up)}
    best = int(scores[:NOT_A_DIGIT].argmax())
    if best == digit.value:
        sure = max(digit.confidence, float(scores[best]))
        rest = (1 - sure) / max(1 - digit.confidence, 1e-6)
        runners_up = tuple((value, share * min(1.0, rest)) for value, share in digit.runners_up)
    else:
        shares = {value: (before.get(value, 0.0) + float(scores[value])) / 2 for value in range(10)}
        sure = shares.pop(digit.value)
        runners_up = tuple(sorted(shares.items(), key=lambda one: -one[1])[:4])
    return replace(digit, confidence=round(sure, 6), runners_up=runners_up)


_KEPT = 64
_FLOOR = 1e-4
_DOUBTED = 0.5  # What is left of the probability of an answer beside which something is unread
_STRUCK = 1.45  # Length, in heights of a digit, from which on a straight stroke is no part of one
_STROKE_MM = 0.9  # Width of a broad pen's stroke
_REACH_MM = 0.15  # How far a line that strikes an answer reaches out of it on both sides at the least
_CROSSES = 0.9  # Share of an answer's width that is crossed by nothing else
_SIGNED = ("integer", "decimal", "fraction")
_MARKS = {"integer": "-", "decimal": "-.,", "fraction": "-/", "time": ":.", "date": "./-", "manual": ".,"}
"""Marks that belong into an answer of each kind."""
_EXPECTED = 5.0
"""How many times as often such a mark is written in an answer as on the pages that the reader learned from."""
_MINUS = Mark("-", 0.999, Box(0, 0, 0, 0))
_GAPS = (0.45, 0.75)
"""Gaps between digits, in heights of a digit: below the first there is none, from the second on it is meant."""
_POINTED = ("integer", "decimal", "manual")
_POINT, _CLEAR_POINT = (Mark(".", share, Box(0, 0, 0, 0)) for share in (0.8, 0.97))
"""One that the reader has not seen: a speck, perhaps; or, where a point is expected, as large as a pen makes it."""
_PEN_DOT_MM2 = 0.3
_DOT_MM2 = 0.12
_UNREAD_MM2 = 0.6  # Ink of this area that is in no digit and no mark was left unread


def answer_symbols(question: Question, field: Field, reading: Reading) -> Symbols:
    """The reading of a rectangle: the probability of each answer, of no answer, and of unclear writing."""
    if field.is_empty:
        return _empty(field)
    if len(reading.lines) != 1 or reading.turned_degrees:
        return {UNCLEAR: 1.0}
    shares: dict[str, float] = {}
    line = _line(question.kind, field, reading)
    gap = _gap(line) if question.kind == "fraction" else 0
    if gap is None:
        return {UNCLEAR: 1.0}
    for text, share in _texts(line):
        text = f"{text[:gap]} {text[gap:]}" if gap else text
        try:
            answer = canonical(question.kind, _as_typed(question, text))
        except ValueError:
            continue
        shares[answer] = shares.get(answer, 0.0) + share
    factor = _DOUBTED if unread_boxes(question.kind, field, reading) else 1.0
    found = {answer: factor * share for answer, share in shares.items() if share > _FLOOR}
    return {**found, UNCLEAR: max(0.0, 1 - sum(found.values()))}


def _line(kind: str, field: Field, reading: Reading) -> list[Digit | Mark]:
    """Digits and marks of the line, with a minus and a point that the reader has not seen."""
    line = _expected(kind, reading.in_order()[0])
    if kind in _SIGNED and _minus(field, reading.digits):
        line = [_MINUS, *(one for one in line if not (isinstance(one, Mark) and one.text == "-"))]
    if kind in _POINTED and (point := _point(field, reading)):
        mark = _CLEAR_POINT if _is_clear_point(kind, field, point) else _POINT
        line.insert(sum(one.box.centre[0] < point.centre[0] for one in line), mark)
    return line


def _gap(line: Sequence[Digit | Mark]) -> int | None:
    """Before which character of a line a mixed number has its gap: 2 3/4. 0: it has none; None: it may have one."""
    tall = max((one.box.height for one in line if isinstance(one, Digit)), default=0)
    found = 0
    for i, (one, other) in enumerate(pairwise(line), 1):
        wide = (other.box.left - one.box.right) / max(tall, 1)
        if not (isinstance(one, Digit) and isinstance(other, Digit)) or wide < _GAPS[0]:
            continue
        if (
            wide < _GAPS[1]
            or found
            or any(isinstance(before, Mark) and before.text == "/" for before in line[:i])
        ):
            return None
        found = i
    return found


def number_symbols(digits: int, field: Field, reading: Reading) -> list[Symbols]:
    """What a student's number of so many ``digits`` says, digit by digit; all unclear where it has another length."""
    if field.is_empty:
        return [_empty(field) for _ in range(digits)]
    read = reading.digits
    if len(reading.lines) != 1 or len(read) != digits or reading.turned_degrees:
        return [{UNCLEAR: 1.0} for _ in range(digits)]
    factor = _DOUBTED if unread_boxes("", field, reading) else 1.0
    return [_digit_symbols(digit, factor) for digit in read]


def unread_boxes(kind: str, field: Field, reading: Reading) -> list[tuple[int, int, int, int]]:
    """Boxes on the flat page of what was written and not read, or strikes what was read through.

    ``kind`` is the question's, "" for a student's number.
    """
    if field.is_empty:
        return list(field.odd)
    left, top = field.corner
    own = [_minus(field, reading.digits) if kind in _SIGNED else None]
    own.append(_point(field, reading) if kind in _POINTED and reading.digits else None)
    read = [*(digit.box for digit in reading.digits), *(mark.box for mark in reading.marks)]
    least = _DOT_MM2 if kind in ("decimal", "manual") else _UNREAD_MM2
    found = _pieces(field.ink, [*read, *(box for box in own if box)], least)
    found += _strokes_through(field.ink, reading.digits)
    return [
        *field.odd,
        *((box.left + left, box.top + top, box.right + left, box.bottom + top) for box in found),
    ]


def _pieces(ink: NDArray[np.bool_], read: Sequence[Box], least_mm2: float = _UNREAD_MM2) -> list[Box]:
    """Pieces of ink in none of the boxes that were ``read``."""
    unread = ink.astype(np.uint8)
    for box in read:
        unread[max(0, box.top - 2) : box.bottom + 2, max(0, box.left - 2) : box.right + 2] = 0
    n, _, stats, _ = cv2.connectedComponentsWithStats(unread, connectivity=8)
    return [Box(x, y, x + wide, y + tall) for x, y, wide, tall, area in stats[1:n].tolist()
            if area >= least_mm2 * PIXELS_PER_MM**2]  # fmt: skip


def _minus(field: Field, digits: Sequence[Digit]) -> Box | None:
    """A short flat stroke before all other ink, at the middle of its height, also if the reader has joined them."""
    pieces = sorted(_pieces(field.ink, [], _DOT_MM2), key=lambda box: box.left)
    if not digits or len(pieces) < 2:
        return None
    box, others = pieces[0], pieces[1:]
    tall = max(digit.box.height for digit in digits)
    top = min(digit.box.top for digit in digits)
    left = min(other.left for other in others)
    flat = box.width >= 1.4 * PIXELS_PER_MM and box.height <= max(0.5 * box.width, 3)
    beside = box.right <= left + 2 and left - box.right <= 1.5 * tall and box.width <= 1.2 * tall
    return box if flat and beside and top + 0.25 * tall <= box.centre[1] <= top + 0.8 * tall else None


def _point(field: Field, reading: Reading) -> Box | None:
    """A dot at the foot of the line, between two digits, that the reader left unread or took for a part of a digit."""
    if any(mark.text in ".," for mark in reading.marks):
        return None
    boxes = [digit.box for digit in reading.digits]
    tall, foot = max(box.height for box in boxes), max(box.bottom for box in boxes)
    for piece in _pieces(field.ink, [], _DOT_MM2):
        small = max(piece.width, piece.height) <= max(0.4 * tall, 4)
        between = boxes[0].centre[0] < piece.left and piece.right < boxes[-1].centre[0]
        if small and between and piece.centre[1] >= foot - 0.35 * tall:
            return piece
    return None


def _is_clear_point(kind: str, field: Field, box: Box) -> bool:
    area = field.ink[box.top : box.bottom, box.left : box.right].sum() / PIXELS_PER_MM**2
    return kind != "integer" and bool(area >= _PEN_DOT_MM2)


def _expected(kind: str, line: Sequence[Digit | Mark]) -> list[Digit | Mark]:
    """The line with marks that answers of this kind have taken for likelier than on any page."""
    return [
        replace(
            one, confidence=_EXPECTED * one.confidence / (_EXPECTED * one.confidence + 1 - one.confidence)
        )
        if isinstance(one, Mark) and one.text in _MARKS.get(kind, "")
        else one
        for one in line
    ]


def _strokes_through(ink: NDArray[np.bool_], digits: Sequence[Digit]) -> list[Box]:
    """A straight stroke, longer than any in a digit, that reaches out of the writing or crosses nearly all of it."""
    if not digits:
        return []
    tall = float(np.median([digit.box.height for digit in digits]))
    length = max(_STRUCK * tall, 3.0 * PIXELS_PER_MM)
    lines = cv2.HoughLinesP(
        ink.astype(np.uint8) * 255, 1, np.pi / 180, round(0.8 * length), minLineLength=length, maxLineGap=2
    )
    found = [] if lines is None else lines.reshape(-1, 4).tolist()
    struck = [line for line in found if _strikes(ink, line)]
    return [Box(min(x, u), min(y, v), max(x, u) + 1, max(y, v) + 1) for x, y, u, v in struck[:1]]


def _strikes(ink: NDArray[np.bool_], line: tuple[int, int, int, int]) -> bool:
    """Whether a line is no part of the digits: thick digits that touch hold long straight lines, too."""
    x, y, u, v = line
    drawn = np.zeros(ink.shape, np.uint8)
    cv2.line(drawn, (x, y), (u, v), 1, round(_STROKE_MM * PIXELS_PER_MM))
    columns = np.flatnonzero((ink & (drawn == 0)).any(axis=0))
    if not columns.size:
        return True
    reach = min(columns[0] - min(x, u), max(x, u) - columns[-1])
    return bool(reach >= _REACH_MM * PIXELS_PER_MM or abs(u - x) >= _CROSSES * (columns[-1] - columns[0]))


def _empty(field: Field) -> Symbols:
    doubt = _DOUBTED if field.odd else max(1e-5, 0.05 * field.area_mm2 / LIMITS.written)
    return {BLANK: 1 - doubt, UNCLEAR: doubt}


def _digit_symbols(digit: Digit, factor: float) -> Symbols:
    shares = {str(value): factor * share for value, share in _values(digit)}
    return {**shares, UNCLEAR: max(0.0, 1 - sum(shares.values()))}


def _values(digit: Digit) -> list[tuple[int, float]]:
    """The possible values of a digit; their probabilities sum to at most 1."""
    shares = {digit.value: digit.confidence}
    for value, share in digit.runners_up:
        shares.setdefault(value, min(share, 1 - digit.confidence))
    total = max(1.0, sum(shares.values()))
    return [(value, share / total) for value, share in shares.items()]


def _texts(line: Sequence[Digit | Mark]) -> list[tuple[str, float]]:
    """The possible texts of a line with their probabilities; the rest to 1 is unclear."""
    beam: list[tuple[float, str]] = [(1.0, "")]
    for one in line:
        choices = [(one.text, one.confidence)] if isinstance(one, Mark) else [
            (str(value), share) for value, share in _values(one)
        ]  # fmt: skip
        grown = [(p * share, said + text) for p, said in beam for text, share in choices if share > _FLOOR]
        beam = heapq.nlargest(_KEPT, grown)
    return [(said, p) for p, said in beam if math.isfinite(p)]


def _as_typed(question: Question, text: str) -> str:
    """A text as it was written, in a notation that ``canonical`` takes; raises ValueError for none."""
    if question.kind == "time":
        return text.replace(".", ":").replace(",", ":")
    if question.kind == "date":
        return _date(question, text)
    return text


def _date(question: Question, text: str) -> str:
    for mark in ",/-:":
        text = text.replace(mark, ".")
    parts = text.strip(".").split(".")
    letters = "".join(dict.fromkeys(letter for letter in question.boxes[0].text if letter in "DMY"))
    if len(parts) != 3:
        raise ValueError(text)
    fields = {letter: int(part) for letter, part in zip(letters or "DMY", parts, strict=True)}
    year = fields["Y"] + (2000 if fields["Y"] < 100 else 0)
    return date(year, fields["M"], fields["D"]).isoformat()


_Box = tuple[int, int, int, int]
_LEAST_TICK_MM2 = 1.2  # Less ink than this is no clear tick: two strokes of 3 mm by a fine pen have 1.8
_MOST_TICK_MM2 = 14.0  # More is a box that was blackened, perhaps to take a tick back


def ticked_boxes(comb: Comb, writing: Writing) -> tuple[list[Symbols], list[_Box]]:
    """What each box of a question holds, and boxes on the flat page of writing that belongs to none of them.

    Writing beside the boxes counts where none is ticked.
    """
    fields = [writing.field(cell.rect) for cell in comb.cells]
    symbols = [_symbols(field) for field in fields]
    if any(one.get(TICK, 0.0) > 0.5 for one in symbols):
        return symbols, []
    return symbols, list(dict.fromkeys(box for field in fields if field.area_mm2 == 0 for box in field.odd))


def _symbols(field: Field) -> Symbols:
    if field.area_mm2 < LIMITS.speck:
        return {BLANK: 0.99999, UNCLEAR: 0.00001}
    if not _LEAST_TICK_MM2 <= field.area_mm2 <= _MOST_TICK_MM2 or is_struck(TICK, field.ink):
        return {UNCLEAR: 0.7, TICK: 0.3}
    return {TICK: 0.9995, UNCLEAR: 0.0005}
