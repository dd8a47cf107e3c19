"""A drawing that is read: while it is drawn, when it is asked for, and when a picture is opened.

The window tells it what the user does (``pen_down``, ``open``, ``choose`` …), asks ``poll`` for what the reading
thread brought, and is told through ``View`` what to draw anew. Coordinates are canvas pixels.
This module knows no widget, no screen and no clock; it never waits. It does not know who corrects what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inkread.apps.window.drawing import Drawing, View
from inkread.apps.window.image import image_of_sheet
from inkread.apps.window.placement import overlap
from inkread.apps.window.reading_thread import Job, Opened, Outcome
from inkread.apps.window.reading_view import Corrected, Found, ReadingView
from inkread.apps.window.state import Message, Tools

__all__ = ["ReadDrawing", "Readings"]

_CLICK = 4.0
"""Logical pixels: a pen that moves less than this inside a digit's box has chosen it, not drawn on it."""

_TURN_SECONDS = 0.012
"""How long a turn of what was put off may take: less than a frame of the screen."""


class Readings(Protocol):
    """Who reads: a ``worker.ReadingThread``."""

    @property
    def busy(self) -> bool: ...
    def submit(self, job: Job) -> None: ...
    def open(self, name: str, load: Callable[[], Opened]) -> None: ...
    def outcomes(self) -> Any: ...


