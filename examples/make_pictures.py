"""Makes the pictures in this folder, and beside each the digits that are written in it.

    python examples/make_pictures.py [FOLDER]

All of it is drawn by code, from the strokes in ``tests/made_hands.py``: no one's handwriting is in it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "src")]

from made import Style, Written, write_page  # noqa: E402
from made_paper import (  # noqa: E402
    BLACK_INK,
    BLUE_INK,
    CHALK,
    CREAM,
    PENCIL,
    WHITE,
    clouds,
    developed,
    lit,
    paper,
    photographed,
    ruled,
    squared,
    write_on,
)

Picture = NDArray[np.uint8]


def placed(lines: list[str], style: Style, seed: int, x: float, y: float) -> list[Written]:
    """Lines of writing, the first one's base line from ``(x, y)``."""
    return [w.moved(x, y) for w in write_page(lines, style, seed)]


def phone_number() -> Picture:
    rng = np.random.default_rng(11)
    note = paper((1200, 460), rng, CREAM)
    number = placed(["0171 555 2368"], Style(size=98, pen=0.075, slant=7, gap=0.24), 4, 125, 280)
    note = lit(write_on(note, number, rng, BLACK_INK), rng, fall=0.22, warmth=0.02)
    return developed(photographed(note, rng, turn=-2.2, tilt=0.02, desk=(0.36, 0.25, 0.17), zoom=0.9))


def column_sum() -> Picture:
    rng = np.random.default_rng(5)
    sheet = paper((820, 860), rng, WHITE, rough=1.6)
    style = Style(size=112, pen=0.07, slant=4, gap=0.3, leading=1.62)
    rows = [
        placed([text], style, 21, 0, 190 + 178 * i) for i, text in enumerate(["348", "1275", "906", "2529"])
    ]
    right = 640
    written = [w.moved(right - row[-1].bounds[2], 0) for row in rows for w in row]
    written += placed(["+"], style, 3, 105, 190 + 178 * 2)
    sheet = write_on(sheet, written, rng, PENCIL, texture=0.4, grain=3)
    rule = [(90, 600), (380, 596), (690, 601)]
    sheet = write_on(sheet, [pen_line(rule, 6.5)], rng, PENCIL, texture=0.4, grain=3)
    return developed(
        photographed(lit(sheet, rng, fall=0.2, shadow=0.18), rng, turn=1.2, tilt=0.015, zoom=1.04)
    )


def date() -> Picture:
    rng = np.random.default_rng(8)
    sheet = paper((1000, 360), rng, WHITE)
    written = placed(["24.07.1969"], Style(size=96, pen=0.12, slant=9, gap=0.2), 15, 100, 228)
    sheet = write_on(sheet, written, rng, (0.70, 0.09, 0.10), texture=0.2, grain=14)
    return developed(photographed(lit(sheet, rng, fall=0.2), rng, turn=1.5, tilt=0.02, zoom=1.03))


def single_digit() -> Picture:
    rng = np.random.default_rng(2)
    (five,) = placed(["5"], Style(size=330, pen=0.1, slant=6, hand=0), 7, 0, 0)
    left, top, right, bottom = five.bounds
    five = five.moved(300 - (left + right) / 2, 300 - (top + bottom) / 2)
    return developed(write_on(paper((600, 600), rng, (1, 1, 1), rough=0), [five], rng, BLACK_INK, texture=0))


def light_on_dark() -> Picture:
    rng = np.random.default_rng(9)
    board = paper((1000, 520), rng, (0.125, 0.19, 0.165), rough=2)
    wiped = np.clip(clouds((1000, 520), rng, 170) + 0.6 * clouds((1000, 520), rng, 40), 0, 3)
    board = board + 0.018 * wiped[..., None]
    style = Style(size=120, pen=0.10, slant=5, gap=0.28, leading=1.75)
    written = placed(["31415926", "27182818"], style, 12, 120, 215)
    return developed(
        lit(write_on(board.astype(np.float32), written, rng, CHALK, texture=0.5, grain=2.6), rng, fall=0.15)
    )


def ruled_page() -> Picture:
    rng = np.random.default_rng(14)
    lines = ["1607 4000", "8848", "299 792 458", "6371", "1138"]
    sheet = ruled(paper((1200, 1000), rng, WHITE), [150 + 84 * i for i in range(11)])
    margin = sheet[:, 128:131]
    margin *= np.array([0.95, 0.62, 0.62], np.float32)
    style = Style(size=78, pen=0.075, slant=10, gap=0.24, leading=168 / 78)
    sheet = write_on(sheet, placed(lines, style, 27, 185, 229), rng, BLUE_INK, texture=0.22)
    sheet = lit(sheet, rng, fall=0.2, shadow=0.34, warmth=0.015)
    return developed(photographed(sheet, rng, turn=-2.6, tilt=0.035, zoom=1.02))


def squared_paper() -> Picture:
    rng = np.random.default_rng(17)
    step = 46
    sheet = squared(paper((1104, 736), rng, WHITE), step, 23)
    rows = ["17 23 42 61", "80 95 36 58", "49 70 12 64"]
    written = []
    for i, row in enumerate(rows):
        for j, number in enumerate(row.split()):
            written += placed(
                [number], Style(size=72, pen=0.085, slant=3, gap=0.2), 31, 115 + 230 * j, 207 + 184 * i
            )
    sheet = write_on(sheet, written, rng, (0.12, 0.13, 0.20), texture=0.18)
    return developed(photographed(lit(sheet, rng, fall=0.24), rng, turn=1.8, tilt=-0.02, zoom=1.04))


def touching() -> Picture:
    rng = np.random.default_rng(23)
    written = placed(["2008"], Style(size=190, pen=0.09, slant=6, gap=-0.06), 33, 110, 290)
    return developed(write_on(paper((760, 400), rng, (1, 1, 1), rough=0), written, rng, BLACK_INK, texture=0))


def pen_line(points: list[tuple[float, float]], width: float) -> Written:
    """A line drawn by hand, as a piece of writing."""
    path = np.array(points, float)
    return Written("line", (path,), (np.full(len(path), width),))


PICTURES: dict[str, tuple[Callable[[], Picture], str]] = {
    "phone-number.jpg": (phone_number, "01715552368"),
    "sum.jpg": (column_sum, "348\n1275\n906\n2529"),
    "date.jpg": (date, "24071969"),
    "single-digit.png": (single_digit, "5"),
    "light-on-dark.png": (light_on_dark, "31415926\n27182818"),
    "ruled-page.jpg": (ruled_page, "16074000\n8848\n299792458\n6371\n1138"),
    "squared-paper.jpg": (squared_paper, "17234261\n80953658\n49701264"),
    "touching.png": (touching, "2008"),
}


def save(picture: Picture, path: Path) -> None:
    """Writes JPEG as a camera does; PNG with as few colours as still look right, to stay small."""
    image = Image.fromarray(picture)
    if path.suffix == ".jpg":
        image.save(path, quality=86, optimize=True)
    else:
        image.quantize(32, dither=Image.Dither.NONE).save(path, optimize=True)


def main(folder: Path = HERE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, expected) in PICTURES.items():
        save(make(), folder / name)
        (folder / name).with_suffix(".expected.txt").write_text(expected + "\n", encoding="utf-8")
        print(f"{folder / name}  {(folder / name).stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
