"""The second reader: a page network that sees the grey picture as it is, and what it changes in a first reading.

It is at its best where ink meets print: tables, forms, boxes, squared paper. Where it differs from the first reader,
one of both is chosen (``choice``). Each digit has one probability that heeds both (``fusion``).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkread.calibration import Calibration
from inkread.choice import Seen, numbers_of_places, places_of
from inkread.confidence import digit_of
from inkread.detection import BoxHead, Detections, Detector, Evidence, as_grey, gather_evidence, with_mates
from inkread.detection.peaks import PeakSettings, without_duplicates
from inkread.errors import ModelError
from inkread.fusion import Candidates, FusionSettings, combined, judged, numbers_of_picture
from inkread.glyphs import normalise
from inkread.glyphs.box_ink import ink_in_box
from inkread.glyphs.classifier import Classifier
from inkread.inference.onnx_session import SHIPPED, Network, remedy
from inkread.layout import group_lines
from inkread.line_opinions import opinions_of_lines, with_lines
from inkread.lines.transcriber import Transcriber
from inkread.overlap import is_covered
from inkread.reading import Box, Digit, Line, Mark, Reading, Rejected

__all__ = ["SHIPPED_BOX_HEAD", "SHIPPED_PAGE", "SecondReader", "compared", "likely_digits"]

SHIPPED_PAGE, SHIPPED_BOX_HEAD = SHIPPED / "page.onnx", SHIPPED / "boxes.onnx"
_OVERLAP = PeakSettings(most_iou=0.4, most_covered=0.6, least_area=0.0)
"""A digit may hold what looks like a smaller one: the loop of a 9, the bar of a 7. Both are not kept."""

_LEAST_INK = 0.5
"""Ink (0 … 1) that a digit has somewhere."""


@dataclass(frozen=True, slots=True)
class SecondReaderSettings:
    """Chosen on ``develop/``: see docs/decisions/2026-11-30-two-readers.md."""

    least_digit: float = 0.25
    """Probability from which a digit is kept."""
    trust_in_first: float = 1.0
    """Added to the log odds of the first reader where both differ: made pages, on which the weights were fitted, are
    harder for it than real ones, and easier for the second reader (a prior shift: Saerens, Latinne, Decaestecker 2002).
    Not on pages with rules between several lines, where the first reader loses rows and reads rules as 1s. Chosen on
    ``develop/``."""
    trust_in_blanks: float = 0.5
    """The same on such pages where the first reader has no digit: half of its trust elsewhere."""
    least_in_line: float = 0.2
    """Score of a digit from which it tells where a line is."""
    least_mark: float = 0.45
    """Score of a centre from which it is a mark, or other writing."""
    least_on_binding: float = 0.8
    """The same of digits that only the second reader sees, in place of what the first one takes for a binding."""
    covered: float = 0.5
    """A mark that a digit covers by more is a part of it, and so are two boxes of one value."""
    touched: float = 0.3
    """What a digit covers by more is another opinion of it, and no digit beside it."""
    least_missed: float = 0.05
    """Probability from which a digit that was left out makes the one beside it less sure."""
    beside: float = 3.0
    """Heights of a digit within which another one is beside it."""
    most: int = 1200
    """Detections that are judged; of more, those with the best scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the networks make of a picture before it is compared with a first reading."""

    grey: NDArray[np.float32]
    found: Detections
    evidence: Evidence
    sure: NDArray[np.float32]
    """(n,) probability of each detection, for itself."""


def likely_digits(evidence: Evidence, sure: NDArray[np.float32]) -> Candidates:
    """The digits that may stand on a picture, several in one place; ``sure`` (n,) are their probabilities."""
    kept = np.flatnonzero(sure >= FusionSettings().likely)
    shares = evidence.shares[kept]
    return Candidates(evidence.boxes[kept], shares.argmax(axis=1), sure[kept], shares, evidence.head[kept])


def compared(
    own: Candidates,
    second: Candidates,
    head: NDArray[np.float32],
    of_first: NDArray[np.float32],
    of_second: NDArray[np.float32],
) -> Seen:
    """The digits of both readers in one row, with the probability of each and the box head's opinions (n, C + 1)."""
    return Seen(
        np.concatenate([own.boxes, second.boxes]),
        np.concatenate([own.values, second.values]),
        np.concatenate([of_first, of_second]),
        np.concatenate([head, second.head]),
    )


