"""Small pictures that would take minutes or gigabytes are refused at once; what people make is not."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkread import first_reader as first_reader_module
from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images import effort as effort_module
from inkread.images import load_image
from inkread.images.arrays import to_eight_bits
from inkread.images.effort import check_effort, directory_is_sound
from inkread.reader import Reader
from inkread.recognition import page_limits
from made import draw_number


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def saved(mode: str, size: tuple[int, int], kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "white").save(file, kind, **options)
    return file.getvalue()


def tags(*each: tuple[int, int, int, int], order: str = "<") -> bytes:
    """A TIFF's header and directory: number, type, count and value of each tag."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    packed = b"".join(struct.pack(order + "HHII", *tag) for tag in each)
    return head + struct.pack(order + "IH", 8, len(each)) + packed + bytes(4)


def many_scans(count: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    jpeg = saved("L", size, "JPEG", progressive=True)
    last = jpeg[jpeg.rfind(b"\xff\xda") : -2]
    return jpeg[:-2] + last * count + b"\xff\xd9"


PNG, JPEG = saved("L", (30, 30), "PNG"), saved("L", (30, 30), "JPEG")
RUNS = struct.pack("<IHHI", 1078, 0, 0, 1078) + struct.pack(
    "<IiiHHIIiiII", 40, 7000, 7000, 1, 8, 1, 0, 0, 0, 0, 0
)
COPIES = tags(*((300 + i, 7, 60_000, 8) for i in range(4000)))
"""Four thousand tags, each of the same 60,000 bytes."""

BOMBS = {
    "a PNG of chunks": (PNG[:33] + chunk(b"abCd", b"") * 20_001, "chunks"),
    "a JPEG of remarks": (b"\xff\xd8" + b"\xff\xfe\0\2" * 20_001 + JPEG[2:], "segments"),
    "a JPEG of filling": (b"\xff\xd8\xff" + b"\xff" * 100_000 + JPEG[2:], "header without end"),
    "a JPEG of nothing": (b"\xff\xd8\xff\xe0\0\2" + b"\xff\0" * 100_000, "header without end"),
    "a JPEG of scans": (many_scans(1000, (1200, 1200)), "scans"),
    "EXIF that is copied": (
        JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(COPIES) + 8) + b"Exif\0\0" + COPIES + JPEG[2:],
        "EXIF",
    ),
    "a GIF of nothing": (b"GIF89a\x08\0\x08\0\0\0\0" + b"\1" * 20_001, "blocks"),
    "a GIF of remarks": (b"GIF89a\x08\0\x08\0\x80\0\0" + bytes(6) + b"!\xfe" + b"\1a" * 20_001, "blocks"),
    "a BMP of runs": (b"BM" + RUNS + bytes(2000), "run lengths"),
    "a TIFF of strips": (tags((256, 3, 1, 9), (273, 4, 200_000, 200)) + bytes(1000), "values"),
    "a TIFF that is copied": (COPIES + bytes(60_000), "again and again"),
    "a PPM of remarks": (b"P2 900 900 255\n" + b"#\n1 " * 2000, "comments"),
    "a PPM without a size": (b"P5\n" + b"#\n" * 50_000 + b"3 3 255\n" + bytes(9), "header without end"),
    "a PPM of text": (b"P2 2100 2100 255\n" + b"1 " * 4_100_000, "written as text"),
    "a large WebP": (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (7199).to_bytes(3, "little") * 2, "WebP"),
}


@pytest.mark.parametrize(("content", "said"), BOMBS.values(), ids=BOMBS)
def test_what_would_take_long_is_not_decoded(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableImage, match=said) as raised:
        check_effort(content, "own.file")
    assert len(str(raised.value).splitlines()) == 1
    with pytest.raises(UnreadableImage, match=said):
        load_image(content)


