"""What clients of the server send: strokes and glyphs as JSON, forms. Each gets an answer, and none is a 5xx.

This module opens no sockets: it calls the handlers that answer a server's jobs.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzzing import papers
from fuzzing.mutate import damaged, damaged_json
from fuzzing.pictures import small_picture
from fuzzing.sanity import require

__all__ = ["REQUESTS"]


@cache
def _handlers() -> Any:
    from inkread.apps.web.handlers import Handlers
    from inkread.apps.web.settings import HandlerSettings

    return Handlers(HandlerSettings())


def _ask(kind: str, content_type: str, body: bytes, **wishes: Any) -> Any:
    """The answer; 5xx would be a mistake of the server's."""
    from inkread.apps.web.schemas import Job, Wish

    answer = _handlers().answer(Job(kind, content_type, body, Wish(**wishes)))
    require(answer.status < 500, f"{answer.status}: {answer.trouble or answer.body!r}")
    if answer.media_type == "application/json":
        fields = json.loads(answer.body, parse_constant=lambda name: require(False, f"{name} in JSON"))
        require(
            answer.status == 200 or {"error", "detail", "hint"} <= set(fields),
            f"refused without words: {fields}",
        )
        return fields
    return None


def _strokes_json(chance: Random) -> bytes:
    strokes: list[dict[str, Any]] = [
        {"points": points, "width": chance.choice((2, 9, 20.5))} for points in papers.pen_strokes(chance)
    ]
    if chance.random() < 0.3:
        strokes[0]["widths"] = [chance.choice((1, 5, 30)) for _ in strokes[0]["points"]]
    size = [chance.choice((1, 60, 200, 280)), chance.choice((1, 60, 200, 280))]
    if chance.random() < 0.02:
        size, strokes[0]["width"] = [4096, 1400], 500
    return damaged_json({"size_wh": size, "strokes": strokes}, chance)


def _take_strokes(content: bytes, folder: Path) -> None:
    """Drawn every time, and read now and then."""
    if sum(content) % 8 == 0:
        _ask("read", "application/json", content, closeups=sum(content) % 16 == 0)
        return
    from inkread.apps.web.handlers import guarded
    from inkread.apps.web.uploads import pictures_of

    pictures = guarded(pictures_of, "application/json", content)
    if not isinstance(pictures, list):
        require(pictures.status < 500, f"{pictures.status}: {pictures.trouble}")


def _glyphs_json(chance: Random) -> bytes:
    if chance.random() < 0.3:
        return b"O" + damaged(chance.randbytes(784 * chance.choice((0, 1, 2))), chance)
    rows: Any = [
        [[chance.choice((0, 0, 1, 0.5))] * 28 for _ in range(28)] for _ in range(chance.randrange(1, 3))
    ]
    if chance.random() < 0.3:
        rows = [[0.5] * 784]
    return b"J" + damaged_json({"glyphs": rows, "full": chance.choice((1, 1, 255))}, chance)


def _take_glyphs(content: bytes, folder: Path) -> None:
    kind = "application/octet-stream" if content[:1] == b"O" else "application/json"
    fields = _ask("classify", kind, content[1:])
    for glyph in fields.get("glyphs", ()):
        shares = glyph["probabilities"]
        require(len(shares) == 10 and all(0 <= share <= 1 for share in shares), f"probabilities {shares}")
        require(abs(sum(shares) - 1) < 1e-3, f"probabilities sum to {sum(shares)}")


def _form(chance: Random) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; '
    body = head + b'name="picture"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body += (small_picture(chance) if chance.random() < 0.3 else b"no picture") + b"\r\n--b--\r\n"
    usual = b"multipart/form-data; boundary="
    kinds = (usual + b"b", usual + b"b", usual[:19], usual + b'"b', usual + b"b" * 300, b"text/plain")
    kind = chance.choice(kinds)
    return kind + b"\0" + (damaged(body, chance) if chance.random() < 0.8 else body)


def _take_form(content: bytes, folder: Path) -> None:
    kind, _, body = content.partition(b"\0")
    _ask("read", kind.decode("latin-1"), body)


REQUESTS: tuple[tuple[Any, ...], ...] = (
    ("strokes", 80, _strokes_json, _take_strokes, "pydantic"),
    ("glyphs", 40, _glyphs_json, _take_glyphs, "pydantic"),
    ("forms", 40, _form, _take_form, "python_multipart"),
)
