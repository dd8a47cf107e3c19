"""Fits the calibrations of the second reader, and of its fusion with the first one, on made pages.

The hands of these pages are held back from training. ``develop/`` only checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.calibration import Calibration
from inkread.choice import Place, Seen, numbers_of_places, places_of
from inkread.detection import Evidence
from inkread.fusion import (
    Candidates,
    judged,
    needs_second,
    numbers_of_first,
    numbers_of_picture,
    numbers_of_second,
)
from inkread.overlap import iou_matrix
from inkread.reader import Reader
from inkread.reading import Box, Digit, Reading
from inkread.second_reader import SecondReader, compared, likely_digits
from inkread.training.formats.card import add_to_card
from inkread.training.lines.degradation import with_clutter
from inkread.training.lines.samples import clean_ink
from inkread.training.lines.texts import LETTER, made_text
from inkread.training.lines.writing import write_line
from inkread.training.synthesis.arrangements import KINDS
from inkread.training.synthesis.characters.degradation import on_paper
from inkread.training.synthesis.handwriting import Material, load_material
from inkread.training.synthesis.pages import made_page_of, plain_page_of
from inkread.training.synthesis.texts import class_of

Numbers = NDArray[np.float64]
Sample = tuple[Numbers, Numbers, Numbers]
"""Numbers (n, F), what is right (n,), 0 or 1, and weights (n,)."""
_RIGHT, _TOUCHED = 0.45, 0.25
"""Intersection over union of a box that is on its digit, and of one that may be on what is of no consequence."""
_IN_PLACE, _NO_MATTER = 0.3, 0.2
"""The same where the digits of a whole place are compared."""
_WELL_READ, _USUAL = 0.2, 4.0
"""Made pages are harder than real ones: pages of which the first reader misreads at most this share weigh so much."""
_CHOICE_PENALTY: Final = 10.0
"""There are fewer places on which both readers differ than digits."""
_PLAIN: Final = 0.5
"""Share of pictures with lines of writing alone."""
_CLEAN: Final = 0.6
"""Share of pictures on clean paper."""
_LINES: Final = 0.68
"""Share of pictures of one line each, made as the network for lines learns them: the page network knows the others."""
_ALONE, _SIGNS = 0.3, "#$*%#$*%=-/().,:+"
"""Share of these that are one letter or sign, where nothing is to be read, and the signs."""
_PAPERS: Final = {"clean": 0.5, "ruled": 0.15, "shaded": 0.2, "noisy": 0.15}
"""Share of each paper among them."""


@dataclass(frozen=True, slots=True, eq=False)
class MadePicture:
    """A picture (H, W, 3), and the rows of ``made_page`` of what stands on it."""

    image: NDArray[np.uint8]
    rows: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A made picture and what both readers see on it: a first reading, and the rest of the second reader."""

    grey: NDArray[np.float32]
    rows: NDArray[np.float32]
    reading: Reading
    evidence: Evidence
    head: NDArray[np.float32]
    """(n, C + 1) the box head's opinion of the first reading's digits."""


def made_pictures(count: int, seed: int) -> Iterator[MadePicture]:
    """Pictures as people have them: single digits, lines, fields and parts of pages, of many sizes."""
    material = load_material(validation=True)
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        if rng.random() < _LINES:
            yield _line(material, rng)
            continue
        kind = "lines" if rng.random() < _PLAIN else KINDS[rng.integers(len(KINDS))]
        height = float(np.exp(rng.uniform(np.log(15), np.log(100))))
        size = int(np.clip(height * rng.uniform(1.5, 14), 28, 560))
        make = plain_page_of if rng.random() < _CLEAN else made_page_of
        picture, rows = make(kind, height, material, rng, size)
        if rng.random() < 0.6:
            top = int(rng.uniform(0, 0.5) * size)
            bottom = int(min(size, top + max(1.3 * height, rng.uniform(0.3, 1) * size)))
            picture, rows = _cut(picture, rows, top, bottom)
        yield MadePicture(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_GRAY2RGB), rows)


def _line(material: Material, rng: np.random.Generator) -> MadePicture:
    """A line of writing, or a letter or sign alone, cut out of its page."""
    text, written = "", write_line("", material, rng)
    while not written.placed:
        text = made_text(rng)
        if rng.random() < _ALONE:
            text = LETTER if rng.random() < 0.5 else str(rng.choice(list(_SIGNS)))
        written = write_line(text, material, rng)
    ink, placed, margin = clean_ink(written)
    if rng.random() < 0.3:
        ink = with_clutter(ink, written.height, written.pen, margin, rng)
    boxes = np.array([each.box.to_list() for each in placed], np.float32)
    kind = str(rng.choice(list(_PAPERS), p=list(_PAPERS.values())))
    picture = on_paper(ink, kind, written.height, float(np.median(boxes[:, 3])), rng)
    scale = float(np.exp(rng.uniform(np.log(0.5), np.log(6 if len(text) == 1 else 3))))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    labels, ones = [class_of(symbol) for symbol in written.text], np.ones(len(placed))
    rows = np.column_stack([labels, boxes * scale, 0 * ones, ones]).astype(np.float32)
    return MadePicture(np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way)), rows)