@pytest.mark.parametrize("limit", ["_MOST_COEFFICIENTS", "_MOST_SCANNED"])
def test_large_progressive_jpegs_take_too_much(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, progressive = (saved("RGB", (200, 100), "JPEG", progressive=how) for how in (False, True))
    load_image(progressive)
    monkeypatch.setattr(
        effort_module, limit, 25_000
    )  # 200 × 100 pixels, and as many again for colour of half size
    load_image(plain)
    with pytest.raises(ImageTooLarge):
        load_image(progressive)


@pytest.mark.parametrize(
    ("lossless", "mode", "said"), [(True, "RGB", "VP8L"), (False, "RGB", "VP8 "), (True, "RGBA", "VP8")]
)
def test_every_kind_of_webp_tells_its_size(
    lossless: bool, mode: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = saved(mode, (70, 50), "WEBP", lossless=lossless)
    assert said.encode() in content
    monkeypatch.setattr(effort_module, "_MOST_WEBP", 70 * 50)
    load_image(content)
    monkeypatch.setattr(effort_module, "_MOST_WEBP", 70 * 50 - 1)
    with pytest.raises(ImageTooLarge, match="WebP"):
        load_image(content)


@pytest.mark.parametrize("order", "<>")
def test_directories_that_hold_what_they_say_are_sound(order: str) -> None:
    assert directory_is_sound(tags((274, 3, 1, 6), (270, 2, 400, 60), order=order) + bytes(400))
    assert directory_is_sound(b"Exif\0\0" + tags((274, 3, 1, 6), (37500, 7, 2**31, 60), order=order))
    assert not directory_is_sound(
        tags(*((300 + i, 1, 60_000, 8) for i in range(99)), order=order) + bytes(60_000)
    )
    assert all(directory_is_sound(COPIES[:length]) for length in range(40))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_exif_that_is_copied_does_not_turn_a_picture(kind: str) -> None:
    sound = tags((274, 3, 1, 6), (305, 2, 9, 30)) + bytes(30)
    copied = tags((274, 3, 1, 6), *((300 + i, 7, 60_000, 8) for i in range(99))) + bytes(60_000)
    for exif, shape in ((sound, (40, 20)), (copied, (20, 40))):
        content = saved("RGB", (40, 20), kind, exif=b"Exif\0\0" + exif)
        assert load_image(content).shape[:2] == shape


@pytest.mark.parametrize("at", [2**16, 2**40, 2**64 - 1])
def test_a_tiff_that_begins_beyond_its_end_is_damaged(at: int) -> None:
    content = struct.pack("<2sHHHQ", b"II", 43, 8, 0, at) + bytes(100)
    assert directory_is_sound(content)
    with pytest.raises(UnreadableImage, match="damaged"):
        load_image(content)


def test_a_jpeg_of_no_colours_is_damaged() -> None:
    at = JPEG.index(b"\xff\xc0")
    with pytest.raises(UnreadableImage, match="damaged"):
        load_image(JPEG[: at + 9] + b"\0" + JPEG[at + 10 :])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_headers_that_break_off_are_left_to_the_decoders(kind: str) -> None:
    content = saved("L", (9, 9), kind)
    for length in range(min(700, len(content))):
        check_effort(content[:length], "own.file")  # what is raised here would be raised to the user


def test_large_arrays_become_bytes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.images import arrays

    rng = np.random.default_rng(3)
    several = [
        rng.random((13, 31)),
        rng.integers(0, 4000, (13, 31, 3)).astype(np.uint16),
        rng.normal(0, 1e9, (1, 80)),
        rng.random((80, 1)).astype(np.float16),
    ]
    whole = [to_eight_bits(values) for values in several]
    monkeypatch.setattr(arrays, "_NUMBERS_AT_ONCE", 7)
    for values, expected in zip(several, whole, strict=True):
        np.testing.assert_array_equal(to_eight_bits(values), expected)


@pytest.mark.parametrize("thin", [1, 3, 4])
def test_nothing_is_read_where_no_digit_has_room(thin: int) -> None:
    strip = np.random.default_rng(1).choice(
        np.array([0, 128, 255], np.uint8), (thin, 3000), p=(0.1, 0.1, 0.8)
    )
    for picture in (strip, strip.T):
        steps = Reader().steps(picture)
        assert len(steps.glyphs) == 0
        assert steps.reading.text == ""
        assert {each.reason for each in steps.reading.rejected} >= {"too small"}


def test_lines_of_thousands_of_pieces_are_no_writing() -> None:
    strip = np.concatenate([draw_number("20241138", seed=3)] * 120, axis=1)
    steps = Reader().steps(strip)
    assert len(steps.glyphs) == 0
    assert steps.reading.text == ""
    assert "too many digits" in {each.reason for each in steps.reading.rejected}


def test_a_pattern_that_hangs_together_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of it, to find out which way up it is, would be all of it."""
    seen: list[int] = []
    found = first_reader_module.cut_glyphs

    def counted(ink: Any, labels: Any, candidates: Any) -> Any:
        seen.append(len(candidates))
        return found(ink, labels, candidates)

    monkeypatch.setattr(first_reader_module, "cut_glyphs", counted)
    rows, columns = np.indices((156, 159))
    pattern = np.where((rows % 5 < 2) & (columns % 4 < 2), 0, 255).astype(np.uint8)
    steps = Reader().steps(pattern)
    assert len(steps.segmentation.parts) <= page_limits.SOME
    assert len(steps.candidates) <= sum(seen) < len(steps.candidates) + page_limits.MANY


def test_of_a_page_of_thousands_as_much_is_read_as_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [draw_number("20241138" * 2, seed=seed) for seed in range(4)]
    width = max(line.shape[1] for line in lines)
    page = np.concatenate(
        [np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=255) for line in lines]
    )
    whole = Reader().read(page)
    monkeypatch.setattr(page_limits, "MANY", 30)
    monkeypatch.setattr(page_limits, "MOST", 100)
    some = Reader().read(page)
    assert 0 < len(some.lines) < len(whole.lines)
    assert [line.text for line in some.lines] == [line.text for line in whole.lines[: len(some.lines)]]
    (left,) = [each for each in some.rejected if each.reason == "too many digits"]
    assert left.box.top >= some.lines[-1].box.top
    assert left.box.bottom == whole.lines[-1].box.bottom
