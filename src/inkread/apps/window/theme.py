"""The look of the widgets: two ttk themes, light and dark, drawn by code at any size of screen.

Every size is in logical pixels times ``dpi``. This module knows which widgets there are, not what they do.
"""

from __future__ import annotations

import sys
import tkinter
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

import numpy as np

from inkread.apps.window.icons import icon
from inkread.apps.window.palette import DARK, LIGHT, Palette, rgb
from inkread.apps.window.pixels import tinted, translucent
from inkread.apps.window.shapes import disc, ring, rounded

__all__ = ["Theme", "dpi_of"]

_FAMILIES = ("Inter", "Adwaita Sans", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "DejaVu Sans")
"""On Linux, the first that is there; elsewhere Tk knows the system's own."""


def dpi_of(root: tkinter.Misc) -> float:
    """Screen pixels per logical pixel, in quarters: 1 where a screen says 96 dots per inch or fewer."""
    return max(1.0, round(4 * root.winfo_fpixels("1i") / 96) / 4)


class Theme:
    """Colours, fonts and images of one window; ``use`` changes from light to dark and back."""

    def __init__(self, root: tkinter.Tk, dpi: float) -> None:
        self.root, self.dpi = root, dpi
        self.palette: Palette = LIGHT
        self.style = ttk.Style(root)
        self.family = _family(root)
        self._images: dict[object, tkinter.PhotoImage] = {}
        """Tk forgets an image that nobody holds."""
        self._made: set[str] = set()

    def px(self, logical: float) -> int:
        """Logical pixels as those of the screen."""
        return round(logical * self.dpi)

    def font(self, size: float, weight: str = "normal") -> tuple[str, int, str]:
        """A font whose size is in logical pixels."""
        return (self.family, -self.px(size), weight)

    def use(self, dark: bool) -> None:
        """Light or dark, for all widgets of ttk at once."""
        self.palette = DARK if dark else LIGHT
        name = "inkread-dark" if dark else "inkread-light"
        if name not in self._made:
            self.style.theme_create(name, parent="clam")
            self._made.add(name)
            self.style.theme_use(name)
            self._elements()
            self._layouts()
            self._colours()
        self.style.theme_use(name)
        self.root.configure(background=self.palette.window)

    def icon(self, name: str, colour: str, size: float = 20) -> tkinter.PhotoImage:
        """An icon in one colour."""
        key = name, colour, size
        if key not in self._images:
            self._images[key] = tinted(self.root, icon(name, self.px(size)), rgb(colour))
        return self._images[key]

    def states(self, name: str, size: float = 20, on_accent: bool = False) -> Any:
        """An icon for each state of a button, as ttk wants it."""
        p = self.palette
        plain = p.on_accent if on_accent else p.text
        return (
            self.icon(name, plain, size),
            "disabled",
            self.icon(name, p.faint, size),
            "selected",
            self.icon(name, p.accent, size),
        )

    def _plate(
        self,
        fill: str | None,
        line: str | None = None,
        radius: float = 8,
        focus: bool = False,
        middle: float = 24,
        ground: str | None = None,
    ) -> tkinter.PhotoImage:
        """A rounded plate that ttk stretches in its middle; not translucent if its ``ground`` is given."""
        side, r = self.px(2 * radius + middle), radius * self.dpi
        colour = np.zeros((side, side, 3), np.float32)
        opacity = np.zeros((side, side), np.float32)
        if fill is not None:
            colour[:] = rgb(fill)
            opacity = rounded(side, side, r).copy()
        edges = [(line, max(1.0, self.dpi))] if line else []
        edges += [(self.palette.accent, 2 * self.dpi)] if focus else []
        for tint, width in edges:
            mask = ring(side, side, r, width)
            colour += (np.array(rgb(tint), np.float32) - colour) * mask[..., None]
            opacity = np.maximum(opacity, mask)
        if ground is not None:
            under = np.array(rgb(ground), np.float32)
            colour, opacity = under + (colour - under) * opacity[..., None], np.ones_like(opacity)
        return translucent(self.root, colour, opacity)

    def _element(self, name: str, radius: float, *looks: tuple[str, tkinter.PhotoImage]) -> None:
        plain, others = looks[0][1], looks[1:]
        for state, image in looks:
            self._images[name, state, self.palette.dark] = image
        specs: Any = [(*state.split(), image) for state, image in others]
        self.style.element_create(
            name, "image", plain, *specs, border=self.px(radius + 1), padding=0, sticky="nsew"
        )

    def _elements(self) -> None:
        p, plate = self.palette, self._plate
        self._element(
            "Plate.button", 8,
            ("", plate(p.card, p.border)),
            ("disabled", plate(p.window, p.border)),
            ("pressed", plate(p.pressed, p.border)),
            ("focus", plate(p.card, p.border, focus=True)),
            ("active", plate(p.hover, p.border)),
        )  # fmt: skip
        self._element(
            "Flat.button", 8,
            ("", plate(None)),
            ("disabled", plate(None)),
            ("pressed", plate(p.pressed)),
            ("selected focus", plate(p.accent_soft, focus=True)),
            ("selected", plate(p.accent_soft)),
            ("focus", plate(p.hover, focus=True)),
            ("active", plate(p.hover)),
        )  # fmt: skip
        self._element(
            "Accent.button", 8,
            ("", plate(p.accent)),
            ("pressed", plate(p.accent_hover)),
            ("focus", plate(p.accent, p.on_accent)),
            ("active", plate(p.accent_hover)),
        )  # fmt: skip
        # Tk fills a plate by copies of its middle: of a large one it needs few, and without transparency they are
        # copied, not blended. With a small one, a change in a card took 80 ms on the screen.
        self._element("Card.frame", 12, ("", plate(p.card, p.border, radius=12, middle=240, ground=p.window)))
        self._switch()
        self._slider()

    def _switch(self) -> None:
        p = self.palette

        def image(on: bool, focus: bool = False) -> tkinter.PhotoImage:
            width, height = self.px(34), self.px(20)
            track = rounded(width, height, height / 2)
            colour = np.zeros((height, width, 3), np.float32) + rgb(p.accent if on else p.faint)
            knob = disc(height, height - 6 * self.dpi)
            left = width - height if on else 0
            part = colour[:, left : left + height]
            part += (np.array(rgb(p.on_accent if on else p.card), np.float32) - part) * knob[..., None]
            if focus:
                edge = ring(width, height, height / 2, 2 * self.dpi)
                colour += (np.array(rgb(p.text), np.float32) - colour) * edge[..., None]
            return translucent(self.root, colour, track)

        looks = (("", image(False)), ("selected focus", image(True, True)), ("selected", image(True)),
                 ("focus", image(False, True)))  # fmt: skip
        for state, photo in looks:
            self._images["Switch", state, p.dark] = photo
        specs: Any = [(*state.split(), photo) for state, photo in looks[1:]]
        self.style.element_create("Switch.indicator", "image", looks[0][1], *specs, sticky="w")

    def _slider(self) -> None:
        p, side = self.palette, self.px(18)

        def knob(colour: str) -> tkinter.PhotoImage:
            return tinted(self.root, disc(side, 15 * self.dpi), rgb(colour))

        track = np.zeros((side, self.px(20)), np.float32)
        thick = self.px(4)
        top = (side - thick) // 2
        track[top : top + thick] = rounded(self.px(20), thick, thick / 2)
        images = {
            "knob": knob(p.accent),
            "hover": knob(p.accent_hover),
            "track": tinted(self.root, track, rgb(p.faint)),
        }
        for name, photo in images.items():
            self._images["Slider", name, p.dark] = photo
        create = self.style.element_create
        create("Inkread.slider", "image", images["knob"], ("active", images["hover"]), sticky="")
        create("Inkread.trough", "image", images["track"], border=(self.px(4), 0), sticky="ew")

    def _layouts(self) -> None:
        label: Any = [
            ("Button.padding", {"children": [("Button.label", {"sticky": "nswe"})], "sticky": "nswe"})
        ]
        for name, element in (("TButton", "Plate"), ("Flat.TButton", "Flat"), ("Accent.TButton", "Accent")):
            self.style.layout(name, [(f"{element}.button", {"sticky": "nswe", "children": label})])
        self.style.layout("Link.TButton", label)
        self.style.layout("Flat.Toolbutton", [("Flat.button", {"sticky": "nswe", "children": label})])
        self.style.layout("Card.TFrame", [("Card.frame", {"sticky": "nswe"})])
        self.style.layout(
            "Switch.TCheckbutton",
            [
                ("Switch.indicator", {"side": "left"}),
                ("Checkbutton.label", {"side": "left", "sticky": "nswe"}),
            ],
        )
        self.style.layout(
            "Horizontal.TScale",
            [
                (
                    "Inkread.trough",
                    {"sticky": "ew", "children": [("Inkread.slider", {"side": "left", "sticky": ""})]},
                )
            ],
        )

    def _colours(self) -> None:
        p, configure = self.palette, self.style.configure
        configure(
            ".",
            background=p.window,
            foreground=p.text,
            font=self.font(14),
            focuscolor=p.accent,
            borderwidth=0,
        )
        configure("TButton", padding=self.px(7), anchor="center")
        for style in ("Flat.TButton", "Flat.Toolbutton"):
            configure(style, padding=self.px(9), anchor="center")
        configure("Accent.TButton", padding=(self.px(18), self.px(9)), foreground=p.on_accent,
                  font=self.font(14, "bold"))  # fmt: skip
        self.style.map("TButton", foreground=[("disabled", p.faint)])
        self.style.map("Accent.TButton", foreground=[("disabled", p.on_accent)])
        configure("Key.TButton", padding=(0, self.px(5)), font=self.font(15), background=p.card)
        configure("Link.TButton", padding=0, foreground=p.accent, background=p.card, font=self.font(14))
        configure("Switch.TCheckbutton", padding=(self.px(8), self.px(4)))
        configure("Rule.TFrame", background=p.border)
        for name, colour in {"": p.text, "Muted.": p.muted, "Doubt.": p.doubt_text}.items():
            configure(f"Card.{name}TLabel", background=p.card, foreground=colour, font=self.font(14))
        configure("Caption.TLabel", background=p.card, foreground=p.muted, font=self.font(12, "bold"))
        configure("Value.TLabel", background=p.card, foreground=p.text, font=self.font(44, "bold"))
        configure("Body.TFrame", background=p.card)
        configure("Doubt.Sure.TLabel", background=p.card, foreground=p.doubt_text, font=self.font(18))
        configure("Sure.TLabel", background=p.card, foreground=p.text, font=self.font(18))
        configure("Said.Sure.TLabel", background=p.card, foreground=p.good, font=self.font(18))
        configure("Said.Value.TLabel", background=p.card, foreground=p.good, font=self.font(44, "bold"))
        for kind, colour in {"info": p.muted, "good": p.good, "error": p.error}.items():
            configure(f"{kind}.Status.TLabel", foreground=colour, font=self.font(13))


def _family(root: tkinter.Tk) -> str:
    if sys.platform in ("win32", "darwin"):
        return str(tkfont.nametofont("TkDefaultFont", root).actual("family"))
    there = set(tkfont.families(root))
    default = str(tkfont.nametofont("TkDefaultFont", root).actual("family"))
    return next((family for family in _FAMILIES if family in there), default)
