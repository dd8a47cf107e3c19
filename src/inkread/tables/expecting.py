"""What a table should be -> the table, with the sums that do not hold and the likeliest reading that is consistent.

    B: 0..20            what stands in column B
    D = B + C           column D of each row is the sum of B and C; D = B:C, of all columns from B to C
    7 = 2:6             the same of rows
    row sums            the last column is the sum of all others
    column sums         the last row is the sum of all others
    0..100              what stands in every other cell

Several are joined by ``&``. No digit gets another value: cells of sums that do not hold are doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from inkread.elements import Expected
from inkread.errors import ExpectationError
from inkread.expectations import Expectation, checked, doubted, expectation_of, likely_texts
from inkread.expectations.sums import Sum, agreeing, connected
from inkread.numerals import DecimalMark, guessed_decimal, number_of
from inkread.tables.table import Cell, Table, TableSum, letters_of

_COLUMN = re.compile(r"([A-Z]{1,3})\s*:\s*(.+)")
_FORMULA = re.compile(r"([A-Z]{1,3}|[0-9]{1,4})\s*=\s*(.*)")
_ADDEND = {
    True: re.compile(r"([0-9]{1,4})(?:\s*:\s*([0-9]{1,4}))?"),
    False: re.compile(r"([A-Z]{1,3})(?:\s*:\s*([A-Z]{1,3}))?"),
}
_NUMBERS = expectation_of(r"\d+([.,]\d+)?")
_KNOWN = 64
"""So many texts of a cell are looked at."""
_LOST = 0.02
"""Probability that no reading is right that was looked at, as when a digit was not found."""
_HELP = "give something like D = B + C, 7 = 2:6, row sums, column sums, B: 0..20 or 0..100, joined by &"


@dataclass(frozen=True, slots=True)
class Formula:
    """The row or column ``total`` is the sum of ``parts``, counted from 0; None: the last one is that of all others."""

    of_rows: bool
    total: int | None = None
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableExpectation:
    """Sums, what stands in columns by their number from 0, and what stands in the others."""

    source: str
    formulas: tuple[Formula, ...]
    columns: dict[int, Expectation]
    others: Expectation | None


def table_expectation_of(source: str) -> TableExpectation:
    """What a notation means; raises ExpectationError."""
    formulas: list[Formula] = []
    patterns: dict[int | None, list[str]] = {}
    for part in re.split(r"\s*&\s*", source.strip()):
        words = " ".join(part.lower().split())
        if words in ("row sums", "column sums"):
            formulas.append(Formula(of_rows=words == "column sums"))
        elif found := _FORMULA.fullmatch(part):
            formulas.append(_formula(source, *found.groups()))
        else:
            found = _COLUMN.fullmatch(part)
            column, pattern = (_number(found[1]), found[2]) if found else (None, part)
            patterns.setdefault(column, []).append(pattern)
    try:
        given = {column: expectation_of(" & ".join(parts)) for column, parts in patterns.items()}
    except ExpectationError as error:
        raise ExpectationError(f"{error}; for a table, {_HELP}") from None
    columns = {column: one for column, one in given.items() if column is not None}
    return TableExpectation(source, tuple(formulas), columns, given.get(None))


def _formula(source: str, total: str, addends: str) -> Formula:
    of_rows, parts = total.isdigit(), list[int]()
    for addend in addends.split("+"):
        found = _ADDEND[of_rows].fullmatch(addend.strip())
        if found is None:
            raise ExpectationError(
                f"cannot expect {source!r}: {addend.strip()!r} is no {'row' if of_rows else 'column'}; {_HELP}"
            )
        first, last = _number(found[1]), _number(found[2] or found[1])
        parts += range(min(first, last), max(first, last) + 1)
    if _number(total) in parts or len(set(parts)) < len(parts) or -1 in (_number(total), *parts):
        raise ExpectationError(
            f"cannot expect {source!r}: a sum holds others, each once, counted from 1; {_HELP}"
        )
    return Formula(of_rows, _number(total), tuple(parts))


def _number(name: str) -> int:
    """The number, from 0, of a row called "1" or a column called "A"."""
    number = 0
    for letter in name:
        number = int(name) if name.isdigit() else 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def expected_table(table: Table, expectation: TableExpectation) -> Table:
    """The table whose cells and sums say how well they agree."""
    table = _with_patterns(table, expectation)
    sums = _all_sums(table, expectation)
    if not sums:
        return table
    decimal = guessed_decimal(cell.written for cell in table.cells)
    values = [number_of(cell.written, decimal) for cell in table.cells]
    told = tuple(_told(table.cells, values, one) for one in sums)
    broken = [one for one, said in zip(sums, told, strict=True) if not said.satisfied]
    if not broken:
        return replace(table, sums=told)
    suspects, in_broken = _suspects(sums, broken), {i for one in broken for i in one.numbers}
    likely, cut_off = _searched(table, expectation, sums, in_broken, decimal)
    told = tuple(
        replace(said, searched=one.total not in cut_off) for one, said in zip(sums, told, strict=True)
    )
    cells = tuple(
        _doubted(cell, likely.get(i), i in suspects) if i in in_broken else cell
        for i, cell in enumerate(table.cells)
    )
    return replace(table, cells=cells, sums=told)


def _all_sums(table: Table, expectation: TableExpectation) -> list[Sum]:
    """The sums that all formulas of the expectation make of the table's cells."""
    places = {(cell.row, cell.column): i for i, cell in enumerate(table.cells)}
    return [one for formula in expectation.formulas for one in _sums(table, formula, places)]


