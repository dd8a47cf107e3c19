"""Made scans for benchmarks/sheets.py: a class of any size, in many hands, some pages damaged on purpose.

Digits are MNIST's, one person's page mixed from many, or strokes made by code; half of the pages are photos by phone,
half scans. Knows what was written; what reads must not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.saving import save_bytes
from inkread.sheets.exam.answers import BLANK
from inkread.sheets.exam.design import Design, Student
from inkread.sheets.exam_store import Store
from inkread.sheets.made.madeclass import DPMM, Sitting, blank_pages, sit_exam, take_pictures, write_comb
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import PageCode, version_of, write_code
from inkread.sheets.paper.printing import print_pdf

__all__ = ["DAMAGE", "DESIGN", "MadePage", "make_scans"]

Picture = NDArray[np.uint8]
DAMAGE = ("corner covered", "torn", "blurred", "dark", "blank", "foreign", "forged", "drawn mark", "drawn code",
          "cut file", "twice", "lost")  # fmt: skip
DESIGN = """
title = "Benchmark"
student_number = 6
class_list = "class.csv"
""" + "".join(
    f"[[question]]\nkind = \"{kind}\"\n{rest}\n"
    for kind, rest in (
        ("integer", 'key = "144"\nboxes = "±####"'), ("integer", 'key = "-8"\nboxes = "±##"'),
        ("decimal", 'key = "12.57"\nboxes = "±###.##"\npoints = 2'), ("fraction", 'key = "5/8"\npoints = 2'),
        ("time", 'key = "10:25"'), ("integer", 'key = "7"\nboxes = "##"'), ("integer", 'key = "90"\nboxes = "###"'),
        ("decimal", 'key = "-3.6"\nboxes = "±##.#"\npoints = 2'), ("integer", 'key = "2024"\nboxes = "#####"'),
        ("choice", 'key = "B"'), ("manual", "points = 5"),
    )
)  # fmt: skip


_BATCH = 50
"""Copies that are made at once."""


@dataclass(frozen=True)
class MadePage:
    """One made scan: its file, whose it is, all that this student answered, and what was done to it ("": nothing).

    A page with the damage ``lost`` was never scanned. ``faults`` are those of ``madeclass.Sitting``.
    """

    file: Path
    copy: int
    student: Student
    answers: dict[str, str]
    faults: dict[str, str]
    page: int
    damage: str

    @classmethod
    def of(cls, file: Path, sitting: Sitting, page: int, damage: str) -> MadePage:
        """The page of a sitting."""
        return cls(file, sitting.copy, sitting.student, sitting.answers, sitting.faults, page, damage)


class MnistWriting:
    """Writes a row with MNIST's digits, signs and points with made strokes; a third of the pages is all strokes."""

    def __init__(self, images: Picture, labels: Picture, rng: np.random.Generator) -> None:
        self._by_value = [images[labels == value] for value in range(10)]
        self._rng = rng

    def __call__(
        self, image: Picture, comb: Any, symbols: Any, hand: Any, rng: Any, colour: Any, **scale: float
    ) -> None:
        if hand.ways[0] == 0:  # a third of all hands
            write_comb(image, comb, symbols, hand, rng, colour, **scale)
            return
        others = [symbol if not symbol.isdigit() else BLANK for symbol in symbols]
        write_comb(image, comb, others, hand, rng, colour, **scale)
        for cell, symbol in zip(comb.written, symbols, strict=True):
            if symbol.isdigit():
                self._stamp(image, cell.rect, self._by_value[int(symbol)], hand, colour)

    def _stamp(self, image: Picture, rect: Any, digits: Picture, hand: Any, colour: Any) -> None:
        glyph = digits[self._rng.integers(len(digits))][4:24, 4:24]
        side = round(hand.height * DPMM)
        ink = cv2.resize(glyph, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
        shift = self._rng.normal(0, 0.35, 2)
        x = round((rect.left + rect.width / 2 + shift[0]) * DPMM - side / 2)
        y = round((rect.top + rect.height / 2 + shift[1]) * DPMM - side / 2)
        window = image[y : y + side, x : x + side]
        window[:] = np.rint(window + (np.array(colour) - window) * np.clip(ink, 0, 1)[..., None]).astype(
            np.uint8
        )


def make_scans(
    design: Design, students: tuple[Student, ...], store: Store, folder: Path, digits: tuple[Picture, Picture],
    seed: int, damage: float, faults: float,
) -> Iterator[MadePage]:  # fmt: skip
    """Prints, fills in and photographs one copy per student into ``folder``; a share ``damage`` of pages is damaged.

    A share ``faults`` of answers is struck or beside its boxes, and some more are corrected.
    Batch by batch: what an earlier run made with the same arguments is not made again.
    """
    store.add_copies([None] * (len(students) - len(store.copies())))
    kinds = _plan(len(students), damage, seed)
    for start in range(0, len(students), _BATCH):
        batch = range(start, min(start + _BATCH, len(students)))
        notes = folder / f".{start:05d}.json"
        if not notes.is_file():
            rng = np.random.default_rng((seed, start))
            sittings = sit_exam(design, [students[i] for i in batch], [i + 1 for i in batch], rng, faults)
            made = list(_make_batch(design, store, folder, sittings, MnistWriting(*digits, rng), kinds, rng))
            save_bytes(json.dumps([_noted(one) for one in made]).encode(), notes)
        yield from (_remembered(one, folder) for one in json.loads(notes.read_bytes()))


def _plan(pages: int, damage: float, seed: int) -> list[str]:
    """What is done to each page ("" for nothing): all kinds of damage in turn."""
    rng, kinds = np.random.default_rng((seed, 1)), cycle(DAMAGE)
    return [next(kinds) if share < damage else "" for share in rng.random(pages)]


def _make_batch(
    design: Design, store: Store, folder: Path, sittings: list[Sitting], writing: MnistWriting, kinds: list[str],
    rng: np.random.Generator,
) -> Iterator[MadePage]:  # fmt: skip
    copies = [sitting.copy for sitting in sittings]
    for sitting in sittings:
        sitting.number = ""  # wrong numbers are looked at by themselves
    pdf = print_pdf(design, [(copy, None) for copy in copies], store.exam, store.secret)
    blank = blank_pages(pdf, design, copies)
    for sitting, page, picture in take_pictures(design, blank, sittings, rng, writing=writing):
        kind = kinds[sitting.copy - 1] if page.number == 1 else ""
        if kind:
            picture = _damaged(picture, kind, design, store, page.number, sitting, rng)
        file = folder / f"{sitting.copy:05d}-{page.number}.jpg"
        if kind != "lost":
            _save(file, picture, cut=kind == "cut file")
        yield MadePage.of(file, sitting, page.number, kind)
        if kind == "twice":
            again = file.with_name(f"{file.stem}-again.jpg")
            _save(again, cv2.GaussianBlur(picture, (0, 0), 0.8), cut=False)
            yield MadePage.of(again, sitting, page.number, "twice")


def _noted(one: MadePage) -> dict[str, Any]:
    """What has to be known of a page to judge its reading, for a file."""
    return {**asdict(one), "file": one.file.name}


def _remembered(noted: dict[str, Any], folder: Path) -> MadePage:
    return MadePage(**{**noted, "file": folder / noted["file"], "student": Student(**noted["student"])})


def _save(file: Path, picture: Picture, cut: bool) -> None:
    Image.fromarray(picture).save(file, quality=85)
    if cut:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])


