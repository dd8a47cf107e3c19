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

from inkread.apps.window import files
from inkread.apps.window.canvas import SheetCanvas
from inkread.apps.window.menus import MenuBar, bind_keys
from inkread.apps.window.model import Model, Readings
from inkread.apps.window.panel import Panel
from inkread.apps.window.placement import Rect
from inkread.apps.window.state import Message, Tools
from inkread.apps.window.system import speak, spoken
from inkread.apps.window.theme import Theme, dpi_of
from inkread.apps.window.toolbar import StatusBar, Toolbar
from inkread.corrections import Corrections

__all__ = ["MainWindow"]

_POLL_MS = 3
"""How often the reading thread is asked while it is at work; it is not asked while it rests."""
_SIZE_WH = 1268, 724
"""Logical pixels: with them the canvas has about 900 by 600."""


class MainWindow:
    """One window; the ``View`` of its model."""

    def __init__(self, root: tkinter.Tk, readings: Readings, store: Corrections, dark: bool = False) -> None:
        self.root = root
        self.theme = Theme(root, dpi_of(root))
        self.theme.use(dark)
        root.title("inkread")
        root.report_callback_exception = self._failed
        self.at_quit: Callable[[dict[str, Any]], None] = lambda _: None
        """Told the ``settings`` before the window closes."""
        self._full_screen = False
        self._polling = False
        self._place()
        self.menus = MenuBar(root, self.theme, self.run)
        px = self.theme.px
        outer = ttk.Frame(root, padding=(px(16), px(10), px(16), px(8)))
        outer.pack(fill="both", expand=True)
        outer.columnconfigure(0, weight=1)
        outer.rowconfigure(1, weight=1)
        self.toolbar = Toolbar(outer, self.theme, self.run, self.set_width)
        self.toolbar.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(10)))
        self.canvas = SheetCanvas(outer, self.theme)
        self.canvas.grid(row=1, column=0, sticky="nsew")
        self.panel = Panel(outer, self.theme, self.correct, self.take_back)
        self.panel.grid(row=1, column=1, sticky="ns", padx=(px(16), 0))
        self.status = StatusBar(outer, self.theme)
        self.status.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.model = Model(self, readings, store, Tools(dark=dark))
        self.canvas.model = self.model
        self._set_icon()
        bind_keys(root, self.run, self.correct)
        self.tools_changed()
        self.reading_view_changed()
        self.status.show(self.model)
        self.canvas.focus_set()
        root.protocol("WM_DELETE_WINDOW", self.quit)

    def _place(self) -> None:
        screen_wh = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        width, height = (
            min(self.theme.px(want), int(0.94 * have)) for want, have in zip(_SIZE_WH, screen_wh, strict=True)
        )
        self.root.geometry(f"{width}x{height}")
        self.root.minsize(self.theme.px(820), self.theme.px(668))

    def _set_icon(self) -> None:
        p = self.theme.palette
        self._icon = self.theme.icon("pen", p.accent, 48)
        self.root.iconphoto(True, self._icon)

    # What the model says (View)

    def ink_changed(self, rect: Rect | None) -> None:
        self.canvas.draw(rect)

    def sheet_changed(self) -> None:
        self.canvas.lay_out()

    def reading_view_changed(self) -> None:
        self.canvas.show_reading_view()
        self.panel.show(self.model)
        self.toolbar.show(self.model)
        self.status.show(self.model)

    def selection_changed(self) -> None:
        self.canvas.show_reading_view()
        self.panel.show(self.model)

    def tools_changed(self) -> None:
        self.toolbar.show(self.model)
        tools = self.model.tools
        self.menus.show(
            {
                "live": tools.live,
                "mine": tools.mine,
                "dark_canvas": tools.dark,
                "dark_window": self.theme.palette.dark,
                "full_screen": self._full_screen,
            }
        )

    def told(self, message: Message) -> None:
        self.status.tell(message)

    def asked(self) -> None:
        """Asks the reading thread for what it has, again and again until there is no more to come."""
        if not self._polling:
            self._polling = True
            self.root.after(_POLL_MS, self._poll)

    def _poll(self) -> None:
        self._polling = False
        if self.model.poll():
            self.asked()

    # What the user asks for

    def run(self, name: str) -> str:
        """Does an action by its name."""
        getattr(self, name)()
        return "break"

    def correct(self, value: int) -> None:
        self.model.correct(value)

    def take_back(self) -> None:
        self.model.take_back()

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

    def next_page(self) -> None:
        self.model.turn_page(1)

    def previous_page(self) -> None:
        self.model.turn_page(-1)

    def paste(self) -> None:
        from inkread.apps.window.clipboard import picture_on_clipboard

        picture = picture_on_clipboard(self.root)
        if picture is None:
            self.told(Message("There is no picture on the clipboard"))
        elif isinstance(picture, Path):
            self.open_picture(picture)
        else:
            self.open_picture(picture, "Pasted picture")

    def save_drawing(self) -> None:
        files.save_drawing(self.root, self.model)

    def save_annotated(self) -> None:
        files.save_annotated(self.root, self.model)

    def export_corrections(self) -> None:
        files.export_corrections(self.root, self.model)

    @property
    def _written(self) -> str:
        """The number with its marks, as it is corrected."""
        lines = self.model.reading_view.written
        return "\n".join("".join(found.text for found in line) for line in lines)

    def speak(self) -> None:
        if not (text := self._written):
            self.told(Message("There is no number to speak yet"))
        elif not speak(spoken(text)):
            self.told(Message("This system has no voice; install espeak-ng, or use inkread serve", "error"))

    def copy(self) -> None:
        text = self._written
        if not text:
            self.told(Message("There is no number to copy yet"))
            return
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        self.told(Message("Copied " + text.replace("\n", " · ")))

    def undo(self) -> None:
        self.model.undo()

    def redo(self) -> None:
        self.model.redo()

    def clear(self) -> None:
        self.model.clear()

    def pen(self) -> None:
        self.model.set_tools(erasing=False)

    def eraser(self) -> None:
        self.model.set_tools(erasing=True)

    def wider(self) -> None:
        self.model.step_width(1)

    def narrower(self) -> None:
        self.model.step_width(-1)

    def dark_canvas(self) -> None:
        self.model.set_tools(dark=not self.model.tools.dark)

    def recognise(self) -> None:
        self.model.recognise()

    def live(self) -> None:
        self.model.set_tools(live=not self.model.tools.live)
        self.told(
            Message("Reads while you draw" if self.model.tools.live else "Reads when you press Recognise")
        )

    def mine(self) -> None:
        on = not self.model.tools.mine
        self.model.set_tools(mine=on)
        self.told(Message("Reads digits as you corrected them" if on else "Reads without your corrections"))

    def forget_all(self) -> None:
        if files.sure_to_forget(self.root, self.model):
            self.model.forget_all()

    def next_digit(self) -> None:
        self.model.choose_next(1)

    def previous_digit(self) -> None:
        self.model.choose_next(-1)

    def choose_none(self) -> None:
        self.model.choose(None)

    def dark_window(self) -> None:
        self.theme.use(not self.theme.palette.dark)
        self.menus.recolour()
        self.toolbar.recolour()
        self.panel.recolour()
        self.model.set_tools(dark=self.theme.palette.dark)
        self.canvas.lay_out()

    def full_screen(self) -> None:
        self._full_screen = not self._full_screen
        self.root.attributes("-fullscreen", self._full_screen)
        self.tools_changed()

    def help(self) -> None:
        from inkread.apps.window.keys import show_keys

        show_keys(self.root, self.theme)

    @property
    def settings(self) -> dict[str, Any]:
        """What is to be as it is now the next time."""
        tools = self.model.tools
        return {
            "width": tools.width, "dark": tools.dark, "live": tools.live, "mine": tools.mine,
            "dark_window": self.theme.palette.dark, "geometry": self.root.geometry(),
        }  # fmt: skip

    def restore(self, settings: dict[str, Any]) -> None:
        """Makes the window as it was, given the ``settings`` of that time; a place off the screen is not taken."""
        names = ("width", "dark", "live", "mine")
        self.model.set_tools(**{name: settings[name] for name in names if name in settings})
        width, height, x, y = (
            int(number) for number in re.findall(r"-?\d+", settings.get("geometry", "0x0+0+0"))
        )
        if (
            width
            and x + width <= self.root.winfo_screenwidth()
            and y + height <= self.root.winfo_screenheight()
        ):
            self.root.geometry(settings["geometry"])

    def quit(self) -> None:
        self.at_quit(self.settings)
        self.root.destroy()

    def _failed(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """What nobody foresaw: told in the status bar, its story on standard error; the drawing goes on."""
        traceback.print_exception(kind, error, trace, file=sys.stderr)
        words = " ".join(str(error).split())[:120] or kind.__name__
        self.status.tell(Message(f"inkread itself failed: {words}", "error"))
