"""Boxes to tick on a worksheet: the writing in each -> whether it is ticked.

What the boxes look like in print does not matter: print is taken out before. This module does not know which box is
right.
"""

from __future__ import annotations

from inkread.sheets.answers import BLANK, TICK
from inkread.sheets.layout import Comb
from inkread.sheets.strikes import is_struck
from inkread.sheets.symbols import UNCLEAR, Symbols
from inkread.sheets.template.handwriting import LIMITS, Field, Writing

__all__ = ["ticked_boxes"]

_Box = tuple[int, int, int, int]
_LEAST_TICK_MM2 = 1.2
"""Less ink than this is no clear tick: two strokes of 3 mm by a fine pen have 1.8."""
_MOST_TICK_MM2 = 14.0
"""More is a box that was blackened, perhaps to take a tick back."""


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
