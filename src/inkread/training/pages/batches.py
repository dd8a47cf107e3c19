"""Pools -> batches for training: parts of pages, with other contrast, polarity and noise each time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkread.training.pages.pools import Pool, batches_of, least_used_pools, pool_files, read_pool
from inkread.training.pages.targets import cell_targets
from inkread.training.synthesis.canvas import IGNORED, NEGATIVE

PART_SIZE: Final = 192
"""Pixels of the side of the part of a page that is learned from at a time."""
_OF_FOUR: Final = 0.6
"""Share of parts that are made of four pages (mosaic augmentation: Bochkovskiy et al. 2020)."""
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


def page_batches(folder: Path, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches: pictures (size, 192, 192, 1) float32, 0 … 1, and targets. Seldom used pools come first."""
    rng = np.random.default_rng(seed)
    for path in least_used_pools(lambda: pool_files(folder)):
        pool = read_pool(path)
        for chosen in batches_of(pool, size, rng):
            parts = [_part(pool, page, rng) for page in chosen]
            pictures = np.stack([picture for picture, _ in parts])[..., None]
            yield pictures, np.stack([cell_targets(rows, PART_SIZE) for _, rows in parts])


Part = tuple[NDArray[np.float32], NDArray[np.float32]]


def _part(pool: Pool, page: int, rng: np.random.Generator) -> Part:
    """A part of a page, or of four pages side by side: many pages have little writing on them."""
    if rng.random() >= _OF_FOUR:
        return _window(pool, page, PART_SIZE, None, rng)
    side = PART_SIZE // 2
    picture, rows = np.empty((PART_SIZE, PART_SIZE), np.float32), []
    for at, one in enumerate([page, *rng.integers(len(pool[0]), size=3)]):
        left, top = side * (at % 2), side * (at // 2)
        boxes = pool[1][pool[2][one] : pool[2][one + 1]]
        within = boxes[rng.integers(len(boxes))] if len(boxes) else None
        picture[top : top + side, left : left + side], seen = _window(pool, int(one), side, within, rng)
        rows.append(_cut_at(seen, side) + np.array([0, left, top, left, top, 0, 0], np.float32))
    return picture, np.concatenate(rows)


def _window(
    pool: Pool, page: int, side: int, box: NDArray[np.float32] | None, rng: np.random.Generator
) -> Part:
    """A square of a page, ``side`` pixels wide, which holds a ``box`` as far as there is room for it."""
    picture, rows = pool[0][page], pool[1][pool[2][page] : pool[2][page + 1]]
    starts = []
    for axis, most in ((1, picture.shape[1] - side), (2, picture.shape[0] - side)):
        low, high = (0, most) if box is None else (int(box[axis + 2]) - side, int(box[axis]))
        low, high = int(np.clip(min(low, high), 0, most)), int(np.clip(max(low, high), 0, most))
        starts.append(int(rng.integers(low, high + 1)))
    left, top = starts
    part = page_view(picture[top : top + side, left : left + side], rng)
    return part, rows - np.array([0, left, top, left, top, 0, 0], np.float32)


def _cut_at(rows: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The boxes within a square; what is cut by its edge is of no consequence, or is not to be found."""
    inside = rows.copy()
    inside[:, 1:5] = np.clip(rows[:, 1:5], 0, side)
    area, seen = ((of[:, 3] - of[:, 1]) * (of[:, 4] - of[:, 2]) for of in (rows, inside))
    share = seen / np.maximum(area, 1)
    inside[share < 0.75, 6] = np.minimum(inside[share < 0.75, 6], IGNORED)
    inside[share < 0.5, 6] = NEGATIVE
    return inside[share > 0]


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
