"""The application: API, page, access control and metrics, put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inkread import __version__
from inkread.apps.web.access import Rules, Safety
from inkread.apps.web.answers import Answer, Refused, refusal
from inkread.apps.web.metrics import Figures, Watching
from inkread.apps.web.pages import add_page
from inkread.apps.web.request_body import send_answer
from inkread.apps.web.routes import router
from inkread.apps.web.schemas import components
from inkread.apps.web.service import Service
from inkread.apps.web.settings import Settings
from inkread.apps.web.work_queue import WorkQueue, make_workers

_ABOUT = (
    "Reads handwritten digits: any pen, any paper, one digit or whole numbers, and says when it is not sure."
)


def make_service(settings: Settings) -> Service:
    """What answers; ``make_app`` starts and ends its workers."""
    return Service(settings, Figures(settings.handlers.model))


def make_app(settings: Settings, service: Service | None = None) -> ASGIApp:
    """The whole application, as ASGI."""
    service = service or make_service(settings)
    api = FastAPI(
        title="inkread",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # these two would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=lambda _: _working(service),
        redirect_slashes=False,
    )
    api.state.service = service
    api.include_router(router)
    add_page(api)
    _speak_json(api)
    rules = Rules(settings.host, settings.hosts, settings.origins, settings.token)
    _describe(api, rules)
    app: ASGIApp = Safety(_Closing(api, service), rules)
    if settings.origins:
        app = CORSMiddleware(
            app,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
        )
    return Watching(app, service.figures)


@contextlib.asynccontextmanager
async def _working(service: Service) -> AsyncIterator[None]:
    settings = service.settings
    # Ready says 503 until the first worker has loaded its network.
    service.queue = WorkQueue(make_workers(settings), settings, service.figures.heard)
    try:
        yield
    finally:
        service.queue.close()


class _Closing:
    """ASGI middleware: while the server stops, every answer closes its connection."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._service.stopping:
            await self._app(scope, receive, send)
            return

        async def send_last(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers: object = message.get("headers", ())
                message["headers"] = [*headers, (b"connection", b"close")]  # type: ignore[misc]
            await send(message)

        await self._app(scope, receive, send_last)  # type: ignore[arg-type]


class _Said(Response):
    """An ``Answer`` as FastAPI wants it."""

    def __init__(self, answer: Answer, unread: bool = False) -> None:
        super().__init__(answer.body, answer.status, media_type=answer.media_type)
        self._answer, self._unread = answer, unread

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_answer(self._answer, scope, receive, send, unread=self._unread)


def _describe(api: FastAPI, rules: Rules) -> None:
    """Adds to the OpenAPI document what FastAPI cannot derive: schemas, and which routes want the token."""
    make = api.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        document["components"]["schemas"].update(components())
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        needs: list[dict[str, list[str]]] = [{"token": []}] if rules.token else [{}, {"token": []}]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = needs if path.startswith(tuple(rules.guarded)) else []
        return document

    api.openapi = openapi  # type: ignore[method-assign]


def _speak_json(api: FastAPI) -> None:
    """Makes every refusal JSON ``{error, detail, hint}``, also FastAPI's own."""

    @api.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return _Said(error.answer, error.unread)

    @api.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return _Said(Answer(499, b""))  # nobody is there to see it but the log

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _Said(refusal(422, "wrong_parameter", f"{where}: {first['msg']}", "see /openapi.json"))

    @api.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        words = {
            404: ("not_found", "there is nothing here", "see /openapi.json for what there is"),
            405: ("wrong_method", "this cannot be asked for in this way", "see the header Allow"),
        }
        word = words.get(error.status_code, ("failed", str(error.detail), "see /openapi.json"))
        answer = refusal(error.status_code, *word, **(dict(error.headers or {})))
        return _Said(answer)

    @api.exception_handler(500)
    async def trouble(_: Request, __: Exception) -> Response:
        return _Said(refusal(500, "internal", "this is a mistake of the server", "its log has more"))
