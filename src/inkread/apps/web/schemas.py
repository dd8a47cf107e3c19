"""What the API takes and gives, as OpenAPI shows it, with examples; queries and strokes are also checked against it.

Readings are made by ``render.to_json``; that they are as said here is tested, not enforced on every answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import models_json_schema

from inkread.reader import Printed


def about(description: str, default: Any = ..., **limits: Any) -> Any:
    """A field with its description; without a default it is required."""
    return Field(default, description=description, **limits)


# Queries, and the jobs that are made of them

_BOX = r"\d{1,6},\d{1,6},\d{1,6},\d{1,6}"
_Said = tuple[Annotated[str, StringConstraints(pattern=rf"^{_BOX}:\d?$")], ...]
_Added = tuple[Annotated[str, StringConstraints(pattern=rf"^{_BOX}:\d$")], ...]
_REGION_EXAMPLES = [
    '{"total": "60%,88%,95%,96%"}',
    '[{"name": "date", "box": [40, 60, 400, 120], "expect": "dd/mm/yyyy"}]',
]


_PRINT = "say which digits are print; leave print unread, or read it alone"
_SAID = "left,top,right,bottom:D gives the digit in that box as a D; without D, leaves it out"
_REGIONS = "read these rectangles alone, JSON: names and boxes, or the content of a file of regions"


class Which(BaseModel):
    """Which page is read, and whether corrections are heeded."""

    model_config = ConfigDict(frozen=True)

    page: int | None = about("of a PDF or TIFF with several pages, this one alone", None, ge=1, le=1_000_000)
    dpi: float | None = about("the resolution of a PDF's pages (200)", None, ge=20, le=1200)
    mine: bool = about(
        "heed the corrections that are kept: digits that look like them are read as they say", False
    )


class TableWish(Which):
    expect: str | None = about(
        "what should hold: D = B + C, row sums, B: 0..20, 0..100", None, max_length=500
    )
    printed: Printed | None = about(_PRINT, None)


class Wish(Which):
    annotate: bool = about("give the picture with every digit boxed (PNG) instead of JSON", False)
    steps: bool = about("also give a picture of each step", False)
    inside: int = about("also say what the network sees of the Nth digit", 0, ge=0, le=100_000)
    closeups: bool = about("also give each digit's glyph and all its probabilities", False)
    upright: bool = about("also give the picture as PNG, upright", False)
    corrected: _Said = about(_SAID, (), max_length=1000)
    inserted: _Added = about(
        "left,top,right,bottom:D adds a D there, which was not read", (), max_length=1000
    )
    expect: str | None = about("what each line should be: 6, dd/mm/yyyy, 0..100, luhn", None, max_length=200)
    printed: Printed | None = about(_PRINT, None)
    regions: str = about(_REGIONS, "", max_length=20_000, examples=_REGION_EXAMPLES)

    @property
    def is_plain(self) -> bool:
        """Whether the reading alone is wanted."""
        return not (self.annotate or self.corrected or self.inserted or self._has_more)

    @property
    def is_picture(self) -> bool:
        """Whether the picture with its digits boxed is wanted, and nothing else."""
        return self.annotate and not self._has_more

    @property
    def _has_more(self) -> bool:
        return bool(self.steps or self.inside or self.closeups or self.upright)


class Correction(Which):
    box: str = about("left,top,right,bottom: the digit's box in the reading", pattern=rf"^{_BOX}$")
    label: int = about("what the digit really is", ge=0, le=9)


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a client: ``read``, ``tables``, ``write``, ``classify``, ``correct``, ``kept``, ``forget``, ``card``; or
    of the server: ``known``. ``told`` is the format to write, or the id of the correction to forget ("": all)."""

    kind: str
    content_type: str = ""
    body: bytes = b""
    wish: Which = field(default_factory=Wish)
    told: str = ""


# Bodies

_Finite = Annotated[float, Field(allow_inf_nan=False, ge=-100_000, le=100_000)]
_PenWidth = Annotated[float, Field(gt=0, le=500, allow_inf_nan=False)]
_Side = Annotated[int, Field(ge=1, le=4096)]
TWO = [[80, 95], [95, 60], [140, 45], [185, 65], [190, 110], [150, 160], [80, 225], [140, 225], [205, 222]]
"""The pen's path through a 2 on a sheet of 280 × 280 pixels."""
_A_SKETCH: Any = {"size_wh": [280, 280], "strokes": [{"width": 18, "points": TWO}]}
_ONE: Any = [0.0] * 406 + [1.0] * 16 + [0.0] * 362


