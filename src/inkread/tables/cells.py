"""What was read on a page -> the cells of a grid, and a closer look at those with ink that was not read.

This module does not know how a grid is found, nor how a picture is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.layout import group_lines
from inkread.reading import Box, Digit, Line, Mark, Reading
from inkread.tables.curves import crossing
from inkread.tables.grid import Grid, Span
from inkread.tables.table import Cell, Table

_BETWEEN, _SURE_MARK = ".,:/", 0.9
"""Marks that stand between digits only, for which specks and ends of rules are taken, and the confidence from which
one is believed."""
_INSET = 0.12
"""Heights of a digit by which a cell is cut inside its rules."""
_CLOSER_MAX = 200
"""So many cells of a table are read again at most."""
_BELIEVED, _BELIEVED_MORE = 0.8, 0.5
"""Confidence of each digit in a cell that was read again, from which it replaces what was read before: in any cell,
and in one in which a digit of several had been missed. A word may look like a digit."""


def filled(grid: Grid, spans: Sequence[Span], reading: Reading, unread: NDArray[np.float64]) -> Table:
    """The table of a grid, with what was read in its cells; ``unread`` (n, 4) are boxes of ink that was not."""
    rows, columns = grid.shape
    owner = np.arange(rows * columns).reshape(rows, columns)
    sizes = dict.fromkeys(owner.ravel().tolist(), (1, 1))
    for top, left, tall, wide in spans:
        owner[top : top + tall, left : left + wide] = owner[top, left]
        sizes[int(owner[top, left])] = tall, wide
    things: list[Digit | Mark | Box] = [*reading.digits, *reading.marks]
    things += [Box.from_list(edges) for edges in np.rint(unread).astype(int).tolist()]
    centres = np.array([(each if isinstance(each, Box) else each.box).centre for each in things])
    places = grid.places(centres.reshape(-1, 2)).tolist()
    held: dict[int, list[Digit | Mark | Box]] = {}
    for each, (row, column) in zip(things, places, strict=True):
        if 0 <= row < rows and 0 <= column < columns:
            held.setdefault(int(owner[row, column]), []).append(each)
    cells = []
    for name in np.unique(owner).tolist():
        row, column = divmod(name, columns)
        tall, wide = sizes[name]
        above, below = grid.across[row], grid.across[row + tall]
        left, right = grid.down[column], grid.down[column + wide]
        corners = crossing(above, left), crossing(above, right), crossing(below, right), crossing(below, left)
        inside, missed = _part(reading, held.get(name, []))
        cells.append(Cell(row, column, tall, wide, corners, inside, missed))
    return Table(rows, columns, tuple(cells), reading.size_wh)


def _part(reading: Reading, things: Sequence[Digit | Mark | Box]) -> tuple[Reading, bool]:
    """The reading of one cell, and whether there is ink in it that was not read."""
    digits = [each for each in things if isinstance(each, Digit)]
    missed = any(isinstance(each, Box) for each in things)
    if not digits:
        return replace(reading, lines=(), marks=(), rejected=(), _origin=None), missed
    boxes = np.array([digit.box.to_list() for digit in digits], np.float64)
    lines = tuple(Line(tuple(digits[i] for i in line)) for line in group_lines(boxes))
    likely = [each for each in things if isinstance(each, Mark) and _may_be(each, boxes)]
    kept = tuple(mark for mark in likely if mark.text not in _BETWEEN or mark.confidence >= _SURE_MARK)
    return (
        replace(reading, lines=lines, marks=kept, rejected=(), _origin=None),
        missed or len(kept) < len(likely),
    )


def _may_be(mark: Mark, digits: NDArray[np.float64]) -> bool:
    """Whether a mark stands where it can: a point before or behind all digits (n, 4) is dirt."""
    between = min(digits[:, 2]) < mark.box.centre[0] < max(digits[:, 0])
    return between or mark.text not in _BETWEEN


def looked_closer(
    image: NDArray[np.uint8], table: Table, height: float, read: Callable[[NDArray[np.uint8]], Reading]
) -> Table:
    """The table with cells read again that hold ink which was not read; ``height`` is that of the digits."""
    cells, left = [], _CLOSER_MAX
    for cell in table.cells:
        if cell.unread and left > 0:
            left -= 1
            cell = _again(image, cell, height, read)
        cells.append(cell)
    return replace(table, cells=tuple(cells))


def _again(
    image: NDArray[np.uint8], cell: Cell, height: float, read: Callable[[NDArray[np.uint8]], Reading]
) -> Cell:
    """The cell as it is read for itself, if that is more than before, and believed."""
    box, inset = cell.box, max(2, round(_INSET * height))
    if min(box.width, box.height) < 4 * inset:
        return cell
    picture = image[box.top : box.bottom, box.left : box.right].copy()
    corners = np.array(cell.corners) - [box.left, box.top]
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(corners).astype(np.int32)], 1)
    frame = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    inside = cv2.erode(frame, np.ones((2 * inset + 1, 2 * inset + 1), np.uint8))[1:-1, 1:-1]
    picture[inside == 0] = np.median(picture[inside > 0], axis=0) if inside.any() else 255
    found = read(picture)
    more = len(found) > len(cell.reading)
    if found.turned_degrees or not (more or found.text == cell.text):
        return cell
    least = _BELIEVED_MORE if more and cell.text else _BELIEVED
    if not found or any(digit.confidence < least for digit in found):
        return cell
    moved: list[Digit | Mark] = [replace(digit, box=_moved(digit.box, box)) for digit in found]
    moved += [replace(mark, box=_moved(mark.box, box)) for mark in found.marks]
    reading, missed = _part(cell.reading, moved)
    return replace(cell, reading=reading, unread=missed)


def _moved(box: Box, by: Box) -> Box:
    return Box(box.left + by.left, box.top + by.top, box.right + by.left, box.bottom + by.top)
