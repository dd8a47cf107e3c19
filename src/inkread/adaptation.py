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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from inkread.confidence import digit_of
from inkread.corrections import Correction, Corrections, has_ink
from inkread.errors import InkreadError
from inkread.glyphs import normalise
from inkread.glyphs.classifier import Classifier
from inkread.images import load_image
from inkread.reading import Digit, Line

if TYPE_CHECKING:
    from inkread.recognition.trace import Steps

Scores = NDArray[np.float32]
OwnCorrections = bool | str | os.PathLike[str] | Corrections
"""Corrections to heed: True for the user's own, a folder, or a store; False for none."""
_SAME_PLACE: Final = 0.5
"""Intersection over union from which a candidate and a digit are the same ink."""
_LIKELY: Final = 0.5
"""Adapted probability of a digit from which it stands against what other networks see in the line or on the page."""
_LEAST: Final = 1e-6
"""Scores below this count as this much: the largest move that a correction must make is bounded."""


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """Chosen on made hands of training and validation writers: see docs/decisions/2026-11-30-adaptation.md."""

    width: float = 0.35
    """Standard deviation of the kernel, in units of an embedding of length 1."""
    ridge: float = 0.25
    """The weight that keeps moves small."""
    steps: int = 300
    """Gradient steps of one fit."""
    strengths: tuple[float, ...] = (0.25, 0.5, 1.0)
    """Shares of the fitted move among which cross-validation chooses, besides none at all."""
    folds: int = 10
    """Parts of the corrections that are predicted from the others in turn."""
    most: int = 500
    """Corrections that are learned from: the newest."""


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
    ) -> Adaptation | None:
        """The adaptation to corrected glyphs: (n, E), (n, C) and (n,) of them; None where nothing should move."""
        centres = _unit(embeddings)
        kernel = _kernel(centres, centres, settings.width)
        strength = _best_strength(kernel, scores, labels, settings)
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
    kernel: Scores, scores: Scores, labels: NDArray[np.intp], settings: AdaptationSettings
) -> float:
    """The share of the move that predicts each correction best from the others; 0: none predicts more of them."""
    n, plain = len(labels), _log(scores)
    if n < 2:
        return 0.0
    moved = np.zeros_like(plain)
    folds = np.arange(n) % min(n, settings.folds)
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
        self._adaptation: Adaptation | None = None
        self._glyphs: dict[str, Scores | None] = {}

    @property
    def _session(self) -> Any:
        return self.plain._session  # the network is loaded once

    def scores(self, glyphs: Scores) -> Scores:
        """Scores (n, C) float32 of each class for glyphs (n, 28, 28) float32, 0 paper … 1 ink; rows sum to 1."""
        adaptation = self.adaptation
        if adaptation is None:
            return self.plain.scores(glyphs)
        scores, embeddings = self.plain.scores_and_embeddings(glyphs)
        return adaptation.adapted(embeddings, scores)

    def embed(self, glyphs: Scores) -> Scores:
        """What the network tells the classes from: (n, E) float32. Corrections do not change it."""
        return self.plain.embed(glyphs)

    @property
    def adaptation(self) -> Adaptation | None:
        """The adaptation to the corrections that are in the store now; None where nothing moves."""
        with self._fitting:
            kept = self.store.list()
            if kept != self._known:
                self._adaptation, self._known = (
                    self._fitted(self.store.newest(AdaptationSettings().most)),
                    kept,
                )
            return self._adaptation

    def _fitted(self, kept: tuple[Correction, ...]) -> Adaptation | None:
        self._glyphs = {each.id: self._glyphs[each.id] if each.id in self._glyphs else _glyph_of(each)
                        for each in kept}  # fmt: skip
        usable = [(glyph, each.label) for each in kept if (glyph := self._glyphs[each.id]) is not None]
        if not usable:
            return None
        scores, embeddings = self.plain.scores_and_embeddings(np.stack([glyph for glyph, _ in usable]))
        return Adaptation.fit(embeddings, scores, np.array([label for _, label in usable], np.intp))


def _glyph_of(kept: Correction) -> Scores | None:
    """The glyph (28, 28) of a correction; None if its picture is damaged or blank."""
    try:
        grey = load_image(kept.path).mean(axis=2, dtype=np.float32)
    except InkreadError:
        return None
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    glyph = normalise(np.abs(grey - np.median(border)) / np.float32(255))
    return glyph if has_ink(grey) and glyph.any() else None


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

    Networks that look at lines and pages were not corrected: they do not overrule who was.
    """
    if not isinstance(classifier, AdaptedClassifier) or classifier.adaptation is None:
        return steps
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
