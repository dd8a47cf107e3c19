"""Request bodies -> pictures and glyphs: raw pictures, multipart forms, strokes and numbers as JSON.

Runs in the workers. File names that clients send are ignored. Invalid bodies raise ``Refused``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, FormParser, parse_options_header

from inkread.apps.web.answers import Refused
from inkread.apps.web.schemas import SketchIn, StrokeIn
from inkread.sketch import draw_path, smooth

Body = TypeVar("Body", bound=BaseModel)
_GLYPHS_MAX = 10_000
_LEGS_MAX = 50_000
"""The most pen segments that are drawn for one request. A page full of writing has about 5,000."""
_PIXELS_MAX = 30_000_000
"""The most pixels that the pen may pass over, which take a second. A page full of writing has about 2 million."""
_FILES_MAX = 100
"""Pictures in one form."""
_IN_MEMORY = {"MAX_MEMORY_FILE_SIZE": 1 << 62, "UPLOAD_DIR": None, "UPLOAD_KEEP_FILENAME": False}
"""Files of a form never reach the disk, as Starlette's own parser has them do."""
_INK, _PAPER = 20, 255


def media_type_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def pictures_of(content_type: str, body: bytes) -> Sequence[bytes | NDArray[np.uint8]]:
    """What is to be read: the bytes of picture files, or strokes drawn as (H, W, 3) uint8."""
    kind = media_type_of(content_type)
    if kind == "application/json":
        hint = 'send {"size_wh": [w, h], "strokes": [{"points": [[x, y], …], "width": 12}]}'
        return [_drawn(checked(SketchIn, body, "wrong_strokes", hint))]
    if kind == "multipart/form-data":
        return _files_in(content_type, body)
    if kind.startswith("image/") or kind in ("application/pdf", "application/octet-stream"):
        return [body]
    form = "as image/png, image/jpeg, application/pdf … or in a multipart form"
    hint = f"send a picture {form}, or strokes as application/json"
    raise Refused(415, "wrong_content_type", f"{kind or 'no content type'} is no picture", hint)


def glyphs_of(content_type: str, body: bytes) -> NDArray[np.float32]:
    """Glyphs (n, 28, 28) float32, 0 paper … 1 ink, from JSON or from bytes, 784 for each."""
    kind = media_type_of(content_type)
    if kind == "application/json":
        glyphs = _glyphs_in(body)
    elif kind != "application/octet-stream":
        hint = "send application/json, or application/octet-stream with 784 bytes for each glyph"
        raise Refused(415, "wrong_content_type", f"{kind or 'no content type'} is not taken", hint)
    elif len(body) % 784 or not body:
        raise _wrong(f"{len(body)} bytes are not 784 for each glyph")
    else:
        glyphs = np.frombuffer(body, np.uint8).reshape(-1, 28, 28).astype(np.float32) / np.float32(255)
    if len(glyphs) > _GLYPHS_MAX:
        raise _wrong(f"more than {_GLYPHS_MAX} glyphs at once")
    if not (glyphs.min() >= 0 and glyphs.max() <= 1):
        raise _wrong("glyphs have numbers below paper (0) or above full ink")
    return glyphs


def _glyphs_in(body: bytes) -> NDArray[np.float32]:
    """Checked by NumPy: pydantic would make an error of each of a million wrong numbers."""
    try:
        fields = from_json(body, allow_inf_nan=False)
        full = fields.get("full", 1)
        # Through objects: NumPy would take "7" and None for numbers.
        array = np.array(fields["glyphs"], object)
        fits = array.size and array.shape[1:] in ((28, 28), (784,)) and full in (1, 255)
        if not fits or not {type(full), *(type(each) for each in array.flat)} <= {int, float}:
            raise ValueError
        with np.errstate(over="ignore"):  # what is infinite then is refused as too large
            return array.reshape(-1, 28, 28).astype(np.float32) / np.float32(full)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise _wrong(
            "the body is no JSON with “glyphs”, numbers in the shape [n, 28, 28] or [n, 784]"
        ) from None


def _wrong(detail: str) -> Refused:
    hint = 'send {"glyphs": [28 rows of 28 numbers, 0 paper … 1 ink, …]}; with "full": 255 for 0 … 255'
    return Refused(422, "wrong_glyphs", detail, hint)


def checked(model: type[Body], body: bytes, error: str, hint: str) -> Body:
    """The body as this model of pydantic. Raises ``Refused`` with ``error`` and the first thing that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"{where}: {first['msg']}" if where else first["msg"]
        raise Refused(422, error, detail, hint) from None


def _drawn(sketch: SketchIn) -> NDArray[np.uint8]:
    """Strokes as a picture, dark ink on white: as ``inkread.sketch`` draws them, and wider where pressed."""
    width, height = sketch.size_wh
    ink = np.zeros((height, width), np.float32)
    legs = pixels = 0.0
    for stroke in sketch.strokes:
        points, spacing = np.asarray(stroke.points, np.float64), max(1.0, stroke.width / 4)
        lengths = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
        pieces = len(points) + float(lengths.sum()) / spacing
        widest = max(stroke.widths or [stroke.width])
        legs, pixels = legs + pieces, pixels + pieces * min(width * height, (widest + spacing + 2) ** 2)
        if legs > _LEGS_MAX or pixels > _PIXELS_MAX:
            hint = "send fewer or shorter strokes, or a picture"
            raise Refused(413, "too_much_drawn", "the strokes are too long to be drawn", hint)
        path = smooth(points, spacing)
        draw_path(ink, path, _widths(stroke, lengths, path))
    grey = np.round(_PAPER + (_INK - _PAPER) * ink).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _widths(stroke: StrokeIn, lengths: NDArray[np.float64], path: NDArray[np.float64]) -> NDArray[np.float64]:
    """The pen's width at each point of the smooth path, from those at the points it was made of."""
    if stroke.widths is None or len(path) < 2:
        return np.full(len(path), stroke.widths[0] if stroke.widths else stroke.width)
    legs: Any = np.hypot(*np.diff(path, axis=0).T), lengths
    own, theirs = (np.concatenate([[0.0], np.cumsum(each)]) / max(each.sum(), 1e-9) for each in legs)
    return np.interp(own, theirs, stroke.widths)


def _files_in(content_type: str, body: bytes) -> Sequence[bytes]:
    """The files of a multipart form. Other fields and all names are ignored."""
    kind, options = parse_options_header(content_type)
    files: list[bytes] = []

    def keep(file: File) -> None:
        file.file_object.seek(0)
        files.append(file.file_object.read())

    try:
        boundary = options.get(b"boundary")
        parser = FormParser(kind.decode(), lambda _: None, keep, boundary=boundary, config=_IN_MEMORY)
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        hint = "send it as curl does: curl -F picture=@photo.jpg …"
        raise Refused(400, "broken_form", "the multipart form is damaged", hint) from None
    if not files:
        hint = "send one as curl does: curl -F picture=@photo.jpg …"
        raise Refused(422, "no_picture", "there is no file in the form", hint)
    if len(files) > _FILES_MAX:
        hint = f"send at most {_FILES_MAX} at a time"
        raise Refused(413, "too_many_pictures", f"there are {len(files)} files", hint)
    return files
