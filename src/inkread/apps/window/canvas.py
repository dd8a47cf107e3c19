"""The canvas: pointer to model, model to screen. Each movement sends the screen only the pixels that changed."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from inkread.apps.window.compositor import Compositor
from inkread.apps.window.hint import Hint
from inkread.apps.window.labels import Kind, LabelSpec, without_collisions
from inkread.apps.window.model import Model
from inkread.apps.window.palette import DARK_PAPER, LIGHT_PAPER, Paper, rgb
from inkread.apps.window.pixels import put
from inkread.apps.window.placement import Rect, around, clipped
from inkread.apps.window.reading_view import Found
from inkread.apps.window.theme import Theme
from inkread.confidence import percent
from inkread.reading import Mark

__all__ = ["SheetCanvas"]

_FRAME_MS = 16
_RESIZE_MS = 40
"""A window that is being pulled larger is laid out when it rests that long."""
_REST_MS = 250
"""A pen that rests that long, still down, has what it drew so far read."""
_ROOM = 6
"""Logical pixels between ink and its box."""


class SheetCanvas(tkinter.Canvas):
    """Shows a model's sheet; pointer events go to the model."""

    def __init__(self, parent: tkinter.Misc, theme: Theme) -> None:
        super().__init__(parent, highlightthickness=0, borderwidth=0, takefocus=1, cursor="crosshair")
        self.theme = theme
        self.model: Model | None = None
        self.compositor = Compositor()
        self._photo = tkinter.PhotoImage(master=self, width=1, height=1)
        self.create_image(0, 0, image=self._photo, anchor="nw")
        self._hint = Hint(self, theme)
        self._timers: dict[str, str] = {}
        self.bind("<Configure>", self._configured)
        self.bind("<ButtonPress-1>", self._pressed)
        self.bind("<B1-Motion>", self._moved)
        self.bind("<ButtonRelease-1>", self._released)
        self.bind("<Motion>", self._hovered)

    @property
    def canvas_wh(self) -> tuple[int, int]:
        return max(1, self.winfo_width()), max(1, self.winfo_height())

    @property
    def paper(self) -> Paper:
        return DARK_PAPER if self.model is not None and self.model.tools.dark else LIGHT_PAPER

    def draw(self, rect: Rect | None) -> None:
        """Sends a part of the canvas to the screen."""
        inner = clipped(rect, self.canvas_wh) if rect is not None else None
        if inner is not None and self._photo.width() >= inner[2] and self._photo.height() >= inner[3]:
            put(self._photo, self.compositor.compose(inner), inner[0], inner[1])
        self._hint.show(self.model is not None and self.model.is_blank, self.paper)

    def lay_out(self) -> None:
        """The sheet, the paper or the theme is another: everything is drawn anew."""
        if self.model is None:
            return
        palette = self.theme.palette
        self.configure(background=palette.window)
        picture = self.model.sketch.picture
        around_colour = rgb(palette.window)
        self.compositor.lay_out(
            self.model.layer, self.paper, picture, around_colour, rgb(palette.border), self.theme.px(12)
        )
        self._photo.configure(width=self.canvas_wh[0], height=self.canvas_wh[1])
        self.compositor.labels.show(self._specs(), self.paper, anew=True)
        self.draw((0, 0, *self.canvas_wh))

    def show_reading_view(self) -> None:
        """The labels of what was found; new ones fade in."""
        for rect in self.compositor.labels.show(self._specs(), self.paper):
            self.draw(rect)
        if self.compositor.labels.fading:
            self._after("fade", _FRAME_MS, self._fade)

    def _fade(self) -> None:
        for rect in self.compositor.labels.step():
            self.draw(rect)
        if self.compositor.labels.fading:
            self._after("fade", _FRAME_MS, self._fade)

    def _specs(self) -> list[LabelSpec]:
        if self.model is None:
            return []
        parts = self.model.reading_view.parts
        chosen = self.model.selected if self.model.chosen else None
        specs = [self._spec(found, i == chosen) for i, found in enumerate(parts)]
        return without_collisions(
            specs + [self._spec(found, False) for found in self.model.reading_view.marks]
        )

    def _spec(self, found: Found, chosen: bool) -> LabelSpec:
        assert self.model is not None
        room = self.theme.px(_ROOM)
        box = clipped(around(self.model.layer.placement.edges(found.box), room), self.canvas_wh) or (
            0,
            0,
            1,
            1,
        )
        kind: Kind = "scrap" if found.value is None else "doubt" if found.doubtful else "sure"
        kind = "said" if found.said else kind
        value = "" if found.value is None else f"{found.value}?" if found.doubtful else str(found.value)
        detail = "not a digit" if found.value is None else percent(found.confidence)
        detail = found.said or detail
        if isinstance(found.part, Mark):
            kind, value, detail = "mark", found.text, ""
        return LabelSpec(box, value, detail, kind, chosen, self.theme.dpi, self.canvas_wh)

    def _configured(self, _event: tkinter.Event[tkinter.Misc]) -> None:
        if self.model is None or self.canvas_wh == self.model.layer.canvas_wh:
            return
        if self.model.layer.canvas_wh == (1, 1):
            self._resize()  # the first time: at once
        else:
            self._after("resize", _RESIZE_MS, self._resize)

    def _resize(self) -> None:
        if self.model is not None and self.canvas_wh != self.model.layer.canvas_wh:
            self.model.pen_up()
            self.model.resize(self.canvas_wh, self.theme.dpi)

    def _pressed(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.focus_set()
        if self.model is not None:
            if self.canvas_wh != self.model.layer.canvas_wh:
                self._resize()  # what is drawn now must lie where the pen is
            self.model.pen_down(event.x + 0.5, event.y + 0.5)
            self._after("rest", _REST_MS, self.model.rest)

    def _moved(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if self.model is not None:
            self.model.pen_move(event.x + 0.5, event.y + 0.5)
            self._after("rest", _REST_MS, self.model.rest)

    def _released(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self._cancel("rest")
        if self.model is not None:
            self.model.pen_up(event.x + 0.5, event.y + 0.5)

    def _hovered(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if self.model is None:
            return
        over = not self.model.tools.erasing and self.model.part_at(event.x, event.y) is not None
        cursor = "hand2" if over else "circle" if self.model.tools.erasing else "crosshair"
        if self["cursor"] != cursor:
            self.configure(cursor=cursor)

    def _after(self, name: str, wait_ms: int, call: Callable[[], object]) -> None:
        """Calls later, and only once: a timer of the same name is put off."""

        def run() -> None:
            del self._timers[name]
            call()

        self._cancel(name)
        self._timers[name] = self.after(wait_ms, run)

    def _cancel(self, name: str) -> None:
        if name in self._timers:
            self.after_cancel(self._timers.pop(name))
