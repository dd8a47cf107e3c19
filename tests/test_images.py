"""Whatever a picture comes as, the same upright RGB comes out; and whatever is none, one line says so."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images import EXTENSIONS, ImageLimits, files, find_images, load_image

GREY = np.full((24, 36), 255, np.uint8)
"""An F in black: turned or mirrored, it never looks the same."""
GREY[4:20, 8:11] = GREY[4:7, 8:26] = GREY[11:14, 8:20] = 0
RGB = np.dstack([GREY, GREY, GREY])
COLOURED = RGB.copy()
COLOURED[:, 28:] = (200, 30, 90)
TRANSPARENT = np.dstack([np.zeros_like(RGB), 255 - GREY])
"""The same F as black ink on nothing at all."""


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def picture(mode: str = "L") -> Image.Image:
    return Image.fromarray(GREY).convert(mode)


def with_clear_palette() -> Image.Image:
    image = Image.new("P", (36, 24), 1)
    image.putpalette([0, 0, 0, 0, 0, 255])
    image.paste(0, mask=Image.fromarray(255 - GREY))
    return image


def premultiplied() -> Image.Image:
    return Image.fromarray(TRANSPARENT).convert("LA").convert("La")


def in_frames() -> bytes:
    return encoded(
        picture("P"), "GIF", save_all=True, append_images=[Image.new("P", (36, 24), 7)], duration=9
    )


LOSSLESS: dict[str, Callable[[], bytes]] = {
    "png grey": lambda: encoded(picture(), "PNG"),
    "png rgb": lambda: encoded(picture("RGB"), "PNG"),
    "png 1 bit": lambda: encoded(picture("1"), "PNG"),
    "png palette": lambda: encoded(picture("P"), "PNG"),
    "png rgba": lambda: encoded(Image.fromarray(TRANSPARENT), "PNG"),
    "png grey with alpha": lambda: encoded(Image.fromarray(TRANSPARENT).convert("LA"), "PNG"),
    "png palette with transparency": lambda: encoded(with_clear_palette(), "PNG", transparency=1),
    "png grey with a transparent value": lambda: encoded(picture(), "PNG", transparency=255),
    "png 16 bits": lambda: encoded(Image.fromarray(GREY.astype(np.uint16) * 257), "PNG"),
    "bmp": lambda: encoded(picture("RGB"), "BMP"),
    "bmp 1 bit": lambda: encoded(picture("1"), "BMP"),
    "gif": lambda: encoded(picture("P"), "GIF"),
    "gif with transparency": lambda: encoded(with_clear_palette(), "GIF", transparency=1),
    "gif in frames": in_frames,
    "tiff": lambda: encoded(picture("RGB"), "TIFF"),
    "tiff deflated": lambda: encoded(picture(), "TIFF", compression="tiff_adobe_deflate"),
    "tiff fax": lambda: encoded(picture("1"), "TIFF", compression="group4"),
    "tiff 16 bits": lambda: encoded(Image.fromarray(GREY.astype(np.uint16) * 257), "TIFF"),
    "tiff 12 of 16 bits": lambda: encoded(
        Image.fromarray(GREY.astype(np.uint16) * 16 + (GREY > 0) * np.uint16(15)), "TIFF"
    ),
    "tiff 32 bits": lambda: encoded(Image.fromarray(GREY.astype(np.int32) * 8_000_000 - 5), "TIFF"),
    "tiff floats 0 … 1": lambda: encoded(Image.fromarray(GREY.astype(np.float32) / 255), "TIFF"),
    "tiff floats 0 … 255": lambda: encoded(Image.fromarray(GREY.astype(np.float32)), "TIFF"),
    "tiff floats below 0": lambda: encoded(Image.fromarray(GREY.astype(np.float32) / 100 - 2), "TIFF"),
    "tiff cmyk": lambda: encoded(picture("RGB").convert("CMYK"), "TIFF"),
    "webp": lambda: encoded(picture("RGB"), "WEBP", lossless=True),
    "webp with alpha": lambda: encoded(Image.fromarray(TRANSPARENT), "WEBP", lossless=True, exact=True),
    "ppm": lambda: encoded(picture("RGB"), "PPM"),
}
LOSSY: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(picture("RGB"), "JPEG", quality=95),
    "jpeg grey": lambda: encoded(picture(), "JPEG", quality=95),
    "jpeg progressive": lambda: encoded(picture("RGB"), "JPEG", quality=95, progressive=True),
    "jpeg cmyk": lambda: encoded(picture("RGB").convert("CMYK"), "JPEG", quality=95),
    "mpo": lambda: encoded(
        picture("RGB"), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", (36, 24))]
    ),
    "avif": lambda: encoded(picture("RGB"), "AVIF", quality=95),
    "webp lossy": lambda: encoded(picture("RGB"), "WEBP", quality=95),
}
MODES = ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "HSV", "I", "F")
IMAGES: dict[str, Callable[[], Image.Image]] = {
    **{mode: (lambda mode=mode: picture(mode)) for mode in MODES},
    "La": premultiplied,
    "RGBA on nothing": lambda: Image.fromarray(TRANSPARENT),
    "PA": lambda: picture("LA").convert("PA"),
    "I;16": lambda: Image.fromarray(GREY.astype(np.uint16) * 257),
    "I;16B": lambda: Image.frombytes("I;16B", (36, 24), (GREY.astype(">u2") * 257).tobytes()),
    "LAB": lambda: Image.merge("LAB", [picture(), Image.new("L", (36, 24)), Image.new("L", (36, 24))]),
}  # fmt: skip
ARRAYS: dict[str, Callable[[], Any]] = {
    "(H, W)": lambda: GREY,
    "(H, W, 1)": lambda: GREY[..., None],
    "(H, W, 3)": lambda: RGB,
    "(H, W, 4)": lambda: TRANSPARENT,
    "bool": lambda: GREY > 0,
    "uint16": lambda: GREY.astype(np.uint16) * 257,
    "big-endian uint16": lambda: GREY.astype(">u2") * np.array(257, ">u2"),
    "int64": lambda: GREY.astype(np.int64),
    "float32": lambda: GREY.astype(np.float32) / 255,
    "float64": lambda: RGB / 255,
    "float16": lambda: (GREY / 255).astype(np.float16),
    "big-endian float": lambda: (GREY / 255).astype(">f4"),
    "a little above 1": lambda: GREY / 254.9,
    "not contiguous": lambda: np.repeat(np.repeat(RGB, 2, axis=0), 3, axis=1)[::2, ::3],
    "in Fortran's order": lambda: np.asfortranarray(RGB),
    "turned over twice": lambda: RGB[::-1, ::-1].copy()[::-1, ::-1],
    "through __array__": lambda: Wrapped(RGB),
    "floats 0 … 255": lambda: GREY.astype(np.float32),
    "floats −1 … 1": lambda: (RGB / 127.5 - 1).astype(np.float32),
    "(3, H, W)": lambda: np.ascontiguousarray(np.moveaxis(RGB, 2, 0)),
    "(1, H, W)": lambda: GREY[None],
    "(1, H, W, 3)": lambda: RGB[None],
    "(1, 3, H, W) of floats": lambda: (np.moveaxis(RGB, 2, 0)[None] / 255).astype(np.float32),
}
COLOURS = np.arange(2 * 5 * 4, dtype=np.uint8).reshape(2, 5, 4)


async def coroutine() -> bytes:
    return b""


class Upload:
    """What a web framework hands over: its ``read`` is awaited."""

    async def read(self, size: int = -1) -> bytes:
        return b""


def test_arrays_of_opencv_have_their_channels_in_another_order() -> None:
    rgb = np.ascontiguousarray(COLOURS[..., :3])
    assert np.array_equal(load_image(rgb[..., ::-1], order="BGR"), rgb)
    assert np.array_equal(load_image(np.moveaxis(rgb[..., ::-1], 2, 0), order="BGR"), rgb)
    opaque = np.dstack([rgb, np.full((2, 5), 255, np.uint8)])
    assert np.array_equal(load_image(opaque[..., [2, 1, 0, 3]], order="BGR"), rgb)
    assert np.array_equal(load_image(GREY, order="BGR"), RGB)


@pytest.mark.parametrize("source", [b"", "photo.jpg", Image.new("RGB", (3, 3))], ids=["bytes", "path", "PIL"])
def test_order_is_for_arrays_alone(source: Any) -> None:
    with pytest.raises(ValueError, match="order is for arrays"):
        load_image(source, order="BGR")


def test_an_order_that_is_none() -> None:
    with pytest.raises(ValueError, match="order must be RGB or BGR, not 'GBR'"):
        load_image(GREY, order="GBR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (Upload, "await its read\\(\\), and give the bytes"),
        (coroutine, "a coroutine is no picture yet; await it, and give what it returns"),
        (lambda: (byte for byte in b""), "a generator is not one picture; give its pictures to read_many"),
        (
            lambda: "https://example.org/a.png",
            "is a web address, and inkread fetches nothing; save the picture",
        ),
    ],
)
def test_what_is_to_be_had_first_is_said(source: Callable[[], Any], advice: str) -> None:
    with pytest.raises(UnreadableImage, match=advice):
        load_image(source())


class Wrapped:
    """What other libraries' tensors look like from outside."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array


