"""The icons of the buttons, drawn by the project's own pen: lines on a grid of 24 by 24.

A stroke is points ``x,y``; an ``L`` before it joins them by straight lines, else a curve runs through them.
This module knows no buttons.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from inkread.apps.window.shapes import Mask
from inkread.sketch import draw_path, smooth

__all__ = ["ICONS", "icon"]

_GRID = 24.0
_LINE = 1.7

ICONS: dict[str, tuple[str, ...]] = {
    "pen": ("L4.5,19.5 5.6,15.2 16.2,4.6 19.4,7.8 8.8,18.4 4.5,19.5", "L13.6,7.2 16.8,10.4"),
    "eraser": ("L9,19 4.2,14.2 13.4,5 19.4,11 11.4,19 9,19", "L8.6,9.8 14.6,15.8", "L9,19 19.6,19"),
    "undo": (
        "L8.2,4.8 4.4,8.6 8.2,12.4",
        "L4.6,8.6 13,8.6",
        "13,8.6 17.2,9.8 19.4,13.6 17.4,17.4 13,18.8 9.4,18.8",
    ),
    "redo": (
        "L15.8,4.8 19.6,8.6 15.8,12.4",
        "L19.4,8.6 11,8.6",
        "11,8.6 6.8,9.8 4.6,13.6 6.6,17.4 11,18.8 14.6,18.8",
    ),
    "clear": (
        "L4.6,6.8 19.4,6.8",
        "L9.2,6.6 9.8,4.2 14.2,4.2 14.8,6.6",
        "L6.4,6.8 7.4,19.8 16.6,19.8 17.6,6.8",
        "L10.2,10.4 10.4,16.2",
        "L13.8,10.4 13.6,16.2",
    ),
    "open": (
        "L4.2,17.8 4.2,5.6 9.6,5.6 11.4,8 18.6,8 18.6,10.6",
        "L4.2,18.4 7,11 21,11 18,18.4 4.2,18.4",
    ),
    "paste": (
        "L8.6,5.4 5.6,5.4 5.6,20 18.4,20 18.4,5.4 15.4,5.4",
        "L8.8,3.8 15.2,3.8 15.2,7.2 8.8,7.2 8.8,3.8",
        "L9,12 15,12",
        "L9,15.6 13,15.6",
    ),
    "save": ("L12,4 12,14.4", "L7.6,10.2 12,14.6 16.4,10.2", "L4.4,15.4 4.4,19.6 19.6,19.6 19.6,15.4"),
    "copy": ("L9,9 19.6,9 19.6,19.6 9,19.6 9,9", "L15,8.8 15,4.4 4.4,4.4 4.4,15 8.8,15"),
    "canvas": ("12,4 17.7,6.3 20,12 17.7,17.7 12,20 6.3,17.7 4,12 6.3,6.3 12,4", "FILL"),
    "theme": (
        "L20,13.6 19.6,14.2",
        "19.8,13.8 15.6,14.6 10.4,11 9.8,4.2",
        "9.8,4.2 4.2,9 4.6,16 10.4,20 17,18.6 19.8,13.8",
    ),
    "check": ("L5,12.6 9.8,17.4 19,7",),
}


@lru_cache(maxsize=128)
def icon(name: str, size: int) -> Mask:
    """The icon as a mask (size, size) float32, 0 … 1."""
    ink: Mask = np.zeros((size, size), np.float32)
    scale = size / _GRID
    for stroke in ICONS[name]:
        if stroke == "FILL":
            # The half moon of "dark or light": the right half of the circle before it.
            at = (np.arange(size, dtype=np.float32) + 0.5) / scale - 12
            inside = np.clip(8 - np.hypot(at[None, :], at[:, None]), 0, 1) * np.clip(at[None, :] + 0.5, 0, 1)
            np.maximum(ink, inside, out=ink)
            continue
        points = np.array([list(map(float, point.split(","))) for point in stroke.lstrip("L").split()])
        path = points if stroke.startswith("L") else smooth(points, 0.7)
        draw_path(ink, path * scale, np.full(len(path), _LINE * scale))
    ink.setflags(write=False)
    return ink
