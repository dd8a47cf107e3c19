"""The routes of the API: each receives its body, makes a job of it, and returns the answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from inkread.apps.web import schemas
from inkread.apps.web.access import is_near
from inkread.apps.web.answers import Refused, refusal
from inkread.apps.web.jobs import Correction, Job, TableWish, Wish
from inkread.apps.web.schemas import refusals
from inkread.apps.web.service import Service, as_response, is_long
from inkread.apps.web.tabling import TYPES

router = APIRouter()
_FILE: Any = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "properties": {"picture": _FILE["schema"]}, "required": ["picture"]}}
_PICTURE = dict.fromkeys(("image/png", "image/jpeg", "image/*", "application/pdf"), _FILE) | {
    "multipart/form-data": _FORM
}
_READS = refusals(400, 401, 403, 408, 413, 415, 421, 422, 500, 503, 504)


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _near_service(request: Request) -> Service:
    """The service, for whoever may correct: with the token, or from this machine."""
    service = await _service(request)
    if not service.settings.token and not is_near(request.scope):
        hint = "start the server with --token, and send it"
        answer = refusal(403, "not_from_here", "corrections are only taken from this machine", hint)
        raise Refused(answer, unread=is_long(request))
    return service


Serving = Annotated[Service, Depends(_service)]
Near = Annotated[Service, Depends(_near_service)]
Wished = Annotated[Wish, Query()]


def _said(
    description: str, model: Any = None, status: int = 200, **more: Any
) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: an answer; ``schemas`` has the models."""
    return {status: {"description": description, **({"model": model} if model else {}), **more}}


def _takes(*models: Any, **content: Any) -> dict[str, Any]:
    """For OpenAPI: a body that workers check, JSON of these models among it."""
    for model in models:
        content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": content}}


_READ = _said("what was read", schemas.ReadingOut, content={"image/png": _FILE}) | _READS | refusals(409)
_ALL = "what was read; of a file with several pages, each page; with regions=, each region"
_READ_ALL = _READ | _said(
    _ALL,
    schemas.ReadingOut | schemas.PagesOut | schemas.PicturesOut | schemas.RegionsOut,
    content={"image/png": _FILE},
)


@router.post("/v1/read", tags=["reading"], responses=_READ_ALL, openapi_extra=_takes(**_PICTURE))
async def read(request: Request, service: Serving, wish: Wished) -> Response:
    """Reads a picture, or each page of a PDF or TIFF: its bytes as the body, or a multipart form.

    Of a form with several files, each is read: `{"pictures": [...]}` has a reading, or why there is none, for each.
    Whatever is asked for beside the reading is of one page: of several, `page` names it.
    """
    return await service.take(request, "read", wish)


