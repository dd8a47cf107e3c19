"""What the window does, without a window: pen, tools, pictures and readings round one view model.

The window tells it what the user does, asks ``poll`` for what the reading thread brought, and is told through
``View`` what to draw anew. Coordinates are canvas pixels. This module knows no widget, and it never waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkread.apps.view_model import ViewModel
from inkread.apps.view_parts import Edges, Edit, Found, as_corrected
from inkread.apps.view_words import Message
from inkread.apps.window.image import ImagePlace, image_of_sheet
from inkread.apps.window.ink_layer import InkLayer, Placement
from inkread.apps.window.reading_thread import Job, Opened, Outcome, ReadingThread, load_page
from inkread.apps.window.state import PEN_WIDTHS, TOLD, Ink, Tools, View, same_ink, stepped
from inkread.corrections import Added, CannotKeep, Corrections
from inkread.errors import InkreadError
from inkread.reading import Reading
from inkread.sketch import Sketch

if TYPE_CHECKING:
    from inkread.reader import Steps

_CLICK = 4.0
"""Logical pixels: a pen that moves less than this inside a digit's box has chosen it, not drawn on it."""
_AT_ONCE_SECONDS, _TURN_SECONDS = 0.03, 0.012
"""How long laying a sheet out anew may hold up the window, and each turn of what takes longer."""
_NOT_SHOWN = {"speck", "rule", "mark", "printed"}
"""Why ink was left unread that nobody takes for digits."""


