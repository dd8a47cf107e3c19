"""The drawing window (``inkread draw``): draw a number, and see it read while you draw.

Modules without a widget, tested without a screen:

    model           pen, pictures, readings              reading_thread   the newest picture first, in a thread
    ink_layer       ink as it is drawn, and where        image            the picture that is read
    actions         all that can be done, and its keys   system           colours, voice, settings that are kept

What is shown of a drawing is ``apps.view_model``, which the page of ``inkread serve`` has, too.
The widgets are thin: ``app``, ``canvas``, ``panel``, ``toolbar``, ``menus``, ``files``, in the look of ``theme``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.confidence import DEFAULT_MIN_CONFIDENCE

if TYPE_CHECKING:
    from inkread.reader import Printed

__all__ = ["open_window"]


def open_window(
    picture: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    min_confidence: float = DEFAULT_MIN_CONFIDENCE,
    dark: bool | None = None,
    printed: Printed | None = None,
) -> None:
    """Opens the window, and returns when it is closed.

    ``picture`` is opened in it, ``model``, ``min_confidence`` and ``printed`` are those of ``inkread.Reader``; ``dark``
    None is as it was the last time, or as the system has it. Raises ``tkinter.TclError`` where there is no screen.
    """
    import signal
    import tkinter

    from inkread.apps.window.system import be_sharp

    # Tk's loop sees Ctrl-C only when something else happens. Corrections were written when they came.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    be_sharp()
    root = tkinter.Tk(className="inkread")
    root.withdraw()
    from inkread.apps.window import system
    from inkread.apps.window.app import MainWindow
    from inkread.apps.window.reading_thread import ReaderProcess, ReadingThread
    from inkread.corrections import Corrections

    readings = ReadingThread(lambda: ReaderProcess(model, min_confidence, printed))
    kept, fault = system.load()
    window = MainWindow(root, readings, Corrections(), *_look(kept, dark))
    window.restore(kept, fault)
    window.keep = system.save
    root.deiconify()
    root.update()  # the window first, then what reading needs
    readings.start()
    if picture is not None:
        window.open_picture(Path(picture))
    root.mainloop()
    readings.stop()


def _look(kept: dict[str, Any], dark: bool | None) -> tuple[bool, bool, float]:
    """Dark or not, in high contrast or not, and how large text is: as asked, as the last time, or as the system is."""
    from inkread.apps.window import system

    dark = kept.get("dark_window") if dark is None else dark
    return (
        system.prefers_dark() if dark is None else dark,
        kept["contrast"] if "contrast" in kept else system.prefers_contrast(),
        kept["text_size"] if "text_size" in kept else system.text_scale(),
    )
