"""The page's files: a fixed set, read once, served from memory. No path from a client reaches the disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import FastAPI, Request
from starlette.responses import Response

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    media_type: str
    tag: str
    """The ETag, which changes with the content."""


def files_of(package: str) -> dict[str, StaticFile]:
    """The files in the folder of a package, by name."""
    files = {}
    for entry in resources.files(package).iterdir():
        ending = entry.name.rpartition(".")[2]
        if ending in _TYPES and entry.is_file():
            content = entry.read_bytes()
            files[entry.name] = StaticFile(
                content, _TYPES[ending], f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            )
    return files


def add_page(api: FastAPI, package: str = "inkread.apps.web.page") -> None:
    """Serves ``index.html`` at /, ``docs.html`` at /docs, ``sw.js`` at /sw.js, and the other files below /page/."""
    files = files_of(package)

    def serve(path: str, file: StaticFile) -> None:
        async def page(request: Request) -> Response:
            headers = {"etag": file.tag, "cache-control": "no-cache", "content-type": file.media_type}
            if request.headers.get("if-none-match") == file.tag:
                return Response(status_code=304, headers=headers)
            return Response(file.content, headers=headers)

        api.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)

    places = {"index.html": "/", "docs.html": "/docs", "sw.js": "/sw.js"}
    for name, file in files.items():
        serve(places.get(name, f"/page/{name}"), file)