def _searched(
    table: Table,
    expectation: TableExpectation,
    sums: Sequence[Sum],
    in_broken: set[int],
    decimal: DecimalMark,
) -> tuple[dict[int, Expected], set[int]]:
    """The likeliest readings of cells in sums that do not hold, and the totals whose groups were not fully searched."""
    likely: dict[int, Expected] = {}
    cut_off: set[int] = set()
    for group in connected(sums):
        if not in_broken.isdisjoint(i for one in group for i in one.numbers):
            ways, complete = _likeliest(table, expectation, group, decimal)
            likely |= ways
            cut_off |= set() if complete else {one.total for one in group}
    return likely, cut_off


def _suspects(sums: Sequence[Sum], broken: Sequence[Sum]) -> set[int]:
    """The cells of sums that do not hold; of each, those that are in no sum that holds, if there are any."""
    held = {i for one in sums if one not in broken for i in one.numbers}
    return {i for one in broken for i in set(one.numbers) - held or one.numbers}


def _with_patterns(table: Table, expectation: TableExpectation) -> Table:
    """The table whose cells say how well they agree with what should stand in their column."""
    cells = {(cell.row, cell.column): cell for cell in table.cells}
    for column in range(table.column_count):
        one = expectation.columns.get(column, expectation.others)
        inside = [cell for cell in table.cells if cell.column == column and cell.text]
        if one is None or not inside:
            continue
        lines = tuple(line for cell in inside for line in cell.reading.lines)
        marks = tuple(mark for cell in inside for mark in cell.reading.marks)
        found = iter(checked(replace(inside[0].reading, lines=lines, marks=marks), one).lines)
        for cell in inside:
            new = tuple(next(found) for _ in cell.reading.lines)
            cells[cell.row, cell.column] = replace(cell, reading=replace(cell.reading, lines=new))
    return replace(table, cells=tuple(cells[cell.row, cell.column] for cell in table.cells))


def _sums(table: Table, formula: Formula, places: dict[tuple[int, int], int]) -> Iterable[Sum]:
    """The sums that a formula means, in which ``total`` and ``parts`` are cells. An empty total is none."""
    along, across = (
        (table.row_count, table.column_count) if formula.of_rows else (table.column_count, table.row_count)
    )
    total = along - 1 if formula.total is None else formula.total
    parts = formula.parts or range(along - 1)
    if max(total, *parts, 0) >= along or not parts:
        kind = "rows" if formula.of_rows else "columns"
        raise ExpectationError(
            f"the table has {along} {kind}, too few for what is expected; look at how it was read"
        )
    for other in range(across):
        at = [(i, other) if formula.of_rows else (other, i) for i in (total, *parts)]
        inside = [places[place] for place in at if place in places]
        if at[0] in places and table.cells[inside[0]].text and len(inside) > 1:
            yield Sum(inside[0], tuple(inside[1:]))


