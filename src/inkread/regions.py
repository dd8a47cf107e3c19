"""Named rectangles of a picture: where numbers stand, as people write it and as files hold it.

A file is TOML or JSON with tables ``[[region]]``, or a worksheet's with ``[[question]]``; each has ``name``, ``box``,
and perhaps ``page`` and ``expect``.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from inkread.errors import RegionError
from inkread.reading import Box, Digit, Line, Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RECTANGLE = re.compile(",".join([r"\s*([0-9]+(?:\.[0-9]+)?)\s*(%?)\s*"] * 4))
"""Each edge and its unit."""
_FEWEST_PIXELS = 2.0
"""Less is a fraction that was meant to be 1 at most."""
_TOLD = "give left, top, right and bottom, in pixels (40,60,400,120) or per cent (5%,10%,50%,20%)"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle: ``left, top, right, bottom`` in pixels of the upright picture, or in fractions of it.

    ``page`` is the page of a file of several, from 1; ``expect`` is what its lines should be.
    """

    name: str
    edges: tuple[float, float, float, float]
    in_fractions: bool
    page: int = 1
    expect: str | None = None

    def box(self, size_wh: tuple[int, int]) -> Box:
        """The rectangle in pixels of a picture of this size; raises RegionError if it lies outside."""
        width, height = size_wh
        scale = (width, height) * 2 if self.in_fractions else (1,) * 4
        left, top, right, bottom = (round(edge * by) for edge, by in zip(self.edges, scale, strict=True))
        box = Box(left, top, min(right, width), min(bottom, height))
        if box.width < 1 or box.height < 1:
            raise RegionError(
                f"region {self.name!r} lies outside the picture, which has {width} × {height} pixels; {_TOLD}"
            )
        return box


Regions: TypeAlias = str | os.PathLike[str] | Mapping[str, Region | str | Sequence[float]] | Sequence[Region]
"""A file of regions; or names and rectangles, each four numbers or ``"5%,10%,50%,20%"``."""


def regions_of(given: Regions) -> tuple[Region, ...]:
    """The regions that are meant, names once each; raises RegionError.

    Four numbers that are 1 at most are fractions of the picture; others are pixels.
    """
    if isinstance(given, str | os.PathLike):
        found = _loaded(Path(given))
    elif isinstance(given, Mapping):
        found = [_region(name, edges) for name, edges in given.items()]
    else:
        found = list(given)
    names = [region.name for region in found]
    if not found or len(set(names)) < len(names):
        twice = next((name for name in names if names.count(name) > 1), None)
        raise RegionError(
            f"two regions are called {twice!r}; rename one" if found else "no regions; give at least one"
        )
    return tuple(found)


def _region(
    name: str, given: Region | str | Sequence[float], page: int = 1, expect: str | None = None
) -> Region:
    if isinstance(given, Region):
        return replace(given, name=name)
    if not name.isprintable():
        raise RegionError(f"region {name!r}: the name has characters that cannot be shown; rename it")
    told = given if isinstance(given, str) else ",".join(map(str, given))
    found = _RECTANGLE.fullmatch(told)
    if found is None or len(set(found.groups()[1::2])) > 1:
        raise RegionError(f"region {name!r}: {told[:60]!r} is no rectangle; {_TOLD}")
    left, top, right, bottom = (float(edge) / (100 if found[2] else 1) for edge in found.groups()[::2])
    in_fractions = bool(found[2]) or max(right, bottom) <= 1
    if left >= right or top >= bottom or (in_fractions and max(right, bottom) > 1):
        raise RegionError(f"region {name!r}: {given!r} is empty or outside the picture; {_TOLD}")
    if not in_fractions and min(right - left, bottom - top) < _FEWEST_PIXELS:
        raise RegionError(f"region {name!r}: {given!r} is too small in pixels; fractions are 1 at most")
    return Region(name, (left, top, right, bottom), in_fractions, page, expect)


