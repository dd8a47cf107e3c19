"""Pools and what the page network proposes on them -> batches of crops for the box head.

Half of the boxes are proposals, right and wrong ones; the others are true boxes, moved and stretched a little. Besides,
some boxes hold a piece of a rule or other ink that is no symbol: the first reader's boxes may hold such.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.detection.crops import crop_windows, cut_crops
from inkread.detection.peaks import PeakSettings, peaks_of
from inkread.overlap import iou_matrix
from inkread.training.pages.batches import page_view
from inkread.training.pages.box_head import NOTHING
from inkread.training.pages.pools import least_used_pools, pool_files, read_pool

Rows = NDArray[np.float32]
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
_LEAST_SCORE: Final = 0.08
"""Centres with less are not proposed."""
_OF_A_PAGE: Final = 24
"""Crops of one page at most."""
_OF_NO_SYMBOL: Final = 4
"""Boxes of a page, at most, around ink that is no symbol."""
_SAME, _OTHER = 0.55, 0.4
"""Intersection over union from which a box holds a symbol, and below which it holds none."""


def proposals_file(pool: Path) -> Path:
    """Where the proposals of a pool are stored."""
    return pool.with_name(pool.name.replace("pool", "proposals"))


def make_proposals(folder: Path, cells: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
    """Writes what the page network proposes on each pool that has none yet: boxes (n, 4), scores and ``offsets``."""
    settings = PeakSettings(least_score=_LEAST_SCORE)
    for pool in pool_files(folder):
        path = proposals_file(pool)
        if path.exists():
            continue
        found = [
            peaks_of(cells(picture.astype(np.float32) / np.float32(255)), 1.0, settings)
            for picture in read_pool(pool)[0]
        ]
        boxes, scores = (np.concatenate([getattr(of, name) for of in found]) for name in ("boxes", "scores"))
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, boxes=boxes, scores=scores, offsets=np.cumsum([0, *map(len, found)]))
        part.replace(path)
        print(f"{path.name}: {len(boxes)} boxes", flush=True)


def crop_batches(folder: Path, size: int, seed: int) -> Iterator[Batch]:
    """Endless batches: crops (size, 44, 44, 2) and targets (size, 12), see ``box_head.head_losses``."""
    rng = np.random.default_rng(seed)
    crops: list[NDArray[np.float32]] = []
    targets: list[NDArray[np.float32]] = []
    pools = least_used_pools(lambda: [each for each in pool_files(folder) if proposals_file(each).exists()])
    for path in pools:
        pictures, rows, offsets = read_pool(path)
        with np.load(proposals_file(path)) as arrays:
            starts = arrays["offsets"]
            proposals: Rows = np.asarray(np.column_stack([arrays["boxes"], arrays["scores"]]), np.float32)
        for page in rng.permutation(len(pictures)):
            of_page = rows[offsets[page] : offsets[page + 1]]
            boxes = _chosen(proposals[starts[page] : starts[page + 1]], of_page, rng)
            boxes = np.concatenate([boxes, _of_no_symbol(pictures[page], of_page, rng)])
            labels = _labels(boxes, of_page)
            known = (labels[:, 1] > 0) | (labels[:, 3] > 0)
            if not known.any():
                continue
            crops.append(cut_crops(page_view(pictures[page], rng), boxes[known]))
            targets.append(labels[known])
            if sum(map(len, targets)) >= 16 * size:
                yield from _mixed(np.concatenate(crops), np.concatenate(targets), size, rng)
                crops, targets = [], []


def _mixed(crops: Rows, targets: Rows, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    order = rng.permutation(len(crops))
    for start in range(0, len(order) - size + 1, size):
        some = order[start : start + size]
        yield crops[some], targets[some]


def _chosen(proposals: Rows, rows: Rows, rng: np.random.Generator) -> Rows:
    """Boxes of a page to learn from: proposals, and true boxes moved by up to a quarter of their side."""
    true = rows[rows[:, 6] > 0, 1:5]
    moved = true[rng.permutation(len(true))[: _OF_A_PAGE // 2]]
    sides = (moved[:, 2:] - moved[:, :2])[:, [0, 1, 0, 1]]
    wide = rng.random((len(moved), 1)) < 0.3
    away = rng.normal(0, 1, moved.shape) * np.where(wide, 0.16, 0.05)
    moved = np.asarray(moved + sides * away, np.float32)
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 2)
    # Weighted sampling without replacement (Efraimidis and Spirakis 2006): likely ones are seen more often.
    keys = rng.random(len(proposals)) ** (1 / proposals[:, 4])
    some = proposals[np.argsort(-keys)[: _OF_A_PAGE // 2], :4]
    return np.asarray(np.concatenate([moved, some]), np.float32)


def _of_no_symbol(picture: NDArray[np.uint8], rows: Rows, rng: np.random.Generator) -> Rows:
    """Boxes (n, 4) of the vertical and horizontal runs of ink through random pixels beside all symbols."""
    away = cv2.absdiff(picture, cv2.medianBlur(picture, 21))
    # A rule may be a fifth as dark as the darkest ink.
    dark = away > 0.2 * max(60, int(away.max()))
    beside = dark.copy()
    for left, top, right, bottom in rows[:, 1:5].astype(int).tolist():
        beside[max(0, top) : bottom + 1, max(0, left) : right + 1] = False
    places = np.argwhere(beside)
    boxes = []
    for y, x in places[rng.integers(len(places), size=_OF_NO_SYMBOL)].tolist() if len(places) else ():
        most = int(rng.uniform(10, 60))
        (top, bottom), (left, right) = _run(dark[:, x], y, most), _run(dark[y], x, most)
        room = rng.uniform(0, 2.5, 4)
        boxes.append([left - room[0], top - room[1], right + room[2], bottom + room[3]])
    found = np.array(boxes, np.float32).reshape(-1, 4)
    return found[(found[:, 2:] - found[:, :2]).max(axis=1, initial=0) >= 7]


def _run(dark: NDArray[np.bool_], at: int, most: int) -> tuple[int, int]:
    """Start and stop of the run of true around ``at``, at most about ``most`` long."""
    ends = np.flatnonzero(~dark)
    after = np.searchsorted(ends, at)
    start = int(ends[after - 1]) + 1 if after else 0
    stop = int(ends[after]) if after < len(ends) else len(dark)
    return max(start, at - most // 2), min(stop, at + most // 2 + 1)


def _labels(boxes: Rows, rows: Rows) -> Rows:
    """Targets (n, 12) of boxes (n, 4) on a page with the rows of ``made_page``."""
    targets = np.zeros((len(boxes), 12), np.float32)
    targets[:, 0], targets[:, 1] = NOTHING, 1
    windows = crop_windows(boxes)
    start, side = windows[:, [0, 1, 0, 1]], windows[:, 2:]
    targets[:, 4:8] = (boxes - start) / side
    if len(rows) == 0:
        return targets
    overlap = iou_matrix(boxes, rows[:, 1:5])
    best = overlap.argmax(axis=1)
    of, iou = rows[best], overlap.max(axis=1)
    meant = of[:, 6] > 0
    same = meant & (iou >= _SAME)
    targets[same, 0] = of[same, 0]
    # What is of no consequence, or lies between right and wrong, teaches no class.
    targets[(iou > _OTHER) & ~same & (of[:, 6] >= 0), 1] = 0
    targets[:, 2] = of[:, 5]
    targets[:, 3] = meant & (iou > _OTHER)
    targets[:, 8:12] = (of[:, 1:5] - start) / side
    return targets
