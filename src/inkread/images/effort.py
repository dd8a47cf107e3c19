"""The structure of files before they are decoded: the pages of a TIFF, and what it would take to decode a file.

Some small files would take minutes, or gigabytes, and are well-formed, or nearly so: a JPEG of a thousand scans, each
over the whole picture; a PNG of a million chunks; a GIF or PPM whose header has no end; a TIFF that lists millions of
strips. Pictures that people make are far from these limits. Nothing is decoded here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from inkread.errors import ImageTooLarge, UnreadableImage

BROKEN_OFF = (IndexError, OverflowError, struct.error)
"""Raised by ``tags`` for an offset beyond the end of the file."""
_MOST_DIRECTORIES = 10_000  # Limits the time that counting takes: every directory is visited
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_REDUCED_OR_MASK = 0b101
"""Bits of tag 254 (TIFF 6.0, page 36): a smaller copy of another page, a mask of another page."""
_REDUCED = 2  # Value of tag 255, which 254 replaced: a smaller copy
_SHORT = 3
_LOOKED_AT = 8
"""Tags are sorted by number, so 254 and 255 come first. Overlapping directories could hold millions of tags."""


def page_offsets(content: bytes, name: str) -> list[int]:
    """The offset of each page's directory, in the order of the file.

    An offset beyond the end of the file is included: it is a missing page, and decoding it raises an error. Raises
    ``UnreadableImage`` for more than 10,000 directories.
    """
    try:
        first = at = _first(content)
    except BROKEN_OFF:
        return [0]
    pages: list[int] = []
    seen: set[int] = set()
    while at and at not in seen:
        seen.add(at)
        if len(seen) > _MOST_DIRECTORIES:
            raise UnreadableImage(f"{name}: has more than {_MOST_DIRECTORIES:,} pages; split it")
        try:
            is_page, following = _is_page(content, at), _following(content, at)
        except BROKEN_OFF:
            is_page, following = True, 0
        if is_page:
            pages.append(at)
        at = following
    return pages or [first]


def starting_at(content: bytes, at: int) -> bytes:
    """The file with the directory at this offset as its first one, which is the one that decoders read."""
    try:
        if at == _first(content):
            return content
    except BROKEN_OFF:
        return content
    order, big = _form(content)
    start, kind = (8, "Q") if big else (4, "I")
    pointer = struct.pack(order + kind, at)
    return content[:start] + pointer + content[start + len(pointer) :]


def tags(content: bytes, at: int | None = None, most: int = 65_536) -> list[tuple[int, int, int, int]]:
    """Number, type, count of values and offset of the value of each tag, for the directory ``at`` (None: the first).

    Raises one of ``BROKEN_OFF`` for a directory that begins beyond the end of the file.
    """
    order, big = _form(content)
    at = _first(content) if at is None else at
    entries = _entries(content, at)
    at, size, form, head = (at + 8, 20, order + "HHQ", 12) if big else (at + 2, 12, order + "HHI", 8)
    entries = min(entries, (len(content) - at) // size, most)
    places = (at + size * i for i in range(entries))
    return [(*struct.unpack_from(form, content, place), place + head) for place in places]


def _form(content: bytes) -> tuple[str, bool]:
    """The byte order as in ``struct``, and whether it is a BigTIFF, with offsets of 8 bytes."""
    order = "<" if content[:2] == b"II" else ">"
    return order, struct.unpack_from(order + "H", content, 2)[0] == 43


def _first(content: bytes) -> int:
    order, big = _form(content)
    return int(struct.unpack_from(order + ("Q" if big else "I"), content, 8 if big else 4)[0])


def _entries(content: bytes, at: int) -> int:
    order, big = _form(content)
    return int(struct.unpack_from(order + ("Q" if big else "H"), content, at)[0])


def _following(content: bytes, at: int) -> int:
    """The offset of the next directory, 0 after the last."""
    order, big = _form(content)
    head, size = (8, 20) if big else (2, 12)
    place = at + head + size * _entries(content, at)
    return int(struct.unpack_from(order + ("Q" if big else "I"), content, place)[0])


def _is_page(content: bytes, at: int) -> bool:
    order, _ = _form(content)
    for tag, kind, _, place in tags(content, at, _LOOKED_AT):
        if tag in (_NEW_SUBFILE_TYPE, _SUBFILE_TYPE):
            (value,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), content, place)
            if value & _REDUCED_OR_MASK if tag == _NEW_SUBFILE_TYPE else value == _REDUCED:
                return False
    return True


_MOST_PIECES = 20_000
"""Chunks, segments or blocks of a file: decoders take each by itself, in Python. PNGs of 20 MB have 5,000 at the most,
JPEGs a few hundred."""
_MOST_SCANNED = 1_200_000_000
"""Pixels of a progressive JPEG times its scans: 23 scans of the largest picture; usual are 6 to 10."""
_MOST_COEFFICIENTS = 90_000_000
"""A JPEG of several scans is held as numbers of 2 bytes before it becomes pixels: enough for 52 megapixels with halved
colour, as nearly all have it, and for 30 with full colour."""
_MOST_WEBP = 25_000_000  # Pixels; the decoder takes 16 bytes for each
_MOST_PLAIN_BYTES, _LONGEST_HEADER, _MOST_COMMENTS = 8_000_000, 65_536, 1000
"""Of a PPM, PGM or PBM: one written as text is read at 6 MB a second, its header byte by byte."""
_MOST_RLE_BYTES, _MOST_RLE_PIXELS = 2_000_000, 8_000_000
"""Of a BMP with run lengths, which nobody writes any more: Pillow unpacks it in Python."""
_MOST_VALUES = 100_000  # Of one tag of a TIFF: a strip for each row of the highest picture
_KEPT_AS_THEY_ARE = (1, 2, 7)  # Tags of bytes, of text, and of anything
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Of a value of each type of tag."""


