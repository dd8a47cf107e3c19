"""The sheet, the pen and the tools of a window, without a window: what is drawn, rubbed out and taken back.

Coordinates are canvas pixels. This module does not know that anything is read; who does is told by ``edited``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from inkread.apps.window.ink_layer import InkLayer
from inkread.apps.window.placement import Edges, Placement, Rect
from inkread.apps.window.state import PEN_WIDTHS, Message, Tools
from inkread.sketch import Sketch, Stroke

__all__ = ["Drawing", "View"]

_AT_ONCE_SECONDS = 0.03
"""Laying a sheet out anew may hold up the window so long; what takes longer is done in turns."""


class View(Protocol):
    """Who is told what changed."""

    def ink_changed(self, rect: Rect | None) -> None: ...
    def sheet_changed(self) -> None: ...
    def reading_view_changed(self) -> None: ...
    def selection_changed(self) -> None: ...
    def tools_changed(self) -> None: ...
    def asked(self) -> None: ...  # the thread has been asked for something: poll until it has brought it
    def told(self, message: Message) -> None: ...


class Drawing:
    """A sheet on a canvas; ``view`` is told of every change."""

    def __init__(self, view: View, tools: Tools | None = None) -> None:
        self.view = view
        self.tools = tools or Tools()
        self.layer = InkLayer()
        self.dpi = 1.0
        """Canvas pixels per logical pixel: 2 on a screen of 200 %."""
        self.sketch = Sketch((1, 1))
        self._preparing: Iterator[None] | None = None
        """What of the strokes is still to be drawn for a canvas of another size."""
        self.last_stroke: Edges | None = None
        """Where the newest stroke lies on the sheet."""

    def edited(self) -> None:
        """Called after each change to what is on the sheet."""

    def resize(self, canvas_wh: tuple[int, int], dpi: float = 1.0) -> None:
        """The canvas has another size: bare paper grows with it, and a drawing zooms."""
        self.dpi = dpi
        if not self.sketch.strokes and self.sketch.picture is None:
            # Nothing was drawn: the sheet is as large as the canvas. What can be undone keeps its own size.
            size_wh = max(1, round(canvas_wh[0] / dpi)), max(1, round(canvas_wh[1] / dpi))
            self.sketch.trim(size_wh)
        self._lay_out(canvas_wh)

    def _lay_out(self, canvas_wh: tuple[int, int]) -> None:
        self.layer.lay_out(canvas_wh, Placement.fitting(self.sketch.size_wh, self.sketch.bounds, canvas_wh))
        self._preparing = self.layer.prepare(self.sketch.strokes)
        if self.catch_up(_AT_ONCE_SECONDS):
            self.view.sheet_changed()
            self.view.asked()

    def catch_up(self, seconds: float = float("inf")) -> bool:
        """Goes on drawing strokes for a new size of the canvas, so long; whether there is more to do."""
        if self._preparing is None:
            return False
        end = time.monotonic() + seconds
        for _ in self._preparing:
            if time.monotonic() >= end:
                return True
        self._preparing = None
        self.layer.show(self.sketch.strokes)
        self.view.sheet_changed()
        self.edited()
        return False

    @property
    def is_blank(self) -> bool:
        """Whether nobody has drawn anything: no ink, no picture, and no pen on its way."""
        return self.sketch.picture is None and not self.sketch.strokes and not self.layer.pen_is_down

    @property
    def is_empty(self) -> bool:
        """Whether there is neither ink nor a picture."""
        return self.sketch.picture is None and not self.layer.ink.any()

    def pen_down(self, x: float, y: float) -> None:
        """The pen touches the canvas: it draws or rubs out."""
        self.pen_up()
        self.catch_up()
        tools = self.tools
        width = (tools.eraser_width if tools.erasing else tools.width) * self.dpi
        self.view.ink_changed(self.layer.begin(x, y, width, tools.erasing))

    def pen_move(self, x: float, y: float) -> None:
        if self.layer.pen_is_down:
            self.view.ink_changed(self.layer.move(x, y))

    def pen_up(self, x: float | None = None, y: float | None = None) -> None:
        """The pen leaves the canvas: the stroke is kept."""
        if not self.layer.pen_is_down:
            return
        if x is not None and y is not None:
            self.view.ink_changed(self.layer.move(x, y))
        stroke = self.layer.finish()
        assert stroke is not None
        self.sketch.add(stroke)
        self.last_stroke = stroke.bounds
        self.view.tools_changed()
        self.edited()

    def undo(self) -> None:
        self._step(self.sketch.undo, "Undone", "Nothing to undo")

    def redo(self) -> None:
        self._step(self.sketch.redo, "Redone", "Nothing to redo")

    def clear(self) -> None:
        """An empty sheet; can be undone."""
        self.pen_up()
        if self.is_empty and not self.sketch.strokes:
            return
        width, height = self.layer.canvas_wh
        self.sketch.take((max(1, round(width / self.dpi)), max(1, round(height / self.dpi))))
        self._sheet_replaced()
        self.view.told(Message("Cleared. Undo brings it back."))

    def _step(self, step: Callable[[], bool], done: str, otherwise: str) -> None:
        """Undoes or redoes one thing, and says which; ``otherwise`` is said where there is nothing."""
        self.pen_up()
        self.catch_up()
        size_wh, picture, strokes = self.sketch.size_wh, self.sketch.picture, self.sketch.strokes
        if not step():
            self.view.told(Message(otherwise))
            return
        if self.sketch.size_wh != size_wh or self.sketch.picture is not picture:
            self.last_stroke = None
            self._sheet_replaced()
            self.view.told(Message(f"{done}: a change of the sheet"))
            return
        if self.sketch.strokes == strokes:
            self.view.tools_changed()  # a remark: nothing is drawn otherwise
            return
        grew = len(self.sketch.strokes) > len(strokes)
        cleared = grew == (done == "Undone")
        what = "clearing" if cleared else _last_of(self.sketch.strokes, strokes)
        self.view.told(Message(f"{done}: {what}"))
        self.last_stroke = None
        self.view.ink_changed(self.layer.show(self.sketch.strokes))
        self.view.tools_changed()
        self.edited()

    def _sheet_replaced(self) -> None:
        self._lay_out(self.layer.canvas_wh)
        self.view.tools_changed()

    def set_tools(self, **changes: Any) -> None:
        """Other tools: any fields of ``Tools``."""
        before, self.tools = self.tools, replace(self.tools, **changes)
        self.view.tools_changed()
        if before.dark != self.tools.dark:
            self.view.sheet_changed()
            self.edited()

    def step_width(self, steps: int) -> None:
        """The next wider or narrower pen."""
        nearest = min(range(len(PEN_WIDTHS)), key=lambda i: abs(PEN_WIDTHS[i] - self.tools.width))
        self.set_tools(width=PEN_WIDTHS[min(max(0, nearest + steps), len(PEN_WIDTHS) - 1)])
        self.view.told(Message(f"Pen width {self.tools.width:g}"))


def _last_of(some: Sequence[Stroke], others: Sequence[Stroke]) -> str:
    """What the longer one of two histories of strokes ends with, in words."""
    longer = max(some, others, key=len)
    return "the eraser" if longer and longer[-1].erases else "a stroke"
