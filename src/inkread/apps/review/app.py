"""What is answered where: the page, what is to be settled, pictures, decisions.

Every refusal is JSON ``{error, detail, hint}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp

from inkread.apps.review.session import ByHand, ReviewSession
from inkread.apps.web.access import Rules, Safety
from inkread.apps.web.answers import Refused, as_json, refusal
from inkread.apps.web.app import add_page
from inkread.apps.web.connections import UVICORN
from inkread.apps.web.request_body import Bodies, Reply
from inkread.apps.web.settings import HandlerSettings, Settings
from inkread.errors import InkreadError
from inkread.reader import ImageLimits
from inkread.sheets.exam_store import ChangedMeanwhile

_BODY_BYTES = 50_000  # A decision has some hundred; one about many sheets, some thousand
_MOST_ALIKE = 500
Number = Annotated[int, Field(ge=0, lt=2**31)]
Model = TypeVar("Model", bound=BaseModel)


class Grader(BaseModel):
    """The version that was looked at (0: nothing was decided), and who decides."""

    model_config = ConfigDict(strict=True)
    seen: Number = 0
    who: str | None = None

    @property
    def initials(self) -> str:
        return (self.who or "")[:40]


class Decision(Grader):
    """An answer to a question, perhaps with points and a comment."""

    question: int
    answer: str | None
    points: str = ""
    comment: str = ""

    @property
    def shortened(self) -> tuple[int, str | None]:
        return self.question, None if self.answer is None else self.answer[:100]

    @property
    def by_hand(self) -> ByHand:
        return ByHand(self.points[:20], self.comment[:500])


class SheetDecision(Decision):
    sheet: str


class SeenSheet(BaseModel):
    sheet: str
    seen: Number = 0


class AlikeDecision(Decision):
    sheets: list[SeenSheet] = Field(min_length=1, max_length=_MOST_ALIKE)


class PageDecision(Grader):
    """Which page of the exam a scanned page is, and whose: a copy's or a student's."""

    page: Number
    number: Number
    of_copy: Number = Field(alias="copy")
    student: str | None = None


def make_app(session: ReviewSession, host: str, token: str) -> ASGIApp:
    """The whole application, as ASGI; all but the page needs the ``token``."""

    def add(api: FastAPI, bodies: Bodies) -> None:
        _add_showing(api, session)
        _add_settling(api, session, bodies)

    return protected_app("inkread.apps.review.page", host, token, _BODY_BYTES, add)


def protected_app(
    page: str, host: str, token: str, body_bytes: int, add: Callable[[FastAPI, Bodies], None]
) -> ASGIApp:
    """An application that serves the ``page`` of a package and the API that ``add`` gives it, behind a ``token``."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    add_page(api, page)
    add(api, Bodies(Settings(handlers=HandlerSettings(limits=ImageLimits(max_bytes=body_bytes)))))
    _refuse_in_json(api)
    return Safety(api, Rules(host=host, token=token))


def parsed(model: type[Model], body: bytes, detail: str) -> Model:
    """The JSON in a body; raises ``Refused``, with the fields that are wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = dict.fromkeys(".".join(map(str, one["loc"])) or "a JSON object" for one in error.errors())
        hint = f"reload the page, or send {', '.join(wrong)}"
        raise Refused(422, "wrong_body", detail, hint) from None


async def told(ask: Callable[..., Any], *args: Any) -> Response:
    """What ``ask`` returns, in a thread, as JSON."""
    return Reply(as_json(await run_in_threadpool(ask, *args)))


async def pictured(media_type: str, what: str, ask: Callable[..., bytes | None], *args: Any) -> Response:
    """The picture that ``ask`` returns, or that there is none."""
    picture = await run_in_threadpool(ask, *args)
    if picture is None:
        return Reply(refusal(404, "not_found", f"there is no {what}", "reload the page"))
    return Response(picture, media_type=media_type)


def _add_showing(api: FastAPI, session: ReviewSession) -> None:
    """What is to be settled, and its pictures."""

    @api.get("/v1/review")
    async def review(everything: bool = False) -> Response:
        return await told(session.overview, everything)

    @api.get("/v1/crop/{sheet}/{question}/{row}")
    async def crop(sheet: str, question: int, row: int) -> Response:
        return await pictured("image/jpeg", "such row", session.crop, sheet, question, row)

    @api.get("/v1/page/{page}")
    async def whole_page(page: int) -> Response:
        return await pictured("image/jpeg", "picture of this page", session.page_picture, page)


def _add_settling(api: FastAPI, session: ReviewSession, bodies: Bodies) -> None:
    """Decisions, and taking them back."""

    async def given(model: type[Model], request: Request) -> Model:
        return parsed(model, await bodies.take(request), "this is no decision")

    @api.post("/v1/page")
    async def settle_page(request: Request) -> Response:
        one = await given(PageDecision, request)
        student = one.student and one.student[:100]
        return await told(
            session.settle_page, one.page, one.number, one.of_copy, student, one.seen, one.initials
        )

    @api.post("/v1/settle")
    async def settle(request: Request) -> Response:
        one = await given(SheetDecision, request)
        return await told(session.settle, one.sheet[:40], *one.shortened, one.seen, one.initials, one.by_hand)

    @api.post("/v1/settle-alike")
    async def settle_alike(request: Request) -> Response:
        one = await given(AlikeDecision, request)
        sheets = [(sheet.sheet[:40], sheet.seen) for sheet in one.sheets]
        return await told(session.settle_alike, sheets, *one.shortened, one.initials, one.by_hand)

    @api.post("/v1/undo")
    async def undo(request: Request) -> Response:
        return await told(session.undo, (await given(Grader, request)).initials)


def _refuse_in_json(api: FastAPI) -> None:
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
