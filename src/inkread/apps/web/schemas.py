"""What the API takes and gives, as OpenAPI shows it, with examples; strokes are also checked against it.

Readings are made by ``render.to_json``; that they are as said here is tested, not enforced on every answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import models_json_schema

Probability = Annotated[float, Field(ge=0, le=1)]
BoxOut = Annotated[
    list[int],
    Field(
        min_length=4, max_length=4, description="left, top, right, bottom in pixels; the last two exclusive"
    ),
]
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-100_000, le=100_000)]
PenWidth = Annotated[float, Field(gt=0, le=500, allow_inf_nan=False)]


class Refusal(BaseModel):
    """Why a request was not answered as asked."""

    error: str = Field(description="a word for programs", examples=["unreadable_picture"])
    detail: str = Field(description="what happened", examples=["the picture: is not a picture"])
    hint: str = Field(description="what to do next", examples=["send a PNG or a JPEG"])


class StrokeIn(BaseModel):
    """One stroke, pen down to pen up."""

    points: list[tuple[Finite, Finite]] = Field(min_length=1, max_length=10_000)
    width: PenWidth = Field(description="of the pen, in pixels")
    widths: list[PenWidth] | None = Field(default=None, description="at each point, where pressure was felt")

    @model_validator(mode="after")
    def _one_width_per_point(self) -> StrokeIn:
        if self.widths is not None and len(self.widths) != len(self.points):
            raise ValueError(f"{len(self.widths)} widths for {len(self.points)} points")
        return self


class SketchIn(BaseModel):
    """What was drawn: strokes on a sheet of ``size_wh`` pixels, y downwards."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "size_wh": [280, 280],
                    "strokes": [
                        {
                            "width": 18,
                            "points": [[80, 95], [95, 60], [140, 45], [185, 65], [190, 110], [150, 160], [80, 225],
                                       [140, 225], [205, 222]],
                        }
                    ],
                }
            ]
        }
    )  # fmt: skip

    size_wh: tuple[Annotated[int, Field(ge=1, le=4096)], Annotated[int, Field(ge=1, le=4096)]]
    strokes: list[StrokeIn] = Field(max_length=2_000)

    @model_validator(mode="after")
    def _not_too_large(self) -> SketchIn:
        if self.size_wh[0] * self.size_wh[1] > 6_000_000:
            raise ValueError("size_wh: more than 6 megapixels")
        return self


class RunnerUpOut(BaseModel):
    value: int = Field(ge=0, le=9)
    confidence: Probability


class DigitOut(BaseModel):
    value: int = Field(ge=0, le=9)
    confidence: Probability = Field(description="that value is right")
    doubtful: bool = Field(description="confidence is below the server's --min-confidence")
    box: BoxOut
    runners_up: list[RunnerUpOut]
    unadapted: int | None = Field(
        default=None, description="with mine=1: what it is without corrections, where they changed it"
    )
    printed: Probability | None = Field(default=None, description="with printed=: that it is print")


class LikelyOut(BaseModel):
    text: str
    confidence: Probability


class ExpectedOut(BaseModel):
    pattern: str
    satisfied: bool = Field(description="what was read is as expected")
    text: str | None = Field(description="the likeliest text that is as expected")
    odds: float = Field(ge=0, description="its probability over that of what was read")
    confidence: Probability = Field(description="that it is right, if the expectation holds")
    alternatives: list[LikelyOut]


class LineOut(BaseModel):
    text: str
    confidence: Probability = Field(description="that all its digits are right")
    digits: list[DigitOut]
    expected: ExpectedOut | None = Field(default=None, description="with expect=")


class MarkOut(BaseModel):
    text: str
    confidence: Probability
    box: BoxOut


class RejectedOut(BaseModel):
    box: BoxOut
    reason: str


class StepOut(BaseModel):
    name: str
    png: str = Field(description="a picture, PNG in Base64")


class CloseupOut(BaseModel):
    """What the network was given of a digit, and what it said."""

    glyph: str = Field(description="28 rows of 28 bytes, 0 paper … 255 ink, in Base64")
    probabilities: list[Probability] = Field(
        min_length=10,
        max_length=10,
        description="which digit the shape alone is, given that it is one; not how sure it is among others",
    )
    not_a_digit: Probability


class ReadingOut(BaseModel):
    """What was read: the JSON of ``inkread read``."""

    text: str
    confidence: Probability = Field(description="that all of it is right")
    size_wh: tuple[int, int]
    lines: list[LineOut]
    written: str = Field(description="as it is written, marks between the digits")
    marks: list[MarkOut]
    rejected: list[RejectedOut]
    turned_degrees: int = Field(
        description="how far the picture was turned to the right to stand upright; boxes and size_wh are so"
    )
    expected: ExpectedOut | None = Field(default=None, description="with expect=, of all lines")
    annotated: str | None = Field(
        default=None, description="with annotate=1 and something else: PNG in Base64"
    )
    steps: list[StepOut] | None = Field(default=None, description="with steps=1")
    closeups: list[CloseupOut | None] | None = Field(
        default=None, description="with closeups=1, for the first 300 digits"
    )
    upright: str | None = Field(default=None, description="with upright=1: the picture as PNG in Base64")
    inside: dict[str, Any] | None = Field(default=None, description="with inside=N")
    page: int | None = Field(default=None, ge=1, description="of a file with several pages")
    region: str | None = Field(default=None, description="with regions=: its name")
    page_count: int | None = Field(default=None, description="how many pages the file has; with page=N")


