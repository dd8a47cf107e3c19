"""A picture from the clipboard, whatever program put it there. This module does not know what becomes of it."""

from __future__ import annotations

import os
import sys
import tkinter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_KINDS = ("image/png", "image/bmp", "image/jpeg", "image/tiff")


def picture_on_clipboard(root: tkinter.Misc) -> Any | None:
    """Bytes of a picture, a PIL image, or the path of a file that was copied; None for none of these."""
    if root.tk.call("tk", "windowingsystem") == "x11":
        for kind in _KINDS:
            if content := _bytes(_selection(root, kind)):
                return content
        text = _selection(root, "text/uri-list") or _selection(root, "UTF8_STRING")
        # Other programs that ask for the clipboard wait for its owner, which may be this window.
        if (path := _path(text)) is not None or text or "WAYLAND_DISPLAY" not in os.environ:
            return path
    else:
        path = _path(_selection(root, ""))
        if path is not None:
            return path
    return _grabbed()


def _selection(root: tkinter.Misc, kind: str) -> str:
    options = ("-type", kind) if kind else ()
    try:
        return str(root.tk.call("selection", "get", "-selection", "CLIPBOARD", *options))
    except tkinter.TclError:
        return ""


def _bytes(numbers: str) -> bytes:
    """Tk gives what is not text as numbers: ``0x89 0x50 …``."""
    try:
        return bytes(int(number, 16) for number in numbers.split())
    except ValueError:
        return b""


def _path(text: str) -> Path | None:
    """The file that a text names, as a path or as ``file://…``; None if there is no such file."""
    first = next((line for line in text.splitlines() if line and not line.startswith("#")), "").strip()
    if first.startswith("file:"):
        first = unquote(urlsplit(first).path)
        if sys.platform == "win32":
            first = first.lstrip("/")
    try:
        return Path(first) if first and Path(first).is_file() else None
    except (OSError, ValueError):
        return None


def _grabbed() -> Any | None:
    """What Pillow gets of the system's clipboard: on Windows, on a Mac, and where wl-paste or xclip are."""
    from PIL import ImageGrab

    try:
        grabbed = ImageGrab.grabclipboard()
    except (NotImplementedError, OSError, RuntimeError, ValueError):
        return None
    if isinstance(grabbed, list):
        return next((Path(name) for name in grabbed if Path(name).is_file()), None)
    return grabbed
