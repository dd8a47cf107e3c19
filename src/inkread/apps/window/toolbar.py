"""The buttons above the canvas, and the line below it."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import ttk

from inkread.apps.window.actions import ACTIONS, Action, shortcut
from inkread.apps.window.model import Model
from inkread.apps.window.state import PEN_WIDTHS, Message, counted
from inkread.apps.window.theme import Theme
from inkread.apps.window.tooltip import Tooltip

__all__ = ["StatusBar", "Toolbar"]

_BY_NAME = {action.name: action for action in ACTIONS}
_GROUPS = (
    ("pen", "eraser"),
    ("width",),
    ("undo", "redo", "clear"),
    ("open", "paste", "save_drawing", "copy"),
)


class Toolbar(ttk.Frame):
    """``run`` is called with the name of an action, ``set_width`` with that of the pen."""

    def __init__(
        self,
        parent: tkinter.Misc,
        theme: Theme,
        run: Callable[[str], object],
        set_width: Callable[[float], None],
    ) -> None:
        super().__init__(parent)
        self.theme, self._run, self._set_width = theme, run, set_width
        self._buttons: dict[str, ttk.Button | ttk.Checkbutton] = {}
        self._live = tkinter.BooleanVar(self, True)
        px = theme.px
        for number, group in enumerate(_GROUPS):
            if number:
                ttk.Frame(self, style="Rule.TFrame", width=1).pack(
                    side="left", fill="y", padx=px(9), pady=px(7)
                )
            for name in group:
                if name == "width":
                    self._slider()
                else:
                    self._button(_BY_NAME[name])
        recognise = ttk.Button(
            self, text="Recognise", style="Accent.TButton", command=lambda: run("recognise")
        )
        recognise.pack(side="right", padx=(px(12), 0))
        Tooltip(recognise, theme, _tip(_BY_NAME["recognise"]))
        live = ttk.Checkbutton(
            self,
            text="  Live",  # the gap to the switch is type: it grows with it
            style="Switch.TCheckbutton",
            variable=self._live,
            command=lambda: run("live"),
        )
        live.pack(side="right", padx=(px(10), 0))
        Tooltip(live, theme, _tip(_BY_NAME["live"]))
        self._button(_BY_NAME["dark_canvas"], side="right")
        self.recolour()

    def _button(self, action: Action, side: str = "left") -> None:
        toggles = action.name in ("pen", "eraser", "dark_canvas")
        make = ttk.Checkbutton if toggles else ttk.Button
        style = "Flat.Toolbutton" if toggles else "Flat.TButton"
        button = make(self, style=style, command=lambda: self._run(action.name))
        button.pack(side=side, padx=self.theme.px(1))  # type: ignore[arg-type]
        self._buttons[action.name] = button
        Tooltip(button, self.theme, _tip(action))

    def _slider(self) -> None:
        self._width = ttk.Scale(
            self,
            from_=0,
            to=len(PEN_WIDTHS) - 1,
            length=self.theme.px(96),
            command=lambda at: self._set_width(PEN_WIDTHS[round(float(at))]),
        )
        self._width.pack(side="left", padx=self.theme.px(4))
        Tooltip(self._width, self.theme, "Pen width  [  ]")

    def show(self, model: Model) -> None:
        """Which tool is on, and what can be done."""
        on = {
            "pen": not model.tools.erasing,
            "eraser": model.tools.erasing,
            "dark_canvas": model.tools.dark,
        }
        for name, button in self._buttons.items():
            if name in on:
                button.state(["selected" if on[name] else "!selected", "!alternate"])
        able = {
            "undo": model.sketch.can_undo,
            "redo": model.sketch.can_redo,
            "clear": not model.is_blank,
            "save_drawing": not model.is_blank,
            "copy": bool(model.reading_view.digits),
        }
        for name, can in able.items():
            self._buttons[name].state(["!disabled" if can else "disabled"])
        self._live.set(model.tools.live)
        nearest = min(range(len(PEN_WIDTHS)), key=lambda i: abs(PEN_WIDTHS[i] - model.tools.width))
        if round(float(self._width.get())) != nearest:
            self._width.configure(value=nearest)

    def recolour(self) -> None:
        """Takes over the colours of the theme."""
        for name, button in self._buttons.items():
            button.configure(image=self.theme.states(_BY_NAME[name].icon))


class StatusBar(ttk.Frame):
    """One line of what happened, and how many corrections were kept."""

    def __init__(self, parent: tkinter.Misc, theme: Theme) -> None:
        super().__init__(parent)
        self.message = ttk.Label(self, style="info.Status.TLabel")
        self.message.pack(side="left")
        self.kept = ttk.Label(self, style="info.Status.TLabel")
        self.kept.pack(side="right")

    def tell(self, message: Message) -> None:
        """Shows a message until the next one."""
        self.message.configure(text=message.text, style=f"{message.kind}.Status.TLabel")

    def show(self, model: Model) -> None:
        """How many corrections there are; nothing, while there are none."""
        self.kept.configure(text=f"{counted(model.kept, 'correction')} kept" if model.kept else "")


def _tip(action: Action) -> str:
    return f"{action.label.removesuffix(' …')}  {shortcut(action)}"
