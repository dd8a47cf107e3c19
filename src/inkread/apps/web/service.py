"""What the routes share: the queue of jobs, the bodies that are held, the figures, and whether the server stops."""

from __future__ import annotations

import asyncio
import json
import logging

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from inkread.apps.web.answers import Answer, Refused, busy
from inkread.apps.web.jobs import Job, Which, Wish
from inkread.apps.web.metrics import Figures, log
from inkread.apps.web.request_body import Bodies
from inkread.apps.web.settings import Settings
from inkread.apps.web.work_queue import WorkQueue


class Service:
    """The state of a server; ``queue`` is there once it has started."""

    def __init__(self, settings: Settings, figures: Figures) -> None:
        self.settings, self.figures = settings, figures
        self.bodies = Bodies(settings)
        self.queue: WorkQueue | None = None
        self.stopping = False
        self._shared: dict[str, asyncio.Task[Answer]] = {}
        figures.held.set_function(lambda: self.bodies.held)
        figures.waiting.set_function(lambda: self.queue.waiting if self.queue else 0)

    async def ask(self, job: Job, *, first: bool = False) -> Answer:
        if self.queue is None:
            raise Refused(busy())
        answer = await self.queue.answer(job, first=first)
        if answer.trouble or answer.status == 500:
            log("trouble", logging.ERROR, trouble=answer.trouble or json.loads(answer.body)["detail"])
        self.figures.count(answer.counts)
        return answer

    async def share(self, kind: str) -> Answer:
        """The answer to a job of the server itself. It jumps the queue, and concurrent requests share it."""
        task = self._shared.get(kind)
        # The network's card does not change; whether the reader reads may.
        lasts = (
            kind == "card" and task and task.done() and not task.exception() and task.result().status == 200
        )
        if task is None or (task.done() and not lasts):
            task = self._shared[kind] = asyncio.ensure_future(self.ask(Job(kind), first=True))
        return await asyncio.shield(task)

    async def take(self, request: Request, kind: str, wish: Which | None = None) -> Response:
        """Receives the body and has the job answered. If the client disconnects, the job is cancelled."""
        if self.queue is None or self.queue.full:
            raise Refused(busy(), unread=is_long(request))
        body = await self.bodies.take(request)
        job = Job(kind, request.headers.get("content-type", ""), body, wish or Wish())
        with self.bodies.holding(len(body)):
            answering = asyncio.ensure_future(self.ask(job))
            leaving = asyncio.ensure_future(request.receive())
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    raise ClientDisconnect
                return as_response(answering.result())
            finally:
                leaving.cancel()
                answering.cancel()


def as_response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, {"content-type": answer.media_type, **dict(answer.headers)})


def is_long(request: Request) -> bool:
    """Whether the body is too long to receive only to keep the connection."""
    length = request.headers.get("content-length", "")
    return not length.isdigit() or len(length) > 5
