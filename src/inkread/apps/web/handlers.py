"""Job -> answer: everything that opens a picture. Runs in a worker process.

Each job gets an answer, whatever a client sent. This module knows neither connections nor queues.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic_core import from_json

from inkread.apps.view_parts import Arranged, Edges, Edit, Found, Part, as_corrected
from inkread.apps.web.answers import Answer, Refused, as_json, as_text, png, refusal, refused_by
from inkread.apps.web.schemas import TWO, Correction, Job, TableWish, Wish
from inkread.apps.web.settings import HandlerSettings
from inkread.apps.web.uploads import glyphs_of, pictures_of
from inkread.corrections import Corrections, NoSuchCorrection
from inkread.errors import InkreadError
from inkread.explain.closeup import look_at
from inkread.reader import Pages, Reader, regions_from_json
from inkread.reading import Box, Digit, Reading
from inkread.render import annotate, draw_steps
from inkread.sketch import Sketch, Stroke
from inkread.tables import Table
from inkread.tables.write import FORMATS

if TYPE_CHECKING:
    from inkread.reader import Steps


_CLOSEUPS_MAX = 300
_CELLS_MAX = 100_000
_SHOWN = 200
"""Corrections that are listed at a time."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""The formats of files with tables, and their media types."""


class Handlers:
    """Answers jobs with one reader, which is loaded once."""

    def __init__(self, order: HandlerSettings) -> None:
        self._order = order
        self._reader = Reader(order.model, min_confidence=order.min_confidence, limits=order.limits)
        self._mine = self._reader.with_corrections(order.corrections or True)
        self._looker: Any = None

    def answer(self, job: Job) -> Answer:
        """The answer; never raises for what a client sent."""
        return guarded(self._answer, job)

    def _answer(self, job: Job) -> Answer:
        without_picture: dict[str, Callable[[], Answer]] = {
            "classify": lambda: _classified(self._reader.classify(glyphs_of(job.content_type, job.body))),
            "card": lambda: as_json(self._reader.model_card),
            "known": self._known,
            "forget": lambda: _forget(Corrections(self._order.corrections), job.told),
            "kept": lambda: _list_kept(Corrections(self._order.corrections)),
            "write": lambda: _written(job.told, job.body),
        }
        if job.kind in without_picture:
            return without_picture[job.kind]()
        pictures = pictures_of(job.content_type, job.body)
        if len(pictures) == 1 or job.kind != "read":
            return self._answer_picture(pictures[0], job)
        if not (isinstance(job.wish, Wish) and job.wish.is_plain) or job.wish.page is not None:
            hint = "send one picture at a time; dpi, mine, expect, printed and regions are for several"
            raise Refused(422, "several_pictures", "this can only be asked for one picture", hint)
        answers = [guarded(self._answer_picture, picture, job) for picture in pictures]
        trouble = "".join(answer.trouble for answer in answers)
        fields = {"pictures": [json.loads(answer.body) for answer in answers]}
        return as_json(fields, counts=_sum(answer.counts for answer in answers), trouble=trouble)

    def _answer_picture(self, picture: Any, job: Job) -> Answer:
        with self._reader.open_pages(picture, dpi=job.wish.dpi) as pages:
            return self._answer_pages(pages, job.wish)

    def _answer_pages(self, pages: Pages, wish: Any) -> Answer:
        """The answer for a picture, for one page, or for all pages."""
        reader, page = self._mine if wish.mine else self._reader, wish.page
        if isinstance(wish, Correction):
            return _keep(Corrections(self._order.corrections), reader.steps(pages, page=page), wish)
        if isinstance(wish, TableWish):
            tables = reader.read_tables(pages, page=page, expect=wish.expect, printed=wish.printed)
            return as_json(_with_count(pages, {"tables": [table.to_dict() for table in tables]}))
        reader = reader.told(wish.expect, wish.printed)
        if wish.regions:
            return _of_regions(reader, pages, wish)
        if not wish.is_plain:
            return self._with_more(reader.steps(pages, page=page), pages, wish)
        if page is None and pages.count > 1:
            return _of_all(reader, pages)
        reading = reader.read(pages, page=page)
        return as_json(_with_count(pages, reading.to_dict()), counts=_counts(reading))

    def _known(self) -> Answer:
        self._reader.check()
        text = self._reader.read(Sketch((280, 280), [Stroke(TWO, width=18)]).to_image()).text
        if text == "2":
            return as_json({"status": "ready"})
        hint = "check the network: inkread doctor"
        return refusal(503, "reads_wrong", f"a drawn 2 was read as “{text}”", hint)

    def _with_more(self, steps: Steps, pages: Pages, wish: Wish) -> Answer:
        reading = _corrected(steps.reading, wish.corrected, wish.inserted)
        if wish.is_picture:
            return Answer(200, png(annotate(steps.image, reading)), "image/png", counts=_counts(reading))
        fields = _with_count(pages, reading.to_dict())
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
        return as_json(fields, counts=_counts(reading))

    def _inside(self, steps: Steps, number: int) -> dict[str, Any]:
        """What the network sees of the digit with this number, counted from 1."""
        from inkread.apps.web.inside import describe
        from inkread.explain import Looker

        digits = len(steps.reading.digits)
        if number > digits:
            there = f"there are {digits} digits" if digits != 1 else "there is one digit"
            raise Refused(422, "no_such_digit", f"{there}, none with the number {number}", "count from 1")
        self._looker = self._looker or Looker(self._order.model)
        return describe(steps, number - 1, self._looker)


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
        hint = "try another picture; see its log"
        answer = refusal(500, "internal", "this is a mistake of the server", hint)
        return replace(answer, trouble=traceback.format_exc())


