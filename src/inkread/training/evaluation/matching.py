"""Which digit that was read is which digit that was written: the fewest mistakes, from left to right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inkread.reading import Box, Digit

Pair = tuple[int | None, int | None]
_NEARBY = 0.04
"""What a distance of one digit's height counts, in mistakes: it only ever decides among equals."""


def matched(truth: str, boxes: Sequence[Box], digits: Sequence[Digit]) -> list[Pair]:
    """Pairs (place in the truth, place in the reading), left to right; None: a digit left out, or one too many.

    ``boxes`` are where the digits of ``truth`` stand. Least edit distance (Levenshtein 1966); among equals, the digits
    that stand closest to each other.
    """
    height = max(1.0, float(np.median([box.height for box in boxes]))) if boxes else 1.0
    cost = np.zeros((len(truth) + 1, len(digits) + 1))
    cost[:, 0], cost[0] = np.arange(len(truth) + 1), np.arange(len(digits) + 1)
    step = np.zeros(cost.shape)
    for i, box in enumerate(boxes):
        for j, digit in enumerate(digits):
            away = abs(box.centre[0] - digit.box.centre[0]) / height
            step[i, j] = (truth[i] != str(digit.value)) + _NEARBY * min(1.0, away)
            cost[i + 1, j + 1] = min(cost[i, j] + step[i, j], cost[i, j + 1] + 1, cost[i + 1, j] + 1)
    return _way_back(cost, step)


def _way_back(cost: np.ndarray, step: np.ndarray) -> list[Pair]:
    pairs: list[Pair] = []
    i, j = (side - 1 for side in cost.shape)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + step[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
