"""Opening and saving: the dialogs, and what is written. What goes wrong is told in the status bar."""

from __future__ import annotations

import tkinter
from pathlib import Path
from tkinter import filedialog, messagebox

import numpy as np
from numpy.typing import NDArray

from inkread.apps.saving import save_picture
from inkread.apps.view_words import Message, counted
from inkread.apps.window.image import sheet_image
from inkread.apps.window.model import Model
from inkread.errors import InkreadError

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
    try:
        number = model.store.export(folder)
    except InkreadError as error:
        model.view.told(Message(str(error), "error"))
        return
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
    try:
        save_picture(image, path if path.suffix else path.with_suffix(".png"))
    except InkreadError as error:
        model.view.told(Message(str(error), "error"))
        return
    model.view.told(Message(f"Saved {path.name}", "good"))
