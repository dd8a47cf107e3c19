"""The colours of the window, light and dark: quiet greys, one accent, amber for doubt, green for what people said.

This module knows no widget.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DARK", "DARK_PAPER", "LIGHT", "LIGHT_PAPER", "Colour", "Palette", "Paper", "mixed", "rgb"]

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Colours as ``#rrggbb``; ``on_accent`` is what is written on the accent."""

    dark: bool
    window: str
    card: str
    border: str
    hover: str
    pressed: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    doubt: str
    doubt_text: str
    error: str
    good: str


@dataclass(frozen=True)
class Paper:
    """The canvas: what is drawn on it, and the boxes round what was read."""

    paper: Colour
    ink: Colour
    sure: Colour
    on_sure: Colour
    doubt: Colour
    on_doubt: Colour
    said: Colour
    on_said: Colour
    scrap: Colour
    on_scrap: Colour
    hint: str
    """Of the words on an empty canvas."""
    hint_faint: str


# Contrast of text to its ground is at least 4.5 : 1 (WCAG 2.2, 1.4.3), of muted text, too.
LIGHT = Palette(
    dark=False,
    window="#f3f4f7",
    card="#ffffff",
    border="#dfe2e8",
    hover="#e8ebf0",
    pressed="#dbe0e8",
    text="#1a1e27",
    muted="#5f6878",
    faint="#c3c9d3",
    accent="#3557d6",
    accent_hover="#2a48bd",
    accent_soft="#e3e8fb",
    on_accent="#ffffff",
    doubt="#e08a00",
    doubt_text="#9a5b00",
    error="#b3261e",
    good="#1b7a4b",
)
DARK = Palette(
    dark=True,
    window="#16181d",
    card="#1f2229",
    border="#31353f",
    hover="#2a2e37",
    pressed="#363b46",
    text="#eceef3",
    muted="#9ca5b5",
    faint="#4a505c",
    accent="#86a2ff",
    accent_hover="#9db4ff",
    accent_soft="#2b3355",
    on_accent="#10142a",
    doubt="#f0ac3c",
    doubt_text="#f3bb5e",
    error="#ff8f85",
    good="#6fd3a0",
)
LIGHT_PAPER = Paper(
    paper=(255, 255, 255),
    ink=(24, 27, 34),
    sure=(53, 87, 214),
    on_sure=(255, 255, 255),
    doubt=(224, 138, 0),
    on_doubt=(40, 24, 0),
    said=(27, 122, 75),
    on_said=(255, 255, 255),
    scrap=(128, 136, 150),
    on_scrap=(255, 255, 255),
    hint="#5f6878",
    hint_faint="#8a93a3",
)
DARK_PAPER = Paper(
    paper=(17, 19, 24),
    ink=(240, 242, 247),
    sure=(134, 162, 255),
    on_sure=(16, 20, 42),
    doubt=(240, 172, 60),
    on_doubt=(42, 26, 0),
    said=(111, 211, 160),
    on_said=(10, 34, 22),
    scrap=(122, 131, 147),
    on_scrap=(17, 19, 24),
    hint="#9ca5b5",
    hint_faint="#7c8595",
)


def rgb(colour: str) -> Colour:
    """``#rrggbb`` as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(under: Colour, over: Colour, share: float) -> Colour:
    """So much of ``over`` on ``under``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(under, over, strict=True))
    return red, green, blue
