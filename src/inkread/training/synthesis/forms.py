"""Printed structures that are filled in: tables, comb fields, boxes, frames, and the printed text around them.

Each function draws rules on a canvas and returns the cells, each (left, top, right, bottom) on the upright page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inkread.training.synthesis.canvas import IGNORED, POSITIVE, Canvas
from inkread.training.synthesis.printing import printed_characters

Cell = tuple[float, float, float, float]

_LEAST_PRINT = 7.0
"""Printed characters lower than this, in pixels, teach nothing: they are neither to be found nor to be left."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How rules look; ``gaps``: share of a rule that is missing; ``shake``: how far ends stray, in pixels."""

    width: float
    strength: float
    dashed: bool
    gaps: float
    shake: float
    ink: bool


def _style(height: float, rng: np.random.Generator) -> _Style:
    return _Style(
        width=max(0.8, float(np.exp(rng.uniform(np.log(0.012), np.log(0.22)))) * height),
        strength=float(rng.uniform(0.25, 1.0)),
        dashed=rng.random() < 0.08,
        gaps=float(rng.uniform(0.05, 0.4)) if rng.random() < 0.12 else 0.0,
        shake=float(rng.uniform(0, 0.12)) * height if rng.random() < 0.3 else 0.0,
        ink=rng.random() < 0.15,
    )


def table(canvas: Canvas, height: float, rng: np.random.Generator) -> list[Cell]:
    """A table with ruled cells; some have thick outer rules, only rows, or only columns."""
    style = _style(height, rng)
    tall = height * rng.uniform(1.05, 2.4)
    wide = height * (rng.uniform(0.85, 1.6) if rng.random() < 0.45 else rng.uniform(1.6, 4.5))
    left, top = rng.uniform(-wide, 0.5 * canvas.size), rng.uniform(-tall, 0.5 * canvas.size)
    columns = max(1, int(rng.uniform(0.4, 1.2) * (canvas.size - left) / wide))
    rows = max(1, int(rng.uniform(0.4, 1.2) * (canvas.size - top) / tall))
    widths = wide * (np.exp(rng.normal(0, 0.25, columns)) if rng.random() < 0.4 else np.ones(columns))
    x = left + np.concatenate([[0.0], np.cumsum(widths)])
    y = top + tall * np.arange(rows + 1)
    kinds = rng.random()
    for at, level in enumerate(y):
        if kinds < 0.9:
            _rule(canvas, (x[0], level), (x[-1], level), _thicker(style, at, rows, rng), rng)
    for at, place in enumerate(x):
        if kinds < 0.08 or kinds > 0.14:
            _rule(canvas, (place, y[0]), (place, y[-1]), _thicker(style, at, columns, rng), rng)
    return [(x[i], y[j], x[i + 1], y[j + 1]) for j in range(rows) for i in range(columns)]


def _thicker(style: _Style, at: int, last: int, rng: np.random.Generator) -> _Style:
    """The outer rules, and every third one of a sudoku, may be thicker."""
    if (at in (0, last) or (at % 3 == 0 and last == 9)) and rng.random() < 0.5:
        return _Style(style.width * 2, style.strength, style.dashed, style.gaps, style.shake, style.ink)
    return style


def comb(canvas: Canvas, height: float, rng: np.random.Generator) -> list[Cell]:
    """A comb field: dividers of a part of the height on a base rule, or boxes in a row."""
    style = _style(height, rng)
    wide, tall = height * rng.uniform(0.75, 1.5), height * rng.uniform(1.1, 1.7)
    left, top = rng.uniform(-wide, 0.4 * canvas.size), rng.uniform(0, max(1.0, canvas.size - tall))
    count = int(rng.integers(3, 14))
    tooth = 1.0 if rng.random() < 0.5 else rng.uniform(0.2, 0.7)
    for at in range(count + 1):
        x = left + at * wide
        _rule(canvas, (x, top + tall * (1 - tooth)), (x, top + tall), style, rng)
    _rule(canvas, (left, top + tall), (left + count * wide, top + tall), style, rng)
    if tooth == 1.0 and rng.random() < 0.7:
        _rule(canvas, (left, top), (left + count * wide, top), style, rng)
    return [(left + at * wide, top, left + (at + 1) * wide, top + tall) for at in range(count)]


def boxes(canvas: Canvas, height: float, rng: np.random.Generator) -> list[Cell]:
    """Separate boxes for one digit each, in a row or in rows."""
    style = _style(height, rng)
    wide, tall = height * rng.uniform(0.9, 1.6), height * rng.uniform(1.1, 1.7)
    gap = height * rng.uniform(0.1, 0.8)
    left, top = rng.uniform(-wide, 0.4 * canvas.size), rng.uniform(-tall, 0.7 * canvas.size)
    cells = []
    for row in range(int(rng.integers(1, 4))):
        for column in range(int(rng.integers(1, 8))):
            x, y = left + column * (wide + gap), top + row * (tall + gap)
            _rectangle(canvas, (x, y, x + wide, y + tall), style, rng)
            cells.append((x, y, x + wide, y + tall))
    return cells


def frame(canvas: Canvas, cell: Cell, height: float, rng: np.random.Generator) -> None:
    """A frame around a cell, rough or straight, as thin as hair or thicker than a pen."""
    _rectangle(canvas, cell, _style(height, rng), rng)


def print_text(
    canvas: Canvas, text: str, left: float, base: float, pixels: float, rng: np.random.Generator
) -> float:
    """Prints ``text`` from ``left`` on a base line; returns where it ends. Small print is of no consequence."""
    strength, end = float(rng.uniform(0.35, 1.0)), left
    for character, ink, x, y in printed_characters(text, pixels, rng):
        legible = 0.72 * pixels >= _LEAST_PRINT
        meaning = POSITIVE if legible else IGNORED
        canvas.put(ink, left + x, base + y, character, strength=strength, printed=True, meaning=meaning)
        end = left + x + ink.shape[1]
    return end


def _rectangle(canvas: Canvas, cell: Cell, style: _Style, rng: np.random.Generator) -> None:
    left, top, right, bottom = cell
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    open_top = rng.random() < 0.1
    for at in range(4):
        if not (open_top and at == 0):
            _rule(canvas, corners[at], corners[(at + 1) % 4], style, rng)


def _rule(
    canvas: Canvas,
    start: tuple[float, float],
    end: tuple[float, float],
    style: _Style,
    rng: np.random.Generator,
) -> None:
    first, last = np.array(start), np.array(end)
    if style.shake:
        first, last = first + rng.normal(0, style.shake, 2), last + rng.normal(0, style.shake, 2)
    length = float(np.hypot(*(last - first)))
    pieces = [(0.0, 1.0)]
    if style.dashed and length > 8:
        count = max(2, int(length / rng.uniform(5, 14)))
        pieces = [(at / count, (at + rng.uniform(0.4, 0.7)) / count) for at in range(count)]
    elif style.gaps:
        gap = rng.uniform(0, 1 - style.gaps)
        pieces = [(0.0, gap), (gap + style.gaps, 1.0)]
    for begin, stop in pieces:
        a, b = first + begin * (last - first), first + stop * (last - first)
        canvas.line((a[0], a[1]), (b[0], b[1]), style.width, style.strength, printed=not style.ink)
