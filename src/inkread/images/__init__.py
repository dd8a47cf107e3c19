"""Path, bytes, file, PIL image or array -> upright RGB array (H, W, 3): the only room that decodes pictures.

    files      what a path, a stream or a folder holds      arrays   an array of any numbers
    decoding   bytes -> upright RGB                         limits   how large a picture may be
    effort     what it would take to decode a file

What comes in is not trusted: the number of bytes is checked before they are read, and the number of pixels
before they are decoded; a picture that breaks off is refused; whatever is wrong is said in one line.
This room does not know what is on a picture, nor who asks. It keeps no state: threads may share it.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.errors import UnreadableImage
from inkread.images.arrays import levels_of, to_rgb
from inkread.images.decoding import decode, open_image
from inkread.images.files import EXTENSIONS, find_images, read_path, read_stream, shown
from inkread.images.limits import DEFAULT_LIMITS, ImageLimits, check_bytes

__all__ = ["DEFAULT_LIMITS", "EXTENSIONS", "ImageLimits", "find_images", "load_image"]


def load_image(source: Any, limits: ImageLimits = DEFAULT_LIMITS) -> NDArray[np.uint8]:
    """The picture as a new array (H, W, 3) uint8: RGB, upright as its EXIF says, transparency on white.

    ``source`` is a path, the bytes of a file, a binary file, a PIL image, or an array (H, W[, 1|3|4]) of
    uint8, uint16, bool, other integers 0 … 255, or floats 0 … 1. Of an animation or of several pages it is
    the first. The source is not altered. Raises ``UnreadableImage``, and ``ImageTooLarge`` before anything
    is decoded.
    """
    if isinstance(source, Image.Image):
        return decode(source, "the image", limits)
    if isinstance(source, bytes | bytearray | memoryview):
        view = memoryview(source)
        name = "the picture"
        check_bytes(view.nbytes, name, limits)
        content = bytes(view)
    elif isinstance(source, str | os.PathLike):
        content, name = read_path(source, limits), shown(source)
    elif hasattr(source, "read"):
        content, name = read_stream(source, limits)
    elif hasattr(source, "__array__") or hasattr(source, "__array_interface__"):
        levels = levels_of(np.asarray(source), limits)
        if levels.ndim == 2 or levels.shape[2] == 3:
            return to_rgb(levels)
        return decode(Image.fromarray(np.ascontiguousarray(levels)), "the array", limits)
    else:
        kind = type(source).__name__
        raise UnreadableImage(
            f"{kind} is no picture; give a path, bytes, a binary file, a PIL image or an array"
        )
    return decode(open_image(content, name), name, limits)
