"""Files of several pages, and photos as phones write them: TIFF, PDF, HEIC, AVIF; damaged in two of three cases.

Most are TIFFs, which are decoded in the same process: each PDF and each HEIC photo starts one of its own.
"""

from __future__ import annotations

import importlib.util
import io
import zlib
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from fuzzing.mutate import damaged
from fuzzing.sanity import require
from fuzzing.scenes import number
from inkread.errors import UnreadableImage
from inkread.images import open_pages

__all__ = ["several_pages", "take_pages"]

_KINDS = ("TIFF",) * 12 + ("AVIF",) * 3 + ("PDF", "drawn PDF", "HEIC")
_COMPRESSIONS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")


def several_pages(chance: Random) -> bytes:
    """A file of one to four pages."""
    kind = chance.choice(_KINDS)
    if kind == "drawn PDF":
        content = _drawn(chance)
    else:
        content = _whole(kind, chance.randrange(12), chance.choice(_COMPRESSIONS))
    return damaged(content, chance) if chance.random() < 0.67 else content


@cache
def _whole(kind: str, seed: int, compression: str) -> bytes:
    rng = np.random.default_rng(seed)
    images = [Image.fromarray(number(rng, 8 + seed, 1)).convert("RGB") for _ in range(1 + seed % 4)]
    file = io.BytesIO()
    if kind == "HEIC":
        if importlib.util.find_spec("pillow_heif") is None:
            return b"\0\0\0\x18ftypheic"
        import pillow_heif

        pillow_heif.from_pillow(images[0]).save(file, quality=50)
    else:
        more = {"save_all": True, "append_images": images[1:]} if kind != "AVIF" else {}
        images[0].save(file, kind, **more, **({"compression": compression} if kind == "TIFF" else {}))
    return file.getvalue()


def _drawn(chance: Random) -> bytes:
    """A PDF of one page of any size, with operators that nest, repeat, or make no sense."""
    width, height = (chance.choice((0, 1, 200, 595, 14_400, 1e9, -5)) for _ in range(2))
    operators = [
        b"q",
        b"Q",
        b"0 0 9 9 re f",
        b"/F Do",
        b"/I Do",
        b"1e9 0 0 1e9 0 0 cm",
        b"0 0 m 1e30 5 l S",
        b"BT",
    ]
    content = b"\n".join(chance.choices(operators, k=chance.choice((1, 20, 500))))
    packed = zlib.compress(content * chance.choice((1, 1, 100)))
    page = b"/MediaBox[0 0 %f %f]/Contents 4 0 R/Resources<</XObject<</F 5 0 R/I 6 0 R>>>>" % (width, height)
    side = chance.choice((0, 1, 20, 5000, 100_000))
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % chance.choice((0, 1, 1, 9, 2**31 - 1)),
        b"<</Type/Page/Parent 2 0 R" + page + b">>",
        _stream(packed, b"/Filter/FlateDecode"),
        _stream(b"/F Do 0 0 5 5 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
        _stream(zlib.compress(bytes(400)), b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"
                b"/Filter/FlateDecode/Width %d/Height %d" % (side, side)),
    )  # fmt: skip
    file = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, start=1))
    return file + b"trailer\n<</Root 1 0 R/Size 7>>\n%%EOF"


def _stream(content: bytes, dictionary: bytes) -> bytes:
    return b"<</Length %d" % len(content) + dictionary + b">>\nstream\n" + content + b"\nendstream"


def take_pages(content: bytes, folder: Path) -> None:
    """Each page is a picture or is refused; the file is taken if one of its pages is."""
    errors = []
    with open_pages(content) as pages:
        numbers = pages.numbers()[:6]
        for page in numbers:
            try:
                image = pages.load(page)
            except UnreadableImage as error:
                require(len(str(error).splitlines()) == 1, "not one line")
                errors.append(error)
            else:
                require(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, "no picture")
                require(image.flags.writeable, "not an array of its own")
    if len(errors) == len(numbers):
        raise errors[0]
