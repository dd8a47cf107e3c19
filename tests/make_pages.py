"""Makes the golden pages in ``tests/pages``, and beside each the digits that are written on it.

    python tests/make_pages.py [FOLDER]

Each page holds one difficulty, so that a failure names its cause. ``test_golden`` reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from made import Style, Written, draw_number, write_page  # noqa: E402
from made_paper import (  # noqa: E402
    BLACK_INK,
    BLUE_INK,
    CREAM,
    PENCIL,
    WHITE,
    Colour,
    Sheet,
    clouds,
    developed,
    lit,
    paper,
    photographed,
    ruled,
    write_on,
)

Picture = NDArray[np.uint8]


def placed(lines: list[str], seed: int, x: float, y: float, **style: float) -> list[Written]:
    """Lines of writing, the first one's base line from ``(x, y)``."""
    return [w.moved(x, y) for w in write_page(lines, Style(**style), seed)]  # type: ignore[arg-type]


def framed(
    sheet: Sheet, left: int, top: int, right: int, bottom: int, colour: Colour = (0.1, 0.1, 0.1)
) -> None:
    """Prints a frame on the sheet."""
    shade = tuple(float(c) for c in colour)
    cv2.rectangle(sheet, (left, top), (right, bottom), shade, 2, cv2.LINE_AA)


def two_columns() -> Picture:
    rng = np.random.default_rng(1)
    left = placed(["407", "1925", "63"], 3, 60, 110, size=58, leading=2)
    right = placed(["88", "2751", "604"], 3, 460, 110, size=58, leading=2)
    sheet = write_on(paper((720, 400), rng), left + right, rng, BLUE_INK)
    return developed(lit(sheet, rng, fall=0.15))


def slanted_line() -> Picture:
    rng = np.random.default_rng(2)
    written = placed(["8203 5741"], 4, 50, 120, size=64, slant=22, lean=9)
    return developed(lit(write_on(paper((700, 300), rng), written, rng), rng))


def tiny_digits() -> Picture:
    rng = np.random.default_rng(3)
    written = placed(["2047 318", "95 1606"], 5, 24, 36, size=15, pen=0.11, gap=0.3, leading=2.2)
    return developed(write_on(paper((170, 96), rng, rough=0), written, rng, texture=0))


