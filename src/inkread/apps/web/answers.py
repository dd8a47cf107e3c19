"""Answers, and refusals as JSON ``{error, detail, hint}``. They are plain bytes and travel between processes."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inkread import errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    """A traceback for the log, never for the client."""
    counts: tuple[int, ...] = (0, 0, 0)
    """Digits read, those of them that are doubtful, and pieces of ink left unread: for the metrics."""


class Refused(Exception):
    """A request that is refused, with the arguments of ``refusal``.

    ``unread``: the client may still be sending; its connection must not be used again.
    """

    def __init__(
        self, status: int, error: str, detail: str, hint: str, *, unread: bool = False, **headers: str
    ) -> None:
        super().__init__(status)
        self.answer, self.unread = refusal(status, error, detail, hint, **headers), unread


def as_json(fields: Any, status: int = 200, **more: Any) -> Answer:
    """An answer with these fields; ``more`` are other arguments of ``Answer``."""
    return Answer(status, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), **more)


def refusal(status: int, error: str, detail: str, hint: str, **headers: str) -> Answer:
    """``error`` is a word for programs, ``detail`` what happened, ``hint`` what to do next."""
    body = json.dumps({"error": error, "detail": detail, "hint": hint}, ensure_ascii=False).encode()
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, body, headers=given)


def refused_by(error: errors.InkreadError) -> Answer:
    """The refusal for one of inkread's own errors, whose message ends with what to do: "what; next step"."""
    detail, _, hint = str(error).rpartition("; ")
    if isinstance(error, errors.ImageTooLarge):
        # The message names the options of the command; a client cannot raise them.
        return refusal(413, "picture_too_large", detail or str(error), "send it smaller")
    if isinstance(error, errors.MultiplePages):
        return refusal(422, "several_pages", detail or str(error), f"name one: page=1 … {error.count}")
    words = {
        errors.ExpectationError: "wrong_expectation",
        errors.RegionError: "wrong_region",
        errors.UnreadableImage: "unreadable_picture",
    }
    word = next((word for kind, word in words.items() if isinstance(error, kind)), "failed")
    return refusal(500 if word == "failed" else 422, word, detail or str(error), hint if detail else "")


def busy(unread: bool = False) -> Refused:
    """The refusal when the queue is full."""
    hint = "try again in 1 second"
    return Refused(503, "busy", "too many requests wait already", hint, unread=unread, Retry_After="1")


def png(picture: NDArray[np.uint8]) -> bytes:
    """(H, W) or (H, W, 3) uint8 as the bytes of a PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", compress_level=3)
    return file.getvalue()


def as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()
