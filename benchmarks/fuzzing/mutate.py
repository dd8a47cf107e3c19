"""Damage: to bytes, with some knowledge of PNG and TIFF; to JSON, and to text.

Everything takes a ``Random`` and gives something new. This module does not know who reads the result.
"""

from __future__ import annotations

import copy
import json
import struct
import zlib
from random import Random
from typing import Any

__all__ = ["damaged", "damaged_json", "damaged_text", "nested_json", "odd_number"]

_NUMBERS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
_WORDS = ("", " ", "0", "-1", "1e999", "nan", "inf", "null", "true", "\0", "\n", "\ufeff", "é", "𝟘", "٣", "²",
          '"', "'''", "[[", "]]", "{", "}", "=", "#", ",", ";", "\t", "\r\n", "..", "9" * 40, "9" * 5000, "A" * 300,
          "-", "+", "1_000", "0x10", "1e5", "\\u0000", "\\", "/", "\x1b[31m", "\u202e")  # fmt: skip


def damaged(content: bytes, chance: Random, other: bytes = b"") -> bytes:
    """One to four injuries; ``other`` is what pieces may be taken from."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and chance.random() < 0.5:
        return _damaged_png(content, chance)
    if content[:4] in (b"II*\0", b"MM\0*") and chance.random() < 0.5:
        content = _damaged_tiff(content, chance)
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        chance.choice(_INJURIES)(made, chance, other or content)
    return bytes(made)


def _place(made: bytearray, chance: Random) -> int:
    """Anywhere, but half of the time in the head, where a format says what follows."""
    most = len(made) if chance.random() < 0.5 else min(len(made), 80)
    return chance.randrange(most) if most else 0


def _flip(made: bytearray, chance: Random, other: bytes) -> None:
    for _ in range(chance.choice((1, 1, 3, 20))):
        if made:
            made[_place(made, chance)] ^= 1 << chance.randrange(8)


def _replace(made: bytearray, chance: Random, other: bytes) -> None:
    if made:
        made[_place(made, chance)] = chance.randrange(256)


def _put_number(made: bytearray, chance: Random, other: bytes) -> None:
    size = chance.choice((1, 2, 4, 4))
    value = chance.choice(_NUMBERS) & ((1 << 8 * size) - 1)
    at = _place(made, chance)
    made[at : at + size] = value.to_bytes(size, chance.choice(("big", "little")))


def _cut_off(made: bytearray, chance: Random, other: bytes) -> None:
    del made[_place(made, chance) :]


def _cut_out(made: bytearray, chance: Random, other: bytes) -> None:
    at = _place(made, chance)
    del made[at : at + chance.choice((1, 2, 4, 16, 200))]


def _double(made: bytearray, chance: Random, other: bytes) -> None:
    at = _place(made, chance)
    piece = made[at : at + chance.choice((1, 4, 16, 200))]
    made[at:at] = piece * chance.choice((1, 1, 2, 50))


def _splice(made: bytearray, chance: Random, other: bytes) -> None:
    at = chance.randrange(len(other) + 1)
    made[_place(made, chance) :] = other[at:]


def _blank(made: bytearray, chance: Random, other: bytes) -> None:
    at, size = _place(made, chance), chance.choice((4, 16, 100))
    made[at : at + size] = bytes([chance.choice((0, 255, 65))]) * size


def _append(made: bytearray, chance: Random, other: bytes) -> None:
    made += chance.choice((b"\0" * 100, other, chance.randbytes(40)))


_INJURIES = (
    _flip,
    _flip,
    _replace,
    _put_number,
    _put_number,
    _cut_off,
    _cut_out,
    _double,
    _splice,
    _blank,
    _append,
)


def _damaged_png(content: bytes, chance: Random) -> bytes:
    """A PNG whose chunks are changed, but whose checksums are right: else nothing behind them is ever tried."""
    chunks = []
    at = 8
    while at + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    for _ in range(chance.choice((1, 1, 2))):
        i = chance.randrange(len(chunks)) if chunks else 0
        kind, body = chunks[i] if chunks else (b"IHDR", bytes(13))
        way = chance.randrange(5)
        if way == 0 and kind == b"IHDR":
            body = (
                struct.pack(">II", *(chance.choice((0, 1, 7, 300, 9000, 70_000, 2**31 - 1)) for _ in "wh"))
                + body[8:]
            )
        elif way == 1:
            kind = chance.choice(
                (b"IDAT", b"PLTE", b"tRNS", b"IEND", b"acTL", b"fdAT", b"zTXt", b"eXIf", b"gAMA", b"iCCP")
            )
        elif way == 2:
            body = zlib.compress(
                bytes(chance.choice((0, 10, 100_000))) + chance.randbytes(chance.randrange(50))
            )
        elif way == 3:
            chunks.insert(i, (kind, body))
        made = bytearray(body)
        if way == 4:
            chance.choice(_INJURIES)(made, chance, content)
        chunks[i : i + 1] = [(kind, bytes(made))]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return content[:8] + b"".join(packed)


def _damaged_tiff(content: bytes, chance: Random) -> bytes:
    """A TIFF with one field of its directory changed: type, count or value."""
    order = "<" if content[:2] == b"II" else ">"
    made = bytearray(content)
    try:
        (at,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, at)
        field = at + 2 + 12 * chance.randrange(max(1, count))
        offset, form = chance.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "H")))
        value = chance.choice(_NUMBERS) & (0xFFFF if form == "H" else 0xFFFFFFFF)
        struct.pack_into(order + form, made, field + offset, value)
    except struct.error:
        pass
    return bytes(made)


def odd_number(chance: Random) -> Any:
    """A number that few expect."""
    return chance.choice(
        (
            0,
            -1,
            1,
            2,
            0.5,
            -0.0,
            1e-300,
            1e300,
            -1e300,
            2**31,
            2**63,
            10**25,
            99_999.9,
            chance.uniform(-500, 500),
        )
    )


def _odd(chance: Random) -> Any:
    return chance.choice(
        (None, True, False, [], {}, [[]], "x", chance.choice(_WORDS), odd_number(chance), odd_number(chance))
    )


def damaged_json(tree: Any, chance: Random) -> bytes:
    """JSON with some values replaced, left out or doubled; seldom broken as text, or nested a thousandfold."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        tree = _changed(tree, chance)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.03:
        text = text.replace(json.dumps(""), nested_json(chance), 1) if '""' in text else nested_json(chance)
    content = text.encode("utf-8", "surrogatepass")
    return damaged(content, chance) if chance.random() < 0.2 else content


