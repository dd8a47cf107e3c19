"""The buttons above the canvas, the line below it, and what ttk lacks: a frame that scrolls, and one that wraps."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from inkread.apps.view_words import Message
from inkread.apps.window.model import Model
from inkread.apps.window.state import PEN_WIDTHS, stepped
from inkread.apps.window.theme import Theme


class Scroller(ttk.Frame):
    """Scrolls ``body`` up and down where it is higher than there is room; the keyboard's focus stays in sight."""

    def __init__(self, parent: tkinter.Misc, background: str) -> None:
        super().__init__(parent)
        self.view = tkinter.Canvas(self, width=1, height=1, highlightthickness=0, background=background)
        side = ttk.Frame(self)
        self.bar = ttk.Scrollbar(side, command=self.view.yview)
        self.body = ttk.Frame(self.view)
        self._item = self.view.create_window(0, 0, anchor="nw", window=self.body)
        self.view.configure(yscrollcommand=self.bar.set)
        # There is room for the bar also while it is not needed: what stands beside this keeps its size.
        side.configure(width=self.bar.winfo_reqwidth())
        side.pack(side="right", fill="y")
        self.view.pack(fill="both", expand=True)
        for widget in (self.view, self.body):
            widget.bind("<Configure>", lambda _: self.fit())
        top = self.winfo_toplevel()
        top.bind("<FocusIn>", self._focused, add=True)
        for event, step in (("<MouseWheel>", 0), ("<Button-4>", -1), ("<Button-5>", 1)):
            top.bind(event, lambda event, step=step: self._wheel(event, step), add=True)  # type: ignore[misc]

    @property
    def scrolls(self) -> bool:
        """Whether there is more than is in sight."""
        return self.body.winfo_reqheight() > self.view.winfo_height()

    def fit(self) -> None:
        """As broad as there is room, with a bar where it is higher than that."""
        self.view.itemconfigure(self._item, width=self.view.winfo_width())
        self.view.configure(
            scrollregion=(0, 0, 1, max(self.body.winfo_reqheight(), self.view.winfo_height()))
        )
        if self.scrolls:
            self.bar.place(relwidth=1, relheight=1)
        else:
            self.bar.place_forget()

    def _inside(self, widget: object) -> bool:
        return str(widget).startswith(str(self.body))

    def _wheel(self, event: tkinter.Event[tkinter.Misc], step: int) -> None:
        if self._inside(event.widget) and self.scrolls:
            self.view.yview_scroll(step or (-1 if event.delta > 0 else 1), "units")

    def _focused(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if not self._inside(event.widget) or not self.scrolls:
            return
        top = event.widget.winfo_rooty() - self.body.winfo_rooty()
        bottom, seen = top + event.widget.winfo_height(), self.view.canvasy(0)
        room, whole = self.view.winfo_height(), self.body.winfo_height()
        if top < seen or bottom > seen + room:
            self.view.yview_moveto((top if top < seen else bottom - room) / whole)


class Flow(ttk.Frame):
    """Its children stand in rows, as many beside each other as there is room; ``gap`` is between them."""

    def __init__(self, parent: tkinter.Misc, gap: int) -> None:
        super().__init__(parent, height=1)
        self.gap = gap
        self.bind("<Configure>", lambda _: self.flow())

    def flow(self) -> None:
        """Puts the children where they fit."""
        rows: list[list[tuple[Any, int]]] = [[]]
        x = y = 0
        for child in self.winfo_children():
            if x and x + child.winfo_reqwidth() > self.winfo_width():
                rows.append([])
                x = 0
            rows[-1].append((child, x))
            x += child.winfo_reqwidth() + self.gap
        for row in rows:
            high = max((child.winfo_reqheight() for child, _ in row), default=0)
            for child, x in row:
                child.place(x=x, y=y + (high - child.winfo_reqheight()) // 2)
            y += high + self.gap
        self.configure(height=y - self.gap)


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
        nearest = PEN_WIDTHS.index(stepped(PEN_WIDTHS, model.tools.width))
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
        for each in (self, self.kept):
            each.bind("<Configure>", lambda _: self._wrap())

    def _wrap(self) -> None:
        room = self.winfo_width() - self.kept.winfo_reqwidth() - 16
        self.message.configure(wraplength=max(80, room))

    def tell(self, message: Message) -> None:
        """Shows a message until the next one."""
        styles = {"info": "Muted.TLabel", "good": "Said.TLabel", "error": "Error.TLabel"}
        error = "Error: " if message.kind == "error" else ""
        self.message.configure(text=error + message.text, style=styles[message.kind])
