"""The image file directories of a TIFF: the offset of each page, and the tags of a directory.

A page is a directory that is neither a thumbnail nor a mask of another one. This module decodes nothing.
"""

from __future__ import annotations

import struct

from inkread.errors import UnreadableImage

BROKEN_OFF = (IndexError, OverflowError, struct.error)
"""Raised by ``tags`` for an offset beyond the end of the file."""
_MOST_DIRECTORIES = 10_000
"""Limits the time that counting takes: every directory is visited."""
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE = 254, 255
_REDUCED_OR_MASK = 0b101
"""Bits of tag 254 (TIFF 6.0, page 36): a smaller copy of another page, a mask of another page."""
_REDUCED = 2
"""Value of tag 255, which 254 replaced: a smaller copy."""
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
