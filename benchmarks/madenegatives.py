"""Made pictures without a digit: scribbles and drawings, textures, empty paper, printed words.

None of it is made by what training makes its negatives with: these are other lines and other letters. Nothing here
looks like a digit on purpose (no lone ring, no lone bar). This module does not know who reads.
"""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkread.training.synthesis.characters.degradation import PAPERS, clouds, on_paper

__all__ = ["KINDS", "make_negative"]

KINDS = ("scribbles", "textures", "empty paper", "printed words")
_WORDS = """
Anna Mary Berlin Paris Invoice Receipt Total Amount Street Number Name Date Signature Rechnung Datum Straße Betrag Summe
Unterschrift Quantity Price Customer hello world thanks from with please write here only and the page answer question
exam mathematics physics chapter volume example figure table north south monday friday january december kilogram metre
window river mountain letter garden yellow purple NOTICE WARNING FRAGILE ENTRANCE EXIT MENU TAX
"""
_FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono",
    "STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol",
)  # fmt: skip
"""Those that come with matplotlib, so that the pictures are the same everywhere."""
Path2D = NDArray[np.float64]


def make_negative(kind: str, seed: tuple[int, ...]) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 of one of KINDS; the same seed makes the same."""
    rng = np.random.default_rng(seed)
    paper = PAPERS[int(rng.integers(len(PAPERS)))]
    if kind == "textures":
        return _texture(rng)
    if kind == "empty paper":
        size = tuple(int(side) for side in np.exp(rng.uniform(np.log(100), np.log(700), 2)))
        return on_paper(
            np.zeros(size, np.float32), paper, rng.uniform(30, 120), rng.uniform(0.4, 0.8) * size[0], rng
        )
    if kind == "printed words":
        height = float(np.exp(rng.uniform(np.log(18), np.log(90))))
        ink = _printed(height, rng)
    elif kind == "scribbles":
        height = float(np.exp(rng.uniform(np.log(40), np.log(200))))
        ink = _scribbled(height, rng)
    else:
        raise ValueError(f"no such kind: {kind}; there are {', '.join(KINDS)}")
    return on_paper(ink, paper, height, 0.7 * ink.shape[0], rng)


def _printed(height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """One or two lines of one to three words."""
    name = _FONTS[int(rng.integers(len(_FONTS)))]
    font = ImageFont.truetype(str(_font_folder() / f"{name}.ttf"), round(height))
    lines = [" ".join(str(word) for word in rng.choice(_WORDS.split(), int(rng.integers(1, 4))))
             for _ in range(int(rng.integers(1, 3)))]  # fmt: skip
    if rng.random() < 0.2:
        lines = [line.upper() for line in lines]
    text = "\n".join(lines)
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox(
        (0, 0), text, font=font
    )
    margin = round(rng.uniform(0.3, 1.0) * height)
    page = Image.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin))
    ImageDraw.Draw(page).multiline_text((margin - left, margin - top), text, fill=255, font=font)
    return np.asarray(page, np.float32) / np.float32(255)


@lru_cache(maxsize=1)
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _scribbled(height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """One to three drawings beside each other, all with one pen."""
    count = int(rng.integers(1, 4))
    pen = rng.uniform(0.03, 0.1) * height
    drawn = []
    across = 0.6
    for _ in range(count):
        lines = _DRAWINGS[int(rng.integers(len(_DRAWINGS)))](rng)
        every = np.concatenate(lines)
        low = every.min(axis=0)
        drawn += [line - low + [across, 0.5] for line in lines]
        across += float(np.ptp(every[:, 0])) + rng.uniform(0.2, 0.8)
    tall = max(float(line[:, 1].max()) for line in drawn) + 0.5
    canvas = np.ones((round(tall * height), round((across + 0.2) * height)), np.uint8)
    for line in drawn:
        cv2.polylines(canvas, [np.rint(line * height * 16).astype(np.int32)], False, 0, 1, cv2.LINE_8, 4)
    away = cv2.distanceTransform(canvas, cv2.DIST_L2, 5)
    return np.clip(pen / 2 - away + 0.5, 0, 1).astype(np.float32)


def _curve(knots: Path2D) -> Path2D:
    """A smooth curve near ``knots`` (n, 2): Chaikin's corner cutting."""
    for _ in range(4):
        cut = np.stack([0.75 * knots[:-1] + 0.25 * knots[1:], 0.25 * knots[:-1] + 0.75 * knots[1:]], axis=1)
        knots = np.concatenate([knots[:1], cut.reshape(-1, 2), knots[-1:]])
    return knots


def _tangle(rng: np.random.Generator) -> list[Path2D]:
    return [_curve(rng.uniform(0, 1, (int(rng.integers(10, 22)), 2)) * [rng.uniform(0.8, 1.6), 1])]


def _crossed_out(rng: np.random.Generator) -> list[Path2D]:
    n = int(rng.integers(8, 22))
    x = np.linspace(0, rng.uniform(0.8, 2.5), n) + rng.normal(0, 0.03, n)
    y = np.where(np.arange(n) % 2, 0.1, 0.9) + rng.normal(0, 0.06, n)
    return [np.stack([x, y], axis=1)]


