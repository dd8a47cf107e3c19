"""Where two readers differ, which of them is right: one choice for each place, by a logistic regression.

A place is a group of boxes that lie on each other. The readers are compared there as a whole: how probable their digits
are, whether digits are left out, how alike their heights are, and how much of the ink lies in no box, or in two. Made
pages teach the weights (conditional logit: McFadden 1974).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkread.calibration import log_odds
from inkread.glyphs.box_ink import ink_around
from inkread.overlap import common_areas, iou_matrix

__all__ = ["ChoiceSettings", "Place", "Seen", "numbers_of_places", "places_of"]

Numbers = NDArray[np.float64]
Boxes = NDArray[np.float32]
_OF_A_READING = 11
"""Numbers that speak for one reading of a place."""


@dataclass(frozen=True, slots=True)
class ChoiceSettings:
    """How places are made, and what is compared."""

    touches: float = 0.15
    """Share of the smaller box from which two boxes are in one place."""
    same: float = 0.3
    """Intersection over union from which boxes of one value are the same digit."""
    inked: float = 0.5
    """Ink (0 … 1) from which a pixel counts."""
    room: float = 1.0
    """Pixels by which a box may miss ink."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All digits that either reader sees, and what is known of each."""

    boxes: Boxes
    """(n, 4) left, top, right, bottom in pixels."""
    values: NDArray[np.intp]
    """(n,) the digits."""
    sure: NDArray[np.float32]
    """(n,) probability of each."""
    head: NDArray[np.float32]
    """(n, C + 1) the box head's opinion of each; the last of nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where two readings differ: indices of all digits there, and of those of each reader, left to right."""

    all: tuple[int, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]


def places_of(
    seen: Seen, first: Sequence[int], second: Sequence[int], settings: ChoiceSettings = ChoiceSettings()
) -> tuple[list[int], list[Place]]:
    """The digits on which two readings agree, as the first one has them where it has them, and where they differ."""
    agreed: list[int] = []
    places = []
    for group in _groups(seen.boxes, sorted({*first, *second}), settings.touches):
        ordered = sorted(group, key=lambda i: float(seen.boxes[i, 0] + seen.boxes[i, 2]))
        of_first, of_second = (tuple(i for i in ordered if i in own) for own in (set(first), set(second)))
        if seen.values[list(of_first)].tolist() == seen.values[list(of_second)].tolist():
            agreed += of_first
        else:
            places.append(Place(tuple(ordered), of_first, of_second))
    return agreed, places


def numbers_of_places(
    grey: NDArray[np.float32],
    seen: Seen,
    agreed: Sequence[int],
    places: Sequence[Place],
    picture: Numbers,
    settings: ChoiceSettings = ChoiceSettings(),
) -> Numbers:
    """What tells if the first reader is right in each place: (n, F). ``picture`` (P,) is known of the whole picture."""
    usual = list(agreed) or [i for place in places for i in place.all]
    height = float(np.median(seen.boxes[usual, 3] - seen.boxes[usual, 1])) if usual else 1.0
    rows = []
    for place in places:
        ink = _ink(grey, seen, place, settings)
        first, second = (
            _worth(seen, place, digits, height, ink, settings) for digits in (place.first, place.second)
        )
        more = len(place.first) - len(place.second)
        rows.append([*(first - second), *picture, *(more * picture)])
    return np.array(rows, np.float64).reshape(len(rows), _OF_A_READING + 2 * len(picture))


def _worth(
    seen: Seen,
    place: Place,
    digits: Sequence[int],
    height: float,
    ink: tuple[NDArray[np.bool_], float, float],
    settings: ChoiceSettings,
) -> Numbers:
    """What speaks for one reading of a place; empty readings have a number of their own."""
    kept = list(digits)
    boxes, sure = seen.boxes[kept], np.clip(seen.sure[kept].astype(float), 0.01, 0.99)
    left_out = [i for i in place.all if i not in digits and not _repeats(seen, i, kept, settings.same)]
    of_head = log_odds(seen.head[kept, seen.values[kept]])
    mask, left, top = ink
    cover = np.zeros(mask.shape, int)
    for x, y, right, bottom in np.rint(boxes - [left, top, left, top] + [-1, -1, 1, 1]).astype(int).tolist():
        cover[max(0, y) : max(0, bottom), max(0, x) : max(0, right)] += 1
    total = max(int(mask.sum()), 1)
    sizes = np.log(np.maximum(boxes[:, 3] - boxes[:, 1], 1) / max(height, 1.0))
    return np.array(
        [
            len(kept),
            np.log(sure).sum(),
            np.log1p(-np.clip(seen.sure[left_out].astype(float), 0.01, 0.99)).sum(),
            log_odds(sure).min() if kept else 0.0,
            (mask & (cover == 0)).sum() / total,
            (mask & (cover > 1)).sum() / total,
            np.abs(sizes).sum(),
            log_odds(seen.head[kept, -1]).sum(),
            of_head.sum(),
            of_head.min() if kept else 0.0,
            not kept,
        ],
        np.float64,
    )


def _ink(
    grey: NDArray[np.float32], seen: Seen, place: Place, settings: ChoiceSettings
) -> tuple[NDArray[np.bool_], float, float]:
    """Where there is ink around a place, and the left and top of that."""
    boxes = seen.boxes[list(place.all)]
    left, top, ink = ink_around(
        grey, [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
    )
    return ink > settings.inked, left, top


def _repeats(seen: Seen, i: int, kept: Sequence[int], same: float) -> bool:
    """Whether a digit is one of those that are kept, in another box."""
    alike = [j for j in kept if seen.values[j] == seen.values[i]]
    return bool(alike) and bool((iou_matrix(seen.boxes[[i]], seen.boxes[alike]) > same).any())


def _groups(boxes: Boxes, indices: Sequence[int], touches: float) -> Iterator[list[int]]:
    """Digits whose boxes lie on each other, directly or by way of others."""
    common, own, _ = common_areas(boxes[list(indices)], boxes[list(indices)])
    linked = common > touches * np.minimum(own[:, None], own[None])
    left = set(range(len(indices)))
    while left:
        waiting, group = [left.pop()], []
        while waiting:
            group.append(waiting.pop())
            near = left.intersection(np.flatnonzero(linked[group[-1]]).tolist())
            left -= near
            waiting += near
        yield [indices[i] for i in group]