@pytest.mark.parametrize("kind", LOSSLESS)
def test_formats_without_loss(kind: str) -> None:
    loaded = load_image(LOSSLESS[kind]())
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, RGB)


@pytest.mark.parametrize("kind", LOSSY)
def test_formats_with_loss(kind: str) -> None:
    loaded = load_image(LOSSY[kind]())
    assert loaded.shape == RGB.shape
    assert np.abs(loaded.astype(int) - RGB).mean() < 6


@pytest.mark.parametrize("kind", IMAGES)
def test_pil_images_of_every_mode(kind: str) -> None:
    image = IMAGES[kind]()
    before = image.copy()
    assert np.array_equal(load_image(image), RGB)
    assert image == before


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(kind: str) -> None:
    array = ARRAYS[kind]()
    before = np.array(array)
    loaded = load_image(array)
    assert np.array_equal(loaded, RGB)
    loaded[:] = 7  # the result belongs to the caller
    assert np.array_equal(np.array(array), before)


def test_arrays_that_cannot_be_written_to() -> None:
    array = RGB.copy()
    array.setflags(write=False)
    assert load_image(array).flags.writeable


def test_colours_stay_what_they_are() -> None:
    for source in (COLOURED, Image.fromarray(COLOURED), encoded(Image.fromarray(COLOURED), "PNG")):
        assert np.array_equal(load_image(source), COLOURED)


