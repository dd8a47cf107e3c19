"""What is answered where: the page, what is to be settled, pictures, decisions.

Every refusal is JSON ``{error, detail, hint}``. This module does not know what is decided (``table`` does).
"""

from __future__ import annotations

import json
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp

from inkread.apps.review.table import Table
from inkread.apps.web.answers import Answer, Refused, as_json, refusal
from inkread.apps.web.bodies import Bodies
from inkread.apps.web.connections import Connection
from inkread.apps.web.pages import add_page
from inkread.apps.web.safety import Rules, Safety
from inkread.apps.web.settings import DeskOrder, Settings
from inkread.errors import InkreadError
from inkread.reader import ImageLimits

__all__ = ["make_app", "make_server"]

_BODY_BYTES = 10_000
"""A decision has some hundred."""


def make_app(table: Table, host: str, token: str) -> ASGIApp:
    """The whole application, as ASGI; all but the page needs the ``token``."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    add_page(api, "inkread.apps.review.page")
    _add_showing(api, table)
    _add_settling(api, table)
    _refuse_in_json(api)
    return Safety(api, Rules(host=host, token=token))


def _add_showing(api: FastAPI, table: Table) -> None:
    """What is to be settled, and its pictures."""

    @api.get("/v1/review")
    async def review(everything: bool = False) -> Response:
        return _sent(as_json(await run_in_threadpool(table.overview, everything)))

    @api.get("/v1/crop/{sheet}/{question}/{row}")
    async def crop(sheet: str, question: int, row: int) -> Response:
        picture = await run_in_threadpool(table.crop, sheet, question, row)
        if picture is None:
            return _sent(refusal(404, "not_found", "there is no such row", "reload the page"))
        return Response(picture, media_type="image/jpeg")

    @api.get("/v1/page/{page}")
    async def whole_page(page: int) -> Response:
        picture = await run_in_threadpool(table.page_picture, page)
        if picture is None:
            return _sent(refusal(404, "not_found", "there is no picture of this page", "leave it out"))
        return Response(picture, media_type="image/jpeg")


def _add_settling(api: FastAPI, table: Table) -> None:
    """Decisions, and taking them back."""
    bodies = Bodies(Settings(desk=DeskOrder(limits=ImageLimits(max_bytes=_BODY_BYTES))))

    @api.post("/v1/page")
    async def settle_page(request: Request) -> Response:
        given = _page_fields(await bodies.take(request))
        return _sent(as_json(await run_in_threadpool(table.settle_page, *given)))

    @api.post("/v1/settle")
    async def settle(request: Request) -> Response:
        given = _fields(await bodies.take(request))
        return _sent(as_json(await run_in_threadpool(table.settle, *given)))

    @api.post("/v1/undo")
    async def undo(request: Request) -> Response:
        await bodies.take(request)
        return _sent(as_json(await run_in_threadpool(table.undo)))


def _fields(body: bytes) -> tuple[str, int, str | None]:
    """Sheet, question and answer of a decision; raises ``Refused``."""
    try:
        fields = json.loads(body)
        sheet, question, answer = fields["sheet"], fields["question"], fields["answer"]
        if isinstance(sheet, str) and type(question) is int and (answer is None or isinstance(answer, str)):
            return sheet[:40], question, None if answer is None else answer[:100]
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Refused(refusal(422, "wrong_body", "this is no decision", "send sheet, question and answer"))


def _page_fields(body: bytes) -> tuple[int, int, int, str | None]:
    """Page, its number, copy and student of a decision; raises ``Refused``."""
    try:
        fields = json.loads(body)
        numbers = fields["page"], fields["number"], fields["copy"]
        student = fields["student"]
        small = all(type(number) is int and 0 <= number < 2**31 for number in numbers)
        if small and (student is None or isinstance(student, str)):
            return *numbers, None if student is None else student[:100]
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Refused(refusal(422, "wrong_body", "this is no decision", "send page, number, copy and student"))


def _refuse_in_json(api: FastAPI) -> None:
    @api.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return _sent(error.answer)

    @api.exception_handler(InkreadError)
    async def mistaken(_: Request, error: InkreadError) -> Response:
        detail, _separator, hint = str(error).rpartition("; ")
        return _sent(refusal(422, "cannot_settle", detail or str(error), hint))


def _sent(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), answer.media_type)


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server that runs until Ctrl-C."""
    settings: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
    }
    config = uvicorn.Config(
        app, http=Connection, ws="none", lifespan="off", timeout_graceful_shutdown=5, **settings
    )
    return uvicorn.Server(config)
