"""The buttons above the canvas, and the line below it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from inkread.apps.view_words import Message
from inkread.apps.window.layout import Flow
from inkread.apps.window.model import Model
from inkread.apps.window.state import PEN_WIDTHS
from inkread.apps.window.theme import Theme

_TOOLS = "pen", "eraser"
_BUTTONS = "undo", "redo", "clear", "open", "copy", "speak", "recognise"


class Toolbar(Flow):
    """Buttons named in words; ``run`` is called with the name of an action, ``set_width`` with that of the pen."""

    def __init__(
        self,
        parent: tkinter.Misc,
        theme: Theme,
        run: Callable[[str], object],
        set_width: Callable[[float], None],
    ) -> None:
        super().__init__(parent, theme.px(6))
        self._tool = tkinter.StringVar(self, "pen")
        self._live = tkinter.BooleanVar(self, True)
        self.buttons: dict[str, ttk.Button | ttk.Radiobutton | ttk.Checkbutton] = {}

        def options(name: str) -> Any:
            return {"text": name.capitalize(), "command": lambda: run(name)}

        for name in _TOOLS:
            self.buttons[name] = ttk.Radiobutton(self, value=name, variable=self._tool, **options(name))
        ttk.Label(self, text="Width")
        most = len(PEN_WIDTHS) - 1
        self.width = ttk.Scale(
            self, from_=0, to=most, command=lambda at: set_width(PEN_WIDTHS[round(float(at))])
        )
        for name in _BUTTONS:
            style = "Accent.TButton" if name == "recognise" else "TButton"
            self.buttons[name] = ttk.Button(self, style=style, width=0, **options(name))
        self.buttons["live"] = ttk.Checkbutton(self, variable=self._live, **options("live"))

    def show(self, model: Model, stale: bool) -> None:
        """Which tool is on, and what can be done; a number of an earlier drawing cannot be copied."""
        seen = model.seen
        known = bool(seen.number) and not stale
        self._tool.set("eraser" if model.tools.erasing else "pen")
        self._live.set(model.tools.live)
        able = {
            "undo": seen.can_undo, "redo": seen.can_redo, "clear": not model.is_blank, "recognise": not model.is_blank,
            "copy": known, "speak": known,
        }  # fmt: skip
        for name, can in able.items():
            self.buttons[name].state(["!disabled" if can else "disabled"])
        nearest = min(range(len(PEN_WIDTHS)), key=lambda i: abs(PEN_WIDTHS[i] - model.tools.width))
        if round(float(self.width.get())) != nearest:
            self.width.configure(value=nearest)


class StatusBar(ttk.Frame):
    """One line of what happened, and how many corrections were kept."""

    def __init__(self, parent: tkinter.Misc) -> None:
        super().__init__(parent)
        self.kept = ttk.Label(self, style="Muted.TLabel")
        self.kept.pack(side="right")
        self.message = ttk.Label(self, style="Muted.TLabel")
        self.message.pack(side="left", fill="x")
        self.bind("<Configure>", lambda event: self.message.configure(wraplength=event.width - 8))

    def tell(self, message: Message) -> None:
        """Shows a message until the next one."""
        styles = {"info": "Muted.TLabel", "good": "Said.TLabel", "error": "Error.TLabel"}
        error = "Error: " if message.kind == "error" else ""
        self.message.configure(text=error + message.text, style=styles[message.kind])
