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

from inkread.apps.review.byhand import ByHand
from inkread.apps.review.table import Table
from inkread.apps.web.access import Rules, Safety
from inkread.apps.web.answers import Refused, as_json, refusal
from inkread.apps.web.app import add_page
from inkread.apps.web.connections import UVICORN
from inkread.apps.web.request_body import Bodies, Reply
from inkread.apps.web.settings import HandlerSettings, Settings
from inkread.errors import InkreadError
from inkread.reader import ImageLimits
from inkread.sheets.store import ChangedMeanwhile

__all__ = ["make_app", "make_server", "refuse_in_json"]

_BODY_BYTES = 50_000
"""A decision has some hundred; one about many sheets, some thousand."""
_MOST_ALIKE = 500


def make_app(table: Table, host: str, token: str) -> ASGIApp:
    """The whole application, as ASGI; all but the page needs the ``token``."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    add_page(api, "inkread.apps.review.page")
    _add_showing(api, table)
    _add_settling(api, table)
    refuse_in_json(api)
    return Safety(api, Rules(host=host, token=token))


def _add_showing(api: FastAPI, table: Table) -> None:
    """What is to be settled, and its pictures."""

    @api.get("/v1/review")
    async def review(everything: bool = False) -> Response:
        return Reply(as_json(await run_in_threadpool(table.overview, everything)))

    @api.get("/v1/crop/{sheet}/{question}/{row}")
    async def crop(sheet: str, question: int, row: int) -> Response:
        picture = await run_in_threadpool(table.crop, sheet, question, row)
        if picture is None:
            return Reply(refusal(404, "not_found", "there is no such row", "reload the page"))
        return Response(picture, media_type="image/jpeg")

    @api.get("/v1/page/{page}")
    async def whole_page(page: int) -> Response:
        picture = await run_in_threadpool(table.page_picture, page)
        if picture is None:
            return Reply(refusal(404, "not_found", "there is no picture of this page", "leave it out"))
        return Response(picture, media_type="image/jpeg")


def _add_settling(api: FastAPI, table: Table) -> None:
    """Decisions, and taking them back."""
    bodies = Bodies(Settings(handlers=HandlerSettings(limits=ImageLimits(max_bytes=_BODY_BYTES))))

    @api.post("/v1/page")
    async def settle_page(request: Request) -> Response:
        given = _page_fields(await bodies.take(request))
        return Reply(as_json(await run_in_threadpool(table.settle_page, *given)))

    @api.post("/v1/settle")
    async def settle(request: Request) -> Response:
        fields = _object(await bodies.take(request))
        given = (*_fields(fields), *_grader(fields), _by_hand(fields))
        return Reply(as_json(await run_in_threadpool(table.settle, *given)))

    @api.post("/v1/settle-alike")
    async def settle_alike(request: Request) -> Response:
        given = _alike(_object(await bodies.take(request)))
        return Reply(as_json(await run_in_threadpool(table.settle_alike, *given)))

    @api.post("/v1/undo")
    async def undo(request: Request) -> Response:
        _, who = _grader(_object(await bodies.take(request)))
        return Reply(as_json(await run_in_threadpool(table.undo, who)))


def _no_decision(hint: str) -> Refused:
    return Refused(422, "wrong_body", "this is no decision", hint)


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; raises ``Refused``."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise _no_decision("send a JSON object")
    return fields


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _grader(fields: dict[str, Any]) -> tuple[int, str]:
    """The version that was looked at (0: nothing was decided), and who decides; raises ``Refused``."""
    seen, who = fields.get("seen", 0), fields.get("who")
    if not (_is_number(seen) and _is_text(who)):
        raise _no_decision("send seen as a number and who as text")
    return seen, (who or "")[:40]


def _fields(fields: dict[str, Any]) -> tuple[str, int, str | None]:
    """Sheet, question and answer of a decision; raises ``Refused``."""
    sheet, question, answer = (fields.get(name) for name in ("sheet", "question", "answer"))
    if not (isinstance(sheet, str) and type(question) is int and _is_text(answer) and "answer" in fields):
        raise _no_decision("send sheet, question and answer")
    return sheet[:40], question, None if answer is None else answer[:100]


def _by_hand(fields: dict[str, Any]) -> ByHand:
    """Points and comment of a decision, which may lack both; raises ``Refused``."""
    points, comment = fields.get("points", ""), fields.get("comment", "")
    if not (isinstance(points, str) and isinstance(comment, str)):
        raise _no_decision("send points and comment as text")
    return ByHand(points[:20], comment[:500])


def _alike(fields: dict[str, Any]) -> tuple[list[tuple[str, int | None]], int, str | None, str, ByHand]:
    """Sheets with their versions, question, answer, grader, and what is said by hand; raises ``Refused``."""
    sheets = fields.get("sheets")
    if not isinstance(sheets, list) or not 0 < len(sheets) <= _MOST_ALIKE:
        raise _no_decision("send sheets as a list")
    named = [one if isinstance(one, dict) else {} for one in sheets]
    given = [_fields({**fields, "sheet": one.get("sheet")}) for one in named]
    versions = [_grader({**fields, "seen": one.get("seen", 0)})[0] for one in named]
    pairs: list[tuple[str, int | None]] = [
        (sheet, seen) for (sheet, _, _), seen in zip(given, versions, strict=True)
    ]
    return pairs, given[0][1], given[0][2], _grader(fields)[1], _by_hand(fields)


def _page_fields(body: bytes) -> tuple[int, int, int, str | None, int, str]:
    """Page, its number, copy, student, version and grader of a decision; raises ``Refused``."""
    fields = _object(body)
    given: tuple[Any, ...] = tuple(fields.get(name) for name in ("page", "number", "copy", "student"))
    page, number, copy, student = given
    if not (_is_number(page) and _is_number(number) and _is_number(copy) and _is_text(student)):
        raise _no_decision("send page, number, copy and student")
    return page, number, copy, None if student is None else student[:100], *_grader(fields)


def refuse_in_json(api: FastAPI) -> None:
    """Answers mistakes with JSON ``{error, detail, hint}``."""

    @api.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return Reply(error.answer)

    @api.exception_handler(ChangedMeanwhile)
    async def changed(_: Request, error: ChangedMeanwhile) -> Response:
        detail, _separator, hint = str(error).rpartition("; ")
        return Reply(refusal(409, "changed", detail, hint))

    @api.exception_handler(InkreadError)
    async def mistaken(_: Request, error: InkreadError) -> Response:
        detail, _separator, hint = str(error).rpartition("; ")
        return Reply(refusal(422, "cannot_settle", detail or str(error), hint))


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server that runs until Ctrl-C."""
    return uvicorn.Server(uvicorn.Config(app, lifespan="off", timeout_graceful_shutdown=5, **UVICORN))
