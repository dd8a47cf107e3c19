"""Made photographs: a page as a phone or a scanner would see it, for the demonstration and for tests.

Curl, perspective, turning, uneven light, blur, noise, JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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
    image = _lit(_placed(_levelled(page, camera), camera, rng), camera, rng)
    if camera.blur > 0.05:
        image = cv2.GaussianBlur(image, (0, 0), camera.blur)
    if camera.noise > 0:
        # Grain is drawn for a small tile and repeated: normals for every pixel would take longer than all else.
        grain = np.rint(rng.normal(0, camera.noise, (257, 263, 3))).astype(np.int16)
        tiles = (image.shape[0] // 257 + 1, image.shape[1] // 263 + 1, 1)
        image = cv2.add(image, np.tile(grain, tiles)[: image.shape[0], : image.shape[1]], dtype=cv2.CV_8U)
    if camera.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return image


def _levelled(page: Image, camera: Camera) -> Image:
    white = 255 - 12 * (1 - camera.contrast)
    levels = white - camera.contrast * (255 - np.arange(256.0))
    return cv2.LUT(page, np.rint(levels).astype(np.uint8))


def _placed(page: Image, camera: Camera, rng: np.random.Generator) -> Image:
    """The page on a table, curled, turned and seen from somewhere."""
    height, width = page.shape[:2]
    to_page, size_wh = _view(width, height, camera, rng)
    x, y = (grid.astype(np.float32) for grid in np.meshgrid(*(np.arange(0, side + 8, 8) for side in size_wh)))
    depth = to_page[2, 0] * x + to_page[2, 1] * y + to_page[2, 2]
    page_x = (to_page[0, 0] * x + to_page[0, 1] * y + to_page[0, 2]) / depth
    page_y = (to_page[1, 0] * x + to_page[1, 1] * y + to_page[1, 2]) / depth
    # A sheet that rises in its middle: rows move most there, more to one side than to the other.
    bulge = np.sin(np.pi * np.clip(page_y / height, 0, 1)) * (0.6 + 0.8 * np.clip(page_x / width, 0, 1))
    page_y = page_y + camera.curl * height * bulge * np.cos(np.pi * (page_x / width - 0.5))
    fine_x, fine_y = (_enlarged(one, size_wh) for one in (page_x, page_y))
    table = float(rng.uniform(40, 120)) if camera.desk else 250.0
    border = (table, table * 0.92, table * 0.8) if camera.desk else (table,) * 3
    mode = cv2.BORDER_CONSTANT
    return cv2.remap(page, fine_x, fine_y, cv2.INTER_LINEAR, borderMode=mode, borderValue=border)


def _view(
    width: int, height: int, camera: Camera, rng: np.random.Generator
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The homography from the picture to the page, and the picture's width and height."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    angle = np.deg2rad(camera.turn_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    wander = rng.uniform(-1, 1, (4, 2)) * camera.tilt * height
    # A scanner's glass is as large as the paper: what is turned a little is cut at its corners.
    quarter = np.deg2rad(90 * round(camera.turn_degrees / 90))
    frame_angle = angle if camera.desk else quarter
    frame = np.abs([[np.cos(frame_angle), np.sin(frame_angle)], [np.sin(frame_angle), np.cos(frame_angle)]])
    margin = 0.06 if camera.desk else 0.0
    size = frame @ np.array([width, height]) * (1 + 2 * margin)
    quad = (corners - corners.mean(axis=0)) @ turn.T + wander + size / 2
    to_page = cv2.getPerspectiveTransform(quad.astype(np.float32), corners.astype(np.float32))
    return to_page, (round(float(size[0])), round(float(size[1])))


def _enlarged(coarse: NDArray[np.float32], size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """A smooth map given at every eighth pixel, at every one."""
    y, x = coarse.shape
    step = np.array([[8, 0, 0], [0, 8, 0]], np.float32)
    fine = cv2.warpAffine(
        coarse.astype(np.float32),
        step,
        (x * 8, y * 8),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return fine[: size_wh[1], : size_wh[0]]


def _lit(image: Image, camera: Camera, rng: np.random.Generator) -> Image:
    """The picture in a light that comes from one side, and is a little warm."""
    if camera.shadow <= 0:
        return image
    height, width = image.shape[:2]
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    light = 1 - camera.shadow / (1 + np.exp(-(slope - rng.uniform(-0.3, 0.3)) / rng.uniform(0.04, 0.25)))
    warm = np.array([1.0, rng.uniform(0.95, 1.0), rng.uniform(0.86, 1.0)])
    soft = cv2.resize((light[..., None] * warm).astype(np.float32), (width, height))
    return cv2.multiply(image, soft, dtype=cv2.CV_8U)