def _told(cells: Sequence[Cell], values: Sequence[int | Decimal | None], one: Sum) -> TableSum:
    """What a table says of a sum. An empty cell counts as 0, and one that holds no number as unknown."""
    known = [Decimal(0) if not cells[i].reading and not cells[i].unread else values[i] for i in one.numbers]
    numbers = [Decimal(value) for value in known if value is not None]
    is_row = cells[one.total].row == cells[one.parts[0]].row
    total = cells[one.total]
    difference = sum(numbers[:-1], -numbers[-1]) if len(numbers) == len(known) else None
    return TableSum(f"row {total.row + 1}" if is_row else f"column {letters_of(total.column)}", total.name,
                    tuple(cells[i].name for i in one.parts), difference == 0,
                    None if difference is None else _plain(difference))  # fmt: skip


def _plain(number: Decimal) -> float:
    return int(number) if number == int(number) else float(number)


def _likeliest(
    table: Table, expectation: TableExpectation, sums: Sequence[Sum], decimal: DecimalMark
) -> tuple[dict[int, Expected], bool]:
    """What each cell with digits is in the likeliest reading in which sums hold, if there is one.

    Beside it: whether the search was complete.
    """
    names = sorted({i for one in sums for i in one.numbers})
    texts = [_texts(table.cells[i], expectation, decimal) for i in names]
    at = {i: place for place, i in enumerate(names)}
    inner = [Sum(at[one.total], tuple(at[i] for i in one.parts)) for one in sums]
    ways, complete = agreeing([[(value, share) for value, _, share in each] for each in texts], inner)
    return {
        i: _expected(expectation.source, table.cells[i].written, texts[place],
                     [(choice[place], share) for choice, share in ways])
        for i, place in at.items()
        if ways and table.cells[i].reading
    }, complete  # fmt: skip


def _expected(
    source: str, written: str, texts: Sequence[tuple[Decimal, str, float]], ways: Sequence[tuple[int, float]]
) -> Expected:
    """What is told of one cell: which of its ``texts`` it has in the likeliest readings, best first."""
    shares: dict[str, float] = {}
    for choice, share in ways:
        shares[texts[choice][1]] = shares.get(texts[choice][1], 0.0) + share
    total = sum(shares.values()) / (1 - _LOST)
    _, best, of_ink = texts[ways[0][0]]
    read = next((share for _, text, share in texts if text == written), texts[-1][2])
    others = tuple((text, share / total) for text, share in shares.items() if text != best)
    return Expected(source, False, best, of_ink / read, shares[best] / total, others)


def _texts(
    cell: Cell, expectation: TableExpectation, decimal: DecimalMark
) -> list[tuple[Decimal, str, float]]:
    """The numbers that a cell may hold, best first; an empty one holds 0."""
    if not cell.reading.lines:
        return [(Decimal(0), "", 1.0)]
    one = expectation.columns.get(cell.column, expectation.others)
    found = []
    for text, share in likely_texts(cell.reading, one or _NUMBERS, _KNOWN):
        value = number_of(text, decimal)
        if value is not None:
            found.append((Decimal(value), text, share))
    return found or [(Decimal(number_of(cell.text, decimal) or 0), cell.written, 1.0)]


def _doubted(cell: Cell, expected: Expected | None, is_suspect: bool) -> Cell:
    """The cell, whose digits are doubtful if it is suspect, and whose first line says what is expected."""
    lines = [
        replace(line, digits=doubted(line.digits) if is_suspect else line.digits)
        for line in cell.reading.lines
    ]
    if lines and expected is not None:
        lines[0] = replace(lines[0], expected=expected)
    return replace(cell, reading=replace(cell.reading, lines=tuple(lines)))
