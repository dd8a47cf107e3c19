"""Job -> answer: everything that opens a picture. Runs in a worker process.

Each job gets an answer, whatever a client sent. This module knows neither connections nor queues.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inkread.apps.web.answers import Answer, Refused, as_json, as_text, png, refusal, refused_by
from inkread.apps.web.correcting import as_corrected, forget, keep, list_kept
from inkread.apps.web.inside import describe
from inkread.apps.web.jobs import Correction, Job, TableWish, Wish
from inkread.apps.web.settings import HandlerSettings
from inkread.apps.web.tabling import told, written
from inkread.apps.web.uploads import glyphs_of, pictures_of
from inkread.errors import InkreadError
from inkread.reader import Pages, Reader, regions_from_json
from inkread.reading import Digit, Reading
from inkread.render import annotate, draw_steps
from inkread.sketch import Sketch, Stroke

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inkread.reader import Steps


_CLOSEUPS_MAX = 300
_TWO = ((80, 95), (95, 60), (140, 45), (185, 65), (190, 110), (150, 160), (80, 225), (140, 225), (205, 222))
"""The pen's path through a 2, in pixels of 280 × 280. Every network must read it."""


class Handlers:
    """Answers jobs with one reader, which is loaded once."""

    def __init__(self, order: HandlerSettings) -> None:
        self._order = order
        self._reader = Reader(order.model, min_confidence=order.min_confidence, limits=order.limits)
        self._mine = self._reader.with_corrections(order.corrections or True)
        self._looker: Any = None

    def answer(self, job: Job) -> Answer:
        """The answer; never raises for what a client sent."""
        answer: Answer = guarded(self._answer, job)
        return answer

    def _answer(self, job: Job) -> Answer:
        if job.kind == "classify":
            return _classified(self._reader.classify(glyphs_of(job.content_type, job.body)))
        if job.kind == "card":
            return as_json(self._reader.model_card)
        if job.kind == "known":
            return self._known()
        if job.kind == "forget":
            return forget(self._order.corrections, job.about)
        if job.kind == "kept":
            return list_kept(self._order.corrections)
        if job.kind.startswith("tables."):
            return written(job.kind.removeprefix("tables."), job.body)
        pictures = pictures_of(job.content_type, job.body)
        if len(pictures) == 1 or job.kind != "read":
            return self._answer_picture(pictures[0], job)
        if not (isinstance(job.wish, Wish) and job.wish.is_plain) or job.wish.page is not None:
            hint = "send one picture at a time; dpi, mine, expect, printed and regions are for several"
            raise Refused(refusal(422, "several_pictures", "this can only be asked for one picture", hint))
        answers = [guarded(self._answer_picture, picture, job) for picture in pictures]
        told = as_json({"pictures": [json.loads(answer.body) for answer in answers]})
        counts = tuple(map(sum, zip(*(answer.counts for answer in answers), strict=True)))
        return replace(told, trouble="".join(answer.trouble for answer in answers), counts=counts)

    def _answer_picture(self, picture: Any, job: Job) -> Answer:
        with self._reader.open_pages(picture, dpi=job.wish.dpi) as pages:
            return self._answer_of(pages, job)

    def _answer_of(self, pages: Pages, job: Job) -> Answer:
        """The answer for a picture, for one page, or for all pages."""
        wish, page = job.wish, job.wish.page
        reader = self._mine if wish.mine else self._reader
        if isinstance(wish, Correction):
            return keep(self._order.corrections, reader.steps(pages, page=page), wish)
        if isinstance(wish, TableWish):
            tables = reader.read_tables(pages, page=page, expect=wish.expect, printed=wish.printed)
            return told(tables, pages.count)
        assert isinstance(wish, Wish)
        reader = reader.told(wish.expect, wish.printed)
        if wish.regions:
            return _of_regions(reader, pages, wish)
        if not wish.is_plain:
            return self._with_more(reader.steps(pages, page=page), wish, pages.count)
        if page is None and pages.count > 1:
            return self._all(pages, reader)
        reading = reader.read(pages, page=page)
        return replace(as_json(_fields(reading, pages.count)), counts=_counts(reading))

    def _all(self, pages: Pages, reader: Reader) -> Answer:
        """The readings of all pages, with an error for a page that cannot be read."""
        told, trouble, counts = [], "", []
        for number in pages.numbers():
            read = guarded(reader.read, pages, page=number)
            if isinstance(read, Answer):
                told.append({"page": number, **json.loads(read.body)})
                trouble = trouble or read.trouble
            else:
                told.append(read.to_dict())
                counts.append(_counts(read))
        total = tuple(map(sum, zip((0, 0, 0), *counts, strict=True)))
        return replace(as_json({"pages": told}), trouble=trouble, counts=total)

    def _known(self) -> Answer:
        self._reader.check()
        text = self._reader.read(Sketch((280, 280), [Stroke(_TWO, width=18)]).to_image()).text
        if text == "2":
            return as_json({"status": "ready"})
        return refusal(
            503, "reads_wrong", f"a drawn 2 was read as “{text}”", "check the network: inkread doctor"
        )

    def _with_more(self, steps: Steps, wish: Wish, page_count: int) -> Answer:
        reading = as_corrected(steps.reading, wish.corrected, wish.inserted)
        if wish.is_picture:
            return Answer(200, png(annotate(steps.image, reading)), "image/png", counts=_counts(reading))
        fields = _fields(reading, page_count)
        if wish.annotate:
            fields["annotated"] = as_text(png(annotate(steps.image, reading)))
        if wish.upright:
            fields["upright"] = as_text(png(steps.image))
        if wish.steps:
            pictures = draw_steps(steps)
            fields["steps"] = [{"name": name, "png": as_text(png(pictures[name]))} for name in pictures]
        if wish.closeups:
            fields["closeups"] = [_closeup(steps, digit) for digit in steps.reading.digits[:_CLOSEUPS_MAX]]
        if wish.inside:
            fields["inside"] = self._inside(steps, wish.inside)
        return replace(as_json(fields), counts=_counts(reading))

    def _inside(self, steps: Steps, number: int) -> dict[str, Any]:
        if self._looker is None:
            from inkread.looking import Looker

            self._looker = Looker(self._order.model)
        return describe(steps, _digit(steps, number), self._looker)


