"""Fits the calibrations of the page reader, and of the choice between it and the first reader, on made pages.

The hands of these pages are held back from training. ``develop/`` only checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.calibration import Calibration
from inkread.page_reader import PageReader
from inkread.reader import Reader
from inkread.reading import Box, Digit, Reading
from inkread.training.synthesis.arrangements import KINDS
from inkread.training.synthesis.handwriting import load_material
from inkread.training.synthesis.pages import made_page_of, plain_page_of

__all__ = ["calibrate", "fitted", "made_pictures"]

Numbers = NDArray[np.float64]
_RIGHT: Final = 0.5
"""Intersection over union of a box that is on its digit."""
_PLAIN: Final = 0.4
"""Share of pictures with lines of writing alone."""
_CLEAN: Final = 0.5
"""Share of pictures on clean paper."""
_MOST_EDITS: Final = 3.0
"""A reading that is better by more edits counts no more."""


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """A picture (H, W, 3), and the rows of ``made_page`` of what stands on it."""

    image: NDArray[np.uint8]
    rows: NDArray[np.float32]


def made_pictures(count: int, seed: int) -> Iterator[MadePicture]:
    """Pictures as people have them: single digits, fields and parts of pages, of many sizes."""
    material = load_material(validation=True)
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        kind = "lines" if rng.random() < _PLAIN else KINDS[rng.integers(len(KINDS))]
        height = float(np.exp(rng.uniform(np.log(14), np.log(110))))
        size = int(np.clip(height * rng.uniform(1.5, 14), 28, 560))
        make = plain_page_of if rng.random() < _CLEAN else made_page_of
        picture, rows = make(kind, height, material, rng, size)
        if rng.random() < 0.6:
            top = int(rng.uniform(0, 0.5) * size)
            bottom = int(min(size, top + max(1.3 * height, rng.uniform(0.3, 1) * size)))
            picture, rows = _cut(picture, rows, top, bottom)
        yield MadePicture(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_GRAY2RGB), rows)


def calibrate(page: Path, head: Path, count: int, seed: int = 41) -> dict[str, Any]:
    """Fits all calibrations on ``count`` made pictures and writes them into the card of ``page``; returns figures."""
    cv2.setNumThreads(1)
    first = Reader()
    second = PageReader(first.classifier, page, head)
    pictures = list(made_pictures(count, seed))
    kept = {"calibration": fitted(*_detections(second, pictures))}
    card = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    _write(page, card | {"calibration": kept["calibration"].to_dict()})
    second = PageReader(first.classifier, page, head)
    pairs = [(first.first_steps(of.image).reading, second.read(of.image, 0.85), of.rows) for of in pictures]
    kept["choice"] = fitted(*_choices([(a, b.reading, b.printed, rows) for a, b, rows in pairs]))
    for name, one, two in (("first", 0, 1), ("second", 1, 0)):
        readings = [((a, b.reading)[one], (a, b.reading)[two], rows) for a, b, rows in pairs]
        kept[name] = fitted(*_digits(readings))
    card |= {"calibration": kept["calibration"].to_dict(),
             "arbitration": {name: kept[name].to_dict() for name in ("choice", "first", "second")}}  # fmt: skip
    _write(page, card)
    return {name: len(each.weights) for name, each in kept.items()}


def fitted(numbers: Numbers, right: Numbers, weights: Numbers, penalty: float = 3.0) -> Calibration:
    """A logistic regression of what is ``right`` (n,) on numbers (n, F), by Newton's method, with a ridge penalty."""
    means, scales = numbers.mean(axis=0), numbers.std(axis=0) + 1e-6
    design = np.column_stack([(numbers - means) / scales, np.ones(len(numbers))])
    found = np.zeros(design.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (likely - right)) + penalty * found
        curve = (design * (weights * likely * (1 - likely))[:, None]).T @ design
        step = np.linalg.solve(curve + penalty * np.eye(len(found)), slope)
        found -= step
        if np.abs(step).max() < 1e-6:
            break
    return Calibration(tuple(means.tolist()), tuple(scales.tolist()), tuple(found.tolist()))


