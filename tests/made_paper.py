"""Made paper: sheets, pens, light and cameras, so that made handwriting looks like a photo of a page.

A sheet is (H, W, 3) float32, 0 … 1: the share of the light that it gives back. Everything random comes from
the
generator that is passed in, so the same seed always makes the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from made import Written, ink_of

Sheet = NDArray[np.float32]
Colour = tuple[float, float, float]

WHITE: Colour = (0.965, 0.96, 0.945)
CREAM: Colour = (0.965, 0.935, 0.86)
BLACK_INK: Colour = (0.09, 0.09, 0.12)
BLUE_INK: Colour = (0.10, 0.17, 0.52)
PENCIL: Colour = (0.30, 0.30, 0.32)
CHALK: Colour = (0.95, 0.95, 0.92)


def clouds(size_wh: tuple[int, int], rng: np.random.Generator, grain: float) -> NDArray[np.float32]:
    """Smooth noise (H, W), mean 0, about ±1, whose spots are ``grain`` pixels wide."""
    width, height = size_wh
    small = rng.normal(0, 1, (max(2, round(height / grain) + 1), max(2, round(width / grain) + 1)))
    return np.asarray(
        cv2.resize(small.astype(np.float32), size_wh, interpolation=cv2.INTER_CUBIC), np.float32
    )


def paper(
    size_wh: tuple[int, int], rng: np.random.Generator, colour: Colour = WHITE, rough: float = 1.0
) -> Sheet:
    """A blank sheet with fibres and faint blotches; ``rough`` 0 is perfectly smooth."""
    texture = (
        0.006 * clouds(size_wh, rng, 2.2) + 0.006 * clouds(size_wh, rng, 9) + 0.006 * clouds(size_wh, rng, 90)
    )
    return np.asarray(np.array(colour, np.float32) * (1 + rough * texture[..., None]), np.float32)


def ruled(
    sheet: Sheet, ys: Iterable[float], colour: Colour = (0.55, 0.68, 0.85), width: float = 1.4
) -> Sheet:
    """The sheet with printed lines at the heights ``ys``."""
    distance = np.min(np.abs(np.arange(sheet.shape[0])[:, None] + 0.5 - np.array(list(ys))), axis=1)
    cover = np.clip(width / 2 + 0.5 - distance, 0, 1)[:, None, None]
    return np.asarray(sheet * (1 - 0.75 * cover * (1 - np.array(colour))), np.float32)


def squared(sheet: Sheet, step: float, offset: float = 0.0, colour: Colour = (0.60, 0.72, 0.84)) -> Sheet:
    """The sheet with printed squares of ``step`` pixels."""
    height, width = sheet.shape[:2]
    sheet = ruled(sheet, np.arange(offset, height, step), colour, 1.2)
    turned = ruled(np.ascontiguousarray(sheet.swapaxes(0, 1)), np.arange(offset, width, step), colour, 1.2)
    return np.ascontiguousarray(turned.swapaxes(0, 1))


def write_on(
    sheet: Sheet,
    written: Iterable[Written],
    rng: np.random.Generator,
    colour: Colour = BLACK_INK,
    texture: float = 0.12,
    grain: float = 7.0,
) -> Sheet:
    """The sheet with writing on it. ``texture`` is how unevenly the ink covers: 0.1 a pen, 0.5 pencil or
    chalk."""
    size_wh = sheet.shape[1], sheet.shape[0]
    ink = ink_of(written, size_wh)
    flow = 1 - texture * np.clip(0.45 + 0.55 * clouds(size_wh, rng, grain), 0, 1)
    if texture > 0.3:  # a dry tool touches the top of the fibres only
        flow = flow * np.clip(1.1 - 0.5 * texture * np.abs(clouds(size_wh, rng, 1.7)), 0, 1)
    cover = (ink * flow)[..., None]
    return np.asarray(sheet + (np.array(colour, np.float32) - sheet) * cover, np.float32)


def lit(
    sheet: Sheet, rng: np.random.Generator, fall: float = 0.18, shadow: float = 0.0, warmth: float = 0.0
) -> Sheet:
    """The sheet under a lamp: brightness falls off by ``fall`` across it, and a soft shadow lies over one
    corner."""
    height, width = sheet.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - fall / 2 * (1 + (x * np.cos(angle) + y * np.sin(angle)) / 1.3) - 0.04 * (x * x + y * y)
    edge = x * 0.8 + y * 0.9 - 0.75 + 0.12 * np.sin(3 * x - 2 * y + angle)
    light = light / np.median(light) * (1 - shadow / (1 + np.exp(-edge / 0.11)))
    tint = np.array([1 + warmth, 1, 1 - warmth])
    return np.asarray(sheet * light[..., None] * tint, np.float32)


def photographed(
    sheet: Sheet,
    rng: np.random.Generator,
    turn: float = 0.0,
    tilt: float = 0.0,
    desk: Colour | None = None,
    zoom: float = 1.0,
) -> Sheet:
    """The sheet seen by a hand-held camera: turned (degrees), tilted (share of its size), a little soft and
    noisy.

    What lies beyond its edges is the desk, with a soft shadow below the sheet; without one the sheet goes on.
    """
    height, width = sheet.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    angle = np.deg2rad(turn)
    turned = (corners - corners.mean(0)) @ np.array(
        [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    )
    seen = turned * zoom * (1 + tilt * np.array([[-1, -1], [-0.6, -1], [1, 1], [0.7, 1]])) + corners.mean(0)
    to_camera = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    edge: Any = cv2.BORDER_REPLICATE if desk is None else cv2.BORDER_CONSTANT
    photo = cv2.warpPerspective(sheet, to_camera, (width, height), flags=cv2.INTER_CUBIC, borderMode=edge)
    if desk is not None:
        inside = cv2.warpPerspective(np.ones((height, width), np.float32), to_camera, (width, height))
        shade = cv2.GaussianBlur(
            np.roll(inside, (round(height / 70), round(width / 120)), (0, 1)), (0, 0), height / 60
        )
        wood = (
            1
            + 0.07 * clouds((width, height), rng, 260)
            + 0.05 * cv2.resize(clouds((width, height), rng, 60)[::12], (width, height))
        )
        ground = np.array(desk, np.float32) * (wood * (1 - 0.45 * shade))[..., None]
        photo = ground + (photo - ground) * inside[..., None]
    photo = cv2.GaussianBlur(photo, (0, 0), 0.6)
    return np.asarray(photo + rng.normal(0, 0.006, photo.shape), np.float32)


def developed(sheet: Sheet) -> NDArray[np.uint8]:
    """The sheet as a picture (H, W, 3) uint8."""
    return np.round(255 * np.clip(sheet, 0, 1)).astype(np.uint8)
