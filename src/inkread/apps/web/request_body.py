"""Request bodies, counted while they arrive. Bodies that are too large, too slow, or too many at once are refused.

A declared size is trusted only if it is too large.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from inkread.apps.web.answers import Answer, Refused, busy, refusal
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
        self._check_declared(request)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    async with asyncio.timeout(self._settings.pause_seconds):
                        message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    piece = message.get("body", b"")
                    more = message.get("more_body", False)
                    body += piece
                    self.held += len(piece)
                    if len(body) > self._settings.body_max:
                        raise self._too_large(unread=more)
                    if self.held > self._settings.buffered_max:
                        raise Refused(busy(), unread=more)
                    if not more:
                        return bytes(body)
        except TimeoutError:
            hint = "send it again, over a faster line or smaller"
            raise Refused(
                refusal(408, "too_slow", "the body took too long to arrive", hint), unread=True
            ) from None
        finally:
            self.held -= len(body)

    @contextlib.contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Counts a body of this size while it waits and is processed."""
        self.held += size
        try:
            yield
        finally:
            self.held -= size

    def _check_declared(self, request: Request) -> None:
        encoding = request.headers.get("content-encoding", "identity").lower()
        if encoding != "identity":
            detail = "bodies that are packed (Content-Encoding) are not taken"
            raise Refused(refusal(415, "packed_body", detail, "send it as it is"), unread=True)
        declared = request.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > self._settings.body_max:
            raise self._too_large(unread=True)

    def _too_large(self, *, unread: bool) -> Refused:
        most = f"{self._settings.handlers.limits.max_bytes / 1e6:g} MB"
        return Refused(
            refusal(413, "body_too_large", f"the body has more than {most}", "send it smaller"), unread=unread
        )


async def send_answer(
    answer: Answer, scope: Scope, receive: Receive, send: Send, *, unread: bool = False
) -> None:
    """Sends an answer. With ``unread``, the rest of the body is discarded for a moment before the connection ends.

    If it were closed at once, many clients would never see the answer."""
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in answer.headers),
    ]
    if unread:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": unread})
    if unread:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await _throw_away(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _throw_away(receive: Receive) -> None:
    left = _LINGER_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
