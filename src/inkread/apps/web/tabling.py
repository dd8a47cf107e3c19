"""Tables as JSON, and corrected tables as files. Runs in the workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from inkread.apps.web.answers import Answer, Refused, as_json, refusal
from inkread.tables import Table
from inkread.tables.write import FORMATS

_CELLS_MAX = 100_000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""The formats of files, and their media types."""


def told(tables: Sequence[Table], page_count: int) -> Answer:
    """The answer with tables; for one page of several, also their number."""
    fields: dict[str, Any] = {"tables": [table.to_dict() for table in tables]}
    return as_json(fields if page_count == 1 else {"page_count": page_count, **fields})


def written(name: str, body: bytes) -> Answer:
    """Tables as a file of this format. Raises ``Refused`` for what is no table."""
    try:
        tables = [Table.from_dict(_checked(fields)) for fields in json.loads(body)["tables"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "send the JSON that /v1/tables gave, with said in the cells that you correct"
        raise Refused(refusal(422, "no_table", "the body has no tables", hint)) from None
    return Answer(200, FORMATS[name](tables, "text"), TYPES[name])


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a table whose cells lie in it. Raises ValueError."""
    rows, columns = fields["row_count"], fields["column_count"]
    if not 0 < rows * columns <= _CELLS_MAX or min(rows, columns) < 1:
        raise ValueError("size")
    for cell in fields["cells"]:
        last = cell["row"] + cell["rows"], cell["column"] + cell["columns"]
        spans = min(cell["rows"], cell["columns"]) >= 1 and min(cell["row"], cell["column"]) >= 0
        if not spans or last[0] > rows or last[1] > columns or not isinstance(cell.get("said", ""), str):
            raise ValueError("cell")
    return fields
