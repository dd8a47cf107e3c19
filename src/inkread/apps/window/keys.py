"""All keys at a glance, from the table of actions."""

from __future__ import annotations

import tkinter
from tkinter import ttk

from inkread.apps.window.actions import ACTIONS, MENUS, shortcut
from inkread.apps.window.theme import Theme

__all__ = ["show_keys"]


def show_keys(root: tkinter.Tk, theme: Theme) -> None:
    """Opens a sheet of the keys over the window; any key or click closes it."""
    px = theme.px
    top = tkinter.Toplevel(root, background=theme.palette.border)
    top.title("Keys")
    top.transient(root)
    top.resizable(False, False)
    body = ttk.Frame(top, style="Body.TFrame", padding=(px(32), px(14), px(32), px(28)))
    body.pack(padx=1, pady=1)
    for side in range(2):
        column = ttk.Frame(body, style="Body.TFrame")
        column.grid(row=0, column=side, sticky="n", padx=(px(52) * side, 0))
        for menu in MENUS[side::2]:
            _list(column, theme, menu)
    top.update_idletasks()
    x = root.winfo_rootx() + (root.winfo_width() - top.winfo_reqwidth()) // 2
    y = root.winfo_rooty() + (root.winfo_height() - top.winfo_reqheight()) // 2
    top.geometry(f"+{max(0, x)}+{max(0, y)}")
    for event in ("<Key>", "<Button>"):
        top.bind(event, lambda _: top.destroy())
    top.focus_set()


def _list(column: ttk.Frame, theme: Theme, menu: str) -> None:
    """What is in one menu, under its title."""
    px, style = theme.px, "Card.TLabel"
    rows = [(action.label.removesuffix(" …"), shortcut(action)) for action in ACTIONS if action.menu == menu]
    if menu == "Read":
        rows.append(("Say what the chosen digit is", "0 … 9"))
    title = ttk.Label(column, text=menu.upper(), style="Caption.TLabel")
    title.grid(sticky="w", columnspan=2, pady=(px(16), px(5)))
    for label, key in rows:
        row = column.grid_size()[1]
        ttk.Label(column, text=label, style=style).grid(row=row, column=0, sticky="w", pady=px(2))
        keys = ttk.Label(column, text=key, style="Card.Muted.TLabel")
        keys.grid(row=row, column=1, sticky="e", padx=(px(36), 0))
