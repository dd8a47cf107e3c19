"""The arrangements of writing on a page: lines, columns, tables, forms and others, as people use them.

Each function writes on a canvas in a height in pixels, and records the boxes of what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from inkread.training.synthesis.canvas import Canvas
from inkread.training.synthesis.forms import Cell, boxes, comb, frame, print_text, table
from inkread.training.synthesis.handwriting import Material, Symbol, scribble, write
from inkread.training.synthesis.texts import OTHER, digits, made_text, printed_text, short_number

_CROSSED_OUT: Final = 0.04
"""Share of lines of which a symbol, or all, is crossed out."""
_PLAIN_LETTERS: Final = "abcdehkmnpruvwxyABCDEHKMNPRUVWXY#*$"
"""Letters and signs that nobody takes for digits."""


def arrange(
    canvas: Canvas, height: float, material: Material, rng: np.random.Generator, kind: str = ""
) -> None:
    """Fills a canvas in an arrangement of ``KINDS``, or in a random one, in writing ``height`` pixels high."""
    shares = [share for _, share in _ARRANGEMENTS.values()]
    chosen = kind or KINDS[rng.choice(len(shares), p=shares)]
    _ARRANGEMENTS[chosen][0](canvas, height, material, rng)


def _put_line(
    canvas: Canvas,
    symbols: list[Symbol],
    left: float,
    base: float,
    rng: np.random.Generator,
    strength: float = 1.0,
) -> None:
    """Puts a written line on the canvas; some of its symbols, or all, may be crossed out."""
    crossed = rng.random() < _CROSSED_OUT
    whole = rng.random() < 0.5
    chosen = range(len(symbols)) if whole else [int(rng.integers(len(symbols)))] if symbols else []
    for at, each in enumerate(symbols):
        character = OTHER if crossed and at in chosen else each.character
        canvas.put(each.ink, left + each.left, base + each.top, character, strength=strength)
    if crossed and symbols:
        first, last = symbols[min(chosen)], symbols[max(chosen)]
        _cross_out(
            canvas, left + first.left, left + last.left + last.ink.shape[1], base, first.ink.shape[0], rng
        )


def _cross_out(
    canvas: Canvas, left: float, right: float, base: float, height: float, rng: np.random.Generator
) -> None:
    pen = max(1.2, rng.uniform(0.06, 0.12) * height)
    kind = rng.random()
    if kind < 0.35:
        ink = scribble(height * rng.uniform(0.7, 1.1), rng)
        canvas.cover(ink, (left + right - ink.shape[1]) / 2, base - height)
        return
    for _ in range(2 if kind < 0.8 else int(rng.integers(3, 7))):
        y = base - height * rng.uniform(0.2, 0.8, 2)
        if kind > 0.6:
            y = (
                base
                - height
                * np.array([rng.uniform(-0.1, 0.2), rng.uniform(0.8, 1.1)])[:: int(rng.choice([-1, 1]))]
            )
        canvas.line((left - 2, y[0]), (right + 2, y[1]), pen, 1.0, printed=False)


def _width_of(symbols: list[Symbol]) -> int:
    return max((each.left + each.ink.shape[1] for each in symbols), default=0)


def _single(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """One digit, or a short number, anywhere on the page."""
    text = (" " if rng.random() < 0.3 else "").join(digits(rng, 1, 1 if rng.random() < 0.6 else 4))
    symbols = write(text if rng.random() < 0.9 else made_text(rng)[:1], height, material, rng)
    room = canvas.size - _width_of(symbols)
    _put_line(
        canvas,
        symbols,
        rng.uniform(min(0, room), max(0, room)),
        rng.uniform(0.3, 1.3) * height + rng.uniform(0, 0.6) * canvas.size,
        rng,
    )


def _lines(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Lines of numbers, amounts, dates and words, sometimes with print beside them and a rule below."""
    size = canvas.size
    base = rng.uniform(0.4, 2.2) * height if rng.random() < 0.7 else rng.uniform(0.2, 0.7) * size
    faint = rng.random() < 0.08
    while base < size + 0.5 * height:
        own = (
            height
            * float(np.exp(rng.normal(0, 0.07)))
            * (1.0 if rng.random() < 0.95 else rng.uniform(0.5, 1.6))
        )
        symbols = write(made_text(rng), own, material, rng)
        width = _width_of(symbols)
        loose = width > 0.8 * size or rng.random() < 0.3
        left = (
            rng.uniform(-0.35 * width, max(4, size - 0.6 * width))
            if loose
            else rng.uniform(0, max(1, size - width))
        )
        if rng.random() < 0.1:
            left = (
                print_text(canvas, printed_text(rng), left, base, rng.uniform(0.5, 1.3) * height, rng)
                + 0.3 * height
            )
        _put_line(
            canvas, symbols, left, base, rng, rng.uniform(0.25, 0.6) if faint and rng.random() < 0.5 else 1.0
        )
        if rng.random() < 0.08:
            y = base + rng.uniform(0.03, 0.4) * height
            canvas.line(
                (left - height, y),
                (left + width + height, y + rng.normal(0, 0.1) * height),
                max(1.0, 0.08 * height),
                1.0,
                printed=False,
            )
        base += height * rng.uniform(1.1, 2.6) + (size if rng.random() < 0.2 else 0)