class UnreadPage(BaseModel):
    """A page that cannot be read, and why."""

    page: int = Field(ge=1)
    error: str
    detail: str
    hint: str


class PagesOut(BaseModel):
    """What was read of a file with several pages, in order."""

    pages: list[ReadingOut | UnreadPage]


class RegionsOut(BaseModel):
    """What was read in each region, by its name; boxes are in pixels of the whole picture."""

    regions: dict[str, ReadingOut]
    page_count: int | None = Field(default=None, description="how many pages the file has")


class CellOut(BaseModel):
    """A cell, and what stands in it."""

    row: int = Field(ge=0)
    column: int = Field(ge=0)
    rows: int = Field(ge=1, description="how many rows it spans")
    columns: int = Field(ge=1, description="how many columns it spans")
    text: str
    written: str = Field(description="as it is written, marks between the digits")
    confidence: Probability
    doubtful: bool
    unread: bool = Field(description="there is ink in the cell that was not read")
    said: str | None = Field(default=None, description="what somebody says is written there")
    box: BoxOut
    corners: list[tuple[float, float]] = Field(min_length=4, max_length=4)
    lines: list[LineOut]
    marks: list[MarkOut]


class TableSumOut(BaseModel):
    """A sum that was expected of a table."""

    name: str = Field(description="its row or column", examples=["row 3"])
    total: str = Field(description="the cell that should be the sum of parts", examples=["D3"])
    parts: list[str]
    satisfied: bool
    difference: float | None = Field(description="the parts' sum without the total; null: one is no number")
    searched: bool = Field(default=True, description="false: the search for a reading that adds up was cut off")


class TableOut(BaseModel):
    """A table; a merged cell is there once."""

    row_count: int
    column_count: int
    size_wh: tuple[int, int]
    cells: list[CellOut]
    sums: list[TableSumOut] | None = Field(default=None, description="with expect=, if it has sums")


class TablesOut(BaseModel):
    """The tables on a picture, from top to bottom."""

    tables: list[TableOut]
    page_count: int | None = Field(default=None, description="how many pages the file has")


class PicturesOut(BaseModel):
    """What was read of each picture of a form, in order."""

    pictures: list[ReadingOut | PagesOut | RegionsOut | Refusal]


class GlyphOut(BaseModel):
    value: int = Field(ge=0, le=9)
    confidence: Probability = Field(description="the largest of probabilities")
    probabilities: list[Probability] = Field(min_length=10, max_length=10)


class Classified(BaseModel):
    """Which digit each glyph is, given that it is one."""

    glyphs: list[GlyphOut]


_ONE: list[Any] = [0.0] * 406 + [1.0] * 16 + [0.0] * 362


class GlyphsIn(BaseModel):
    """Glyphs as MNIST has them, ink bright: 28 rows of 28 numbers (or 784 in a row), 0 for paper."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"glyphs": [_ONE]}]})

    glyphs: list[Any]
    full: Annotated[int, Field(description="the number that stands for full ink: 1 or 255")] = 1


class Model(BaseModel):
    """The network's card: data, licences, recipe, figures, SHA-256."""

    model_config = ConfigDict(extra="allow")


class Kept(BaseModel):
    """What became of a correction."""

    kept: bool = Field(description="False if the very same was there already")
    id: str = Field(description="what it is removed by")
    former: int | None = Field(description="what this digit was said to be before, if anything")
    corrections: int = Field(description="how many there are now")


class KeptOne(BaseModel):
    """A correction that is kept."""

    id: str
    label: int = Field(ge=0, le=9)
    guessed: int | None = Field(description="what it was read as; null: as no digit")
    png: str = Field(description="its picture, PNG in Base64")


class KeptOnes(BaseModel):
    """The newest corrections, the newest first."""

    corrections: int = Field(description="how many there are")
    newest: list[KeptOne]


class Removed(BaseModel):
    """What is left without a correction."""

    corrections: int = Field(description="how many there are now")


_REFUSALS = {
    400: "the request is broken",
    401: "a token is needed",
    403: "it comes from another site, or from another machine",
    404: "there is no such correction",
    408: "the body took too long to arrive",
    409: "the correction is of another reading",
    413: "too many bytes, pixels or strokes",
    415: "another content type than this takes",
    421: "the server was called by a name that is not its own",
    422: "not a picture, a damaged one, or not what is asked for",
    500: "a mistake of the server; its log has more",
    503: "too many wait; see Retry-After",
    504: "it took too long",
}


def components() -> dict[str, Any]:
    """For OpenAPI: the bodies that routes take in unchecked, since workers check them."""
    models: Any = [(SketchIn, "validation"), (GlyphsIn, "validation")]
    definitions: dict[str, Any] = models_json_schema(models, ref_template="#/components/schemas/{model}")[1][
        "$defs"
    ]
    return definitions


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the refusals that a route may answer with."""
    return {status: {"model": Refusal, "description": _REFUSALS[status]} for status in statuses}
