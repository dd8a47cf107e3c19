"""The menu bar, the keys, and the sheet that shows them: all from the table of actions."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable
from tkinter import ttk
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
                background=p.window if menu is self else p.card, foreground=p.text, activebackground=p.accent,
                activeforeground=p.on_accent, selectcolor=p.accent, font=self.theme.font(14),
            )  # fmt: skip
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


FOR_SCREEN_READERS = (
    "Screen readers cannot look into this window. The page of “inkread serve” is made for them."
)


def show_keys(root: tkinter.Tk, theme: Theme) -> tkinter.Toplevel:
    """Opens a sheet of the keys over the window, which scrolls; Escape closes it."""
    px, p = theme.px, theme.palette
    top = tkinter.Toplevel(root, background=p.window)
    top.title("Keys and screen readers")
    top.transient(root)
    wide = px(400 * theme.text_size)
    sheet = tkinter.Text(
        top, width=1, height=1, wrap="word", borderwidth=0, highlightthickness=0, padx=px(20), pady=px(14), takefocus=0,
        cursor="arrow", font=theme.font(14), background=p.window, foreground=p.text, tabs=(wide, "right"),
    )  # fmt: skip
    bar = ttk.Scrollbar(top, command=sheet.yview)
    sheet.configure(yscrollcommand=bar.set)
    bar.pack(side="right", fill="y")
    sheet.pack(fill="both", expand=True)
    sheet.tag_configure("note", font=theme.font(14, "bold"))
    sheet.tag_configure("menu", foreground=p.muted, spacing1=px(12), spacing3=px(3))
    sheet.insert("end", FOR_SCREEN_READERS, "note")
    for menu in MENUS:
        rows = [(each.label.removesuffix(" …"), shortcut(each)) for each in ACTIONS if each.menu == menu]
        if menu == "Read":
            rows.append(("Say what the chosen digit is", "0 … 9"))
        sheet.insert("end", f"\n{menu}", "menu", "".join(f"\n{label}\t{key}" for label, key in rows), "")
    sheet.configure(state="disabled")
    width = min(wide + px(70), root.winfo_screenwidth())
    height = int(0.85 * root.winfo_screenheight())
    x = max(0, root.winfo_rootx() + (root.winfo_width() - width) // 2)
    y = max(0, min(root.winfo_rooty(), root.winfo_screenheight() - height - px(40)))
    top.geometry(f"{width}x{height}+{x}+{y}")
    for key, step, what in (
        ("Down", 1, "units"),
        ("Up", -1, "units"),
        ("Next", 1, "pages"),
        ("Prior", -1, "pages"),
    ):
        top.bind(f"<{key}>", lambda _, step=step, what=what: sheet.yview_scroll(step, what))  # type: ignore[misc]
    for event in ("<Escape>", "<F1>", "<Return>"):
        top.bind(event, lambda _: top.destroy())
    top.focus_set()
    return top
