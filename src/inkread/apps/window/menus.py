"""The menu bar and the keys, both from the table of actions."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable
from typing import Any

from inkread.apps.window.actions import ACTIONS, MENUS, sequences, shortcut
from inkread.apps.window.theme import Theme


class MenuBar(tkinter.Menu):
    """``run`` is called with the name of an action; ``show`` says which toggles are on."""

    def __init__(self, root: tkinter.Tk, theme: Theme, run: Callable[[str], object]) -> None:
        super().__init__(root, tearoff=False, borderwidth=0, relief="flat")
        self.theme = theme
        self._menus: list[tkinter.Menu] = []
        self._toggles: dict[str, tkinter.BooleanVar] = {}
        for title in MENUS:
            menu = tkinter.Menu(self, tearoff=False, borderwidth=0, relief="flat", activeborderwidth=0)
            for action in ACTIONS:
                if action.menu != title:
                    continue
                # A Mac shows what it knows as the key of a menu by itself, if it is written its way.
                command = lambda name=action.name: run(name)  # noqa: E731
                options: Any = {"label": action.label, "accelerator": shortcut(action), "command": command}
                if action.toggles:
                    self._toggles[action.name] = tkinter.BooleanVar(root, False)
                    menu.add_checkbutton(variable=self._toggles[action.name], **options)
                else:
                    menu.add_command(**options)
            self.add_cascade(label=title, menu=menu)
            self._menus.append(menu)
        root.configure(menu=self)
        self.restyle()

    def show(self, toggles: dict[str, bool]) -> None:
        """Ticks what is on."""
        for name, on in toggles.items():
            self._toggles[name].set(on)

    def restyle(self) -> None:
        """Takes over the colours of the theme, where the system does not draw menus itself."""
        if sys.platform in ("win32", "darwin"):
            return
        p = self.theme.palette
        for menu in (self, *self._menus):
            menu.configure(
                background=p.window if menu is self else p.card,
                foreground=p.text,
                activebackground=p.accent,
                activeforeground=p.on_accent,
                selectcolor=p.accent,
                font=self.theme.font(14),
            )
        for index in range(len(self._menus)):
            self.entryconfigure(index, font=self.theme.font(14))


def bind_keys(root: tkinter.Tk, run: Callable[[str], object], digit: Callable[[int], None]) -> None:
    """Every action by its keys; a digit is what the chosen digit is, or what is inserted."""
    for action in ACTIONS:
        for key in action.keys:
            for sequence in sequences(key):
                root.bind(sequence, lambda event, name=action.name: run(name))  # type: ignore[misc]
    for value in range(10):
        for key in (f"<Key-{value}>", f"<KP_{value}>"):
            root.bind(key, lambda event, value=value: digit(value))  # type: ignore[misc]