def nested_json(chance: Random) -> str:
    """Brackets within brackets."""
    depth = chance.choice((20, 400, 3_000, 100_000))
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}"), ("[{}, ", "]")))
    return (
        opening * depth
        + ("1" if chance.random() < 0.5 else "0")
        + (closing * depth if chance.random() < 0.7 else "")
    )


def _changed(tree: Any, chance: Random) -> Any:
    """One change, somewhere in the tree."""
    if not isinstance(tree, dict | list) or not tree or chance.random() < 0.15:
        return _odd(chance)
    key = chance.choice(list(tree)) if isinstance(tree, dict) else chance.randrange(len(tree))
    way = chance.random()
    if way < 0.12:
        del tree[key]
    elif way < 0.2 and isinstance(tree, list):
        tree[key:key] = [tree[key]] * chance.choice((1, 3, 100))
    elif way < 0.25 and isinstance(tree, dict):
        tree[chance.choice(_WORDS) or "k"] = _odd(chance)
    else:
        tree[key] = _changed(tree[key], chance)
    return tree


def damaged_text(text: str, chance: Random) -> bytes:
    """Text with words and lines changed; seldom in another encoding, or with bytes that are none."""
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        lines = text.split("\n")
        i = chance.randrange(len(lines))
        at = chance.randrange(len(lines[i]) + 1)
        until = at + chance.choice((0, 0, 1, 3, 20))
        way = chance.random()
        if way < 0.55:
            lines[i] = lines[i][:at] + chance.choice(_WORDS) + lines[i][until:]
        elif way < 0.7:
            lines[i] = lines[chance.randrange(len(lines))]
        elif way < 0.8:
            del lines[i]
        elif way < 0.9:
            lines[i:i] = [lines[i]] * chance.choice((1, 2, 60))
        else:
            lines[i] = (
                lines[i].partition("=")[0]
                + "= "
                + chance.choice((nested_json(chance), str(odd_number(chance)), "[1, 2]"))
            )
        text = "\n".join(lines)
    content = text.encode(chance.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "latin-1")), "replace")
    return damaged(content, chance) if chance.random() < 0.15 else content
