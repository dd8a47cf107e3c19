"""Reading -> row, a line of JSON, and back; rows on disk, in parts; and rows -> one table.

The table is Parquet, JSON lines or CSV, by the output's extension, written atomically.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from inkread.bulk.inputs import filesystem_of, is_url, need
from inkread.durable import write_atomically, write_durably
from inkread.errors import BulkError
from inkread.reading import Box, Digit, Line, Reading, Rejected

COLUMNS = (
    "path", "page", "sha256", "text", "written", "confidence", "doubtful", "digits", "rejected", "size_wh",
    "turned_degrees", "satisfied", "expected", "odds", "region", "error", "model", "duration_ms",
)  # fmt: skip
"""The columns of every output, in this order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of an item, the one of its ``page`` (from 1), and what the manifest keeps; with regions, the rows count.

    ``line`` is the row as JSON; it is empty if the content has not changed since the last run, whose row is valid.
    ``lost`` means that the bytes could not be fetched, which may be different in the next run.
    """

    path: str
    line: bytes
    sha256: str = ""
    confidence: float | None = None
    doubtful: bool = False
    digits: int = 0
    error: str | None = None
    lost: bool = False
    page: int = 1


def row_of(path: str, sha256: str, reading: Reading, model: str, duration_ms: float) -> dict[str, Any]:
    """The row of a picture that was read. Boxes are ``left, top, right, bottom`` in pixels of the upright picture."""
    digits = [
        {"value": digit.value, "confidence": round(digit.confidence, 6), "doubtful": digit.doubtful,
         "line": number, "box": digit.box.to_list(), "printed": digit.printed}
        for number, line in enumerate(reading.lines)
        for digit in line.digits
    ]  # fmt: skip
    expected = reading.expected
    return {
        "path": path,
        "page": reading.page,
        "sha256": sha256,
        "text": reading.text,
        "written": reading.written,
        "confidence": round(reading.confidence, 6),
        "doubtful": reading.doubtful,
        "digits": digits,
        "rejected": [rejected.to_dict() for rejected in reading.rejected],
        "size_wh": list(reading.size_wh),
        "turned_degrees": reading.turned_degrees,
        "satisfied": None if expected is None else expected.satisfied,
        "expected": None if expected is None else expected.text,
        "odds": None if expected is None else float(f"{expected.odds:.6g}"),
        "region": reading.region,
        "error": None,
        "model": model,
        "duration_ms": round(duration_ms, 2),
    }


def failed_row(
    path: str, sha256: str, error: str, model: str, duration_ms: float, page: int | None = None
) -> dict[str, Any]:
    """The row of a picture that was not read, for the reason ``error``; ``page`` as in ``Reading``."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row.update(path=path, page=page, sha256=sha256 or None, doubtful=False, digits=[], rejected=[])
    row.update(error=error, model=model, duration_ms=round(duration_ms, 2))
    return row


def outcome_of(row: dict[str, Any], lost: bool = False) -> Outcome:
    """The outcome for a row."""
    return Outcome(
        path=row["path"],
        line=to_line(row),
        sha256=row["sha256"] or "",
        confidence=row["confidence"],
        doubtful=row["doubtful"],
        digits=len(row["digits"]),
        error=row["error"],
        lost=lost,
        page=row["page"] or 1,
    )


def to_line(row: dict[str, Any]) -> bytes:
    """One line of JSON in UTF-8, with its line end. Bytes of a file name that are not UTF-8 become JSON escapes."""
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def reading_of(row: dict[str, Any]) -> Reading:
    """The reading of a row, without runners-up and marks, which a row does not have."""
    lines: dict[int, list[Digit]] = {}
    for each in row["digits"]:
        digit = Digit(
            each["value"],
            each["confidence"],
            each["doubtful"],
            Box.from_list(each["box"]),
            (),
            each["printed"],
        )
        lines.setdefault(each["line"], []).append(digit)
    width, height = row["size_wh"]
    return Reading(
        (width, height),
        tuple(Line(tuple(digits)) for _, digits in sorted(lines.items())),
        rejected=tuple(Rejected.from_dict(each) for each in row["rejected"]),
        turned_degrees=row["turned_degrees"],
        page=row["page"],
    )


_KEPT = 8  # Parts that stay in memory when rows are fetched, since rows mostly come in order


