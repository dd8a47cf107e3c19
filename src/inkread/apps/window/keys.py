"""All keys at a glance, from the table of actions, and what there is for screen readers."""

from __future__ import annotations

import tkinter
from tkinter import ttk

from inkread.apps.window.actions import ACTIONS, MENUS, shortcut
from inkread.apps.window.layout import Scroller
from inkread.apps.window.theme import Theme

FOR_SCREEN_READERS = (
    "Screen readers cannot look into this window. The page of “inkread serve” is made for them."
)


def show_keys(root: tkinter.Tk, theme: Theme) -> tkinter.Toplevel:
    """Opens a sheet of the keys over the window, which scrolls; Escape closes it."""
    px = theme.px
    top = tkinter.Toplevel(root, background=theme.palette.window)
    top.title("Keys and screen readers")
    top.transient(root)
    sheet = Scroller(top, theme.palette.window)
    sheet.pack(fill="both", expand=True, padx=px(20), pady=px(14))
    body = sheet.body
    body.columnconfigure(0, weight=1)
    note = ttk.Label(
        body, text=FOR_SCREEN_READERS, wraplength=px(380 * theme.text_size), font=theme.font(14, "bold")
    )
    note.grid(columnspan=2, sticky="w")
    for menu in MENUS:
        rows = [(each.label.removesuffix(" …"), shortcut(each)) for each in ACTIONS if each.menu == menu]
        if menu == "Read":
            rows.append(("Say what the chosen digit is", "0 … 9"))
        ttk.Label(body, text=menu, style="Muted.TLabel").grid(columnspan=2, sticky="w", pady=(px(12), px(3)))
        for label, key in rows:
            row = body.grid_size()[1]
            ttk.Label(body, text=label).grid(row=row, column=0, sticky="w", pady=px(1))
            ttk.Label(body, text=key).grid(row=row, column=1, sticky="e", padx=(px(24), px(8)))
    top.update_idletasks()
    width = min(body.winfo_reqwidth() + px(70), root.winfo_screenwidth())
    height = min(body.winfo_reqheight() + px(40), int(0.9 * root.winfo_screenheight()))
    x = max(0, root.winfo_rootx() + (root.winfo_width() - width) // 2)
    y = max(0, min(root.winfo_rooty(), root.winfo_screenheight() - height - px(40)))
    top.geometry(f"{width}x{height}+{x}+{y}")
    for keys, step, what in (
        ("Down", 1, "units"),
        ("Up", -1, "units"),
        ("Next", 1, "pages"),
        ("Prior", -1, "pages"),
    ):
        top.bind(f"<{keys}>", lambda _, step=step, what=what: sheet.view.yview_scroll(step, what))  # type: ignore[misc]
    for event in ("<Escape>", "<F1>", "<Return>"):
        top.bind(event, lambda _: top.destroy())
    top.focus_set()
    return top
