"""Tables -> CSV, TSV, XLSX, Parquet and JSON: leading zeros kept, no cell that a spreadsheet would run.

Cells are text, unless numbers are asked for. This module does not know where tables come from.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Literal

from inkread.errors import ExtraMissing, InkreadError
from inkread.render import safe_cell
from inkread.tables.table import Table

Types = Literal["text", "number"]
Value = str | int | float | None
_WHOLE, _DECIMAL = re.compile(r"[+-]?\d{1,15}"), re.compile(r"[+-]?\d{1,12}[.,]\d{1,12}")


def to_csv(tables: Sequence[Table], types: Types = "text", separator: str = ",") -> bytes:
    """A line for each row; an empty line between tables. CSV has no types, so ``types`` changes nothing."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    for number, table in enumerate(tables):
        text.write("\n" if number else "")
        writer.writerows([safe_cell(cell.replace("\n", " ")) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def to_tsv(tables: Sequence[Table], types: Types = "text") -> bytes:
    """The same, with tabs between cells."""
    return to_csv(tables, types, "\t")


def to_json(tables: Sequence[Table], types: Types = "text") -> bytes:
    """One line: the tables as ``to_dict`` has them; with ``types="number"``, each cell has a ``value``, too."""
    told = [table.to_dict() for table in tables]
    for table in told if types == "number" else ():
        for cell in table["cells"]:
            cell["value"] = value_of(cell["written"], types)
    return json.dumps({"tables": told}, ensure_ascii=False).encode() + b"\n"


def to_xlsx(tables: Sequence[Table], types: Types = "text") -> bytes:
    """A workbook with a sheet for each table: merged cells are merged, doubtful ones yellow.

    Raises ExtraMissing without openpyxl.
    """
    try:
        import openpyxl
        from openpyxl.styles import PatternFill
    except ImportError:
        raise ExtraMissing('XLSX needs openpyxl: pip install "inkread[sheets]"') from None
    book = openpyxl.Workbook()
    book.properties.creator = "inkread"
    book.remove(book.active)
    for number, table in enumerate(tables, 1):
        sheet = book.create_sheet(f"Table {number}")
        for cell in table.cells:
            place = sheet.cell(cell.row + 1, cell.column + 1)
            place.value = value_of(cell.written, types)
            if isinstance(place.value, str):
                place.data_type, place.number_format = "s", "@"
            if cell.doubtful:
                place.fill = PatternFill("solid", fgColor="FFF2CC")
            if cell.rows * cell.columns > 1:
                last = cell.row + cell.rows, cell.column + cell.columns
                sheet.merge_cells(start_row=cell.row + 1, start_column=cell.column + 1,
                                  end_row=last[0], end_column=last[1])  # fmt: skip
    if not tables:
        book.create_sheet("Table 1")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def to_parquet(tables: Sequence[Table], types: Types = "text") -> bytes:
    """The columns of one table, named "1", "2" and so on; a column is of numbers if all that is in it are.

    Raises InkreadError for several tables or none, ExtraMissing without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ExtraMissing('Parquet needs pyarrow: pip install "inkread[bulk]"') from None
    if len(tables) != 1:
        raise InkreadError(f"Parquet holds one table, and there are {len(tables)}; choose one with --table N")
    columns = {
        str(number): pyarrow.array(_column(texts, types), *[pyarrow.string()] * (not any(texts)))
        for number, texts in enumerate(zip(*tables[0].rows, strict=True), 1)
    }
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def _column(texts: Sequence[str], types: Types) -> list[Value]:
    """The values of a column: all numbers of one kind, or all texts; None for an empty cell."""
    values = [value_of(text, types) for text in texts]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [value if value is None else float(value) for value in values]
    return values if len(kinds) < 2 else [text or None for text in texts]


def value_of(text: str, types: Types = "text") -> Value:
    """What a spreadsheet gets: None for an empty cell; an int or float where ``types`` says so and it is one."""
    if types == "number":
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text.replace(",", "."))
    return text or None


FORMATS: dict[str, Callable[[Sequence[Table], Types], bytes]] = {
    "csv": to_csv,
    "tsv": to_tsv,
    "json": to_json,
    "xlsx": to_xlsx,
    "parquet": to_parquet,
}