# Readings


def _of_all(reader: Reader, pages: Pages) -> Answer:
    """The readings of all pages, with an error for a page that cannot be read."""
    told, trouble = [], ""
    counts: list[tuple[int, ...]] = [(0, 0, 0)]
    for number in pages.numbers():
        read = guarded(reader.read, pages, page=number)
        if isinstance(read, Answer):
            told.append({"page": number, **json.loads(read.body)})
            trouble = trouble or read.trouble
        else:
            told.append(read.to_dict())
            counts.append(_counts(read))
    return as_json({"pages": told}, counts=_sum(counts), trouble=trouble)


def _of_regions(reader: Reader, pages: Pages, wish: Wish) -> Answer:
    """The reading of each region of a file. Raises ``Refused`` for what only a whole page has."""
    if not wish.is_plain:
        hint = "leave regions out, or ask for nothing but page, dpi, mine, expect and printed"
        raise Refused(422, "wrong_region", "regions have readings and nothing else", hint)
    found = reader.read(pages, page=wish.page, regions=regions_from_json(wish.regions))
    fields = {"regions": {name: reading.to_dict() for name, reading in found.items()}}
    return as_json(_with_count(pages, fields), counts=_sum(map(_counts, found.values())))


def _closeup(steps: Steps, digit: Digit) -> dict[str, Any] | None:
    """The glyph as 784 bytes, 0 paper … 255 ink, and the ten probabilities."""
    found = look_at(steps, digit)
    if found is None:
        return None
    return {
        "glyph": as_text(np.round(255 * np.clip(found.glyph, 0, 1)).astype(np.uint8).tobytes()),
        "probabilities": [round(float(share), 6) for share in found.probabilities],
        "not_a_digit": round(found.not_a_digit, 6),
    }


def _counts(reading: Reading) -> tuple[int, ...]:
    """Digits, doubtful digits and rejected pieces of ink."""
    return len(reading.digits), sum(digit.doubtful for digit in reading.digits), len(reading.rejected)


def _sum(counts: Any) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))


