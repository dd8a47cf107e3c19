"""The window: puts its parts together, and does what menus, buttons and keys ask for."""

from __future__ import annotations

import re
import sys
import tkinter
import traceback
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk
from typing import Any

import numpy as np

from inkread.apps.view_words import Message, counted
from inkread.apps.window import files
from inkread.apps.window.actions import ACTIONS
from inkread.apps.window.canvas import SheetCanvas, put
from inkread.apps.window.ink_layer import Rect
from inkread.apps.window.menus import FOR_SCREEN_READERS, MenuBar, bind_keys, show_keys
from inkread.apps.window.model import Model
from inkread.apps.window.panel import Panel
from inkread.apps.window.reading_thread import ReadingThread
from inkread.apps.window.state import Tools, stepped
from inkread.apps.window.system import speak, spoken
from inkread.apps.window.theme import Theme, dpi_of, rgb
from inkread.apps.window.toolbar import StatusBar, Toolbar
from inkread.corrections import Corrections
from inkread.errors import InkreadError
from inkread.sketch import draw_path

_POLL_MS = 3
"""How often the reading thread is asked while it is at work; it is not asked while it rests."""
_STALE_MS = 150
"""What takes longer to be read than this is shown as old: sooner, all would flicker at each stroke."""
_KEEP_MS = 500
"""Settings are kept so long after they changed: the window may be killed."""
_SIZE_WH = 1268, 724
_SMALLEST_WH = 480, 400
"""Logical pixels of the window at first, and pixels of the smallest one."""
_TEXT_SIZES = (1.0, 1.25, 1.5, 1.75, 2.0)


