"""Arrays -> what Tk shows: one photo per picture, of which only what changed is sent.

This module knows nothing of what is on the pictures.
"""

from __future__ import annotations

import base64
import tkinter
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["put", "tinted", "translucent"]


def put(photo: tkinter.PhotoImage, pixels: NDArray[np.uint8], left: int = 0, top: int = 0) -> None:
    """Replaces a rectangle of a photo by pixels (h, w, 3) uint8."""
    height, width = pixels.shape[:2]
    # PPM is read by Tk itself, faster than anything else that it reads: a header and the bytes as they are.
    ppm = b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(pixels).tobytes()
    photo.tk.call(str(photo), "put", ppm, "-format", "ppm", "-to", left, top, left + width, top + height)


def translucent(
    root: tkinter.Misc, colour: NDArray[np.float32], opacity: NDArray[np.float32]
) -> tkinter.PhotoImage:
    """A photo of ``colour`` (h, w, 3), 0 … 255, with an opacity (h, w), 0 … 1."""
    rgba = np.concatenate([colour, 255 * opacity[..., None]], axis=2)
    file = BytesIO()
    Image.fromarray(np.round(rgba).clip(0, 255).astype(np.uint8)).save(file, format="PNG", compress_level=1)
    return tkinter.PhotoImage(master=root, data=base64.b64encode(file.getvalue()), format="png")


def tinted(root: tkinter.Misc, mask: NDArray[np.float32], colour: tuple[int, int, int]) -> tkinter.PhotoImage:
    """A photo of one colour with a mask (h, w), 0 … 1, as its opacity."""
    plain = np.broadcast_to(np.array(colour, np.float32), (*mask.shape, 3))
    return translucent(root, plain, mask)