class RowStore:
    """The parts in a folder, a thousand to a folder of its own. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()

    def write(self, part: int, lines: Iterable[bytes]) -> None:
        """Writes a part, which is on disk when this returns. A part of the same number is replaced."""
        path = self._path(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, gzip.compress(b"".join(lines), compresslevel=1, mtime=0))
        self._kept.pop(part, None)

    def line(self, part: int, at: int) -> bytes:
        """The row at this place of a part."""
        lines = self._kept.get(part)
        if lines is None:
            lines = gzip.decompress(self._path(part).read_bytes()).splitlines(keepends=True)
            self._kept[part] = lines
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return lines[at]

    def remove(self, part: int) -> None:
        self._path(part).unlink(missing_ok=True)

    def _path(self, part: int) -> Path:
        return self._folder / f"{part // 1000:06d}" / f"{part:09d}.jsonl.gz"


Lines = Iterable[bytes]
_ROWS_AT_ONCE = 2_000  # Rows per row group of Parquet: some MB


def check_output(name: str) -> None:
    """Raises BulkError for an unknown extension, ExtraMissing if a package is missing."""
    if _format_of(name) is _parquet:
        need("pyarrow.parquet", "Parquet")
    if is_url(name):
        filesystem_of(name)
    elif Path(name).is_dir():
        raise BulkError(f"{name}: is a folder; give the name of a file, {name.rstrip('/')}/rows.parquet say")


def write_table(name: str, lines: Lines) -> None:
    """Writes rows (lines of JSON) to a path or URL. Raises OSError."""
    write = _format_of(name)
    if is_url(name):
        filesystem, path = filesystem_of(name)
        with filesystem.open(path, "wb") as file:
            write(file, lines)
        return

    def write_file(beside: Path) -> None:
        with beside.open("wb") as file:
            write(file, lines)

    write_atomically(Path(name), write_file)


def _format_of(name: str) -> Callable[[BinaryIO, Lines], None]:
    formats = {".parquet": _parquet, ".jsonl": _json_lines, ".csv": _csv}
    for extension, write in formats.items():
        if name.lower().endswith(extension):
            return write
    raise BulkError(f"{name}: the output must end in .parquet, .jsonl or .csv")


def _json_lines(file: BinaryIO, lines: Lines) -> None:
    file.writelines(lines)


def _csv(file: BinaryIO, lines: Lines) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for line in lines:
        row = json.loads(line)
        table.writerow([_cell(row[column]) for column in COLUMNS])
    text.flush()
    text.detach()


def _cell(value: Any) -> Any:
    from inkread.render import safe_cell  # brings OpenCV along, which only writing CSV needs

    if isinstance(value, list | bool):
        return json.dumps(value, ensure_ascii=False)
    return safe_cell(value) if isinstance(value, str) else value


def _parquet(file: BinaryIO, lines: Lines) -> None:
    arrow, parquet = need("pyarrow", "Parquet"), need("pyarrow.parquet", "Parquet")
    schema = _schema(arrow)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in _blocks(lines):
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))


def _blocks(lines: Lines) -> Iterator[list[dict[str, Any]]]:
    coming = iter(lines)
    while rows := [json.loads(line) for line in islice(coming, _ROWS_AT_ONCE)]:
        for row in rows:  # Parquet holds Unicode only
            row["path"] = row["path"].encode("utf-8", "backslashreplace").decode()
        yield rows


def _schema(arrow: Any) -> Any:
    box = arrow.list_(
        arrow.int32()
    )  # older pyarrow (14 to 24) cannot write a list of a fixed length that is null
    digit = arrow.struct(
        [("value", arrow.int8()), ("confidence", arrow.float64()), ("doubtful", arrow.bool_()),
         ("line", arrow.int32()), ("box", box), ("printed", arrow.float64())]
    )  # fmt: skip
    kinds = {
        "page": arrow.int32(),
        "confidence": arrow.float64(),
        "doubtful": arrow.bool_(),
        "digits": arrow.list_(digit),
        "rejected": arrow.list_(arrow.struct([("box", box), ("reason", arrow.string())])),
        "size_wh": arrow.list_(arrow.int32()),
        "turned_degrees": arrow.int32(),
        "satisfied": arrow.bool_(),
        "odds": arrow.float64(),
        "duration_ms": arrow.float64(),
    }
    return arrow.schema([(column, kinds.get(column, arrow.string())) for column in COLUMNS])
