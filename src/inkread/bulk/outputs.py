"""Rows -> one table: Parquet, JSON lines or CSV, by the output's extension, written atomically."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from inkread.bulk.extras import filesystem_of, is_url, need
from inkread.bulk.rows import COLUMNS
from inkread.durable import write_atomically
from inkread.errors import BulkError

Lines = Iterable[bytes]
_ROWS_AT_ONCE = 2_000
"""Rows per row group of Parquet: some MB."""


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