def _damaged(
    picture: Picture,
    kind: str,
    design: Design,
    store: Store,
    page: int,
    sitting: Sitting,
    rng: np.random.Generator,
) -> Picture:
    height, width = picture.shape[:2]
    if kind == "corner covered":
        x, y = rng.choice([0, 1], 2)
        cv2.circle(picture, (int(x * width), int(y * height)), height // 6, (190, 150, 130), -1)
    elif kind == "torn":
        picture[round(0.62 * height) :] = 60
    elif kind == "blurred":
        picture = cv2.GaussianBlur(picture, (0, 0), height / 250)
    elif kind == "dark":
        picture = (picture * 0.22 + 4).astype(np.uint8)
    elif kind == "blank":
        picture = np.clip(rng.normal(236, 3, picture.shape), 0, 255).astype(np.uint8)
    elif kind in ("foreign", "forged"):
        picture = _wrong_code(kind, design, store, page, sitting)
    elif kind == "drawn mark":
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        _paste(
            picture,
            255 - (255 - cv2.aruco.generateImageMarker(dictionary, int(rng.integers(4)), height // 28)),
        )
    elif kind == "drawn code":
        import segno

        code = PageCode(store.exam, version_of(lay_out(design)), page, sitting.copy + 1)
        matrix = np.array([list(row) for row in segno.make_qr(write_code(code, b"guessed")).matrix])
        _paste(picture, np.kron(255 - 255 * matrix, np.ones((6, 6))).astype(np.uint8))
    return picture


def _wrong_code(kind: str, design: Design, store: Store, page: int, sitting: Sitting) -> Picture:
    """The page of another exam, or one with this exam's number and a signature that was made up."""
    exam = store.exam if kind == "forged" else b"other"
    pdf = print_pdf(design, [(sitting.copy, None)], exam, b"not the secret" * 3)
    return blank_pages(pdf, design, [sitting.copy])(sitting.copy, page)


def _paste(picture: Picture, square: Picture) -> None:
    """Draws something square in the middle of the page, with a white rim."""
    rim = cv2.copyMakeBorder(square, 14, 14, 14, 14, cv2.BORDER_CONSTANT, value=255)
    height, width = picture.shape[:2]
    y, x = (height - rim.shape[0]) // 2, (width - rim.shape[1]) // 2
    picture[y : y + rim.shape[0], x : x + rim.shape[1]] = rim[..., None]
