"""Paper, ink, camera and JPEG: what becomes of ink between the pen and the file.

A sheet is (H, W, 3) float32, the share of the light that it reflects, 0 … 1. ``clean`` is a drawing or a good scan,
``ruled`` has printed lines or squares, ``shaded`` is a photo in uneven light, ``noisy`` one with grain and much JPEG.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 8
_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
_AT = np.arange(_SIDE)
_COSINES = (np.cos(np.pi * (2 * _AT[None, :] + 1) * _AT[:, None] / (2 * _SIDE)) / 2).astype(np.float32)
_COSINES[0] /= np.float32(np.sqrt(2))


def as_jpeg(ink: NDArray[np.float32], quality: int) -> NDArray[np.float32]:
    """Ink (h, w) float32, 0 paper … 1 ink, as it comes back from a JPEG of ``quality`` 1 … 100."""
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % _SIDE), (0, -width % _SIDE)), mode="edge")
    rows, columns = (side // _SIDE for side in padded.shape)
    blocks = padded.reshape(rows, _SIDE, columns, _SIDE).swapaxes(1, 2) * np.float32(255) - np.float32(128)
    steps = np.clip(_LUMINANCE * (50 / quality if quality < 50 else 2 - quality / 50), 1, 255)
    rounded = np.rint(_COSINES @ blocks @ _COSINES.T / steps) * steps
    back = (_COSINES.T @ rounded @ _COSINES + np.float32(128)) / np.float32(255)
    whole = back.swapaxes(1, 2).reshape(padded.shape)[:height, :width]
    return np.asarray(np.clip(whole, 0, 1), np.float32)


Sheet = NDArray[np.float32]
PAPERS: Final = ("clean", "ruled", "shaded", "noisy")
_INKS: Final = ((0.08, 0.08, 0.10), (0.15, 0.15, 0.18), (0.10, 0.16, 0.50), (0.07, 0.10, 0.33), (0.38, 0.38, 0.40),
                (0.60, 0.13, 0.15))  # fmt: skip
"""Black pens, blue pens, pencil, a red pen."""
_INK_SHARES: Final = (0.3, 0.15, 0.25, 0.1, 0.14, 0.06)
_RULES: Final = ((0.62, 0.74, 0.88), (0.70, 0.72, 0.76), (0.78, 0.70, 0.62), (0.55, 0.66, 0.62))
_BEYOND_LEVELS: Final = 1 / 255


def on_paper(
    ink: NDArray[np.float32], paper: str, height: float, base: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The picture (H, W, 3) uint8 of ``ink`` (H, W) float32, 0 paper … 1 ink, on one of ``PAPERS``.

    ``height`` is that of the writing and ``base`` where its base line lies, both in pixels.
    """
    size_wh = ink.shape[1], ink.shape[0]
    tint = np.array([1, rng.uniform(0.97, 1.0), rng.uniform(0.88, 1.0)], np.float32)
    sheet = np.ones((*ink.shape, 3), np.float32) * np.float32(rng.uniform(0.9, 1.0))
    if paper != "clean" or rng.random() < 0.5:
        fibres = 0.008 * clouds(size_wh, rng, 2.2) + 0.008 * clouds(size_wh, rng, 40)
        sheet *= (1 + fibres[..., None]) * tint
    if paper == "ruled":
        sheet = _ruled(sheet, height, base, rng)
    sheet = _written(sheet, ink, rng)
    if paper == "ruled":
        sheet = _grained(sheet, rng, 0.008)
    elif paper == "shaded":
        sheet = _photographed(_lit(sheet, rng), height, rng)
        sheet = _compressed(_grained(sheet, rng, rng.uniform(0.006, 0.016)), int(rng.integers(70, 92)))
    elif paper == "noisy":
        sheet = _photographed(sheet * np.float32(rng.uniform(0.6, 1.0)), height, rng)
        sheet = _compressed(_grained(sheet, rng, rng.uniform(0.025, 0.06)), int(rng.integers(28, 65)))
    return np.asarray(np.rint(np.clip(sheet, 0, 1) * 255), np.uint8)


def clouds(size_wh: tuple[int, int], rng: np.random.Generator, grain: float) -> NDArray[np.float32]:
    """Smooth noise (H, W), about ±1, whose spots are ``grain`` pixels wide."""
    knots = [max(2, round(side / grain) + 1) for side in size_wh[::-1]]
    coarse = rng.standard_normal(knots, np.float32)
    return np.asarray(cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC), np.float32)


