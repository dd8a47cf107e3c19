"""What the window's model and its widgets share: tools, who is told, and what the network saw of ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from inkread.apps.view_words import Message
from inkread.apps.window.ink_layer import Rect

if TYPE_CHECKING:
    from inkread.explain.closeup import Closeup
    from inkread.reader import Steps

PEN_WIDTHS = (3.0, 5.0, 8.0, 11.0, 14.0, 18.0, 24.0, 32.0)
"""Logical pixels."""
TOLD = {
    "live": ("Reads when you press Recognise", "Reads while you draw"),
    "mine": ("Reads without your corrections", "Reads digits as you corrected them"),
}
"""What is told when a tool is off, and when it is on."""
_SAME_INK = 0.03
"""Mean difference of glyphs below which the ink is the same: rendering anew after a resize stays below 0.01."""


@dataclass(frozen=True)
class Tools:
    """What the pen does, and how: ``width`` in logical pixels, ``dark`` for light ink on a dark canvas."""

    erasing: bool = False
    width: float = 11.0
    dark: bool = False
    live: bool = True
    mine: bool = True
    """Whether corrections change how digits are read."""

    @property
    def eraser_width(self) -> float:
        """Broader than the pen: rubbing out is not done to the pixel."""
        return max(20.0, 2.5 * self.width)


def stepped(sizes: Sequence[float], now: float, steps: int = 0) -> float:
    """Of ordered sizes, the one nearest to ``now``, or so many steps on."""
    nearest = min(range(len(sizes)), key=lambda i: abs(sizes[i] - now))
    return sizes[min(max(0, nearest + steps), len(sizes) - 1)]


class View(Protocol):
    """Who is told what changed."""

    def ink_changed(self, rect: Rect | None) -> None: ...
    def sheet_changed(self) -> None: ...
    def changed(self) -> None: ...  # number, digits, tools
    def asked(self) -> None: ...  # the thread has been asked for something: poll until it has brought it
    def told(self, message: Message) -> None: ...


class Ink:
    """What the network saw of a part, looked up when it is asked for: a page has hundreds."""

    def __init__(self, steps: Steps, part: Any) -> None:
        self._of: tuple[Steps, Any] | None = (steps, part)
        self._closeup: Closeup | None = None

    @property
    def closeup(self) -> Closeup | None:
        from inkread.explain.closeup import look_at

        if self._of is not None:
            (steps, part), self._of = self._of, None
            self._closeup = look_at(steps, part)
        return self._closeup


def same_ink(one: Ink | None, other: Ink | None) -> bool:
    a, b = one and one.closeup, other and other.closeup
    return bool(a and b and float(np.abs(a.glyph - b.glyph).mean()) < _SAME_INK)
