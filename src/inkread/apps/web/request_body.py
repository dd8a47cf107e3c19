"""Request bodies, counted while they arrive, and responses to them. Bodies that are too large, too slow, or too many at
once are refused: neither Starlette nor uvicorn limits any of it. A declared size is trusted only if it is too large."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inkread.apps.web.answers import Answer, Refused, busy
from inkread.apps.web.settings import Settings

_LINGER_SECONDS = 2.0
_LINGER_BYTES = 8_000_000
"""Limits on the rest of a refused body, which is received and discarded so that the client gets the answer."""


class Bodies:
    """Receives bodies, and counts the bytes that it holds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.held = 0

    async def take(self, request: Request) -> bytes:
        """The whole body. Raises ``Refused``, and ``ClientDisconnect`` if the client has gone."""
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            detail = "bodies that are packed (Content-Encoding) are not taken"
            raise Refused(415, "packed_body", detail, "send it as it is", unread=True)
        declared = request.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > self._settings.body_max:
            raise self._too_large(unread=True)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while await self._take_piece(request, body):
                    pass
            return bytes(body)
        except TimeoutError:
            hint = "send it again, over a faster line or smaller"
            raise Refused(408, "too_slow", "the body took too long to arrive", hint, unread=True) from None
        finally:
            self.held -= len(body)

    async def _take_piece(self, request: Request, body: bytearray) -> bool:
        """Adds the next piece; whether there are more."""
        async with asyncio.timeout(self._settings.pause_seconds):
            message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece, more = message.get("body", b""), bool(message.get("more_body", False))
        body += piece
        self.held += len(piece)
        if len(body) > self._settings.body_max:
            raise self._too_large(unread=more)
        if self.held > self._settings.buffered_max:
            raise busy(unread=more)
        return more

    @contextlib.contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Counts a body of this size while it waits and is processed."""
        self.held += size
        try:
            yield
        finally:
            self.held -= size

    def _too_large(self, *, unread: bool) -> Refused:
        most = f"{self._settings.handlers.limits.max_bytes / 1e6:g} MB"
        return Refused(
            413, "body_too_large", f"the body has more than {most}", "send it smaller", unread=unread
        )


class Reply(Response):
    """An answer as Starlette sends it. With ``unread``, the rest of the body is discarded before the connection ends.

    If it were closed at once, many clients would never see the answer.
    """

    def __init__(self, answer: Answer, unread: bool = False) -> None:
        super().__init__(answer.body, answer.status, dict(answer.headers), answer.media_type)
        self._unread = unread
        if unread:
            self.headers["connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._unread:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                left, more = _LINGER_BYTES, True
                while left > 0 and more:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})