@router.post("/v1/read/strokes", tags=["reading"], responses=_READ, openapi_extra=_takes(schemas.SketchIn))
async def read_strokes(request: Request, service: Serving, wish: Wished) -> Response:
    """Reads what was drawn: strokes as points, in pixels of the sheet they were drawn on."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        hint = "send strokes as application/json; pictures go to /v1/read"
        answer = refusal(415, "wrong_content_type", "strokes are sent as JSON", hint)
        raise Refused(answer, unread=is_long(request))
    return await service.take(request, "read", wish)


_TABLES = _said("the tables, from top to bottom", schemas.TablesOut) | _READS
_TABLE_FILES = _said("the file", content={kind: {} for kind in TYPES.values()}) | _READS
Format = Annotated[str, Path(pattern=f"^({'|'.join(TYPES)})$", description="of the file")]


@router.post("/v1/tables", tags=["tables"], responses=_TABLES, openapi_extra=_takes(**_PICTURE))
async def tables(request: Request, service: Serving, wish: Annotated[TableWish, Query()]) -> Response:
    """Reads the tables on a picture: rows, columns, and what stands in each cell.

    With `expect`, `sums` says which rows and columns do not add up, and lines of cells have `expected`.
    """
    return await service.take(request, "tables", wish)


@router.post(
    "/v1/tables/{format_}", tags=["tables"], responses=_TABLE_FILES, openapi_extra=_takes(schemas.TablesOut)
)
async def write_tables(request: Request, service: Serving, format_: Format) -> Response:
    """Writes tables, as `/v1/tables` gave them, to a file. `said` in a cell stands in place of what was read."""
    return await service.take(request, f"tables.{format_}")


_KEPT = (
    _said("the very same was there already", schemas.Kept)
    | _said("kept", schemas.Kept, 201)
    | _READS
    | refusals(409)
)
_REMOVED = _said("removed", schemas.Removed) | refusals(401, 403, 404, 421, 422, 500, 503)
_LISTED = _said("the newest", schemas.KeptOnes) | refusals(401, 403, 421, 500, 503)
_Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="the id that it was kept with")]


@router.post(
    "/v1/corrections",
    tags=["corrections"],
    responses=_KEPT,
    openapi_extra=_takes(schemas.SketchIn, **_PICTURE),
)
async def correct(request: Request, service: Near, said: Annotated[Correction, Query()]) -> Response:
    """Keeps what the digit in a box really is, to be learned from: with the token, or from this machine.

    The body is the picture, or the strokes, of the reading that has this box; 409 if it has not.
    """
    return await service.take(request, "correct", said)


@router.get("/v1/corrections", tags=["corrections"], responses=_LISTED)
async def kept(service: Near) -> Response:
    """Lists the newest corrections with their pictures: with the token, or from this machine."""
    return as_response(await service.ask(Job("kept")))


@router.delete("/v1/corrections", tags=["corrections"], responses=_REMOVED)
async def forget_all(service: Near) -> Response:
    """Removes all corrections: with the token, or from this machine."""
    return as_response(await service.ask(Job("forget")))


@router.delete("/v1/corrections/{correction}", tags=["corrections"], responses=_REMOVED)
async def forget(service: Near, correction: _Id) -> Response:
    """Removes a correction: with the token, or from this machine."""
    return as_response(await service.ask(Job("forget", about=correction)))


_CLASSIFIED = _said("which digits they are", schemas.Classified) | _READS
_GLYPHS = _takes(schemas.GlyphsIn, **{"application/octet-stream": _FILE})


@router.post("/v1/classify", tags=["the network"], responses=_CLASSIFIED, openapi_extra=_GLYPHS)
async def classify(request: Request, service: Serving) -> Response:
    """Says which digit each glyph is: JSON, or 784 bytes for each glyph, 0 paper … 255 ink."""
    return await service.take(request, "classify")


@router.get(
    "/v1/model", tags=["the network"], responses=_said("the card", schemas.Model) | refusals(401, 421, 503)
)
async def model(service: Serving) -> Response:
    """The network's card: what it learned from, how well it reads, its SHA-256."""
    return as_response(await service.share("card"))


@router.get("/health/live", tags=["health"])
async def live() -> dict[str, str]:
    """Says that the server runs."""
    return {"status": "live"}


@router.get("/health/ready", tags=["health"], responses=refusals(503))
async def ready(service: Serving) -> Response:
    """Reads a known digit; 503 while the server starts or stops."""
    if service.stopping:
        raise Refused(refusal(503, "stopping", "the server is about to stop", "ask another one"))
    try:
        async with asyncio.timeout(5):
            return as_response(await service.share("known"))
    except TimeoutError:
        raise Refused(refusal(503, "not_ready", "no worker answers yet", "ask again")) from None


_FIGURES = _said("figures for Prometheus", content={"text/plain": {}}) | refusals(401)


@router.get("/metrics", tags=["health"], responses=_FIGURES, response_class=Response)
async def metrics(service: Serving) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(service.figures.registry), media_type=CONTENT_TYPE_LATEST)
