"""The first reader: ink, rules, segments, lattice, and the same again on a page that is turned, level or lit evenly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkread.glyphs import GLYPH_SIZE, cut_glyphs
from inkread.glyphs.classifier import Classifier
from inkread.ink import has_shadows, look_for_ink
from inkread.lattice import decode, weigh
from inkread.layout import group_lines
from inkread.lines.lean import lean_of, levelled
from inkread.lines.transcriber import Transcriber
from inkread.reading import Line
from inkread.recognition import page_limits
from inkread.recognition.recognizer import Recognizer
from inkread.recognition.trace import Page, Steps
from inkread.recognition.upright import is_cleaner, is_clearly_better, is_straighter, ways_up
from inkread.rules import remove_rules
from inkread.segments import Segmentation, find_candidates

__all__ = ["FirstReader"]

_LEAST_PHOTO = 120
"""Pixels of the shorter side; smaller pictures have no shadows on them."""
_NO_GLYPHS = np.zeros((0, GLYPH_SIZE, GLYPH_SIZE), np.float32)


class FirstReader:
    """Cuts the ink of a picture into candidates, and reads the likeliest of them.

    ``transcriber`` looks at whole lines, or None; digits with a confidence below ``min_confidence`` are doubtful.
    """

    def __init__(
        self, classifier: Classifier, transcriber: Transcriber | None, min_confidence: float
    ) -> None:
        self._classifier, self._recognizer = classifier, Recognizer(classifier, transcriber)
        self.min_confidence = min_confidence

    def steps(self, image: NDArray[np.uint8]) -> Steps:
        """The steps of an upright RGB picture (H, W, 3) uint8."""
        return next(self.conclude_all([self.find(image)]))

    def unturned(self, steps: Steps) -> Steps:
        """The steps of the picture as it was before it was turned."""
        image = _turned(steps.image, -steps.reading.turned_degrees)
        return self._levelled(self._without_shadows(self._read_page(self._segmented(image), 0)))

    def find(self, image: NDArray[np.uint8]) -> Page:
        """The glyphs of a picture; one with very many is turned upright before."""
        page, degrees = self._segmented(image), None
        if len(page.candidates) > page_limits.MANY and len(page.segmentation.parts) > page_limits.SOME:
            part = self._read_page(self._part(page), 0)
            degrees = self._best_way_up(part, ways_up(part.reading)).reading.turned_degrees
            page = self._segmented(_turned(image, degrees)) if degrees else page
        found = self._with_glyphs(page)
        return found if degrees is None else replace(found, turned_degrees=degrees)

    def _segmented(self, image: NDArray[np.uint8], shadows: bool = False) -> Page:
        """The candidates of a picture as it stands, without their glyphs."""
        look = look_for_ink(image, shadows)
        ink, rules = remove_rules(look.ink, look.pieces, look.contrast)
        segmentation = find_candidates(ink, look.pieces if ink is look.ink else None)
        if min(image.shape[:2]) < page_limits.LEGIBLE:
            segmentation = segmentation.only_rows((), "too small")
        return Page(image, look.scale, ink, segmentation, rules, _NO_GLYPHS)

    def _with_glyphs(self, page: Page) -> Page:
        """The page with the glyphs of those of its candidates that are worth reading."""
        segmentation = self._worth_reading(page.segmentation, page.ink)
        glyphs = cut_glyphs(page.ink, segmentation.labels, segmentation.candidates)
        rejected = (*page.rejected, *segmentation.rejected)
        return replace(page, segmentation=segmentation, rejected=rejected, glyphs=glyphs)

    def _worth_reading(self, page: Segmentation, ink: NDArray[np.float32]) -> Segmentation:
        """The page; without candidates if it has so many, and so few that look like digits, that it is no writing;
        without some of its lines if it has more than can be read in the time that one page may take."""
        if len(page.candidates) <= page_limits.MANY:
            return page
        scores = self._classifier.scores(cut_glyphs(ink, page.labels, page_limits.alone(page.candidates)))
        if not page_limits.is_written(page.candidates, scores, self._classifier.classes):
            return page.only_rows((), "too many specks")
        return page.only_rows(page_limits.rows_to_read(page.candidates), "too many digits")

    def _upright(self, steps: Steps) -> Steps:
        """The steps of the page the right way up: as it is, unless turned it, or a part of it, is read far better."""
        steps = self._levelled(self._without_shadows(steps))
        ways = ways_up(steps.reading)
        if steps.turned_degrees is not None or steps.level is not None or not ways:
            return steps
        if len(steps.segmentation.parts) <= page_limits.SOME:
            return self._best_way_up(steps, ways)
        part = self._best_way_up(self._read_page(self._part(steps), 0), ways)
        if not (degrees := part.reading.turned_degrees):
            return steps
        best = self._read_page(self._segmented(_turned(steps.image, degrees)), degrees)
        return best if _is_better(best, steps) else steps

    def _best_way_up(self, steps: Steps, ways: Sequence[int]) -> Steps:
        """The steps of the picture, or of the same turned by one of ``ways``, if that is read far better."""
        pages = [(self._segmented(_turned(steps.image, degrees)), degrees) for degrees in ways]
        others = [
            self._read_page(page, degrees)
            for page, degrees in pages
            if page_limits.may_be_upright(len(page.segmentation.parts), len(page.candidates))
        ]
        best = max(others, key=_weight, default=steps)
        return best if _is_better(best, steps) else steps

    def _without_shadows(self, steps: Steps) -> Steps:
        """The steps with shadows taken for shadows, where some ink is no stroke, and more is read so."""
        if len(steps.reading.digits) == 1 and not steps.reading.digits[0].doubtful:
            return steps  # written with a brush
        if min(steps.image.shape[:2]) < _LEAST_PHOTO or not has_shadows(steps.image, steps.ink):
            return steps
        other = self._read_page(self._segmented(steps.image, shadows=True), steps.turned_degrees)
        return other if is_cleaner(other.reading, steps.reading) else steps

    def _levelled(self, steps: Steps) -> Steps:
        """The steps with lines made level that lean much, if more is read so."""
        degrees = lean_of([part.box for part in steps.segmentation.parts])
        if not degrees:
            return steps
        level = levelled(steps.written, degrees)
        ink, rules = remove_rules(level.ink)
        page = Page(steps.image, steps.scale, ink, find_candidates(ink), rules, _NO_GLYPHS, level=level)
        other = self._read_page(page, steps.turned_degrees)
        return other.beside(steps) if is_straighter(other.reading, steps.reading) else steps

    def _part(self, page: Page) -> Page:
        """A part of the page that is soon read."""
        for _ in range(4):  # there may be more in it than was kept of all the page
            box = page_limits.part_to_turn([part.box for part in page.segmentation.parts])
            left, top, right, bottom = (round(edge / page.scale) for edge in box.to_list())
            image = page.image[top : max(top + 1, bottom), left : max(left + 1, right)]
            page = self._segmented(np.ascontiguousarray(image))
            if len(page.segmentation.parts) <= 1.5 * page_limits.SOME:
                break
        return page

    def _read_page(self, page: Page, degrees: int | None) -> Steps:
        """The steps of a page as it stands, which was turned by so many ``degrees`` to the right."""
        found = replace(self._with_glyphs(page), turned_degrees=degrees)
        return self._conclude(*self._recognizer.scored([found])[0])

    def _conclude(self, found: Page, scores: NDArray[np.float32]) -> Steps:
        classes = self._classifier.classes
        reading = decode(
            found.candidates,
            scores,
            classes,
            found.ink_size_wh,
            scale=found.scale,
            min_confidence=self.min_confidence,
            rejected=found.rejected,
            columns=found.columns,
        )
        reading = replace(reading, lines=_in_reading_order(reading.lines))
        if found.level is not None:
            reading = found.level.placed_reading(reading, found.scale, found.size_wh)
        if found.turned_degrees:
            reading = replace(reading, turned_degrees=found.turned_degrees)
        return Steps(**vars(found), scores=scores, classes=classes, reading=reading)

    def conclude_all(self, waiting: Sequence[Page]) -> Iterator[Steps]:
        """The steps of pictures whose glyphs were found, classified together."""
        for found, scores in self._recognizer.scored(waiting) if waiting else ():
            yield self._upright(self._conclude(found, scores))


def _in_reading_order(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same digits in lines by the geometry of their boxes: rows whose digits reach over one another stay apart."""
    digits = [digit for line in lines for digit in line.digits]
    if len(digits) < 2:
        return lines
    boxes = np.array([digit.box.to_list() for digit in digits], np.float32)
    return tuple(Line(tuple(digits[i] for i in line)) for line in group_lines(boxes))


def _weight(steps: Steps) -> float:
    return weigh(steps.candidates, steps.scores, steps.classes, steps.columns)


def _is_better(other: Steps, steps: Steps) -> bool:
    """Whether ``other``, of the picture turned, is the right way up."""
    return is_clearly_better(other.reading, steps.reading, _weight(other) - _weight(steps))


def _turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The picture turned to the right, by a multiple of 90°."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))