class ReadDrawing(Drawing):
    """A sheet and what was read on it; ``readings`` is asked to read."""

    def __init__(self, view: View, readings: Readings, tools: Tools | None = None) -> None:
        super().__init__(view, tools)
        self.readings = readings
        self.reading_view = ReadingView()
        self.selected: int | None = None
        """Which of ``reading_view.parts`` the panel shows."""
        self.chosen = False
        """Whether the user chose it, rather than the window."""
        self._read_of: tuple[Any, Any] = (), None
        """The strokes and the picture that ``reading_view`` is of."""
        self._ticket = 0
        self._last_opened: Opened | None = None
        self._asked = False
        self._pressed: tuple[float, float] | None = None
        """Where the pen went down in a box: not yet known whether it chooses or draws."""

    @property
    def corrections(self) -> tuple[Corrected, ...]:
        """What was said of the ink on this sheet, and on those that it can be undone to."""
        return self.sketch.remarks

    @property
    def is_outdated(self) -> bool:
        """Whether something else is on the sheet than what ``reading_view`` is of."""
        strokes, picture = self._read_of
        return bool(strokes != self.sketch.strokes) or picture is not self.sketch.picture

    def pen_down(self, x: float, y: float) -> None:
        """The pen touches the canvas: it draws, rubs out, or chooses the digit whose box it is in."""
        self.pen_up()
        if not self.tools.erasing and self.part_at(x, y) is not None:
            self._pressed = x, y
        else:
            super().pen_down(x, y)

    def pen_move(self, x: float, y: float) -> None:
        if self._pressed is not None:
            start = self._pressed
            if np.hypot(x - start[0], y - start[1]) < _CLICK * self.dpi:
                return
            self._pressed = None
            super().pen_down(*start)
        super().pen_move(x, y)

    def pen_up(self, x: float | None = None, y: float | None = None) -> None:
        """The pen leaves the canvas: the stroke is kept and read, or the digit chosen."""
        if self._pressed is not None:
            at, self._pressed = self._pressed, None
            self.choose(self.part_at(*at))
        super().pen_up(x, y)

    def rest(self) -> None:
        """The pen rests on the canvas: what it drew so far is read, too."""
        if self.layer.pen_is_down:
            self.read()

    def edited(self) -> None:
        """What is on the sheet is read, if reading is live."""
        self.read()

    def _sheet_replaced(self) -> None:
        self._found(ReadingView())  # boxes of another sheet are none of this one
        super()._sheet_replaced()

    def set_tools(self, **changes: Any) -> None:
        """Other tools: any fields of ``Tools``."""
        before = self.tools
        super().set_tools(**changes)
        if (self.tools.live and not before.live) or self.tools.mine != before.mine:
            self.read()

    def read(self, asked: bool = False) -> None:
        """Has what is on the sheet read, if reading is live or was ``asked`` for."""
        self._ticket += 1
        if self._preparing is not None:
            return  # the ink is not yet what it will be: it is read when it is
        if self.is_empty:
            self._found(ReadingView())
            if asked:
                self.view.told(Message("There is nothing to read yet. Draw a number."))
        elif asked or self.tools.live:
            self._asked = asked
            make_image, place = image_of_sheet(self.sketch, self.layer, self.dpi, self.tools.dark)
            self.readings.submit(Job(self._ticket, make_image, place, self.tools.mine))
            self.view.asked()

    def recognise(self) -> None:
        """Reads now, also when reading is not live."""
        self.pen_up()
        self.read(asked=True)

    def open(self, source: Any, name: str = "", page: int = 1) -> None:
        """Opens a picture, or one page (from 1): a path, bytes, or anything else that ``inkread.read`` takes."""
        from inkread.reader import open_pages

        shown = name or Path(source).name

        def load() -> Opened:
            with open_pages(source) as pages:
                image = pages.load(pages.numbers(page)[0])
                return Opened(shown, image, source=source, page=page, page_count=pages.count)

        self.view.told(Message(f"Opening {shown} …"))
        self.readings.open(shown, load)
        self.view.asked()

    def turn_page(self, step: int) -> None:
        """Opens the next page (1) of the file that was opened last, or the one before (-1)."""
        opened = self._last_opened
        if opened is None or opened.page_count == 1:
            self.view.told(Message("There are no other pages"))
        elif not 1 <= opened.page + step <= opened.page_count:
            self.view.told(Message(f"{opened.name} has {opened.page_count:,} pages"))
        else:
            self.open(opened.source, opened.name, opened.page + step)

    def poll(self) -> bool:
        """Takes in what the thread has brought, and goes on with what was put off; whether more is to come."""
        putting_off = self.catch_up(_TURN_SECONDS)
        for outcome in self.readings.outcomes():
            if isinstance(outcome, Opened):
                self._opened(outcome)
            elif outcome.job.ticket == self._ticket:  # else the sheet is no longer what was read
                self._read(outcome)
        return putting_off or self.readings.busy

    def _opened(self, opened: Opened) -> None:
        if opened.error:
            self.view.told(Message(opened.error, "error"))
            return
        image: NDArray[np.uint8] = opened.image
        self._last_opened = opened
        self.pen_up()
        self.catch_up()
        self.sketch.take((image.shape[1], image.shape[0]), image)
        self.last_stroke = None
        self._sheet_replaced()
        where = (
            ""
            if opened.page_count == 1
            else f", page {opened.page} of {opened.page_count:,} (Page Up, Page Down)"
        )
        self.view.told(Message(f"{opened.name}{where}: {image.shape[1]} by {image.shape[0]} pixels"))

    def _read(self, outcome: Outcome) -> None:
        if outcome.steps is None:
            self._found(ReadingView())
            self.view.told(Message(outcome.error, "error"))
            return
        steps, turned = outcome.steps, outcome.steps.reading.turned_degrees
        if turned and self.sketch.picture is not None and not self.sketch.strokes:
            # A photo that lay on its side is shown as it was read; what is drawn stays where it was drawn.
            self.sketch.trim(steps.reading.size_wh, steps.image)
            self._lay_out(self.layer.canvas_wh)
            turned = 0
        found = ReadingView.of(steps, outcome.job.note, self.corrections, outcome.seconds, turned)
        self._read_of = self.sketch.strokes, self.sketch.picture
        self._found(found)
        if self._asked:
            self._asked = False
            words = found.text.replace("\n", " · ") or "no digit"
            self.view.told(Message(f"Read {words} in {1000 * found.seconds:.0f} ms"))
        self.was_read()

    def was_read(self) -> None:
        """Called after each reading of what is on the sheet."""

    def _found(self, reading_view: ReadingView) -> None:
        former = self.reading_view.parts[self.selected] if self.selected is not None else None
        self.reading_view = reading_view
        self.selected, self.chosen = self._selection(former)
        self.view.reading_view_changed()

    def _selection(self, former: Found | None) -> tuple[int | None, bool]:
        """What stays chosen if it is still there; else what was written last."""
        parts = self.reading_view.parts
        if former is not None and self.chosen:
            for i, found in enumerate(parts):
                if overlap(found.box, former.box) > 0.5:
                    return i, True
        if self.last_stroke is not None:
            overlaps = [overlap(found.box, self.last_stroke) for found in parts]
            if max(overlaps, default=0.0) > 0:
                return overlaps.index(max(overlaps)), False
        return (len(self.reading_view.digits) - 1 if self.reading_view.digits else None), False

    def part_at(self, x: float, y: float) -> int | None:
        """Which of ``reading_view.parts`` has its box at a canvas pixel; the smallest, of several."""
        inside = []
        for i, found in enumerate(self.reading_view.parts):
            left, top, right, bottom = self.layer.placement.edges(found.box)
            if left <= x < right and top <= y < bottom:
                inside.append(((right - left) * (bottom - top), i))
        return min(inside)[1] if inside else None

    def choose(self, index: int | None) -> None:
        """Chooses one of ``reading_view.parts`` to be looked at and corrected, or none."""
        self.selected, self.chosen = index, index is not None
        self.view.selection_changed()

    def choose_next(self, step: int) -> None:
        """Chooses the next digit (1), or the one before (-1)."""
        count = len(self.reading_view.parts)
        if count:
            at = self.selected if self.selected is not None and self.chosen else (-1 if step > 0 else count)
            self.choose((at + step) % count)
