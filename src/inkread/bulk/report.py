"""The figures of a run, and its doubtful pictures, least confident first: as a table, or as a contact sheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.bulk.archives import Fetcher, NotFetched
from inkread.bulk.inputs import Place, path_from_bytes
from inkread.bulk.manifest import Manifest
from inkread.bulk.rows import RowStore, reading_of
from inkread.bulk.run_settings import Settings
from inkread.confidence import percent
from inkread.durable import write_atomically
from inkread.errors import BulkError, InkreadError
from inkread.images import load_image

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
"""Edges of the histogram of confidence, narrow where most pictures are."""
_EXAMPLES = 5


@dataclass(frozen=True)
class Summary:
    """Counts over all rows, and the number of pictures that this run ``read`` in how many ``seconds``.

    ``histogram`` counts pictures with digits by confidence, between the ``BINS``. ``failures`` are examples of
    ``(path, error)``. ``twice`` counts names that the source repeats. ``skipped`` lists in one line the files that
    are not pictures, "" if there are none.
    """

    rows: int
    failed: int
    empty: int
    doubtful: int
    digits: int
    histogram: tuple[int, ...]
    failures: tuple[tuple[str, str], ...]
    twice: int
    read: int
    seconds: float
    skipped: str = ""

    @property
    def per_second(self) -> float:
        return self.read / self.seconds if self.seconds > 0 else 0.0


def summarise(manifest: Manifest, read: int, seconds: float, skipped: str = "") -> Summary:
    """The figures of a manifest in which nothing is left to be read."""
    sums = [
        "count(*)",
        "sum(error IS NOT NULL)",
        "sum(error IS NULL AND digits = 0)",
        "sum(doubtful)",
        "sum(digits)",
    ]
    for low, high in pairwise(BINS):
        most = "<=" if high == BINS[-1] else "<"
        sums.append(f"sum(digits > 0 AND confidence >= {low} AND confidence {most} {high})")
    figures = [int(each or 0) for each in manifest.select(", ".join(sums))[0]]
    failures = manifest.select("path, error", "AND error IS NOT NULL ORDER BY number", _EXAMPLES)
    return Summary(
        rows=figures[0],
        failed=figures[1],
        empty=figures[2],
        doubtful=figures[3],
        digits=figures[4],
        histogram=tuple(figures[5:]),
        failures=tuple((path_from_bytes(path), error) for path, error in failures),
        twice=manifest.twice,
        read=read,
        seconds=seconds,
        skipped=skipped,
    )


_SHOWN = 48
_ACROSS = 6
_TILE_WH = 240, 170
_CAPTION = 44
_GAP = 14
_WHICH = "AND doubtful ORDER BY confidence, number, page"


def check_review(path: Path, output: str) -> None:
    """Raises BulkError for a review that cannot be written, or would replace the table ``output``."""
    if path.suffix.lower() not in (".csv", ".png"):
        raise BulkError(f"{path}: a review ends in .png, a contact sheet, or in .csv, a table")
    if path.resolve() == Path(output).resolve():
        raise BulkError(f"{path}: is the table of all pictures; give the review another name")
    if not path.absolute().parent.is_dir():
        raise BulkError(f"{path}: there is no folder {path.parent}; make it first")


def write_review(path: Path, manifest: Manifest, parts: RowStore, settings: Settings) -> None:
    """Writes the doubtful pictures of a run. Raises OSError."""

    def write(beside: Path) -> None:
        if path.suffix.lower() == ".csv":
            _write_table(beside, manifest, parts)
        else:
            _draw_sheet(beside, manifest, parts, settings)

    write_atomically(path, write, sync=False)


def _write_table(path: Path, manifest: Manifest, parts: RowStore) -> None:
    """A table of all doubtful rows: path, page, text, confidence, each doubtful digit with its box, region."""
    from inkread.render import safe_cell

    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(("path", "page", "text", "confidence", "doubtful_digits", "region", "corrected"))
        for _, row in _doubtful(manifest, parts):
            digits = [each for each in row["digits"] if each["doubtful"]]
            cells = (
                safe_cell(row["path"]),
                row["page"],
                row["text"],
                row["confidence"],
                json.dumps(digits),
                safe_cell(row["region"] or ""),
                "",
            )
            table.writerow(cells)


def _doubtful(manifest: Manifest, parts: RowStore) -> Iterator[tuple[Place, dict[str, Any]]]:
    for path, place, part, at in manifest.each("path, place, part, at", _WHICH):
        where = Place("file", path_from_bytes(path)) if place is None else Place.from_json(place)
        yield where, json.loads(parts.line(part, at))


def _draw_sheet(path: Path, manifest: Manifest, parts: RowStore, settings: Settings) -> None:
    """The contact sheet: the least confident pictures with a box round each digit."""
    from PIL import Image

    fetcher = Fetcher(settings.base, settings.max_bytes)
    tiles: list[NDArray[np.uint8]] = []
    count = 0
    for place, row in _doubtful(manifest, parts):
        count += 1
        if len(tiles) < _SHOWN:
            with suppress(NotFetched, InkreadError):  # what is gone by now is shown by nobody
                content = fetcher.fetch(place)
                picture = load_image(content, settings.limits, page=row["page"], dpi=settings.dpi)
                tiles.append(_tile(np.rot90(picture, -row["turned_degrees"] // 90), row))
    total = int(manifest.select("count(*)")[0][0])
    Image.fromarray(_sheet(tiles, count, total)).save(path, format="PNG")


def _tile(picture: NDArray[np.uint8], row: dict[str, Any]) -> NDArray[np.uint8]:
    """One picture with its boxes; below it the text, the confidence and the path."""
    from PIL import Image, ImageDraw

    from inkread.render.drawing import DARK, DOUBTFUL, GREY, SURE, font_of

    width, height = _TILE_WH
    tile = Image.new("RGB", (width, height + _CAPTION), (255, 255, 255))
    seen = Image.fromarray(np.ascontiguousarray(picture))
    scale = min((width - 2) / seen.width, (height - 2) / seen.height, 6.0)
    size = max(1, round(seen.width * scale)), max(1, round(seen.height * scale))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    tile.paste(seen.resize(size, Image.Resampling.LANCZOS), (left, top))
    pen = ImageDraw.Draw(tile)
    for digit in reading_of(row).digits:
        box = [at * scale for at in digit.box.to_list()]
        corners = (left + box[0] - 1, top + box[1] - 1, left + box[2] + 1, top + box[3] + 1)
        pen.rectangle(corners, outline=DOUBTFUL if digit.doubtful else SURE, width=2 if digit.doubtful else 1)
    says = row["text"].replace("\n", " / ")
    pen.text((6, height + 18), _cut(says, 19, 150), DARK, font_of(19), anchor="ls")
    pen.text((width - 6, height + 18), percent(row["confidence"]), DOUBTFUL, font_of(16), anchor="rs")
    name = row["path"].encode("utf-8", "backslashreplace").decode()
    name += f" page {row['page']}" if row["page"] else ""
    name += f" {row['region']}" if row["region"] else ""
    pen.text((6, height + 37), _cut(name, 12, width - 12, end=True), GREY, font_of(12), anchor="ls")
    return np.asarray(tile)


def _cut(text: str, size: int, width: float, end: bool = False) -> str:
    """The text, or as much of its beginning or ``end`` as fits."""
    from inkread.render.drawing import text_width

    text = text if len(text) < 120 else (text[-120:] if end else text[:120])
    cut = text
    while cut and text_width(cut + "…" if cut != text else cut, size) > width:
        cut = cut[1:] if end else cut[:-1]
    return cut if cut == text else ("…" + cut if end else cut + "…")


def _sheet(tiles: list[NDArray[np.uint8]], count: int, total: int) -> NDArray[np.uint8]:
    """The tiles in rows below a heading: the first of ``count`` doubtful pictures of ``total``."""
    from inkread.render.drawing import DARK, GREY, LIGHT, Text, write

    across = max(3, min(_ACROSS, len(tiles)))
    rows = -(-len(tiles) // across)
    width, height = _TILE_WH[0], _TILE_WH[1] + _CAPTION
    head = 64
    sheet = np.full((head + rows * (height + _GAP) + 6, across * (width + _GAP) + _GAP, 3), LIGHT, np.uint8)
    sheet[head - 10 :] = (222, 222, 218)
    for i, tile in enumerate(tiles):
        top, left = head + i // across * (height + _GAP), _GAP + i % across * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile
    title = "Nothing is doubtful" if not count else f"{count:,} of {total:,} doubtful, least sure first"
    texts = [Text(title, _GAP + 2, 36, 22, DARK, bold=True)]
    if count > len(tiles) > 0:
        texts.append(Text(f"the first {len(tiles)}", sheet.shape[1] - 150, 36, 15, GREY))
    write(sheet, texts)
    return sheet
