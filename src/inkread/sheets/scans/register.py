"""A picture of a page -> the page, flat, upright and at a known scale, and what its QR code says.

Corner marks are found by OpenCV's ArUco (Garrido-Jurado et al. 2014), the code by ZXing. Three marks, or two and the
code, are enough for the homography. Whatever does not stand where the layout says is told, not used: a mark or a code
that somebody drew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.paper.page_geometry import MARKER_MM, Rect
from inkread.sheets.paper.printing import DICTIONARY

Homography: TypeAlias = NDArray[np.float64]
"""(3, 3): millimetres of the page -> pixels of the picture."""
PixelBox: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the flat page."""
PIXELS_PER_MM = 6
"""The scale of the flat page: a digit of 6 mm is 36 pixels high, and an A4 page has 2.2 megapixels."""
_DETECT_SIDE = 1700
"""Longer side, in pixels, at which marks are sought: a module of theirs is then some 12 pixels wide."""
_OFF_MM = 2.5  # How far a mark's corner may lie from where the others put it; paper curls
_CODE_OFF_MM = 6.0


@dataclass(frozen=True)
class Code:
    """One QR code in the picture: its text, and its corners (4, 2) in pixels, clockwise from its own top left."""

    text: str
    corners: NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """The place of the page in a picture. ``marks`` are the ids used; ``remarks`` name marks that were out of place."""

    homography: Homography
    marks: tuple[int, ...]
    remarks: tuple[str, ...]


def find_codes(image: NDArray[np.uint8]) -> list[Code]:
    """All QR codes in a picture (H, W, 3) or (H, W) uint8."""
    import zxingcpp

    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    codes = []
    wanted: Any = zxingcpp.BarcodeFormat.QRCode
    for found in zxingcpp.read_barcodes(grey, wanted):
        place = found.position
        corners = [place.top_left, place.top_right, place.bottom_right, place.bottom_left]
        codes.append(Code(found.text, np.array([(corner.x, corner.y) for corner in corners], np.float64)))
    return codes


def find_marks(image: NDArray[np.uint8]) -> list[tuple[int, NDArray[np.float64]]]:
    """All corner marks in a picture: id 0 … 3 and corners (4, 2) in pixels, clockwise from the mark's top left."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small, scale = shrunk(grey, _DETECT_SIDE)
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.adaptiveThreshWinSizeMax = 43
    parameters.minMarkerPerimeterRate = 0.02
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), parameters)
    corners, ids, _ = detector.detectMarkers(small)
    if ids is None:
        return []
    pairs = zip(ids.ravel().tolist(), corners, strict=True)
    # Pixel centres: (x + 0.5) / scale - 0.5.
    return [(int(i), (corner.reshape(4, 2) + 0.5) / scale - 0.5) for i, corner in pairs if 0 <= i <= 3]


def register(
    marks: Sequence[tuple[int, NDArray[np.float64]]],
    code: Code | None,
    places: Sequence[Rect],
    code_place: Rect,
) -> Found | None:
    """The homography that most marks, and the code, agree upon; None where too few do.

    ``places`` are the corner marks' rectangles in the layout, by id, and ``code_place`` the code's.
    """
    things: list[tuple[str, NDArray[np.float64], NDArray[np.float64]]] = [
        (str(number), _corners(places[number]), seen) for number, seen in marks
    ]
    if code is not None:
        things.append(("code", _corners(code_place), code.corners))
    limits = [_OFF_MM] * len(marks) + [_CODE_OFF_MM]
    best: tuple[int, float, Homography, list[int]] | None = None
    for chosen in _choices(things):
        fitted = _fit([things[i] for i in chosen])
        if fitted is None:
            continue
        errors = [_off(fitted, mm, seen) for _, mm, seen in things]
        agreeing = [i for i, error in enumerate(errors) if error <= limits[i]]
        score = (len({things[i][0] for i in agreeing}), -sum(errors[i] for i in agreeing))
        if set(chosen) <= set(agreeing) and (best is None or score > best[:2]):
            best = (*score, fitted, agreeing)
    if best is None:
        return None
    return _concluded(things, best[3])


def _choices(things: Sequence[tuple[str, Any, Any]]) -> list[tuple[int, ...]]:
    """Sets of three (marks, or the code) of different names, at most some hundred."""
    things = things[:14]
    threes = combinations(range(len(things)), 3)
    return [three for three in threes if len({things[i][0] for i in three}) == 3]


def _concluded(things: Sequence[tuple[str, Any, Any]], agreeing: list[int]) -> Found | None:
    names = [things[i][0] for i in agreeing]
    # The code's corners are those of its modules as ZXing saw them: rougher than a mark's.
    used = [i for i in agreeing if things[i][0] != "code"] if len(set(names) - {"code"}) >= 3 else agreeing
    homography = _fit([things[i] for i in used])
    if homography is None or not _is_plausible(homography):
        return None
    remarks = []
    for i, (name, _, _) in enumerate(things):
        if i not in agreeing:
            what = "the code" if name == "code" else f"corner mark {name}"
            remarks.append(f"{what} is not where it was printed")
    marks = tuple(sorted({int(name) for name in names if name != "code"}))
    return Found(homography, marks, tuple(remarks))


def _corners(rect: Rect) -> NDArray[np.float64]:
    left, top, right, low = rect.left, rect.top, rect.right, rect.bottom
    return np.array([(left, top), (right, top), (right, low), (left, low)])


def _fit(things: Sequence[tuple[str, NDArray[np.float64], NDArray[np.float64]]]) -> Homography | None:
    page = np.concatenate([mm for _, mm, _ in things])
    seen = np.concatenate([pixels for _, _, pixels in things])
    found, _ = cv2.findHomography(page, seen, 0)
    return None if found is None or not np.isfinite(found).all() else found


def _off(homography: Homography, mm: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
    """How far, in millimetres, the corners lie from where ``homography`` puts them."""
    try:
        back = cv2.perspectiveTransform(seen[None].astype(np.float64), np.linalg.inv(homography))[0]
    except np.linalg.LinAlgError:
        return float("inf")
    return float(np.linalg.norm(back - mm, axis=1).max())


def _is_plausible(homography: Homography) -> bool:
    """Whether the page is seen from its front, from somewhere a camera can be."""
    square = np.array([[(20.0, 20.0), (190.0, 20.0), (190.0, 260.0), (20.0, 260.0)]])
    return shortest_side(cv2.perspectiveTransform(square, homography)[0]) > 20 * MARKER_MM


def shortest_side(quad: NDArray[np.float64]) -> float:
    """The length of a page's shortest side; 0.0 where the ``quad`` (4, 2) shows no page as a camera can see it."""
    sides = np.roll(quad, -1, axis=0) - quad
    crosses = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1)
    return float(lengths.min()) if (crosses > 0).all() and lengths.min() > 0.25 * lengths.max() else 0.0


