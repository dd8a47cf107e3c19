"""One scanned picture -> one page's record: read, doubtful or failed, with the reason and the picture.

The order of the steps is here: code, corner marks, flattening, boxes, symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.reader import Reader
from inkread.sheets.exam_store import PageRow
from inkread.sheets.paper.page_geometry import Page
from inkread.sheets.paper.printed import Layouts, PageCode, read_code
from inkread.sheets.scans.cells import PageInk, find_cells
from inkread.sheets.scans.register import (
    Code,
    Found,
    find_codes,
    find_marks,
    flat_size,
    flatten,
    register,
    shrunk,
)
from inkread.sheets.scans.stray import print_of
from inkread.sheets.scans.symbols import UNCLEAR, Symbols, read_symbols

Boxes: TypeAlias = dict[str, list[dict[str, Any]]]
"""By ``question/row`` or ``number/0``: {"box": [l, t, r, b], "symbols": {…}} of each box.

By ``question/stray``: {"box": [l, t, r, b], "row": 0, 1 or None} of what is written elsewhere in its band; the
row is that whose boxes it touches.
"""
STRAY = "stray"
_BLANK_DEVIATION = 6.0  # Levels of 255: a sheet without a mark on it varies less
_THUMBNAIL = 1600
"""Longer side, in pixels, of the picture that is kept of a page that does not lie flat: its writing can be read. Less
than that of a flat page, by which they are told apart."""
_FEWEST_ROWS = 0.6
"""Share of the rows of boxes that must be seen, or the page is not flat enough to be trusted."""
ROWS_UNSEEN = "some rows of boxes are not seen"
"""A doubt that concerns these rows alone."""
NOT_FLAT = "its corner marks are not seen: its answers are to be typed"


@dataclass(frozen=True)
class ScannedPage:
    """One page: ``part`` of its file, from 0; ``image`` (H, W, 3) uint8, or None and the ``fault`` that was met."""

    source: str
    sha256: str
    part: int
    image: NDArray[np.uint8] | None
    fault: str = ""


@dataclass(frozen=True)
class _Known:
    """A page whose code was read."""

    code: PageCode
    found: Found
    layout: Page
    remarks: tuple[str, ...]


class _Refused(Exception):
    """Why a page cannot be read, and where it lies nevertheless, if that is seen; caught here, and nowhere else."""

    def __init__(self, why: str, found: Found | None = None) -> None:
        super().__init__(why)
        self.found = found


class PageReader:
    """Reads pictures of one exam's pages. Safe to share between threads."""

    def __init__(self, reader: Reader, layouts: Layouts, exam: bytes, secret: bytes) -> None:
        self._reader, self._layouts = reader, layouts
        # Now, as PDFium draws for one thread at a time.
        self._printed = {id(page): print_of(page) for pages in layouts.values() for page in pages}
        self._exam, self._secret = exam, secret
        self._newest = list(layouts.values())[-1]

    def read(self, scanned: ScannedPage, picture_name: str) -> tuple[PageRow, bytes]:
        """The record of a page, and its picture as a JPEG (b"" where there is none)."""
        image = scanned.image
        if image is None:
            return page_row(scanned, "failed", scanned.fault, ""), b""
        try:
            known = self._identify(image)
        except _Refused as refusal:
            kept = (
                flatten(image, refusal.found.homography, self._newest[0].size_mm)
                if refusal.found
                else small(image)
            )
            return page_row(scanned, "failed", str(refusal), picture_name), jpeg(kept, 75)
        flat = flatten(image, known.found.homography, known.layout.size_mm)
        boxes, doubts = self._read_boxes(flat, known.layout)
        remarks = [*known.remarks, *doubts]
        status = "doubtful" if remarks else "read"
        code = known.code
        row = page_row(
            scanned, status, "; ".join(remarks), picture_name, code.copy, code.page, boxes, code.layout.hex()
        )
        return row, jpeg(flat, 80)

    def read_kept(self, picture: NDArray[np.uint8], layout: Page) -> tuple[Boxes, str]:
        """What stands in the boxes of a kept picture, of which somebody said that it is this page of a layout.

        Also says what is doubtful about it. On a picture that does not lie flat, all is unclear.
        """
        height, width = picture.shape[:2]
        if (width, height) != flat_size(layout.size_mm):
            return unread_boxes_of(layout, (0, 0, width, height)), NOT_FLAT
        boxes, doubts = self._read_boxes(picture, layout)
        return boxes, "; ".join(doubts)

    def _read_boxes(self, flat: NDArray[np.uint8], layout: Page) -> tuple[Boxes, list[str]]:
        ink = find_cells(flat, layout, self._printed[id(layout)])
        cells = [
            (cell.box.slot, one)
            for comb, inks in zip(layout.combs, ink.combs, strict=True)
            for cell, one in zip(comb.written, inks, strict=True)
        ]
        read = iter(read_symbols(self._reader, cells))
        symbols = [[next(read) for _ in comb.written] for comb in layout.combs]
        places = [[cell.box for cell in comb] for comb in ink.combs]
        stray = {
            f"{name}/{STRAY}": [{"box": list(one.box), "row": one.row} for one in found]
            for name, found in ink.stray.items()
        }
        return _boxes(layout, places, symbols) | stray, _remarks(ink)

    def _identify(self, image: NDArray[np.uint8]) -> _Known:
        """Which page it is, and where on the picture it lies; raises ``_Refused``."""
        marks = find_marks(image)
        codes = find_codes(image)
        if not codes and len(marks) < 2:
            raise _Refused(empty_or(image, "no code and no corner marks are seen on it"))
        try:
            code, seen, strange = self._own_code(codes)
        except _Refused as refusal:
            # All pages have their corner marks in the same places: it can be shown flat, whatever it is.
            first = self._newest[0]
            raise _Refused(str(refusal), register(marks, None, first.markers, first.qr)) from None
        layout = self._layouts[code.layout.hex()][code.page - 1]
        found = register(marks, seen, layout.markers, layout.qr)
        if found is None:
            raise _Refused(
                "fewer than three corner marks are seen where they belong; photograph the whole page"
            )
        if "the code is not where it was printed" in found.remarks:
            raise _Refused("the code is not where it was printed: it may have been drawn or glued on", found)
        others = ("there is another code on it, which is not this page's",) if strange else ()
        return _Known(code, found, layout, (*found.remarks, *others))

    def _own_code(self, codes: list[Code]) -> tuple[PageCode, Code, bool]:
        """The one code on the picture that is this exam's, and whether there are others; raises ``_Refused``."""
        read = [(*read_code(code.text, self._secret), code) for code in codes]
        ours = [(code, signed, seen) for code, signed, seen in read if code is not None]
        own = [(code, signed, seen) for code, signed, seen in ours if code.exam == self._exam]
        signed_ones = [(code, seen) for code, signed, seen in own if signed]
        if not ours:
            raise _Refused(
                "the code on it is not inkread's"
                if codes
                else "its code cannot be read; scan it at 200 dpi or more, or photograph it sharper"
            )
        if not signed_ones:
            raise _Refused(
                "its code is forged or damaged: the signature is wrong"
                if own
                else "it belongs to another exam"
            )
        if len({code for code, _ in signed_ones}) > 1:
            raise _Refused("there are several pages on the picture; photograph them one by one")
        code, seen = signed_ones[0]
        self._check_layout(code)
        return code, seen, len(ours) > len(signed_ones)

    def _check_layout(self, code: PageCode) -> None:
        """Raises ``_Refused`` for a page whose layout is not kept."""
        pages = self._layouts.get(code.layout.hex())
        if pages is None:
            raise _Refused("it was printed from another version of the design, which is not kept here")
        if not 1 <= code.page <= len(pages):
            raise _Refused(f"its code says page {code.page}, and the exam has {len(pages)}")


