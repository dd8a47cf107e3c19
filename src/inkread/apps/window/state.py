"""Tools, messages and wording that model and window share. This module knows neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["PEN_WIDTHS", "Message", "Tools", "counted"]

PEN_WIDTHS = (3.0, 5.0, 8.0, 11.0, 14.0, 18.0, 24.0, 32.0)
"""Logical pixels."""


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


@dataclass(frozen=True)
class Message:
    """One line for the status bar."""

    text: str
    kind: Literal["info", "good", "error"] = "info"


def counted(number: int, what: str) -> str:
    """``3 digits``, ``1 digit``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