def _written(sheet: Sheet, ink: NDArray[np.float32], rng: np.random.Generator) -> Sheet:
    """Ink covers unevenly: a little with a pen, much with a pencil, which is also paler."""
    which = int(rng.choice(len(_INKS), p=_INK_SHARES))
    texture = rng.uniform(0.15, 0.35) if which == 4 else rng.uniform(0.0, 0.15)
    size_wh = ink.shape[1], ink.shape[0]
    uneven = 0.5 * clouds(size_wh, rng, 2.0) + 0.5 * clouds(size_wh, rng, 14)
    cover = ink * np.clip(1 - texture * np.abs(uneven), 0, 1)
    colour = np.array(_INKS[which], np.float32) * np.float32(rng.uniform(0.7, 1.2))
    # Ink is a filter: what lies under it shows through as much as it lets light through.
    return np.asarray(sheet * (1 - cover[..., None] * (1 - colour)), np.float32)


def _ruled(sheet: Sheet, height: float, base: float, rng: np.random.Generator) -> Sheet:
    """Printed lines one of which the writing stands on, more or less; one sheet in three has squares."""
    squared = rng.random() < 0.33
    step = height * (rng.uniform(0.55, 0.95) if squared else rng.uniform(1.25, 2.2))
    width = max(1.0, rng.uniform(0.015, 0.035) * height)
    colour = np.array(_RULES[rng.integers(len(_RULES))], np.float32)
    first = base + rng.normal(0.06, 0.07) * height
    cover = _lines(sheet.shape[0], first, step, width)[:, None]
    if squared:
        cover = np.maximum(cover, _lines(sheet.shape[1], rng.uniform(0, step), step, width)[None, :])
    lean = np.tan(np.deg2rad(rng.normal(0, 0.5)))
    rows = np.broadcast_to(cover, sheet.shape[:2]).astype(np.float32)
    matrix = np.array([[1, -lean, 0], [lean, 1, -lean * sheet.shape[1] / 2]])
    rows = cv2.warpAffine(rows, matrix, (sheet.shape[1], sheet.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sheet * (1 - rows[..., None] * (1 - colour)), np.float32)


def _lines(side: int, first: float, step: float, width: float) -> NDArray[np.float64]:
    """How much of each of ``side`` pixels is covered by lines ``step`` apart, one of them at ``first``."""
    away = np.abs((np.arange(side) + 0.5 - first + step / 2) % step - step / 2)
    return np.clip(width / 2 + 0.5 - away, 0, 1)


def _lit(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    """Light that falls off to one side and to the edges, often the soft shadow of a hand, and warm or cold."""
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    light = 1 - rng.uniform(0.15, 0.5) * (1 + along) / 2.4 - rng.uniform(0, 0.12) * (x * x + y * y)
    if rng.random() < 0.6:
        turned = rng.uniform(0, 2 * np.pi)
        edge = x * np.cos(turned) + y * np.sin(turned) + 0.15 * np.sin(3 * x - 2 * y + turned)
        softness = rng.uniform(0.04, 0.2)
        light = light * (
            1 - rng.uniform(0.15, 0.45) / (1 + np.exp(-(edge - rng.uniform(-0.4, 0.6)) / softness))
        )
    warm = rng.uniform(-0.06, 0.1)
    tinted = (light[..., None] * np.array([1 + warm, 1, 1 - warm])).astype(np.float32)
    size_wh = sheet.shape[1], sheet.shape[0]
    return np.asarray(sheet * cv2.resize(tinted, size_wh, interpolation=cv2.INTER_CUBIC), np.float32)


def _photographed(sheet: Sheet, height: float, rng: np.random.Generator) -> Sheet:
    """Not quite in focus: the blur is a share of the writing's height, and at least what a sensor's filter does."""
    return np.asarray(
        cv2.GaussianBlur(sheet, (0, 0), max(0.5, rng.uniform(0.004, 0.018) * height)), np.float32
    )


def _grained(sheet: Sheet, rng: np.random.Generator, strength: float) -> Sheet:
    """A sensor's grain: mostly the same in all three colours, and a little in each."""
    shared = rng.standard_normal(sheet.shape[:2], np.float32)[..., None]
    own = rng.standard_normal(sheet.shape, np.float32)
    return np.asarray(sheet + np.float32(strength) * (0.85 * shared + 0.5 * own), np.float32)


def _compressed(sheet: Sheet, quality: int) -> Sheet:
    """What JPEG leaves of it; colour is kept at half the resolution, as cameras do."""
    light = cv2.cvtColor(np.clip(sheet, 0, 1), cv2.COLOR_RGB2YCrCb)
    light[..., 0] = as_jpeg(np.ascontiguousarray(light[..., 0]), quality)
    height, width = sheet.shape[:2]
    half = cv2.resize(light[..., 1:], (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    planes = np.stack([as_jpeg(np.ascontiguousarray(half[..., i]), quality) for i in (0, 1)], axis=-1)
    light[..., 1:] = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(light, cv2.COLOR_YCrCb2RGB), np.float32)
