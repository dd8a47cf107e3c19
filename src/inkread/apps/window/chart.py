"""Ten probabilities as bars: what the glyph network makes of the shape alone."""

from __future__ import annotations

import tkinter

import numpy as np
from numpy.typing import NDArray

from inkread.apps.window.palette import rgb
from inkread.apps.window.pixels import put
from inkread.apps.window.shapes import rounded
from inkread.apps.window.theme import Theme
from inkread.confidence import percent

__all__ = ["Chart"]

_ROW, _ROW_MIN, _BAR = 20, 13, 8
_LABEL, _SHARE = 20, 64
"""Logical pixels for the digit on the left and the percentage on the right."""


class Chart(tkinter.Canvas):
    """Which digit the shape is, given that it is one, without its neighbours."""

    def __init__(self, parent: tkinter.Misc, theme: Theme, width: int) -> None:
        super().__init__(parent, width=width, height=10 * theme.px(_ROW), highlightthickness=0, borderwidth=0)
        self.theme, px = theme, theme.px
        self._width = width - px(_LABEL) - px(_SHARE)
        self._photos, self._labels, self._shares = [], [], []
        self._row = 0
        for digit in range(10):
            photo = tkinter.PhotoImage(master=self, width=self._width, height=px(_BAR))
            self._photos.append(photo)
            self.create_image(px(_LABEL), 0, image=photo, anchor="w", tags=f"row{digit}")
            self._labels.append(self.create_text(0, 0, text=str(digit), anchor="w", tags=f"row{digit}"))
            self._shares.append(self.create_text(width, 0, anchor="e", tags=f"row{digit}"))
        self._shown: tuple[NDArray[np.float32], int | None, bool] = (np.zeros(10, np.float32), None, False)
        self.fit(10 * px(_ROW))
        self.recolour()

    def fit(self, height: int) -> None:
        """Takes no more than so many pixels, as long as the digits can still be told apart."""
        row = min(self.theme.px(_ROW), max(self.theme.px(_ROW_MIN), height // 10))
        if row == self._row:
            return
        self._row = row
        self.configure(height=10 * row)
        for digit in range(10):
            for item in self.find_withtag(f"row{digit}"):
                self.coords(item, self.coords(item)[0], row * digit + row // 2)
        self.recolour()

    def show(self, probabilities: NDArray[np.float32], value: int | None, doubtful: bool) -> None:
        """``probabilities`` (10,), 0 … 1, of the shape alone; the bar of ``value`` is the one that stands out."""
        self._shown = probabilities, value, doubtful
        p = self.theme.palette
        for digit, share in enumerate(probabilities.tolist()):
            own = digit == value
            colour = (p.doubt if doubtful else p.accent) if own else p.muted
            put(self._photos[digit], self._bar(share, colour))
            size = min(13.0, self._row / self.theme.dpi - 2)
            font = self.theme.font(size, "bold" if own else "normal")
            tone = p.text if own or share >= 0.005 else p.muted
            self.itemconfigure(self._labels[digit], font=font, fill=tone)
            self.itemconfigure(self._shares[digit], text=percent(share), font=font, fill=tone)

    def recolour(self) -> None:
        self.configure(background=self.theme.palette.card)
        self.show(*self._shown)

    def _bar(self, share: float, colour: str) -> NDArray[np.uint8]:
        p, height = self.theme.palette, self.theme.px(_BAR)
        ground = np.array(rgb(p.card), np.float32)
        track = rounded(self._width, height, height / 2)[..., None]
        pixels = ground + (np.array(rgb(p.hover), np.float32) - ground) * track
        filled = round(share * self._width)
        if filled > 0:
            # Never narrower than round: a sliver would be a dash, not a bar.
            part = pixels[:, : max(filled, height)]
            part += (np.array(rgb(colour), np.float32) - part) * rounded(part.shape[1], height, height / 2)[
                ..., None
            ]
        return np.round(pixels).astype(np.uint8)
