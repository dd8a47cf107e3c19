"""Made exams: a design, a class, filled-in and photographed pages, as small as tests need them."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.sheets.exam.design import Design, Student
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.made.madeclass import Sitting, blank_pages, invent_class, sit_exam, take_pictures
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.scans.symbols import Symbols
from made_processes import running

DESIGN = """\
title = "Small test"
student_number = 4
class_list = "class.csv"

[[question]]
key = "144"

[[question]]
kind = "decimal"
key = "-3.5"
tolerance = 0.1
points = 2
partial = [{ within = 1, points = 1 }]

[[question]]
kind = "fraction"
key = "5/8"

[[question]]
kind = "time"
key = "10:25"
"""


@dataclass(frozen=True)
class MadeExam:
    """A design on disk, its class, and pictures of filled-in pages with what is written on them."""

    path: Path
    design: Design
    students: tuple[Student, ...]
    sittings: tuple[Sitting, ...]
    pictures: tuple[NDArray[np.uint8], ...]


EMPTY: Symbols = {" ": 0.99999, "?": 0.00001}
"""An empty box."""


def sure(text: str, confidence: float = 0.999) -> list[Symbols]:
    """The boxes of a row that says this, as sure as that."""
    return [EMPTY if one == " " else {one: confidence, "?": 1 - confidence} for one in text]


def made_row(copy: int, number: str, answer: str, page_id: int = 1) -> PageRow:
    """The record of a page with one question, ``1``, as if it had been scanned."""
    boxes = {
        "number/0": [{"box": [0, 0, 9, 9], "symbols": one} for one in sure(number)],
        "1/0": [{"box": [0, 0, 9, 9], "symbols": one} for one in sure(answer)],
        "1/1": [{"box": [0, 0, 9, 9], "symbols": EMPTY} for _ in answer],
    }
    return PageRow(
        f"{page_id}.jpg", f"{page_id:064d}", 0, "read", "", f"pages/{page_id}.jpg", copy, 1, boxes, page_id
    )


def write_class(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    """A class list as CSV or XLSX; what neither can hold is left out of its texts."""
    texts = [("number", "name"), *rows]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            csv.writer(file).writerows(texts)
        return
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = openpyxl.Workbook()
    for row in texts:
        book.active.append([ILLEGAL_CHARACTERS_RE.sub("", text).replace("\ud800", "") for text in row])
    book.save(path)


def make_exam(folder: Path, students: int, *, seed: int = 0, design: str = DESIGN) -> MadeExam:
    """An exam in ``folder``, printed, filled in and photographed; the pictures lie in ``scans``."""
    rng = np.random.default_rng(seed)
    people = invent_class(students, 4, rng)
    write_class(folder / "class.csv", [(one.number, one.name) for one in people])
    path = folder / "exam.toml"
    path.write_text(design, encoding="utf-8")
    loaded = load_design(path)
    with Store(path) as store:
        copies = store.add_copies([None] * students)
        pdf = print_pdf(loaded, [(copy, None) for copy in copies], store.exam, store.secret)
    sittings = sit_exam(loaded, people, copies, rng)
    taken = take_pictures(loaded, blank_pages(pdf, loaded, copies), sittings, rng)
    pictures = tuple(picture for _, _, picture in taken)
    (folder / "scans").mkdir()
    for i, picture in enumerate(pictures, 1):
        Image.fromarray(picture).save(folder / "scans" / f"{i}.jpg", quality=90)
    return MadeExam(path, loaded, people, tuple(sittings), pictures)


@contextmanager
def reviewing(exam: MadeExam, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``inkread sheet review`` in a process of its own; its address, and the process."""
    with running("sheet", "review", str(exam.path), "--no-open", *options) as (address, process):
        yield address, process


def copied(exam: MadeExam, folder: Path) -> MadeExam:
    """The exam with all its files in ``folder``, which is made: what is decided there changes nothing here."""
    shutil.copytree(exam.path.parent, folder)
    return replace(exam, path=folder / exam.path.name)
