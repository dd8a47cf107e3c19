"""Files as office scanners and phones write them, made by code: TIFF and PDF of several pages, HEIC and AVIF photos."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from made import draw_number

NUMBERS = ("2024", "31415", "90210")
"""What stands on the pages."""


def pictures(numbers: Sequence[str] = NUMBERS) -> list[Image.Image]:
    """A picture of each number."""
    return [Image.fromarray(draw_number(number, seed=seed)) for seed, number in enumerate(numbers)]


def encoded(images: Sequence[Image.Image], kind: str, **options: Any) -> bytes:
    """The bytes of one file with all of these pages."""
    file = io.BytesIO()
    more = (
        {"save_all": True, "append_images": [image.copy() for image in images[1:]]} if len(images) > 1 else {}
    )
    images[0].copy().save(file, kind, **more, **options)
    return file.getvalue()


def tiff(numbers: Sequence[str] = NUMBERS[:2], **options: Any) -> bytes:
    return encoded(pictures(numbers), "TIFF", **options)


def pdf(numbers: Sequence[str] = NUMBERS, **options: Any) -> bytes:
    return encoded(pictures(numbers), "PDF", **{"resolution": 200.0, **options})


def heic(image: Image.Image | None = None, **options: Any) -> bytes:
    """A photo as iPhones write it."""
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(image or pictures()[0]).save(file, **{"quality": 90, **options})
    return file.getvalue()


def bare_pdf(page: bytes = b"", *objects: bytes, trailer: bytes = b"", pages: int = 1) -> bytes:
    """A PDF put together by hand: what stands in its one page's dictionary, further objects from number 4 on."""
    kids = b"3 0 R " * pages
    numbered = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]" + page + b">>",
        *objects,
    )
    content, starts = b"%PDF-1.7\n", []
    for number, each in enumerate(numbered, start=1):
        starts.append(len(content))
        content += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(starts) + 1)
    tail = b"trailer\n<</Root 1 0 R/Size %d" % (len(starts) + 1) + trailer + b">>\nstartxref\n%d\n%%%%EOF"
    return content + head + table + tail % len(content)


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    """An object with a stream."""
    return b"<</Length %d" % len(content) + dictionary + b">>\nstream\n" + content + b"\nendstream"


def same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any], within: float = 8.0) -> bool:
    """Whether two pictures show the same, as far as compression leaves it."""
    return one.shape == other.shape and float(np.abs(one.astype(int) - other).mean()) < within


def write_scans(folder: Path) -> None:
    """One file of each kind, and two that are none: three numbers on a PDF, two on a TIFF, one on each photo."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.pdf").write_bytes(pdf())
    (folder / "b.tif").write_bytes(tiff())
    (folder / "c.heic").write_bytes(heic())
    (folder / "d.avif").write_bytes(encoded(pictures()[:1], "AVIF", quality=90))
    (folder / "notes.docx").write_bytes(b"PK\3\4")
    (folder / "clip.MOV").write_bytes(b"\0\0\0\x14ftypqt  ")
    (folder / ".hidden.txt").write_bytes(b"")
