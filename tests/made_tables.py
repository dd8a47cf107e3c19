"""Made tables: handwritten numbers in rows and columns, ruled in the ways that people rule them.

``draw_table`` gives the picture; what writes the numbers is passed in, so that tests and benchmarks share it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from made import Style, ink_of, write_line
from made_hands import HANDS
from made_paper import BLUE_INK, Sheet, developed, lit, paper, photographed

Ink = NDArray[np.float32]
Write = Callable[[str], Ink]
"""A text -> its ink (h, w), cut at its box."""
RULINGS = ("all", "rows", "columns", "header", "frame", "inner", "none")
"""Which rules a table has: "header" has columns and a rule below the first row, "inner" no outer rules."""


@dataclass(frozen=True)
class Look:
    """How a table is drawn: ``height`` of the digits in pixels, other lengths in heights."""

    ruling: str = "all"
    height: float = 36.0
    tall: float = 2.0
    pad: float = 1.6
    align: float = 0.5
    """Where texts stand in their cells: 0 left … 1 right."""
    rule: float = 0.06
    grey: float = 0.35
    """What a rule gives back of the light: 0 black."""
    margin: float = 2.0
    turn: float = 0.0
    tilt: float = 0.0
    photo: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, rows and columns of merged cells."""


def hand_of(seed: int, height: float) -> Write:
    """Writes by one of the hands of ``made``."""
    rng = np.random.default_rng(seed)
    style, ways = Style(size=height), {c: int(rng.integers(99)) for c in HANDS}

    def write(text: str) -> Ink:
        written = write_line(text, style, rng, ways)
        bounds = np.array([each.bounds for each in written])
        (left, top), (right, bottom) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
        size_wh = int(np.ceil(right - left)), int(np.ceil(bottom - top))
        return ink_of([each.moved(-left, -top) for each in written], size_wh)

    return write


def draw_table(
    texts: Sequence[Sequence[str]], look: Look = Look(), seed: int = 0, write: Write | None = None
) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 of a table with these texts; "" leaves a cell empty."""
    rng = np.random.default_rng(seed)
    write = write or hand_of(seed, look.height)
    inks = [[write(text) if text else None for text in row] for row in texts]
    h = look.height
    tall = [h * look.tall * rng.uniform(0.95, 1.05) for _ in texts]
    wide = [
        max([0.5 * h, *(ink.shape[1] for ink in column if ink is not None)]) + look.pad * h
        for column in zip(*inks, strict=True)
    ]
    xs = look.margin * h + np.concatenate([[0.0], np.cumsum(wide)])
    ys = look.margin * h + np.concatenate([[0.0], np.cumsum(tall)])
    size_wh = int(xs[-1] + look.margin * h), int(ys[-1] + look.margin * h)
    sheet = paper(size_wh, rng, rough=float(look.photo))
    cover = np.zeros((size_wh[1], size_wh[0], 1), np.float32)
    for x0, y0, x1, y1 in _rules(look, xs, ys):
        half = look.rule * h / 2
        _cover(cover, (x0 - half, y0 - half, x1 + half, y1 + half))
    for top, left, rows, columns in look.merged:
        inner = look.rule * h
        box = xs[left] + inner, ys[top] + inner, xs[left + columns] - inner, ys[top + rows] - inner
        cover[round(box[1]) : round(box[3]), round(box[0]) : round(box[2])] = 0
    sheet = sheet * (1 - cover * (1 - look.grey))
    ink = _written(inks, xs, ys, look, rng, size_wh)
    sheet = sheet + (np.array(BLUE_INK, np.float32) - sheet) * ink[..., None]
    return developed(_seen(np.asarray(sheet, np.float32), look, rng))


def _written(
    inks: Sequence[Sequence[Ink | None]], xs: Any, ys: Any, look: Look, rng: np.random.Generator,
    size_wh: tuple[int, int],
) -> Ink:  # fmt: skip
    spans = {(top, left): (rows, columns) for top, left, rows, columns in look.merged}
    whole = np.zeros((size_wh[1], size_wh[0]), np.float32)
    for i, row in enumerate(inks):
        for j, ink in enumerate(row):
            if ink is None:
                continue
            rows, columns = spans.get((i, j), (1, 1))
            tall, wide = ink.shape
            room = xs[j + columns] - xs[j] - wide - 0.5 * look.height
            x = xs[j] + 0.25 * look.height + room * np.clip(look.align + rng.normal(0, 0.08), 0, 1)
            y = (ys[i] + ys[i + rows] - tall) / 2 + rng.normal(0, 0.05) * look.height
            window = np.s_[round(y) : round(y) + tall, round(x) : round(x) + wide]
            np.maximum(whole[window], ink, out=whole[window])
    return whole


def _rules(look: Look, xs: Any, ys: Any) -> list[tuple[float, float, float, float]]:
    """Lines as x0, y0, x1, y1."""
    levels = {"all": ys, "rows": ys, "header": ys[1:2], "frame": ys[[0, -1]], "inner": ys[1:-1]}
    places = {"all": xs, "columns": xs, "header": xs, "frame": xs[[0, -1]], "inner": xs[1:-1]}
    across = [(xs[0], y, xs[-1], y) for y in levels.get(look.ruling, [])]
    return across + [(x, ys[0], x, ys[-1]) for x in places.get(look.ruling, [])]


def _cover(cover: NDArray[np.float32], box: tuple[float, float, float, float]) -> None:
    """Puts a rectangle with soft edges on a cover (H, W, 1)."""
    y, x = np.arange(cover.shape[0]) + 0.5, np.arange(cover.shape[1]) + 0.5
    down = np.clip(np.minimum(y - box[1], box[3] - y) + 0.5, 0, min(1.0, box[3] - box[1]))
    across = np.clip(np.minimum(x - box[0], box[2] - x) + 0.5, 0, min(1.0, box[2] - box[0]))
    np.maximum(cover, (down[:, None] * across[None])[..., None].astype(np.float32), out=cover)


def _seen(sheet: Sheet, look: Look, rng: np.random.Generator) -> Sheet:
    if look.photo:
        sheet = lit(sheet, rng, fall=rng.uniform(0.1, 0.35), shadow=rng.choice([0.0, 0.25]))
    if look.photo or look.turn or look.tilt:
        sheet = photographed(sheet, rng, turn=look.turn, tilt=look.tilt, zoom=0.97)
    return sheet
