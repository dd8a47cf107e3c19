"""The look of the window: ttk's own theme "clam" with our colours and sizes, light, dark and in high contrast.

sv-ttk brings pictures of one size, which stay small at 200 %; ttkbootstrap is larger than this program and starts
slower. Colours and type are all that clam lacks. This module knows which widgets there are, not what they do.
"""

from __future__ import annotations

import sys
import tkinter
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any, NamedTuple

_FAMILIES = ("Inter", "Adwaita Sans", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "DejaVu Sans")
"""On Linux, the first that is there; elsewhere Tk knows the system's own."""


class Palette(NamedTuple):
    """Colours as ``#rrggbb``. Text on any ground has a contrast of at least 4.5 (WCAG 1.4.3)."""

    window: str
    card: str
    border: str
    """Of buttons, at least 3 : 1 to what is round them (WCAG 1.4.11)."""
    hover: str
    text: str
    muted: str
    accent: str
    on_accent: str
    doubt: str
    error: str
    good: str
    paper: str
    ink: str


PALETTES = {
    # dark, high contrast
    (False, False): Palette("#f3f4f7", "#ffffff", "#868e9c", "#e3e7ee", "#1a1e27", "#5a6373", "#3557d6", "#ffffff",
                            "#8a5000", "#b3261e", "#17683f", "#ffffff", "#181b22"),
    (True, False): Palette("#16181d", "#1f2229", "#727a88", "#2f343f", "#eceef3", "#a3acbb", "#86a2ff", "#10142a",
                           "#f3bb5e", "#ff8f85", "#6fd3a0", "#111318", "#f0f2f7"),
    (False, True): Palette("#ffffff", "#ffffff", "#000000", "#e6e6e6", "#000000", "#000000", "#0000b4", "#ffffff",
                           "#7a3300", "#a00000", "#004d1f", "#ffffff", "#000000"),
    (True, True): Palette("#000000", "#000000", "#ffffff", "#303030", "#ffffff", "#ffffff", "#ffff33", "#000000",
                          "#ffb347", "#ff9d94", "#5dff9e", "#000000", "#ffffff"),
}  # fmt: skip


def rgb(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def dpi_of(root: tkinter.Misc) -> float:
    """Screen pixels per logical pixel, in quarters: 1 where a screen says 96 dots per inch or fewer."""
    return max(1.0, round(4 * root.winfo_fpixels("1i") / 96) / 4)


class Theme:
    """Colours and fonts of one window; ``use`` changes them for all widgets of ttk at once."""

    def __init__(self, root: tkinter.Tk, dpi: float) -> None:
        self.root, self.dpi = root, dpi
        self.dark, self.contrast, self.text_size = False, False, 1.0
        self.style = ttk.Style(root)
        self.style.theme_use("clam")
        self.family = _family(root)

    @property
    def palette(self) -> Palette:
        return PALETTES[self.dark, self.contrast]

    def px(self, logical: float) -> int:
        """Logical pixels as those of the screen."""
        return round(logical * self.dpi)

    def font(self, size: float, weight: str = "normal") -> tuple[str, int, str]:
        """A font whose size is in logical pixels of text at 100 %."""
        return (self.family, -round(size * self.dpi * self.text_size), weight)

    def use(self, dark: bool, contrast: bool = False, text_size: float = 1.0) -> None:
        """Light or dark, high contrast or not, and how large text is, 1 … 2."""
        self.dark, self.contrast, self.text_size = dark, contrast, text_size
        p, configure, line = self.palette, self.style.configure, 2 if contrast else 1
        self.root.configure(background=p.window)
        # Dialogs of Tk itself have these.
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkCaptionFont"):
            tkfont.nametofont(name, self.root).configure(family=self.family, size=self.font(14)[1])
        configure(
            ".", background=p.window, foreground=p.text, font=self.font(14), bordercolor=p.border, focuscolor=p.accent,
            lightcolor=p.window, darkcolor=p.window, troughcolor=p.hover, arrowcolor=p.text, focusthickness=line + 1,
            indicatorbackground=p.card, indicatorforeground=p.accent, insertcolor=p.text,
        )  # fmt: skip
        self._buttons()
        for style in ("TCheckbutton", "TRadiobutton"):
            side = round(15 * self.dpi * self.text_size)
            margin = (0, 0, self.px(6), 0)
            configure(style, indicatorsize=side, indicatormargin=margin, padding=self.px(5), upperbordercolor=p.border,
                      lowerbordercolor=p.border)  # fmt: skip
            self.style.map(style, background=[("active", p.hover)], indicatorbackground=[("", p.card)],
                           indicatorforeground=[("", p.accent)])  # fmt: skip
        configure("TScrollbar", background=p.border, arrowsize=self.px(16))
        self.style.map("TScrollbar", background=[("disabled", p.window), ("active", p.text)])
        configure("TScale", background=p.accent, sliderlength=self.px(22), gripcount=0, arrowsize=self.px(20))
        edge = p.border if contrast else p.hover
        configure("Card.TFrame", background=p.card, relief="solid", borderwidth=line, bordercolor=edge)
        configure("Body.TFrame", background=p.card)
        looks = {"": p.text, "Muted.": p.muted, "Doubt.": p.doubt, "Said.": p.good, "Error.": p.error}
        for name, colour in looks.items():
            configure(f"{name}TLabel", foreground=colour)
            configure(f"Card.{name}TLabel", background=p.card, foreground=colour)
            configure(f"Large.{name}TLabel", background=p.card, foreground=colour, font=self.font(40, "bold"))
        configure("Title.TLabel", background=p.card, foreground=p.muted, font=self.font(13, "bold"))

    def _buttons(self) -> None:
        p, configure = self.palette, self.style.configure
        edge: Any = [("focus", p.accent), ("disabled", p.hover)]
        configure("TButton", padding=(self.px(10), self.px(6)), width=0, anchor="center", background=p.card)
        self.style.map(
            "TButton", background=[("disabled", p.window), ("pressed", p.border), ("active", p.hover)],
            foreground=[("disabled", p.muted)], bordercolor=edge, lightcolor=[("focus", p.accent), ("", p.card)],
            darkcolor=[("focus", p.accent), ("", p.card)],
        )  # fmt: skip
        configure("Accent.TButton", background=p.accent, foreground=p.on_accent, font=self.font(14, "bold"))
        inner: Any = [("focus", p.text), ("disabled", p.window), ("", p.accent)]
        self.style.map(
            "Accent.TButton", background=[("disabled", p.window), ("active", p.text)],
            foreground=[("disabled", p.muted), ("active", p.window)],
            lightcolor=inner, darkcolor=inner,
        )  # fmt: skip
        configure("Key.TButton", padding=0, font=self.font(17, "bold"))


def _family(root: tkinter.Tk) -> str:
    default = str(tkfont.nametofont("TkDefaultFont", root).actual("family"))
    there = set() if sys.platform in ("win32", "darwin") else set(tkfont.families(root))
    return next((family for family in _FAMILIES if family in there), default)