def _spiral(rng: np.random.Generator) -> list[Path2D]:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.2, 4.5), 160)
    r = 0.5 * (t / t[-1]) ** rng.uniform(0.7, 1.2)
    return [np.stack([r * np.cos(t), r * np.sin(t) * rng.uniform(0.7, 1.2)], axis=1)]


def _star(rng: np.random.Generator) -> list[Path2D]:
    t = np.arange(6) * 4 * np.pi / 5 + rng.uniform(0, 0.4)
    return [0.5 * np.stack([np.sin(t), -np.cos(t)], axis=1) + rng.normal(0, 0.02, (6, 2))]


def _house(rng: np.random.Generator) -> list[Path2D]:
    w, roof = rng.uniform(0.6, 1.1), rng.uniform(0.25, 0.45)
    walls = np.array([[0, 1], [0, roof], [w / 2, 0], [w, roof], [w, 1], [0, 1]])
    door = np.array([[0.35 * w, 1], [0.35 * w, 0.65], [0.55 * w, 0.65], [0.55 * w, 1]])
    return [walls + rng.normal(0, 0.01, walls.shape), np.array([[0, roof], [w, roof]]), door]


def _arrow(rng: np.random.Generator) -> list[Path2D]:
    length, head = rng.uniform(0.9, 2.0), rng.uniform(0.2, 0.35)
    bow = rng.normal(0, 0.1)
    tip = np.array([[length - head, bow - head], [length, bow], [length - head, bow + head]])
    return [_curve(np.array([[0, 0], [length / 2, 2 * bow], [length, bow]])), tip]


def _signature(rng: np.random.Generator) -> list[Path2D]:
    n = int(rng.integers(16, 30))
    x = np.cumsum(rng.normal(0.07, 0.1, n))
    y = 0.5 + rng.normal(0, 0.22, n) * np.where(np.arange(n) % 5, 1, 2)
    return [_curve(np.stack([x, np.clip(y, 0, 1)], axis=1))]


def _hatching(rng: np.random.Generator) -> list[Path2D]:
    n, step = int(rng.integers(5, 12)), rng.uniform(0.1, 0.2)
    rows = [
        np.array([[i * step, 1.0], [i * step + rng.uniform(0.4, 0.7), rng.uniform(0, 0.1)]]) for i in range(n)
    ]
    middle = rng.uniform(0.3, 0.7)
    return [*rows, np.array([[-0.1, middle], [n * step + 0.6, middle + rng.normal(0, 0.05)]])]


def _face(rng: np.random.Generator) -> list[Path2D]:
    t = np.linspace(0, 2 * np.pi, 40)
    ring = np.stack([np.cos(t), np.sin(t)], axis=1)
    smile = np.stack([np.cos(t[3:18]), np.sin(t[3:18])], axis=1)
    eyes = [0.04 * ring + [x, -0.12] for x in (-0.17, 0.17)]
    return [0.5 * ring, rng.uniform(0.22, 0.32) * smile, *eyes]


_DRAWINGS = (_tangle, _tangle, _crossed_out, _spiral, _star, _house, _arrow, _signature, _hatching, _face)


def _texture(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Wood, cloth, gravel, leaves of light and shadow, bricks, or mere noise, in any colour."""
    height, width = (int(side) for side in rng.integers(120, 480, 2))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    size_wh = width, height
    grain = rng.uniform(2, 30)
    kind = int(rng.integers(6))
    if kind == 0:  # wood: rings stretched along the grain
        bent = y + 6 * clouds(size_wh, rng, 120) + 2 * clouds((width, height), rng, 40)
        value = np.sin(2 * np.pi * bent / grain / 2) + 0.5 * clouds(size_wh, rng, 3)
    elif kind == 1:  # cloth
        value = np.sin(2 * np.pi * x / (2 + grain / 3)) * np.sin(2 * np.pi * y / (2 + grain / 3))
        value = value + 0.4 * clouds(size_wh, rng, 2)
    elif kind == 2:  # gravel: spots with edges
        value = np.tanh(4 * clouds(size_wh, rng, grain)) + 0.5 * clouds(size_wh, rng, 2)
    elif kind == 3:  # light and shadow, at all sizes
        value = sum(clouds(size_wh, rng, 2.0**k) * 2 ** (k / 2 - 2) for k in range(1, 7))
    elif kind == 4:  # bricks
        tall = 6 + grain
        row = np.floor(y / tall)
        joints = ((y % tall) < 0.15 * tall) | (((x + row % 2 * tall) % (2 * tall)) < 0.15 * tall)
        value = np.where(joints, -1.0, 1.0) + 0.3 * clouds(size_wh, rng, 3)
    else:
        value = rng.standard_normal((height, width))
    levels = np.clip(0.5 + rng.uniform(0.06, 0.25) * np.asarray(value), 0, 1)[..., None]
    dark, light = (np.sort(rng.uniform(0, 1, (2, 3)), axis=0) * 255)[:, None, None]
    return np.rint(dark + (light - dark) * levels).astype(np.uint8)
