"""The panel beside the canvas: the number in large type, and the digit that is looked at.

This module reads the model and changes nothing in it, save by the calls it was given.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk

import numpy as np

from inkread.apps.view_parts import Part
from inkread.apps.window.canvas import put
from inkread.apps.window.model import Model
from inkread.apps.window.state import Ink
from inkread.apps.window.theme import Theme
from inkread.apps.window.toolbar import Scroller
from inkread.confidence import percent

_WIDTH, _PAD, _KEY, _GLYPH = 320, 14, 46, 84
"""Logical pixels of the panel, round its contents, of a key's side (at least 44 of it are the key), of a glyph."""
_LARGEST, _SMALLEST, _LINES = 52, 18, 4
"""Logical pixels of type of the number, and how many lines of it are in sight."""


class Panel(Scroller):
    """Two cards, one above the other."""

    def __init__(
        self, parent: tkinter.Misc, theme: Theme, model: Model, run: Callable[[str], object]
    ) -> None:
        super().__init__(parent, theme.palette.window)
        self.theme = theme
        self.body.columnconfigure(0, weight=1)
        self.number = NumberCard(self.body, theme, model)
        self.number.grid(row=0, column=0, sticky="ew")
        self.digit = DigitCard(self.body, theme, model, run)
        self.digit.grid(row=1, column=0, sticky="nsew", pady=(theme.px(10), 0))

    def fit_into(self, width: int) -> None:
        """As broad as its text wants, and no more than half of a window of ``width``."""
        self.view.configure(width=min(self.theme.px(_WIDTH * self.theme.text_size), width // 2))

    def show(self, stale: bool) -> None:
        """What was found, and what is chosen of it."""
        self.number.show(stale)
        self.digit.show(stale)

    def restyle(self) -> None:
        """Takes over the colours and fonts of the theme."""
        self.view.configure(background=self.theme.palette.window)
        self.number.restyle()
        self.digit.chart.show(*self.digit.chart.shown)


def _wrapping(parent: ttk.Frame, style: str) -> ttk.Label:
    """A label that breaks its lines where the card ends."""
    label = ttk.Label(parent, style=style, justify="left")
    parent.bind("<Configure>", lambda event: label.configure(wraplength=max(80, event.width - 34)), add=True)
    return label


class NumberCard(ttk.Frame):
    """The whole number, as large as it fits; a click on a digit chooses it."""

    def __init__(self, parent: tkinter.Misc, theme: Theme, model: Model) -> None:
        super().__init__(parent, style="Card.TFrame", padding=theme.px(_PAD))
        self.theme, self.model = theme, model
        self.columnconfigure(0, weight=1)
        ttk.Label(self, text="Number", style="Title.TLabel").grid(sticky="w")
        # A label could not colour single digits.
        self.text = tkinter.Text(self, width=1, height=1, borderwidth=0, highlightthickness=0, wrap="none", takefocus=0,
                                 cursor="arrow", state="disabled")  # fmt: skip
        self.text.grid(sticky="ew", pady=theme.px(4))
        self.says = _wrapping(self, "Card.Muted.TLabel")
        self.says.grid(sticky="w")
        self._font = tkfont.Font(self, font=theme.font(_LARGEST, "bold"))
        self._shown: object = None
        self._parts: list[Part | None] = []
        self._digits: tuple[Part, ...] = ()
        self.text.configure(font=self._font)
        self.text.bind("<Button-1>", self._clicked)
        self.text.bind("<Configure>", lambda _: self._fit())
        self.restyle()

    def restyle(self) -> None:
        p = self.theme.palette
        self.text.configure(background=p.card, foreground=p.text)
        colours = {"mark": p.muted, "stale": p.muted, "doubtful": p.doubt}
        for kind in ("corrected", "confirmed", "inserted", *colours):
            self.text.tag_configure(kind, foreground=colours.get(kind, p.good), underline=kind == "doubtful")
        self.text.tag_configure("chosen", background=p.hover)
        self._shown = None

    def show(self, stale: bool) -> None:
        """The number, muted if it is of an earlier drawing, and in words how far it can be trusted."""
        seen = self.model.seen
        looks = {"doubtful": "Doubt.", "failed": "Error.", "reading": "", "waiting": ""}
        look = looks.get(seen.state, "Muted.")
        self.says.configure(text=seen.says, style=f"Card.{look}TLabel")
        chosen = seen.selected_part if seen.chosen else None
        wanted = (seen.written, chosen, stale)
        if wanted == self._shown:
            return
        self._shown, self._parts = wanted, []
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        for number, line in enumerate(seen.written):
            if number:
                self.text.insert("end", "\n")
                self._parts.append(None)
            for part in line:
                look = "stale" if stale or part is None else part.kind
                tags = (look, "chosen") if part is not None and part is chosen else (look,)
                self.text.insert("end", part.text if part else " ", tags)
                self._parts.append(part)
        self.text.configure(state="disabled")
        self._digits = seen.digits
        self._fit()

    def _fit(self) -> None:
        """The largest type in which every line fits, and not too many lines of it."""
        lines = self.text.get("1.0", "end-1c").split("\n")
        zoom = self.theme.dpi * self.theme.text_size
        largest = round(_LARGEST * zoom / min(len(lines), 3) ** 0.8)
        self._font.configure(family=self.theme.family, size=-100)
        widest = max(self._font.measure(line) for line in lines) / 100
        room = max(1, self.text.winfo_width() - 6)
        size = max(round(_SMALLEST * zoom), min(largest, int(room / max(widest, 0.01))))
        rows = sum(1 + int(self._font.measure(line) * size / 100 / room) for line in lines)
        self._font.configure(size=-size)
        self.text.configure(height=max(1, min(_LINES, rows)), wrap="char")

    def _clicked(self, event: tkinter.Event[tkinter.Text]) -> None:
        at = self.text.index(f"@{event.x},{event.y}")
        place = len(self.text.get("1.0", at))
        part = self._parts[place] if place < len(self._parts) else None
        if part in self._digits:
            self.model.choose(self._digits.index(part))


class DigitCard(ttk.Frame):
    """One digit: its glyph, the ten probabilities, what else it may be, and keys that say what it is."""

    def __init__(
        self, parent: tkinter.Misc, theme: Theme, model: Model, run: Callable[[str], object]
    ) -> None:
        super().__init__(parent, style="Card.TFrame", padding=theme.px(_PAD))
        self.theme, self.model, px = theme, model, theme.px
        self.columnconfigure(1, weight=1)
        self.title = ttk.Label(self, style="Title.TLabel")
        self.title.grid(columnspan=2, sticky="w")
        self.empty = _wrapping(self, "Card.Muted.TLabel")
        self.empty.configure(text="What the network sees of a digit, and how sure it is, appears here.")
        self.empty.grid(row=1, columnspan=2, sticky="w", pady=px(8))
        self._photo = tkinter.PhotoImage(master=self, width=28, height=28)
        self.glyph = ttk.Label(self, style="Card.TLabel", image=self._photo)
        self.value = ttk.Label(self, style="Large.TLabel")
        self.sure = _wrapping(self, "Card.TLabel")
        self.rest = _wrapping(self, "Card.Muted.TLabel")
        self.chart = Chart(self, theme)
        self.ask = _wrapping(self, "Card.Muted.TLabel")
        self.pad = ttk.Frame(self, style="Body.TFrame")
        self.buttons = self._pad(run)
        self.glyph.grid(row=2, column=0, sticky="nw", pady=(px(6), 0))
        self.value.grid(row=2, column=1, sticky="w", padx=px(14))
        for row, widget in enumerate((self.sure, self.rest, self.ask, self.pad, self.chart), start=3):
            widget.grid(row=row, column=0, columnspan=2, sticky="ew", pady=(px(3), 0))

    def _pad(self, run: Callable[[str], object]) -> dict[str, ttk.Button]:
        """Two rows of digits, and what else can be said of one, each large enough for a finger."""
        px = self.theme.px
        made: dict[str, ttk.Button] = {}
        for value in range(10):
            made[str(value)] = ttk.Button(self.pad, text=str(value), style="Key.TButton", width=2,
                                          command=lambda value=value: self.model.digit(value))  # type: ignore[misc]  # fmt: skip
            made[str(value)].grid(
                row=value // 5, column=2 * (value % 5), columnspan=2, sticky="nsew", padx=1, pady=1
            )
        words = {"confirm": "Confirm", "insert": "Insert", "delete": "Delete", "take_back": "Take back"}
        for at, (name, label) in enumerate(words.items()):
            made[name] = ttk.Button(self.pad, text=label, command=lambda name=name: run(name))  # type: ignore[misc]
            made[name].grid(row=2 + at // 2, column=5 * (at % 2), columnspan=5, sticky="nsew", padx=1, pady=1)
        for row in range(4):
            self.pad.rowconfigure(row, minsize=px(_KEY))
        for column in range(10):
            self.pad.columnconfigure(column, weight=1, uniform="keys", minsize=px(_KEY / 2))
        return made

    def show(self, stale: bool) -> None:
        """The chosen digit; nothing that is of an earlier drawing."""
        model = self.model
        part, words = model.seen.selected_part, model.seen.panel
        body = (self.glyph, self.value, self.sure, self.rest, self.chart, self.ask, self.pad)
        if part is None or words is None or stale:
            self.title.configure(text="Digit")
            self.empty.grid()
            for widget in body:
                widget.grid_remove()
            return
        self.empty.grid_remove()
        for widget in body:
            widget.grid()
        self.title.configure(text=words["title"])
        looks = {"doubtful": "Doubt.", "scrap": "Muted.", "deleted": "Muted.", "sure": ""}
        kind = looks.get(part.kind, "Said.")
        self.value.configure(text=words["value"], style=f"Large.{kind}TLabel")
        self.sure.configure(text=words["sure"], style=f"Card.{kind}TLabel")
        self.rest.configure(text=words["rest"])
        self._show_ink(part)
        ask = f"Is it {'a' if part.value is None else 'another'} digit? Type or press what it is."
        if model.inserting is not None:
            ask = f"Which digit comes {'before' if model.inserting else 'after'} the {words['value']}?"
        self.ask.configure(text=ask)
        for name, can in (("confirm", part.guessed is not None), ("insert", part.value is not None),
                          ("delete", part.value is not None), ("take_back", part.edit is not None)):  # fmt: skip
            self.buttons[name].state(["!disabled" if can else "disabled"])

    def _show_ink(self, part: Part) -> None:
        """What the network saw; an inserted digit has no ink."""
        closeup = part.ink.closeup if isinstance(part.ink, Ink) else None
        if closeup is None:
            self.glyph.grid_remove()
            self.chart.grid_remove()
            return
        zoom = max(1, self.theme.px(_GLYPH) // 28)
        # Light on dark, as MNIST is shown everywhere.
        grey = np.round(16 + 232 * np.kron(closeup.glyph, np.ones((zoom, zoom)))).astype(np.uint8)
        self._photo.configure(width=28 * zoom, height=28 * zoom)
        put(self._photo, np.repeat(grey[..., None], 3, axis=2))
        self.chart.show(closeup.probabilities, part.guessed)


class Chart(tkinter.Canvas):
    """Ten probabilities as bars: what the network makes of the shape alone, without its neighbours."""

    def __init__(self, parent: tkinter.Misc, theme: Theme) -> None:
        super().__init__(parent, width=1, height=1, highlightthickness=0, borderwidth=0)
        self.theme = theme
        self.shown: tuple[np.ndarray, int | None] = (np.zeros(10, np.float32), None)
        self.bind("<Configure>", lambda _: self.show(*self.shown))

    def show(self, probabilities: np.ndarray, value: int | None) -> None:
        """``probabilities`` (10,), 0 … 1; the bar of ``value`` stands out."""
        self.shown = probabilities, value
        p, height = self.theme.palette, round(17 * self.theme.dpi * self.theme.text_size)
        font, bold = self.theme.font(12), self.theme.font(12, "bold")
        left, right = 2 * height, self.winfo_width() - 3.6 * height
        self.delete("all")
        self.configure(background=p.card, height=11.5 * height)
        self.create_text(
            0, height / 2, anchor="w", font=font, fill=p.muted, text="The shape alone, without neighbours"
        )
        for digit, share in enumerate(probabilities.tolist()):
            y, own = (digit + 1.8) * height, digit == value
            face = bold if own else font
            self.create_text(0, y, anchor="w", text=digit, font=face, fill=p.text)
            bar = (left, y - height / 4, max(left + 1, left + (right - left) * share), y + height / 4)
            self.create_rectangle(left, bar[1], right, bar[3], fill=p.hover, width=0)
            self.create_rectangle(*bar, fill=p.accent if own else p.muted, width=0)
            self.create_text(self.winfo_width(), y, anchor="e", text=percent(share), font=face, fill=p.text)
