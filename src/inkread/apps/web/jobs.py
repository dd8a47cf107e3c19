"""Jobs for the workers, and what clients may ask for beside a reading: the query of a request, checked by pydantic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inkread.reader import Printed

BOX = r"\d{1,6},\d{1,6},\d{1,6},\d{1,6}"
"""A box as requests write it, as a regular expression."""
_Said = tuple[Annotated[str, StringConstraints(pattern=rf"^{BOX}:\d?$")], ...]
_Added = tuple[Annotated[str, StringConstraints(pattern=rf"^{BOX}:\d$")], ...]
_A_PAGE = "of a PDF or TIFF with several pages, this one alone"
_MINE = "heed the corrections that are kept: digits that look like them are read as they say"
_SAID = "left,top,right,bottom:D gives the digit in that box as a D; without D, leaves it out"
_EXPECT = "what each line should be: 6, dd/mm/yyyy, 0..100, luhn"
_PRINT = "say which digits are print; leave print unread, or read it alone"
_REGIONS = "read these rectangles alone, JSON: names and boxes, or the content of a file of regions"
_REGION_EXAMPLES = [
    '{"total": "60%,88%,95%,96%"}',
    '[{"name": "date", "box": [40, 60, 400, 120], "expect": "dd/mm/yyyy"}]',
]
_TABLE_EXPECT = "what should hold: D = B + C, row sums, B: 0..20, 0..100"
_ADDED = "left,top,right,bottom:D adds a D there, which was not read"


class Which(BaseModel):
    """Which page is read, and whether corrections are heeded."""

    model_config = ConfigDict(frozen=True)

    page: int | None = Field(default=None, ge=1, le=1_000_000, description=_A_PAGE)
    dpi: float | None = Field(
        default=None, ge=20, le=1200, description="the resolution of a PDF's pages (200)"
    )
    mine: bool = Field(default=False, description=_MINE)


class TableWish(Which):
    """What is known of the tables of a picture."""

    expect: str | None = Field(default=None, max_length=500, description=_TABLE_EXPECT)
    printed: Printed | None = Field(default=None, description=_PRINT)


class Wish(Which):
    """What is to be given of a picture."""

    annotate: bool = Field(
        default=False, description="give the picture with every digit boxed (PNG) instead of JSON"
    )
    steps: bool = Field(default=False, description="also give a picture of each step")
    inside: int = Field(
        default=0, ge=0, le=100_000, description="also say what the network sees of the Nth digit"
    )
    closeups: bool = Field(
        default=False, description="also give each digit's glyph and all its probabilities"
    )
    upright: bool = Field(default=False, description="also give the picture as PNG, upright")
    corrected: _Said = Field(default=(), max_length=1000, description=_SAID)
    inserted: _Added = Field(default=(), max_length=1000, description=_ADDED)
    expect: str | None = Field(default=None, max_length=200, description=_EXPECT)
    printed: Printed | None = Field(default=None, description=_PRINT)

    regions: str = Field(default="", max_length=20_000, description=_REGIONS, examples=_REGION_EXAMPLES)

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
    """A digit, and what it really is."""

    box: str = Field(pattern=rf"^{BOX}$", description="left,top,right,bottom: the digit's box in the reading")
    label: int = Field(ge=0, le=9, description="what the digit really is")


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a client: ``read``, ``tables``, ``tables.csv`` and the like, ``classify``, ``correct``, ``kept``,
    ``forget``, ``card``; or of the server: ``known``."""

    kind: str
    content_type: str = ""
    body: bytes = b""
    wish: Which = field(default_factory=Wish)
    about: str = ""
    """The id of the correction to forget; "": all."""