def page_row(
    scanned: ScannedPage, status: str, reason: str, picture: str, copy: int | None = None, page: int | None = None,
    boxes: Boxes | None = None, layout: str = "",
) -> PageRow:  # fmt: skip
    """The record of a page; without ``boxes``, of one that could not be read."""
    return PageRow(
        scanned.source,
        scanned.sha256,
        scanned.part,
        status,
        reason,
        picture,
        copy,
        page,
        boxes or {},
        layout=layout,
    )


def empty_or(image: NDArray[np.uint8], otherwise: str) -> str:
    """Why nothing is read on a picture: it is blank, or what is said ``otherwise``."""
    grey = cv2.cvtColor(cv2.resize(image, (200, 280), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    inner = grey[20:-20, 20:-20].astype(np.float32)
    uneven = inner - cv2.GaussianBlur(inner, (0, 0), 15)
    return "it is blank" if float(uneven.std()) < _BLANK_DEVIATION / 3 else otherwise


def unread_boxes_of(layout: Page, whole: tuple[int, int, int, int]) -> Boxes:
    """The boxes of a page of which nothing could be read, on a picture that is the box ``whole``."""
    symbols = [[{UNCLEAR: 1.0} for _ in comb.written] for comb in layout.combs]
    return _boxes(layout, [[whole] * len(row) for row in symbols], symbols)


def _remarks(ink: PageInk) -> list[str]:
    remarks = []
    if ink.found < _FEWEST_ROWS:
        remarks.append(
            "many boxes are not seen where they should be; scan it in grey or colour, or photograph it flat and"
            " in better light"
        )
    elif ink.found < 1:
        remarks.append(ROWS_UNSEEN)
    if ink.coloured_ink:
        remarks.append("something is written in red, which is not read")
    return remarks


def _boxes(
    layout: Page, places: Sequence[Sequence[tuple[int, int, int, int]]], symbols: Sequence[Sequence[Symbols]]
) -> Boxes:
    """The record of each row for the store: the places of its boxes and their content."""
    return {
        f"{comb.name}/{comb.row}": [
            {"box": list(place), "symbols": rounded(one)} for place, one in zip(*row, strict=True)
        ]
        for comb, *row in zip(layout.combs, places, symbols, strict=True)
    }


def rounded(symbols: Symbols) -> Symbols:
    """Symbols as they are kept: what is next to impossible left out."""
    return {symbol: round(share, 7) for symbol, share in symbols.items() if share >= 1e-6}


def small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture that is kept of a page that does not lie flat."""
    return shrunk(image, _THUMBNAIL)[0]


def jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """A picture (H, W, 3) as a JPEG."""
    done, content = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return bytes(content) if done else b""