def pixels_of(rect: Rect, shift: tuple[float, float] = (0.0, 0.0), beyond_mm: float = 0.0) -> PixelBox:
    """A rectangle of the layout on the flat page, grown by ``beyond_mm`` and moved by ``shift`` pixels (x, y)."""
    (x, y), by = shift, beyond_mm
    left, top = (rect.left - by) * PIXELS_PER_MM + x, (rect.top - by) * PIXELS_PER_MM + y
    right, bottom = (rect.right + by) * PIXELS_PER_MM + x, (rect.bottom + by) * PIXELS_PER_MM + y
    return round(left), round(top), round(right), round(bottom)


def clipped(box: PixelBox, shape: Sequence[int]) -> PixelBox:
    """The part of a box that lies on a page (H, W)."""
    left, right = (min(max(0, edge), shape[1]) for edge in box[::2])
    top, bottom = (min(max(0, edge), shape[0]) for edge in box[1::2])
    return left, top, right, bottom


def reduced(image: NDArray[np.uint8], homography: Homography) -> tuple[NDArray[np.uint8], Homography]:
    """A picture that is much finer than the flat page is averaged first, or fine lines would flicker."""
    scale = float(np.sqrt(abs(np.linalg.det(homography[:2, :2]))))
    if scale <= 1.8:
        return image, homography
    small = cv2.resize(image, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    return small, np.diag([1 / scale, 1 / scale, 1.0]) @ homography


def shrunk(image: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float]:
    """A picture whose longer side has at most so many pixels, and how many times smaller it is (… 1.0)."""
    scale = min(1.0, side / max(image.shape[:2]))
    if scale == 1.0:
        return image, scale
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale


def flat_size(size_mm: tuple[float, float]) -> tuple[int, int]:
    """Width and height in pixels of a flat page of this size."""
    return round(size_mm[0] * PIXELS_PER_MM), round(size_mm[1] * PIXELS_PER_MM)


def flatten(
    image: NDArray[np.uint8], homography: Homography, size_mm: tuple[float, float]
) -> NDArray[np.uint8]:
    """The page, flat and upright, ``PIXELS_PER_MM`` to the millimetre."""
    size_wh = flat_size(size_mm)
    to_mm = np.array(
        [[1 / PIXELS_PER_MM, 0, 0.5 / PIXELS_PER_MM], [0, 1 / PIXELS_PER_MM, 0.5 / PIXELS_PER_MM], [0, 0, 1]]
    )
    # Marks' corners are pixel centres, so the homography already speaks of those.
    image, back = reduced(image, homography @ to_mm)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(image, back, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE)
