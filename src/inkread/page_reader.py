"""Picture -> reading, by the page network: detection, second look, judgement, layout.

It is the second reader of ``reader``: it sees grey pictures as they are, and is at its best where ink meets print.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.box_ink import ink_in_box
from inkread.calibration import Calibration
from inkread.classifier import Classifier
from inkread.confidence import digit_of
from inkread.detection import BoxHead, Detections, Detector, Evidence, as_grey, gather_evidence
from inkread.detection.peaks import PeakSettings, without_duplicates
from inkread.glyphs import normalise
from inkread.layout import group_lines
from inkread.network import SHIPPED, Network
from inkread.reading import Box, Line, Mark, Reading, Rejected

__all__ = ["SHIPPED_BOX_HEAD", "SHIPPED_PAGE", "PageReader", "PageReaderSettings", "PageReading"]

SHIPPED_PAGE, SHIPPED_BOX_HEAD = SHIPPED / "page.onnx", SHIPPED / "boxes.onnx"


@dataclass(frozen=True, slots=True)
class PageReaderSettings:
    """Chosen on ``develop/`` and on made pages: see docs/decisions/2026-11-30-two-readers.md."""

    least_digit: float = 0.3
    """Probability of a detection from which it is a digit."""
    least_mark: float = 0.45
    """Score of a centre from which it is a mark, or other writing."""
    most_covered: float = 0.5
    """A mark that a digit covers by more is a part of it."""
    repeated: float = 0.7
    """Detections that overlap by more are looked at once."""
    most: int = 1200
    """Detections that are judged; of more, the best."""


@dataclass(frozen=True, eq=False)
class PageReading:
    """A reading, and what was seen of each of its digits, in the order of ``reading.digits``."""

    reading: Reading
    glyphs: NDArray[np.float32]
    """(n, 28, 28), 0 paper … 1 ink."""
    scores: NDArray[np.float32]
    """(n, C) what the glyph network makes of each glyph."""
    printed: NDArray[np.float32]
    """(n,) probability that the digit is type."""
    ink: NDArray[np.float32]
    """(H, W) 0 paper … 1 ink: that of all digits."""
    labels: NDArray[np.int32]
    """(H, W) which digit each pixel of ink belongs to, counted from 1; 0: none."""


class PageReader:
    """Reads pictures with a page network and a box head (paths of ONNX files; None: those that ship)."""

    def __init__(
        self,
        classifier: Classifier,
        page: Path | None = None,
        head: Path | None = None,
        settings: PageReaderSettings = PageReaderSettings(),
    ) -> None:
        self._page, self._head = Network(page or SHIPPED_PAGE), Network(head or SHIPPED_BOX_HEAD)
        self._classifier = classifier
        self._detector = Detector(lambda grey: self._page.run(grey[None, ..., None])[0])
        self._second = BoxHead(self._head.run)
        self.settings = settings

    @property
    def networks(self) -> tuple[Network, Network]:
        """Both networks, each with its ``path`` and ``card``."""
        return self._page, self._head

    @property
    def arbitration(self) -> dict[str, Calibration]:
        """What chooses between this reader and the first one."""
        return {name: Calibration.from_dict(of) for name, of in self._page.card["arbitration"].items()}

    def evidence(self, image: NDArray[np.uint8]) -> tuple[Detections, Evidence] | None:
        """What is found on an upright picture (H, W, 3), and what speaks for it; None: nothing is found."""
        found = self._detector.find(image)
        found = found[np.argsort(-found.scores, kind="stable")[: self.settings.most]]
        if not len(found):
            return None
        grey = as_grey(image)
        second = self._second.look(grey, found.boxes)
        glyphs = np.stack([normalise(ink_in_box(grey, box)) for box in second.boxes.tolist()])
        size_wh = grey.shape[1], grey.shape[0]
        return found, gather_evidence(found, second, self._classifier.scores(glyphs), size_wh)

    def read(self, image: NDArray[np.uint8], min_confidence: float) -> PageReading:
        """Reads an upright RGB picture (H, W, 3) uint8."""
        height, width = image.shape[:2]
        seen = self.evidence(image)
        if seen is None:
            return _nothing((width, height), len(self._classifier.classes))
        found, evidence = seen
        sure = Calibration.from_dict(self._page.card["calibration"]).probabilities(evidence.numbers)
        digits = self._digits(found, evidence, sure)
        boxes = _whole_pixels(evidence.boxes[digits], (width, height))
        lines = group_lines(evidence.boxes[digits])
        order = [i for line in lines for i in line]
        shares = evidence.shares[digits] * sure[digits, None]
        read = [digit_of(shares[i].tolist(), boxes[i], min_confidence) for i in range(len(digits))]
        marks, rejected = self._others(found, evidence, digits, (width, height))
        reading = Reading((width, height), tuple(Line(tuple(read[i] for i in line)) for line in lines),
                          marks, rejected)  # fmt: skip
        return self._seen(reading, as_grey(image), found.printed[digits][order])

    def _digits(self, found: Detections, evidence: Evidence, sure: NDArray[np.float32]) -> NDArray[np.intp]:
        """Which of the detections are digits, each once."""
        likely = np.flatnonzero(sure >= self.settings.least_digit)
        one = Detections(evidence.boxes[likely], sure[likely], np.eye(len(likely), dtype=np.float32),
                         found.printed[likely], found.scales[likely])  # fmt: skip
        one = without_duplicates(one, one.scores)
        # A digit may hold what looks like a smaller one: the loop of a 9, the bar of a 7.
        one = without_duplicates(one, one.scores, PeakSettings(least_area=0.0, most_covered=0.6))
        return likely[one.classes.argmax(axis=1)] if len(one) else likely[:0]

    def _others(
        self, found: Detections, evidence: Evidence, digits: NDArray[np.intp], size_wh: tuple[int, int]
    ) -> tuple[tuple[Mark, ...], tuple[Rejected, ...]]:
        """Marks and other writing beside the digits."""
        classes = tuple(self._page.card["classes"])
        which = evidence.symbols.argmax(axis=1)
        likely = np.flatnonzero((which >= 10) & (found.scores >= self.settings.least_mark))
        likely = likely[~_is_covered(found.boxes[likely], evidence.boxes[digits], self.settings.most_covered)]
        others = found[likely]
        marks, rejected = [], []
        kept = without_duplicates(
            Detections(others.boxes, others.scores, np.eye(len(likely), dtype=np.float32), others.printed, others.scales),
            others.scores,
        )  # fmt: skip
        for i in kept.classes.argmax(axis=1).tolist() if len(kept) else ():
            box = _whole_pixels(others.boxes[i : i + 1], size_wh)[0]
            name = classes[which[likely[i]]]
            if name == "other":
                rejected.append(Rejected(box, "other writing"))
            else:
                share = float(others.scores[i] * evidence.symbols[likely[i]].max())
                marks.append(Mark(name, round(share, 6), box))
        return tuple(marks), tuple(rejected)

    def _seen(self, reading: Reading, grey: NDArray[np.float32], printed: NDArray[np.float32]) -> PageReading:
        """The reading with the ink of its digits and the glyphs that the glyph network sees."""
        ink, labels = np.zeros(grey.shape, np.float32), np.zeros(grey.shape, np.int32)
        glyphs = []
        for number, digit in enumerate(reading.digits, 1):
            cut = ink_in_box(grey, digit.box.to_list())
            glyphs.append(normalise(cut))
            _lay(cut, digit.box, number, ink, labels)
        seen = np.array(glyphs, np.float32).reshape(-1, 28, 28)
        return PageReading(reading, seen, self._classifier.scores(seen), printed, ink, labels)


def _nothing(size_wh: tuple[int, int], classes: int) -> PageReading:
    empty = np.zeros((size_wh[1], size_wh[0]), np.float32)
    none = np.zeros((0, 28, 28), np.float32)
    return PageReading(
        Reading(size_wh), none, np.zeros((0, classes), np.float32), np.zeros(0, np.float32), empty,
        empty.astype(np.int32),
    )  # fmt: skip


def _lay(
    cut: NDArray[np.float32], box: Box, number: int, ink: NDArray[np.float32], labels: NDArray[np.int32]
) -> None:
    """Puts the ink of a box, which may be cut a little larger than the box, where it came from."""
    if cut.shape != (box.height, box.width):
        cut = cv2.resize(cut, (box.width, box.height), interpolation=cv2.INTER_AREA)
    window = np.s_[box.top : box.bottom, box.left : box.right]
    labels[window][cut > ink[window]] = number
    np.maximum(ink[window], cut, out=ink[window])


def _is_covered(
    boxes: NDArray[np.float32], by: NDArray[np.float32], most: float
) -> NDArray[np.bool_]:
    """Which boxes (n, 4) are covered by more than a share of their area by one of others (m, 4)."""
    low = np.maximum(boxes[:, None, :2], by[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], by[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3), axis=1)
    return np.asarray((common > most * areas[:, None]).any(axis=1))


def _whole_pixels(boxes: NDArray[np.float32], size_wh: Sequence[int]) -> list[Box]:
    """Boxes in whole pixels of a picture, at least one pixel wide and high."""
    width, height = size_wh
    low = np.clip(np.rint(boxes[:, :2]), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.rint(boxes[:, 2:]), low + 1, [width, height]).astype(int)
    return [Box(*edges) for edges in np.concatenate([low, high], axis=1).tolist()]