def test_white_ink_on_nothing_is_put_on_black() -> None:
    white = TRANSPARENT.copy()
    white[..., :3] = 255
    assert np.array_equal(load_image(white), 255 - RGB)


TURNED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}
"""How a camera held each way stores what was upright (EXIF 2.3, tag 274)."""


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "PIL"])
@pytest.mark.parametrize("orientation", TURNED)
def test_exif_orientation(orientation: int, kind: str) -> None:
    stored = Image.fromarray(np.ascontiguousarray(TURNED[orientation](COLOURED)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "TIFF": {"compression": "tiff_lzw"}}.get(kind, {})
    content = encoded(stored, "PNG" if kind == "PIL" else kind, exif=exif, **options)
    source = Image.open(io.BytesIO(content)) if kind == "PIL" else content
    assert np.array_equal(load_image(source), COLOURED)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 40])
def test_broken_exif_spoils_no_pixels(exif: bytes) -> None:
    assert load_image(encoded(picture("RGB"), "JPEG", exif=exif)).shape == RGB.shape


def test_an_orientation_that_does_not_exist_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert np.array_equal(load_image(encoded(picture("RGB"), "PNG", exif=exif)), RGB)


PNG = encoded(picture(), "PNG")


def test_every_way_to_hand_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ünï [bold] 数.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        sources = [path, str(path), PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG), file]
        for source in sources:
            assert np.array_equal(load_image(source), RGB), source


def test_the_content_counts_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(PNG)
    assert np.array_equal(load_image(path), RGB)


def test_a_stream_may_give_little_at_a_time() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 7, 7))

    assert np.array_equal(load_image(Dripping(PNG)), RGB)


