"""What may be on a picture: numbers, and everything that is none: noise, specks, bars, one pixel, a mile of nothing.

Pictures are small, so that many can be read; a few are as large as a page. This module knows no file format.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.paper.hands import Hand
from inkread.sketch import draw_path

__all__ = ["Picture", "draw_scene", "number"]

Picture = NDArray[np.uint8]
"""(H, W) grey, or (H, W, 3) RGB."""
_LARGE_SHARE = 0.012
"""Of the scenes that can be, so many are as large as a page."""


def draw_scene(chance: Random) -> Picture:
    """Any scene, light on dark in a quarter of the cases, now and then in colour."""
    rng = np.random.default_rng(chance.getrandbits(64))
    scene = chance.choice(_SCENES)(chance, rng)
    if chance.random() < 0.25:
        scene = 255 - scene
    if chance.random() < 0.2:
        tint = rng.integers(40, 256, 3)
        scene = (scene[..., None] * (tint / 255)).astype(np.uint8)
    if chance.random() < 0.1:
        scene = np.clip(scene + rng.normal(0, 25, scene.shape), 0, 255).astype(np.uint8)
    return scene


def number(rng: np.random.Generator, height: int = 0, count: int = 0) -> Picture:
    """Some digits (H, W) as somebody might write them, dark on white."""
    hand = Hand.any(rng)
    tall = float(height or rng.integers(8, 60))
    count = count or int(rng.integers(1, 6))
    step = tall * float(rng.uniform(0.35, 1.1))
    ink = np.zeros((int(1.6 * tall) + 2, int(step * count + tall) + 2), np.float32)
    for i in range(count):
        for stroke in hand.write(str(rng.integers(10)), rng):
            path = stroke * (tall / hand.height) + [0.7 * tall + i * step, 0.8 * tall]
            draw_path(ink, path, np.full(len(path), max(1.0, tall * hand.pen / hand.height)))
    return (255 - 235 * ink).astype(np.uint8)


def _side(chance: Random, least: int = 1) -> int:
    """Mostly small, seldom the side of a page."""
    if chance.random() < _LARGE_SHARE:
        return chance.randrange(600, 1800)
    return chance.randrange(least, 40) if chance.random() < 0.5 else chance.randrange(40, 220)


def _digits(chance: Random, rng: np.random.Generator) -> Picture:
    return number(rng)


def _page(chance: Random, rng: np.random.Generator) -> Picture:
    lines = [
        number(rng, chance.randrange(10, 24), chance.randrange(1, 9)) for _ in range(chance.randrange(2, 6))
    ]
    page = np.full(
        (sum(len(line) for line in lines) + 4, max(line.shape[1] for line in lines) + 4), 255, np.uint8
    )
    top = 2
    for line in lines:
        page[top : top + len(line), 2 : 2 + line.shape[1]] = line
        top += len(line)
    return np.ascontiguousarray(np.rot90(page, chance.choice((0, 0, 1, 2, 3))))


def _plain(chance: Random, rng: np.random.Generator) -> Picture:
    return np.full((_side(chance), _side(chance)), chance.randrange(256), np.uint8)


def _noise(chance: Random, rng: np.random.Generator) -> Picture:
    levels = chance.choice((2, 3, 256))
    coarse = rng.integers(0, levels, (_side(chance), _side(chance)))
    return (coarse * (255 // (levels - 1))).astype(np.uint8)


def _specks(chance: Random, rng: np.random.Generator) -> Picture:
    shape = (_side(chance, 20), _side(chance, 20))
    return np.where(rng.random(shape) < chance.choice((0.002, 0.01, 0.05, 0.3)), 0, 255).astype(np.uint8)


def _blobs(chance: Random, rng: np.random.Generator) -> Picture:
    shape = (_side(chance, 20), _side(chance, 20))
    soft = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), chance.uniform(0.8, 8))
    return np.where(soft > np.quantile(soft, chance.uniform(0.05, 0.95)), 20, 240).astype(np.uint8)


def _pattern(chance: Random, rng: np.random.Generator) -> Picture:
    y, x = np.mgrid[: _side(chance, 4), : _side(chance, 4)]
    a, b = chance.randrange(1, 12), chance.randrange(1, 12)
    kinds: tuple[Callable[[], NDArray[Any]], ...] = (
        lambda: (x // a + y // b) % 2 * 255,
        lambda: y // b % 2 * 255,
        lambda: ((x % (a + 2) > 1) | (y % (b + 3) > 1)) * 255,
        lambda: np.minimum((x % (4 * a)) * (y % (4 * b)), 1) * 255,
        lambda: 127 + 127 * np.sin(x * y / (10.0 * a)),
        lambda: x * 255 // max(1, x.max()),
        lambda: np.hypot(x - x.mean(), y - y.mean()) % (2 * a) / (2 * a) * 255,
    )
    return np.asarray(chance.choice(kinds)(), np.uint8)


def _thread(chance: Random, rng: np.random.Generator) -> Picture:
    """Very long and very thin."""
    long = chance.choice((300, 3000, 20_000, 60_000)) if chance.random() < 0.1 else chance.randrange(60, 900)
    thin = chance.randrange(1, 4)
    strip = rng.choice(np.array([0, 128, 255], np.uint8), (thin, long), p=(0.1, 0.1, 0.8))
    return strip if chance.random() < 0.5 else np.ascontiguousarray(strip.T)


def _lines(chance: Random, rng: np.random.Generator) -> Picture:
    """Anything that a pen or a ruler draws."""
    width, height = _side(chance, 30), _side(chance, 30)
    paper = np.full((height, width), 255, np.uint8)
    for _ in range(chance.randrange(1, 40)):
        ends = [(int(x), int(y)) for x, y in rng.uniform(-0.2, 1.2, (2, 2)) * (width, height)]
        if chance.random() < 0.5:
            ends[1] = (ends[1][0], ends[0][1]) if chance.random() < 0.5 else (ends[0][0], ends[1][1])
        cv2.line(paper, *ends, int(rng.integers(0, 120)), chance.randrange(1, 6))
    return paper


def _boxes(chance: Random, rng: np.random.Generator) -> Picture:
    """Digits in printed boxes, or on lines."""
    paper = number(rng, chance.randrange(14, 40), chance.randrange(1, 6))
    height, width = paper.shape
    for x in range(0, width, max(3, height)):
        cv2.line(paper, (x, 0), (x, height), 90, 1)
    for y in (1, height - 2):
        cv2.line(paper, (0, y), (width, y), 90, chance.randrange(1, 3))
    return paper


def _dots(chance: Random, rng: np.random.Generator) -> Picture:
    """One pixel, or a few."""
    paper = np.full((_side(chance), _side(chance)), 255, np.uint8)
    for _ in range(chance.randrange(1, 4)):
        paper[chance.randrange(paper.shape[0]), chance.randrange(paper.shape[1])] = chance.randrange(200)
    return paper


_SCENES = (_digits, _digits, _digits, _page, _plain, _noise, _specks, _blobs, _pattern, _thread, _lines,
           _boxes, _dots)  # fmt: skip