def _of_regions(reader: Reader, pages: Pages, wish: Wish) -> Answer:
    """The reading of each region of a file. Raises ``Refused`` for what only a whole page has."""
    if not wish.is_plain:
        hint = "leave regions out, or ask for nothing but page, dpi, mine, expect and printed"
        raise Refused(refusal(422, "wrong_region", "regions have readings and nothing else", hint))
    found = reader.read(pages, page=wish.page, regions=regions_from_json(wish.regions))
    counts = tuple(map(sum, zip(*map(_counts, found.values()), strict=True)))
    fields: dict[str, Any] = {"regions": {name: reading.to_dict() for name, reading in found.items()}}
    return replace(
        as_json(fields if pages.count == 1 else {"page_count": pages.count, **fields}), counts=counts
    )


def make_handlers(settings: HandlerSettings) -> Handlers:
    """The handlers of a worker's process."""
    import cv2

    cv2.setNumThreads(1)  # there is a worker for each core
    return Handlers(settings)


def guarded(work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """The result of ``work(*given, **named)``, or the refusal for its error."""
    try:
        return work(*given, **named)
    except Refused as refused:
        return refused.answer
    except InkreadError as error:
        return refused_by(error)
    except MemoryError:
        return refusal(413, "picture_too_large", "there is too little memory for it", "send it smaller")
    except Exception:  # a mistake of ours: told to the log, and the server goes on
        answer = refusal(
            500, "internal", "this is a mistake of the server", "try another picture; see its log"
        )
        return Answer(answer.status, answer.body, trouble=traceback.format_exc())


def _closeup(steps: Steps, digit: Digit) -> dict[str, Any] | None:
    """The glyph as 784 bytes, 0 paper … 255 ink, and the ten probabilities."""
    from inkread.closeup import look_at

    found = look_at(steps, digit)
    if found is None:
        return None
    return {
        "glyph": as_text(np.round(255 * np.clip(found.glyph, 0, 1)).astype(np.uint8).tobytes()),
        "probabilities": [round(float(share), 6) for share in found.probabilities],
        "not_a_digit": round(found.not_a_digit, 6),
    }


def _digit(steps: Steps, number: int) -> int:
    """The index of the digit with this number, counted from 1."""
    digits = len(steps.reading.digits)
    if not 1 <= number <= digits:
        there = f"there are {digits} digits" if digits != 1 else "there is one digit"
        raise Refused(
            refusal(422, "no_such_digit", f"{there}, none with the number {number}", "count from 1")
        )
    return number - 1


def _counts(reading: Reading) -> tuple[int, int, int]:
    """Digits, doubtful digits and rejected pieces of ink."""
    return len(reading.digits), sum(digit.doubtful for digit in reading.digits), len(reading.rejected)


def _fields(reading: Reading, page_count: int) -> dict[str, Any]:
    """The JSON of a reading; for one page of several, also their number."""
    fields = reading.to_dict()
    return fields if page_count == 1 else {"page_count": page_count, **fields}


def _classified(scores: NDArray[np.float32]) -> Answer:
    glyphs = [
        {"value": max(range(10), key=row.__getitem__), "confidence": round(max(row), 6),
         "probabilities": [round(share, 6) for share in row]}
        for row in scores.tolist()
    ]  # fmt: skip
    return as_json({"glyphs": glyphs})
