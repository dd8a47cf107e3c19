"""The whole story: the only module that knows the order of the stages."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from inkread.adaptation import OwnCorrections, adapted_steps, folder_of, heeding
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, checked_min_confidence
from inkread.errors import ModelError, UnreadableImage
from inkread.expectations import Expect, checked, expectation_of
from inkread.first_reader import FirstReader
from inkread.fusion import needs_second
from inkread.glyphs import GLYPH_SIZE, as_ink, normalise
from inkread.glyphs.classifier import Classifier
from inkread.glyphs.digit_ink import ink_of_digits
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
from inkread.inference.model_files import ModelSource, onnx_file
from inkread.inference.onnx_session import Network
from inkread.lines.transcriber import Transcriber
from inkread.many import OnError, check_options, in_series, read_in_batches, read_in_processes
from inkread.options import ManyOptions, PageOptions, ReadOptions, TableOptions
from inkread.printed import Printed, checked_printed, sorted_out
from inkread.reading import Reading
from inkread.recognition.trace import Page, Steps
from inkread.regions import Region, Regions, read_each, regions_from_json, regions_of
from inkread.showing import Origin

if TYPE_CHECKING:
    from inkread.second_reader import SecondReader
    from inkread.tables import Table

__all__ = [
    "EXTENSIONS",
    "ChannelOrder",
    "ImageLimits",
    "OwnCorrections",
    "Pages",
    "Printed",
    "Reader",
    "Region",
    "Source",
    "Steps",
    "find_images",
    "in_series",
    "load_image",
    "may_have_pages",
    "open_pages",
    "regions_from_json",
    "regions_of",
    "scan_folder",
    "told_skipped",
]


class Reader:
    """Reads pictures of handwritten digits.

    ``model`` is a network of your own (None: the shipped one): the path of an ``.onnx``, ``.keras`` or ``.h5`` file or
    of the folder of a training run, or a Keras model. ``input_range`` says what a Keras network was trained with for
    paper and for ink, such as ``"0..255"``; None: it is found. ``min_confidence`` (0 … 1) the confidence
    below which a digit is doubtful, ``limits`` the largest image that is decoded. ``expect`` is what each line is
    expected to be, such as ``"dd/mm/yyyy"`` (see docs/expectations.md), or the list of its possible values. ``printed``
    is ``"keep"``, ``"leave"`` or ``"only"``: digits say how probably they are type, and type is kept, left unread, or
    read alone; None: that is not asked. ``corrections`` (True: the user's own; a folder; a store) change how what looks
    like them is read. The network is loaded at the first reading. Safe to share between threads, and can be pickled.
    Raises ModelError, ExpectationError, ValueError and TypeError for options that cannot be used.
    """

    def __init__(
        self,
        model: ModelSource | None = None,
        *,
        input_range: str | None = None,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limits: ImageLimits = DEFAULT_LIMITS,
        expect: Expect | None = None,
        printed: Printed | None = None,
        corrections: OwnCorrections = False,
    ) -> None:
        if not isinstance(limits, ImageLimits):
            raise TypeError(f"limits must be inkread.ImageLimits(…), not {type(limits).__name__}")
        self.min_confidence = checked_min_confidence(min_confidence)
        self.limits = limits
        self.expectation = None if expect is None else expectation_of(expect)
        if model is None and input_range is not None:
            raise ModelError("an input range is for a Keras network of your own; give a model, too")
        self._plain = Classifier(None if model is None else onnx_file(model, input_range))
        self._classifier = heeding(self._plain, corrections)
        # A network of one's own is to be seen as it is, without another one's advice.
        self._transcriber = Transcriber() if model is None else None
        self._first_reader = FirstReader(self._classifier, self._transcriber, self.min_confidence)
        self._printed = checked_printed(printed)

    def __repr__(self) -> str:
        return f"<Reader with {self._classifier.path.name}, min_confidence {self.min_confidence:g}>"

    def __reduce__(self) -> tuple[Any, ...]:
        own = None if self._transcriber is not None else self._classifier.path
        expect = None if self.expectation is None else self.expectation.source
        return partial(Reader, min_confidence=self.min_confidence, limits=self.limits, expect=expect,
                       printed=self._printed, corrections=folder_of(self._classifier)), (own,)  # fmt: skip

    def with_corrections(self, corrections: OwnCorrections) -> Reader:
        """The same reader with or without ``corrections``; both share their networks."""
        other = copy.copy(self)
        other._classifier = heeding(self._plain, corrections)
        other._first_reader = FirstReader(other._classifier, self._transcriber, self.min_confidence)
        if second := self._second_reader:
            vars(other)["_second_reader"] = second.with_classifier(other._classifier)
        return other

    def told(self, expect: Expect | None = None, printed: Printed | None = None) -> Reader:
        """This reader, with the same networks in memory, and other options where they are not None."""
        if expect is None and printed is None:
            return self
        other = copy.copy(self)
        vars(other)["_second_reader"] = self._second_reader
        other.expectation = self.expectation if expect is None else expectation_of(expect)
        other._printed = checked_printed(printed) or self._printed
        return other

    @overload
    def read(
        self, source: Source | Pages, *, regions: None = None, **options: Unpack[ReadOptions]
    ) -> Reading: ...
    @overload
    def read(
        self, source: Source | Pages, *, regions: Regions, **options: Unpack[ReadOptions]
    ) -> dict[str, Reading]: ...
    def read(
        self,
        source: Source | Pages,
        *,
        page: int | None = None,
        dpi: float | None = None,
        order: ChannelOrder = "RGB",
        expect: Expect | None = None,
        printed: Printed | None = None,
        regions: Regions | None = None,
    ) -> Reading | dict[str, Reading]:
        """Reads one picture: a path, bytes, a binary file, a PIL image or an array (H, W[, 3|4]) uint8.

        ``page`` (from 1) names one page of a PDF or TIFF that has several; ``dpi`` is the resolution of a PDF's page
        (None: 200); ``order="BGR"`` is for arrays of OpenCV. ``expect`` says what each line should be, and ``expected``
        of the reading whether it is; ``printed`` is as for the reader (None: what it was told). With ``regions``, a
        file of rectangles or ``{"total": (0.6, 0.9, 0.95, 0.97)}``, there is a reading of each by its name. Raises
        ``UnreadableImage`` (``ImageTooLarge``, ``MultiplePages``), ``ModelError``, and errors for what is asked.
        """
        reader = self.told(expect, printed)
        if regions is not None:
            return reader._read_regions(source, regions_of(regions), page, dpi, order)
        return reader.steps(source, page=page, dpi=dpi, order=order).reading

    def _read_regions(
        self, source: Source | Pages, regions: Sequence[Region], page: int | None, dpi: float | None,
        order: ChannelOrder,
    ) -> dict[str, Reading]:  # fmt: skip
        if isinstance(source, Pages):
            return read_each(source, regions, page, lambda cut, expect: self.told(expect).steps(cut).reading)
        with open_pages(source, self.limits, dpi=dpi, order=order) as pages:
            found = self._read_regions(pages, regions, page, dpi, order)
        if hasattr(source, "read"):
            return found
        origin = Origin(source, page, dpi, order, self.limits)
        return {name: replace(each, _origin=replace(origin, page=each.page)) for name, each in found.items()}

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
        steps = self._concluded(self._first_reader.steps(source.only(page)))
        return steps if source.count == 1 else replace(steps, reading=replace(steps.reading, page=page))

    def read_tables(
        self,
        source: Source | Pages,
        *,
        expect: str | None = None,
        printed: Printed | None = None,
        **place: Unpack[PageOptions],
    ) -> tuple[Table, ...]:
        """Reads the tables on one picture, from top to bottom; a picture without digits has none. See ``read``.

        ``expect`` is what cells, rows and columns should be, as in ``tables.expecting``: ``"row sums"``, ``"0..100"``.
        """
        from inkread import tables  # most pictures show none

        if expect is None and self.expectation is not None:
            expect = self.expectation.source
        expectation = None if expect is None else tables.table_expectation_of(expect)
        reader = copy.copy(self.told(printed=printed))
        vars(reader)["_second_reader"] = self._second_reader
        reader.expectation = None  # lines of a page that hold several cells are none of a cell
        steps = reader.steps(source, **place)
        found = tables.find_tables(steps.image, steps.reading, lambda cell: reader.steps(cell).reading)
        return tuple(tables.expected_table(each, expectation) if expectation else each for each in found)

    def read_table(self, source: Source | Pages, **options: Unpack[TableOptions]) -> Table:
        """The table of ``read_tables`` with the most cells; without digits, a Table without cells."""
        from inkread.tables import Table

        tables = self.read_tables(source, **options)
        return max(tables, key=lambda table: len(table.cells), default=Table(0, 0, (), (0, 0)))

    def read_pages(
        self, source: Source, *, dpi: float | None = None, expect: Expect | None = None
    ) -> Iterator[Reading]:
        """Reads each page of a PDF or TIFF, one at a time, in order; any other picture is its only page.

        ``Reading.page`` is its number, from 1, if there are several. Raises at the first page that cannot be read,
        after the readings before it.
        """
        with self.open_pages(source, dpi=dpi) as pages:
            for number in pages.numbers():
                yield self.read(pages, page=number, expect=expect)

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
        **options: Unpack[ManyOptions],
    ) -> Iterator[Reading]: ...
    @overload
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        errors: Literal["return"],
        **options: Unpack[ManyOptions],
    ) -> Iterator[Reading | UnreadableImage]: ...
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        errors: OnError = "raise",
        order: ChannelOrder = "RGB",
        workers: int = 1,
        expect: Expect | None = None,
        printed: Printed | None = None,
    ) -> Iterator[Reading | UnreadableImage]:
        """Reads pictures of one page in order and yields a Reading for each: in batches, or with several ``workers``.

        A picture that cannot be read raises UnreadableImage after the readings before it; with ``errors="return"``, the
        error is yielded in its place, and with ``errors="skip"`` it is left out. Raises TypeError for a single picture.
        """
        check_options(sources, errors, workers)
        reader = self.told(expect, printed)
        if workers > 1:
            return in_series(read_in_processes(reader, sources, errors, order, workers), reader.expectation)

        def find(source: Source) -> Page:
            return self._first_reader.find(load_image(source, self.limits, order=order))

        found = read_in_batches(sources, errors, self.limits, find, reader._conclude_all)
        return in_series(found, reader.expectation)

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

        ``glyphs`` are those of ``classify``. Raises ModelError for a network without an embedding.
        """
        return self._classifier.embed(as_ink(glyphs))

    @property
    def classes(self) -> tuple[str, ...]:
        """What the network tells apart: "0" … "9" first, then marks, and "none"; without a card, the digits alone."""
        return self._classifier.classes

    def first_steps(self, image: NDArray[np.uint8]) -> Steps:
        """The steps of an upright RGB picture (H, W, 3) by the first reader alone, as ``training`` needs them."""
        return self._first_reader.steps(image)

    @property
    def classifier(self) -> Classifier:
        """The network that tells which digit a glyph is."""
        return self._classifier

    @property
    def networks(self) -> tuple[Classifier | Transcriber | Network, ...]:
        """Every network that a reading can need, each with its ``path`` and ``card``."""
        of_pages = () if self._second_reader is None else self._second_reader.networks
        return (self._classifier, *([] if self._transcriber is None else [self._transcriber]), *of_pages)

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
        """The same of the network that looks at whole lines; empty for a reader with a ``model`` of its own."""
        return {} if self._transcriber is None else self._transcriber.card

    @cached_property
    def _second_reader(self) -> SecondReader | None:
        if self._transcriber is None:
            return None
        from inkread.second_reader import SecondReader  # most single digits need none

        return SecondReader(self._classifier, transcriber=self._transcriber)

    def _concluded(self, steps: Steps) -> Steps:
        """The steps with the second reader's opinion, what corrections change, what is printed, and was expected."""
        steps = adapted_steps(self._resolved(steps), self._classifier, self.min_confidence)
        reading = steps.reading
        if self._printed is not None:
            if self._second_reader is None:
                raise ModelError("print is told by a network that ships; leave --model or --printed out")
            reading = sorted_out(reading, self._second_reader.printed(steps.image, reading), self._printed)
        if self.expectation is not None:
            reading = checked(reading, self.expectation)
        return replace(steps, reading=reading)

    def _resolved(self, steps: Steps) -> Steps:
        """The steps with what a second reader sees besides, if the first one leaves anything to ask about."""
        second = self._second_reader
        if second is not None and second.sees_more_unturned(steps.image, steps.reading.turned_degrees):
            steps = self._first_reader.unturned(steps)
        # The first reader made leaning lines level. The second reader sees the picture with its lean.
        if second is None or steps.level is not None or not needs_second(steps.reading):
            return steps
        reading, grey = second.reconsidered(steps.image, steps.reading, self.min_confidence)
        if grey is None:
            return replace(steps, reading=reading)
        ink = ink_of_digits(grey, reading)
        return steps.seen_anew(ink, self._classifier.scores(ink.glyphs), reading)

    def _conclude_all(self, waiting: Sequence[Page]) -> Iterator[Reading]:
        return (self._concluded(steps).reading for steps in self._first_reader.conclude_all(waiting))
