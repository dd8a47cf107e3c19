"""The 28 by 28 pixels that the network sees, large enough to be looked at."""

from __future__ import annotations

import tkinter

import numpy as np
from numpy.typing import NDArray

from inkread.apps.window.palette import rgb
from inkread.apps.window.pixels import put
from inkread.apps.window.shapes import rounded
from inkread.apps.window.theme import Theme

__all__ = ["GlyphTile"]

_ZOOM = 4
_GROUND, _INK = np.array([16, 18, 23], np.float32), np.array([246, 247, 250], np.float32)
"""Light on dark, as MNIST is shown everywhere."""


class GlyphTile(tkinter.Label):
    """One glyph, 4 logical pixels for each of its own, with rounded corners."""

    def __init__(self, parent: tkinter.Misc, theme: Theme) -> None:
        self.theme = theme
        self._side = 28 * theme.px(_ZOOM)
        self._photo = tkinter.PhotoImage(master=parent, width=self._side, height=self._side)
        super().__init__(parent, image=self._photo, borderwidth=0, padx=0, pady=0)
        self._glyph: NDArray[np.float32] = np.zeros((28, 28), np.float32)
        self.recolour()

    def show(self, glyph: NDArray[np.float32]) -> None:
        """Shows ``glyph`` (28, 28), 0 paper … 1 ink."""
        self._glyph = glyph
        large = np.kron(glyph, np.ones((self._side // 28, self._side // 28), np.float32))[..., None]
        pixels = _GROUND + (_INK - _GROUND) * large
        mask = rounded(self._side, self._side, 8 * self.theme.dpi)[..., None]
        card = np.array(rgb(self.theme.palette.card), np.float32)
        put(self._photo, np.round(card + (pixels - card) * mask).astype(np.uint8))

    def recolour(self) -> None:
        self.configure(background=self.theme.palette.card)
        self.show(self._glyph)
