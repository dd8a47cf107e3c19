"""Scenes as files: all formats, modes and options that are read, animations, rotations, headers that promise too much.

What is written here is whole, save what says otherwise; ``mutate`` damages it. This module reads nothing.
"""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from random import Random

import numpy as np
from PIL import Image

from fuzzing.mutate import damaged
from fuzzing.scenes import Picture, draw_scene, number

__all__ = ["any_picture", "encode", "small_picture"]

_MODES = (
    "L",
    "L",
    "RGB",
    "RGB",
    "RGBA",
    "LA",
    "P",
    "PA",
    "1",
    "I;16",
    "I",
    "F",
    "CMYK",
    "YCbCr",
    "LAB",
    "HSV",
)
_FORMATS: dict[str, tuple[str, ...]] = {
    "PNG": ("L", "RGB", "RGBA", "LA", "P", "1", "I;16", "I"),
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
    "MPO": ("L", "RGB"),
    "GIF": ("L", "P", "RGB", "RGBA", "1"),
    "BMP": ("L", "RGB", "P", "1", "RGBA"),
    "TIFF": ("L", "RGB", "RGBA", "LA", "P", "1", "I;16", "I", "F", "CMYK", "YCbCr", "LAB"),
    "WEBP": ("RGB", "RGBA", "L"),
    "PPM": ("L", "RGB", "1", "I;16", "I"),
    "ICO": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "TGA": ("L", "RGB"),
}
_USUAL = ("PNG", "PNG", "PNG", "JPEG", "JPEG", "TIFF", "TIFF", "GIF", "BMP", "WEBP", "PPM", "MPO")
_COMPRESSIONS = (
    "raw",
    "tiff_lzw",
    "tiff_deflate",
    "tiff_adobe_deflate",
    "packbits",
    "group3",
    "group4",
    "jpeg",
)


def small_picture(chance: Random) -> bytes:
    """A picture of a digit or two, damaged in two of three cases: for decoders, not for reading."""
    seed = _promise(chance) if chance.random() < 0.04 else encode(_small_number(chance.randrange(40)), chance)
    if chance.random() < 0.33:
        return seed
    other = encode(_small_number(chance.randrange(40)), chance) if chance.random() < 0.2 else b""
    return damaged(seed, chance, other)


@functools.cache
def _small_number(seed: int) -> Picture:
    return number(np.random.default_rng(seed), 8 + seed % 12, 1 + seed % 2)


def any_picture(chance: Random) -> bytes:
    """Any scene as a file, damaged in one of four cases: for all of reading."""
    seed = encode(draw_scene(chance), chance)
    return damaged(seed, chance) if chance.random() < 0.25 else seed


def encode(picture: Picture, chance: Random) -> bytes:
    """The picture as the bytes of a file, in any format that can hold it, with any options."""
    kind = chance.choice(_USUAL) if chance.random() < 0.95 else chance.choice(tuple(_FORMATS))
    mode = chance.choice(_FORMATS[kind])
    file = io.BytesIO()
    try:
        image = _as_mode(picture, mode, chance)
        image.save(file, kind, **_options(kind, mode, image, chance))
    except (
        Exception
    ):  # not every option goes with every mode, nor is every codec there: Pillow raises what it likes
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _as_mode(picture: Picture, mode: str, chance: Random) -> Image.Image:
    image = Image.fromarray(picture)
    if mode in ("I;16", "I", "F"):
        grey = np.asarray(image.convert("L"))
        scaled = grey.astype(np.float64) * chance.choice((1, 16, 257))
        if mode == "F":
            values = scaled.astype(np.float32) / np.float32(chance.choice((1, 255, 1e30, 1e-30)))
            if chance.random() < 0.1:
                values[0, 0] = chance.choice((np.nan, np.inf, -np.inf, 3e38))
            return Image.fromarray(values)
        return Image.fromarray(scaled.astype(np.uint16 if mode == "I;16" else np.int32))
    if mode == "LAB":
        return Image.merge("LAB", [image.convert("L")] * 3)
    image = image.convert("RGB").convert(mode) if mode not in ("RGBA", "LA") else image.convert(mode)
    if mode in ("RGBA", "LA") and chance.random() < 0.8:
        alpha = Image.fromarray(255 - np.asarray(image.convert("L")))
        image.putalpha(alpha if chance.random() < 0.7 else chance.randrange(256))
    return image