class StrokeIn(BaseModel):
    """One stroke, pen down to pen up."""

    points: list[tuple[_Finite, _Finite]] = Field(min_length=1, max_length=10_000)
    width: _PenWidth = about("of the pen, in pixels")
    widths: list[_PenWidth] | None = about("at each point, where pressure was felt", None)

    @model_validator(mode="after")
    def _one_width_per_point(self) -> StrokeIn:
        if self.widths is not None and len(self.widths) != len(self.points):
            raise ValueError(f"{len(self.widths)} widths for {len(self.points)} points")
        return self


class SketchIn(BaseModel):
    """What was drawn: strokes on a sheet of ``size_wh`` pixels, y downwards."""

    model_config = ConfigDict(json_schema_extra={"examples": [_A_SKETCH]})

    size_wh: tuple[_Side, _Side]
    strokes: list[StrokeIn] = Field(max_length=2_000)

    @model_validator(mode="after")
    def _not_too_large(self) -> SketchIn:
        if self.size_wh[0] * self.size_wh[1] > 6_000_000:
            raise ValueError("size_wh: more than 6 megapixels")
        return self


class GlyphsIn(BaseModel):
    """Glyphs as MNIST has them, ink bright: 28 rows of 28 numbers (or 784 in a row), 0 for paper."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"glyphs": [_ONE]}]})

    glyphs: list[Any]
    full: int = about("the number that stands for full ink: 1 or 255", 1)


class Entering(BaseModel):
    """What a link gave, or the token that somebody typed."""

    token: str = about("the code of a link, or the token", max_length=1000)
    remember: bool = about("whether the browser keeps the cookie after it is closed", True)


# Answers

Probability = Annotated[float, Field(ge=0, le=1)]
_Value = Annotated[int, Field(ge=0, le=9)]
_EDGES = "left, top, right, bottom in pixels; the last two exclusive"
BoxOut = Annotated[list[int], Field(min_length=4, max_length=4, description=_EDGES)]
_Ten = Annotated[list[Probability], Field(min_length=10, max_length=10)]
_PAGE_COUNT = "how many pages the file has; with page=N"


class Refusal(BaseModel):
    """Why a request was not answered as asked."""

    error: str = about("a word for programs", examples=["unreadable_picture"])
    detail: str = about("what happened", examples=["the picture: is not a picture"])
    hint: str = about("what to do next", examples=["send a PNG or a JPEG"])


class RunnerUpOut(BaseModel):
    value: _Value
    confidence: Probability


class DigitOut(BaseModel):
    value: _Value
    confidence: Probability = about("that value is right")
    doubtful: bool = about("confidence is below the server's --min-confidence")
    box: BoxOut
    runners_up: list[RunnerUpOut]
    unadapted: int | None = about("with mine=1: what it is without corrections, where they changed it", None)
    printed: Probability | None = about("with printed=: that it is print", None)


class LikelyOut(BaseModel):
    text: str
    confidence: Probability


class MarkOut(LikelyOut):
    box: BoxOut


class RejectedOut(BaseModel):
    box: BoxOut
    reason: str


class ExpectedOut(BaseModel):
    pattern: str
    satisfied: bool = about("what was read is as expected")
    text: str | None = about("the likeliest text that is as expected")
    odds: float = about("its probability over that of what was read", ge=0)
    confidence: Probability = about("that it is right, if the expectation holds")
    alternatives: list[LikelyOut]


class LineOut(BaseModel):
    text: str
    confidence: Probability = about("that all its digits are right")
    digits: list[DigitOut]
    expected: ExpectedOut | None = about("with expect=", None)


class StepOut(BaseModel):
    name: str
    png: str = about("a picture, PNG in Base64")


class CloseupOut(BaseModel):
    """What the network was given of a digit, and what it said."""

    glyph: str = about("28 rows of 28 bytes, 0 paper … 255 ink, in Base64")
    probabilities: _Ten = about("which digit the shape alone is, given that it is one; not among others")
    not_a_digit: Probability


class ReadingOut(BaseModel):
    """What was read: the JSON of ``inkread read``."""

    text: str
    confidence: Probability = about("that all of it is right")
    size_wh: tuple[int, int]
    lines: list[LineOut]
    written: str = about("as it is written, marks between the digits")
    marks: list[MarkOut]
    rejected: list[RejectedOut]
    turned_degrees: int = about("how far it was turned to the right to be upright; boxes and size_wh are so")
    expected: ExpectedOut | None = about("with expect=, of all lines", None)
    annotated: str | None = about("with annotate=1 and something else: PNG in Base64", None)
    steps: list[StepOut] | None = about("with steps=1", None)
    closeups: list[CloseupOut | None] | None = about("with closeups=1, for the first 300 digits", None)
    upright: str | None = about("with upright=1: the picture as PNG in Base64", None)
    inside: dict[str, Any] | None = about("with inside=N", None)
    page: int | None = about("of a file with several pages", None, ge=1)
    region: str | None = about("with regions=: its name", None)
    page_count: int | None = about(_PAGE_COUNT, None)


class UnreadPage(Refusal):
    """A page that cannot be read, and why."""

    page: int = Field(ge=1)


class PagesOut(BaseModel):
    """What was read of a file with several pages, in order."""

    pages: list[ReadingOut | UnreadPage]


class RegionsOut(BaseModel):
    """What was read in each region, by its name; boxes are in pixels of the whole picture."""

    regions: dict[str, ReadingOut]
    page_count: int | None = about(_PAGE_COUNT, None)


class PicturesOut(BaseModel):
    """What was read of each picture of a form, in order."""

    pictures: list[ReadingOut | PagesOut | RegionsOut | Refusal]


class CellOut(BaseModel):
    row: int = Field(ge=0)
    column: int = Field(ge=0)
    rows: int = about("how many rows it spans", ge=1)
    columns: int = about("how many columns it spans", ge=1)
    text: str
    written: str = about("as it is written, marks between the digits")
    confidence: Probability
    doubtful: bool
    unread: bool = about("there is ink in the cell that was not read")
    said: str | None = about("what somebody says is written there", None)
    box: BoxOut
    corners: list[tuple[float, float]] = Field(min_length=4, max_length=4)
    lines: list[LineOut]
    marks: list[MarkOut]


class TableSumOut(BaseModel):
    name: str = about("its row or column", examples=["row 3"])
    total: str = about("the cell that should be the sum of parts", examples=["D3"])
    parts: list[str]
    satisfied: bool
    difference: float | None = about("the parts' sum without the total; null: one is no number")
    searched: bool = about(
        "false: the search for a reading that adds up was cut off before it found one", True
    )


class TableOut(BaseModel):
    """A table; a merged cell is there once."""

    row_count: int
    column_count: int
    size_wh: tuple[int, int]
    cells: list[CellOut]
    sums: list[TableSumOut] | None = about("with expect=, if it has sums", None)


class TablesOut(BaseModel):
    """The tables on a picture, from top to bottom."""

    tables: list[TableOut]
    page_count: int | None = about(_PAGE_COUNT, None)


class GlyphOut(BaseModel):
    value: _Value
    confidence: Probability = about("the largest of probabilities")
    probabilities: _Ten


class Classified(BaseModel):
    """Which digit each glyph is, given that it is one."""

    glyphs: list[GlyphOut]


class Model(BaseModel):
    """The network's card: data, licences, recipe, figures, SHA-256."""

    model_config = ConfigDict(extra="allow")


