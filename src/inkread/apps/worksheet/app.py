"""What is answered where: the page, pictures of the worksheet, its rectangles, and saving them.

Every refusal is JSON ``{error, detail, hint}``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import ASGIApp

from inkread.apps.review.app import parsed, pictured, protected_app, told
from inkread.apps.web.request_body import Bodies
from inkread.apps.worksheet.editor import Editor
from inkread.sheets.exam.design import OPTIONS

_BODY_BYTES = 300_000  # Two hundred questions have some fifty thousand
_MOST_QUESTIONS = 200


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("is no line of text")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Edge = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[int, Field(ge=0, le=1000)] | Annotated[float, Field(ge=0, le=1000)]


class Place(BaseModel):
    """A page and a box on it, in fractions of the page."""

    model_config = ConfigDict(strict=True)
    page: int = Field(ge=1)
    box: tuple[Edge, Edge, Edge, Edge]


class PlacedQuestion(Place):
    """One question, as ``templatefile.fields_of`` gives it."""

    name: Line
    kind: Line
    key: Line
    points: Points
    options: int = Field(ge=2, le=len(OPTIONS))
    was: int | None = None


class Rectangles(BaseModel):
    """All rectangles, and the version of the file that was looked at."""

    model_config = ConfigDict(strict=True)
    number: Place | None
    name: Place | None
    student_number: int = Field(ge=1, le=12)
    questions: list[PlacedQuestion]
    seen: str


def make_app(editor: Editor, host: str, token: str) -> ASGIApp:
    """The whole application, as ASGI; all but the page needs the ``token``."""

    def add(api: FastAPI, bodies: Bodies) -> None:
        @api.get("/v1/worksheet")
        async def worksheet() -> Response:
            return await told(editor.overview)

        @api.get("/v1/page/{number}")
        async def page(number: int) -> Response:
            return await pictured("image/png", "such page", editor.page, number)

        @api.post("/v1/worksheet")
        async def save(request: Request) -> Response:
            given = parsed(Rectangles, await bodies.take(request), "these are no rectangles")
            fields = given.model_dump()
            fields["questions"] = fields["questions"][:_MOST_QUESTIONS]
            return await told(editor.save, fields, fields.pop("seen"))

    return protected_app("inkread.apps.worksheet.page", host, token, _BODY_BYTES, add)
