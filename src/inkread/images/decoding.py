"""Bytes of a file -> upright RGB, by Pillow; no pixel is decoded before their number is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images.arrays import scaled_to_eight_bits, to_rgb, value_range
from inkread.images.effort import check_effort, directory_is_sound
from inkread.images.limits import ImageLimits, check_pixels

_TAKES = "PNG, JPEG, WebP, BMP, TIFF, GIF, PPM, HEIC, AVIF and PDF"

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
    (re.compile(rb".{4}ftyp(.{4}){0,30}?avi[fs]", re.DOTALL), AvifImagePlugin.AvifImageFile),
)
_OTHERS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb".{4}ftyp(qt|isom|mp4|M4V|3gp)", re.DOTALL), "is a video; save a picture of it"),
    (re.compile(rb"\s*<(svg|\?xml)"), "is an SVG or XML file; export it as PNG"),
    (re.compile(rb"PK\x03\x04"), "is a zip archive or an office document; give the pictures in it"),
)
_ORIENTATION = 0x0112
_STRIP_PIXELS = 100_000
"""A picture is made RGB so many pixels at a time: whole copies of a large one would fill the memory."""
_INK_ON_PAPER = 235  # A level of grey: what is nowhere darker shows nothing


def is_known(start: bytes) -> bool:
    """Whether a file with these first bytes is of a format that Pillow decodes here."""
    return any(signature.match(start) for signature, _ in _OPENERS)


def open_image(content: bytes, name: str) -> Image.Image:
    """The header decoded, no pixels yet; raises ``UnreadableImage`` for any format inkread does not take."""
    if not content:
        raise UnreadableImage(f"{name}: is empty (0 bytes); save or copy the picture again")
    for signature, opener in _OPENERS:
        if signature.match(content):
            check_effort(content, name)
            if opener is AvifImagePlugin.AvifImageFile and not features.check("avif"):
                raise UnreadableImage(
                    f"{name}: is an AVIF photo, and this Pillow reads none; run: pip install --upgrade pillow"
                )
            try:
                return opener(BytesIO(content))
            except Image.DecompressionBombError:
                raise _beyond_pillow(name) from None
            except Exception as error:  # Pillow raises a dozen unrelated types for a damaged header
                raise damaged(name, error) from None
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
        return _upright_rgb(image, name)
    except UnreadableImage:
        raise
    except Image.DecompressionBombError:
        raise _beyond_pillow(name) from None
    except MemoryError:
        raise ImageTooLarge(
            f"{name}: {width} × {height} pixels do not fit into memory; save it smaller"
        ) from None
    except Exception as error:  # as for the header; what is cut off raises here, too
        raise damaged(name, error) from None


def _beyond_pillow(name: str) -> ImageTooLarge:
    # Reached with a raised limit only: in some formats Pillow has one of its own, about 179 megapixels.
    return ImageTooLarge(f"{name}: has more pixels than Pillow decodes in this format; save it smaller")


def damaged(name: str, error: Exception | str) -> UnreadableImage:
    """The error for a file that cannot be decoded, with the reason that a library gave."""
    reason = " ".join(str(error).split())[:100] or type(error).__name__
    return UnreadableImage(f"{name}: is damaged or incomplete ({reason}); save or copy the picture again")


def _orientation(image: Image.Image) -> int:
    # Asked after load(): Pillow turns some TIFFs by itself while loading, and then drops the tag.
    try:
        exif = image.info.get("exif")
        if exif is None and (profile := image.info.get("Raw profile type exif")):  # as ImageMagick writes it
            exif = bytes.fromhex("".join(profile.split("\n")[3:]))
        if isinstance(exif, bytes) and not directory_is_sound(exif):
            return 1
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # parsed only now, by Pillow, which raises what it likes; broken EXIF spoils no pixels
        return 1


def _upright_rgb(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """A loaded picture as a new array (H, W, 3) uint8, turned as its EXIF says; transparency on paper."""
    width, height = image.size
    orientation = _orientation(image)
    on_its_side = orientation in (5, 6, 7, 8)
    rgb = np.empty((width, height, 3) if on_its_side else (height, width, 3), np.uint8)
    as_stored = _as_stored(rgb, orientation)
    rows = max(1, _STRIP_PIXELS // width)
    strips = [slice(top, min(top + rows, height)) for top in range(0, height, rows)]
    if image.mode.startswith(("I", "F")):
        _put_levels(as_stored, image, strips, name)
    elif image.mode != "LAB" and image.has_transparency_data:
        _put_on_paper(as_stored, image, strips)
    else:
        for strip in strips:
            pixels = np.asarray(_plain(_part(image, strip)))
            as_stored[strip] = pixels if pixels.ndim == 3 else to_rgb(pixels)
    return rgb


def _put_levels(as_stored: NDArray[np.uint8], image: Image.Image, strips: Sequence[slice], name: str) -> None:
    """Numbers of any range, scaled to 0 … 255 over the whole picture."""
    ranges = [value_range(np.asarray(_part(image, strip)), name) for strip in strips]
    low, high = min(least for least, _ in ranges), max(most for _, most in ranges)
    for strip in strips:
        levels = scaled_to_eight_bits(np.asarray(_part(image, strip)), low, high)
        as_stored[strip] = levels[..., None]


def _put_on_paper(as_stored: NDArray[np.uint8], image: Image.Image, strips: Sequence[slice]) -> None:
    """A picture with transparency on white, or on black if nothing would be seen on white."""
    for ground in ("white", "black"):
        for strip in strips:
            as_stored[strip] = np.asarray(_on_paper(_part(image, strip), ground))
        if any(_shows_ink(as_stored[strip]) for strip in strips) or _is_invisible(image):
            return


def _as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """A view of an upright picture in which each pixel lies where the file has it (tag 274 of TIFF 6.0)."""
    if orientation in (2, 3, 7, 6):
        upright = upright[:, ::-1]
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    return upright.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else upright


def _part(image: Image.Image, rows: slice) -> Image.Image:
    if rows.stop - rows.start == image.height:
        return image
    return image.crop((0, rows.start, image.width, rows.stop))


def _plain(image: Image.Image) -> Image.Image:
    """Any mode as RGB, or as L, which Pillow gives away in a third of the time."""
    if image.mode == "LAB":
        return image.getchannel("L")  # Pillow converts no LAB; its lightness will do to read
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _on_paper(image: Image.Image, ground: str) -> Image.Image:
    # Pillow makes no RGBA of La.
    rgba = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    paper = Image.new("RGB", image.size, ground)
    paper.paste(rgba, mask=rgba)
    return paper


def _is_invisible(image: Image.Image) -> bool:
    """Whether all of it is transparent."""
    return "A" in image.getbands() and image.getchannel("A").getextrema() == (0, 0)


def _shows_ink(rgb: NDArray[np.uint8]) -> bool:
    return bool(np.asarray(Image.fromarray(np.ascontiguousarray(rgb)).convert("L")).min() < _INK_ON_PAPER)
