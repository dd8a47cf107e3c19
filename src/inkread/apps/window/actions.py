"""Everything that can be done in the window, once: menus, buttons, tooltips and keys are all made from this table.

This module knows no widget; ``run`` names a method of the window.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

__all__ = ["ACTIONS", "MENUS", "Action", "sequences", "shortcut"]


@dataclass(frozen=True)
class Action:
    """``keys`` as ``Mod+Shift+Z``, the first of them shown; ``Mod`` is Ctrl, or ⌘ on a Mac. ``icon`` of its button."""

    name: str
    label: str
    menu: str
    keys: tuple[str, ...]
    icon: str = ""
    toggles: str = ""
    """The field of the window's state that it switches on and off."""


MENUS = ("File", "Edit", "Draw", "Read", "View", "Help")
ACTIONS: tuple[Action, ...] = (
    Action("open", "Open picture …", "File", ("Mod+O",), "open"),
    Action("next_page", "Next page", "File", ("Next",)),
    Action("previous_page", "Page before", "File", ("Prior",)),
    Action("save_drawing", "Save drawing …", "File", ("Mod+S",), "save"),
    Action("save_annotated", "Save annotated picture …", "File", ("Mod+Shift+S",)),
    Action("export_corrections", "Export corrections …", "File", ("Mod+E",)),
    Action("quit", "Quit", "File", ("Mod+Q", "Mod+W")),
    Action("undo", "Undo", "Edit", ("Mod+Z",), "undo"),
    Action("redo", "Redo", "Edit", ("Mod+Shift+Z", "Mod+Y"), "redo"),
    Action("take_back", "Take correction back", "Edit", ("BackSpace",)),
    Action("forget_all", "Forget all corrections …", "Edit", ("Mod+Shift+Delete",)),
    Action("copy", "Copy number", "Edit", ("Mod+C",), "copy"),
    Action("paste", "Paste picture", "Edit", ("Mod+V",), "paste"),
    Action("clear", "Clear", "Edit", ("Mod+N", "Delete"), "clear"),
    Action("pen", "Pen", "Draw", ("P",), "pen"),
    Action("eraser", "Eraser", "Draw", ("E",), "eraser"),
    Action("wider", "Wider pen", "Draw", ("]", "+")),
    Action("narrower", "Narrower pen", "Draw", ("[", "-")),
    Action("dark_canvas", "Dark canvas", "Draw", ("D",), "canvas", "dark_canvas"),
    Action("recognise", "Recognise", "Read", ("Return", "F5")),
    Action("live", "Read while I draw", "Read", ("L",), "", "live"),
    Action("mine", "Read as I corrected", "Read", ("M",), "", "mine"),
    Action("speak", "Speak number", "Read", ("S",)),
    Action("next_digit", "Next digit", "Read", ("Right",)),
    Action("previous_digit", "Previous digit", "Read", ("Left",)),
    Action("choose_none", "Choose no digit", "Read", ("Escape",)),
    Action("dark_window", "Dark window", "View", ("Mod+D",), "theme", "dark_window"),
    Action("full_screen", "Full screen", "View", ("F11",), "", "full_screen"),
    Action("help", "Keys", "Help", ("F1",)),
)
_TK_KEYS = {"]": "bracketright", "[": "bracketleft", "+": "plus", "-": "minus"}
_MAC_NAMES = {
    "Mod": "⌘",
    "Shift": "⇧",
    "Delete": "⌦",
    "BackSpace": "⌫",
    "Return": "↩",
    "Right": "→",
    "Left": "←",
    "Escape": "⎋",
    "Next": "⇟",
    "Prior": "⇞",
}
_NAMES = {
    "Mod": "Ctrl",
    "Return": "Enter",
    "Right": "→",
    "Left": "←",
    "Escape": "Esc",
    "Delete": "Del",
    "BackSpace": "Backspace",
    "Next": "Page Down",
    "Prior": "Page Up",
}


def shortcut(action: Action, mac: bool = sys.platform == "darwin") -> str:
    """The first key as people write it: ``Ctrl+Shift+Z``, ``⇧⌘Z``."""
    *held, last = action.keys[0].split("+") if action.keys[0] != "+" else ["+"]
    if mac:
        return "".join(_MAC_NAMES[part] for part in sorted(held, reverse=True)) + _MAC_NAMES.get(last, last)
    return "+".join(_NAMES.get(part, part) for part in (*held, last))


def sequences(key: str, mac: bool = sys.platform == "darwin") -> tuple[str, ...]:
    """What Tk calls a key, with and without Caps Lock: ``<Control-z>`` and ``<Control-Z>``."""
    *held, last = key.split("+") if key != "+" else ["+"]
    modifiers = "".join(f"{'Command' if mac else 'Control'}-" for part in held if part == "Mod")
    shift = "Shift" in held
    name = _TK_KEYS.get(last, last)
    if len(name) > 1 or not name.isalpha():
        return (f"<{modifiers}{'Shift-' if shift else ''}Key-{name}>",)
    if shift:
        return f"<{modifiers}Shift-Key-{name.upper()}>", f"<{modifiers}Shift-Key-{name.lower()}>"
    return f"<{modifiers}Key-{name.lower()}>", f"<{modifiers}Key-{name.upper()}>"
