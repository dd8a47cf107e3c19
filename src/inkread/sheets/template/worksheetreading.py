"""One scanned picture of a worksheet -> one page's record, as ``sheets.pagereading`` makes it of printed sheets.

A page that cannot be registered is a failed record with its picture, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.reading import Reading
from inkread.sheets.exam.design import Design, Template
from inkread.sheets.exam_store import PageRow
from inkread.sheets.paper.page_geometry import Comb, Page, lay_out
from inkread.sheets.paper.printed import version_of
from inkread.sheets.scans.pagereading import (
    STRAY,
    Boxes,
    ScannedPage,
    empty_or,
    jpeg,
    page_row,
    rounded,
    small,
    unread_boxes_of,
)
from inkread.sheets.scans.register import clipped, flat_size, pixels_of
from inkread.sheets.scans.symbols import Symbols
from inkread.sheets.template.answer_ink import Writing
from inkread.sheets.template.blanks import blank_page
from inkread.sheets.template.freereading import (
    answer_symbols,
    looked_closer,
    number_symbols,
    ticked_boxes,
    unread_boxes,
)
from inkread.sheets.template.registration import BlankPage, register_page

NOT_REGISTERED = "it could not be registered: its answers are to be typed"

_NOTHING = Reading((0, 0))
_Said: TypeAlias = tuple[Comb, list[Symbols], list[tuple[int, int, int, int]]]
"""A row, what stands in it, and boxes on the flat page of what was written and not read."""


class WorksheetReader:
    """Reads pictures of one worksheet's pages. Safe to share between threads."""

    def __init__(self, reader: Reader, design: Design, template: Template) -> None:
        self._reader, self._name = reader, template.path.name
        self._pages = lay_out(design)
        self._version = version_of(self._pages).hex()
        self._blanks = [
            BlankPage(page.number, page.size_mm, blank_page(template.path, page.number, page.size_mm))
            for page in self._pages
        ]
        for blank in self._blanks:  # now, and not in several threads at once
            _ = blank.features, blank.blocks, blank.print

    def read(self, scanned: ScannedPage, picture_name: str) -> tuple[PageRow, bytes]:
        """The record of a page, and its picture as a JPEG (b"" where there is none)."""
        image = scanned.image
        if image is None:
            return page_row(scanned, "failed", scanned.fault, ""), b""
        registered = register_page(image, self._blanks)
        if registered is None:
            why = empty_or(
                image,
                f"it does not show {self._name}: its print is not found; scan the whole page, flat and sharp",
            )
            return page_row(scanned, "failed", why, picture_name), jpeg(small(image), 75)
        page = self._pages[registered.number - 1]
        clear = not registered.lost
        reason = "" if clear else f"its print is not that of {self._name} everywhere: is it another version?"
        boxes = self._read_boxes(registered.flat, page)
        status = "read" if clear else "doubtful"
        row = page_row(scanned, status, reason, picture_name, 0, page.number, boxes, self._version)
        return row, jpeg(registered.flat, 85)

    def read_kept(self, picture: NDArray[np.uint8], layout: Page) -> tuple[Boxes, str]:
        """What stands on a kept picture, of which somebody said that it is this page; and what is doubtful about it.

        On a picture that could not be registered, all is unclear.
        """
        height, width = picture.shape[:2]
        if (width, height) != flat_size(layout.size_mm):
            return unread_boxes_of(layout, (0, 0, width, height)), NOT_REGISTERED
        return self._read_boxes(picture, layout), ""

    def _read_boxes(self, flat: NDArray[np.uint8], page: Page) -> Boxes:
        # Where something may be written: each box to tick, or the whole rectangle.
        rects = [
            rect
            for comb in page.combs
            for rect in ([cell.rect for cell in comb.cells] if _is_ticked(comb) else [comb.rect])
        ]
        writing = Writing(flat, self._blanks[page.number - 1].picture, rects)
        boxes: Boxes = {}
        ticked = [(comb, *ticked_boxes(comb, writing)) for comb in page.combs if _is_ticked(comb)]
        for comb, symbols, odd in [*self._answers(writing, page), *ticked]:
            boxes[f"{comb.name}/0"] = _row(comb, symbols, flat.shape)
            if odd:
                boxes[f"{comb.name}/{STRAY}"] = [{"box": list(box), "row": None} for box in odd]
        if page.name:
            boxes["student/0"] = [{"box": list(clipped(pixels_of(page.name), flat.shape))}]
        return boxes

    def _answers(self, writing: Writing, page: Page) -> Iterator[_Said]:
        """Reads the answers and the student's number in rectangles."""
        combs = [comb for comb in page.combs if not _is_ticked(comb)]
        fields = [writing.field(comb.rect) for comb in combs]
        written = [field for field in fields if not field.is_empty]
        read = list(self._reader.read_many(field.picture for field in written))
        readings = iter(looked_closer(self._reader, written, read))
        for comb, field in zip(combs, fields, strict=True):
            reading = _NOTHING if field.is_empty else next(readings)
            if comb.question is None:
                symbols = number_symbols(len(comb.cells), field, reading)
            else:
                symbols = [answer_symbols(comb.question, field, reading)]
            yield comb, symbols, unread_boxes(comb.question.kind if comb.question else "", field, reading)


def _is_ticked(comb: Comb) -> bool:
    return comb.cells[0].box.slot == "tick"


def _row(comb: Comb, symbols: Sequence[Symbols], shape: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {"box": list(clipped(pixels_of(cell.rect), shape)), "symbols": rounded(one)}
        for cell, one in zip(comb.cells, symbols, strict=True)
    ]
