"""IDX, the format of MNIST's files (LeCun, Cortes, Burges): unpacked, and what is wrong with one, in words.

Four bytes of magic (0, 0, 8 for bytes, the number of dimensions), four for each dimension, then the values.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Final

from inkread.errors import DataMissing

IMAGES: Final = 3
"""Dimensions of a file of images: how many, rows, columns."""
LABELS: Final = 1
_NAMES = {IMAGES: "images", LABELS: "labels"}
_MOST_BYTES: Final = 100_000_000
"""Larger files are refused unread: MNIST's largest has 47 MB, and a small .gz can hold terabytes."""


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip's do."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def unpack(path: Path) -> bytes:
    """The content of a file, packed by gzip or not, whatever its name says; raises DataMissing."""
    try:
        with path.open("rb") as file:
            content = (gzip.GzipFile(fileobj=file) if is_packed(path) else file).read(_MOST_BYTES + 1)
    except EOFError:
        raise DataMissing("is cut short: its packed part ends too early") from None
    except (OSError, zlib.error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise DataMissing(f"cannot be unpacked ({reason})") from None
    if len(content) > _MOST_BYTES:
        raise DataMissing("is larger than any file of digits")
    return content


def fault_of(content: bytes, dimensions: int) -> str:
    """Why this is no IDX file of images 28 × 28, or of labels 0 … 9; "" if it is one."""
    header = 4 + 4 * dimensions
    if not content:
        return "is empty"
    magic = int.from_bytes(content[:4], "big")
    if magic != 0x800 + dimensions:
        if magic - 0x800 in _NAMES:
            return f"holds {_NAMES[magic - 0x800]}, not {_NAMES[dimensions]}: the two are swapped"
        return f"is no IDX file: it begins with 0x{magic:08x}, not 0x{0x800 + dimensions:08x}"
    if len(content) < header:
        return f"is cut short: it has {len(content)} bytes"
    count, *sides = struct.unpack(f">{dimensions}I", content[4:header])
    if sides not in ([], [28, 28]):
        return f"holds images of {sides[0]} × {sides[1]}, not 28 × 28"
    wanted = header + count * (28 * 28 if sides else 1)
    if len(content) < wanted:
        return f"is cut short: {count:,} {_NAMES[dimensions]} take {wanted:,} bytes, it has {len(content):,}"
    if len(content) > wanted:
        return f"has {len(content) - wanted:,} bytes more than its {count:,} {_NAMES[dimensions]} take"
    if dimensions == LABELS and count and (largest := max(content[header:])) > 9:
        where = content.index(largest, header) - header
        return f"is mislabelled: its label {where:,} is {largest}, no digit 0 … 9"
    return ""
