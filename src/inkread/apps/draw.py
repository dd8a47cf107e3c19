"""``inkread draw``: the window to draw numbers in, and have them read while they are drawn.

This module knows what to say where a window cannot be had; the window itself is in ``apps/window``.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from inkread.apps.models import InputRange, MinConfidence, ModelOption, PrintedOption, usable_model
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
    printed: PrintedOption = None,
) -> None:
    _need_tk()
    import tkinter

    from inkread.apps.window import open_window

    if picture is not None and not picture.is_file():
        raise UnreadableImage(f"{printable(str(picture))}: there is no such picture; check the path")
    try:
        open_window(picture, usable_model(model, input_range), min_confidence, dark, cast("Any", printed))
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
        raise NoWindow(
            f"this Python has no Tk, which windows need: {advice_for_tk()}; or use inkread serve, which does "
            "the same in a browser"
        )


def advice_for_tk() -> str:
    """What to do on this system to get Tk, as one clause."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.platform == "win32":
        return "run Python's installer again, choose Modify, and tick 'tcl/tk and IDLE'"
    if sys.platform == "darwin":
        homebrew = "homebrew" in sys.base_prefix.lower() or "cellar" in sys.base_prefix.lower()
        return (
            f"brew install python-tk@{version}"
            if homebrew
            else "install Python from python.org, which has Tk"
        )
    if Path(sys.base_prefix) not in (Path("/usr"), Path("/usr/local")):
        return (
            f"install your system's Tk ({_linux_package()}), then build this Python ({sys.base_prefix}) again"
        )
    return f"install it: {_linux_package()}"


def _linux_package() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    kinds = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    for kind, command in (
        ("debian", "sudo apt install python3-tk"),
        ("fedora", "sudo dnf install python3-tkinter"),
        ("arch", "sudo pacman -S tk"),
        ("suse", "sudo zypper install python3-tk"),
        ("alpine", "sudo apk add python3-tkinter"),
    ):
        if any(kind in each for each in kinds):
            return command
    return "the package python3-tk or python3-tkinter"
