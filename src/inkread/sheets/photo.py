"""Made photographs: a page as a phone or a scanner would see it, for the demonstration and for tests.

Curl, perspective, turning, uneven light, blur, noise, JPEG. This module does not know what is on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Camera", "photograph"]

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """How a page is taken. Lengths are shares of the page's height.

    ``turn_degrees`` turns the page, ``tilt`` is how far corners wander, ``curl`` how far the middle rises, ``shadow``
    0 … 1 how dark the darkest part is, ``blur`` in pixels, ``noise`` in levels of 255, ``contrast`` 0 … 1, ``grey``
    leaves colour out, ``desk`` shows the table around the page.
    """

    turn_degrees: float = 0.0
    tilt: float = 0.0
    curl: float = 0.0
    shadow: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    contrast: float = 1.0
    grey: bool = False
    desk: bool = False
    jpeg: int = 85

    @classmethod
    def phone(cls, rng: np.random.Generator) -> Camera:
        """A photo taken by hand."""
        return cls(
            turn_degrees=float(rng.normal(0, 4) + rng.choice([0, 0, 0, 90, 180, 270])),
            tilt=float(rng.uniform(0.0, 0.035)),
            curl=float(rng.uniform(0, 0.007)),
            shadow=float(rng.uniform(0, 0.5)),
            blur=float(rng.uniform(0.3, 1.0)),
            noise=float(rng.uniform(1, 6)),
            contrast=float(rng.uniform(0.7, 1.0)),
            desk=True,
            jpeg=int(rng.integers(70, 93)),
        )

    @classmethod
    def scanner(cls, rng: np.random.Generator) -> Camera:
        """A scan by a feeder: a little askew, sometimes upside down, sometimes grey."""
        return cls(
            turn_degrees=float(rng.normal(0, 0.8) + rng.choice([0, 0, 0, 180])),
            blur=float(rng.uniform(0.2, 0.7)),
            noise=float(rng.uniform(0.5, 3)),
            contrast=float(rng.uniform(0.85, 1.0)),
            grey=bool(rng.random() < 0.4),
        )


def photograph(page: Image, camera: Camera, rng: np.random.Generator) -> Image:
    """The picture (H, W, 3) uint8 that ``camera`` takes of a page (h, w, 3) uint8."""
    image = _placed(_levelled(page, camera), camera, rng)
    image = _lit(image, camera, rng)
    if camera.blur > 0.05:
        image = cv2.GaussianBlur(image, (0, 0), camera.blur)
    if camera.noise > 0:
        # Grain is drawn once at a quarter of the size and repeated with shifts: a megapixel of normals is slow.
        grain = rng.normal(0, camera.noise, (257, 263, 3)).astype(np.float32)
        tiles = (image.shape[0] // 257 + 1, image.shape[1] // 263 + 1, 1)
        image = image + np.tile(grain, tiles)[: image.shape[0], : image.shape[1]]
    final = np.clip(image, 0, 255).astype(np.uint8)
    if camera.grey:
        final = cv2.cvtColor(cv2.cvtColor(final, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return final


def _levelled(page: Image, camera: Camera) -> NDArray[np.float32]:
    white = 255 - 12 * (1 - camera.contrast)
    return (white - camera.contrast * (255 - page.astype(np.float32))).astype(np.float32)


def _placed(page: NDArray[np.float32], camera: Camera, rng: np.random.Generator) -> NDArray[np.float32]:
    """The page on a table, curled, turned and seen from somewhere."""
    height, width = page.shape[:2]
    margin = 0.06 if camera.desk else 0.0
    wander = rng.uniform(-1, 1, (4, 2)) * camera.tilt * height
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    angle = np.deg2rad(camera.turn_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = corners.mean(axis=0)
    quad = (corners - middle) @ turn.T + wander
    frame = (
        np.abs(turn) @ np.array([width, height])
        if camera.desk or abs(camera.turn_degrees) > 45
        else (width, height)
    )
    size_wh = tuple(int(side) for side in np.array(frame) * (1 + 2 * margin))
    quad += np.array(size_wh) / 2
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32), np.array(corners, np.float32))
    y, x = np.mgrid[0 : size_wh[1], 0 : size_wh[0]].astype(np.float32)
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    page_x = ((matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth).astype(np.float32)
    page_y = ((matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth).astype(np.float32)
    if camera.curl:
        # A sheet that rises in its middle: rows move most there, more to one side than to the other.
        bulge = np.sin(np.pi * np.clip(page_y / height, 0, 1)) * (0.6 + 0.8 * np.clip(page_x / width, 0, 1))
        page_y += (camera.curl * height * bulge * np.cos(np.pi * (page_x / width - 0.5))).astype(np.float32)
    table = float(rng.uniform(40, 120)) if camera.desk else 250.0
    border = (table, table * 0.92, table * 0.8) if camera.desk else (table,) * 3
    return cv2.remap(
        page, page_x, page_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )


def _lit(image: NDArray[np.float32], camera: Camera, rng: np.random.Generator) -> NDArray[np.float32]:
    if camera.shadow <= 0:
        return image
    height, width = image.shape[:2]
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    edge = rng.uniform(-0.3, 0.3)
    light = 1 - camera.shadow / (1 + np.exp(-(slope - edge) / rng.uniform(0.04, 0.25)))
    warm = np.array([1.0, rng.uniform(0.95, 1.0), rng.uniform(0.86, 1.0)], np.float32)
    soft = cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return image * soft[..., None] * warm
