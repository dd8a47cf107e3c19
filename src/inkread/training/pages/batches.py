"""Pools -> batches for training: parts of pages, with other contrast, polarity and noise each time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkread.training.pages.pools import batches_of, least_used_pools, pool_files, read_pool
from inkread.training.pages.targets import cell_targets

PART_SIZE: Final = 192
"""Pixels of the side of the part of a page that is learned from at a time."""
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


def page_batches(folder: Path, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches: pictures (size, 192, 192, 1) float32, 0 … 1, and targets. Seldom used pools come first."""
    rng = np.random.default_rng(seed)
    for path in least_used_pools(lambda: pool_files(folder)):
        pool = read_pool(path)
        for chosen in batches_of(pool, size, rng):
            parts = [_part(pool[0][page], pool[1][pool[2][page] : pool[2][page + 1]], rng) for page in chosen]
            pictures = np.stack([picture for picture, _ in parts])[..., None]
            yield pictures, np.stack([cell_targets(rows, PART_SIZE) for _, rows in parts])


def _part(
    picture: NDArray[np.uint8], rows: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    left, top = (int(rng.integers(0, side - PART_SIZE + 1)) for side in picture.shape[::-1])
    part = page_view(picture[top : top + PART_SIZE, left : left + PART_SIZE], rng)
    shift = np.array([0, left, top, left, top, 0, 0], np.float32)
    return part, rows - shift


def page_view(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """A made picture (h, w), 0 … 1, with other contrast, noise and polarity each time."""
    part = picture.astype(np.float32) / np.float32(255)
    part = part * np.float32(rng.uniform(0.6, 1.1)) + np.float32(rng.uniform(-0.05, 0.12))
    if rng.random() < 0.2:
        part = part + np.float32(rng.uniform(0.005, 0.04)) * rng.standard_normal(part.shape, np.float32)
    if rng.random() < 0.15:
        part = 1 - part
    return np.clip(part, 0, 1)


def prefetched(batches: Iterator[Batch], ahead: int = 6) -> Iterator[Batch]:
    """The same batches, made in a thread while the network learns."""
    waiting: queue.Queue[Batch] = queue.Queue(ahead)

    def fill() -> None:
        for batch in batches:
            waiting.put(batch)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield waiting.get()
