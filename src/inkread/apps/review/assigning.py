"""Scanned pages under review: the piece that is shown, and pages that are given to a copy or a student by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from inkread.errors import InkreadError, SheetError
from inkread.reader import Reader, load_image
from inkread.sheets.exam.design import Design, Student
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.marks.gathering import KIND, Assigned, name_of, rivalry
from inkread.sheets.marks.marking_state import State
from inkread.sheets.paper.page_geometry import Page
from inkread.sheets.paper.printed import known_layouts, to_text
from inkread.sheets.scans.pagereading import STRAY, PageReader
from inkread.sheets.scans.scanning import page_reader
from inkread.sheets.template.worksheetreading import WorksheetReader

_MARGIN = 14  # Pixels of the flat page around the boxes: two to three millimetres


def crop_rows(folder: Path, page: PageRow, rows: tuple[str, ...]) -> list[bytes]:
    """JPEGs of these rows of boxes (``question/row``), twice enlarged, with what is written beside them; none where
    the page has no such row.

    Of a page that does not lie flat, whose rows may be anywhere, once all of it.
    """
    from PIL import Image

    image = load_image(folder / page.picture)
    pictures = []
    for row in rows:
        boxes = [box["box"] for box in page.boxes.get(row, [])]
        if not boxes:
            continue
        question, _, number = row.partition("/")
        for one in page.boxes.get(f"{question}/{STRAY}", []):
            if (one["row"] or 0) == int(number):
                boxes.append(one["box"])
        if boxes[0] == [0, 0, image.shape[1], image.shape[0]]:
            return [(folder / page.picture).read_bytes()]
        left, top = (max(0, min(box[i] for box in boxes) - _MARGIN) for i in (0, 1))
        right, bottom = (max(box[i] for box in boxes) + _MARGIN for i in (2, 3))
        piece = Image.fromarray(image[top:bottom, left:right])
        buffer = BytesIO()
        piece.resize((piece.width * 2, piece.height * 2), Image.Resampling.BICUBIC).save(
            buffer, "JPEG", quality=88
        )
        pictures.append(buffer.getvalue())
    return pictures


WHICH_PAGE = -2
"""Stands where else the number of a question does: it is asked which page this is."""


class Assigning:
    """Gives pages of one exam to copies and students. Not safe to share between threads."""

    def __init__(self, design: Design, store: Store) -> None:
        self._store, self._design = store, design
        self._layouts = known_layouts(design, store.layouts())
        self._page_reader: PageReader | WorksheetReader | None = None

    @property
    def page_count(self) -> int:
        """Of the exam, as it was last printed."""
        return len(self._pages(""))

    def _pages(self, version: str) -> tuple[Page, ...]:
        """A printed layout; the newest one, if the version is not known."""
        return self._layouts.get(version, list(self._layouts.values())[-1])

    def _version(self, page: PageRow, state: State, copy: int) -> str:
        """The version of the layout that a page was printed with: its own, or that of other pages of the copy."""
        others = [
            one.layout
            for sheet in state.sheets
            if copy and sheet.name == f"c{copy}"
            for one in sheet.pages.values()
        ]
        return next((one for one in (page.layout, *others) if one), list(self._layouts)[-1])

    def item(self, page: PageRow, state: State) -> dict[str, Any]:
        """What is shown of a page, and what it is taken for."""
        said = state.assigned.get(page.id)
        sheet = state.rivals.get(page.id)
        guess = self._guess(page, state)
        odd = [page.reason] if page.reason else []
        odd += [rivalry(page, sheet.rivals)] if sheet else []
        return {
            "kind": KIND,
            "sheet": name_of(page),
            "question": WHICH_PAGE,
            "id": page.id,
            "source": page.source + (f", page {page.part + 1}" if page.part else ""),
            "status": page.status,
            "remark": "; ".join(odd),
            "student": "",
            "guess": f"copy {guess.copy}" if guess.copy else guess.number or "",
            "page": guess.page or 1,
            "settled": said is not None,
            "picture": bool(page.picture),
            "known": page.page is not None,
            "beside": [{"id": one.id, "source": one.source} for one in sheet.rivals] if sheet else [],
        }

    def _guess(self, page: PageRow, state: State) -> Assigned:
        """What a page is taken for: what somebody said, or what was read."""
        sheet = state.rivals.get(page.id)
        if sheet and sheet.sure and sheet.student:
            return Assigned(page.page or 1, 0, sheet.student.number)
        return state.assigned.get(page.id) or Assigned(page.page or 1, page.copy or 0)

    def picture(self, page: PageRow) -> bytes | None:
        """The JPEG that was kept of a page; None where there is none."""
        path = self._store.folder / page.picture
        return path.read_bytes() if page.picture and path.is_file() else None

    def settle(self, page: PageRow, state: State, number: int, copy: int, student: str | None) -> Assigned:
        """Reads a page as page ``number`` (0: it is none of this exam's) of a ``copy`` (0: of a ``student``).

        Returns what is to be decided. Raises ``SheetError`` for what cannot be.
        """
        if number == 0:
            return Assigned(0)
        version = self._version(page, state, copy)
        pages = self._pages(version)
        if not 1 <= number <= len(pages):
            raise SheetError(f"the exam has {len(pages)} pages; there is no page {number}")
        wanted = Assigned(
            number, copy, None if copy else listed_number(student or "", self._design, state.students)
        )
        if copy and copy not in self._store.copies():
            raise SheetError(f"copy {copy} was never printed; type the number or the name of a student")
        self._check_free(page, state, wanted)
        boxes, doubt = self._read(page, pages[number - 1])
        if version not in self._store.layouts():  # printed elsewhere from the same design
            self._store.add_layout(version, to_text(pages))
        if self._design.template:  # whose pages are read again when its rectangles change
            self._store.keep_boxes(page.id, boxes, version)
            return replace(wanted, doubt=doubt)
        self._store.keep_boxes(page.id, boxes)
        return replace(wanted, doubt=doubt, layout=version)

    def read_again(self, page: PageRow, state: State) -> None:
        """Reads a page as what it is taken for, after a decision about it was taken back."""
        said = state.assigned.get(page.id)
        number = said.page if said else page.page
        if not number or not page.picture:
            return
        layout = self._pages((said.layout if said else "") or page.layout)[number - 1]
        if not any(f"{comb.name}/0" in page.boxes for comb in layout.combs if comb.question):
            self._store.keep_boxes(page.id, self._read(page, layout)[0])

    @staticmethod
    def _check_free(page: PageRow, state: State, wanted: Assigned) -> None:
        """Raises ``SheetError`` if there is such a page already."""
        for sheet in state.sheets:
            same = sheet.name == f"c{wanted.copy}" if wanted.copy else (
                sheet.student is not None and sheet.student.number == wanted.number
            )  # fmt: skip
            other = sheet.pages.get(wanted.page)
            if same and other is not None and other.id != page.id:
                raise SheetError(f"{wanted} is there already: {other.source}; leave one of them out")

    def _read(self, page: PageRow, layout: Page) -> tuple[dict[str, list[dict[str, Any]]], str]:
        if not page.picture:
            raise SheetError("there is no picture of this page; scan it again, and leave this one out")
        if self._page_reader is None:
            self._page_reader = page_reader(self._design, self._layouts, self._store, Reader())
        try:
            return self._page_reader.read_kept(load_image(self._store.folder / page.picture), layout)
        except (InkreadError, OSError) as error:
            raise SheetError(f"its picture cannot be read ({error}); scan it again") from None


def listed_number(typed: str, design: Design, students: Sequence[Student]) -> str:
    """A student's number as it was typed, zeros in front; raises ``SheetError`` if nobody has it.

    Without a class list, any number of as many digits will do.
    """
    number = typed.strip().zfill(design.number_digits)
    listed = {one.number.casefold(): one.number for one in students}
    for wanted in (typed.strip().casefold(), number):
        if wanted in listed:
            return listed[wanted]
    if students or not (number.isascii() and number.isdigit() and len(number) == design.number_digits):
        raise SheetError(f"{number[:20]} is not on the class list; choose one that is")
    return number
