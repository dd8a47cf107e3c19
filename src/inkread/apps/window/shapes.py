"""Soft-edged shapes and type as masks (h, w) float32, 0 … 1: Tk itself draws with hard edges on most systems.

This module knows no colours and no window.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkread.render.drawing import font_of

__all__ = ["Mask", "dashed", "disc", "ring", "rounded", "text_mask", "text_size"]

Mask = NDArray[np.float32]


def rounded(width: int, height: int, radius: float) -> Mask:
    """A filled rectangle with round corners."""
    return np.clip(0.5 - _distance(width, height, radius), 0, 1)


def ring(width: int, height: int, radius: float, line: float) -> Mask:
    """The outline of that rectangle, ``line`` pixels wide, inside its edges."""
    away = -_distance(width, height, radius)
    return np.clip(np.minimum(away + 0.5, line + 0.5 - away), 0, 1)


def dashed(mask: Mask, dash: float, gap: float, line: float) -> Mask:
    """A ring's mask broken into dashes."""
    height, width = mask.shape
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    level = np.minimum(y, height - 1 - y)[:, None] <= line + 1
    along = np.where(level, _dashes(x, width, dash, gap)[None, :], _dashes(y, height, dash, gap)[:, None])
    return np.asarray(mask * along, np.float32)


def disc(size: int, diameter: float) -> Mask:
    """A filled circle in the middle of a square."""
    at = np.arange(size, dtype=np.float32) + 0.5 - size / 2
    return np.asarray(np.clip(diameter / 2 + 0.5 - np.hypot(at[None, :], at[:, None]), 0, 1), np.float32)


def text_size(text: str, size: int, bold: bool = False) -> tuple[int, int]:
    """Width and height of ``text_mask``."""
    return round(font_of(size).getlength(text)) + (_stroke(size) if bold else 0), round(1.2 * size)


@lru_cache(maxsize=256)
def text_mask(text: str, size: int, bold: bool = False) -> Mask:
    """One line of text, its baseline one ``size`` below the top."""
    width, height = text_size(text, size, bold)
    image = Image.new("L", (max(1, width), height))
    pen = ImageDraw.Draw(image)
    # The font has one weight; struck twice, a hair apart, it has two.
    for shift in (0, _stroke(size)) if bold else (0,):
        pen.text((shift, size), text, 255, font_of(size), anchor="ls")
    mask: Mask = np.asarray(image, np.float32) / np.float32(255)
    mask.setflags(write=False)
    return mask


def _stroke(size: int) -> int:
    return max(1, round(size / 24))


def _dashes(t: NDArray[np.float32], length: int, dash: float, gap: float) -> NDArray[np.float32]:
    # A whole number of dashes with half of one at either end: corners stay closed.
    period = length / max(1, round(length / (dash + gap)))
    share = dash / (dash + gap) * period
    away = np.abs((t + 0.5 + period / 2) % period - period / 2)
    return np.asarray(np.clip(share / 2 + 0.5 - away, 0, 1), np.float32)


def _distance(width: int, height: int, radius: float) -> Mask:
    """Signed distance of pixels to a rounded rectangle, negative inside (Quilez, "2D distance functions")."""
    radius = min(radius, width / 2, height / 2)
    x = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2) - width / 2 + radius
    y = np.abs(np.arange(height, dtype=np.float32) + 0.5 - height / 2) - height / 2 + radius
    outside = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None])
    inside = np.minimum(np.maximum(x[None, :], y[:, None]), 0)
    return np.asarray(outside + inside - radius, np.float32)