def check_effort(content: bytes, name: str) -> None:
    """Raises ``ImageTooLarge`` or ``UnreadableImage`` for a file that takes far longer, or more memory, than others."""
    try:
        for signature, check in _CHECKS:
            if signature.match(content):
                check(content, name)
    except BROKEN_OFF:
        pass  # it breaks off in its header, and the decoder will say so


def _endless(name: str, what: str) -> UnreadableImage:
    return UnreadableImage(f"{name}: has {what}, which no picture needs; save it again")


def _check_png(content: bytes, name: str) -> None:
    at = 8
    for _ in range(_MOST_PIECES):
        if at + 8 > len(content):
            return
        at += 12 + int(struct.unpack_from(">I", content, at)[0])
    raise _endless(name, f"more than {_MOST_PIECES:,} chunks")


_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""What begins another segment, and is neither data of a scan (00) nor a restart."""
_START_OF_SCAN, _END, _EXIF, _NO_FRAME = 0xDA, 0xD9, 0xE1, (0xC4, 0xC8, 0xCC)


def _check_jpeg(content: bytes, name: str) -> None:
    scans, pixels, coefficients, exif = 0, 0, 0, b""
    for kind, start, stop in _segments(content, name):
        if 0xC0 <= kind <= 0xCF and kind not in _NO_FRAME and not pixels:
            pixels, coefficients = _frame(content, start)
        elif kind == _EXIF and not scans and content[start : start + 4] == b"Exif":
            exif += content[start + 6 * bool(exif) : stop]  # Pillow joins them, too
        scans += kind == _START_OF_SCAN
    if not directory_is_sound(exif):
        raise _endless(name, "EXIF tags that hold the same bytes again and again")
    if scans > 1 and coefficients > _MOST_COEFFICIENTS:
        raise ImageTooLarge(
            f"{name}: is a progressive JPEG of {pixels / 1e6:.0f} megapixels, which takes too much memory; "
            "save it without “progressive”, or smaller"
        )
    if scans * pixels > _MOST_SCANNED:
        raise ImageTooLarge(f"{name}: has {scans} scans of {pixels / 1e6:.3g} megapixels each; save it again")


def _segments(content: bytes, name: str) -> Iterator[tuple[int, int, int]]:
    """Kind of each segment of a JPEG up to its end, and where its own bytes begin and stop."""
    at, junk, scans = 2, 0, 0
    for _ in range(_MOST_PIECES):
        found = _MARKER.search(content, at)
        # Before the first scan, what lies between segments is looked at byte by byte.
        junk += (found.start() if found else len(content)) - at if not scans else 0
        if junk > _LONGEST_HEADER:
            raise _endless(name, "a header without end")
        if found is None or found[1][0] == _END:
            return
        at = found.end() + max(2, int(struct.unpack_from(">H", content, found.end())[0]))
        scans += found[1][0] == _START_OF_SCAN
        yield found[1][0], found.end() + 2, at
    raise _endless(name, f"more than {_MOST_PIECES:,} segments")


def _frame(content: bytes, at: int) -> tuple[int, int]:
    """Pixels of a JPEG's frame, and the numbers that stand for them."""
    height, width, components = struct.unpack_from(">HHB", content, at + 1)
    sampling = [content[at + 7 + 3 * i] for i in range(components)]
    each = [(factors >> 4) * (factors & 15) for factors in sampling]
    largest = max((factors >> 4 for factors in sampling), default=1)
    largest *= max((factors & 15 for factors in sampling), default=1)
    return width * height, width * height * sum(each) // max(1, largest)


