"""What speaks for and against each detection being one digit: numbers for a logistic regression, and its ten shares.

The numbers hold the opinions of the page network, the box head and the glyph network. They also tell if other looks saw
the same digit, if another digit is seen in the same place, and if neighbours of similar height stand beside it.
Brackets and slashes look most like a 1: the numbers tell if another one stands on the line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkread.calibration import log_odds
from inkread.detection.box_head import Opinions
from inkread.detection.detections import Detections
from inkread.overlap import iou_matrix

__all__ = ["Evidence", "EvidenceSettings", "gather_evidence", "with_mates"]

Numbers = NDArray[np.float32]
_DIGITS: Final = slice(0, 10)


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Overlaps as intersection over union; distances in heights of the higher of two boxes."""

    weights: tuple[float, float, float] = (0.5, 0.5, 0.75)
    """Of the page network, the box head and the glyph network in log-linear pooling (Heskes 1998)."""
    same: float = 0.45
    """Two looks saw the same digit if their boxes overlap by more."""
    rival: float = 0.3
    """Another digit stands in the same place if the boxes overlap by more."""
    apart: float = 0.2
    """Neighbours overlap by less."""
    like: float = 0.6
    """The lower of two neighbours has at least this height of the higher."""
    level: float = 0.5
    """Neighbours' middles lie at most so far above each other, and this far apart:"""
    beside: tuple[float, float] = (0.2, 2.5)
    same_line: float = 0.6
    """Middles of symbols of one line lie at most so far above each other, and this far apart:"""
    along: tuple[float, float] = (0.2, 12.0)
    beside_each_other: float = 0.1
    """Two symbols of a line overlap by less."""
    usual_height: float = 26.0
    """Pixels of a digit as a look shows it best."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of ``n`` detections, before it is judged."""

    numbers: NDArray[np.float64]
    """(n, F) log odds, heights and neighbours."""
    shares: Numbers
    """(n, 10) probability of each digit, given that it is one; rows sum to 1."""
    symbols: Numbers
    """(n, C) probability of each class; rows sum to 1."""
    boxes: Numbers
    """(n, 4) in pixels of the picture: the mean of both networks' boxes."""
    head: Numbers
    """(n, C + 1) the box head's probabilities of the classes, and of nothing."""


def gather_evidence(
    found: Detections,
    second: Opinions,
    glyphs: Numbers,
    size_wh: tuple[int, int],
    settings: EvidenceSettings = EvidenceSettings(),
) -> Evidence:
    """The evidence for detections; ``glyphs`` (n, G) are the glyph network's scores, digits first."""
    symbols, shares = _pooled(found.classes, second.classes, glyphs, settings.weights)
    boxes = np.asarray((found.boxes + second.boxes) / 2, np.float32)
    best, rows = shares.argmax(axis=1), np.arange(len(found))
    sizes = boxes[:, 2:] - boxes[:, :2]
    heights = np.maximum(sizes[:, 1], 0.6 * sizes[:, 0])
    overlap = iou_matrix(boxes, boxes)
    np.fill_diagonal(overlap, 0)
    another = best[:, None] != best[None]
    repeats = (overlap > settings.same) & ~another & (found.scales[:, None] != found.scales[None])
    support = 1 - np.prod(np.where(repeats, 1 - np.clip(found.scores, 0, 0.95)[None], 1), axis=1)
    rivals = np.where((overlap > settings.rival) & another, found.scores[None], 0)
    left, right = _neighbours(
        boxes, heights, overlap, found.scores * symbols[:, _DIGITS].sum(axis=1), settings
    )
    seen = np.log2(np.maximum(heights * found.scales, 1) / settings.usual_height)
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > size_wh).any(axis=1)
    which = np.eye(10)[best]
    score = log_odds(found.scores)
    numbers = np.column_stack([
        score,
        *(log_odds(of[:, _DIGITS].sum(axis=1)) for of in (found.classes, second.classes, glyphs, symbols)),
        *(log_odds(of[rows, best]) for of in (found.classes, second.classes, glyphs)),
        log_odds(second.classes[:, -1]),
        np.log(symbols[rows, best] + 1e-4),
        log_odds(np.clip(support, 0.02, 0.99)),
        log_odds(np.clip(rivals.max(axis=1, initial=0), 0.02, 0.99)),
        seen, np.abs(seen), left, right, np.maximum(left, right), outside,
        which[:, 1:], which[:, 1] * score,
    ])  # fmt: skip
    return Evidence(numbers, shares, symbols, boxes, second.classes)


