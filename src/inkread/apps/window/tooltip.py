"""A word on what a button does and which key does the same, when the pointer rests on it or the keyboard is there."""

from __future__ import annotations

import tkinter

from inkread.apps.window.theme import Theme

__all__ = ["Tooltip"]

_WAIT_MS = 500


class Tooltip:
    """Shows ``text`` below ``widget``."""

    def __init__(self, widget: tkinter.Widget, theme: Theme, text: str) -> None:
        self.widget, self.theme, self.text = widget, theme, text
        self._timer: str | None = None
        self._tip: tkinter.Toplevel | None = None
        widget.bind("<Enter>", self._soon, add=True)
        widget.bind("<FocusIn>", self._soon, add=True)
        for event in ("<Leave>", "<FocusOut>", "<ButtonPress>", "<Destroy>"):
            widget.bind(event, self._hide, add=True)

    def _soon(self, _event: object) -> None:
        self._hide()
        self._timer = self.widget.after(_WAIT_MS, self._show)

    def _show(self) -> None:
        self._timer = None
        p, px = self.theme.palette, self.theme.px
        tip = tkinter.Toplevel(self.widget, background=p.border)
        tip.wm_overrideredirect(True)
        ground, writing = (p.text, p.card) if not p.dark else (p.pressed, p.text)
        label = tkinter.Label(
            tip, text=self.text, font=self.theme.font(13), background=ground, foreground=writing,
            padx=px(9), pady=px(5), borderwidth=0,
        )  # fmt: skip
        label.pack()
        tip.update_idletasks()
        x = self.widget.winfo_rootx() + (self.widget.winfo_width() - tip.winfo_reqwidth()) // 2
        x = min(max(0, x), self.widget.winfo_screenwidth() - tip.winfo_reqwidth())
        y = self.widget.winfo_rooty() + self.widget.winfo_height() + px(5)
        if y + tip.winfo_reqheight() > self.widget.winfo_screenheight():
            y = self.widget.winfo_rooty() - tip.winfo_reqheight() - px(5)
        tip.wm_geometry(f"+{x}+{y}")
        self._tip = tip

    def _hide(self, _event: object = None) -> None:
        if self._timer is not None:
            self.widget.after_cancel(self._timer)
            self._timer = None
        if self._tip is not None:
            self._tip.destroy()
            self._tip = None