def _scattered(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Single digits and short numbers in loose rows."""
    step = height * rng.uniform(1.15, 2.6)
    base = rng.uniform(0, step)
    while base < canvas.size + height:
        left = rng.uniform(-0.3, 0.6) * step
        while left < canvas.size:
            if rng.random() < 0.85:
                text = digits(rng, 1) if rng.random() < 0.85 else made_text(rng)[:3]
                stray = rng.normal(0, 0.12, 2) * height
                _put_line(canvas, write(text, height, material, rng), left + stray[0], base + stray[1], rng)
            left += step * rng.uniform(0.8, 1.25)
        base += step


def _column(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Numbers below each other, as near as people write them; a sum with its rule; a numbered list."""
    left, base = rng.uniform(0.05, 0.8) * canvas.size, rng.uniform(0.2, 1.2) * height
    count, numbered, right_aligned = int(rng.integers(1, 5)), rng.random() < 0.2, rng.random() < 0.5
    step = height * (rng.uniform(0.92, 1.2) if rng.random() < 0.5 else rng.uniform(1.2, 1.8))
    row = 1
    while base < canvas.size + height:
        text = digits(rng, 1, count) if rng.random() < 0.8 else short_number(rng)
        if numbered and rng.random() < 0.5:
            print_text(canvas, f"{row}.", left - 2.2 * height, base, 1.1 * height, rng)
        elif numbered:
            text = f"{row % 100}{'.' if rng.random() < 0.5 else ')'} {text}"
        symbols = write(text, height, material, rng)
        start = left - _width_of(symbols) if right_aligned else left
        _put_line(canvas, symbols, start + rng.normal(0, 0.06) * height, base, rng)
        if rng.random() < 0.06:
            y = base + rng.uniform(0.05, 0.25) * height
            canvas.line(
                (start - 0.5 * height, y),
                (start + 2.5 * height, y),
                max(1.0, 0.08 * height),
                1.0,
                printed=False,
            )
        base, row = base + step * rng.uniform(0.95, 1.1), row + 1


def _fractions(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Fractions with a level bar, between other numbers."""
    base = rng.uniform(2.2, 3.2) * height
    while base < canvas.size + height:
        left = rng.uniform(-0.2, 0.5) * height
        while left < canvas.size:
            above, below = (write(digits(rng, 1, 2), height, material, rng) for _ in range(2))
            wide = max(_width_of(above), _width_of(below))
            _put_line(canvas, above, left + (wide - _width_of(above)) / 2, base - height * 0.65, rng)
            _put_line(canvas, below, left + (wide - _width_of(below)) / 2, base + height * 0.65, rng)
            y, slope = base - 0.5 * height, rng.normal(0, 0.06) * height
            canvas.line(
                (left - 0.2 * height, y - slope),
                (left + wide + 0.2 * height, y + slope),
                max(1.0, 0.09 * height),
                1.0,
                printed=False,
            )
            left += wide + rng.uniform(0.8, 2.5) * height
        base += rng.uniform(2.8, 3.8) * height


def _fill(
    canvas: Canvas, cell: Cell, text: str, height: float, material: Material, rng: np.random.Generator
) -> None:
    """Writes into a cell: in its middle, or off it, so that ink touches or crosses the rules."""
    left, top, right, bottom = cell
    symbols = write(text, height, material, rng)
    stray = rng.uniform(-0.1, 0.1, 2) if rng.random() < 0.7 else rng.uniform(-0.35, 0.35, 2)
    x = (left + right - _width_of(symbols)) / 2 + stray[0] * height
    _put_line(canvas, symbols, x, (top + bottom + height) / 2 + stray[1] * height, rng)


def _table(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """A filled-in table; some cells are printed, some are empty, and one hand or several fill it in."""
    cells = table(canvas, height * (1.0 if rng.random() < 0.8 else rng.uniform(1.0, 1.5)), rng)
    filled, in_print = rng.uniform(0.4, 1.0), rng.uniform(0.1, 0.6) if rng.random() < 0.35 else 0.0
    one_digit = cells[0][2] - cells[0][0] < 1.7 * height or rng.random() < 0.3
    for cell in cells:
        if (
            cell[2] < 0
            or cell[3] < 0
            or cell[0] > canvas.size
            or cell[1] > canvas.size
            or rng.random() > filled
        ):
            continue
        if rng.random() < in_print:
            text = digits(rng, 1) if one_digit else printed_text(rng)
            print_text(
                canvas,
                text,
                cell[0] + 0.2 * height,
                cell[3] - 0.25 * (cell[3] - cell[1]),
                height * rng.uniform(0.6, 1.3),
                rng,
            )
        else:
            _fill(canvas, cell, digits(rng, 1) if one_digit else short_number(rng), height, material, rng)


def _boxed(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Comb fields and boxes with a digit each; some are empty; a printed label stands beside them."""
    for _ in range(int(rng.integers(1, 4))):
        cells = (comb if rng.random() < 0.55 else boxes)(canvas, height, rng)
        empty = 0.5 if rng.random() < 0.3 else 0.1
        for cell in cells:
            if rng.random() > empty and -height < cell[0] < canvas.size and -height < cell[1] < canvas.size:
                _fill(canvas, cell, digits(rng, 1), height, material, rng)
        if rng.random() < 0.5:
            left, top = cells[0][0], cells[0][1] - rng.uniform(0.2, 0.5) * height
            print_text(canvas, printed_text(rng), left, top, rng.uniform(0.4, 1.1) * height, rng)


def _framed(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Numbers in frames of their own, which they may touch."""
    base = rng.uniform(1.0, 2.5) * height
    while base < canvas.size + height:
        symbols = write(digits(rng, 1, 6) if rng.random() < 0.7 else made_text(rng), height, material, rng)
        left = rng.uniform(-0.2, 0.5) * canvas.size
        _put_line(canvas, symbols, left, base, rng)
        room = rng.uniform(-0.08, 0.5, 4) * height
        cell = (left - room[0], base - height - room[1], left + _width_of(symbols) + room[2], base + room[3])
        frame(canvas, cell, height, rng)
        base += rng.uniform(1.6, 3.0) * height


def _form(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """Printed labels, each with handwriting behind it on a rule or on dots."""
    base = rng.uniform(0.5, 1.8) * height
    while base < canvas.size + height:
        left = rng.uniform(-1.5, 1.5) * height
        end = print_text(canvas, printed_text(rng), left, base, rng.uniform(0.45, 1.3) * height, rng)
        if rng.random() < 0.75:
            symbols = write(made_text(rng), height, material, rng)
            _put_line(
                canvas,
                symbols,
                end + rng.uniform(0.1, 1.0) * height,
                base - rng.uniform(0, 0.15) * height,
                rng,
            )
        if rng.random() < 0.6:
            width = max(0.8, rng.uniform(0.02, 0.06) * height)
            canvas.line(
                (end, base + 0.1 * height),
                (canvas.size + height, base + 0.1 * height),
                width,
                rng.uniform(0.3, 1),
            )
        base += rng.uniform(1.2, 2.6) * height


def _clutter(canvas: Canvas, height: float, material: Material, rng: np.random.Generator) -> None:
    """No digit to read: print, words, scribbles and rules, or nothing at all."""
    kind = rng.random()
    if kind < 0.3:
        return
    base = rng.uniform(0.5, 1.5) * height
    while base < canvas.size + height:
        left = rng.uniform(-1, 3) * height
        if kind < 0.55:
            while left < canvas.size:
                left = (
                    print_text(canvas, printed_text(rng), left, base, rng.uniform(0.6, 1.4) * height, rng)
                    + 0.5 * height
                )
        elif kind < 0.75:
            canvas.put(scribble(height * rng.uniform(0.6, 1.6), rng), left, base - height, OTHER)
        else:
            _put_line(
                canvas,
                write("".join(rng.choice(list(_PLAIN_LETTERS), 5)), height, material, rng),
                left,
                base,
                rng,
            )
        base += rng.uniform(1.2, 2.5) * height
    if rng.random() < 0.3:
        table(canvas, height, rng)


Arrangement = Callable[[Canvas, float, Material, np.random.Generator], None]
_ARRANGEMENTS: Final[dict[str, tuple[Arrangement, float]]] = {
    "single": (_single, 0.13),
    "lines": (_lines, 0.40),
    "scattered": (_scattered, 0.06),
    "column": (_column, 0.08),
    "fractions": (_fractions, 0.02),
    "table": (_table, 0.13),
    "boxed": (_boxed, 0.05),
    "framed": (_framed, 0.04),
    "form": (_form, 0.05),
    "clutter": (_clutter, 0.04),
}
"""Each arrangement and its share."""
KINDS: Final = tuple(_ARRANGEMENTS)
"""The names of the arrangements."""
