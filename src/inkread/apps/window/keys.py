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
    top = tkinter.Toplevel(root, background=theme.palette.card)
    top.title("Keys")
    top.transient(root)
    top.resizable(False, False)
    body = ttk.Frame(top, style="Body.TFrame", padding=px(28))
    body.pack()
    rows = [0, 0]
    for number, menu in enumerate(MENUS):
        side = number % 2
        actions = [
            (action.label.removesuffix(" …"), shortcut(action)) for action in ACTIONS if action.menu == menu
        ]
        if menu == "Read":
            actions.append(("What the chosen digit is", "0 … 9"))
        title = ttk.Label(body, text=menu.upper(), style="Caption.TLabel")
        title.grid(row=rows[side], column=3 * side, sticky="w", pady=(px(14) if rows[side] else 0, px(6)))
        for label, key in actions:
            rows[side] += 1
            ttk.Label(body, text=label, style="Card.TLabel").grid(
                row=rows[side], column=3 * side, sticky="w", pady=px(2)
            )
            ttk.Label(body, text=key, style="Card.Muted.TLabel").grid(
                row=rows[side], column=3 * side + 1, sticky="e", padx=(px(28), 0)
            )
        rows[side] += 1
    body.columnconfigure(2, minsize=px(48))
    top.update_idletasks()
    x = root.winfo_rootx() + (root.winfo_width() - top.winfo_reqwidth()) // 2
    y = root.winfo_rooty() + (root.winfo_height() - top.winfo_reqheight()) // 2
    top.geometry(f"+{max(0, x)}+{max(0, y)}")
    for event in ("<Key>", "<Button>"):
        top.bind(event, lambda _: top.destroy())
    top.focus_set()