class Model:
    """The state of one window; ``seen`` is what is shown of it, ``store`` keeps what is corrected."""

    def __init__(
        self, view: View, readings: ReadingThread, store: Corrections, tools: Tools | None = None
    ) -> None:
        self.view, self.readings, self.store = view, readings, store
        self.tools = tools or Tools()
        self.seen = ViewModel(same_ink=same_ink, live=self.tools.live, followed=self._follow)
        self.layer = InkLayer()
        self.dpi = 1.0
        """Canvas pixels per logical pixel: 2 on a screen of 200 %."""
        self.steps: Steps | None = None
        """The steps of the reading that is shown."""
        self.seconds = 0.0
        self._place = ImagePlace()
        self._preparing: Iterator[None] | None = None
        """What of the strokes is still to be drawn for a canvas of another size."""
        self._ticket = 0
        self._last_opened: Opened | None = None
        self._asked = False
        self._pressed: tuple[float, float] | None = None
        """Where the pen went down in a box, or to mark one: not yet known whether it chooses or draws."""
        self.inserting: bool | None = None
        """Whether the next digit that is typed is inserted before the chosen one (True) or after it (False)."""
        self.marked: Edges | None = None
        """The box round the ink of that digit, if somebody drew one."""
        self._added: dict[Edit, Added] = {}
        self._kept: int | None = None

    # The sheet and the pen

    def resize(self, canvas_wh: tuple[int, int], dpi: float = 1.0) -> None:
        """The canvas has another size: bare paper grows with it, and a drawing zooms."""
        self.dpi = dpi
        if self.seen.is_blank:
            self.seen.trim(self._bare(canvas_wh))
        self._lay_out(canvas_wh)

    def _bare(self, canvas_wh: tuple[int, int]) -> tuple[int, int]:
        return max(1, round(canvas_wh[0] / self.dpi)), max(1, round(canvas_wh[1] / self.dpi))

    def _lay_out(self, canvas_wh: tuple[int, int]) -> None:
        sheet = self.seen.sheet
        bounds = Sketch(sheet.size_wh, sheet.strokes).bounds
        self.layer.lay_out(canvas_wh, Placement.fitting(sheet.size_wh, bounds, canvas_wh))
        self._preparing = self.layer.prepare(sheet.strokes)
        if self._catch_up(_AT_ONCE_SECONDS):
            self.view.sheet_changed()
            self.view.asked()

    def _catch_up(self, seconds: float = float("inf")) -> bool:
        """Goes on drawing strokes for a new size of the canvas, so long; whether there is more to do."""
        if self._preparing is None:
            return False
        end = time.monotonic() + seconds
        for _ in self._preparing:
            if time.monotonic() >= end:
                return True
        self._preparing = None
        self.layer.show(self.seen.sheet.strokes)
        self.view.sheet_changed()
        self.read()
        return False

    @property
    def is_blank(self) -> bool:
        """Whether nobody has drawn anything: no ink, no picture, and no pen on its way."""
        return self.seen.is_blank and not self.layer.pen_is_down

    @property
    def is_empty(self) -> bool:
        """Whether there is neither ink nor a picture."""
        return self.seen.sheet.picture is None and not self.layer.ink.any()

    def pen_down(self, x: float, y: float) -> None:
        """The pen touches the canvas: it draws, rubs out, or chooses the digit whose box it is in."""
        self.pen_up()
        if self.inserting is not None or (not self.tools.erasing and self.part_at(x, y) is not None):
            self._pressed = x, y
        else:
            self._begin(x, y)

    def _begin(self, x: float, y: float) -> None:
        self._catch_up()
        tools = self.tools
        width = (tools.eraser_width if tools.erasing else tools.width) * self.dpi
        self.view.ink_changed(self.layer.begin(x, y, width, tools.erasing))

    def pen_move(self, x: float, y: float) -> None:
        """The pen moves on the canvas."""
        if self._pressed is not None:
            start = self._pressed
            if np.hypot(x - start[0], y - start[1]) < _CLICK * self.dpi:
                return
            if self.inserting is not None:
                corners = self.layer.placement.to_sheet([start, (x, y)])
                self.marked = (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
                self.view.changed()
                return
            self._pressed = None
            self._begin(*start)
        if self.layer.pen_is_down:
            self.view.ink_changed(self.layer.move(x, y))

    def pen_up(self, x: float | None = None, y: float | None = None) -> None:
        """The pen leaves the canvas: the stroke is kept and read, or the digit chosen."""
        if self._pressed is not None:
            at, self._pressed = self._pressed, None
            if self.marked is None:
                self.choose(self.part_at(*at))
        if not self.layer.pen_is_down:
            return
        if x is not None and y is not None:
            self.view.ink_changed(self.layer.move(x, y))
        stroke = self.layer.finish()
        assert stroke is not None
        self.say("drew", stroke, "the eraser" if stroke.erases else "a stroke")

    def rest(self) -> None:
        """The pen rests on the canvas: what it drew so far is read, too."""
        if self.layer.pen_is_down:
            self.read()

    def clear(self) -> None:
        """An empty sheet; can be undone."""
        self.say("clear", self._bare(self.layer.canvas_wh))

    def say(self, name: str, *given: Any) -> None:
        """Has the view model do something by the name of its method: ``choose``, ``correct``, ``undo``."""
        self.pen_up()
        self._do(partial(getattr(self.seen, name), *given))

    def _do(self, change: Callable[[], object]) -> None:
        """Changes the view model, and has drawn, read and told what came of it."""
        self._catch_up()
        before, message = self.seen.sheet, self.seen.message
        change()
        sheet = self.seen.sheet
        if sheet.size_wh != before.size_wh or sheet.picture is not before.picture:
            self._lay_out(self.layer.canvas_wh)
        elif sheet.strokes != before.strokes:
            self.view.ink_changed(self.layer.show(sheet.strokes))
            self.read()
        elif self.seen.is_put_off:
            # People say it of the ink that they see: it is read first.
            self.read(asked=not self.tools.live)
        if self.seen.message is not message:
            self.view.told(self.seen.message)
        self.view.changed()

    def set_tools(self, **changes: Any) -> None:
        """Other tools: any fields of ``Tools``."""
        before, self.tools = self.tools, replace(self.tools, **changes)
        self.seen.live = self.tools.live
        self.view.changed()
        if before.dark != self.tools.dark:
            self.view.sheet_changed()
        if (before.dark, before.mine) != (self.tools.dark, self.tools.mine) or self.tools.live > before.live:
            self.read()

    def use(self, tool: str, on: bool | None = None) -> None:
        """Switches a tool on or off; None: to the other of both."""
        on = not getattr(self.tools, tool) if on is None else on
        self.set_tools(**{tool: on})
        if tool in TOLD:
            self.view.told(Message(TOLD[tool][on]))

    def step_width(self, steps: int) -> None:
        """The next wider or narrower pen."""
        self.set_tools(width=stepped(PEN_WIDTHS, self.tools.width, steps))
        self.view.told(Message(f"Pen width {self.tools.width:g}"))

    # Reading

    def read(self, asked: bool = False) -> None:
        """Has what is on the sheet read, if reading is live or was ``asked`` for."""
        self._ticket += 1
        if self._preparing is not None:
            return  # the ink is not yet what it will be: it is read when it is
        if self.is_empty:
            if not self.seen.is_blank:  # all of it was rubbed out
                self.seen.read(Found(), self.seen.sheet)
            if asked:
                self.view.told(Message("There is nothing to read yet. Draw a number."))
        elif asked or self.tools.live:
            self._asked = asked
            self.seen.started()
            make_image, place = image_of_sheet(self.seen.sheet, self.layer, self.dpi, self.tools.dark)
            self.readings.submit(Job(self._ticket, make_image, place, self.tools.mine))
            self.view.asked()

    def recognise(self) -> None:
        """Reads now, also when reading is not live."""
        self.pen_up()
        self.read(asked=True)
        self.view.changed()

    def open(self, source: Any, name: str = "", page: int = 1) -> None:
        """Opens a picture, or one page (from 1): a path, bytes, or anything else that ``inkread.read`` takes."""
        shown = name or Path(source).name
        self.view.told(Message(f"Opening {shown} …"))
        self.readings.open(shown, partial(load_page, shown, source, page))
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
        putting_off = self._catch_up(_TURN_SECONDS)
        for outcome in self.readings.outcomes():
            if isinstance(outcome, Opened):
                self._opened(outcome)
            elif outcome.job.ticket == self._ticket:  # else the sheet is no longer what was read
                self._do(partial(self._read, outcome))
        return putting_off or self.readings.busy

    def _opened(self, opened: Opened) -> None:
        if opened.error:
            self.view.told(Message(opened.error, "error"))
            return
        image: NDArray[np.uint8] = opened.image
        self._last_opened, size_wh = opened, (image.shape[1], image.shape[0])
        self.say("opened", size_wh, image, f"opening {opened.name}")
        several = f", page {opened.page} of {opened.page_count:,} (Page Up, Page Down)"
        where = several if opened.page_count > 1 else ""
        self.view.told(Message(f"{opened.name}{where}: {size_wh[0]} by {size_wh[1]} pixels"))

    def _read(self, outcome: Outcome) -> None:
        if outcome.steps is None:
            self.steps = None
            self.seen.failed(outcome.error)
            return
        steps, sheet = outcome.steps, self.seen.sheet
        reading, place = steps.reading, outcome.job.note
        turned = reading.turned_degrees
        if turned and sheet.picture is not None and not sheet.strokes:
            # A photo that lay on its side is shown as it was read; what is drawn stays where it was drawn.
            self.seen.trim(reading.size_wh, steps.image)
            turned = 0
        self.steps, self.seconds = steps, outcome.seconds
        self._place = replace(place, turned_degrees=turned, size_wh=reading.size_wh)
        found = Found.of(
            reading, self._place.to_sheet, partial(Ink, steps), lambda part: part.reason not in _NOT_SHOWN
        )
        self.seen.read(found)
        if self._asked:
            self._asked = False
            words = self.seen.number.replace("\n", " · ") or "no digit"
            self.view.told(Message(f"Read {words} in {1000 * self.seconds:.0f} ms"))

    @property
    def corrected_reading(self) -> Reading | None:
        """The reading with what was said of it, for pictures; None before anything was read."""
        if self.steps is None:
            return None
        return as_corrected(self.steps.reading, self.seen.lines, self._place.to_image)

    # What is chosen and said

    def part_at(self, x: float, y: float) -> int | None:
        """Which of the parts has its box at a canvas pixel; the smallest, of several."""
        inside = []
        for i, part in enumerate(self.seen.parts):
            left, top, right, bottom = self.layer.placement.edges(part.box)
            if left <= x < right and top <= y < bottom:
                inside.append(((right - left) * (bottom - top), i))
        return min(inside)[1] if inside else None

    def begin_inserting(self, before: bool) -> None:
        """The next digit that is typed is inserted beside the chosen one; a box that is drawn shows its ink."""
        part, self.marked = self.seen.selected_part, None
        if part is None or part.value is None:
            self.view.told(Message("Choose a digit first, then insert beside it"))
            return
        self.inserting = before
        self.say("choose", self.seen.selected)
        side = "before" if before else "after"
        self.view.told(
            Message(f"Type the digit {side} the {part.value}. A box drawn round its ink is learned.")
        )

    def give_up_inserting(self) -> None:
        """What is typed next is no longer inserted."""
        self.inserting = self.marked = None

    def choose(self, index: int | None) -> None:
        """Chooses one of the parts; what is typed next is not inserted."""
        self.give_up_inserting()
        self.say("choose", index)

    def digit(self, value: int) -> None:
        """What the chosen digit is, or what is inserted beside it."""
        before, own = self.inserting, self.marked
        self.give_up_inserting()
        if before is None:
            self.say("correct", value)
        else:
            self.say("insert", value, before, own)

    def forget_all(self) -> None:
        """Deletes all corrections from the store; undo keeps those of this sheet again. Raises ``CannotKeep``."""
        number = self.store.clear()
        self._added.clear()
        self.say("forgot", number)
        self._kept = None
        self.read()
        self.view.changed()

    def _follow(self, before: tuple[Edit, ...], after: tuple[Edit, ...]) -> None:
        """The store follows what is said of this sheet, and what was learned may change other digits."""
        try:
            for gone in reversed([edit for edit in before if edit not in after]):
                if gone in self._added:
                    self.store.take_back(self._added.pop(gone))
            for come in [edit for edit in after if edit not in before]:
                if come.kind == "correct" or come.own is not None:
                    self._keep(come)
        except InkreadError as error:
            self.seen.message = Message(f"Shown, but not kept: {error}", "error")
        self._kept = None
        self.read()

    def _keep(self, edit: Edit) -> None:
        picture = self._picture_of(edit)
        if picture is None or edit.value is None:
            self.seen.message = Message("Shown, but not kept: there is too little ink to learn from", "error")
            return
        self._added[edit] = self.store.add(picture, edit.value, edit.guessed)

    def _picture_of(self, edit: Edit) -> NDArray[np.uint8] | None:
        """The ink that something was said of: that of a digit, or in the box that was drawn for one."""
        from inkread.explain.closeup import ink_picture

        if edit.own is not None:
            return ink_picture(self.steps.image, self._place.to_image(edit.own)) if self.steps else None
        closeup = edit.ink and edit.ink.closeup
        return closeup.picture if closeup else None

    @property
    def kept(self) -> int:
        """How many corrections there are in the store."""
        if self._kept is None:
            self._kept = 0
            try:
                self._kept = self.store.count()
            except CannotKeep as error:
                self.view.told(Message(str(error), "error"))
        return self._kept