def test_threads_may_share_it() -> None:
    content = [LOSSLESS[kind]() for kind in LOSSLESS]
    with ThreadPoolExecutor(8) as pool:
        assert all(np.array_equal(loaded, RGB) for loaded in pool.map(load_image, content * 4))


# What is refused


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp_claims(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


BAD_CONTENT: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "text": (b"these are my notes\n", "is not a picture"),
    "zeros": (bytes(100), "is not a picture"),
    "a pdf's first bytes": (b"%PDF-1.7 ...", "is damaged"),
    "a heic's first bytes": (b"\0\0\0\x18ftypheic\0\0\0\0", "is damaged"),
    "an avif's first bytes": (b"\0\0\0\x18ftypavif\0\0\0\0", "is damaged"),
    "a video": (b"\0\0\0\x14ftypqt  \0\0\0\0", "is a video"),
    "an svg": (b"  <svg xmlns='http://www.w3.org/2000/svg'>", "SVG"),
    "a docx": (b"PK\x03\x04....", "zip archive"),
    "only a png's signature": (PNG[:8], "is damaged"),
    "a png without data": (PNG[:8] + PNG[8:33] + chunk(b"IEND", b""), "is damaged"),
    "a png of no width": (claims(0, 9), "is damaged|no pixels"),
    "a jpeg's first bytes": (b"\xff\xd8\xff\xe0", "is damaged"),
    "a tiff's first bytes": (b"II*\0\x08\0\0\0", "is damaged"),
    "a gif's first bytes": (b"GIF89a", "is damaged"),
    "a bmp's first bytes": (b"BM", "is damaged"),
    "a webp's first bytes": (b"RIFF\x04\0\0\0WEBP", "is damaged"),
    "a ppm's first bytes": (b"P6\n", "is damaged"),
    "a postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "is not a picture"),
}


