"""Bytes of a file -> upright RGB, by Pillow; no pixel is decoded before their number is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images.arrays import to_eight_bits
from inkread.images.limits import ImageLimits, check_pixels

__all__ = ["decode", "open_image"]

_TAKES = "PNG, JPEG, WebP, BMP, TIFF, GIF and PPM"

# Pillow's openers are called one by one, not through Image.open: that warns of "decompression bombs" by a
# limit that is global to the process, and tries dozens of formats that nobody sends in good faith.
_OPENERS: tuple[tuple[re.Pattern[bytes], Callable[[BytesIO], ImageFile.ImageFile]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    (re.compile(rb"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),  # also MPO: its first picture
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    (re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), TiffImagePlugin.TiffImageFile),
    (re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
    (re.compile(rb"P[1-6]\s"), PpmImagePlugin.PpmImageFile),
)
_OTHERS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"%PDF"), "is a PDF; export its pages as PNG or JPEG"),
    (re.compile(rb".{4}ftyp(hei|hev|mif|msf|avi)", re.DOTALL), "is a HEIC or AVIF photo; export it as JPEG"),
    (re.compile(rb"\s*<(svg|\?xml)"), "is an SVG or XML file; export it as PNG"),
    (re.compile(rb"PK\x03\x04"), "is a zip archive or an office document; give the pictures in it"),
)
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF (tag 274 of TIFF 6.0)."""


def open_image(content: bytes, name: str) -> Image.Image:
    """The header decoded, no pixels yet; raises ``UnreadableImage`` for any format inkread does not take."""
    if not content:
        raise UnreadableImage(f"{name}: is empty (0 bytes); save or copy the picture again")
    for signature, opener in _OPENERS:
        if signature.match(content):
            try:
                return opener(BytesIO(content))
            except Image.DecompressionBombError:
                raise _beyond_pillow(name) from None
            except Exception as error:  # Pillow raises a dozen unrelated types for a damaged header
                raise _damaged(name, error) from None
    for signature, advice in _OTHERS:
        if signature.match(content):
            raise UnreadableImage(f"{name}: {advice}")
    raise UnreadableImage(f"{name}: is not a picture; inkread takes {_TAKES}")


def decode(image: Image.Image, name: str, limits: ImageLimits) -> NDArray[np.uint8]:
    """The pixels of an opened image as a new array (H, W, 3) uint8, RGB and upright.

    Raises ``ImageTooLarge`` before decoding, ``UnreadableImage`` for a picture that is damaged or breaks off.
    """
    width, height = image.size
    check_pixels(width, height, name, limits)
    try:
        image.load()
        rgb = _to_rgb(image, name)
        turn = _UPRIGHT.get(_orientation(image))
        return np.array(rgb if turn is None else rgb.transpose(turn), np.uint8)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError:
        raise _beyond_pillow(name) from None
    except MemoryError:
        raise ImageTooLarge(
            f"{name}: {width} × {height} pixels do not fit into memory; save it smaller"
        ) from None
    except Exception as error:  # as for the header; what is cut off raises here, too
        raise _damaged(name, error) from None


def _beyond_pillow(name: str) -> ImageTooLarge:
    # Reached with a raised limit only: in some formats Pillow has one of its own, about 179 megapixels.
    return ImageTooLarge(f"{name}: has more pixels than Pillow decodes in this format; save it smaller")


def _damaged(name: str, error: Exception) -> UnreadableImage:
    reason = " ".join(str(error).split())[:100] or type(error).__name__
    return UnreadableImage(f"{name}: is damaged or incomplete ({reason}); save or copy the picture again")


def _orientation(image: Image.Image) -> int:
    # Asked after load(): Pillow turns some TIFFs by itself while loading, and then drops the tag.
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # parsed only now, by Pillow, which raises what it likes; broken EXIF spoils no pixels
        return 1


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Any mode to RGB: transparency on paper, more than 8 bits to 8."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(to_eight_bits(np.asarray(image), name)).convert("RGB")
    if image.mode == "LAB":
        return image.getchannel("L").convert("RGB")  # Pillow converts no LAB; its lightness will do to read
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        return _on_paper(image.convert("RGBA"))
    return image.convert("RGB")


def _on_paper(image: Image.Image) -> Image.Image:
    """RGBA on white; on black where nothing would be seen on white, as of a drawing in white ink."""
    for ground in ("white", "black"):
        paper = Image.new("RGB", image.size, ground)
        paper.paste(image, mask=image)
        if np.asarray(paper.convert("L")).min() < 235:
            break
    return paper
