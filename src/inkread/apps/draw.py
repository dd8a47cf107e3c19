"""``inkread draw``: the window to draw numbers in, and have them read while they are drawn.

This module knows what to say where a window cannot be had; the window itself is in ``apps/window``.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.models import InputRange, MinConfidence, ModelOption, usable_model
from inkread.apps.terminal import printable
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.errors import InkreadError, UnreadableImage

HELP = """Draw a number in a window, and see it read while you draw.

With PICTURE, opens that instead of an empty sheet: any picture that `inkread read` takes. Click a digit that was
misread and type what it is: it is kept, for a network to learn from (see `inkread corrections`).
"""


class NoWindow(InkreadError):
    """This Python, or this machine, has no windows."""


def draw(
    picture: Annotated[
        Path | None, typer.Argument(metavar="PICTURE", help="A picture to open.", show_default=False)
    ] = None,
    dark: Annotated[
        bool | None, typer.Option("--dark/--light", help="The look of the window (as the system has it).")
    ] = None,
    model: ModelOption = None,
    input_range: InputRange = None,
    min_confidence: MinConfidence = DEFAULT_MIN_CONFIDENCE,
) -> None:
    _need_tk()
    import tkinter

    from inkread.apps.window import open_window

    if picture is not None and not picture.is_file():
        raise UnreadableImage(f"{printable(str(picture))}: there is no such picture; check the path")
    try:
        open_window(picture, usable_model(model, input_range), min_confidence, dark)
    except tkinter.TclError as error:
        if "display" not in str(error):
            raise
        raise NoWindow(
            "there is no screen to open a window on (DISPLAY); run it on a desktop, or use inkread serve "
            "and a browser"
        ) from None


def _need_tk() -> None:
    """Raises ``NoWindow``, with what to do on this system, where Python has no Tk."""
    try:
        found = importlib.util.find_spec("_tkinter") is not None
        if found:
            import tkinter  # noqa: F401 - the module may be there and the library that it needs not
    except ImportError:
        found = False
    if not found:
        from inkread.apps.window.system import advice_for_tk

        raise NoWindow(
            f"this Python has no Tk, which windows need: {advice_for_tk()}; or use inkread serve, which does "
            "the same in a browser"
        )
