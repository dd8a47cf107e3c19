"""The panel beside the canvas: the number in large type, and the digit that is looked at.

This module reads the model and changes nothing in it, save by the calls it was given.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk
from typing import TYPE_CHECKING, Literal

from inkread.apps.window.chart import Chart
from inkread.apps.window.glyph import GlyphTile
from inkread.apps.window.model import Model
from inkread.apps.window.reading_view import Found
from inkread.apps.window.theme import Theme
from inkread.confidence import percent
from inkread.reading import Digit, Mark

if TYPE_CHECKING:
    from inkread.closeup import Closeup

__all__ = ["Panel"]

_WIDTH = 320
_INNER = _WIDTH - 2 * 20
_SIZES = (56, 32, 23, 18)
"""Logical pixels of type for one line, two, three, and more: the card keeps its height."""
_SMALLEST, _LINES = 18, 4
_WORTH_NAMING = 0.005
"""Runners-up with a lower probability are not shown, as on the page of ``inkread serve``."""
_ASK, _KEPT = "Read wrongly? Type or press what it is.", "Kept to learn from."
_RULER = 100
"""Pixels: the size of type in which a number is measured."""


class Panel(ttk.Frame):
    """Two cards; ``correct`` is called with what somebody says the digit is, ``take_back`` if it is not."""

    def __init__(
        self,
        parent: tkinter.Misc,
        theme: Theme,
        correct: Callable[[int], None],
        take_back: Callable[[], None],
    ) -> None:
        super().__init__(parent, width=theme.px(_WIDTH))
        self.grid_propagate(False)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.number = NumberCard(self, theme)
        self.number.grid(row=0, column=0, sticky="ew")
        self.digit = DigitCard(self, theme, correct, take_back)
        self.digit.grid(row=1, column=0, sticky="nsew", pady=(theme.px(12), 0))

    def show(self, model: Model) -> None:
        """What was found, and what is chosen of it."""
        self.number.show(model)
        self.digit.show(model)

    def recolour(self) -> None:
        """Takes over the colours of the theme."""
        self.number.recolour()
        self.digit.recolour()


class NumberCard(ttk.Frame):
    """The whole number, as large as it fits."""

    def __init__(self, parent: tkinter.Misc, theme: Theme) -> None:
        super().__init__(parent, style="Card.TFrame", padding=(theme.px(20), theme.px(16)))
        self.theme = theme
        self.columnconfigure(0, weight=1)
        ttk.Label(self, text="NUMBER", style="Caption.TLabel").grid(sticky="w")
        # A label could not colour single digits, nor be selected from.
        self.text = tkinter.Text(
            self,
            width=1,
            height=1,
            borderwidth=0,
            highlightthickness=0,
            wrap="none",
            takefocus=0,
            cursor="arrow",
        )
        self.text.grid(sticky="ew", pady=(theme.px(6), theme.px(2)))
        self.sure = ttk.Label(self, style="Card.Muted.TLabel", text=" ")
        self.sure.grid(sticky="w")
        self._font = tkfont.Font(self, font=theme.font(_SIZES[0], "bold"))
        self._ruler = tkfont.Font(self, font=(theme.family, -_RULER, "bold"))
        self._written: list[list[tuple[str, str]]] = []
        self._layout: tuple[int, int, str] = (0, 0, "")
        self.text.configure(font=self._font, state="disabled")
        self.recolour()

    def recolour(self) -> None:
        p = self.theme.palette
        self.text.configure(
            background=p.card, foreground=p.text, selectbackground=p.accent_soft, selectforeground=p.text,
            inactiveselectbackground=p.accent_soft,
        )  # fmt: skip
        self.text.tag_configure("mark", foreground=p.muted)
        self.text.tag_configure("said", foreground=p.good)
        self.text.tag_configure("doubt", foreground=p.doubt_text, underline=True)

    def show(self, model: Model) -> None:
        lines = model.reading_view.written
        doubtful = any(found.doubtful for found in model.reading_view.digits)
        style = "Card.Doubt.TLabel" if doubtful else "Card.Muted.TLabel"
        self.sure.configure(text=model.summary or " ", style=style)
        written = [[(found.text, _look(found)) for found in line] for line in lines]
        if written == self._written:
            return
        self._written = written
        self._fit(["".join(value for value, _ in line) for line in written])
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        for i, line in enumerate(written):
            if i:
                self.text.insert("end", "\n")
            for value, look in line:
                self.text.insert("end", value, (look,) if look else ())
        self.text.configure(state="disabled")

    def _fit(self, lines: list[str]) -> None:
        """The largest type in which every line fits, and not too many lines of it."""
        px = self.theme.px
        largest = px(_SIZES[min(max(1, len(lines)), len(_SIZES)) - 1])
        widest = max((self._ruler.measure(line) for line in lines), default=0) / _RULER
        room = px(_INNER) - 4
        size = largest if widest * largest <= room else max(px(_SMALLEST), int(room / widest))
        wraps = widest * size > room
        rows = len(lines) + (int(widest * size / room) if wraps else 0)
        wrap: Literal["char", "none"] = "char" if wraps else "none"
        height = max(1, min(_LINES, rows))
        # What does not change is not set: all of the card would be laid out and drawn anew.
        if (size, height, wrap) != self._layout:
            self._layout = size, height, wrap
            self._font.configure(size=-size)
            self.text.configure(height=height, wrap=wrap)


class DigitCard(ttk.Frame):
    """One digit: its glyph, the ten probabilities, the runners-up, and a key for each digit it may be instead."""

    def __init__(
        self,
        parent: tkinter.Misc,
        theme: Theme,
        correct: Callable[[int], None],
        take_back: Callable[[], None],
    ) -> None:
        super().__init__(parent, style="Card.TFrame", padding=(theme.px(20), theme.px(16)))
        self.theme, px = theme, theme.px
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.caption = ttk.Label(self, text="DIGIT", style="Caption.TLabel")
        self.caption.grid(sticky="w")
        self.empty = ttk.Label(
            self, style="Card.Muted.TLabel", wraplength=px(_INNER),
            text="What the network sees of a digit,\nand how sure it is, appears here.", justify="center",
        )  # fmt: skip
        self.body = ttk.Frame(self, style="Body.TFrame")
        self.body.columnconfigure(1, weight=1)
        self.glyph = GlyphTile(self.body, theme)
        self.glyph.grid(row=0, column=0, rowspan=3, sticky="nw")
        self.value = ttk.Label(self.body, style="Value.TLabel")
        self.sure = ttk.Label(self.body, style="Sure.TLabel")
        self.rest = ttk.Label(self.body, style="Card.Muted.TLabel")
        for row, label in enumerate((self.value, self.sure, self.rest)):
            label.grid(row=row, column=1, sticky="w", padx=(px(18), 0))
        self.alone = ttk.Label(
            self.body, style="Card.Muted.TLabel", text="The shape alone, without its neighbours"
        )
        self.alone.grid(row=3, column=0, columnspan=2, sticky="w", pady=(px(14), px(4)))
        self.chart = Chart(self.body, theme, px(_INNER))
        self.bind("<Configure>", lambda _: self._fit_chart())
        self.chart.grid(row=4, column=0, columnspan=2, sticky="ew", pady=(0, px(12)))
        self.choices = DigitKeys(self.body, theme, correct, take_back)
        self.choices.grid(row=5, column=0, columnspan=2, sticky="ew")

    def _fit_chart(self) -> None:
        """In a low window the bars stand closer, so that the keys below them are not cut off."""
        rest = self.body.winfo_reqheight() - self.chart.winfo_reqheight()
        above = self.caption.winfo_reqheight() + self.theme.px(12 + 2 * 16 + 2)
        self.chart.fit(self.winfo_height() - above - rest)

    def recolour(self) -> None:
        self.glyph.recolour()
        self.chart.recolour()

    def show(self, model: Model) -> None:
        parts = model.reading_view.parts
        found = parts[model.selected] if model.selected is not None else None
        closeup = model.reading_view.closeup(found) if found is not None else None
        if found is None or closeup is None:
            self.caption.configure(text="DIGIT")
            self.body.grid_remove()
            self.empty.grid(row=1, column=0)
            return
        self.empty.grid_remove()
        self.body.grid(row=1, column=0, sticky="nsew", pady=(self.theme.px(12), 0))
        total, index = len(model.reading_view.digits), (model.selected or 0) + 1
        self.caption.configure(text="NOT A DIGIT" if found.value is None else f"DIGIT {index} OF {total}")
        self.glyph.show(closeup.glyph)
        self.value.configure(text="–" if found.value is None else str(found.value))
        sure, rest = _words(found, closeup)
        look = {"doubt": "Doubt.", "said": "Said."}.get(_look(found), "")
        self.sure.configure(text=sure, style=f"{look}Sure.TLabel")
        self.value.configure(style="Said.Value.TLabel" if found.said else "Value.TLabel")
        self.rest.configure(text=rest)
        self.chart.show(closeup.probabilities, getattr(found.part, "value", None), found.doubtful)
        self.choices.show(bool(found.said))


class DigitKeys(ttk.Frame):
    """A key for each digit that it may be instead, and one to take that back."""

    def __init__(
        self,
        parent: tkinter.Misc,
        theme: Theme,
        correct: Callable[[int], None],
        take_back: Callable[[], None],
    ) -> None:
        super().__init__(parent, style="Body.TFrame")
        self.ask = ttk.Label(self, style="Card.Muted.TLabel", text=_ASK)
        self.ask.grid(row=0, column=0, columnspan=10, sticky="w", pady=(0, theme.px(6)))
        self.back = ttk.Button(self, text="Take back", style="Link.TButton", command=take_back)
        self.back.grid(row=0, column=5, columnspan=5, sticky="ne")
        for value in range(10):
            self.columnconfigure(value, weight=1, uniform="keys")
            key = ttk.Button(self, text=str(value), style="Key.TButton", width=1,
                             command=lambda value=value: correct(value))  # type: ignore[misc]  # fmt: skip
            key.grid(row=1, column=value, sticky="ew", padx=theme.px(1.5))

    def show(self, said: bool) -> None:
        """``said``: whether somebody has said what the digit is."""
        self.ask.configure(text=_KEPT if said else _ASK)
        if said:
            self.back.grid()
        else:
            self.back.grid_remove()


def _words(found: Found, closeup: Closeup) -> tuple[str, str]:
    """How sure a digit is, and what else it may be."""
    if found.said:
        return found.said, _as_read(found)
    if found.value is None:
        return "not a digit", f"nearest to {closeup.probabilities.argmax()}"
    runners = [pair for pair in getattr(found.part, "runners_up", ()) if pair[1] >= _WORTH_NAMING][:2]
    rest = "\n".join(f"or {value}, {percent(share)}" for value, share in runners)
    if getattr(found.part, "unadapted", None) is not None:
        rest = f"{found.part.unadapted} without your corrections"  # type: ignore[union-attr]
    return percent(found.confidence) + (" – check it" if found.doubtful else ""), rest or "and nothing else"


def _look(found: Found) -> str:
    """How a part of the number is coloured."""
    if isinstance(found.part, Mark):
        return "mark"
    return "said" if found.said else "doubt" if found.doubtful else ""


def _as_read(found: Found) -> str:
    if found.guessed is None:
        return "not read as a digit"
    sure = isinstance(found.part, Digit) and found.part.value == found.guessed
    return f"read as {found.guessed}" + (f", {percent(found.part.confidence)}" if sure else "")  # type: ignore[union-attr]