@pytest.mark.parametrize("kind", BAD_CONTENT)
def test_what_is_no_picture_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    content, expected = BAD_CONTENT[kind]
    path = tmp_path / "page 1.png"
    path.write_bytes(content)
    with pytest.raises(UnreadableImage, match=expected) as caught:
        load_image(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for source in (content, io.BytesIO(content)):
        with pytest.raises(UnreadableImage, match=expected):
            load_image(source)


def bad_arrays() -> dict[str, tuple[Any, str]]:
    nan, infinite = GREY / 255, GREY / 255
    nan[3, 3], infinite[3, 3] = np.nan, -np.inf
    return {
        "one row": (GREY[0], r"the array is 36; it must be \(H, W\)"),
        "a single number": (np.array(5), "a single number"),
        "two channels": (RGB[..., :2], "24 × 36 × 2"),
        "five channels": (np.zeros((9, 9, 5), np.uint8), "9 × 9 × 5"),
        "several": (np.stack([RGB, RGB]), "give its pictures to read_many"),
        "no rows": (GREY[:0], "no pixels"),
        "no columns": (RGB[:, :0], "no pixels"),
        "NaN": (nan, "NaN"),
        "infinity": (infinite, "infinite"),
        "floats to 2": (GREY / 127.5, "they must be 0 … 1"),
        "floats from -2": (GREY / 127.5 - 2, "they must be 0 … 1"),
        "floats to 1000": (GREY * 4.0, "they must be 0 … 1"),
        "negative integers": (GREY.astype(np.int16) - 9, "they must be 0 … 255"),
        "large integers": (GREY.astype(np.int64) * 99, "they must be 0 … 255"),
        "text": (GREY.astype(str), "convert it to uint8"),
        "complex": (GREY.astype(complex), "convert it to uint8"),
        "objects": (GREY.astype(object), "convert it to uint8"),
        "a list": ([[0, 255]], "a list is not one picture; give its pictures to read_many"),
        "nothing": (None, "NoneType is no picture"),
        "a number": (7, "int is no picture"),
    }


@pytest.mark.parametrize("kind", bad_arrays())
def test_arrays_of_another_kind_are_refused(kind: str) -> None:
    source, expected = bad_arrays()[kind]
    with pytest.raises(UnreadableImage, match=expected):
        load_image(source)


BAD_PATHS = {
    "missing.png": "no such file",
    "": "the path is empty",
    "\0": "cannot be read",
    "https://example.org/photo.jpg": "fetches nothing",
    "x" * 5000 + ".png": "too long|no such file|cannot be read",
    "file.png/photo.jpg": "no such file",
    "folder": "is a folder",
    "two\nlines.png": r"two\\nlines.png",
}


@pytest.mark.parametrize("path", BAD_PATHS, ids=[repr(path)[:20] for path in BAD_PATHS])
def test_paths_that_lead_nowhere(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.png").write_bytes(PNG)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableImage, match=BAD_PATHS[path]) as caught:
        load_image(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def raising(error: Exception) -> Callable[..., Any]:
    def opened(*args: Any, **options: Any) -> Any:
        raise error

    return opened


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermissionError(13, "Permission denied"), "may not be read; check its permissions"),
        (OSError(5, "Input/output error"), "cannot be read .Input/output error."),
        (FileNotFoundError(2, "No such file"), "no such file"),
    ],
)
def test_files_that_cannot_be_opened(
    error: OSError, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    monkeypatch.setattr(files, "open", raising(error), raising=False)
    with pytest.raises(UnreadableImage, match=expected):
        load_image(path)


@contextmanager
def as_somebody() -> Iterator[None]:
    """Not as root, who may read every file; 65534 is nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such permissions")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    load_image(path)  # all that is imported late is imported now
    path.chmod(0)
    with as_somebody(), pytest.raises(UnreadableImage, match="may not be read"):
        load_image(path)


def test_streams_of_the_wrong_kind() -> None:
    closed = io.BytesIO(PNG)
    closed.close()
    undecodable = io.TextIOWrapper(io.BytesIO(PNG), encoding="utf-8")
    for source, expected in (
        (io.StringIO("text"), "opened as text"),
        (closed, "closed"),
        (undecodable, "binary"),
    ):
        with pytest.raises(UnreadableImage, match=expected):
            load_image(source)


def test_a_closed_pil_image() -> None:
    for content in (PNG, encoded(picture(), "TIFF", save_all=True, append_images=[picture()])):
        image = Image.open(io.BytesIO(content))
        image.close()
        with pytest.raises(UnreadableImage, match="the image"):
            load_image(image)


# Limits


@pytest.mark.parametrize("content", [claims(30000, 30000), claims(2**31 - 1, 1), webp_claims(16000, 16000)])
def test_a_picture_of_too_many_pixels_is_not_decoded(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", raising(AssertionError("decoded")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageTooLarge, match="pixels"):
            load_image(content)


def test_a_picture_that_pillow_would_warn_of_is_quiet_when_it_is_allowed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnreadableImage, match="damaged"):
            load_image(claims(10000, 9000), ImageLimits(max_megapixels=100))


@pytest.mark.parametrize("source", [GREY, Image.fromarray(GREY), PNG])
def test_the_limit_on_pixels_is_the_callers(source: Any) -> None:
    pixels = GREY.size / 1e6
    assert load_image(source, ImageLimits(max_megapixels=pixels)).shape == RGB.shape
    with pytest.raises(ImageTooLarge, match="36 × 24"):
        load_image(source, ImageLimits(max_megapixels=pixels * 0.99))


def test_the_limit_on_bytes_is_the_callers(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    for source in (path, PNG, memoryview(PNG)):
        assert load_image(source, ImageLimits(max_bytes=len(PNG))).shape == RGB.shape
        with pytest.raises(ImageTooLarge, match="bytes"):
            load_image(source, ImageLimits(max_bytes=len(PNG) - 1))
    assert load_image(io.BytesIO(PNG), ImageLimits(max_bytes=len(PNG))).shape == RGB.shape
    with pytest.raises(ImageTooLarge, match="bytes"):
        load_image(io.BytesIO(PNG), ImageLimits(max_bytes=len(PNG) - 1))


def test_a_huge_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)  # takes no room on the disk
    monkeypatch.setattr(files, "open", raising(AssertionError("opened")), raising=False)
    with pytest.raises(ImageTooLarge, match="20 MB"):
        load_image(path)


def test_a_stream_without_end_is_read_up_to_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0
            piece = b"x" * min(size, 4096)
            self.given += len(piece)
            return piece

    endless = Endless()
    with pytest.raises(ImageTooLarge):
        load_image(endless, ImageLimits(max_bytes=10_000))
    assert endless.given == 10_001


@pytest.mark.parametrize(
    "options", [{"max_bytes": 0}, {"max_megapixels": -1}, {"max_megapixels": float("nan")}]
)
def test_limits_that_allow_nothing_are_a_mistake(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        ImageLimits(**options)


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(picture("P"), "PNG")
    monkeypatch.setattr(Image.Image, "convert", raising(MemoryError()))
    with pytest.raises(ImageTooLarge, match="memory"):
        load_image(content)


# What is damaged


NOISE = Image.fromarray(np.random.default_rng(5).integers(0, 256, (90, 70, 3), np.uint8))
FILES = {kind: encoded(NOISE, kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")}


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=60, deadline=None)
@given(part=st.floats(0, 0.98))
def test_what_breaks_off_is_refused(kind: str, part: float) -> None:
    content = FILES[kind]
    with pytest.raises(UnreadableImage) as caught:
        load_image(content[: int(part * len(content))])
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on broken metadata
@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=150, deadline=None)
@given(
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    head=st.booleans(),
)
def test_what_is_damaged_is_read_or_refused(kind: str, damage: list[tuple[float, int]], head: bool) -> None:
    content = bytearray(FILES[kind])
    for place, value in damage:
        content[int(place * (min(len(content), 200 if head else len(content)) - 1))] = value
    try:
        loaded = load_image(bytes(content), ImageLimits(max_megapixels=2))
    except UnreadableImage:
        return
    assert loaded.ndim == 3
    assert loaded.shape[2] == 3


# Folders


def test_a_folder_gives_its_pictures_in_the_order_of_people(tmp_path: Path) -> None:
    names = [
        "page 2.png", "page 10.PNG", "page 1.jpeg", "b/1.tif", "b/a/2.webp", "B.gif", "03.bmp", "3.bmp",
    ]  # fmt: skip
    others = ["notes.txt", ".hidden.png", ".git/a.png", "b/.cache/a.png", "page 1.annotated.png", "png"]
    for name in names + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert sorted(found) == sorted(names)
    order = ["page 1.jpeg", "page 2.png", "page 10.PNG"]
    assert [name for name in found if name.startswith("page")] == order
    assert found == [path.relative_to(tmp_path).as_posix() for path in find_images(str(tmp_path))]


def test_every_extension_is_one_that_is_read() -> None:
    readable = {
        extension
        for extension, kind in Image.registered_extensions().items()
        if kind in (*FILES, "MPO", "PDF", "AVIF")
    }
    assert set(EXTENSIONS) <= readable | {".jpe", ".heic", ".heif", ".hif"}


def test_what_is_no_folder_comes_back_as_it_is(tmp_path: Path) -> None:
    assert find_images(tmp_path / "missing") == [tmp_path / "missing"]
    assert find_images("photo.png") == [Path("photo.png")]
    assert find_images(tmp_path) == []


def test_a_folder_that_cannot_be_listed_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "locked").mkdir()
    scan = os.scandir

    def locked(path: Any) -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    assert find_images(tmp_path) == [tmp_path / "a.png", tmp_path / "locked"]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UnreadableImage, match="may not be listed"):
        load_image(tmp_path / "locked")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipes_are_read_when_named_and_not_waited_for_in_folders(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert find_images(tmp_path) == []
    writer = threading.Thread(target=pipe.write_bytes, args=(PNG,))
    writer.start()
    assert np.array_equal(load_image(pipe), RGB)
    writer.join()


def test_pillow_is_left_as_it_was() -> None:
    code = (
        "import warnings, numpy, PIL.Image as I; before = I.MAX_IMAGE_PIXELS, list(warnings.filters)\n"
        "import inkread.images; assert before == (I.MAX_IMAGE_PIXELS, list(warnings.filters))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
