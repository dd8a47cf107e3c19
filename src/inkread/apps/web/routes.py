"""The routes of the API: each receives its body, makes a job of it, and returns the answer."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, StringConstraints
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from inkread.apps.web.answers import Answer, Refused, busy, refusal
from inkread.apps.web.correcting import BOX, saying
from inkread.apps.web.handlers import Job, Wish
from inkread.apps.web.metrics import Figures, log
from inkread.apps.web.request_body import Bodies
from inkread.apps.web.schemas import (
    Classified,
    GlyphsIn,
    Model,
    PagesOut,
    PicturesOut,
    ReadingOut,
    RegionsOut,
    SketchIn,
    responses,
)
from inkread.apps.web.settings import Settings
from inkread.apps.web.work_queue import WorkQueue
from inkread.reader import Printed

__all__ = [
    "PICTURES",
    "READS",
    "Dpi",
    "Mine",
    "Page",
    "PrintedQuery",
    "Service",
    "TableExpected",
    "as_response",
    "is_long",
    "json_body",
    "routes",
]

Annotate = Annotated[bool, Query(description="give the picture with every digit boxed (PNG) instead of JSON")]
Steps = Annotated[bool, Query(description="also give a picture of each step")]
Inside = Annotated[
    int, Query(ge=0, le=100_000, description="also say what the network sees of the Nth digit")
]
Closeups = Annotated[bool, Query(description="also give each digit's glyph and all its probabilities")]
Upright = Annotated[bool, Query(description="also give the picture as PNG, upright")]
Corrected = Annotated[
    list[Annotated[str, StringConstraints(pattern=rf"^{BOX}:\d$")]],
    Query(max_length=1000, description="left,top,right,bottom:D gives the digit in that box as a D"),
]
Page = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="of a PDF or TIFF with several pages, this one alone")
]
Mine = Annotated[
    bool,
    Query(description="heed the corrections that are kept: digits that look like them are read as they say"),
]
Dpi = Annotated[float | None, Query(ge=20, le=1200, description="the resolution of a PDF's pages (200)")]

Expected = Annotated[
    str | None, Query(max_length=200, description="what each line should be: 6, dd/mm/yyyy, 0..100, luhn")
]
RegionsQuery = Annotated[
    str,
    Query(
        max_length=20_000,
        description="read these rectangles alone, JSON: names and boxes, or the content of a file of regions",
        examples=[
            '{"total": "60%,88%,95%,96%"}',
            '[{"name": "date", "box": [40, 60, 400, 120], "expect": "dd/mm/yyyy"}]',
        ],
    ),
]
TableExpected = Annotated[
    str | None, Query(max_length=500, description="what should hold: D = B + C, row sums, B: 0..20, 0..100")
]
PrintedQuery = Annotated[
    Printed | None, Query(description="say which digits are print; leave print unread, or read it alone")
]

_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {"picture": {"type": "string", "format": "binary"}},
        "required": ["picture"],
    }
}
PICTURES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/png": _PICTURE,
            "image/jpeg": _PICTURE,
            "image/*": _PICTURE,
            "application/pdf": _PICTURE,
            "multipart/form-data": _FORM,
        },
    }
}
READS = responses(400, 401, 403, 408, 413, 415, 421, 422, 500, 503, 504)
_READING: dict[int | str, dict[str, Any]] = {
    200: {"model": ReadingOut, "description": "what was read", "content": {"image/png": _PICTURE}},
    **READS,
    **responses(409),
}
_READINGS: dict[int | str, dict[str, Any]] = {
    **_READING,
    200: {
        "model": ReadingOut | PagesOut | PicturesOut | RegionsOut,
        "description": "what was read; of a file with several pages, each page; with regions=, each region",
        "content": {"image/png": _PICTURE},
    },
}


class Service:
    """The state that the routes share: queue, bodies, metrics, and whether the server is stopping."""

    def __init__(self, settings: Settings, figures: Figures) -> None:
        self.settings, self.figures = settings, figures
        self.bodies = Bodies(settings)
        self.queue: WorkQueue | None = None
        self.stopping = False
        self._shared: dict[str, asyncio.Task[Answer]] = {}
        figures.held.set_function(lambda: self.bodies.held)
        figures.waiting.set_function(lambda: self.queue.waiting if self.queue else 0)

    async def ask(self, job: Job, *, first: bool = False) -> Answer:
        if self.queue is None:
            raise Refused(busy())
        answer = await self.queue.answer(job, first=first)
        if answer.trouble or answer.status == 500:
            log("trouble", logging.ERROR, trouble=answer.trouble or json.loads(answer.body)["detail"])
        self.figures.count(answer.counts)
        return answer

    async def share(self, kind: str) -> Answer:
        """The answer to a job of the server itself. It jumps the queue, and concurrent requests share it."""
        task = self._shared.get(kind)
        if task is None or (task.done() and not _lasts(kind, task)):
            task = self._shared[kind] = asyncio.ensure_future(self.ask(Job(kind), first=True))
        return await asyncio.shield(task)

    async def take(self, request: Request, kind: str, wish: Wish | None = None) -> Response:
        """Receives the body and has the job answered. If the client disconnects, the job is cancelled."""
        if self.queue is None or self.queue.full:
            raise Refused(busy(), unread=is_long(request))
        body = await self.bodies.take(request)
        job = Job(kind, request.headers.get("content-type", ""), body, wish or Wish())
        with self.bodies.holding(len(body)):
            return await self._answered(request, job)

    async def _answered(self, request: Request, job: Job) -> Response:
        answering = asyncio.ensure_future(self.ask(job))
        leaving = asyncio.ensure_future(request.receive())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise ClientDisconnect
            return as_response(answering.result())
        finally:
            leaving.cancel()
            answering.cancel()


def routes(service: Service) -> APIRouter:
    """All of the API."""
    router = APIRouter()
    _add_reading(router, service)
    _add_strokes(router, service)
    _add_network(router, service)
    _add_health(router, service)
    return router


async def _wished(  # else FastAPI would hand it to a thread
    annotate: Annotate = False,
    steps: Steps = False,
    inside: Inside = 0,
    closeups: Closeups = False,
    upright: Upright = False,
    corrected: Corrected = (),  # type: ignore[assignment]
    page: Page = None,
    dpi: Dpi = None,
    mine: Mine = False,
    expect: Expected = None,
    printed: PrintedQuery = None,
    regions: RegionsQuery = "",
) -> Wish:
    """The options of a request."""
    said = tuple(saying(*each.split(":")) for each in corrected)
    return Wish(
        annotate, steps, inside, closeups, upright, said, page, dpi,
        mine=mine, expect=expect, printed=printed, regions=regions,
    )  # fmt: skip


Wished = Annotated[Wish, Depends(_wished)]


def _add_reading(router: APIRouter, service: Service) -> None:
    @router.post("/v1/read", tags=["reading"], responses=_READINGS, openapi_extra=PICTURES)
    async def read(request: Request, wish: Wished) -> Response:
        """Reads a picture, or each page of a PDF or TIFF: its bytes as the body, or a multipart form.

        Of a form with several files, each is read: `{"pictures": [...]}` has a reading, or why there is none, for each.
        Whatever is asked for beside the reading is of one page: of several, `page` names it.
        """
        return await service.take(request, "read", wish)


def _add_strokes(router: APIRouter, service: Service) -> None:
    strokes = {"requestBody": {"required": True, "content": json_body(SketchIn)}}

    @router.post("/v1/read/strokes", tags=["reading"], responses=_READING, openapi_extra=strokes)
    async def read_strokes(request: Request, wish: Wished) -> Response:
        """Reads what was drawn: strokes as points, in pixels of the sheet they were drawn on."""
        _only_json(request)
        return await service.take(request, "read", wish)


def _add_network(router: APIRouter, service: Service) -> None:
    classified: dict[int | str, dict[str, Any]] = {
        200: {"model": Classified, "description": "which digits they are"}
    }
    raw = {"application/octet-stream": _PICTURE}

    @router.post(
        "/v1/classify",
        tags=["the network"],
        responses=classified | READS,
        openapi_extra={"requestBody": {"required": True, "content": json_body(GlyphsIn) | raw}},
    )
    async def classify(request: Request) -> Response:
        """Says which digit each glyph is: JSON, or 784 bytes for each glyph, 0 paper … 255 ink."""
        return await service.take(request, "classify")

    card: dict[int | str, dict[str, Any]] = {200: {"model": Model, "description": "the card"}}

    @router.get("/v1/model", tags=["the network"], responses=card | responses(401, 421, 503))
    async def model() -> Response:
        """The network's card: what it learned from, how well it reads, its SHA-256."""
        return as_response(await service.share("card"))


