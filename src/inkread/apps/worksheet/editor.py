"""A worksheet's TOML file in the editor: its rectangles, its pages as pictures, and saving, one change at a time."""

from __future__ import annotations

import hashlib
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

from inkread.errors import SheetError
from inkread.sheets.exam.design import KINDS, PAPERS, Template
from inkread.sheets.exam.designfile import check_design
from inkread.sheets.exam.tomlchecking import find_lines
from inkread.sheets.template.blanks import blank_page, page_sizes
from inkread.sheets.template.templatefile import fields_of, save_text, template_of, with_fields


class Editor:
    """The file ``path`` of a worksheet, safe to share between threads. Raises ``SheetError`` if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        named, paper = template_of(self._text())
        file = path.parent / named
        self._template = Template(file, page_sizes(file, PAPERS.get(paper, PAPERS["A4"])))
        self._pictures: dict[int, bytes] = {}

    def overview(self) -> dict[str, Any]:
        """The rectangles, the pages they are on, the mistakes, and the version of the file (``seen``)."""
        with self._lock:
            text = self._text()
            return {
                "file": self._path.name,
                "template": self._template.path.name,
                "pages": [list(size) for size in self._template.sizes_mm],
                "kinds": list(KINDS),
                "seen": _version(text),
                "faults": self._faults(text),
                **fields_of(text),
            }

    def page(self, number: int) -> bytes | None:
        """The picture of an empty page, from 1, as a PNG; None where there is no such page."""
        if not 1 <= number <= len(self._template.sizes_mm):
            return None
        with self._lock:
            if number not in self._pictures:
                from PIL import Image

                buffer = BytesIO()
                size = self._template.sizes_mm[number - 1]
                Image.fromarray(blank_page(self._template.path, number, size)).save(buffer, "PNG")
                self._pictures[number] = buffer.getvalue()
            return self._pictures[number]

    def save(self, fields: dict[str, Any], seen: str) -> dict[str, Any]:
        """Writes the rectangles into the file, and tells its mistakes and its new version.

        Raises ``SheetError`` if the file is not the one that was ``seen``.
        """
        with self._lock:
            text = self._text()
            if _version(text) != seen:
                raise SheetError("the file was changed elsewhere since this page was opened; reload the page")
            changed = with_fields(text, fields)
            save_text(self._path, changed)
            return {"seen": _version(changed), "faults": self._faults(changed), **fields_of(changed)}

    def _text(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SheetError(f"{self._path}: cannot be read ({error}); make it anew") from None

    def _faults(self, text: str) -> list[dict[str, Any]]:
        """The mistakes in the file, each with its line and, where it is in a question, the question's name.

        That there is no question yet is no mistake here.
        """
        _, faults = check_design(self._path)
        questions = fields_of(text)["questions"]
        tables = sorted(
            (line, table, i) for (table, i, key), line in find_lines(text).keys.items() if not key
        )
        found = []
        for fault in faults if questions else ():
            before = [(table, i) for line, table, i in tables if line <= fault.line]
            named = next((questions[i]["name"] for table, i in before[-1:] if table == "question"), "")
            found.append({"line": fault.line, "question": named, "message": fault.message})
        return found


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
