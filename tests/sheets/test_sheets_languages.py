"""Sheets in several languages: all texts are there, are printed, and change no box."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.paper import pen
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.pen import LANGUAGES, text_of
from inkread.sheets.paper.printed import from_text, to_text
from inkread.sheets.paper.printing import print_pdf

DESIGN = """\
title = "Test"
language = "{}"

[[question]]
key = "144"
points = 2

[[question]]
kind = "decimal"
key = "123456.789"
"""


def places(text: str) -> int:
    return len(re.findall(r"\{\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_all_texts_with_their_places(language: str) -> None:
    english = LANGUAGES["en"]
    assert LANGUAGES[language].keys() == english.keys()
    for name, text in LANGUAGES[language].items():
        assert places(text) == places(english[name]), name
        assert text.strip() == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_printed_and_moves_no_box(tmp_path: Path, language: str) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN.format(language), encoding="utf-8")
    design = load_design(path)
    (page,) = lay_out(design)
    (english,) = lay_out(replace(design, language="en"))
    assert page.combs == english.combs
    assert from_text(to_text((page,))) == from_text(to_text((replace(english, language=language),)))
    printed = pdfium.PdfDocument(print_pdf(design, [(3, None)], b"exam5", b"secret"))[0].get_textpage()
    text = printed.get_text_bounded()
    if not pen.missing_letters("".join(LANGUAGES[language].values())):
        assert text_of(language, "number") in text
        assert text_of(language, "points", "3") in text
        assert text_of(language, "how 3") in text


def test_layouts_in_english_are_kept_as_they_always_were(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN.format("en"), encoding="utf-8")
    assert "language" not in to_text(lay_out(load_design(path)))


def test_a_language_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text(DESIGN.format("xx"), encoding="utf-8")
    (fault,) = check_design(path)[1]
    assert (fault.line, fault.message) == (2, "language is one of en, de, fr, es, zh, not “xx”")
