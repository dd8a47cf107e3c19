"""Log lines and Prometheus metrics of requests.

A line of JSON per request has time, id, method, route, status, milliseconds, bytes in and out. It has no pictures, no
readings, no file names, no queries, no addresses and no tokens.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkread import __version__
from inkread.errors import InkreadError
from inkread.network import SHIPPED, read_card

_LOG = logging.getLogger("inkread.serve")
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z"
        fields = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["trouble"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def set_up_log(quiet: bool = False) -> None:
    """Sends the server's lines, and uvicorn's warnings, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson())
    for name, level in (
        ("inkread.serve", logging.WARNING if quiet else logging.INFO),
        ("uvicorn", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False


def log(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """One line, with these fields."""
    _LOG.log(level, event, extra={"fields": fields})


class Figures:
    """The metrics, in a registry of their own, so that a process may hold several servers."""

    def __init__(self, model: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        common: dict[str, Any] = {"registry": self.registry}
        self.requests = Counter(
            "inkread_requests", "Requests answered", ("route", "method", "status"), **common
        )
        self.seconds = Histogram(
            "inkread_request_seconds", "From the head of a request to the end of its answer", ("route",),
            buckets=_SECONDS, **common,
        )  # fmt: skip
        self.work = Histogram("inkread_work_seconds", "A worker's time for a job", buckets=_SECONDS, **common)
        self.restarts = Counter("inkread_worker_restarts", "Workers that were stopped or lost", **common)
        self.waiting = Gauge("inkread_waiting", "Requests that wait for a worker", **common)
        self.in_flight = Gauge("inkread_in_flight", "Requests being answered", **common)
        self.held = Gauge("inkread_held_bytes", "Bytes of bodies being taken in", **common)
        self.digits = Counter("inkread_digits", "Digits read", **common)
        self.doubtful = Counter("inkread_doubtful_digits", "Digits read that are doubtful", **common)
        self.rejected = Counter("inkread_rejected", "Pieces of ink left unread", **common)
        Info("inkread", "The version, and the network", **common).info(
            {"version": __version__, **model_labels(model)}
        )
        ProcessCollector(registry=self.registry)

    def count(self, counts: tuple[int, ...]) -> None:
        """Adds digits, doubtful digits and rejected pieces of ink."""
        for counter, number in zip((self.digits, self.doubtful, self.rejected), counts, strict=True):
            counter.inc(number)

    def heard(self, event: str, seconds: float) -> None:
        """Counts an event of ``WorkQueue``: ("job", seconds) or ("restart", 0)."""
        if event == "job":
            self.work.observe(seconds)
        else:
            self.restarts.inc()
            log("worker restarted", logging.WARNING)


def model_labels(model: Path | None) -> dict[str, str]:
    """The name of a network's file, and the beginning of the SHA-256 that its card names; None: the one that ships."""
    path = model or SHIPPED / "digits.onnx"
    try:
        digest = str(read_card(path).get("sha256", ""))
    except InkreadError:  # whoever loads the network says what is wrong
        digest = ""
    return {"model": path.name, "sha256": digest[:12]}


class Watching:
    """The outermost ASGI middleware: counts and logs every answer, and gives each request an id."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app, self._figures = app, figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, figures = time.perf_counter(), self._figures
        seen = {"status": 499, "in": 0, "out": 0}  # 499: the client went away
        scope["inkread.id"] = request_id = os.urandom(6).hex()

        async def count_in() -> Message:
            message = await receive()
            seen["in"] += len(message.get("body", b""))
            return message

        async def count_out(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            else:
                seen["out"] += len(message.get("body", b""))
            await send(message)

        figures.in_flight.inc()
        try:
            await self._app(scope, count_in, count_out)
        except Exception:
            seen["status"] = 500
            _LOG.exception("trouble", extra={"fields": {"id": request_id}})
            raise
        finally:
            figures.in_flight.dec()
            self._tell(scope, seen, time.perf_counter() - start, request_id)

    def _tell(self, scope: Scope, seen: dict[str, int], seconds: float, request_id: str) -> None:
        # The route, not the path: paths are the client's words, and there are endlessly many.
        route = getattr(scope.get("route"), "path", "") or "other"
        route = "/page/{file}" if route.startswith("/page/") else route
        method = (
            scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        )
        self._figures.requests.labels(route, method, str(seen["status"])).inc()
        self._figures.seconds.labels(route).observe(seconds)
        if route.startswith("/health") and seen["status"] == 200:
            return
        log(
            "request", id=request_id, method=method, route=route, status=seen["status"],
            ms=round(1000 * seconds, 1), bytes_in=seen["in"], bytes_out=seen["out"],
        )  # fmt: skip
