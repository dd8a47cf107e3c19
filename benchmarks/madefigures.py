"""What counts in made numbers: the figures of a group of them, and their table.

This module does not know who reads, nor how the numbers are made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inkread.reading import Box, Digit
from inkread.training.evaluation.doubt_threshold import matched
from inkread.training.evaluation.metrics import calibrate
from sets import Share

__all__ = ["CLOSE", "Figures", "Outcome", "figures", "table"]

CLOSE = 0.8
"""A box is close to the true one from this intersection over union on."""


@dataclass(frozen=True)
class Outcome:
    """One made number as it was read; ``digits`` are those read, in reading order."""

    number: int
    spacing: str
    paper: str
    truth: str
    boxes: tuple[Box, ...]
    digits: tuple[Digit, ...]

    @property
    def text(self) -> str:
        return "".join(str(digit.value) for digit in self.digits)

    @property
    def is_right(self) -> bool:
        return self.text == self.truth


@dataclass(frozen=True)
class Figures:
    """Of a group of numbers: numbers and digits read right, boxes, and what confidence is worth.

    ``boxes`` are those close to the truth among digits read right; ``accepted`` the digits that are not doubtful among
    all that were read; ``wrong`` those of them that are wrong, over the digits written; ``ece`` the expected
    calibration error of the digits read.
    """

    exact: Share
    digits: Share
    boxes: Share
    accepted: Share
    wrong: Share
    ece: float


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of a group of numbers."""
    written = sum(len(outcome.truth) for outcome in outcomes)
    right, close, confidences, correct, sure = 0, 0, [], [], []
    for outcome in outcomes:
        for i, j in matched(outcome.truth, outcome.boxes, outcome.digits):
            if j is None:
                continue
            digit = outcome.digits[j]
            hit = i is not None and outcome.truth[i] == str(digit.value)
            right += hit
            close += hit and outcome.boxes[i].iou(digit.box) >= CLOSE
            confidences.append(digit.confidence)
            correct.append(hit)
            sure.append(not digit.doubtful)
    wrong = sum(yes and not hit for yes, hit in zip(sure, correct, strict=True))
    return Figures(
        exact=Share(sum(outcome.is_right for outcome in outcomes), len(outcomes)),
        digits=Share(right, written),
        boxes=Share(close, right),
        accepted=Share(sum(sure), len(sure)),
        wrong=Share(wrong, written),
        ece=calibrate(np.array(confidences), np.array(correct)).ece if confidences else float("nan"),
    )


def table(groups: Iterable[tuple[str, Sequence[Outcome]]], papers: Sequence[str]) -> list[str]:
    """The lines of a Markdown table, a row per named group."""
    head = ["numbers", "n", "exact", "95 % interval", *(f"on {paper}" for paper in papers), "digits right",
            f"boxes ≥ {CLOSE}", "accepted", "wrong and accepted", "ECE"]  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, group in groups:
        found = figures(group)
        on = [figures([o for o in group if o.paper == paper]).exact for paper in papers]
        cells = [name, found.exact.n, found.exact, found.exact.bounds, *on, found.digits, found.boxes,
                 found.accepted, found.wrong, f"{100 * found.ece:.2f} %"]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines
