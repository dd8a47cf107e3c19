"""The whole story: the only module that knows the order of the stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from inkread import glance
from inkread.classifier import Classifier
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, checked_min_confidence
from inkread.errors import ModelError, UnreadableImage
from inkread.glyphs import GLYPH_SIZE, as_ink, cut_glyphs, normalise
from inkread.images import (
    DEFAULT_LIMITS,
    EXTENSIONS,
    ChannelOrder,
    ImageLimits,
    Pages,
    Source,
    find_images,
    load_image,
    may_have_pages,
    open_pages,
    scan_folder,
    told_skipped,
)
from inkread.ink import has_shadows, look_for_ink
from inkread.lattice import decode, weigh
from inkread.lean import lean_of, levelled
from inkread.many import OnError, check_options, read_in_batches, read_in_processes
from inkread.model_files import ModelSource, onnx_file
from inkread.reading import Reading
from inkread.rules import remove_rules
from inkread.scorer import Scorer
from inkread.segments import Segmentation, find_candidates
from inkread.showing import Origin
from inkread.steps import Found, Steps
from inkread.transcriber import Transcriber
from inkread.upright import is_cleaner, is_clearly_better, is_straighter, ways_up

__all__ = [
    "EXTENSIONS",
    "ChannelOrder",
    "ImageLimits",
    "Pages",
    "Reader",
    "Source",
    "Steps",
    "find_images",
    "load_image",
    "may_have_pages",
    "open_pages",
    "scan_folder",
    "told_skipped",
]

_LEAST_PHOTO = 120
"""Pixels of the shorter side; smaller pictures have no shadows on them."""
_NO_GLYPHS = np.zeros((0, GLYPH_SIZE, GLYPH_SIZE), np.float32)


def _rebuilt(model: ModelSource | None, min_confidence: float, limits: ImageLimits) -> Reader:
    return Reader(model, min_confidence=min_confidence, limits=limits)


class Reader:
    """Reads pictures of handwritten digits.

    ``model`` is a network of your own (None: the shipped one): the path of an ``.onnx``, ``.keras`` or ``.h5`` file or
    of the folder of a training run, or a Keras model. ``input_range`` says what a Keras network was trained with for
    paper and for ink, such as ``"0..255"``; None: it is found. ``min_confidence`` (0 … 1) the confidence
    below which a digit is doubtful, ``limits`` the largest image that is decoded. The network is loaded at the
    first reading. Safe to share between threads, and can be pickled. Raises ModelError, ValueError and TypeError for
    options that cannot be used.
    """

    def __init__(
        self,
        model: ModelSource | None = None,
        *,
        input_range: str | None = None,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limits: ImageLimits = DEFAULT_LIMITS,
    ) -> None:
        if not isinstance(limits, ImageLimits):
            raise TypeError(f"limits must be inkread.ImageLimits(…), not {type(limits).__name__}")
        self.min_confidence = checked_min_confidence(min_confidence)
        self.limits = limits
        if model is None and input_range is not None:
            raise ModelError("an input range is for a Keras network of your own; give a model, too")
        self._classifier = Classifier(None if model is None else onnx_file(model, input_range))
        # A network of one's own is to be seen as it is, without another one's advice.
        self._transcriber = Transcriber() if model is None else None
        self._scorer = Scorer(self._classifier, self._transcriber)

    def __repr__(self) -> str:
        return f"<Reader with {self._classifier.path.name}, min_confidence {self.min_confidence:g}>"

    def __reduce__(self) -> tuple[Any, ...]:
        own = None if self._transcriber is not None else self._classifier.path
        return _rebuilt, (own, self.min_confidence, self.limits)

    def read(
        self,
        source: Source | Pages,
        *,
        page: int | None = None,
        dpi: float | None = None,
        order: ChannelOrder = "RGB",
    ) -> Reading:
        """Reads one picture: a path, bytes, a binary file, a PIL image or an array (H, W[, 3|4]) uint8.

        ``page`` (from 1) names one page of a PDF or TIFF that has several; ``dpi`` is the resolution of a PDF's page
        (None: 200); ``order="BGR"`` is for arrays of OpenCV. Raises ``UnreadableImage`` (``ImageTooLarge``,
        ``MultiplePages``) for the picture, ``ModelError`` for the network.
        """
        return self.steps(source, page=page, dpi=dpi, order=order).reading

    def steps(
        self,
        source: Source | Pages,
        *,
        page: int | None = None,
        dpi: float | None = None,
        order: ChannelOrder = "RGB",
    ) -> Steps:
        """Reads one picture like ``read``, and gives what every stage made of it."""
        if not isinstance(source, Pages):
            with open_pages(source, self.limits, dpi=dpi, order=order) as pages:
                steps = self.steps(pages, page=page)
            if hasattr(source, "read"):  # a stream gives its picture once
                return steps
            origin = Origin(source, page, dpi, order, self.limits)
            return replace(steps, reading=replace(steps.reading, _origin=origin))
        found = self._find(source.only(page))
        steps = self._upright(self._conclude(*self._scorer.scored([found])[0]))
        return steps if source.count == 1 else replace(steps, reading=replace(steps.reading, page=page))

    def read_pages(self, source: Source, *, dpi: float | None = None) -> Iterator[Reading]:
        """Reads each page of a PDF or TIFF, one at a time, in order; any other picture is its only page.

        ``Reading.page`` is its number, from 1, if there are several. Raises at the first page that cannot be read,
        after the readings before it.
        """
        with self.open_pages(source, dpi=dpi) as pages:
            for number in pages.numbers():
                yield self.read(pages, page=number)

    def open_pages(self, source: Source, *, dpi: float | None = None) -> Pages:
        """The pages of a source, within the reader's limits: a context, which ``read`` and ``steps`` take as a source.

        For those who go on after a page that cannot be read.
        """
        return open_pages(source, self.limits, dpi=dpi)

    @overload
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        errors: Literal["raise", "skip"] = "raise",
        order: ChannelOrder = "RGB",
        workers: int = 1,
    ) -> Iterator[Reading]: ...
    @overload
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        errors: Literal["return"],
        order: ChannelOrder = "RGB",
        workers: int = 1,
    ) -> Iterator[Reading | UnreadableImage]: ...
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        errors: OnError = "raise",
        order: ChannelOrder = "RGB",
        workers: int = 1,
    ) -> Iterator[Reading | UnreadableImage]:
        """Reads pictures of one page in order and yields a Reading for each: in batches, or with several ``workers``.

        A picture that cannot be read raises UnreadableImage after the readings before it; with ``errors="return"``, the
        error is yielded in its place, and with ``errors="skip"`` it is left out. Raises TypeError for a single picture.
        """
        check_options(sources, errors, workers)
        if workers > 1:
            return read_in_processes(self, sources, errors, order, workers)

        def find(source: Source) -> Found:
            return self._find(load_image(source, self.limits, order=order))

        return read_in_batches(sources, errors, self.limits, find, self._conclude_all)

    def classify(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Which digit each glyph is, given that it is one: (n, 10) float32, rows sum to 1.

        ``glyphs`` (n, 28, 28) float32, 0 paper … 1 ink, normalised as MNIST is (see ``glyphs.normalise``);
        integers are taken as 0 … 255. Raises ValueError for any other shape.
        """
        digits = self._classifier.scores(as_ink(glyphs))[:, :10]
        return digits / np.maximum(digits.sum(axis=1, keepdims=True), np.float32(1e-12))

    def classify_ink(self, inks: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """What stands in each of several boxes: (n, C) float32, probabilities of all ``classes``; rows sum to 1.

        Each of ``inks`` is (h, w) float32, 0 paper … 1 ink, of any size and with any margin: all ink of one digit or
        mark, and nothing else; nothing is sought or cut. No ink is "none", with a network that has this class. Raises
        ValueError for any other shape.
        """
        if any(np.ndim(ink) != 2 for ink in inks):
            raise ValueError("each ink must be an array (h, w)")
        glyphs = [normalise(np.asarray(ink, np.float32)) for ink in inks]
        scores = self._classifier.scores(np.array(glyphs, np.float32).reshape(-1, GLYPH_SIZE, GLYPH_SIZE))
        empty = [i for i, glyph in enumerate(glyphs) if not glyph.any()]
        if empty and "none" in self.classes:
            scores[empty] = np.array([name == "none" for name in self.classes], np.float32)
        return scores

    def embed(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network tells digits from: (n, E) float32, alike for glyphs (n, 28, 28) that look alike.

        For searching, grouping and learning from corrections; ``glyphs`` are those of ``classify``. Raises ModelError
        for a network without an embedding.
        """
        return self._classifier.embed(as_ink(glyphs))

    @property
    def classes(self) -> tuple[str, ...]:
        """What the network tells apart: "0" … "9" first, then marks such as "-", and "none" for what is neither.

        A network without a card knows the ten digits alone.
        """
        return self._classifier.classes

    @property
    def networks(self) -> tuple[Classifier | Transcriber, ...]:
        """Every network that a reading can need, each with its ``path`` and ``card``."""
        return (self._classifier, *([] if self._transcriber is None else [self._transcriber]))

    def check(self) -> None:
        """Loads and runs every network that a reading can need; raises ModelError for one that cannot be used."""
        for network in self.networks:
            network.check()

    @property
    def model_card(self) -> dict[str, Any]:
        """What is known of the network: its data, licences, figures and hash."""
        return self._classifier.card

    @property
    def line_model_card(self) -> dict[str, Any]:
        """The same of the network that looks at whole lines; empty for a reader with a ``model`` of its own, which has
        none."""
        return {} if self._transcriber is None else self._transcriber.card

    def _find(self, image: NDArray[np.uint8]) -> Found:
        """The glyphs of a picture; one with very many is turned upright before."""
        page, degrees = self._segmented(image), None
        if len(page.candidates) > glance.MANY and len(page.segmentation.parts) > glance.SOME:
            part = self._read_page(self._part(page), 0)
            degrees = self._best_way_up(part, ways_up(part.reading)).reading.turned_degrees
            page = self._segmented(_turned(image, degrees)) if degrees else page
        found = self._with_glyphs(page)
        return found if degrees is None else replace(found, turned_degrees=degrees)

    def _segmented(self, image: NDArray[np.uint8], shadows: bool = False) -> Found:
        """The candidates of a picture as it stands, without their glyphs."""
        look = look_for_ink(image, shadows)
        ink, rules = remove_rules(look.ink, look.pieces, look.contrast)
        segmentation = find_candidates(ink, look.pieces if ink is look.ink else None)
        if min(image.shape[:2]) < glance.LEGIBLE:
            segmentation = segmentation.only_rows((), "too small")
        return Found(image, look.scale, ink, segmentation, rules, _NO_GLYPHS)

    def _with_glyphs(self, page: Found) -> Found:
        """The page with the glyphs of those of its candidates that are worth reading."""
        segmentation = self._worth_reading(page.segmentation, page.ink)
        glyphs = cut_glyphs(page.ink, segmentation.labels, segmentation.candidates)
        rejected = (*page.rejected, *segmentation.rejected)
        return replace(page, segmentation=segmentation, rejected=rejected, glyphs=glyphs)

    def _worth_reading(self, page: Segmentation, ink: NDArray[np.float32]) -> Segmentation:
        """The page; without candidates if it has so many, and so few that look like digits, that it is no writing;
        without some of its lines if it has more than can be read in the time that one page may take."""
        if len(page.candidates) <= glance.MANY:
            return page
        scores = self._classifier.scores(cut_glyphs(ink, page.labels, glance.alone(page.candidates)))
        if not glance.is_written(page.candidates, scores, self.classes):
            return page.only_rows((), "too many specks")
        return page.only_rows(glance.rows_to_read(page.candidates), "too many digits")

    def _upright(self, steps: Steps) -> Steps:
        """The steps of the page the right way up: as it is, unless turned it, or a part of it, is read far better."""
        steps = self._levelled(self._without_shadows(steps))
        ways = ways_up(steps.reading)
        if steps.turned_degrees is not None or steps.level is not None or not ways:
            return steps
        if len(steps.segmentation.parts) <= glance.SOME:
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
            if glance.may_be_upright(len(page.segmentation.parts), len(page.candidates))
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
        page = Found(steps.image, steps.scale, ink, find_candidates(ink), rules, _NO_GLYPHS, level=level)
        other = self._read_page(page, steps.turned_degrees)
        return other.beside(steps) if is_straighter(other.reading, steps.reading) else steps

    def _part(self, page: Found) -> Found:
        """A part of the page that is soon read."""
        for _ in range(4):  # there may be more in it than was kept of all the page
            box = glance.part_to_turn([part.box for part in page.segmentation.parts])
            left, top, right, bottom = (round(edge / page.scale) for edge in box.to_list())
            image = page.image[top : max(top + 1, bottom), left : max(left + 1, right)]
            page = self._segmented(np.ascontiguousarray(image))
            if len(page.segmentation.parts) <= 1.5 * glance.SOME:
                break
        return page

    def _read_page(self, page: Found, degrees: int | None) -> Steps:
        """The steps of a page as it stands, which was turned by so many ``degrees`` to the right."""
        found = replace(self._with_glyphs(page), turned_degrees=degrees)
        return self._conclude(*self._scorer.scored([found])[0])

    def _conclude(self, found: Found, scores: NDArray[np.float32]) -> Steps:
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
        if found.level is not None:
            reading = found.level.placed_reading(reading, found.scale, found.size_wh)
        if found.turned_degrees:
            reading = replace(reading, turned_degrees=found.turned_degrees)
        return Steps(**vars(found), scores=scores, classes=classes, reading=reading)

    def _conclude_all(self, waiting: Sequence[Found]) -> Iterator[Reading]:
        if not waiting:
            return
        for found, scores in self._scorer.scored(waiting):
            yield self._upright(self._conclude(found, scores)).reading


def _weight(steps: Steps) -> float:
    return weigh(steps.candidates, steps.scores, steps.classes, steps.columns)


def _is_better(other: Steps, steps: Steps) -> bool:
    """Whether ``other``, of the picture turned, is the right way up."""
    return is_clearly_better(other.reading, steps.reading, _weight(other) - _weight(steps))


def _turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The picture turned to the right, by a multiple of 90°."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))
