"""Made handwriting: numbers written by code from the project's own strokes, for tests and examples.

    draw_number("2024", seed=3, slant=10)                 # (H, W, 3) uint8, dark ink on white
    draw_page(["2024", "11 38"], seed=3, dark=True)       # several lines, light on dark

The same arguments always make the same picture. ``write_line`` gives the strokes themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sketch import draw_path, smooth
from made_hands import HANDS

Array = NDArray[Any]


@dataclass(frozen=True)
class Style:
    """How somebody writes. Lengths are in digit heights, save ``size``, the height of a digit in pixels.

    ``pen`` is the width of the stroke; ``slant`` leans digits to the right and ``lean`` the line downwards,
    both in
    degrees; ``gap`` is the paper between neighbours, ``leading`` the distance of base lines. ``jitter`` is
    how
    unsteady the hand is: 0 makes each digit exactly as it is in ``made_hands``. ``hand`` chooses the same
    way of
    writing for every digit; None lets the seed choose one per digit.
    """

    size: float = 60.0
    pen: float = 0.09
    slant: float = 5.0
    lean: float = 0.0
    gap: float = 0.22
    leading: float = 1.8
    margin: float = 0.6
    jitter: float = 1.0
    hand: int | None = None
    dark: bool = False


@dataclass(frozen=True)
class Written:
    """One character on the page: its strokes as paths (M, 2) in pixels, each with its widths (M,)."""

    text: str
    paths: tuple[Array, ...]
    widths: tuple[Array, ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of its ink."""
        low = np.min(
            [(p - w[:, None] / 2).min(axis=0) for p, w in zip(self.paths, self.widths, strict=True)], axis=0
        )
        high = np.max(
            [(p + w[:, None] / 2).max(axis=0) for p, w in zip(self.paths, self.widths, strict=True)], axis=0
        )
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def moved(self, x: float, y: float) -> Written:
        return replace(self, paths=tuple(path + np.array([x, y]) for path in self.paths))


def draw_number(text: str, *, seed: int = 0, **style: Any) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 of one line of writing; ``style`` takes the fields of ``Style``."""
    return draw_page([text], seed=seed, **style)


def lying(seed: int) -> NDArray[np.uint8]:
    """A narrow 7 that leans so much that it is read as a 1."""
    picture = draw_number("7", seed=seed)
    height, width = picture.shape[:2]
    side = 3 * max(height, width)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 35, 1)
    turn[0] *= 0.5
    turn[:, 2] += (side - width / 2) / 2, (side - height) / 2
    turned = cv2.warpAffine(picture, turn, (side, side), borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)


def draw_page(lines: Sequence[str], *, seed: int = 0, **style: Any) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 of several lines of writing, as large as they need."""
    hand = Style(**style)
    written = write_page(lines, hand, seed)
    boxes = np.array([w.bounds for w in written] or [(0.0, 0.0, 1.0, 1.0)])
    margin = hand.margin * hand.size
    left, top = boxes[:, :2].min(axis=0) - margin
    right, bottom = boxes[:, 2:].max(axis=0) + margin
    size_wh = int(np.ceil(right - left)), int(np.ceil(bottom - top))
    return to_image(ink_of([w.moved(-left, -top) for w in written], size_wh), hand.dark)


def write_page(lines: Sequence[str], style: Style, seed: int = 0) -> list[Written]:
    """The characters of several lines, the first one's base line at y = 0, all by the same hand."""
    rng = np.random.default_rng(seed)
    ways = {c: int(rng.integers(99)) for c in HANDS}
    written = []
    for number, line in enumerate(lines):
        start = rng.normal(0, 0.1) * style.jitter * style.size
        written += [
            w.moved(start, number * style.leading * style.size) for w in write_line(line, style, rng, ways)
        ]
    return written


def write_line(text: str, style: Style, rng: np.random.Generator, ways: dict[str, int]) -> list[Written]:
    """The characters of one line from (0, 0), its base line; ``ways`` chooses among the hands of each
    character."""
    written: list[Written] = []
    right = 0.0
    for c in text:
        if c == " ":
            right += 0.6
            continue
        character = write_character(c, style, rng, ways.get(c, 0) if style.hand is None else style.hand)
        left, _, far, _ = character.bounds
        gap = style.gap + rng.normal(0, 0.03) * style.jitter if written or right else 0.0
        x = right * style.size + gap * style.size - left
        drop = np.tan(np.deg2rad(style.lean)) * x + rng.normal(0, 0.025) * style.jitter * style.size
        written.append(character.moved(x, float(drop)))
        right = (x + far) / style.size
    return written


