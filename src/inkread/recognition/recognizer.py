"""Glyphs -> scores, with what looks like several digits cut, and lines that leave a doubt looked at as a whole.

The middle of the story that ``reader`` tells: which candidates there are depends on what the first of them look like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from inkread.candidate import WHOLE
from inkread.glyphs import cut_glyphs
from inkread.glyphs.classifier import Classifier
from inkread.lattice import Columns, digit_places, lines_in_doubt
from inkread.lines.strips import Strip, cut_strip
from inkread.lines.transcriber import STEP, Transcriber
from inkread.recognition import page_limits
from inkread.recognition.trace import Page
from inkread.segments import cut_further

__all__ = ["Recognizer"]


class Recognizer:
    """The two networks: one for candidates, and one for lines that it leaves in doubt."""

    def __init__(self, classifier: Classifier, transcriber: Transcriber | None) -> None:
        self._classifier, self._transcriber = classifier, transcriber

    def scored(self, pages: Sequence[Page]) -> list[tuple[Page, NDArray[np.float32]]]:
        """The pages with what looks like several digits cut, and the scores of their candidates."""
        first = _apart(self._classifier.scores(np.concatenate([page.glyphs for page in pages])), pages)
        pages = self._with_columns(pages, first)
        further = [self._cut_further(page, scores) for page, scores in zip(pages, first, strict=True)]
        fresh = [page for page, _ in further if page is not None]
        if not fresh:
            return list(zip(pages, first, strict=True))
        scores = _apart(self._classifier.scores(np.concatenate([page.glyphs for page in fresh])), fresh)
        found, more = [], iter(scores)
        for (page, known), before, score in zip(further, pages, first, strict=True):
            if page is None:
                found.append((before, score))
                continue
            rows = iter(next(more))
            old = list(zip(before.glyphs, score, strict=True))
            new = zip(page.glyphs, rows, strict=True)
            both = [old[i] if i >= 0 else next(new) for i in known]
            glyphs, score = (np.stack(each) for each in zip(*both, strict=True))
            found.append((replace(page, glyphs=glyphs), score))
        return found

    def _with_columns(self, pages: Sequence[Page], scores: Sequence[NDArray[np.float32]]) -> list[Page]:
        """The pages with what is seen in their doubtful lines, which are looked at together."""
        if self._transcriber is None:
            return list(pages)
        found: list[tuple[int, int, Strip]] = []
        for i, (page, rows) in enumerate(zip(pages, scores, strict=True)):
            for number in lines_in_doubt(page.candidates, rows, self._classifier.classes):
                line = page.segmentation.line_of_ink(number)
                strip = cut_strip(page.ink, page.labels, line, page.segmentation.pen)
                if strip is not None:
                    found.append((i, number, strip))
        if not found:
            return list(pages)
        seen = self._transcriber.columns([strip.ink for _, _, strip in found])
        columns: list[dict[int, Columns]] = [{} for _ in pages]
        for (i, number, strip), rows in zip(found, seen, strict=True):
            columns[i][number] = Columns(rows, strip.left, strip.scale / STEP)
        return [replace(page, columns=each) for page, each in zip(pages, columns, strict=True)]

    def _cut_further(self, page: Page, scores: NDArray[np.float32]) -> tuple[Page | None, list[int]]:
        """The page with more of its parts cut, and the glyphs of the new candidates alone; which of all were known."""
        single, many = page_limits.single_and_many(scores, self._classifier.classes)
        places = {number: digit_places(columns) for number, columns in page.columns.items()}
        segmentation = cut_further(page.segmentation, page.ink, single, many, places)
        # Writing does not double its candidates when it is cut; a pattern of stripes falls to pieces.
        most = min(page_limits.MOST, max(page_limits.MANY, 2 * len(page.candidates)))
        if segmentation is page.segmentation or len(segmentation.candidates) > most:
            return None, []
        # All ink as one digit is the same ink, under whatever labels.
        names = [WHOLE if each.line == WHOLE else each.parts for each in page.candidates]
        before = {name: i for i, name in enumerate(names)}
        known = [before.get(WHOLE if c.line == WHOLE else c.parts, -1) for c in segmentation.candidates]
        new = [c for c, i in zip(segmentation.candidates, known, strict=True) if i < 0]
        glyphs = cut_glyphs(page.ink, segmentation.labels, new)
        return replace(page, segmentation=segmentation, glyphs=glyphs), known


def _apart(scores: NDArray[np.float32], pages: Sequence[Page]) -> list[NDArray[np.float32]]:
    """Each page's share of the scores of all their glyphs."""
    ends = accumulate((len(page.glyphs) for page in pages), initial=0)
    return [scores[start:end] for start, end in pairwise(ends)]