class MainWindow:
    """One window; the ``View`` of its model."""

    def __init__(
        self, root: tkinter.Tk, readings: ReadingThread, store: Corrections, dark: bool = False,
        contrast: bool = False, text_size: float = 1.0,
    ) -> None:  # fmt: skip
        self.root = root
        self.theme = Theme(root, dpi_of(root))
        self.theme.use(dark, contrast, text_size)
        root.title("inkread")
        root.report_callback_exception = self._failed
        self.keep: Callable[[dict[str, Any]], None] = lambda _: None
        """Told the ``settings`` soon after they changed. May raise InkreadError."""
        self._full_screen = self._stale = False
        self._kept: dict[str, Any] = {}
        self.model = Model(self, readings, store, Tools(dark=dark))
        self._place()
        self.menus = MenuBar(root, self.theme, self.run)
        px = self.theme.px
        outer = ttk.Frame(root, padding=px(10))
        outer.pack(fill="both", expand=True)
        outer.columnconfigure(0, weight=1)
        outer.rowconfigure(1, weight=1)
        self.toolbar = Toolbar(outer, self.theme, self.run, self.set_width)
        self.toolbar.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(8)))
        self.canvas = SheetCanvas(outer, self.theme, self.model)
        self.canvas.grid(row=1, column=0, sticky="nsew")
        self.panel = Panel(outer, self.theme, self.model, self.run)
        self.panel.grid(row=1, column=1, sticky="ns", padx=(px(10), 0))
        self.status = StatusBar(outer)
        self.status.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(6), 0))
        outer.bind("<Configure>", lambda event: self.panel.fit_into(event.width))
        self._set_icon()
        bind_keys(root, self.run, self.model.digit)
        self.changed()
        self.told(Message(f"{FOR_SCREEN_READERS} F1 shows all keys."))
        self.canvas.focus_set()
        root.protocol("WM_DELETE_WINDOW", self.quit)
        root.bind("<Configure>", lambda event: self.keep_soon() if event.widget is root else None, add=True)

    def _place(self) -> None:
        screen_wh = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        width, height = (
            min(self.theme.px(want), int(0.94 * have)) for want, have in zip(_SIZE_WH, screen_wh, strict=True)
        )
        self.root.geometry(f"{width}x{height}")
        self.root.minsize(*_SMALLEST_WH)

    def _set_icon(self) -> None:
        ink = np.zeros((64, 64), np.float32)
        draw_path(ink, np.array([(16, 14), (48, 14), (28, 52)], float), np.full(3, 8.0))
        colours = np.array(rgb("#ffffff")), np.array(rgb("#3557d6"))
        self._icon = tkinter.PhotoImage(master=self.root, width=64, height=64)
        put(self._icon, np.round(colours[1] + (colours[0] - colours[1]) * ink[..., None]).astype(np.uint8))
        self.root.iconphoto(True, self._icon)

    # What the model says (View)

    def ink_changed(self, rect: Rect | None) -> None:
        self.canvas.draw(rect)

    def sheet_changed(self) -> None:
        self.canvas.lay_out()

    def changed(self) -> None:
        """Shows what the model has; what is of an earlier drawing is left for a moment, and then shown as old."""
        seen = self.model.seen
        waits = not seen.is_current and bool(seen.parts)
        if waits and not self._stale:
            if "stale" not in self.canvas.timers:
                self.canvas.later("stale", _STALE_MS, self._grown_old)
        else:
            self.canvas.cancel("stale")
            self._stale = waits
            self.canvas.show(waits)
            self.panel.show(waits)
        self.toolbar.show(self.model, self._stale)
        kept = self.model.kept
        self.status.kept.configure(text=f"{counted(kept, 'correction')} kept" if kept else "")
        tools = self.model.tools
        self.menus.show({
            "live": tools.live, "mine": tools.mine, "dark_canvas": tools.dark, "dark_window": self.theme.dark,
            "contrast": self.theme.contrast, "full_screen": self._full_screen,
        })  # fmt: skip
        self.keep_soon()

    def _grown_old(self) -> None:
        self._stale = True
        self.changed()

    def told(self, message: Message) -> None:
        self.status.tell(message)

    def asked(self) -> None:
        """Asks the reading thread for what it has, again and again until there is no more to come."""
        if "poll" not in self.canvas.timers:
            self.canvas.later("poll", _POLL_MS, self._poll)

    def _poll(self) -> None:
        if self.model.poll():
            self.asked()

    # What the user asks for

    def run(self, name: str) -> str:
        """Does an action by its name."""
        self.model.give_up_inserting()
        method, *given = next(action.model for action in ACTIONS if action.name == name) or ("",)
        if method:
            getattr(self.model, method)(*given)
        elif name.startswith(("save_", "export_")):
            getattr(files, name)(self.root, self.model)
        else:
            getattr(self, name)()
        return "break"

    def set_width(self, width: float) -> None:
        if width != self.model.tools.width:
            self.model.set_tools(width=width)

    def open(self) -> None:
        path = files.ask_open(self.root)
        if path is not None:
            self.open_picture(path)

    def open_picture(self, source: Any, name: str = "") -> None:
        """Opens a picture: a path, bytes, or an image."""
        self.model.open(source, name)

    def paste(self) -> None:
        picture = files.picture_on_clipboard(self.root)
        if picture is None:
            self.told(Message("There is no picture on the clipboard"))
        else:
            self.open_picture(picture, "" if isinstance(picture, Path) else "Pasted picture")

    def _number_for(self, what: str) -> str:
        """The number to copy or speak; "" where there is none yet, which is told."""
        seen = self.model.seen
        if not seen.copied:
            self.told(Message(f"There is no number to {what}: {seen.says}"))
        return seen.copied

    def speak(self) -> None:
        if (text := self._number_for("speak")) and not speak(spoken(text)):
            self.told(Message("This system has no voice; install espeak-ng, or use inkread serve", "error"))

    def copy(self) -> None:
        if text := self._number_for("copy"):
            self.root.clipboard_clear()
            self.root.clipboard_append(text)
            self.told(Message("Copied " + text.replace("\n", " · "), "good"))

    def forget_all(self) -> None:
        if files.sure_to_forget(self.root, self.model):
            self.model.forget_all()

    def dark_window(self) -> None:
        self._restyle(dark=not self.theme.dark)
        self.model.set_tools(dark=self.theme.dark)

    def contrast(self) -> None:
        self._restyle(contrast=not self.theme.contrast)

    def larger_text(self, step: int = 1) -> None:
        self._restyle(text_size=stepped(_TEXT_SIZES, self.theme.text_size, step))
        self.told(Message(f"Text at {self.theme.text_size:.0%}".replace("%", " %")))

    def smaller_text(self) -> None:
        self.larger_text(-1)

    def _restyle(self, **changes: Any) -> None:
        theme = self.theme
        theme.use(**{"dark": theme.dark, "contrast": theme.contrast, "text_size": theme.text_size, **changes})
        self.menus.restyle()
        self.panel.restyle()
        self.panel.fit_into(self.root.winfo_width())
        self.root.update_idletasks()
        self.toolbar.flow()
        self.canvas.lay_out()
        self.changed()

    def full_screen(self) -> None:
        self._full_screen = not self._full_screen
        self.root.attributes("-fullscreen", self._full_screen)
        self.changed()

    def help(self) -> None:
        show_keys(self.root, self.theme)

    @property
    def settings(self) -> dict[str, Any]:
        """What is to be as it is now the next time."""
        tools, theme = self.model.tools, self.theme
        return {
            "width": tools.width, "dark": tools.dark, "live": tools.live, "mine": tools.mine,
            "dark_window": theme.dark, "contrast": theme.contrast, "text_size": theme.text_size,
            "geometry": self.root.geometry(),
        }  # fmt: skip

    def restore(self, settings: dict[str, Any], fault: str = "") -> None:
        """Makes the window as it was, given the ``settings`` of that time; a place off the screen is not taken.

        ``fault`` is told: what of the settings cannot be used.
        """
        if fault:
            self.told(Message(fault, "error"))
        names = ("width", "dark", "live", "mine")
        self.model.set_tools(**{name: settings[name] for name in names if name in settings})
        width, height, x, y = (
            int(number) for number in re.findall(r"-?\d+", settings.get("geometry", "0x0+0+0"))
        )
        screen_wh = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        if width and min(x, y) >= 0 and x + width <= screen_wh[0] and y + height <= screen_wh[1]:
            self.root.geometry(settings["geometry"])

    def keep_soon(self) -> None:
        """Has the settings kept, if they are others than those that were kept last."""
        if self.settings != self._kept and "keep" not in self.canvas.timers:
            self.canvas.later("keep", _KEEP_MS, self._keep)

    def _keep(self) -> None:
        if self.settings == self._kept:
            return
        self._kept = self.settings
        try:
            self.keep(self._kept)
        except InkreadError as error:
            self.keep = lambda _: None  # it is told once
            self.told(Message(f"Settings are not kept: {error}", "error"))

    def quit(self) -> None:
        self._keep()
        for name in list(self.canvas.timers):
            self.canvas.cancel(name)
        self.root.destroy()

    def _failed(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """What went wrong is told in the status bar, the story of what nobody foresaw on standard error."""
        if isinstance(error, InkreadError):
            self.told(Message(str(error), "error"))
            return
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        words = " ".join(str(error).split())[:120] or kind.__name__
        self.status.tell(Message(f"inkread itself failed: {words}", "error"))
