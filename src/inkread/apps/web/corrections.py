"""The API of corrections: a digit is named by its box, and comes with the picture of its reading."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from inkread.apps.web.access import is_near
from inkread.apps.web.answers import Refused, refusal
from inkread.apps.web.correcting import BOX, saying
from inkread.apps.web.handlers import Job, Wish
from inkread.apps.web.routes import PICTURES, READS, Dpi, Mine, Page, Service, as_response, is_long, json_body
from inkread.apps.web.schemas import Kept, KeptOnes, Removed, SketchIn, responses

__all__ = ["correction_routes"]

Label = Annotated[int, Query(ge=0, le=9, description="what the digit really is")]
DigitBox = Annotated[
    str, Query(pattern=rf"^{BOX}$", description="left,top,right,bottom: the digit's box in the reading")
]


def correction_routes(service: Service) -> APIRouter:
    """What keeps and removes corrections."""
    router = APIRouter()
    _add_keeping(router, service)
    _add_removing(router, service)
    return router


def _add_keeping(router: APIRouter, service: Service) -> None:
    kept: dict[int | str, dict[str, Any]] = {
        200: {"model": Kept, "description": "the very same was there already"},
        201: {"model": Kept, "description": "kept"},
        **READS,
        **responses(409),
    }
    both = {
        "requestBody": {"required": True, "content": PICTURES["requestBody"]["content"] | json_body(SketchIn)}
    }

    @router.post("/v1/corrections", tags=["corrections"], responses=kept, openapi_extra=both)
    async def correct(
        request: Request, box: DigitBox, label: Label, page: Page = None, dpi: Dpi = None, mine: Mine = False
    ) -> Response:
        """Keeps what the digit in a box really is, to be learned from: with the token, or from this machine.

        The body is the picture, or the strokes, of the reading that has this box; 409 if it has not.
        """
        _only_near(service, request)
        return await service.take(
            request, "correct", Wish(corrected=(saying(box, label),), page=page, dpi=dpi, mine=mine)
        )


def _add_removing(router: APIRouter, service: Service) -> None:
    removed: dict[int | str, dict[str, Any]] = {200: {"model": Removed, "description": "removed"}}

    refusals = responses(401, 403, 421, 500, 503)
    listed: dict[int | str, dict[str, Any]] = {200: {"model": KeptOnes, "description": "the newest"}}

    @router.get("/v1/corrections", tags=["corrections"], responses=listed | refusals)
    async def kept(request: Request) -> Response:
        """Lists the newest corrections with their pictures: with the token, or from this machine."""
        _only_near(service, request)
        return as_response(await service.ask(Job("kept")))

    @router.delete("/v1/corrections", tags=["corrections"], responses=removed | refusals)
    async def forget_all(request: Request) -> Response:
        """Removes all corrections: with the token, or from this machine."""
        _only_near(service, request)
        return as_response(await service.ask(Job("forget")))

    @router.delete(
        "/v1/corrections/{correction}", tags=["corrections"],
        responses=removed | responses(401, 403, 404, 421, 422, 500, 503),
    )  # fmt: skip
    async def forget(
        request: Request,
        correction: Annotated[
            str, Path(pattern="^[0-9a-f]{16}$", description="the id that it was kept with")
        ],
    ) -> Response:
        """Removes a correction: with the token, or from this machine."""
        _only_near(service, request)
        return as_response(await service.ask(Job("forget", wish=Wish(correction=correction))))


def _only_near(service: Service, request: Request) -> None:
    if not service.settings.token and not is_near(request.scope):
        hint = "start the server with --token, and send it"
        raise Refused(
            refusal(403, "not_from_here", "corrections are only taken from this machine", hint),
            unread=is_long(request),
        )