def _check_gif(content: bytes, name: str) -> None:
    at = 13 + ((6 << (content[10] & 7)) if content[10] & 0x80 else 0)
    inside = False
    for _ in range(_MOST_PIECES):
        if at >= len(content) or (not inside and content[at] in b",;"):
            return
        if inside:
            inside = content[at] > 0
            at += 1 + content[at]
        else:
            inside = content[at] == ord("!")
            at += 2 if inside else 1
    raise _endless(name, f"more than {_MOST_PIECES:,} blocks before its first picture")


def _check_webp(content: bytes, name: str) -> None:
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        bits = int(struct.unpack_from("<I", content, 21)[0])
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (each & 0x3FFF for each in struct.unpack_from("<HH", content, 26))
    if width * height > _MOST_WEBP:
        raise ImageTooLarge(
            f"{name}: has {width * height / 1e6:.0f} megapixels, which takes too much memory in WebP (at most "
            f"{_MOST_WEBP // 1_000_000}); save it as JPEG or PNG, or smaller"
        )


def _check_bmp(content: bytes, name: str) -> None:
    size, width, height, _, _, compression = struct.unpack_from("<IiiHHI", content, 14)
    if size < 40 or compression not in (1, 2):
        return
    if len(content) > _MOST_RLE_BYTES or width * abs(height) > _MOST_RLE_PIXELS:
        raise ImageTooLarge(f"{name}: is a large BMP with run lengths, which are read slowly; save it as PNG")


def _check_tiff(content: bytes, name: str) -> None:
    if any(count > _MOST_VALUES for _, kind, count, _ in tags(content) if kind not in _KEPT_AS_THEY_ARE):
        raise _endless(name, f"a tag of more than {_MOST_VALUES:,} values")
    if not directory_is_sound(content):
        raise _endless(name, "tags that hold the same bytes again and again")


def directory_is_sound(content: bytes) -> bool:
    """Whether the first directory of a TIFF, or of EXIF, asks for no more than it has: decoders copy what each tag
    points to, and thousands may point to the same megabytes."""
    content = content.removeprefix(b"Exif\0\0")
    try:
        asked = sum(min(len(content), count * _BYTES.get(kind, 0)) for _, kind, count, _ in tags(content))
    except BROKEN_OFF:
        return True
    return asked <= 4 * len(content) + _LONGEST_HEADER


def _check_pnm(content: bytes, name: str) -> None:
    plain = content[1:2] in b"123"
    header = re.sub(rb"#[^\r\n]*", b"", content[:_LONGEST_HEADER]).split(None, 4)
    if len(content) > _LONGEST_HEADER and len(header) < (4 if content[1:2] in b"14" else 5):
        raise _endless(name, "a header without end")
    if plain and content.count(b"#") > _MOST_COMMENTS:
        raise _endless(name, f"more than {_MOST_COMMENTS:,} comments")
    if plain and len(content) > _MOST_PLAIN_BYTES:
        raise ImageTooLarge(
            f"{name}: is a PPM written as text, with more than {_MOST_PLAIN_BYTES // 1_000_000} MB; save it as binary"
        )


_CHECKS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _check_png),
    (re.compile(rb"\xff\xd8\xff"), _check_jpeg),
    (re.compile(rb"GIF8[79]a"), _check_gif),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), _check_webp),
    (re.compile(rb"BM"), _check_bmp),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), _check_tiff),
    (re.compile(rb"P[1-6]\s"), _check_pnm),
)