class SecondReader:
    """Sees pictures with a page network and a box head (paths of ONNX files; None: those that ship)."""

    def __init__(
        self,
        classifier: Classifier,
        page: Path | None = None,
        head: Path | None = None,
        settings: SecondReaderSettings = SecondReaderSettings(),
        transcriber: Transcriber | None = None,
    ) -> None:
        self._page, self._head = Network(page or SHIPPED_PAGE), Network(head or SHIPPED_BOX_HEAD)
        self._classifier = classifier
        self._transcriber = transcriber or Transcriber()
        self._detector = Detector(lambda grey: self._page.run(grey[None, ..., None])[0])
        self._box_head = BoxHead(self._head.run)
        self.settings = settings

    def with_classifier(self, classifier: Classifier) -> SecondReader:
        """The same with another glyph network; its own networks are shared."""
        other = copy.copy(self)
        other._classifier = classifier
        return other

    @property
    def networks(self) -> tuple[Network, Network]:
        """Both networks, each with its ``path`` and ``card``."""
        return self._page, self._head

    @cached_property
    def _calibrations(self) -> dict[str, Calibration]:
        try:
            found = self._page.card["calibrations"]
            calibrations = {
                name: Calibration.from_dict(found[name]) for name in ("page", "first", "second", "choice")
            }
            classes = self._page.card["classes"]
            if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
                raise TypeError("classes")
            return calibrations
        except (AttributeError, KeyError, TypeError, ValueError):
            todo = remedy(self._page.path, "run python -m inkread.training.pages calibrate")
            raise ModelError(f"{self._page.path}: its card lacks classes or calibrations; {todo}") from None

    def evidence(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Detections, Evidence] | None:
        """An upright picture (H, W, 3) in grey, what is found on it, and what speaks for it; None: nothing is."""
        found = self._detector.find(image)
        found = found[np.argsort(-found.scores, kind="stable")[: self.settings.most]]
        if not len(found):
            return None
        grey = as_grey(image)
        second = self._box_head.look(grey, found.boxes)
        glyphs = np.stack([normalise(ink_in_box(grey, box)) for box in second.boxes.tolist()])
        size_wh = grey.shape[1], grey.shape[0]
        marks = "".join(self._page.card["classes"][10:-1])
        evidence = gather_evidence(found, second, self._classifier.scores(glyphs), size_wh)
        evidence = with_mates(evidence, found.scores, marks)
        members = self._of_lines(evidence.boxes, found.scores * evidence.symbols[:, :10].sum(axis=1))
        return (
            grey,
            found,
            with_lines(evidence, opinions_of_lines(grey, evidence.boxes, members, self._transcriber)),
        )

    def _of_lines(self, boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.intp]:
        """Which detections tell where lines are: those that score as digits, each place once."""
        likely = np.flatnonzero(scores >= self.settings.least_in_line)
        return likely[without_duplicates(boxes[likely], scores[likely], _OVERLAP)]

    def look(self, image: NDArray[np.uint8]) -> Look | None:
        """What the networks make of an upright picture (H, W, 3) uint8; None: nothing is found."""
        seen = self.evidence(image)
        if seen is None:
            return None
        return Look(*seen, self._calibrations["page"].probabilities(seen[2].numbers))

    def sees_more_unturned(self, image: NDArray[np.uint8], degrees: int) -> bool:
        """Whether more digits are likely on ``image`` (H, W, 3) before it was turned by ``degrees`` to the right."""
        if not degrees:
            return False
        given = np.ascontiguousarray(np.rot90(image, degrees // 90))
        before, now = map(self._likely_digits, (given, image))
        return before > now

    def _likely_digits(self, image: NDArray[np.uint8]) -> float:
        """How many digits are likely on an upright picture (H, W, 3), each place counted once."""
        seen = self.look(image)
        if seen is None:
            return 0.0
        second = likely_digits(seen.evidence, seen.sure)
        return float(second.sure[self.kept(second)].sum())

    def opinions(self, grey: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the box head makes of boxes (n, 4) on a grey picture: (n, C + 1) probabilities, the last of nothing."""
        if not len(boxes):
            return np.zeros((0, len(self._page.card["classes"]) + 1), np.float32)
        return self._box_head.look(grey, boxes).classes

    def reconsidered(
        self, image: NDArray[np.uint8], first: Reading, min_confidence: float
    ) -> tuple[Reading, NDArray[np.float32] | None]:
        """A first reading of an upright picture (H, W, 3), with what the second reader sees besides.

        If other digits are read than at first, the grey picture (H, W) comes with it, else None.
        """
        seen = self.look(image)
        if seen is None:
            return first, None
        own, second = Candidates.of(first), likely_digits(seen.evidence, seen.sure)
        count = len(own.values)
        head = self.opinions(seen.grey, own.boxes)
        chosen, sure = self._chosen(seen, first, own, second, head)
        kept = [
            i
            for i in chosen
            if i < count or self._is_writing(seen, second.boxes[i - count], float(sure[i]), first)
        ]
        boxes = np.concatenate([own.boxes, second.boxes])
        sure = self._heeding_what_may_be_missing(boxes, kept, sure)
        digits = [
            _revised(first.digits[i], float(sure[i]), min_confidence)
            if i < count
            else self._digit(second, i - count, float(sure[i]), first, min_confidence)
            for i in kept
        ]
        if sorted(kept) == list(range(count)):
            revised = iter(digits)
            same = tuple(Line(tuple(next(revised) for _ in line.digits)) for line in first.lines)
            return replace(first, lines=same), None
        boxes = np.array([digit.box.to_list() for digit in digits], np.float32).reshape(-1, 4)
        lines = tuple(Line(tuple(digits[i] for i in line)) for line in group_lines(boxes))
        marks, rejected = self._others(seen, first, digits, kept)
        more, others = self._left_out(first, kept, head, [*digits, *marks, *rejected])
        return replace(first, lines=lines, marks=marks + more, rejected=rejected + others), seen.grey

    def printed(self, image: NDArray[np.uint8], reading: Reading) -> list[float]:
        """The probability that each digit, and then each mark, of a reading of a picture (H, W, 3) is type."""
        boxes = [digit.box.to_list() for digit in reading.digits] + [
            mark.box.to_list() for mark in reading.marks
        ]
        if not boxes:
            return []
        seen = self._box_head.look(as_grey(image), np.array(boxes, np.float32))
        return [float(share) for share in seen.printed]

    def _chosen(
        self, seen: Look, first: Reading, own: Candidates, second: Candidates, head: NDArray[np.float32]
    ) -> tuple[list[int], NDArray[np.float32]]:
        """Which digits of both readers are kept, those of the second counted on, and the probability of each."""
        of_first, of_second = judged(first, second, head, self._calibrations)
        sure = combined(own, second, of_first, of_second)
        count = len(own.values)
        alone = [count + i for i in self.kept(second)]
        if not alone:
            return list(range(count)), sure
        both = compared(own, second, head, of_first, of_second)
        agreed, places = places_of(both, range(count), alone)
        picture = numbers_of_picture(first, of_first, second)
        numbers = numbers_of_places(seen.grey, both, agreed, places, picture)
        ruled, settings = bool(picture[0]), self.settings
        trust = np.array([0.0 if ruled and place.first else settings.trust_in_blanks if ruled
                          else settings.trust_in_first for place in places])  # fmt: skip
        shares = self._calibrations["choice"].probabilities(numbers, trust)
        for place, share in zip(places, shares.tolist(), strict=True):
            right = list(place.first if share >= 0.5 else place.second)
            agreed += right
            sure[right] = np.minimum(sure[right], max(share, 1 - share))
        return sorted(agreed), sure

    def kept(self, second: Candidates) -> list[int]:
        """Which digits the second reader keeps by itself, each place once."""
        boxes, values, sure = second.boxes, second.values, second.sure
        likely = np.flatnonzero(sure >= self.settings.least_digit)
        alone = likely[without_duplicates(boxes[likely], sure[likely], _OVERLAP)]
        kept: list[int] = []
        for i in alone[np.argsort(-sure[alone], kind="stable")].tolist():
            alike = [j for j in kept if values[j] == values[i]]
            if not alike or not is_covered(boxes[[i]], boxes[alike], self.settings.covered)[0]:
                kept.append(i)
        return sorted(kept)

    def _heeding_what_may_be_missing(
        self, boxes: NDArray[np.float32], kept: Sequence[int], sure: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Probabilities (n,), those of ``kept`` digits lowered by the chance that one beside them was left out.

        A number is right only if nothing is missing: what was left out and lies on no digit counts for the nearest one.
        """
        told = sure.copy()
        at = boxes[list(kept)]
        out = np.setdiff1d(np.flatnonzero(sure >= self.settings.least_missed), kept)
        out = out[~is_covered(boxes[out], at, self.settings.touched)]
        middles, heights = (at[:, :2] + at[:, 2:]) / 2, at[:, 3] - at[:, 1]
        for i in out.tolist() if len(kept) else ():
            away = np.linalg.norm(middles - (boxes[i, :2] + boxes[i, 2:]) / 2, axis=1) / heights
            nearest = int(away.argmin())
            if away[nearest] < self.settings.beside:
                told[kept[nearest]] *= 1 - sure[i]
        return told

    def _digit(self, second: Candidates, i: int, sure: float, first: Reading, least: float) -> Digit:
        shares = second.shares[i] / max(float(second.shares[i].max()), 1e-6) * sure
        rest = max(float(shares.sum()) - sure, 1e-6)
        others = np.where(np.arange(10) == second.values[i], sure, shares * min(1.0, (1 - sure) / rest))
        return digit_of(others.tolist(), _whole_pixels(second.boxes[i : i + 1], first.size_wh)[0], least)

    def _others(
        self, seen: Look, first: Reading, digits: Sequence[Digit], kept: Sequence[int]
    ) -> tuple[tuple[Mark, ...], tuple[Rejected, ...]]:
        """Marks and what was left unread, as the reader saw it from whom most of the digits are."""
        boxes = np.array([digit.box.to_list() for digit in digits], np.float32).reshape(-1, 4)
        if 2 * sum(i < len(first.digits) for i in kept) > len(kept):
            return (
                tuple(each for each in first.marks if self._is_free(each.box, boxes)),
                tuple(each for each in first.rejected if self._is_free(each.box, boxes)),
            )
        classes, which = tuple(self._page.card["classes"]), seen.evidence.symbols.argmax(axis=1)
        likely = np.flatnonzero((which >= 10) & (seen.found.scores >= self.settings.least_mark))
        others = seen.found[likely]
        marks, rejected = [], []
        for i in likely[without_duplicates(others.boxes, others.scores)].tolist():
            box = _whole_pixels(seen.found.boxes[i : i + 1], first.size_wh)[0]
            if not self._is_free(box, boxes):
                continue
            name, share = classes[which[i]], float(seen.found.scores[i] * seen.evidence.symbols[i].max())
            if name == "other":
                rejected.append(Rejected(box, "other writing"))
            else:
                marks.append(Mark(name, round(share, 6), box))
        return tuple(marks), tuple(rejected)

    def _left_out(
        self,
        first: Reading,
        kept: Sequence[int],
        head: NDArray[np.float32],
        told: Sequence[Digit | Mark | Rejected],
    ) -> tuple[tuple[Mark, ...], tuple[Rejected, ...]]:
        """Ink that was a digit at first and is none now: marks, and what is no digit.

        Where the box head sees nothing, a rule or dirt was taken for a digit.
        """
        boxes = np.array([each.box.to_list() for each in told], np.float32).reshape(-1, 4)
        classes, marks, others = [*self._page.card["classes"], "nothing"], [], []
        for i, (digit, shares) in enumerate(zip(first.digits, head, strict=True)):
            seen = int(shares.argmax())
            if i in kept or classes[seen] == "nothing" or not self._is_free(digit.box, boxes):
                continue
            if seen < 10 or classes[seen] == "other":
                others.append(Rejected(digit.box, "not a digit"))
            else:
                marks.append(Mark(classes[seen], round(float(shares[seen]), 6), digit.box))
        return tuple(marks), tuple(others)

    def _is_writing(self, seen: Look, box: NDArray[np.float32], sure: float, first: Reading) -> bool:
        """Whether a box that only the second reader sees holds ink, and is no ring of a spiral binding."""
        bindings = [each.box.to_list() for each in first.rejected if each.reason == "binding"]
        if bindings and sure < self.settings.least_on_binding:
            rings = np.array(bindings, np.float32)
            if is_covered(box[None], rings, self.settings.covered)[0]:
                return False
        ink = ink_in_box(seen.grey, _whole_pixels(box[None], first.size_wh)[0].to_list())
        return bool(ink.max(initial=0) > _LEAST_INK)

    def _is_free(self, box: Box, digits: NDArray[np.float32]) -> bool:
        """Whether no digit covers much of a box."""
        return not is_covered(np.array([box.to_list()], np.float32), digits, self.settings.covered)[0]


def _revised(digit: Digit, sure: float, least: float) -> Digit:
    """The digit with another probability; its runners-up keep their shares of the rest."""
    sure = round(sure, 6)
    rest = (1 - sure) / max(1 - digit.confidence, 1e-6)
    runners_up = tuple(
        (value, round(min(share * rest, sure, 1 - sure), 6)) for value, share in digit.runners_up
    )
    return replace(digit, confidence=sure, doubtful=sure < least, runners_up=runners_up)


def _whole_pixels(boxes: NDArray[np.float32], size_wh: Sequence[int]) -> list[Box]:
    """Boxes in whole pixels of a picture, at least one pixel wide and high."""
    width, height = size_wh
    low = np.clip(np.rint(boxes[:, :2]), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.rint(boxes[:, 2:]), low + 1, [width, height]).astype(int)
    return [Box(*edges) for edges in np.concatenate([low, high], axis=1).tolist()]
