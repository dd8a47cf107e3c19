"""Made pictures by the thousand: numbers written by code, from 28 × 28 pixels to 2 megapixels; and damaged ones.

The same number and seed always make the same picture. This module does not know who reads them.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.sheets.paper.hands import neat

__all__ = ["DAMAGES", "draw", "make_pictures"]

_SIZES = ((0.40, 28, 28), (0.40, 60, 240), (0.15, 240, 700), (0.05, 700, 1900))
"""Shares of the pictures, and the range of their longer sides in pixels; the largest have about 2 megapixels."""
_FOLDER = 1000
"""Pictures to a folder."""


def make_pictures(folder: Path, count: int, seed: int = 0, damaged: int = 0) -> None:
    """``count`` pictures in sub-folders, of which ``damaged`` are damaged, each kind as often as another."""
    stride = count // damaged if damaged else 0
    make = partial(_make, folder, seed, stride, damaged)
    for number in range(0, count, _FOLDER):
        (folder / f"{number // _FOLDER:04d}").mkdir(parents=True, exist_ok=True)
    with get_context("spawn").Pool(os.cpu_count() or 1) as pool:
        pool.map(make, range(count), chunksize=100)


def _make(folder: Path, seed: int, stride: int, damaged: int, number: int) -> None:
    rng = np.random.default_rng((seed, number))
    picture, text = draw(rng)
    file = io.BytesIO()
    jpeg = picture.size > 100_000
    how = {"format": "JPEG", "quality": 88} if jpeg else {"format": "PNG", "compress_level": 1}
    Image.fromarray(picture).save(file, **how)  # type: ignore[arg-type]
    content, name = file.getvalue(), f"{number:07d}-{text}"
    if stride and number % stride == 0 and number // stride < damaged:
        kind = list(DAMAGES)[number // stride % len(DAMAGES)]
        content, name = DAMAGES[kind](content), f"{number:07d}-bad-{kind}"
    path = folder / f"{number // _FOLDER:04d}" / f"{name}.{'jpg' if jpeg else 'png'}"
    path.write_bytes(content)


def draw(rng: np.random.Generator) -> tuple[NDArray[np.uint8], str]:
    """A grey picture (H, W) uint8 and the number on it."""
    _, low, high = _SIZES[int(rng.choice(len(_SIZES), p=[share for share, _, _ in _SIZES]))]
    side = int(rng.integers(low, high + 1))
    count = 1 if side == 28 else int(rng.integers(1, 7))
    text = "".join(map(str, rng.integers(0, 10, count)))
    across = 0.62 * count + 0.5
    tall = int(side if count == 1 else np.clip(side * rng.uniform(0.4, 0.75), 28, 1100))
    height = min(0.72 * tall, 0.92 * side / across) * rng.uniform(0.75, 1.0)
    ink = np.zeros((tall, side), np.uint8)
    pen = max(1, round(height * rng.uniform(0.06, 0.13)))
    left = (side - height * (across - 0.5)) / 2
    for place, character in enumerate(text):
        at = np.array([left + 0.62 * place * height, (tall - height) / 2 + rng.normal(0, 0.02) * height])
        _write(ink, character, at, float(height), pen, rng)
    shade, paper = rng.uniform(20, 90), rng.uniform(190, 250)
    grain = rng.normal(0, 3, (tall, side)) if side > 28 else 0.0
    return np.clip(paper + grain - (paper - shade) * (ink / 255.0), 0, 255).astype(np.uint8), text


def _write(
    ink: NDArray[np.uint8],
    character: str,
    at: NDArray[np.float64],
    height: float,
    pen: int,
    rng: np.random.Generator,
) -> None:
    """One character, a little slanted, stretched and bent."""
    slant, wide = rng.normal(0.08, 0.08), rng.normal(1, 0.06)
    phase = rng.uniform(0, 6.28, 2)
    for stroke in neat(character):
        x, y = stroke[:, 0] * wide, stroke[:, 1]
        x = x - slant * (y - 0.5) + 0.015 * np.sin(5 * y + phase[0])
        points = np.stack([x, y + 0.015 * np.sin(5 * x + phase[1])], axis=1) * height + at
        cv2.polylines(ink, [np.rint(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)


def _huge(content: bytes) -> bytes:
    """A PNG of a few bytes that claims 3,600 megapixels."""

    def chunk(kind: bytes, inside: bytes) -> bytes:
        return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", zlib.crc32(kind + inside))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(9000))) + chunk(b"IEND", b"")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 3],
    "head": lambda content: content[:12],
    "text": lambda content: b"this is no picture, whatever it is called\n",
    "zeros": lambda content: bytes(len(content)),
    "pdf": lambda content: b"%PDF-1.7\n" + content,
    "zip": lambda content: b"PK\x03\x04" + content,
    "huge": _huge,
    "gif": lambda content: b"GIF89a\x00\x00\x00\x00",
    "noise": lambda content: b"\x89PNG\r\n\x1a\n" + bytes(255 - byte for byte in content[8:]),
}
"""What may have happened to a file, so that it cannot be read."""