def _loaded(path: Path) -> list[Region]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        return list(regions_of([_listed(each, str(n)) for n, each in enumerate(_tables(table), start=1)]))
    except OSError as error:
        raise RegionError(f"{path}: the regions cannot be read ({error.strerror}); check the path") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise RegionError(f"{path}: is no TOML or JSON with regions ({error}); see docs/regions.md") from None
    except RegionError as error:
        raise RegionError(f"{path}: {error}") from None


def regions_from_json(text: str) -> tuple[Region, ...]:
    """The regions in a text: names and boxes, or what a file has; raises RegionError."""
    try:
        table = json.loads(text)
        if isinstance(table, dict) and not isinstance(table.get("region"), list):
            return regions_of(table)
        return regions_of([_listed(each, str(number)) for number, each in enumerate(_tables(table), start=1)])
    except (ValueError, TypeError, AttributeError, RecursionError):
        shown = text if len(text) <= 60 else text[:60] + "…"
        raise RegionError(
            f'{shown!r} has no regions; give JSON such as {{"total": "60%,88%,95%,96%"}}'
        ) from None


def _tables(table: Any) -> list[Any]:
    """The tables of all rectangles of a file: regions, or the questions and places of a worksheet."""
    if not isinstance(table, dict):
        return list(table)
    if not all(isinstance(table.get(key, []), list) for key in ("region", "question")):
        raise ValueError("region and question are lists of tables")
    places = [{**table[key], "name": key} for key in ("number", "name") if isinstance(table.get(key), dict)]
    return [*table.get("region", ()), *places, *table.get("question", ())]


def _listed(given: Any, number: str) -> Region:
    if not isinstance(given, dict) or not isinstance(given.get("box"), str | list):
        raise ValueError(f"region {number} has no box")
    name, page, expect = given.get("name", number), given.get("page", 1), given.get("expect")
    if type(page) is not int or page < 1 or not isinstance(expect, str | None):
        raise RegionError(f"region {number}: its page or expectation is none; page is from 1, expect a text")
    if not isinstance(name, str | int):
        raise RegionError(f"region {number}: its name is no text; rename it")
    return _region(str(name), given["box"], page, expect)


class _Pages(Protocol):
    """The pages of a file, as ``images`` opens it."""

    count: int

    def only(self, page: int | None = None) -> NDArray[np.uint8]: ...


def read_each(
    pages: _Pages,
    regions: Sequence[Region],
    page: int | None,
    read: Callable[[NDArray[np.uint8], str | None], Reading],
) -> dict[str, Reading]:
    """The reading of each region by its name: ``read`` reads what is cut out, with the region's expectation.

    ``page`` is the page that all are on; None: each is on its own.
    """
    found: dict[str, Reading] = {}
    for number in sorted({page or region.page for region in regions}):
        image = pages.only(number)
        height, width = image.shape[:2]
        for region in regions:
            if number == (page or region.page):
                box = region.box((width, height))
                cut = image[box.top : box.bottom, box.left : box.right].copy()
                reading = _placed(read(cut, region.expect), region, box, (width, height))
                found[region.name] = replace(reading, page=number if pages.count > 1 else None)
    return {region.name: found[region.name] for region in regions}


def _placed(reading: Reading, region: Region, box: Box, size_wh: tuple[int, int]) -> Reading:
    """The reading of what a ``box`` cuts from a picture of this size, in pixels of the whole picture."""

    def moved(inner: Box) -> Box:
        width, height = reading.size_wh
        for _ in range(reading.turned_degrees // 90):  # back to the left, a quarter at a time
            inner = Box(inner.top, width - inner.right, inner.bottom, width - inner.left)
            width, height = height, width
        return Box(inner.left + box.left, inner.top + box.top, inner.right + box.left, inner.bottom + box.top)

    def line_of(line: Line) -> Line:
        digits: tuple[Digit, ...] = tuple(replace(digit, box=moved(digit.box)) for digit in line)
        return replace(line, digits=digits)

    return replace(
        reading, size_wh=size_wh, turned_degrees=0, region=region.name, lines=tuple(map(line_of, reading.lines)),
        marks=tuple(replace(mark, box=moved(mark.box)) for mark in reading.marks),
        rejected=tuple(replace(each, box=moved(each.box)) for each in reading.rejected),
    )  # fmt: skip
