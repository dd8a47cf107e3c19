"""Corrections of one hand -> another opinion of glyphs that look like them.

    adaptation = Adaptation.fit(embeddings, scores, labels)
    adaptation.adapted(embeddings, scores)             # scores of any glyphs, as this hand means them

Kernel logistic regression on the unit-length embedding of the glyph network: a correction moves the log scores of
glyphs near it, and of no others. How far is chosen by cross-validation on the corrections themselves: where they do
not predict each other, nothing moves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.classifier import Classifier
from inkread.confidence import digit_of
from inkread.corrections import Correction, Corrections, has_ink
from inkread.errors import InkreadError
from inkread.glyphs import GLYPH_SIZE, normalise
from inkread.images import load_image
from inkread.reading import Digit, Line

if TYPE_CHECKING:
    from inkread.steps import Steps

Scores = NDArray[np.float32]
OwnCorrections = bool | str | os.PathLike[str] | Corrections
"""Corrections to heed: True for the user's own, a folder, or a store; False for none."""
_SAME_PLACE: Final = 0.5
"""Intersection over union from which a candidate and a digit are the same ink."""
_LIKELY: Final = 0.5
"""Adapted probability of a digit from which it stands against what other networks see in the line or on the page."""
_READ: Final = 0.6
"""Probability that the value of a reading has beside the glyph's own scores: see ``as_read``."""
_LEAST: Final = 1e-6
"""Scores below this count as this much: the largest move that a correction must make is bounded."""


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """Chosen on made hands of training and validation writers: see docs/decisions/2026-11-30-adaptation.md."""

    width: float = 0.3
    """Standard deviation of the kernel, in units of an embedding of length 1."""
    ridge: float = 0.11
    """The weight that keeps moves small, for each variant of a correction."""
    steps: int = 300
    """Gradient steps of one fit."""
    strengths: tuple[float, ...] = (0.25, 0.5, 1.0)
    """Shares of the fitted move among which cross-validation chooses, besides none at all."""
    folds: int = 10
    """Parts of the corrections that are predicted from the others in turn."""
    most: int = 500
    """Corrections that are learned from, the newest, and their variants."""


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """What ``n`` corrections move: ``centres`` (n, E) embeddings of length 1, ``moves`` (n, C) of log scores."""

    centres: Scores
    moves: Scores
    settings: AdaptationSettings = AdaptationSettings()

    @classmethod
    def fit(
        cls,
        embeddings: Scores,
        scores: Scores,
        labels: NDArray[np.intp],
        settings: AdaptationSettings = AdaptationSettings(),
        of: NDArray[np.intp] | None = None,
    ) -> Adaptation | None:
        """The adaptation to corrected glyphs: (n, E), (n, C) and (n,) of them; None where nothing should move.

        ``of`` (n,) numbers the correction that a glyph belongs to, if several are variants of one.
        """
        of = np.arange(len(labels)) if of is None else of
        settings = replace(settings, ridge=settings.ridge * len(of) / max(1, len(np.unique(of))))
        centres = _unit(embeddings)
        kernel = _kernel(centres, centres, settings.width)
        strength = _best_strength(kernel, scores, labels, of, settings)
        if not strength:
            return None
        moves = strength * _fitted(kernel, scores, labels, settings)
        found = cls(centres, np.asarray(moves, np.float32), settings)
        return found if _right(found.adapted(embeddings, scores), labels) > _right(scores, labels) else None

    def adapted(self, embeddings: Scores, scores: Scores) -> Scores:
        """Scores (n, C) of glyphs as the corrections move them; rows sum to 1."""
        if not len(scores):
            return scores
        kernel = _kernel(_unit(embeddings), self.centres, self.settings.width)
        return _shares(_log(scores) + kernel @ self.moves)


def _best_strength(
    kernel: Scores,
    scores: Scores,
    labels: NDArray[np.intp],
    of: NDArray[np.intp],
    settings: AdaptationSettings,
) -> float:
    """The share of the move that predicts each correction best from the others; 0: none predicts more of them."""
    corrections, plain = len(np.unique(of)), _log(scores)
    if corrections < 2:
        return 0.0
    moved = np.zeros_like(plain)
    folds = of % min(corrections, settings.folds)
    for fold in range(folds.max() + 1):
        out, others = folds == fold, folds != fold
        moves = _fitted(kernel[np.ix_(others, others)], scores[others], labels[others], settings)
        moved[out] = kernel[np.ix_(out, others)] @ moves
    right = _right(plain, labels)
    better = [share for share in settings.strengths if _right(plain + share * moved, labels) > right]
    return min(better, key=lambda share: _loss(plain + share * moved, labels), default=0.0)