def _options(kind: str, mode: str, image: Image.Image, chance: Random) -> dict[str, object]:
    options: dict[str, object] = {}
    if kind in ("JPEG", "TIFF", "WEBP", "PNG", "MPO") and chance.random() < 0.3:
        exif = Image.Exif()
        exif[0x0112] = chance.choice((1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 65535))
        options["exif"] = exif.tobytes() if chance.random() < 0.8 else chance.randbytes(chance.randrange(60))
    if kind == "JPEG":
        options |= {"quality": chance.choice((1, 30, 75, 100)), "progressive": chance.random() < 0.3}
    elif kind == "TIFF":
        options["compression"] = chance.choice(_COMPRESSIONS)
    elif kind == "WEBP":
        options |= {"lossless": chance.random() < 0.5, "method": 0}
    elif kind == "PNG" and chance.random() < 0.2:
        options["transparency"] = chance.randrange(256) if mode in ("L", "P", "1") else (255, 255, 255)
    if kind in ("GIF", "PNG", "WEBP", "TIFF", "MPO") and chance.random() < 0.15:
        frames = [Image.new(image.mode, image.size, 0) for _ in range(chance.choice((1, 2, 9)))]
        options |= {"save_all": True, "append_images": frames, "duration": 10}
    return options


def _promise(chance: Random) -> bytes:
    """A small file that promises, or unpacks to, far more."""
    promise: Callable[[Random], bytes] = chance.choice((_bomb_png, _huge_header, _many_frames, _endless_text))
    return promise(chance)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb_png(chance: Random) -> bytes:
    """Many pixels in few bytes: up to the limit, and beyond it."""
    side = chance.choice((500, 1000, 2000, 9000, 30_000))
    header = struct.pack(">IIBBBBB", side, side, chance.choice((1, 8)), 0, 0, 0, chance.choice((0, 0, 1)))
    content = zlib.compress(bytes(side * (side + 1)) if side <= 2000 else bytes(2_000_000), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", content) + _chunk(b"IEND", b"")


def _huge_header(chance: Random) -> bytes:
    """Headers alone, of pictures that nobody could hold."""
    side = chance.choice((0, 1, 8000, 65_535, 2**31 - 1, 2**32 - 1))
    other = chance.choice((1, 8000, side))
    headers = (
        b"P5 %d %d 255\n" % (side, other) + bytes(200),
        b"P3 %d %d 255\n" % (side, other) + b"1 2 3 " * 30,
        b"P6\n#" + b"x" * 5000 + b"\n%d %d 65535\n" % (side, other) + bytes(200),
        b"GIF89a" + struct.pack("<HH", side & 0xFFFF, other & 0xFFFF) + b"\xf7\0\0" + bytes(768)
        + b",\0\0\0\0" + struct.pack("<HH", side & 0xFFFF, other & 0xFFFF) + b"\0\x08\x04" + bytes(20),
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 200, 0, 0, 54, 40, min(side, 2**31 - 1),
                            chance.choice((-1, 1)) * min(other, 2**31 - 1), 1, chance.choice((1, 8, 24, 32)),
                            chance.choice((0, 1, 2, 3)), 0, 0, 0, 0, 0) + bytes(150),
        b"II*\0\x08\0\0\0" + struct.pack("<H", 4)
        + b"".join(struct.pack("<HHII", *field) for field in
                   ((256, 4, 1, side), (257, 4, 1, other), (273, 4, 1, 8), (279, 4, chance.choice((1, 2**31)), 100)))
        + bytes(200),
    )  # fmt: skip
    return chance.choice(headers)


def _many_frames(chance: Random) -> bytes:
    """An animation without end."""
    head = b"GIF89a\x08\0\x08\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"!\xf9\x04\0\0\0\0\0,\0\0\0\0\x08\0\x08\0\0\x02\x07\x84\x8f\xa9\xcb\xed\x0f\x63+\0"
    return head + frame * chance.choice((1, 100, 10_000)) + (b";" if chance.random() < 0.7 else b"")


def _endless_text(chance: Random) -> bytes:
    """A PNG whose remarks unpack to megabytes."""
    file = io.BytesIO()
    Image.new("L", (9, 9), 255).save(file, "PNG")
    content = file.getvalue()
    text = _chunk(
        chance.choice((b"zTXt", b"iCCP")),
        b"a\0\0" + zlib.compress(bytes(chance.choice((1000, 5_000_000))), 9),
    )
    return content[:33] + text * chance.choice((1, 3)) + content[33:]
