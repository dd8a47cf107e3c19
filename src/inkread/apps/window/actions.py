"""Everything that can be done in the window, once: menus, buttons, tooltips and keys are all made from this table.

This module knows no widget.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Action:
    """``keys`` as ``Mod+Shift+Z``, the first of them shown; ``Mod`` is Ctrl, or ⌘ on a Mac."""

    name: str
    label: str
    menu: str
    keys: tuple[str, ...] = ()
    model: tuple[Any, ...] = ()
    """The method of the window's model that does it, and what it is given; else the window has one of its name."""
    toggles: bool = False
    """Whether its menu shows a tick while it is on."""


MENUS = ("File", "Edit", "Draw", "Read", "View", "Help")
ACTIONS: tuple[Action, ...] = (
    Action("open", "Open picture …", "File", ("Mod+O",)),
    Action("next_page", "Next page", "File", ("Next",), ("turn_page", 1)),
    Action("previous_page", "Page before", "File", ("Prior",), ("turn_page", -1)),
    Action("save_drawing", "Save drawing …", "File", ("Mod+S",)),
    Action("save_annotated", "Save annotated picture …", "File", ("Mod+Shift+S",)),
    Action("export_corrections", "Export corrections …", "File", ("Mod+E",)),
    Action("quit", "Quit", "File", ("Mod+Q", "Mod+W")),
    Action("undo", "Undo", "Edit", ("Mod+Z",), ("say", "undo")),
    Action("redo", "Redo", "Edit", ("Mod+Shift+Z", "Mod+Y"), ("say", "redo")),
    Action("copy", "Copy number", "Edit", ("Mod+C",)),
    Action("paste", "Paste picture", "Edit", ("Mod+V",)),
    Action("clear", "Clear", "Edit", ("Mod+N", "Mod+Delete"), ("clear",)),
    Action("forget_all", "Forget all corrections …", "Edit", ("Mod+Shift+Delete",)),
    Action("pen", "Pen", "Draw", ("P",), ("use", "erasing", False)),
    Action("eraser", "Eraser", "Draw", ("E",), ("use", "erasing", True)),
    Action("wider", "Wider pen", "Draw", ("]", "+"), ("step_width", 1)),
    Action("narrower", "Narrower pen", "Draw", ("[", "-"), ("step_width", -1)),
    Action("dark_canvas", "Dark canvas", "Draw", ("D",), ("use", "dark"), toggles=True),
    Action("recognise", "Recognise", "Read", ("Return", "F5"), ("recognise",)),
    Action("speak", "Speak number", "Read", ("S",)),
    Action("next_digit", "Next digit", "Read", ("Right",), ("say", "choose_next", 1)),
    Action("previous_digit", "Previous digit", "Read", ("Left",), ("say", "choose_next", -1)),
    Action("choose_none", "Choose no digit", "Read", ("Escape",), ("say", "choose", None)),
    Action("confirm", "Digit was read right", "Read", ("Y",), ("say", "confirm")),
    Action("insert", "Insert a digit after it", "Read", ("I", "Insert"), ("begin_inserting", False)),
    Action("insert_before", "Insert a digit before it", "Read", ("Shift+I",), ("begin_inserting", True)),
    Action("delete", "Leave digit out", "Read", ("Delete",), ("say", "delete")),
    Action("take_back", "Take back what was said", "Read", ("BackSpace",), ("say", "take_back")),
    Action("live", "Read while I draw", "Read", ("L",), ("use", "live"), toggles=True),
    Action("mine", "Read as I corrected", "Read", ("M",), ("use", "mine"), toggles=True),
    Action("dark_window", "Dark window", "View", ("Mod+D",), toggles=True),
    Action("contrast", "High contrast", "View", ("Mod+H",), toggles=True),
    Action("larger_text", "Larger text", "View", ("Mod++",)),
    Action("smaller_text", "Smaller text", "View", ("Mod+-",)),
    Action("full_screen", "Full screen", "View", ("F11",), toggles=True),
    Action("help", "Keys and screen readers", "Help", ("F1",)),
)
_TK_KEYS = {"]": "bracketright", "[": "bracketleft", "+": "plus", "-": "minus"}
_MAC_NAMES = {
    "Mod": "⌘", "Shift": "⇧", "Delete": "⌦", "BackSpace": "⌫", "Return": "↩", "Right": "→", "Left": "←", "Escape": "⎋",
    "Next": "⇟", "Prior": "⇞",
}  # fmt: skip
_NAMES = {
    "Mod": "Ctrl", "Return": "Enter", "Right": "→", "Left": "←", "Escape": "Esc", "Delete": "Del",
    "BackSpace": "Backspace", "Next": "Page Down", "Prior": "Page Up",
}  # fmt: skip


def shortcut(action: Action, mac: bool = sys.platform == "darwin") -> str:
    """The first key as people write it: ``Ctrl+Shift+Z``, ``⇧⌘Z``."""
    *held, last = _parts(action.keys[0])
    if mac:
        return "".join(_MAC_NAMES[part] for part in sorted(held, reverse=True)) + _MAC_NAMES.get(last, last)
    return "+".join(_NAMES.get(part, part) for part in (*held, last))


def sequences(key: str, mac: bool = sys.platform == "darwin") -> tuple[str, ...]:
    """What Tk calls a key, with and without Caps Lock: ``<Control-z>`` and ``<Control-Z>``."""
    *held, last = _parts(key)
    modifiers = "".join(f"{'Command' if mac else 'Control'}-" for part in held if part == "Mod")
    shift = "Shift" in held
    name = _TK_KEYS.get(last, last)
    if len(name) > 1 or not name.isalpha():
        return (f"<{modifiers}{'Shift-' if shift else ''}Key-{name}>",)
    if shift:
        return f"<{modifiers}Shift-Key-{name.upper()}>", f"<{modifiers}Shift-Key-{name.lower()}>"
    return f"<{modifiers}Key-{name.lower()}>", f"<{modifiers}Key-{name.upper()}>"


def _parts(key: str) -> list[str]:
    """The keys that are held, and the last one, which may be a plus itself."""
    held, plus, last = key[:-1].rpartition("+")
    return [*held.split("+"), last + key[-1]] if plus else [key]
