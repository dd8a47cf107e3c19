"""What is answered where: the page, pictures of the worksheet, its rectangles, and saving them.

Every refusal is JSON ``{error, detail, hint}``. This module does not know what is written into the file.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp

from inkread.apps.review.app import refuse_in_json
from inkread.apps.web.access import Rules, Safety
from inkread.apps.web.answers import Refused, as_json, refusal
from inkread.apps.web.app import add_page
from inkread.apps.web.request_body import Bodies, Reply
from inkread.apps.web.settings import HandlerSettings, Settings
from inkread.apps.worksheet.desk import Desk
from inkread.reader import ImageLimits
from inkread.sheets.exam.design import OPTIONS

__all__ = ["make_app"]

_BODY_BYTES = 300_000
"""Two hundred questions have some fifty thousand."""
_MOST_QUESTIONS = 200


def make_app(desk: Desk, host: str, token: str) -> ASGIApp:
    """The whole application, as ASGI; all but the page needs the ``token``."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    add_page(api, "inkread.apps.worksheet.page")
    bodies = Bodies(Settings(handlers=HandlerSettings(limits=ImageLimits(max_bytes=_BODY_BYTES))))

    @api.get("/v1/worksheet")
    async def worksheet() -> Response:
        return Reply(as_json(await run_in_threadpool(desk.overview)))

    @api.get("/v1/page/{number}")
    async def page(number: int) -> Response:
        picture = await run_in_threadpool(desk.page, number)
        if picture is None:
            return Reply(refusal(404, "not_found", "there is no such page", "reload the page"))
        return Response(picture, media_type="image/png")

    @api.post("/v1/worksheet")
    async def save(request: Request) -> Response:
        fields, seen = _fields(await bodies.take(request))
        return Reply(as_json(await run_in_threadpool(desk.save, fields, seen)))

    refuse_in_json(api)
    return Safety(api, Rules(host=host, token=token))


def _fields(body: bytes) -> tuple[dict[str, Any], str]:
    """The rectangles in a body, and the version of the file that was looked at; raises ``Refused``."""
    try:
        given = json.loads(body)
        questions = [_question(one) for one in given["questions"]][:_MOST_QUESTIONS]
        places = {key: _place(given[key]) if given[key] else None for key in ("number", "name")}
        digits, seen = given["student_number"], given["seen"]
        if type(digits) is not int or not 1 <= digits <= 12 or not isinstance(seen, str):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        hint = "reload the page, and draw them again"
        raise Refused(422, "wrong_body", "these are no rectangles", hint) from None
    return {**places, "student_number": digits, "questions": questions}, seen


def _place(given: Any) -> dict[str, Any]:
    """A page and a box; raises ValueError."""
    page, box = given["page"], [float(edge) for edge in given["box"]]
    if type(page) is not int or page < 1 or len(box) != 4 or not all(0 <= edge <= 1 for edge in box):
        raise ValueError
    return {"page": page, "box": box}


def _question(given: Any) -> dict[str, Any]:
    """One question as ``templatefile.fields_of`` gives it; raises ValueError."""
    texts = {name: given[name] for name in ("name", "kind", "key")}
    points, was, options = given["points"], given.get("was"), given["options"]
    if not all(isinstance(text, str) and len(text) <= 200 and text.isprintable() for text in texts.values()):
        raise ValueError
    if type(points) not in (int, float) or not 0 <= points <= 1000 or not (was is None or type(was) is int):
        raise ValueError
    if type(options) is not int or not 2 <= options <= len(OPTIONS):
        raise ValueError
    return {**_place(given), **texts, "points": points, "was": was, "options": options}