def with_mates(
    evidence: Evidence, scores: Numbers, marks: str, settings: EvidenceSettings = EvidenceSettings()
) -> Evidence:
    """The evidence, with how likely each detection is half of a pair of brackets, or one of several slashes.

    ``scores`` (n,) are those of the detections; ``marks`` are the classes behind the digits, a character each.
    """
    boxes = evidence.boxes
    sizes = boxes[:, 2:] - boxes[:, :2]
    heights = np.maximum(sizes[:, 1], 0.6 * sizes[:, 0])
    apart = iou_matrix(boxes, boxes) < settings.beside_each_other
    left, right = _sides(boxes, heights, apart, settings.same_line, settings.along)
    opening, closing, slash = (evidence.symbols[:, 10 + marks.index(mark)] for mark in "()/")

    def best(where: NDArray[np.bool_], of: Numbers) -> Numbers:
        return np.asarray(np.where(where, (of * scores)[None], 0).max(axis=1, initial=0))

    brackets = closing * best(left, opening) + opening * best(right, closing)
    mates = log_odds(np.column_stack([brackets, slash * best(left | right, slash)]), 0.005)
    return replace(evidence, numbers=np.column_stack([evidence.numbers, mates]))


def _pooled(
    page: Numbers, head: Numbers, glyphs: Numbers, weights: tuple[float, float, float]
) -> tuple[Numbers, Numbers]:
    """Probabilities (n, C) of all classes and (n, 10) of the digits alone, from three opinions."""
    logs = weights[0] * np.log(page + 1e-4) + weights[1] * np.log(head[:, :-1] + 1e-4)
    symbols = _normalized(logs)
    alone = glyphs[:, _DIGITS] / np.maximum(glyphs[:, _DIGITS].sum(axis=1, keepdims=True), 1e-6)
    shares = _normalized(logs[:, _DIGITS] + weights[2] * np.log(alone + 1e-3))
    symbols[:, _DIGITS] = symbols[:, _DIGITS].sum(axis=1, keepdims=True) * shares
    return symbols, shares


def _normalized(logs: Numbers) -> Numbers:
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _neighbours(
    boxes: Numbers, heights: Numbers, overlap: Numbers, scores: Numbers, settings: EvidenceSettings
) -> tuple[Numbers, Numbers]:
    """The best score of a neighbour at the left and at the right of each box."""
    higher = np.maximum(heights[:, None], heights[None])
    like = np.minimum(heights[:, None], heights[None]) > settings.like * higher
    sides = _sides(boxes, heights, like & (overlap < settings.apart), settings.level, settings.beside)
    left, right = (np.where(side, scores[None], 0).max(axis=1, initial=0) for side in sides)
    return left, right


def _sides(
    boxes: Numbers, heights: Numbers, may: NDArray[np.bool_], level: float, reach: tuple[float, float]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which boxes (n, n), of those that ``may``, stand at the left and at the right of each, on its level.

    ``level`` and ``reach`` are in heights of the higher of two boxes.
    """
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    across = middles[None, :, 0] - middles[:, None, 0]
    higher = np.maximum(heights[:, None], heights[None])
    may = may & (np.abs(middles[None, :, 1] - middles[:, None, 1]) < level * higher)
    near, far = (each * higher for each in reach)
    return may & (across < -near) & (across > -far), may & (across > near) & (across < far)
