"""The canvas: pointer to model, model to screen. Each movement sends the screen only the pixels that changed.

Ink and picture are an array of our own: Tk's canvas draws lines without soft edges, and the same array is read.
Boxes and badges are items of Tk's canvas over it.
"""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.view_parts import Part
from inkread.apps.window.ink_layer import Rect, around, clipped
from inkread.apps.window.model import Model
from inkread.apps.window.theme import PALETTES, Palette, Theme, rgb
from inkread.sketch import pen_on

_RESIZE_MS = 40
"""A window that is being pulled larger is laid out when it rests that long."""
_REST_MS = 250
"""A pen that rests that long, still down, has what it drew so far read."""
_ROOM = 6
"""Logical pixels between ink and its box."""
_PIXELATED = 6.0
"""From this enlargement on, a picture's pixels are shown as squares: 28 by 28 is looked at, not admired."""
_BADGES = 2.2
"""Badges high: boxes lower than this have a badge only where something is to be said beside the digit."""
_DASHED = {"doubtful", "scrap", "deleted", "inserted"}
_SIGNS = {"sure": "", "doubtful": "?", "scrap": "×", "deleted": "×"}
"""What a badge without words has beside its digit; else people said what it is."""


def put(photo: tkinter.PhotoImage, pixels: NDArray[np.uint8], left: int = 0, top: int = 0) -> None:
    """Replaces a rectangle of a photo by pixels (h, w, 3) uint8."""
    height, width = pixels.shape[:2]
    # PPM is read by Tk itself, faster than anything else that it reads: a header and the bytes as they are.
    ppm = b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(pixels).tobytes()
    photo.tk.call(str(photo), "put", ppm, "-format", "ppm", "-to", left, top, left + width, top + height)