def write_character(c: str, style: Style, rng: np.random.Generator, way: int = 0) -> Written:
    """One character with its foot at y = 0, as unsteady as ``style.jitter`` says."""
    hands = HANDS[c]
    unsteady = style.jitter
    bend = _bending(c, style, rng)
    paths, widths = [], []
    for stroke in hands[way % len(hands)]:
        points = np.array(stroke, float)
        shaky = rng.normal(0, 0.014, points.shape) * unsteady
        # A corner is two equal points: they must stay equal.
        shaky[1:][(np.diff(points, axis=0) == 0).all(axis=1)] = 0
        repeats = np.flatnonzero((np.diff(points, axis=0) == 0).all(axis=1))
        points = points + shaky
        points[repeats + 1] = points[repeats]
        path = _flowing(bend(points) * style.size, style.size)
        paths.append(path)
        widths.append(_pressure(len(path), rng, unsteady) * style.pen * style.size)
    return Written(c, tuple(paths), tuple(widths))


def ink_of(written: Iterable[Written], size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Ink (H, W) float32, 0 paper … 1 ink, of characters on a sheet."""
    ink = np.zeros((size_wh[1], size_wh[0]), np.float32)
    for character in written:
        for path, widths in zip(character.paths, character.widths, strict=True):
            draw_path(ink, path, widths)
    return ink


def to_image(ink: NDArray[np.float32], dark: bool = False) -> NDArray[np.uint8]:
    """Ink as a picture (H, W, 3) uint8: near black on white, or the other way round."""
    grey = np.round(255 - 230 * ink if not dark else 230 * ink).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _bending(c: str, style: Style, rng: np.random.Generator) -> Any:
    """The map from a hand's points to this character's: size, slant, turn and a slow warp, foot at y = 0."""
    unsteady = style.jitter
    wide, tall = 1 + rng.normal(0, 0.06) * unsteady, 1 + rng.normal(0, 0.04) * unsteady
    slant = np.deg2rad(style.slant + rng.normal(0, 2.0) * unsteady)
    turn = np.deg2rad(rng.normal(0, 1.5) * unsteady)
    phase, depth = rng.uniform(0, 2 * np.pi, 2), rng.normal(0, 0.015, 2) * unsteady
    cos, sin = np.cos(turn), np.sin(turn)

    def bend(points: Array) -> Array:
        x, y = points[:, 0] * wide, (points[:, 1] - 1) * tall
        x, y = x + depth[0] * np.sin(4 * y + phase[0]), y + depth[1] * np.sin(5 * x + phase[1])
        x = x - y * np.tan(slant)
        return np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)

    return bend


def _flowing(points: Array, size: float) -> Array:
    """A curve near ``points`` as a hand in motion draws it: turns are rounded, corners (equal points)
    stay."""
    corners = np.flatnonzero((np.diff(points, axis=0) == 0).all(axis=1)) + 1
    spacing = max(0.7, 0.02 * size)
    legs = [_rounded(smooth(leg, spacing), 0.055 * size / spacing) for leg in np.split(points, corners)]
    return np.concatenate([legs[0], *(leg[1:] for leg in legs[1:])])


def _rounded(path: Array, reach: float) -> Array:
    """A path smoothed with a Gaussian of ``reach`` samples whose ends stay where they are."""
    half = min(int(np.ceil(3 * reach)), len(path) - 1)
    if half < 1:
        return path
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / reach) ** 2)
    # Turned about its ends, the path goes on straight, so that smoothing does not shorten it.
    before, after = 2 * path[0] - path[half:0:-1], 2 * path[-1] - path[-2 : -half - 2 : -1]
    longer = np.concatenate([before, path, after])
    return np.stack([np.convolve(longer[:, i], weights / weights.sum(), "valid") for i in (0, 1)], axis=1)


def _pressure(number: int, rng: np.random.Generator, unsteady: float) -> Array:
    """Relative width along a stroke: slow waves, and a lighter end where the pen is lifted in motion."""
    t = np.linspace(0, 1, number)
    waves = sum(rng.normal(0, 0.06) * np.sin(np.pi * k * t + rng.uniform(0, 6.3)) for k in (1, 2, 3))
    lift = rng.uniform(0, 0.35) * np.clip((t - 0.75) / 0.25, 0, 1) ** 2 if number > 4 else 0.0
    return np.asarray(
        (1 + rng.normal(0, 0.05) * unsteady) * np.clip(1 + (waves - lift) * unsteady, 0.45, 1.5)
    )
