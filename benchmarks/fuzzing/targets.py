"""Who takes what from outside, and what must hold: the list of all targets. Pictures, arrays and drawings stand here.

A target makes an input from a ``Random``, and tries one: nothing is raised but inkread's own errors, each in one
line, and what comes back is sound. ``loaders`` has those that read files, ``requests`` what a server is sent. This
module knows no processes.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzzing import loaders, papers, requests
from fuzzing.mutate import odd_number
from fuzzing.pages import several_pages, take_pages
from fuzzing.pictures import any_picture, small_picture
from fuzzing.sanity import require, require_reading
from inkread.errors import InkreadError
from inkread.images import load_image
from inkread.reader import Reader
from inkread.sketch import Sketch, Stroke

__all__ = ["TARGETS", "Target", "attempt", "chosen", "get_ready", "made"]


@dataclass(frozen=True)
class Target:
    """``share`` is how often it is chosen, ``make`` gives an input, ``take`` tries one in a folder of its own."""

    name: str
    share: int
    make: Callable[[Random], bytes]
    take: Callable[[bytes, Path], None]
    needs: str = ""
    """A package, if it needs one that not every installation has."""

    @property
    def there(self) -> bool:
        return not self.needs or importlib.util.find_spec(self.needs) is not None


def attempt(target: Target, content: bytes, folder: Path) -> bool:
    """Tries one input; whether it was taken. A refusal must be of inkread's own family, in one line.

    Raises whatever else is raised.
    """
    try:
        target.take(content, folder)
    except InkreadError as error:
        message = str(error)
        require(bool(message.strip()) and len(message.splitlines()) == 1, f"not one line: {message!r}")
        require(len(message) < 2000, f"{len(message)} characters of message")
        return False
    return True


def made(seed: int, number: int, among: tuple[Target, ...]) -> tuple[Target, bytes]:
    """The input with this number of the run with this seed, and the target that it is for."""
    chance = Random(f"{seed}/{number}")
    target = chance.choices(among, [each.share for each in among])[0]
    return target, target.make(chance)


def chosen(names: tuple[str, ...]) -> tuple[Target, ...]:
    """The targets with these names."""
    return tuple(target for target in TARGETS if target.name in names)


def get_ready(among: tuple[Target, ...]) -> None:
    """Loads what is loaded once in a process: no input is to be charged with it."""
    if any(target.name == "read" for target in among):
        _reader().read(np.full((28, 28), 255, np.uint8))


# Pictures


@cache
def _reader() -> Reader:
    return Reader()


_READ_TWICE = 0.4
"""Seconds of the processor: pictures that take no longer are read twice, now and then, and drawn and written."""


def _decode(content: bytes, folder: Path) -> None:
    image = load_image(content)
    require(
        image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8, f"{image.dtype} {image.shape}"
    )
    require(image.flags.c_contiguous and image.flags.writeable, "not an array of its own")


def _read(content: bytes, folder: Path) -> None:
    """Reads, and does with the reading what commands and pages do with it."""
    from inkread.explain.closeup import look_at
    from inkread.render import annotate, table_line, table_rows, to_json, to_text

    began = time.process_time()
    steps = _reader().steps(content)
    reading = steps.reading
    require_reading(reading)
    # What takes its time once is not to be done twice in the time of one.
    if sum(content[:64]) % 10 == 0 and time.process_time() - began < _READ_TWICE:
        require(_reader().read(content) == reading, "read twice, it says two things")
        require(annotate(steps.image, reading).dtype == np.uint8, "no picture")
        require(json.loads(to_json(reading))["text"] == to_text(reading), "JSON and text differ")
        rows = [table_line(row) for row in table_rows("a", reading)]
        require(len(rows) == max(1, len(reading.lines)), "lines are lost")
        for digit in reading.digits[:5]:
            look_at(steps, digit)


# Arrays


_KINDS = (
    *("u1", "u1", "?", "u2", "i1", "i2", "i4", "i8", "u4", "u8", ">u2", "f2", "f4", "f8", "g", ">f4"),
    *("c8", "c16", "O", "S3", "U2", "M8[s]", "m8[s]", "V4"),
)
_SIDES = (0, 1, 1, 2, 3, 4, 5, 9, 28, 33)


def _array_spec(chance: Random) -> bytes:
    dimensions = chance.choice((0, 1, 2, 2, 2, 3, 3, 3, 4, 7))
    shape = [chance.choice(_SIDES) for _ in range(dimensions)]
    if dimensions == 3 and chance.random() < 0.8:
        shape[2] = chance.choice((1, 3, 3, 4, 4, 2, 5))
    if chance.random() < 0.02:
        shape = chance.choice(([1, 60_000], [60_000, 1, 3], [100_000, 1], [9000, 9000], [2**30, 2**20]))
    spec = {
        "kind": chance.choice(_KINDS),
        "shape": shape,
        "seed": chance.getrandbits(16),
        "least": chance.choice((0, 0, 0, odd_number(chance))),
        "most": chance.choice((1, 255, 255, 65535, odd_number(chance))),
        "holes": chance.choice((None, None, None, "nan", "inf")),
        "view": chance.choice(("", "", "T", "step", "flip", "frozen")),
    }
    return json.dumps(spec).encode()


def _array_of(spec: dict[str, Any]) -> Any:
    """The array that a specification describes; a huge one holds a single number, again and again."""
    rng = np.random.default_rng(spec["seed"])
    shape, kind = tuple(spec["shape"]), spec["kind"]
    size = np.prod([float(side) for side in shape]) if shape else 1
    with np.errstate(all="ignore"):
        low, high = sorted((float(spec["least"]), float(spec["most"])))
        values = np.asarray(low + (high - low) * rng.random(shape if size < 1e6 else ()))
        if spec["holes"] and values.size:
            values = np.where(rng.random(values.shape) < 0.1, float(spec["holes"]), values)
        if np.dtype(kind).kind in "iu":
            most = np.iinfo(kind)
            values = np.clip(np.nan_to_num(values), float(most.min), float(most.max) * (1 - 1e-15))
        made = values.astype(kind) if np.dtype(kind).kind not in "MmV" else np.zeros(values.shape, kind)
    if size >= 1e6:
        made = np.broadcast_to(made, shape)
    views: dict[str, Callable[[Any], Any]] = {
        "T": lambda a: a.T, "step": lambda a: a[::2] if a.ndim else a, "flip": lambda a: a[::-1] if a.ndim else a,
    }  # fmt: skip
    made = views.get(spec["view"], lambda a: a)(made)
    if spec["view"] == "frozen":
        made.setflags(write=False)
    return made


def _take_array(content: bytes, folder: Path) -> None:
    array = _array_of(json.loads(content))
    before = array.copy() if array.size < 10_000 else None
    image = load_image(array)
    shape = array.shape[1:] if array.ndim == 4 else array.shape
    if len(shape) == 3 and shape[2] not in (1, 3, 4):
        shape = (*shape[1:], shape[0])  # channels first
    require(image.shape == (*shape[:2], 3), f"{array.shape} became {image.shape}")
    require(not np.shares_memory(image, array), "not a copy")
    if before is not None:
        require(before.tobytes() == array.tobytes(), "the caller's array was altered")


# Drawings


def _sketch_spec(chance: Random) -> bytes:
    strokes: list[dict[str, Any]] = [
        {
            "points": points,
            "width": chance.choice((1, 5.5, 20, odd_number(chance))),
            "erases": chance.random() < 0.2,
        }
        for points in papers.pen_strokes(chance)
    ]
    for stroke in strokes:
        if chance.random() < 0.2:
            stroke["points"][0][0] = odd_number(chance)
        if chance.random() < 0.1:
            stroke["points"] = [[50, 50]] * chance.choice((1, 2, 40))
    size = [chance.choice((1, 2, 60, 280)), chance.choice((1, 2, 60, 280))]
    return json.dumps({"size_wh": size, "strokes": strokes, "dark": chance.random() < 0.3}).encode()


def _take_sketch(content: bytes, folder: Path) -> None:
    """Strokes drawn and rubbed out; what is no stroke raises ValueError, as is documented."""
    spec = json.loads(content)
    strokes = []
    for fields in spec["strokes"]:
        with contextlib.suppress(ValueError):
            strokes.append(Stroke(fields["points"], fields["width"], fields["erases"]))
    sketch = Sketch(tuple(spec["size_wh"]), strokes)
    ink = sketch.to_ink()
    require(bool(np.isfinite(ink).all()) and ink.min() >= 0 and ink.max() <= 1.0001, "ink beyond 0 … 1")
    width, height = sketch.size_wh
    require(sketch.to_image(spec["dark"]).shape == (height, width, 3), "a picture of another size")


TARGETS = (
    Target("images", 255, small_picture, _decode),
    Target("read", 20, any_picture, _read),
    Target("arrays", 100, _array_spec, _take_array),
    Target("sketches", 50, _sketch_spec, _take_sketch),
    *(Target(*each) for each in requests.REQUESTS),
    *(Target(*each) for each in loaders.LOADERS),
    Target("pages", 30, several_pages, take_pages),
)
"""All of them; what stays the same keeps the inputs of a seed the same."""