def calibrate(page: Path, head: Path, count: int, seed: int = 41) -> dict[str, int]:
    """Fits all calibrations on ``count`` made pictures and writes them into the card of ``page``.

    Returns how many numbers each has.
    """
    cv2.setNumThreads(1)
    first = Reader()
    second = SecondReader(first.classifier, page, head)
    seen = [each for each in (_observed(first, second, of) for of in made_pictures(count, seed)) if each]
    kept = {"page": fitted(*_joined([_detections(each) for each in seen]))}
    doubtful = [each for each in seen if needs_second(each.reading)]
    pairs = [_compared(each, kept["page"]) for each in doubtful]
    kept["first"] = fitted(*_joined([each[0] for each in pairs]))
    kept["second"] = fitted(*_joined([each[1] for each in pairs]))
    places = [_disputed(each, kept, second) for each in doubtful]
    kept["choice"] = fitted(*_joined([each for each in places if len(each[0])]), penalty=_CHOICE_PENALTY)
    add_to_card(page, calibrations={name: each.to_dict() for name, each in kept.items()})
    return {name: len(each.weights) for name, each in kept.items()}


def fitted(numbers: Numbers, right: Numbers, weights: Numbers, penalty: float = 100.0) -> Calibration:
    """A logistic regression of what is ``right`` (n,) on numbers (n, F), by Newton's method, with a ridge penalty."""
    means, spread = numbers.mean(axis=0), numbers.std(axis=0)
    scales = np.where(spread > 1e-3, spread, 1.0)  # what never changes tells nothing
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


def _joined(parts: list[Sample]) -> Sample:
    numbers, right, weights = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return numbers, right, weights


def _observed(first: Reader, second: SecondReader, picture: MadePicture) -> Observed | None:
    """What both readers see; None where the second one sees nothing."""
    seen = second.evidence(picture.image)
    if seen is None:
        return None
    grey, _, evidence = seen
    reading = first.first_steps(picture.image).reading
    head = second.opinions(grey, Candidates.of(reading).boxes)
    return Observed(grey, picture.rows, reading, evidence, head)


def _detections(seen: Observed) -> Sample:
    """What speaks for each detection, and whether it is right."""
    evidence = seen.evidence
    return evidence.numbers, *_judged(evidence.boxes, evidence.shares.argmax(axis=1), seen.rows)


def _candidates(seen: Observed, page: Calibration) -> Candidates:
    return likely_digits(seen.evidence, page.probabilities(seen.evidence.numbers))


def _compared(seen: Observed, page: Calibration) -> tuple[Sample, Sample]:
    """What tells if the digits of both readers are right, where a second one is asked."""
    rows, own, candidates = seen.rows, Candidates.of(seen.reading), _candidates(seen, page)
    numbers = numbers_of_first(seen.reading, candidates, seen.head)
    others = numbers_of_second(seen.reading, candidates)
    meant = int(((rows[:, 0] < 10) & (rows[:, 6] > 0)).sum())
    usual = _USUAL if _faults(seen.reading.digits, rows) <= _WELL_READ * max(1, meant) else 1.0
    samples = []
    for of, each in ((own, numbers), (candidates, others)):
        right, weights = _judged(of.boxes, of.values, rows)
        samples.append((each, right, weights * usual))
    return samples[0], samples[1]


def _disputed(seen: Observed, kept: dict[str, Calibration], reader: SecondReader) -> Sample:
    """What tells which reader is right where they differ; places where both are wrong, or both right, weigh nothing."""
    own, second = Candidates.of(seen.reading), _candidates(seen, kept["page"])
    of_first, of_second = judged(seen.reading, second, seen.head, kept)
    both = compared(own, second, seen.head, of_first, of_second)
    count = len(own.values)
    agreed, places = places_of(both, range(count), [count + i for i in reader.kept(second)])
    picture = numbers_of_picture(seen.reading, of_first, second)
    numbers = numbers_of_places(seen.grey, both, agreed, places, picture)
    right = np.array(
        [[_is_right(both, place, of, seen.rows) for of in (place.first, place.second)] for place in places],
        float,
    ).reshape(-1, 2)
    return numbers, right[:, 0], np.abs(right[:, 0] - right[:, 1])


def _is_right(seen: Seen, place: Place, digits: tuple[int, ...], rows: NDArray[np.float32]) -> bool:
    """Whether digits are those that stand in a place, each once, and no others."""
    boxes = seen.boxes[list(place.all)]
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    middles = (rows[:, 1:3] + rows[:, 3:5]) / 2
    there = rows[(rows[:, 0] < 10) & (rows[:, 6] > 0) & ((middles > low) & (middles < high)).all(axis=1)]
    overlap = iou_matrix(seen.boxes[list(digits)], there[:, 1:5])
    left = list(range(len(digits)))
    for column, row in enumerate(there):
        best = max(left, key=lambda i: float(overlap[i, column]), default=None)
        if best is None or overlap[best, column] <= _IN_PLACE or seen.values[digits[best]] != row[0]:
            return False
        left.remove(best)
    others = _nearest(seen.boxes[[digits[i] for i in left]], rows[rows[:, 6] == 0])[0]
    return bool((others >= _NO_MATTER).all())


def _judged(
    boxes: NDArray[np.float32], values: NDArray[np.intp], rows: NDArray[np.float32]
) -> tuple[Numbers, Numbers]:
    """Which digits (n,) are right, and their weights: 0 for those on what is of no consequence."""
    overlap, of = _nearest(boxes, rows)
    right = (overlap >= _RIGHT) & (of[:, 0] == values) & (of[:, 6] > 0)
    return right.astype(float), 1.0 - ((overlap > _TOUCHED) & (of[:, 6] == 0))


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
    overlap = iou_matrix(boxes, rows[:, 1:5])
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
