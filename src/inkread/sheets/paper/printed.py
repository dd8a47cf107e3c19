"""The identity of a printed page: the signed text of its QR code, and the layout that it was printed with.

The code is INKREAD1/ and base32 of: exam (5 bytes), layout (3), page (1), copy (3), signature (8). The signature is
HMAC-SHA256 (RFC 2104) with the exam's secret, cut to 8 bytes. Copy 0 is an unnumbered one, to be photocopied.

Pages are read and marked by the layout they were printed with, whatever became of the design or of this program since.
Texts of questions and points are kept as they are printed; keys are not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from inkread.errors import SheetError
from inkread.sheets.exam.design import Box, Design, Question
from inkread.sheets.paper.page_geometry import Cell, Comb, Page, Rect, lay_out

_PREFIX = "INKREAD1/"
EXAM_BYTES = 5
_SIGNATURE_BYTES = 8
MOST_COPIES = 2**24 - 1


@dataclass(frozen=True)
class PageCode:
    """Which page of which copy of which exam this is; ``layout`` is the digest of the design it was printed by."""

    exam: bytes
    layout: bytes
    page: int
    copy: int

    def _packed(self) -> bytes:
        return self.exam + self.layout + self.page.to_bytes(1, "big") + self.copy.to_bytes(3, "big")


def write_code(code: PageCode, secret: bytes) -> str:
    """The text of a QR code: capitals and digits, which QR packs best."""
    packed = code._packed()
    return _PREFIX + base64.b32encode(packed + _sign(packed, secret)).decode().rstrip("=")


def read_code(text: str, secret: bytes) -> tuple[PageCode | None, bool]:
    """The content of a QR code (None: not an inkread code), and whether its signature is valid."""
    if not text.startswith(_PREFIX) or len(text) > 64:
        return None, False
    body = text.removeprefix(_PREFIX)
    try:
        content = base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError):
        return None, False
    packed, signature = content[:-_SIGNATURE_BYTES], content[-_SIGNATURE_BYTES:]
    if len(packed) != EXAM_BYTES + 7:
        return None, False
    code = PageCode(packed[:5], packed[5:8], packed[8], int.from_bytes(packed[9:12], "big"))
    return code, hmac.compare_digest(signature, _sign(packed, secret))


def _sign(packed: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, packed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


Layouts: TypeAlias = Mapping[str, tuple[Page, ...]]
"""The pages of each printed version, by its name: six hexadecimal digits. The last one is the newest."""


def version_of(pages: tuple[Page, ...]) -> bytes:
    """Three bytes that tell this layout from others of the exam."""
    return hashlib.sha256(to_text(pages).encode()).digest()[:3]


def known_layouts(design: Design, kept: Mapping[str, str]) -> Layouts:
    """The ``kept`` texts as layouts; that of the design goes first, unless it is one of them."""
    layouts = {name: from_text(text) for name, text in kept.items()}
    current = lay_out(design)
    version = version_of(current).hex()
    return layouts if version in layouts else {version: current, **layouts}


def to_text(pages: tuple[Page, ...]) -> str:
    """JSON that ``from_text`` makes the same pages of."""
    return json.dumps(
        [{"number": page.number, "of": page.of, "size": page.size_mm,
          "combs": [_packed(comb) for comb in page.combs], **_rare(page)} for page in pages],
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


def _rare(page: Page) -> dict[str, Any]:
    """What few pages have. The texts of other pages, and with them their versions, are as they were without it."""
    said = {"language": page.language} if page.language != "en" else {}
    if not page.worksheet:
        return said
    return said | {"worksheet": True, "name": _sides(page.name) if page.name else None}


def _sides(rect: Rect) -> list[float]:
    return [round(side, 4) for side in (rect.left, rect.top, rect.width, rect.height)]


def _packed(comb: Comb) -> dict[str, Any]:
    one = comb.question
    question: list[Any] | None = None
    if one:
        question = [one.name, one.text, one.kind, str(one.points), one.pattern]
        # What few questions have: the texts of others, and with them the versions, are as they were without it.
        question += [one.unit, one.space_mm] if one.unit or one.space_mm else []
    cells = [[*_sides(cell.rect), cell.box.slot, cell.box.text] for cell in comb.cells]
    return {"question": question, "row": comb.row, "cells": cells}


def from_text(text: str) -> tuple[Page, ...]:
    """The pages that ``to_text`` made a text of; their questions have no keys."""
    return tuple(
        Page(
            page["number"],
            page["of"],
            tuple(page["size"]),
            tuple(_unpacked(comb) for comb in page["combs"]),
            page.get("worksheet", False),
            Rect(*page["name"]) if page.get("name") else None,
            page.get("language", "en"),
        )
        for page in json.loads(text)
    )


def _unpacked(comb: dict[str, Any]) -> Comb:
    question = None
    if comb["question"]:
        name, text, kind, points, pattern, *extras = comb["question"]
        unit, space = extras or ("", 0.0)
        question = Question(name, text, kind, Fraction(points), (), pattern, unit=unit, space_mm=space)
    cells = tuple(Cell(Rect(*rect), Box(slot, said)) for *rect, slot, said in comb["cells"])
    return Comb(question, comb["row"], cells)


def as_printed(pages: tuple[Page, ...]) -> dict[str, Question]:
    """The questions of a layout by their names."""
    return {comb.question.name: comb.question for page in pages for comb in page.combs if comb.question}


def check_fits(design: Design, layouts: Iterable[tuple[Page, ...]]) -> None:
    """Raises ``SheetError`` where answers on these printed ``layouts`` cannot be marked by the design."""
    printed: dict[str, Question] = {}
    for pages in layouts:
        digits = next(
            (len(page.number_comb.cells) for page in pages if page.number_comb), design.number_digits
        )
        if design.template or pages[0].worksheet:
            _check_read_anew(design, pages)
        if digits != design.number_digits:
            raise SheetError(
                f"{design.path}: sheets were printed with {digits} boxes for the student number; "
                "change student_number or check_digit back"
            )
        printed |= as_printed(pages)
    own = {question.name: question for question in design.questions}
    for name, question in printed.items():
        if name not in own:
            raise SheetError(f"{design.path}: question {name} is on printed sheets; put it back")
        if own[name].kind != question.kind:
            raise SheetError(
                f"{design.path}: question {name} was printed as {question.kind}; change its kind back"
            )
    for name in own if printed else ():
        if name not in printed:
            raise SheetError(
                f"{design.path}: question {name} is on no printed sheet; print again, or take it out"
            )


def _check_read_anew(design: Design, pages: tuple[Page, ...]) -> None:
    """Raises ``SheetError`` where scans of a worksheet were read by other rectangles than the design has now."""
    if pages[0].worksheet != (design.template is not None):
        raise SheetError(
            f"{design.path}: its line template was added or taken out after scanning; change it back, "
            "or begin anew under another name"
        )
    if version_of(pages) != version_of(lay_out(design)):
        raise SheetError(
            f"{design.path}: its rectangles or kinds changed since the scans were read; run scan again: "
            f"inkread sheet scan {design.path} SCANS"
        )
