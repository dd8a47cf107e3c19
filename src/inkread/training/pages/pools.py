"""Pools of made pages on disk: made in processes of their own, resumable, the same for a seed.

A pool is an .npz file: ``pictures`` (n, size, size) uint8, ``boxes`` (m, 7) float32, and ``offsets`` (n + 1,) that
say which boxes belong to which page.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.synthesis.handwriting import load_material
from inkread.training.synthesis.pages import made_page

Pool = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]


def make_pools(
    folder: Path, seed: int, first: int, last: int, pages: int = 1000, validation: bool = False
) -> None:
    """Makes the pools ``first`` to ``last`` - 1 of a seed that are not there yet."""
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    material = load_material(validation)
    for number in range(first, last):
        path = folder / f"pool-{seed}-{number:04d}.npz"
        if path.exists():
            continue
        start = time.monotonic()
        made = [made_page(material, np.random.default_rng((seed, number, page))) for page in range(pages)]
        offsets = np.cumsum([0, *(len(boxes) for _, boxes in made)])
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, pictures=np.stack([picture for picture, _ in made]),
                     boxes=np.concatenate([boxes for _, boxes in made]), offsets=offsets)  # fmt: skip
        part.replace(path)
        print(
            f"{path.name}: {len(made)} pages, {offsets[-1]} symbols, {time.monotonic() - start:.0f} s",
            flush=True,
        )


def pool_files(folder: Path) -> list[Path]:
    """The finished pools of a folder, in the order of their names."""
    return sorted(folder.glob("pool-*.npz"))


def read_pool(path: Path) -> Pool:
    """Pictures, boxes and offsets of one pool."""
    with np.load(path) as arrays:
        return arrays["pictures"], arrays["boxes"], arrays["offsets"]


def least_used_pools(files: Callable[[], list[Path]]) -> Iterator[Path]:
    """Endless pools of those that ``files`` lists at the time, seldom used ones first; waits where there is none."""
    used = Counter[Path]()
    while True:
        there = files()
        if not there:
            time.sleep(1)
            continue
        least = min(used[path] for path in there)
        path = next(path for path in there if used[path] == least)
        used[path] += 1
        yield path


def batches_of(pool: Pool, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """The pages of a pool in random order, ``size`` at a time; what is left over is left out."""
    order = rng.permutation(len(pool[0]))
    for start in range(0, len(order) - size + 1, size):
        yield order[start : start + size].tolist()