def _detections(reader: PageReader, pictures: list[MadePicture]) -> tuple[Numbers, Numbers, Numbers]:
    numbers, right, weights = [], [], []
    for picture in pictures:
        seen = reader.evidence(picture.image)
        if seen is None:
            continue
        evidence = seen[1]
        overlap, of = _nearest(evidence.boxes, picture.rows)
        meant = (overlap >= _RIGHT) & (of[:, 0] == evidence.shares.argmax(axis=1)) & (of[:, 6] > 0)
        numbers.append(evidence.numbers)
        right.append(meant.astype(float))
        weights.append(1.0 - ((overlap > 0.3) & (of[:, 6] == 0)))
    return np.concatenate(numbers), np.concatenate(right), np.concatenate(weights)


def _choices(
    readings: list[tuple[Reading, Reading, NDArray[np.float32], NDArray[np.float32]]],
) -> tuple[Numbers, Numbers, Numbers]:
    """Pictures that one reader reads better; those of either reader weigh as much in all."""
    numbers, better, weights = [], [], []
    for first, second, printed, rows in readings:
        gain = _faults(first.digits, rows) - _faults(second.digits, rows)
        if gain:
            numbers.append(choice_numbers(first, second, printed))
            better.append(float(gain > 0))
            weights.append(min(_MOST_EDITS, abs(gain)))
    chosen, weight = np.array(better), np.array(weights)
    for side in (0.0, 1.0):
        weight[chosen == side] *= len(weight) / 2 / max(1e-9, weight[chosen == side].sum())
    return np.array(numbers), chosen, weight


def _digits(readings: list[tuple[Reading, Reading, NDArray[np.float32]]]) -> tuple[Numbers, Numbers, Numbers]:
    numbers, right, weights = [], [], []
    for own, other, rows in readings:
        if not own.digits:
            continue
        overlap, of = _nearest(np.array([digit.box.to_list() for digit in own.digits], np.float32), rows)
        values = np.array([digit.value for digit in own.digits])
        numbers.append(digit_numbers(own.digits, other.digits))
        right.append(((overlap > 0.3) & (of[:, 0] == values) & (of[:, 6] > 0)).astype(float))
        weights.append(1.0 - ((overlap > 0.2) & (of[:, 6] == 0)))
    return np.concatenate(numbers), np.concatenate(right), np.concatenate(weights)


def _faults(digits: tuple[Digit, ...], rows: NDArray[np.float32]) -> int:
    """Digits that are missing, wrong or invented; what is of no consequence is left out."""
    left = list(digits)
    faults = 0
    for label, *edges, _, meaning in rows[rows[:, 0] < 10].tolist():
        box = Box(*(round(edge) for edge in edges))
        best = max(left, key=lambda digit: digit.box.iou(box), default=None)
        hit = best is not None and best.box.iou(box) > 0.3
        if hit and best is not None:
            left.remove(best)
        faults += meaning > 0 and not (hit and best is not None and best.value == label)
    ignored = rows[rows[:, 6] == 0]
    boxes = np.array([digit.box.to_list() for digit in left], np.float32).reshape(-1, 4)
    return int(faults) + int((_nearest(boxes, ignored)[0] <= 0.2).sum())


def _nearest(
    boxes: NDArray[np.float32], rows: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each box (n, 4) the best intersection over union with a row's box, and that row."""
    if not len(rows):
        return np.zeros(len(boxes), np.float32), np.zeros((len(boxes), 7), np.float32)
    low = np.maximum(boxes[:, None, :2], rows[None, :, 1:3])
    high = np.minimum(boxes[:, None, 2:], rows[None, :, 3:5])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(np.maximum(b - a, 1e-3), axis=1) for a, b in ((boxes[:, :2], boxes[:, 2:]), (rows[:, 1:3], rows[:, 3:5]))]
    overlap = common / (areas[0][:, None] + areas[1][None] - common)
    return overlap.max(axis=1), rows[overlap.argmax(axis=1)]


def _cut(
    picture: NDArray[np.uint8], rows: NDArray[np.float32], top: int, bottom: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The rows of pixels from ``top`` to ``bottom``; symbols of which a quarter is cut off are of no consequence."""
    moved = rows.copy()
    moved[:, [2, 4]] -= top
    heights = np.maximum(moved[:, 4] - moved[:, 2], 1)
    seen = (np.minimum(moved[:, 4], bottom - top) - np.maximum(moved[:, 2], 0)) / heights
    moved[seen < 0.75, 6] = 0
    return picture[top:bottom], moved[seen > 0.1]


def _write(page: Path, card: dict[str, Any]) -> None:
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    page.with_suffix(".json").write_text(text, encoding="utf-8")
