"""Damaged and hostile TIFFs, PDFs and photos: each page is read or refused in one line, and nothing takes for ever."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

pytest.importorskip("pillow_heif", reason='needs the extra: pip install "inkread[heic]"')

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images import ImageLimits, isolation, load_image, open_pages, pages
from inkread.images.effort import page_offsets, starting_at, tags
from inkread.reader import Reader
from made_pages import NUMBERS, bare_pdf, encoded, heic, pdf, pictures, same, stream, tiff

GREY = [picture.convert("L") for picture in pictures()]


def offsets(content: bytes) -> list[int]:
    return page_offsets(content, "scan.tif")


def count_of(content: bytes) -> int:
    with open_pages(content) as opened:
        return opened.count


def told(content: bytes, **how: Any) -> str:
    """What is said of a file that is refused; one line."""
    with pytest.raises(UnreadableImage) as caught:
        load_image(content, **how)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


# TIFF


def pointer_to(content: bytes, at: int) -> int:
    """Where in a TIFF the offset of this directory stands."""
    return content.index(struct.pack("<I", at), 4)


def test_directories_that_go_round_in_circles_end() -> None:
    content = bytearray(encoded(GREY, "TIFF"))
    first, _, third = offsets(bytes(content))
    content[pointer_to(bytes(content), third)] = 0  # the third follows the second no more …
    place = pointer_to(bytes(encoded(GREY, "TIFF")), third)
    content[place : place + 4] = struct.pack("<I", first)  # … but the first does
    assert count_of(bytes(content)) == 2


def test_a_page_that_lies_beyond_the_end_is_not_passed_over() -> None:
    content = bytearray(encoded(GREY, "TIFF"))
    place = pointer_to(bytes(content), offsets(bytes(content))[1])
    content[place : place + 4] = struct.pack("<I", 2**31)
    assert count_of(bytes(content)) == 2
    assert same(load_image(bytes(content), page=1), np.asarray(pictures()[0].convert("L").convert("RGB")))
    assert "page 2: is damaged" in told(bytes(content), page=2)


def test_too_many_directories_are_refused() -> None:
    chain = b"".join(struct.pack("<HI", 0, 14 + 6 * number) for number in range(10_001))
    assert "more than 10,000 pages" in told(b"II*\0" + struct.pack("<I", 8) + chain)


@pytest.mark.parametrize(("tag", "value"), [(254, 1), (254, 4), (255, 2)])
def test_thumbnails_and_masks_are_no_pages(tag: int, value: int) -> None:
    content = bytearray(encoded(GREY, "TIFF", tiffinfo={tag: 0}))
    for at in offsets(bytes(content))[1:]:
        (place,) = (place for number, _, _, place in tags(bytes(content), at) if number == tag)
        content[place] = value
    assert count_of(bytes(content)) == 1
    assert same(load_image(bytes(content)), load_image(encoded(GREY[:1], "TIFF")), 1)


@pytest.mark.parametrize(
    "options", [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"compression": "group4"}]
)
def test_pages_of_every_compression(options: dict[str, Any]) -> None:
    images = [image.convert("1") for image in GREY] if "group4" in options.values() else GREY
    content = encoded(images, "TIFF", **options)
    for number, image in enumerate(images, start=1):
        assert same(load_image(content, page=number), np.asarray(image.convert("RGB")))


def test_each_page_has_its_own_size_mode_and_orientation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded([GREY[0], pictures()[1], GREY[2].convert("1")], "TIFF", exif=exif)
    for number, image in enumerate(pictures(), start=1):
        assert load_image(content, page=number).shape == (image.width, image.height, 3)


def test_the_effort_of_each_page_is_looked_at() -> None:
    content = encoded(GREY[:2], "TIFF")
    place, at = pointer_to(content, offsets(content)[1]), len(content)
    copies = b"".join(struct.pack("<HHII", 300 + i, 7, 60_000, 8) for i in range(4000))
    hostile = content[:place] + struct.pack("<I", at) + content[place + 4 :]
    hostile += struct.pack("<H", 4000) + copies + bytes(4)
    assert load_image(hostile, page=1).shape[2] == 3
    assert "again and again" in told(hostile, page=2)


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on broken metadata
@settings(max_examples=150, deadline=None)
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8), kept=st.floats(0, 1))
def test_a_damaged_tiff_is_read_or_refused(damage: list[tuple[float, int]], kept: float) -> None:
    content = bytearray(TINY)
    for place, value in damage:
        content[int(place * (len(content) - 1))] = value
    read_or_refused(bytes(content[: 8 + int(kept * (len(content) - 8))]))


def read_or_refused(content: bytes) -> None:
    """Each page is a picture, or one line says why it is none."""
    messages = []
    try:
        with open_pages(content) as opened:
            for number in opened.numbers():
                try:
                    assert opened.load(number).shape[2] == 3
                except UnreadableImage as error:
                    messages.append(str(error))
    except UnreadableImage as error:
        messages.append(str(error))
    assert all(message and "\n" not in message for message in messages)


TINY = encoded([image.resize((40, 30)) for image in GREY], "TIFF", compression="tiff_lzw")


@pytest.mark.parametrize("length", [*range(12), 16])
def test_the_first_bytes_of_a_tiff_are_one_damaged_page(length: int) -> None:
    for start in (b"II*\0", b"MM\0*", b"II+\0"):
        content = (start + b"\xff" * 20)[:length]
        assert starting_at(content, 8)[:4] == content[:4]
        told(content)


# PDF


def drawn(operators: bytes, *objects: bytes, resources: bytes = b"") -> bytes:
    """A PDF of one page, on which this is drawn."""
    return bare_pdf(b"/Contents 4 0 R/Resources<<" + resources + b">>", stream(operators), *objects)


def sized(width: float, height: float) -> bytes:
    return bare_pdf().replace(b"0 0 200 100]", b"0 0 %f %f]" % (width, height))


PICTURE = b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8"


def with_picture(content: bytes, dictionary: bytes) -> bytes:
    return drawn(
        b"200 0 0 100 0 0 cm /I Do", stream(content, PICTURE + dictionary), resources=b"/XObject<</I 5 0 R>>"
    )


def test_a_page_has_the_resolution_that_is_asked_for() -> None:
    for dpi, shape in ((None, (278, 556, 3)), (72, (100, 200, 3)), (300, (417, 834, 3))):
        assert load_image(bare_pdf(), dpi=dpi).shape == shape
    with pytest.raises(ValueError, match="dpi must lie between"):
        load_image(bare_pdf(), dpi=0)


def test_large_pages_are_drawn_coarser() -> None:
    a0 = load_image(sized(2384, 3370))
    assert 15e6 < a0.shape[0] * a0.shape[1] < 16.1e6
    photo = load_image(sized(4000, 5000))  # a photo that was made a PDF, a point for each pixel
    assert photo.shape == (5000, 4000, 3)


def test_pages_of_too_many_pixels_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation.Isolated, "draw", lambda *_: pytest.fail("drawn"))
    assert "14400 × 14400 = 207.4 megapixels, more than 52; save it smaller" in told(sized(14400, 14400))
    assert "megapixels" in told(sized(595, 842), dpi=2000)
    assert "0.15" in told(bare_pdf(), limits=ImageLimits(max_megapixels=0.15))


def test_a_page_of_no_size_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation.Isolated, "size_wh", lambda *_: (float("inf"), 5.0))
    assert "its size is no number" in told(bare_pdf())


@pytest.mark.parametrize("size", [(0, 0), (1e9, 1e9), (-5, -5), (0.001, 100)])
def test_pages_of_odd_sizes_are_drawn_or_refused(size: tuple[float, float]) -> None:
    read_or_refused(sized(*size))


REFUSED = {
    "nothing but its beginning": (b"%PDF-1.7\n", "is damaged or incomplete (Failed to load document"),
    "no pages": (bare_pdf(pages=0), "it has no pages"),
    "pages within themselves": (bare_pdf().replace(b"/Kids[3 0 R ]", b"/Kids[2 0 R ]"), "is damaged"),
    "a picture that cannot be decoded": (
        with_picture(b"\xff\xd8" + bytes(500), b"/Width 20/Height 20/Filter/DCTDecode"),
        "a picture on it cannot be decoded",
    ),
    "a picture of too many pixels": (
        with_picture(zlib.compress(bytes(1000)), b"/Width 100000/Height 100000/Filter/FlateDecode"),
        "a picture on it cannot be decoded",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_pdfs_that_cannot_be_read_say_why(kind: str) -> None:
    content, expected = REFUSED[kind]
    assert expected in told(content)


def test_without_pypdfium2_the_doctor_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pypdfium2.py").write_text("raise ImportError('libpdfium.so: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    said = "the picture: cannot be decoded (libpdfium.so: cannot open); see: inkread doctor"
    assert told(bare_pdf()) == said


def test_a_protected_pdf_says_so() -> None:
    pdfencrypt = pytest.importorskip(
        "reportlab.lib.pdfencrypt", reason='needs: pip install "inkread[sheets]"'
    )
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    Canvas(file, encrypt=pdfencrypt.StandardEncryption("secret")).save()
    assert told(file.getvalue()) == "the picture: is protected by a password; save it without one"


def test_pages_that_are_only_counted_are_not_there() -> None:
    assert count_of(bare_pdf(pages=3).replace(b"/Count 3", b"/Count 2147483647")) == 3
    with (
        open_pages(bare_pdf(pages=1001)) as opened,
        pytest.raises(ImageTooLarge, match="1,001 pages, more than 1,000"),
    ):
        opened.numbers()
    assert load_image(bare_pdf(pages=1001), page=1001).shape[2] == 3


def test_what_was_filled_in_is_drawn() -> None:
    """Ink that a tablet put on a page, and text in the field of a form."""
    look = stream(b"0 0 40 40 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 40 40]")
    for kind in (b"/Subtype/Stamp", b"/Subtype/Widget/FT/Tx/T(a)/V(1)"):
        page = b"/Annots[<</Type/Annot" + kind + b"/F 4/Rect[10 10 50 50]/AP<</N 4 0 R>>>>]"
        form = bare_pdf(page, look).replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R/AcroForm<</Fields[]>>>>")
        assert load_image(form).min() == 0, kind


def laughs() -> bytes:
    """Nine forms, each of which draws the next one ten times."""
    forms = [
        stream(
            b"/F Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>" % (number + 1),
        )
        for number in range(5, 13)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return drawn(b"/F Do", *forms, last, resources=b"/XObject<</F 5 0 R>>")


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_LIMITS", replace(isolation._LIMITS, seconds=2.0))
    with (
        open_pages(laughs()) as opened,
        pytest.raises(ImageTooLarge, match="takes longer than 2 s to decode"),
    ):
        opened.load(1)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory holds on Linux")
def test_a_page_that_takes_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_LIMITS", replace(isolation._LIMITS, memory_mb=100))
    assert load_image(bare_pdf()).shape[2] == 3
    swelling = bare_pdf(
        b"/Contents 4 0 R", stream(zlib.compress(b"0 0 9 9 re f\n" * 5_000_000), b"/Filter/FlateDecode")
    )
    assert "takes too much memory" in told(swelling)


def test_a_page_that_ends_the_process_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    content, others = pdf(), children()
    with open_pages(content) as opened:
        assert opened.load(1).shape[2] == 3
        end(others)
        with pytest.raises(UnreadableImage, match="page 2: is damaged, or takes too much memory"):
            opened.load(2)
        assert same(opened.load(3)[:, :280], load_image(content, page=3)[:, :280])
        for _ in range(2):
            opened.load(1)
            end(others)
            with pytest.raises(UnreadableImage):
                opened.load(3)
        with pytest.raises(ImageTooLarge, match="other pages took too much"):
            opened.load(1)


def children() -> set[psutil.Process]:
    """The processes that this one has started, those of other tests among them."""
    return set(psutil.Process().children())


def end(others: set[psutil.Process]) -> None:
    """Ends the process that decodes pages, the only one beside ``others``, as a page might."""
    (child,) = children() - others
    child.kill()
    child.wait()


def test_nothing_runs_on_once_pages_are_closed() -> None:
    others = children()
    with open_pages(pdf()) as opened:
        opened.load(1)
        assert len(children() - others) == 1
    assert children() <= others
    told(b"%PDF-1.7\n")
    assert children() <= others


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_nothing_runs_on_once_who_asked_is_killed() -> None:
    code = (
        "import sys, psutil; from inkread.images import open_pages\n"
        "pages = open_pages(sys.stdin.buffer.read())\n"
        "print(psutil.Process().children()[0].pid, flush=True); pages.load(1)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asking:
        assert asking.stdin is not None
        assert asking.stdout is not None
        asking.stdin.write(laughs())
        asking.stdin.close()
        decoding = psutil.Process(int(asking.stdout.readline()))
        asking.send_signal(signal.SIGKILL)
    decoding.wait(60)
    assert not decoding.is_running()


@settings(max_examples=12, deadline=None)
@given(
    damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    kept=st.floats(0.3, 1),
)
@pytest.mark.parametrize("kind", ["pdf", "heic", "avif"])
def test_a_damaged_file_is_read_or_refused(kind: str, damage: list[tuple[float, int]], kept: float) -> None:
    content = bytearray(WHOLE[kind])
    for place, value in damage:
        content[int(place * (len(content) - 1))] = value
    read_or_refused(bytes(content[: int(kept * len(content))]))


# Photos

WHOLE = {"pdf": pdf(NUMBERS[:2]), "heic": heic(), "avif": encoded(pictures()[:1], "AVIF")}


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_photos_of_phones_are_turned_upright_once(orientation: int) -> None:
    upright = pictures()[0]
    turned = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]
    stored = upright.rotate(turned, expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for content in (heic(stored, exif=exif.tobytes()), encoded([stored], "AVIF", exif=exif)):
        assert same(load_image(content), np.asarray(upright))


def test_a_photo_with_transparency_lies_on_paper() -> None:
    upright = pictures()[0]
    clear = upright.convert("RGBA")
    clear.putalpha(upright.convert("L").point(lambda level: 255 - level))
    for content in (heic(clear), encoded([clear], "AVIF")):
        loaded = load_image(content)
        assert loaded[0, 0].min() > 240
        assert loaded.min() < 60


def test_photos_without_what_decodes_them_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(features, "check", lambda name: False)
    assert told(heic()).endswith('is a HEIC photo, which needs pillow-heif; run: pip install "inkread[heic]"')
    assert told(WHOLE["avif"]).endswith("run: pip install --upgrade pillow")


def test_photos_are_known_by_their_content() -> None:
    for brand in (b"heic", b"heix", b"mif1", b"hevc"):
        assert "is damaged" in told(b"\0\0\0\x18ftyp" + brand + bytes(12))
    assert "is damaged" in told(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif" + bytes(8))


def lines() -> dict[str, Callable[[], bytes]]:
    return {"tiff": tiff, "pdf": pdf, "heic": heic}


@pytest.mark.parametrize("kind", lines())
def test_a_name_in_a_message_is_the_one_that_was_given(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scan 1"
    path.write_bytes(lines()[kind]()[:-3000])
    reader = Reader()
    with pytest.raises(UnreadableImage) as caught:
        list(reader.read_pages(path))
    assert str(caught.value).startswith(f"{path}")
