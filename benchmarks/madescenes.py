"""Made photos of what people write numbers on: tables, notes, boards, squared and ruled paper, forms, shadows.

The numbers are those of made hands that training has not seen, written apart; the scenes are this module's own. It does
not know who reads.
"""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.training.synthesis.characters.strings import make_string
from inkread.training.synthesis.characters.writers import Writers, load_writers

__all__ = ["SCENES", "make_scene"]

Share = NDArray[np.float32]
Sheet = NDArray[np.float32]
_HEIGHT, _WIDTH = 750, 1000
_PAPER, _PEN = (246, 245, 240), (40, 45, 110)


def make_scene(name: str, number: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Picture ``number`` of one of SCENES, (H, W, 3) uint8, and the lines that are written on it."""
    rng = np.random.default_rng([list(SCENES).index(name), number])
    ink, lines = _writing(rng, 1 if name in _ONE_LINE else int(rng.integers(1, 4)))
    picture = SCENES[name](ink, rng)
    noisy = cv2.GaussianBlur(picture, (0, 0), 0.8) + rng.normal(0, 2, (*picture.shape[:2], 1))
    return np.clip(noisy, 0, 255).astype(np.uint8), lines


@lru_cache(maxsize=1)
def _writers() -> Writers:
    return load_writers("validation")


def _writing(rng: np.random.Generator, count: int) -> tuple[Share, list[str]]:
    """Lines of digits under each other as ink (h, w, 1), 0 … 1, digits some 60 pixels high; and what they say."""
    rows, lines = [], []
    for _ in range(count):
        seed = tuple(int(part) for part in rng.integers(1 << 30, size=3))
        made = make_string(_writers(), seed, "wide", "clean", int(rng.integers(3, 8)))
        grey = made.picture.min(axis=2).astype(np.float32)
        ink = np.clip(1.4 * (1 - grey / np.quantile(grey, 0.9)) - 0.12, 0, 1)
        high = np.median([box.height for box in made.boxes])
        rows.append(cv2.resize(ink, None, fx=60 / high, fy=60 / high, interpolation=cv2.INTER_AREA))
        lines.append(made.text)
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((14, 14), (20, 20 + width - row.shape[1]))) for row in rows]
    return np.vstack(padded)[..., None].astype(np.float32), lines


def _placed(ink: Share, width: int, height: int, rng: np.random.Generator, degrees: float = 0.0) -> Share:
    """The ink somewhere on a sheet of that size, turned, and made smaller if it must be."""
    rows, columns = ink.shape[:2]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    wide, high = abs(columns * cos) + abs(rows * sin), abs(columns * sin) + abs(rows * cos)
    scale = min(1.0, 0.92 * width / wide, 0.92 * height / high)
    centre = [
        rng.uniform(scale * side / 2 + 2, full - scale * side / 2 - 2)
        for side, full in ((wide, width), (high, height))
    ]
    turn = scale * np.array([[cos, sin], [-sin, cos]])
    shift = np.array(centre) - turn @ [columns / 2, rows / 2]
    view = np.hstack([turn, shift[:, None]]).astype(np.float32)
    return cv2.warpAffine(ink[..., 0], view, (width, height), flags=cv2.INTER_AREA)[..., None]


def _written(sheet: Sheet, ink: Share, pen: tuple[int, int, int] = _PEN) -> Sheet:
    return sheet * (1 - ink) + np.array(pen, np.float32) * ink


def _plain(colour: tuple[int, int, int], rng: np.random.Generator, grain: float = 0.0) -> Sheet:
    spots = (
        cv2.GaussianBlur(rng.normal(0, grain, (_HEIGHT, _WIDTH)), (0, 0), 1.3)
        if grain
        else np.zeros((_HEIGHT, _WIDTH))
    )
    return np.asarray(np.array(colour) + spots[..., None], np.float32)


def _lit(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    light = rng.uniform(0.7, 1.05, (3, 3)).astype(np.float32)
    return sheet * cv2.resize(light, sheet.shape[1::-1], interpolation=cv2.INTER_CUBIC)[..., None]


def _on_table(
    table: tuple[int, int, int], paper: tuple[int, int, int]
) -> Callable[[Share, np.random.Generator], Sheet]:
    def make(ink: Share, rng: np.random.Generator) -> Sheet:
        view = _plain(table, rng, 14)
        width, height = int(rng.integers(520, 800)), int(rng.integers(380, 600))
        sheet = np.zeros((height, width, 3), np.float32) + np.array(paper, np.float32)
        inner = np.pad(_placed(ink, width - 80, height - 80, rng), ((40, 40), (40, 40), (0, 0)))
        sheet = _written(sheet, inner)
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        left, top = rng.integers(30, _WIDTH - width - 30), rng.integers(30, _HEIGHT - height - 30)
        shift = np.array([left, top]) + rng.uniform(-22, 22, (4, 2))
        seen = (corners + shift).astype(np.float32)
        turn = cv2.getPerspectiveTransform(corners, seen)
        share = cv2.warpPerspective(np.ones((height, width), np.float32), turn, (_WIDTH, _HEIGHT))[..., None]
        page = cv2.warpPerspective(sheet, turn, (_WIDTH, _HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        return _lit(view * (1 - share) + page * share, rng)

    return make


def _on_lines(
    gap: int, colour: tuple[int, int, int], thick: int, squares: bool
) -> Callable[[Share, np.random.Generator], Sheet]:
    def make(ink: Share, rng: np.random.Generator) -> Sheet:
        sheet = _plain(_PAPER, rng)
        for y in range(11, _HEIGHT, gap):
            cv2.line(sheet, (0, y), (_WIDTH, y), colour, thick)
        for x in range(7, _WIDTH, gap) if squares else ():
            cv2.line(sheet, (x, 0), (x, _HEIGHT), colour, thick)
        return _lit(_written(sheet, _placed(ink, _WIDTH, _HEIGHT, rng)), rng)

    return make


def _in_shadow(ink: Share, rng: np.random.Generator) -> Sheet:
    corners = (rng.uniform(-0.3, 1.3, (4, 2)) * [_WIDTH, _HEIGHT]).astype(np.int32)
    shadow = cv2.fillConvexPoly(np.zeros((_HEIGHT, _WIDTH), np.float32), cv2.convexHull(corners), 1.0)
    shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(1, 12))[..., None]
    page = _written(_plain(_PAPER, rng), _placed(ink, _WIDTH, _HEIGHT, rng))
    return page * (1 - np.float32(rng.uniform(0.3, 0.65)) * shadow)


def _board(
    colour: tuple[int, int, int], pen: tuple[int, int, int], grain: float
) -> Callable[[Share, np.random.Generator], Sheet]:
    def make(ink: Share, rng: np.random.Generator) -> Sheet:
        return _lit(_written(_plain(colour, rng, grain), 0.9 * _placed(ink, _WIDTH, _HEIGHT, rng), pen), rng)

    return make


def _turned(degrees: float) -> Callable[[Share, np.random.Generator], Sheet]:
    def make(ink: Share, rng: np.random.Generator) -> Sheet:
        placed = _placed(ink, _WIDTH, _HEIGHT, rng, degrees * (1 if rng.random() < 0.5 else -1))
        return _lit(_written(_plain(_PAPER, rng), placed), rng)

    return make


def _form(ink: Share, rng: np.random.Generator) -> Sheet:
    """Words in print above the number."""
    words = ("Account number:", "Telephone", "Please enter the amount", "Invoice No.", "Customer and address")
    page = Image.new("RGB", (_WIDTH, 400), _PAPER)
    font = ImageFont.load_default(int(rng.integers(28, 56)))
    ImageDraw.Draw(page).text((40, 30), str(rng.choice(words)), (20, 20, 20), font)
    sheet = np.asarray(page, np.float32).copy()
    sheet[130:] = _written(sheet[130:], _placed(ink, _WIDTH, 270, rng))
    return sheet


def _bound(ink: Share, rng: np.random.Generator) -> Sheet:
    """A notebook with a spiral at its left edge."""
    sheet = _plain(_PAPER, rng)
    for y in range(20, _HEIGHT, 45):
        cv2.circle(sheet, (28, y), 11, (60, 60, 65), -1)
        cv2.ellipse(sheet, (14, y), (24, 6), 0, 0, 360, (150, 150, 155), 4)
    placed = np.pad(_placed(ink, _WIDTH - 90, _HEIGHT, rng), ((0, 0), (90, 0), (0, 0)))
    return _lit(_written(sheet, placed), rng)


_WHITE, _YELLOW = (240, 240, 236), (250, 225, 90)
SCENES: dict[str, Callable[[Share, np.random.Generator], Sheet]] = {
    "sheet on dark wood": _on_table((70, 50, 35), _WHITE),
    "sheet on a black table": _on_table((20, 20, 22), _WHITE),
    "sheet on an orange table": _on_table((190, 120, 60), _WHITE),
    "sheet on a grey table": _on_table((130, 130, 125), _WHITE),
    "yellow note on a white table": _on_table((225, 225, 222), _YELLOW),
    "yellow note on dark wood": _on_table((90, 65, 45), _YELLOW),
    "a shadow with sharp edges": _in_shadow,
    "squared paper, blue": _on_lines(30, (150, 170, 210), 1, True),
    "squared paper, fine": _on_lines(18, (150, 170, 210), 1, True),
    "squared paper, nearly as dark as the pen": _on_lines(34, (90, 100, 110), 2, True),
    "ruled paper": _on_lines(60, (150, 180, 215), 2, False),
    "blackboard": _board((45, 75, 60), (235, 235, 230), 12),
    "whiteboard": _board((205, 208, 212), (190, 40, 40), 0),
    "brown card": _board((175, 140, 105), (40, 40, 80), 14),
    "turned by 10 degrees": _turned(10),
    "turned by 20 degrees": _turned(20),
    "turned by 30 degrees": _turned(30),
    "printed words above": _form,
    "notebook with a spiral": _bound,
}
"""What makes each from ink (h, w, 1)."""
_ONE_LINE = frozenset({"printed words above", "yellow note on a white table", "yellow note on dark wood"})
