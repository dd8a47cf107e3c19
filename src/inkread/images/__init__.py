"""Path, bytes, file, PIL image or array -> upright RGB array (H, W, 3): the only room that decodes pictures.

    pages      what has several pages, one at a time      files      what a path, a stream or a folder holds
    decoding   bytes -> upright RGB                       arrays     what may be given; an array of any numbers
    effort     what it would take to decode a file        limits     how large a picture may be
    isolation  PDF and HEIC, decoded in a worker process  native_decoders   PDFium and libheif in it

What comes in is not trusted: the number of bytes is checked before they are read, and the number of pixels before
they are decoded; a picture that breaks off is refused; whatever is wrong is said in one line. It keeps no state:
threads may share it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkread.images.arrays import ChannelOrder, Source
from inkread.images.files import EXTENSIONS, find_images, is_picture, kind_of, scan_folder, told_skipped
from inkread.images.limits import DEFAULT_LIMITS, ImageLimits
from inkread.images.pages import Pages, may_have_pages, open_pages

__all__ = [
    "DEFAULT_LIMITS",
    "EXTENSIONS",
    "ChannelOrder",
    "ImageLimits",
    "Pages",
    "Source",
    "find_images",
    "is_picture",
    "kind_of",
    "load_image",
    "may_have_pages",
    "open_pages",
    "scan_folder",
    "told_skipped",
]


def load_image(
    source: Source,
    limits: ImageLimits = DEFAULT_LIMITS,
    *,
    page: int | None = None,
    dpi: float | None = None,
    order: ChannelOrder = "RGB",
) -> NDArray[np.uint8]:
    """The picture as a new array (H, W, 3) uint8: RGB, upright as its EXIF says, transparency on white.

    ``source`` is a path, the bytes of a file, a binary file, a PIL image, or an array (H, W[, 1|3|4]), also (C, H, W)
    or (1, H, W, C), of uint8, uint16, bool, other integers 0 … 255, or floats 0 … 1, −1 … 1 or 0 … 255. ``order`` is
    that of the channels of an array; ValueError if it is BGR for any other source. Of a PDF or TIFF with several pages,
    ``page`` (from 1) names one; ``dpi`` is the resolution of a PDF's page (None: 200). Of an animation it is the first
    frame. The source is not altered. Raises ``UnreadableImage``, ``MultiplePages`` for several pages without ``page``,
    and ``ImageTooLarge`` before anything is decoded.
    """
    with open_pages(source, limits, dpi=dpi, order=order) as pages:
        return pages.only(page)
