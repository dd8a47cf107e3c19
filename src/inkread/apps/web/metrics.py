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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkread import __version__
from inkread.errors import InkreadError
from inkread.inference.onnx_session import SHIPPED, read_card

_LOG = logging.getLogger("inkread.serve")
_PAGES = "/", "/docs", "/sw.js"
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class _AsJson(logging.Formatter):
    """Nine lines in place of one more dependency."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z"
        fields = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["trouble"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def set_up_log() -> None:
    """Sends the server's lines, and uvicorn's warnings, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson())
    for name, level in (("inkread.serve", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [handler], False
        logger.setLevel(level)


def log(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """One line, with these fields; within ``except``, ``exc_info=True`` adds the cause."""
    _LOG.log(level, event, exc_info=fields.pop("exc_info", None), extra={"fields": fields})


class Figures:
    """The metrics, in a registry of their own, so that a process may hold several servers."""

    def __init__(self, model: Path | None = None) -> None:
        registry = self.registry = CollectorRegistry()

        def made(kind: Any, name: str, about: str, labels: tuple[str, ...] = (), **more: Any) -> Any:
            return kind(f"inkread_{name}", about, labels, registry=registry, **more)

        self.requests = made(Counter, "requests", "Requests answered", ("route", "method", "status"))
        about = "From the head of a request to the end of its answer"
        self.seconds = made(Histogram, "request_seconds", about, ("route",), buckets=_SECONDS)
        self.work = made(Histogram, "work_seconds", "A worker's time for a job", buckets=_SECONDS)
        self.restarts = made(Counter, "worker_restarts", "Workers that were stopped or lost")
        self.waiting = made(Gauge, "waiting", "Requests that wait for a worker")
        self.in_flight = made(Gauge, "in_flight", "Requests being answered")
        self.held = made(Gauge, "held_bytes", "Bytes of bodies being taken in")
        self._read = (
            made(Counter, "digits", "Digits read"),
            made(Counter, "doubtful_digits", "Digits read that are doubtful"),
            made(Counter, "rejected", "Pieces of ink left unread"),
        )
        info = Info("inkread", "The version, and the network", registry=registry)
        info.info({"version": __version__, **model_labels(model)})
        ProcessCollector(registry=registry)

    def count(self, counts: tuple[int, ...]) -> None:
        """Adds digits, doubtful digits and rejected pieces of ink."""
        for counter, number in zip(self._read, counts, strict=True):
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
    """The outermost ASGI middleware: counts and logs every answer, and gives each request an id.

    While the server is ``stopping``, every answer closes its connection. uvicorn's access log has paths and addresses,
    which are nobody's business, and neither bytes nor clients that went away.
    """

    def __init__(self, app: ASGIApp, figures: Figures, stopping: Callable[[], bool]) -> None:
        self._app, self._figures, self._stopping = app, figures, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, request_id = time.perf_counter(), os.urandom(6).hex()
        seen = {"status": 499, "bytes_in": 0, "bytes_out": 0}  # 499: the client went away

        async def count_in() -> Message:
            message = await receive()
            seen["bytes_in"] += len(message.get("body", b""))
            return message

        async def count_out(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                close = [(b"connection", b"close")] if self._stopping() else []
                headers = message.get("headers", ())
                message["headers"] = [*headers, (b"x-request-id", request_id.encode()), *close]
            seen["bytes_out"] += len(message.get("body", b""))
            await send(message)

        try:
            with self._figures.in_flight.track_inprogress():
                await self._app(scope, count_in, count_out)
        except Exception:
            seen["status"] = 500
            log("trouble", logging.ERROR, exc_info=True, id=request_id)
            raise
        finally:
            self._tell(scope, seen, time.perf_counter() - start, request_id)

    def _tell(self, scope: Scope, seen: dict[str, int], seconds: float, request_id: str) -> None:
        # The route, not the path: paths are the client's words, and there are endlessly many.
        path = scope["path"]
        page = "/page/{file}" if path.startswith("/page/") else path if path in _PAGES else "other"
        route = getattr(scope.get("route"), "path", "") or page
        usual = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
        method = scope["method"] if scope["method"] in usual else "other"
        self._figures.requests.labels(route, method, str(seen["status"])).inc()
        self._figures.seconds.labels(route).observe(seconds)
        if not route.startswith("/health") or seen["status"] != 200:
            log("request", id=request_id, method=method, route=route, ms=round(1000 * seconds, 1), **seen)
