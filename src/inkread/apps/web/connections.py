"""A client's connection, with limits that uvicorn lacks: on slow and endless heads, idle connections, and their number.

A head must arrive within seconds and in a few kilobytes. If there are too many connections, the one that has been idle
longest is closed. On a graceful stop, a connection whose request may be on its way stays open for a moment.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from inkread.apps.web.answers import refusal

HEAD_BYTES = 32_768
HEAD_SECONDS = 10.0
CONNECTIONS_MAX = 900
"""Below the 1,024 open files that many systems grant a process."""
PIECES_MAX, PIECE_BYTES = 5_000, 100
"""A body of more pieces than this, which are smaller than this on average, is refused: it keeps the parser busy."""
_LAST_CALL_SECONDS = 0.5
"""On a stop, how long an idle connection stays open for a request that was already sent."""
_UNFETCHED_SECONDS = 30.0
"""How long a closing connection keeps what the client does not fetch."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with stricter limits."""

    _timer: asyncio.TimerHandle | None = None
    """Runs while a head is awaited."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = time.monotonic()
        self._await_head()
        if len(self.connections) > CONNECTIONS_MAX:
            idle: list[Any] = [
                each for each in self.connections if isinstance(each, Connection) and not each._busy
            ]
            for oldest in sorted(idle, key=lambda each: each._since)[:1]:
                oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and not self._busy:
            self._await_head()
        super().data_received(data)
        if self._timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                detail = "the head of the request is too large"
                self._refuse(431, "head_too_large", detail, "send fewer headers")

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._since = time.monotonic()
        self._pieces = self._body_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pieces += 1
        self._body_bytes += len(body)
        if self._pieces > PIECES_MAX and self._body_bytes < self._pieces * PIECE_BYTES:
            raise ValueError("crumbs")  # the parser takes it for a broken request
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._since = time.monotonic()
        if self.transport.is_closing():
            self.loop.call_later(_UNFETCHED_SECONDS, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        self._close_if_idle()
        self.loop.call_later(_UNFETCHED_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        if self._busy:
            self._close_if_idle()
        else:
            self.loop.call_later(_LAST_CALL_SECONDS, self._close_if_idle)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "broken_request", "this is no HTTP request", "send HTTP/1.1")

    @property
    def _busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not (self.transport.is_closing() or self._busy):
            self._refuse(408, "too_slow", "the head of the request took too long", "send it again")

    def _close_if_idle(self) -> None:
        """Closes the connection, now or with the answer that is out."""
        if self._busy:
            self.cycle.keep_alive = False
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: int, error: str, detail: str, hint: str) -> None:
        body = refusal(status, error, detail, hint).body
        head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head % len(body) + body)
        self.transport.close()
        self.loop.call_later(2.0, self.transport.abort)


UVICORN: dict[str, Any] = {
    "http": Connection,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
}
"""uvicorn's settings for every server here."""
