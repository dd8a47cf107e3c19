"""What an empty canvas says: three digits from the project's own pen, and what to do."""

from __future__ import annotations

import tkinter

import numpy as np

from inkread.apps.window.palette import Paper
from inkread.apps.window.pixels import tinted
from inkread.apps.window.shapes import Mask
from inkread.apps.window.theme import Theme
from inkread.sketch import draw_path, smooth

__all__ = ["Hint"]

_STROKES = (
    ((7, 19), (13, 14), (18, 7), (18, 7), (17.5, 30), (16, 54)),
    ((33, 19), (38, 9), (48, 8), (52, 17), (46, 32), (31, 53), (31, 53), (42, 51), (56, 53)),
    ((68, 11), (78, 6), (87, 12), (83, 23), (74, 28), (74, 28), (86, 32), (89, 44), (79, 54), (66, 50)),
    ((4, 69), (26, 65), (50, 68), (74, 64), (93, 66)),
)
"""1, 2, 3 and a line under them, in logical pixels; a point given twice is a corner."""
_SIZE_WH, _PEN = (98, 76), 4.2
_WORDS = "one digit or many, anywhere, with mouse, finger or pen"


class Hint:
    """Drawing and words in the middle of a canvas, while nothing else is on it."""

    def __init__(self, canvas: tkinter.Canvas, theme: Theme) -> None:
        self.canvas, self.theme = canvas, theme
        self._drawing = canvas.create_image(0, 0, state="hidden")
        self._title = canvas.create_text(0, 0, text="Draw a number", state="hidden")
        self._words = canvas.create_text(0, 0, text=_WORDS, state="hidden")
        self._shown: object = None
        self._image: tkinter.PhotoImage | None = None

    def show(self, visible: bool, paper: Paper) -> None:
        """Shows or hides them, in the middle of the canvas as it is now."""
        width, height = self.canvas.winfo_width(), self.canvas.winfo_height()
        if (wanted := (visible, paper.hint, width, height)) == self._shown:
            return
        self._shown = wanted
        items = (self._drawing, -72.0), (self._title, 10.0), (self._words, 47.0)
        for item, below in items:
            self.canvas.itemconfigure(item, state="normal" if visible else "hidden")
            self.canvas.coords(item, width / 2, height / 2 + self.theme.px(below))
        if visible:
            self._image = tinted(self.canvas, _drawn(self.theme.dpi), paper.sure)
            self.canvas.itemconfigure(self._drawing, image=self._image)
            font = self.theme.font
            self.canvas.itemconfigure(self._title, font=font(32, "bold"), fill=paper.hint)
            self.canvas.itemconfigure(self._words, font=font(15), fill=paper.hint_faint)


def _drawn(dpi: float) -> Mask:
    ink: Mask = np.zeros((round(_SIZE_WH[1] * dpi), round(_SIZE_WH[0] * dpi)), np.float32)
    for points in _STROKES:
        path = smooth(np.array(points) * dpi, 1.0)
        draw_path(ink, path, np.full(len(path), _PEN * dpi))
    return ink
