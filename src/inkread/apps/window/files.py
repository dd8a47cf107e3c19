"""Pictures from files and the clipboard, and what is written; what cannot be is an InkreadError."""

from __future__ import annotations

import os
import sys
import tkinter
from pathlib import Path
from tkinter import filedialog, messagebox
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from inkread.apps.saving import save_picture
from inkread.apps.view_words import Message, counted
from inkread.apps.window.image import sheet_image
from inkread.apps.window.model import Model

_PNG = [("PNG picture", "*.png")]


def ask_open(root: tkinter.Tk) -> Path | None:
    """The picture that somebody chooses; None for none."""
    from inkread.reader import EXTENSIONS

    patterns = [f"*{extension}" for extension in EXTENSIONS]
    kinds = [("Pictures", " ".join((*patterns, *map(str.upper, patterns)))), ("All files", "*")]
    name = filedialog.askopenfilename(parent=root, title="Open picture", filetypes=kinds)
    return Path(name) if name else None


def save_drawing(root: tkinter.Tk, model: Model, path: Path | None = None) -> None:
    """Saves what was drawn, pixel for pixel as it is read."""
    if model.is_empty:
        model.view.told(Message("There is nothing to save yet"))
        return
    image = sheet_image(model.seen.sheet, model.layer, model.dpi, model.tools.dark)
    _save(root, model, image, path, "drawing.png")


def save_annotated(root: tkinter.Tk, model: Model, path: Path | None = None) -> None:
    """Saves the picture with a box and a label for each digit."""
    from inkread.render import annotate

    reading = model.corrected_reading
    if reading is None or model.steps is None or model.seen.state == "empty":
        model.view.told(Message("There is nothing to save yet"))
        return
    if not model.seen.is_current:
        model.view.told(Message(f"{model.seen.says}. Save it then."))
        return
    _save(root, model, annotate(model.steps.image, reading), path, "drawing.annotated.png")


def export_corrections(root: tkinter.Tk, model: Model, folder: Path | None = None) -> None:
    """Copies the corrections into a folder that training takes."""
    if not model.kept:
        model.view.told(Message("There are no corrections yet: click a digit and type what it is"))
        return
    if folder is None:
        name = filedialog.askdirectory(parent=root, title="Export corrections into a folder")
        if not name:
            return
        folder = Path(name)
    number = model.store.export(folder)
    model.view.told(
        Message(f"Exported {counted(number, 'correction')}. To learn: inkread train --data {folder}", "good")
    )


def sure_to_forget(root: tkinter.Tk, model: Model) -> bool:
    """Whether somebody wants all corrections deleted, after being asked."""
    if not model.kept:
        model.view.told(Message("There are no corrections to forget"))
        return False
    return messagebox.askyesno(
        "Forget corrections",
        f"Forget {counted(model.kept, 'correction')}? Digits are then read as before.",
        parent=root,
    )


def _save(root: tkinter.Tk, model: Model, image: NDArray[np.uint8], path: Path | None, name: str) -> None:
    if path is None:
        chosen = filedialog.asksaveasfilename(
            parent=root, title="Save picture", initialfile=name, defaultextension=".png", filetypes=_PNG
        )
        if not chosen:
            return
        path = Path(chosen)
    save_picture(image, path if path.suffix else path.with_suffix(".png"))
    model.view.told(Message(f"Saved {path.name}", "good"))


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