def dotted_scan() -> Picture:
    """Black or white only, with specks and small holes, as a fax or a cheap scanner makes it."""
    rng = np.random.default_rng(4)
    sheet = write_on(paper((640, 220), rng), placed(["73592 0486"], 6, 40, 140, size=70, pen=0.1), rng)
    grey = sheet.mean(axis=2) + 0.22 * rng.normal(0, 1, sheet.shape[:2]) * (
        rng.random(sheet.shape[:2]) < 0.15
    )
    specks = rng.random(grey.shape) < 0.004
    return np.repeat(np.where(specks | (grey < 0.55), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def coloured_ink() -> Picture:
    rng = np.random.default_rng(5)
    sheet = paper((680, 440), rng, CREAM)
    inks: list[Colour] = [(0.05, 0.45, 0.22), (0.45, 0.12, 0.52), (0.85, 0.35, 0.05)]
    for i, (ink, text) in enumerate(zip(inks, ["314 2768", "905 1443", "86 20 57"], strict=True)):
        sheet = write_on(
            sheet, placed([text], 7 + i, 50, 110 + 130 * i, size=64, pen=0.1), rng, ink, texture=0.2
        )
    return developed(lit(sheet, rng))


def boxes() -> Picture:
    rng = np.random.default_rng(6)
    sheet = paper((760, 190), rng)
    for i, c in enumerate("60213475"):
        left = 45 + 84 * i
        framed(sheet, left, 45, left + 72, 145)
        sheet = write_on(sheet, placed([c], 11, left + 20, 126, size=62, pen=0.1), rng, BLUE_INK)
    return developed(lit(sheet, rng, fall=0.12))


def underlined() -> Picture:
    rng = np.random.default_rng(7)
    sheet = write_on(paper((560, 240), rng), placed(["19 284"], 12, 60, 130, size=78, pen=0.085), rng)
    path = np.array([(50, 158), (200, 153), (330, 156), (470, 150)], float)
    sheet = write_on(sheet, [Written("line", (path,), (np.full(4, 6.0),))], rng)
    return developed(lit(sheet, rng))


def faint_pencil() -> Picture:
    rng = np.random.default_rng(8)
    grey: Colour = (0.62, 0.62, 0.63)
    sheet = write_on(
        paper((620, 300), rng), placed(["5038", "7261"], 13, 60, 110, size=70, pen=0.06), rng, grey, 0.35, 3
    )
    return developed(lit(sheet, rng, fall=0.25))


def hard_shadow() -> Picture:
    rng = np.random.default_rng(9)
    sheet = write_on(
        paper((700, 420), rng), placed(["620 418", "975 303"], 14, 70, 130, size=76, leading=2.1), rng
    )
    return developed(photographed(lit(sheet, rng, fall=0.3, shadow=0.55), rng, turn=3, tilt=0.03, zoom=1.03))


def ruled_through() -> Picture:
    """Rules that pass right through the digits."""
    rng = np.random.default_rng(10)
    sheet = ruled(paper((680, 380), rng), range(20, 380, 34))
    written = placed(["2946 1538", "7001 2264"], 15, 60, 130, size=70, leading=2)
    return developed(lit(write_on(sheet, written, rng, BLUE_INK), rng))


def empty_paper() -> Picture:
    rng = np.random.default_rng(11)
    return developed(lit(paper((600, 420), rng, WHITE, rough=1.5), rng, fall=0.3, shadow=0.3))


def coffee_stain() -> Picture:
    rng = np.random.default_rng(12)
    sheet = paper((640, 320), rng)
    x, y = np.meshgrid(np.arange(640), np.arange(320))
    ring = np.exp(-(((np.hypot(x - 470, y - 120) - 110) / 9) ** 2)) * (
        0.7 + 0.3 * clouds((640, 320), rng, 40)
    )
    sheet = (sheet * (1 - 0.3 * ring[..., None] * np.array([0.5, 0.8, 1.0]))).astype(np.float32)
    return developed(
        lit(write_on(sheet, placed(["81 5720", "364 9"], 16, 60, 120, size=70, leading=2), rng), rng)
    )


def light_on_dark_28() -> Picture:
    """One digit as MNIST shows it: 28 by 28 pixels, light on dark."""
    big = draw_number("4", seed=17, size=80, pen=0.12, margin=0.2, dark=True)
    side = max(big.shape[:2])
    square = np.zeros((side, side, 3), np.uint8)
    top, left = (side - big.shape[0]) // 2, (side - big.shape[1]) // 2
    square[top : top + big.shape[0], left : left + big.shape[1]] = big
    return np.asarray(cv2.resize(square, (28, 28), interpolation=cv2.INTER_AREA), np.uint8)


def marks_between() -> Picture:
    rng = np.random.default_rng(13)
    written = placed(["2026-11-21", "052.340,6", "12:45"], 36, 60, 110, size=66, leading=1.9)
    return developed(lit(write_on(paper((760, 430), rng), written, rng, PENCIL, 0.3, 3), rng))


def touching_pairs() -> Picture:
    rng = np.random.default_rng(14)
    written = placed(["5033", "4700"], 19, 50, 110, size=80, gap=-0.05, leading=1.8)
    return developed(write_on(paper((420, 320), rng, rough=0), written, rng, BLACK_INK, texture=0))


PAGES: dict[str, tuple[Callable[[], Picture], str]] = {
    "two-columns.jpg": (two_columns, "40788\n19252751\n63604"),
    "slanted-line.jpg": (slanted_line, "82035741"),
    "tiny-digits.png": (tiny_digits, "2047318\n951606"),
    "dotted-scan.png": (dotted_scan, "735920486"),
    "coloured-ink.jpg": (coloured_ink, "3142768\n9051443\n862057"),
    "boxes.jpg": (boxes, "60213475"),
    "underlined.jpg": (underlined, "19284"),
    "faint-pencil.jpg": (faint_pencil, "5038\n7261"),
    "hard-shadow.jpg": (hard_shadow, "620418\n975303"),
    "ruled-through.jpg": (ruled_through, "29461538\n70012264"),
    "empty-paper.jpg": (empty_paper, ""),
    "coffee-stain.jpg": (coffee_stain, "815720\n3649"),
    "light-on-dark-28.png": (light_on_dark_28, "4"),
    "marks-between.jpg": (marks_between, "20261121\n0523406\n1245"),
    "touching-pairs.png": (touching_pairs, "5033\n4700"),
}


def main(folder: Path = HERE / "pages") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, expected) in PAGES.items():
        image = Image.fromarray(make())
        if name.endswith(".png"):
            image.quantize(32, dither=Image.Dither.NONE).save(folder / name, optimize=True)
        else:
            image.save(folder / name, quality=82, optimize=True)
        text = expected + "\n" if expected else ""
        (folder / name).with_suffix(".expected.txt").write_text(text, encoding="utf-8")
        print(f"{folder / name}  {(folder / name).stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
