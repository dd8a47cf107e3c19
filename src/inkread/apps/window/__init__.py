"""The drawing window (``inkread draw``): draw a number, and see it read while you draw.

What happens is in modules without a widget, tested without a screen:

    model        what is corrected, and undone           readdrawing  a drawing that is read, and chosen from
    drawing      sheet, pen, tools, undo                 inklayer     ink as it comes, only where it changes
    image        the picture that is read                worker       reading in a thread, the newest first
    findings     what was read, on the sheet             keeping      corrections of the sheet and in the store
    surface      paper, ink and badges as pixels         badges       boxes and labels, and how they fade

and the widgets are thin: ``app``, ``canvas``, ``panel``, ``toolbar``, ``menus``, in the look of ``theme``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from inkread.confidence import DEFAULT_MIN_CONFIDENCE

if TYPE_CHECKING:
    from inkread.reader import Reader

__all__ = ["open_window"]


def open_window(
    picture: str | os.PathLike[str] | None = None,
    model: str | os.PathLike[str] | None = None,
    min_confidence: float = DEFAULT_MIN_CONFIDENCE,
    dark: bool | None = None,
) -> None:
    """Opens the window, and returns when it is closed.

    ``picture`` is opened in it, ``model`` and ``min_confidence`` are those of ``inkread.Reader``, ``dark`` None
    follows the system. Raises ``tkinter.TclError`` where there is no screen.
    """
    import signal
    import tkinter

    # Tk's loop sees Ctrl-C only when something else happens. Nothing is lost by ending at once: what is to be
    # kept was written when it came.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from inkread.apps.window.system import be_sharp, prefers_dark

    be_sharp()
    root = tkinter.Tk(className="inkread")
    root.withdraw()
    from inkread.apps.window.app import MainWindow
    from inkread.apps.window.worker import ReadingThread
    from inkread.corrections import Corrections

    readings = ReadingThread(lambda: _make_reader(model, min_confidence))
    window = MainWindow(root, readings, Corrections(), prefers_dark() if dark is None else dark)
    root.deiconify()
    root.update()  # the window first, then what reading needs
    readings.start()
    if picture is not None:
        window.open_picture(Path(picture))
    root.mainloop()
    readings.stop()


def _make_reader(model: str | os.PathLike[str] | None, min_confidence: float) -> Reader:
    from inkread.reader import Reader

    return Reader(model, min_confidence=min_confidence)