class Removed(BaseModel):
    corrections: int = about("how many there are now")


class Kept(Removed):
    """What became of a correction."""

    kept: bool = about("False if the very same was there already")
    id: str = about("what it is removed by")
    former: int | None = about("what this digit was said to be before, if anything")


class KeptOne(BaseModel):
    id: str
    label: _Value
    guessed: int | None = about("what it was read as; null: as no digit")
    png: str = about("its picture, PNG in Base64")


class KeptOnes(Removed):
    """The newest corrections, the newest first."""

    newest: list[KeptOne]


# OpenAPI

REFUSED: Any = {
    "default": {
        "model": Refusal,
        "description": "why it is refused: 400 broken, 401 no token, 403 from elsewhere, 404 not there, 408 too slow, "
        "409 of another reading, 413 too large, 415 another content type, 421 a foreign name, 422 not what is asked "
        "for, 500 a mistake of the server, 503 too many wait (see Retry-After), 504 it took too long",
    }
}
"""Whatever else than is asked for may be answered."""


def components() -> dict[str, Any]:
    """For OpenAPI: the bodies that routes take in unchecked, since workers check them."""
    models: Any = [(model, "validation") for model in (SketchIn, GlyphsIn, Entering)]
    return models_json_schema(models, ref_template="#/components/schemas/{model}")[1]["$defs"]