def _fitted(kernel: Scores, scores: Scores, labels: NDArray[np.intp], settings: AdaptationSettings) -> Scores:
    """Moves (n, C) that minimise the cross-entropy of the labels and the size of the move (functional gradient)."""
    plain, wanted = _log(scores), np.eye(scores.shape[1], dtype=np.float32)[labels]
    moves = np.zeros_like(plain)
    # The largest eigenvalue of the kernel is at most its largest row sum; a softmax bends by half at most.
    rate = 1 / (settings.ridge + 0.5 * float(kernel.sum(axis=1).max(initial=0)))
    for _ in range(settings.steps):
        moves += rate * (wanted - _shares(plain + kernel @ moves) - settings.ridge * moves)
    return moves


def _kernel(some: Scores, others: Scores, width: float) -> Scores:
    """How alike embeddings (n, E) and (m, E) of length 1 are: (n, m), 1 for the same."""
    return np.asarray(np.exp((some @ others.T - 1) / np.float32(width * width)), np.float32)


def _unit(embeddings: Scores) -> Scores:
    return embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), _LEAST)


def _log(scores: Scores) -> Scores:
    return np.asarray(np.log(np.maximum(scores, _LEAST)), np.float32)


def _shares(logs: Scores) -> Scores:
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _right(scores: Scores, labels: NDArray[np.intp]) -> int:
    """How many rows have their largest score at their label."""
    return int(np.count_nonzero(scores.argmax(axis=1) == labels))


def _loss(logs: Scores, labels: NDArray[np.intp]) -> float:
    """The mean cross-entropy of labels (n,) in nats."""
    return float(-_log(_shares(logs))[np.arange(len(labels)), labels].mean())