class SheetCanvas(tkinter.Canvas):
    """Shows a model's sheet; pointer events go to the model."""

    def __init__(self, parent: tkinter.Misc, theme: Theme, model: Model) -> None:
        super().__init__(parent, width=1, height=1, borderwidth=0, takefocus=1, cursor="crosshair")
        self.theme, self.model = theme, model
        self._table: NDArray[np.uint8] = np.zeros((256, 3), np.uint8)
        self._backdrop: NDArray[np.uint8] | None = None
        self._pen = 0
        self._photo = tkinter.PhotoImage(master=self, width=1, height=1)
        self.create_image(0, 0, image=self._photo, anchor="nw")
        self._shown: object = None
        self._stale = False
        self.timers: dict[str, str] = {}
        self.bind("<Configure>", self._configured)
        self.bind("<ButtonPress-1>", self._pressed)
        self.bind("<B1-Motion>", self._moved)
        self.bind("<ButtonRelease-1>", self._released)
        self.bind("<Motion>", self._hovered)

    @property
    def canvas_wh(self) -> tuple[int, int]:
        return max(1, self.winfo_width()), max(1, self.winfo_height())

    @property
    def paper(self) -> Palette:
        """The colours of the canvas, which may be dark in a light window."""
        return PALETTES[self.model.tools.dark, self.theme.contrast]

    def draw(self, rect: Rect | None) -> None:
        """Sends a part of the canvas to the screen."""
        inner = clipped(rect, self.canvas_wh) if rect is not None else None
        if inner is not None and self._photo.width() >= inner[2] and self._photo.height() >= inner[3]:
            put(self._photo, self._pixels(inner), inner[0], inner[1])
        if not self.model.is_blank:
            self.delete("hint")

    def _pixels(self, rect: Rect) -> NDArray[np.uint8]:
        """The pixels (h, w, 3) of paper and ink in a rectangle that lies on the canvas."""
        left, top, right, bottom = rect
        ink = self.model.layer.ink[top:bottom, left:right]
        if self._backdrop is None:
            return self._table.take(ink, axis=0)
        pixels = self._backdrop[top:bottom, left:right]
        share = ink[..., None].astype(np.float32) / 255
        return np.round(pixels + (self._pen - pixels) * share).astype(np.uint8)

    def lay_out(self) -> None:
        """The sheet, the paper or the theme is another: everything is drawn anew."""
        p, sheet = self.theme.palette, self.model.seen.sheet
        width = self.theme.px(2)
        self.configure(highlightthickness=width, highlightbackground=p.border, highlightcolor=p.accent)
        paper, ink = (np.array(rgb(colour), np.float32) for colour in (self.paper.paper, self.paper.ink))
        share = np.arange(256, dtype=np.float32)[:, None] / 255
        self._table = np.round(paper + (ink - paper) * share).astype(np.uint8)
        self._backdrop = None
        if sheet.picture is not None:
            self._backdrop, self._pen = self._placed(sheet.picture), pen_on(sheet.picture)
        self._photo.configure(width=self.canvas_wh[0], height=self.canvas_wh[1])
        self.draw((0, 0, *self.canvas_wh))
        self.show(self._stale, anew=True)

    def _placed(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture where the sheet lies on the canvas, the window's colour beside it."""
        place = self.model.layer.placement
        canvas = Image.new("RGB", self.canvas_wh, self.theme.palette.window)
        size_wh = max(1, round(picture.shape[1] * place.scale)), max(1, round(picture.shape[0] * place.scale))
        how = Image.Resampling.NEAREST if place.scale >= _PIXELATED else Image.Resampling.BICUBIC
        # Of a large photo, pixels are left out first: it is still twice as fine as what is shown.
        step = max(1, int(0.5 / place.scale))
        image = Image.fromarray(picture[::step, ::step]).resize(size_wh, how)
        canvas.paste(image, (round(place.left), round(place.top)))
        return np.array(canvas)

    def show(self, stale: bool, anew: bool = False) -> None:
        """The boxes and badges of what was found; ``stale`` ones are of an earlier drawing."""
        seen = self.model.seen
        chosen = seen.selected if seen.chosen else None
        wanted = (seen.parts, seen.marks, chosen, stale, seen.is_blank, self.canvas_wh, self.model.marked)
        if wanted == self._shown and not anew:
            return
        self._shown, self._stale = wanted, stale
        self.delete("found", "hint")
        if self.model.is_blank:
            self._hint()
        words = [*self._badges(seen.parts), *("" for _ in seen.marks)]
        for i, part in enumerate((*seen.parts, *seen.marks)):
            self._box(part, i == chosen, stale, words[i])
        if self.model.marked is not None:
            edges = self.model.layer.placement.edges(self.model.marked)
            width = self.theme.px(2)
            self.create_rectangle(*edges, outline=self.paper.good, width=width, dash=(6, 4), tags="found")

    def _hint(self) -> None:
        x, y = self.canvas_wh[0] / 2, self.canvas_wh[1] / 2
        width = self.canvas_wh[0] - self.theme.px(40)
        words = "one digit or many, anywhere, with mouse, finger or pen"
        fill, font = self.paper.muted, self.theme.font
        hint: Any = (("Draw a number", font(24, "bold"), "s"), (words, font(15), "n"))
        for text, face, anchor in hint:
            self.create_text(x, y, text=text, font=face, anchor=anchor, fill=fill, width=width,
                             justify="center", tags="hint")  # fmt: skip

    def _badges(self, parts: Sequence[Part]) -> list[str]:
        """What the badge of each part says: a digit and a sign where there is no room for words."""
        full = [" · ".join(filter(None, part.badge[1:])) for part in parts]
        font, room = self.theme.font(13), self.theme.px(12)
        places = sorted((*self._edges(part)[:2], words) for part, words in zip(parts, full, strict=True))
        for at, (left, top, words) in enumerate(places):
            end = left + room + int(self.tk.call("font", "measure", font, words))
            beside = takewhile(lambda place, end=end: place[0] < end, places[at + 1 :])  # type: ignore[misc]
            if any(abs(other[1] - top) < 3 * room for other in beside):
                full = [part.badge.text + _SIGNS.get(part.kind, "✓") for part in parts]
                break
        badge = int(self.tk.call("font", "metrics", font, "-linespace")) + self.theme.px(3)
        heights = [bottom - top for _, top, _, bottom in map(self._edges, parts)]
        if parts and np.median(heights) < _BADGES * badge:  # they would cover the line above
            return ["" if part.kind == "sure" else words for part, words in zip(parts, full, strict=True)]
        return full

    def _edges(self, part: Part) -> Rect:
        return around(self.model.layer.placement.edges(part.box), self.theme.px(_ROOM))

    def _box(self, part: Part, chosen: bool, stale: bool, words: str) -> None:
        p, kind, px = self.paper, part.kind, self.theme.px
        colours = {
            "sure": p.accent,
            "doubtful": p.doubt,
            **dict.fromkeys(("scrap", "deleted", "mark"), p.muted),
        }
        colour = p.muted if stale else colours.get(kind, p.good)
        left, top, right, bottom = self._edges(part)
        width = px(3.5 if chosen else 1.5)
        dash = (3 * width + 2, 2 * width + 2) if stale or kind in _DASHED else ()
        box = left, top, right, bottom
        self.create_rectangle(*box, outline=colour, width=width, dash=dash, tags="found")
        if not words or stale:
            return
        face = self.theme.font(13)
        text = self.create_text(0, 0, text=words, font=face, fill=p.paper, anchor="nw", tags="found")
        x0, y0, x1, y1 = self.bbox(text)
        width, height = x1 - x0 + px(8), y1 - y0 + px(3)
        x = min(max(0, left), max(0, self.canvas_wh[0] - width))
        y = top - height - px(3)
        if y < 0:
            y = bottom + px(3) if bottom + px(3) + height <= self.canvas_wh[1] else max(0, top) + px(3)
        plate = self.create_rectangle(x, y, x + width, y + height, fill=colour, outline=colour, tags="found")
        self.tag_lower(plate, text)
        self.coords(text, x + px(4), y + px(1.5))

    def _configured(self, _event: tkinter.Event[tkinter.Misc]) -> None:
        if self.canvas_wh == self.model.layer.canvas_wh:
            return
        if self.model.layer.canvas_wh == (1, 1):
            self._resize()  # the first time: at once
        else:
            self.later("resize", _RESIZE_MS, self._resize)

    def _resize(self) -> None:
        if self.canvas_wh != self.model.layer.canvas_wh:
            self.model.pen_up()
            self.model.resize(self.canvas_wh, self.theme.dpi)

    def _pressed(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.focus_set()
        self._resize()  # what is drawn now must lie where the pen is
        self.model.pen_down(event.x + 0.5, event.y + 0.5)
        self.later("rest", _REST_MS, self.model.rest)

    def _moved(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.model.pen_move(event.x + 0.5, event.y + 0.5)
        self.later("rest", _REST_MS, self.model.rest)

    def _released(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.cancel("rest")
        self.model.pen_up(event.x + 0.5, event.y + 0.5)

    def _hovered(self, event: tkinter.Event[tkinter.Misc]) -> None:
        over = not self.model.tools.erasing and self.model.part_at(event.x, event.y) is not None
        cursor = "hand2" if over else "circle" if self.model.tools.erasing else "crosshair"
        cursor = cursor if self.model.inserting is None else "tcross"
        if self["cursor"] != cursor:
            self.configure(cursor=cursor)

    def later(self, name: str, wait_ms: int, call: Callable[[], object]) -> None:
        """Calls later, and only once: a timer of the same name is put off."""

        def run() -> None:
            del self.timers[name]
            call()

        self.cancel(name)
        self.timers[name] = self.after(wait_ms, run)

    def cancel(self, name: str) -> None:
        """Forgets a timer."""
        if name in self.timers:
            self.after_cancel(self.timers.pop(name))
