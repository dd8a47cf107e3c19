"""Pen paths as pointer movements, and a window that is driven by them: for the window's tests and its benchmark.

Real events of Tk reach the window's own bindings; nothing of it is called past them.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from made import Array, Style, write_page


def movements(path: Array, pixels_per_event: float) -> list[tuple[int, int]]:
    """Where a pointer is seen that runs along ``path`` (M, 2): whole pixels, ``pixels_per_event`` apart."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, lengths[-1], max(2, round(lengths[-1] / pixels_per_event) + 1))
    points = np.stack([np.interp(at, lengths, path[:, i]) for i in (0, 1)], axis=1)
    return [(int(x), int(y)) for x, y in np.floor(points)]


def number_strokes(
    lines: Sequence[str], size: float, left: float, top: float, seed: int = 0, **style: Any
) -> list[Array]:
    """The strokes of a number whose ink begins at ``(left, top)``, as paths (M, 2)."""
    written = write_page(lines, Style(size=size, **style), seed)
    low = np.min([character.bounds[:2] for character in written], axis=0)
    return [path + np.array([left, top]) - low for character in written for path in character.paths]


@contextmanager
def screen(size: str = "2600x1600x24") -> Iterator[str]:
    """A display of one's own (Xvfb, 96 dots per inch), taken for DISPLAY meanwhile.

    Once it is gone, no window may be used in this process any more: Tk ends a program whose display ends.
    """
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-dpi", "96", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    before = os.environ.get("DISPLAY")
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        yield f":{number}"
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait()


def why_no_window() -> str:
    """Why windows cannot be tested here; "" if they can."""
    try:
        import tkinter  # noqa: F401
    except ImportError:
        return "needs Tk: this Python has none"
    if sys.platform.startswith("linux") and shutil.which("Xvfb") is None:
        return "needs a display of its own: install xvfb"
    return ""


class Hand:
    """A window on a screen, and a hand that draws in it, types and waits for what comes of it."""

    def __init__(
        self,
        folder: Path,
        size_wh: tuple[int, int] = (1268, 724),
        dark: bool = False,
        reader: Any = None,
        zoom: float = 1.0,
        **look: Any,
    ) -> None:
        import tkinter

        import inkread
        from inkread.apps.window.app import MainWindow
        from inkread.apps.window.reading_thread import ReadingThread
        from inkread.corrections import Corrections

        self.root = tkinter.Tk(className="inkread")
        # What a screen of that many dots per inch would have told Tk; the next window in this process inherits it.
        self.root.tk.call("tk", "scaling", zoom * 96 / 72)
        make = inkread.Reader if reader is None else (lambda: reader)
        self.readings = ReadingThread(make)
        self.readings.start()
        self.window = MainWindow(self.root, self.readings, Corrections(folder), dark, **look)
        self.root.geometry(f"{size_wh[0]}x{size_wh[1]}+0+0")
        self.root.update()
        self.window.canvas.focus_force()
        self.root.update()

    @property
    def text(self) -> str:
        return self.window.model.seen.number

    @property
    def message(self) -> str:
        return str(self.window.status.message.cget("text"))

    def stroke(self, points: Sequence[tuple[int, int]]) -> None:
        """Draws one stroke, pen down to pen up, as fast as the window takes it."""
        send = self.window.canvas.event_generate
        send("<ButtonPress-1>", x=points[0][0], y=points[0][1])
        for x, y in points[1:]:
            send("<B1-Motion>", x=x, y=y)
        send("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
        self.root.update()

    def write(self, strokes: Sequence[Array], pixels_per_event: float = 12.0) -> None:
        """Draws strokes given as paths (M, 2) in canvas pixels."""
        for path in strokes:
            self.stroke(movements(path, pixels_per_event))

    def click(self, x: float, y: float) -> None:
        self.stroke([(int(x), int(y))])

    def key(self, sequence: str) -> None:
        """Presses a key, as ``<Control-Key-z>``."""
        self.window.canvas.event_generate(sequence)
        self.root.update()

    def wait(self, until: Callable[[], bool] | None = None, seconds: float = 60.0) -> None:
        """Lets the window live until all is read and shown, or ``until`` holds; fails after ``seconds``."""
        end = time.monotonic() + seconds
        done = until or self.rests
        self.root.update()
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"the window was not done: {self.message!r}, {self.text!r}")
            self.root.update()
            time.sleep(0.002)
        self.root.update()

    def has_read(self) -> bool:
        """Whether all is read."""
        return not self.readings.busy and not {"poll", "resize"} & set(self.window.canvas.timers)

    def rests(self) -> bool:
        return self.has_read() and "stale" not in self.window.canvas.timers

    def screenshot(self, path: Path) -> Any:
        """What is on the screen, kept as a PNG."""
        from PIL import ImageGrab

        self.root.update()
        picture = ImageGrab.grab(xdisplay=os.environ.get("DISPLAY"))
        right = self.root.winfo_rootx() + self.root.winfo_width()
        bottom = self.root.winfo_rooty() + self.root.winfo_height()
        picture = picture.crop((0, 0, min(picture.width, right), min(picture.height, bottom)))
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
        return picture

    def close(self) -> None:
        self.readings.stop()
        self.window.quit()
        # Images of Tk must be deleted in Tk's own thread: else the next window's reading thread might come to do it.
        del self.window, self.root
        gc.collect()


def draw_and_correct_a_one(kept: Any) -> None:
    """Draws a 1 in the window of another process and corrects it there, so that ``kept`` has one correction."""
    xdotool("search", "--sync", "--onlyvisible", "--class", "inkread")
    for _ in range(5):  # a window may be seen before it hears the mouse
        _draw_a_one()
        if _corrected(kept):
            return
        xdotool("key", "ctrl+n")
    raise TimeoutError("the window took no correction")


def xdotool(*words: str) -> str:
    done = subprocess.run(["xdotool", *words], capture_output=True, encoding="utf-8", timeout=120, check=True)
    return done.stdout


def _draw_a_one() -> None:
    # Tk sees only the last of movements that come faster than it looks: of a 1, none matters.
    for path in number_strokes(["1"], 250, 300, 200, seed=3, hand=0):
        points = movements(path, 25)
        moves = [word for x, y in points[1:] for word in ("mousemove", str(x), str(y), "sleep", "0.03")]
        xdotool("mousemove", *map(str, points[0]), "mousedown", "1", *moves, "mouseup", "1")


def _corrected(kept: Any) -> bool:
    """Whether the 1 key was taken for a correction: a single digit is corrected by a key once it is read."""
    end = time.monotonic() + 20
    while not kept.count() and time.monotonic() < end:
        xdotool("key", "1")
        time.sleep(0.2)
    return kept.count() > 0
