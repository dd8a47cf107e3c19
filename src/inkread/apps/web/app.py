"""The application: API, page, access control and metrics, put together."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from functools import partial
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp

from inkread import __version__
from inkread.apps.web.access import GUARDED, Rules, Safety
from inkread.apps.web.answers import Answer, Refused, refusal
from inkread.apps.web.metrics import Watching
from inkread.apps.web.request_body import Reply
from inkread.apps.web.routes import router
from inkread.apps.web.schemas import components
from inkread.apps.web.service import Service, WorkQueue

_ABOUT = (
    "Reads handwritten digits, any pen, any paper, one digit or whole numbers, and says when it is not sure."
)
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/manifest+json",
}


def make_app(service: Service) -> ASGIApp:
    """The whole application, as ASGI. It starts and ends the workers of ``service``."""
    settings, refused = (
        service.settings,
        (Refused, ClientDisconnect, RequestValidationError, HTTPException, 500),
    )
    api = FastAPI(
        title="inkread",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # these two would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=lambda _: _working(service),
        redirect_slashes=False,
        exception_handlers=dict.fromkeys(refused, _refuse),
    )
    api.state.service = service
    api.include_router(router)
    add_page(api)
    _describe(api, bool(settings.token))
    rules = Rules(settings.host, settings.hosts, settings.origins, entry=service.entry)
    app: ASGIApp = Safety(api, rules)
    if settings.origins:
        methods, headers = ["GET", "POST", "DELETE"], ["Authorization", "Content-Type"]
        app = CORSMiddleware(app, settings.origins, allow_methods=methods, allow_headers=headers)
    return Watching(app, service.figures, lambda: service.stopping)


@contextlib.asynccontextmanager
async def _working(service: Service) -> AsyncIterator[None]:
    # Ready says 503 until the first worker has loaded its network.
    service.queue = WorkQueue(service.workers, service.settings, service.figures.heard)
    try:
        yield
    finally:
        service.queue.close()


def add_page(api: FastAPI, package: str = "inkread.apps.web.page") -> None:
    """Serves the files in the folder of a package: ``index.html`` at /, ``docs.html`` at /docs, ``sw.js`` at /sw.js,
    the others below /page/.

    They are a fixed set in memory: no path from a client reaches the disk, as it does with Starlette's ``StaticFiles``.
    """
    places = {"index.html": "/", "docs.html": "/docs", "sw.js": "/sw.js"}
    for entry in resources.files(package).iterdir():
        media_type = _TYPES.get(entry.name.rpartition(".")[2])
        if media_type is not None and entry.is_file():
            path = places.get(entry.name, f"/page/{entry.name}")
            page = partial(_page, entry.read_bytes(), media_type)
            api.add_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)


async def _page(content: bytes, media_type: str, request: Request) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = {"etag": tag, "cache-control": "no-cache", "content-type": media_type}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers)


def _describe(api: FastAPI, guarded: bool) -> None:
    """Adds to the OpenAPI document what FastAPI cannot derive: schemas, and which routes want the token."""
    make = api.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        document["components"]["schemas"].update(components())
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        needs: list[dict[str, list[str]]] = [{"token": []}] if guarded else [{}, {"token": []}]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = needs if path.startswith(GUARDED) else []
        return document

    api.openapi = openapi  # type: ignore[method-assign]


async def _refuse(_: Request, error: Any) -> Response:
    """Makes every refusal JSON ``{error, detail, hint}``, also FastAPI's own."""
    if isinstance(error, Refused):
        return Reply(error.answer, error.unread)
    if isinstance(error, ClientDisconnect):
        return Reply(Answer(499, b""))  # nobody is there to see it but the log
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Reply(refusal(422, "wrong_parameter", f"{where}: {first['msg']}", "see /openapi.json"))
    if isinstance(error, HTTPException):
        words = {
            404: ("not_found", "there is nothing here", "see /openapi.json for what there is"),
            405: ("wrong_method", "this cannot be asked for in this way", "see the header Allow"),
        }
        word = words.get(error.status_code, ("failed", str(error.detail), "see /openapi.json"))
        return Reply(refusal(error.status_code, *word, **(dict(error.headers or {}))))
    return Reply(refusal(500, "internal", "this is a mistake of the server", "its log has more"))
