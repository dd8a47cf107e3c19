"""Picture -> reading, by the page network: detection, second opinion, layout. Not yet behind any public option.

It is to replace ``reader``'s stages between the picture and the glyph once it reads every set at least as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.box_ink import ink_in_box
from inkread.classifier import Classifier
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, digit_of
from inkread.detection import Detections, Detector, as_grey
from inkread.glyphs import normalise
from inkread.images import DEFAULT_LIMITS, load_image
from inkread.layout import group_lines
from inkread.network import open_network, read_card
from inkread.reading import Box, Line, Mark, Reading, Rejected

__all__ = ["PageReader", "PageReaderSettings"]


@dataclass(frozen=True, slots=True)
class PageReaderSettings:
    """Chosen on ``develop/`` and on made pages: see docs/decisions/2026-11-30-page-network.md."""

    least_digit: float = 0.38
    """Score times the probability of being a digit; less is no digit."""
    least_mark: float = 0.45
    second_opinion: float = 0.75
    """Weight of the glyph network's log probabilities beside the page network's."""


class PageReader:
    """Reads pictures with the page network of the ONNX file ``page_model``, and the glyph network ``classifier``."""

    def __init__(
        self,
        page_model: Path,
        classifier: Classifier | None = None,
        *,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        settings: PageReaderSettings = PageReaderSettings(),
    ) -> None:
        card = read_card(page_model)
        self.classes: tuple[str, ...] = tuple(card["classes"])
        self._session = open_network(page_model, card["sha256"])
        self._input = self._session.get_inputs()[0].name
        self._classifier = classifier or Classifier()
        self._detector = Detector(self._cells)
        self.min_confidence = min_confidence
        self.settings = settings

    def read(self, source: Any) -> Reading:
        """Reads one picture: a path, bytes, a binary file, a PIL image or an array; raises UnreadableImage."""
        image = load_image(source, DEFAULT_LIMITS)
        found = self._detector.find(image)
        is_digit = found.classes.argmax(axis=1) < 10
        digits = found[
            is_digit & (found.scores * found.classes[:, :10].sum(axis=1) >= self.settings.least_digit)
        ]
        others = found[~is_digit & (found.scores >= self.settings.least_mark)]
        shares = self._shares(image, digits)
        boxes = _boxes_of(digits, image.shape)
        marks, rejected = self._marks_and_rejected(others, image.shape)
        lines = tuple(
            Line(tuple(digit_of(shares[i].tolist(), boxes[i], self.min_confidence) for i in line))
            for line in group_lines(digits.boxes)
        )
        return Reading((image.shape[1], image.shape[0]), lines, marks, rejected)

    def _cells(self, grey: NDArray[np.float32]) -> NDArray[np.float32]:
        cells: NDArray[np.float32] = self._session.run(None, {self._input: grey[None, ..., None]})[0][0]
        return cells

    def _shares(self, image: NDArray[np.uint8], digits: Detections) -> NDArray[np.float32]:
        """Probabilities (n, 10) of both networks together: log-linear pooling (Heskes 1998), not yet calibrated."""
        if not len(digits):
            return np.zeros((0, 10), np.float32)
        grey = as_grey(image)
        glyphs = np.stack([normalise(ink_in_box(grey, box)) for box in digits.boxes.tolist()])
        second = self._classifier.scores(glyphs)[:, :10]
        logs = np.log(digits.classes[:, :10] + 1e-4) + self.settings.second_opinion * np.log(second + 1e-3)
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        sure = np.clip(digits.scores * digits.classes[:, :10].sum(axis=1), 0, 1)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True) * sure[:, None], np.float32)

    def _marks_and_rejected(
        self, others: Detections, shape: tuple[int, ...]
    ) -> tuple[tuple[Mark, ...], tuple[Rejected, ...]]:
        marks, rejected = [], []
        for box, label, score in zip(
            _boxes_of(others, shape),
            others.classes.argmax(axis=1).tolist(),
            others.scores.tolist(),
            strict=True,
        ):
            if self.classes[label] == "other":
                rejected.append(Rejected(box, "other writing"))
            else:
                marks.append(Mark(self.classes[label], round(score, 6), box))
        return tuple(marks), tuple(rejected)


def _boxes_of(found: Detections, shape: tuple[int, ...]) -> list[Box]:
    """The boxes in whole pixels of a picture, at least one pixel wide and high."""
    height, width = shape[:2]
    low = np.clip(np.rint(found.boxes[:, :2]), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.rint(found.boxes[:, 2:]), low + 1, [width, height]).astype(int)
    return [Box(*edges) for edges in np.concatenate([low, high], axis=1).tolist()]
