"""Layouts as they were printed: pages -> text and back, each version known by three bytes that are in its codes.

Pages are read and marked by the layout they were printed with, whatever became of the design or of this program since.
Texts of questions and points are kept, as they are printed; keys are not. This module does not know where layouts are
kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from inkread.errors import SheetError
from inkread.sheets.exam.design import Box, Design, Question
from inkread.sheets.paper.layout import Cell, Comb, Page, Rect, lay_out

__all__ = ["Layouts", "as_printed", "check_fits", "from_text", "known_layouts", "to_text", "version_of"]

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
    question = [one.name, one.text, one.kind, str(one.points), one.pattern, *_extras(one)] if one else None
    cells = [[*_sides(cell.rect), cell.box.slot, cell.box.text] for cell in comb.cells]
    return {"question": question, "row": comb.row, "cells": cells}


def _extras(question: Question) -> list[Any]:
    """What few questions have: the texts of others, and with them the versions, are as they were without it."""
    return [question.unit, question.space_mm] if question.unit or question.space_mm else []


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