def _add_health(router: APIRouter, service: Service) -> None:
    @router.get("/health/live", tags=["health"])
    async def live() -> dict[str, str]:
        """Says that the server runs."""
        return {"status": "live"}

    @router.get("/health/ready", tags=["health"], responses=responses(503))
    async def ready() -> Response:
        """Reads a known digit; 503 while the server starts or stops."""
        if service.stopping:
            raise Refused(refusal(503, "stopping", "the server is about to stop", "ask another one"))
        try:
            async with asyncio.timeout(5):
                return as_response(await service.share("known"))
        except TimeoutError:
            raise Refused(refusal(503, "not_ready", "no worker answers yet", "ask again")) from None

    text: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {}}, "description": "figures for Prometheus"}
    }

    @router.get("/metrics", tags=["health"], responses={**text, **responses(401)}, response_class=Response)
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(generate_latest(service.figures.registry), media_type=CONTENT_TYPE_LATEST)


def _lasts(kind: str, task: asyncio.Task[Answer]) -> bool:
    """Whether an answer may be reused: the network's card does not change."""
    return kind == "card" and task.exception() is None and task.result().status == 200


def as_response(answer: Answer) -> Response:
    headers = {"content-type": answer.media_type, **dict(answer.headers)}
    return Response(answer.body, answer.status, headers)


def _only_json(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        hint = "send strokes as application/json; pictures go to /v1/read"
        raise Refused(
            refusal(415, "wrong_content_type", "strokes are sent as JSON", hint), unread=is_long(request)
        )


def is_long(request: Request) -> bool:
    """Whether the body is too long to receive only to keep the connection."""
    return (
        not request.headers.get("content-length", "").isdigit() or len(request.headers["content-length"]) > 5
    )


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """A body of JSON, for OpenAPI; ``schemas.components`` says what is meant."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