def _with_count(pages: Pages, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields; for one page of several, also their number."""
    return fields if pages.count == 1 else {"page_count": pages.count, **fields}


def _classified(scores: Any) -> Answer:
    glyphs = [
        {
            "value": max(range(10), key=row.__getitem__),
            "confidence": round(max(row), 6),
            "probabilities": [round(share, 6) for share in row],
        }
        for row in scores.tolist()
    ]
    return as_json({"glyphs": glyphs})


# Tables


def _written(name: str, body: bytes) -> Answer:
    """Tables as a file of this format. Raises ``Refused`` for what is no table."""
    try:
        tables = [Table.from_dict(_checked(fields)) for fields in from_json(body)["tables"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "send the JSON that /v1/tables gave, with said in the cells that you correct"
        raise Refused(422, "no_table", "the body has no tables as /v1/tables gives them", hint) from None
    return Answer(200, FORMATS[name](tables, "text"), TYPES[name])


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a table whose cells lie in it, which a model of pydantic cannot say. Raises ValueError."""
    rows, columns = fields["row_count"], fields["column_count"]
    if not 0 < rows * columns <= _CELLS_MAX or min(rows, columns) < 1:
        raise ValueError("size")
    for cell in fields["cells"]:
        last = cell["row"] + cell["rows"], cell["column"] + cell["columns"]
        spans = min(cell["rows"], cell["columns"]) >= 1 and min(cell["row"], cell["column"]) >= 0
        if not spans or last[0] > rows or last[1] > columns or not isinstance(cell.get("said", ""), str):
            raise ValueError("cell")
    return fields


# Corrections: one names the digit by its box, and comes with the picture of the reading that has it


def _keep(store: Corrections, steps: Steps, said: Correction) -> Answer:
    """Stores the value that somebody gives a digit. Raises ``Refused`` if the reading has no such box."""
    digit = _digit_at(steps.reading, _edges(said.box))
    closeup = look_at(steps, digit)
    if closeup is None:
        raise Refused(422, "no_glyph", "this digit has no glyph", "correct another one")
    # What the network alone made of it: earlier corrections may have changed that already.
    guessed = digit.value if digit.unadapted is None else digit.unadapted
    added = store.add(closeup.picture, said.label, guessed)
    former = added.former.label if added.former is not None else None
    told = {"kept": added.new, "id": added.correction.id, "former": former, "corrections": store.count()}
    return as_json(told, 201 if added.new else 200)


def _forget(store: Corrections, correction: str) -> Answer:
    """Removes the correction with this id; "" removes all."""
    if not correction:
        store.clear()
        return as_json({"corrections": 0})
    try:
        store.remove(correction)
    except NoSuchCorrection:
        return refusal(404, "no_such_correction", f"no correction has the id {correction}", "it is gone")
    return as_json({"corrections": store.count()})


def _list_kept(store: Corrections) -> Answer:
    """The newest corrections with their pictures, the newest first, and how many there are."""
    shown = [
        {"id": each.id, "label": each.label, "guessed": each.guessed, "png": as_text(each.path.read_bytes())}
        for each in store.newest(_SHOWN)
    ]
    return as_json({"corrections": store.count(), "newest": shown})


def _corrected(reading: Reading, corrected: Sequence[str], inserted: Sequence[str]) -> Reading:
    """The reading with corrected values, without digits that are left out, and with inserted ones.

    Also ink that was left unread can be said to be a digit. Raises ``Refused`` for a box that the reading lacks."""
    if not corrected and not inserted:
        return reading
    said, added = (dict(map(_saying, each)) for each in (corrected, inserted))
    for box in said.keys() - {_box(each) for each in reading.rejected}:
        _digit_at(reading, box)
    new = (Part(None, box, None, Edit("correct", box, None, value)) for box, value in added.items())
    found = Found.of(reading, ink_of=_box)
    edits = [Edit("correct", box, box, value) for box, value in said.items()]
    lines = Arranged(replace(found, scraps=(*found.scraps, *new)), edits).lines
    return as_corrected(reading, lines, lambda edges: Box(*map(int, edges)))


def _box(part: Any) -> Edges:
    return part.box.left, part.box.top, part.box.right, part.box.bottom


def _edges(box: str) -> Edges:
    left, top, right, bottom = map(int, box.split(","))
    return left, top, right, bottom


def _saying(text: str) -> tuple[Edges, int | None]:
    """From ``10,20,30,40:5``; without a digit it is None."""
    box, _, label = text.partition(":")
    return _edges(box), int(label) if label else None


def _digit_at(reading: Reading, box: Edges) -> Digit:
    for digit in reading.digits:
        if _box(digit) == box:
            return digit
    detail = f"the reading of this picture has no digit in the box {','.join(map(str, box))}"
    raise Refused(409, "stale_correction", detail, "send the picture of the reading that you correct")
