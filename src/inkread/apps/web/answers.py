"""Answers, and refusals as JSON ``{error, detail, hint}``."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inkread.errors import (
    ExpectationError,
    ImageTooLarge,
    InkreadError,
    MultiplePages,
    RegionError,
    UnreadableImage,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


RETRY_SECONDS = 1
"""Retry-After when the server is full."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: plain bytes, so that it travels between processes as it is."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    """A traceback for the log, never for the client."""
    counts: tuple[int, ...] = (0, 0, 0)
    """Digits read, those of them that are doubtful, and pieces of ink left unread: for the metrics."""


class Refused(Exception):
    """A request that is refused; carries the answer."""

    def __init__(self, answer: Answer, *, unread: bool = False) -> None:
        super().__init__(answer.status)
        self.answer = answer
        self.unread = unread
        """Whether the client may still be sending: its connection must not be used again."""


def as_json(fields: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def refusal(status: int, error: str, detail: str, hint: str, **headers: str) -> Answer:
    """``error`` is a word for programs, ``detail`` what happened, ``hint`` what to do next."""
    body = json.dumps({"error": error, "detail": detail, "hint": hint}, ensure_ascii=False).encode()
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, body, headers=given)


def refused_by(error: InkreadError) -> Answer:
    """The refusal for one of inkread's own errors, whose message ends with what to do: "what; next step"."""
    detail, _, hint = str(error).rpartition("; ")
    status, word = 500, "failed"
    if isinstance(error, ImageTooLarge):
        # The message names the options of the command; a client cannot raise them.
        status, word, hint = 413, "picture_too_large", "send it smaller"
    elif isinstance(error, MultiplePages):
        status, word, hint = 422, "several_pages", f"name one: page=1 … {error.count}"
    elif isinstance(error, ExpectationError):
        status, word = 422, "wrong_expectation"
    elif isinstance(error, RegionError):
        status, word = 422, "wrong_region"
    elif isinstance(error, UnreadableImage):
        status, word = 422, "unreadable_picture"
    return refusal(status, word, detail or str(error), hint if detail else "")


def busy() -> Answer:
    """The refusal when the queue is full."""
    return refusal(
        503,
        "busy",
        "too many requests wait already",
        f"try again in {RETRY_SECONDS} second",
        Retry_After=str(RETRY_SECONDS),
    )


def png(picture: NDArray[np.uint8]) -> bytes:
    """(H, W) or (H, W, 3) uint8 as the bytes of a PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", compress_level=3)
    return file.getvalue()


def as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()