class AdaptedClassifier(Classifier):
    """A classifier whose scores heed the corrections in a store, as it is at each call; ``plain`` does not heed them.

    Without corrections, the scores are those of ``plain``, bit by bit. Raises ModelError for a network without an
    embedding as soon as there are corrections.
    """

    def __init__(self, plain: Classifier, store: Corrections) -> None:
        super().__init__(plain.path)
        self.plain, self.store = plain, store
        self._fitting = threading.Lock()
        self._known: tuple[Correction, ...] = ()
        self._adaptations: tuple[Adaptation | None, Adaptation | None] = None, None
        self._glyphs: dict[str, Scores] = {}

    @property
    def _session(self) -> Any:
        return self.plain._session  # the network is loaded once

    def scores(self, glyphs: Scores) -> Scores:
        """Scores (n, C) float32 of each class for glyphs (n, 28, 28) float32, 0 paper … 1 ink; rows sum to 1."""
        adaptation = self.adaptations[0]
        if adaptation is None:
            return self.plain.scores(glyphs)
        scores, embeddings = self.plain.scores_and_embeddings(glyphs)
        return adaptation.adapted(embeddings, scores)

    def embed(self, glyphs: Scores) -> Scores:
        """What the network tells the classes from: (n, E) float32. Corrections do not change it."""
        return self.plain.embed(glyphs)

    @property
    def adaptations(self) -> tuple[Adaptation | None, Adaptation | None]:
        """What the corrections in the store change now: of glyphs, and of readings. None where nothing moves."""
        with self._fitting:
            kept = self.store.list()
            if kept != self._known:
                self._adaptations = self._fitted(self.store.newest(AdaptationSettings().most))
                self._known = kept
            return self._adaptations

    def _fitted(self, kept: tuple[Correction, ...]) -> tuple[Adaptation | None, Adaptation | None]:
        self._glyphs = {each.id: self._glyphs[each.id] if each.id in self._glyphs else _glyphs_of(each)
                        for each in kept}  # fmt: skip
        usable = [each for each in kept if len(self._glyphs[each.id])]
        if not usable:
            return None, None
        most = max(1, AdaptationSettings().most // len(usable))
        glyphs = [self._glyphs[each.id][:most] for each in usable]
        of = np.repeat(np.arange(len(usable)), [len(variants) for variants in glyphs])
        scores, embeddings = self.plain.scores_and_embeddings(np.concatenate(glyphs))
        labels = np.array([each.label for each in usable], np.intp)[of]
        read = as_read(scores, [usable[i].guessed for i in of])
        return Adaptation.fit(embeddings, scores, labels, of=of), Adaptation.fit(
            embeddings, read, labels, of=of
        )


def as_read(scores: Scores, values: Sequence[int | None]) -> Scores:
    """Scores (n, C) of glyphs that were read as ``values``: other networks and the neighbours had a say in that."""
    told = scores.copy()
    for row, value in zip(told, values, strict=True):
        if value is not None:
            row *= 1 - _READ
            row[value] += _READ
    return told


def _glyphs_of(kept: Correction) -> Scores:
    """The glyphs (n, 28, 28) of a correction: as it is, and as the same hand may write it again.

    There are none if its picture is damaged or blank.
    """
    nothing = np.zeros((0, GLYPH_SIZE, GLYPH_SIZE), np.float32)
    try:
        grey = load_image(kept.path).mean(axis=2, dtype=np.float32)
    except InkreadError:
        return nothing
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = np.abs(grey - np.median(border)) / np.float32(255)
    glyph = normalise(ink)
    if not has_ink(grey) or not glyph.any():
        return nothing
    return np.stack([glyph, *(normalise(variant) for variant in _variants(ink))])


def _variants(ink: Scores) -> Iterator[Scores]:
    """Ink (h, w) leant, turned, stretched, and with a thinner and a thicker pen."""
    middle, room = np.array(ink.shape[::-1]) / 2, max(ink.shape) // 8
    pen = np.ones((2, 2), np.uint8)
    yield cv2.erode(ink, pen)
    for lean in (0.12, -0.12):
        yield _moved(ink, [[1, lean], [0, 1]], middle, room)
    yield cv2.dilate(ink, pen)
    turn = np.deg2rad(8)
    for sine in (np.sin(turn), -np.sin(turn)):
        yield _moved(ink, [[np.cos(turn), -sine], [sine, np.cos(turn)]], middle, room)
    for stretch in (0.9, 1.1):
        yield _moved(ink, [[stretch, 0], [0, 1]], middle, room)


def _moved(ink: Scores, how: Any, middle: NDArray[np.float64], room: int) -> Scores:
    """Ink (h, w) with a matrix (2, 2) applied about its middle, and ``room`` pixels more on each side."""
    shift = middle + room - np.array(how) @ middle
    size_wh = ink.shape[1] + 2 * room, ink.shape[0] + 2 * room
    moved = cv2.warpAffine(ink, np.column_stack([how, shift]).astype(np.float32), size_wh)
    return np.asarray(moved, np.float32)


def heeding(plain: Classifier, corrections: OwnCorrections) -> Classifier:
    """A classifier that heeds ``corrections``; ``plain`` itself for False."""
    if isinstance(corrections, bool) and not corrections:
        return plain
    if not isinstance(corrections, Corrections):
        corrections = Corrections(None if corrections is True else corrections)
    return AdaptedClassifier(plain, corrections)


def folder_of(classifier: Classifier) -> Path | bool:
    """The folder of the corrections that a classifier heeds; False for none."""
    return classifier.store.folder if isinstance(classifier, AdaptedClassifier) else False


def adapted_steps(steps: Steps, classifier: Classifier, min_confidence: float) -> Steps:
    """A reader's steps, each digit as the corrections of its shape have it, with what it would be otherwise.

    Networks that look at lines and pages were not corrected: they do not overrule who was. What they misread is
    learned from what was read.
    """
    if not isinstance(classifier, AdaptedClassifier):
        return steps
    of_glyphs, of_readings = classifier.adaptations
    if of_glyphs is not None:
        steps = _with_glyphs_adapted(steps, classifier, min_confidence)
    if of_readings is not None and steps.reading.digits:
        steps = _with_readings_adapted(steps, classifier, of_readings, min_confidence)
    return steps


def _with_readings_adapted(
    steps: Steps, classifier: AdaptedClassifier, adaptation: Adaptation, min_confidence: float
) -> Steps:
    """The steps with digits as corrected that were read as those were that somebody corrected, and look like them."""
    place = {steps.placed(candidate.box): i for i, candidate in enumerate(steps.candidates)}
    known = [digit for digit in steps.reading.digits if digit.box in place]
    scores, embeddings = classifier.plain.scores_and_embeddings(
        steps.glyphs[[place[digit.box] for digit in known]]
    )
    shares = adaptation.adapted(embeddings, as_read(scores, [digit.value for digit in known]))
    moved = {}
    for digit, row in zip(known, shares[:, :10].tolist(), strict=True):
        own = digit_of(row, digit.box, min_confidence)
        if own.value != digit.value and own.confidence > _LIKELY:
            before = digit.value if digit.unadapted is None else digit.unadapted
            moved[digit] = replace(own, unadapted=None if before == own.value else before)
    lines = tuple(
        Line(tuple(moved.get(digit, digit) for digit in line.digits)) for line in steps.reading.lines
    )
    return replace(steps, reading=replace(steps.reading, lines=lines)) if moved else steps


def _with_glyphs_adapted(steps: Steps, classifier: AdaptedClassifier, min_confidence: float) -> Steps:
    """The steps with digits as corrected whose glyphs the corrections made others."""
    before = classifier.plain.scores(steps.glyphs)[:, :10].argmax(axis=1)
    moved = [
        (int(before[i]), steps.scores[i, :10].tolist(), steps.placed(steps.candidates[i].box))
        for i in np.flatnonzero(before != steps.scores[:, :10].argmax(axis=1))
    ]

    def adapted(digit: Digit) -> Digit:
        for was, shares, box in moved:
            if box.iou(digit.box) <= _SAME_PLACE:
                continue
            own = digit_of(shares, digit.box, min_confidence)
            if own.value != digit.value and own.confidence > _LIKELY:
                return replace(own, unadapted=digit.value)
            if own.value == digit.value:
                return replace(digit, unadapted=was)
        return digit

    lines = tuple(Line(tuple(map(adapted, line.digits))) for line in steps.reading.lines)
    return replace(steps, reading=replace(steps.reading, lines=lines)) if moved else steps
