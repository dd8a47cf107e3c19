"""The routes of the API: each receives its body, makes a job of it, and returns the answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from inkread.apps.web import schemas
from inkread.apps.web.access import is_near
from inkread.apps.web.answers import Refused
from inkread.apps.web.handlers import TYPES
from inkread.apps.web.request_body import Reply
from inkread.apps.web.schemas import REFUSED, Correction, Job, SketchIn, TableWish, Wish
from inkread.apps.web.service import Service, is_long
from inkread.apps.web.uploads import checked, media_type_of

router = APIRouter(responses=REFUSED)
_FILE: Any = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "properties": {"picture": _FILE["schema"]}, "required": ["picture"]}}
_PICTURE = dict.fromkeys(("image/png", "image/jpeg", "image/*", "application/pdf"), _FILE) | {
    "multipart/form-data": _FORM
}
_ALL = schemas.ReadingOut | schemas.PagesOut | schemas.PicturesOut | schemas.RegionsOut
_BOXED: Any = {200: {"content": {"image/png": _FILE}}}
_FILES: Any = {200: {"content": {kind: {} for kind in TYPES.values()}}}
_NEW: Any = {201: {"model": schemas.Kept, "description": "kept; with 200, the very same was there already"}}
_YEAR_SECONDS = 31_536_000


async def _service(request: Request) -> Service:
    return request.app.state.service


async def _near_service(request: Request) -> Service:
    """The service, for whoever may correct: with the token, or from this machine."""
    service = await _service(request)
    if not service.settings.token and not is_near(request.scope):
        detail = "corrections are only taken from this machine"
        hint = "start the server with --token, and send it"
        raise Refused(403, "not_from_here", detail, hint, unread=is_long(request))
    return service


Serving = Annotated[Service, Depends(_service)]
Near = Annotated[Service, Depends(_near_service)]
Wished = Annotated[Wish, Query()]
Format = Annotated[str, Path(pattern=f"^({'|'.join(TYPES)})$", description="of the file")]
Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="the id that it was kept with")]


def _takes(*models: Any, **content: Any) -> dict[str, Any]:
    """For OpenAPI: a body that workers check, JSON of these models among it."""
    for model in models:
        content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


@router.post("/v1/read", tags=["reading"], response_model=_ALL, responses=_BOXED, **_takes(**_PICTURE))
async def read(request: Request, service: Serving, wish: Wished) -> Response:
    """Reads a picture, or each page of a PDF or TIFF: its bytes as the body, or a multipart form.

    Of a form with several files, each is read: `{"pictures": [...]}` has a reading, or why there is none, for each.
    Whatever is asked for beside the reading is of one page: of several, `page` names it.
    """
    return await service.take(request, "read", wish)


@router.post(
    "/v1/read/strokes",
    tags=["reading"],
    response_model=schemas.ReadingOut,
    responses=_BOXED,
    **_takes(SketchIn),
)
async def read_strokes(request: Request, service: Serving, wish: Wished) -> Response:
    """Reads what was drawn: strokes as points, in pixels of the sheet they were drawn on."""
    if media_type_of(request.headers.get("content-type", "")) != "application/json":
        hint = "send strokes as application/json; pictures go to /v1/read"
        raise Refused(415, "wrong_content_type", "strokes are sent as JSON", hint, unread=is_long(request))
    return await service.take(request, "read", wish)


@router.post("/v1/tables", tags=["tables"], response_model=schemas.TablesOut, **_takes(**_PICTURE))
async def tables(request: Request, service: Serving, wish: Annotated[TableWish, Query()]) -> Response:
    """Reads the tables on a picture: rows, columns, and what stands in each cell.

    With `expect`, `sums` says which rows and columns do not add up, and lines of cells have `expected`.
    """
    return await service.take(request, "tables", wish)


@router.post("/v1/tables/{format_}", tags=["tables"], responses=_FILES, **_takes(schemas.TablesOut))
async def write_tables(request: Request, service: Serving, format_: Format) -> Response:
    """Writes tables, as `/v1/tables` gave them, to a file. `said` in a cell stands in place of what was read."""
    return await service.take(request, "write", told=format_)


@router.post(
    "/v1/corrections",
    tags=["corrections"],
    response_model=schemas.Kept,
    responses=_NEW,
    **_takes(SketchIn, **_PICTURE),
)
async def correct(request: Request, service: Near, said: Annotated[Correction, Query()]) -> Response:
    """Keeps what the digit in a box really is, to be learned from: with the token, or from this machine.

    The body is the picture, or the strokes, of the reading that has this box; 409 if it has not.
    """
    return await service.take(request, "correct", said)


@router.get("/v1/corrections", tags=["corrections"], response_model=schemas.KeptOnes)
async def kept(service: Near) -> Response:
    """Lists the newest corrections with their pictures: with the token, or from this machine."""
    return Reply(await service.ask(Job("kept")))


@router.delete("/v1/corrections", tags=["corrections"], response_model=schemas.Removed)
async def forget_all(service: Near) -> Response:
    """Removes all corrections: with the token, or from this machine."""
    return Reply(await service.ask(Job("forget")))


@router.delete("/v1/corrections/{correction}", tags=["corrections"], response_model=schemas.Removed)
async def forget(service: Near, correction: Id) -> Response:
    """Removes a correction: with the token, or from this machine."""
    return Reply(await service.ask(Job("forget", told=correction)))


_GLYPHS: Any = {"application/octet-stream": _FILE}


@router.post(
    "/v1/classify",
    tags=["the network"],
    response_model=schemas.Classified,
    **_takes(schemas.GlyphsIn, **_GLYPHS),
)
async def classify(request: Request, service: Serving) -> Response:
    """Says which digit each glyph is: JSON, or 784 bytes for each glyph, 0 paper … 255 ink."""
    return await service.take(request, "classify")


@router.get("/v1/model", tags=["the network"], response_model=schemas.Model)
async def model(service: Serving) -> Response:
    """The network's card: what it learned from, how well it reads, its SHA-256."""
    return Reply(await service.share("card"))


@router.post("/enter", tags=["access"], status_code=204, **_takes(schemas.Entering))
async def enter(request: Request, service: Serving) -> Response:
    """Gives a browser the cookie that stands for the token: for the token, or once for the code of a link.

    Who has the cookie already uses up no code.
    """
    body = await service.bodies.take(request)
    asked = checked(schemas.Entering, body, "no_token", 'send {"token": "…"}')
    if not (service.entry.admits(request.headers) or service.entry.enters(asked.token)):
        hint = "use the newest link, or the token of whoever started the server"
        raise Refused(401, "token_wrong", "the token is wrong, or its link was used", hint)
    answer, (name, value) = Response(status_code=204), service.entry.cookie
    age, secure = _YEAR_SECONDS if asked.remember else None, request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=age, secure=secure, httponly=True, samesite="strict")
    return answer


@router.get("/health/live", tags=["health"])
async def live() -> dict[str, str]:
    """Says that the server runs."""
    return {"status": "live"}


@router.get("/health/ready", tags=["health"])
async def ready(service: Serving) -> Response:
    """Reads a known digit; 503 while the server starts or stops."""
    if service.stopping:
        raise Refused(503, "stopping", "the server is about to stop", "ask another one")
    try:
        async with asyncio.timeout(5):
            return Reply(await service.share("known"))
    except TimeoutError:
        raise Refused(503, "not_ready", "no worker answers yet", "ask again") from None


@router.get("/metrics", tags=["health"], response_class=PlainTextResponse)
async def metrics(service: Serving) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(service.figures.registry), media_type=CONTENT_TYPE_LATEST)
