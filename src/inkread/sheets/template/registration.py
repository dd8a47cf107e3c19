"""Registration of a scan or photo by the worksheet's own print: which page it is, and the page lying flat.

SIFT features (Lowe 2004) and a robust homography place the page; then blocks of its print are matched one by one, which
takes out what a homography cannot: curl. How many blocks are found again decides whether the page counts as registered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.sheets.scans.cells import evened
from inkread.sheets.scans.register import PIXELS_PER_MM, flat_size, reduced, shortest_side, shrunk

Picture: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Limits:
    """Chosen on worksheets and photos made by code."""

    side: int = 1500
    """Longer side, in pixels, at which features are sought: 5 pixels to the millimetre of an A4 page."""
    features: int = 4000
    ratio: float = 0.8
    """Distance of a match to that of the runner-up, at the most (Lowe's ratio test)."""
    reprojection_mm: float = 2.0
    inliers: int = 16
    block_mm: float = 16.0
    reach_mm: float = 3.5
    """How far print may be from where the homography puts it; paper curls."""
    contrast: float = 6.0
    """Levels of 255 by which the means of rows, or of columns, of a block differ at the least."""
    alike: float = 0.45
    """Correlation from which on a block of print is found again."""
    found: float = 0.6
    """Share of blocks that must be found again."""
    cell_mm: float = 4.0
    """Side of the squares in which print is compared at last: about a word of three letters."""
    cell_print_mm2: float = 0.8
    """Print in such a square, at the least."""
    near_mm: float = 0.5
    """How far off print may be then."""
    covered: float = 0.6
    """Share of a square's print that must be dark on the picture."""
    unlike: float = 0.12
    """Share of squares without their print from which on it is another worksheet. Right ones have 0.00."""
    least_blocks: int = 4


_LIMITS = Limits()
_CLEAR_PRINT = 0.45  # Share of the paper's light that print takes; paler print may be lost by a copier
_LEAST_DARK = 0.12
"""The same on a picture that is blurred or pale."""


@dataclass(frozen=True)
class Block:
    """A square of print, in pixels of the empty page; ``tells`` says whether its shift across and down can be found."""

    left: int
    top: int
    right: int
    bottom: int
    tells: tuple[bool, bool]


@dataclass(frozen=True, eq=False)
class BlankPage:
    """One empty page of the worksheet: ``picture`` (H, W, 3) uint8, ``PIXELS_PER_MM`` to the millimetre."""

    number: int
    size_mm: tuple[float, float]
    picture: Picture

    @cached_property
    def grey(self) -> Picture:
        return cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY)

    @cached_property
    def print(self) -> NDArray[np.bool_]:
        """A mask (H, W) of print dark enough to show on any picture."""
        return _darkness(self.picture) > _CLEAR_PRINT

    @cached_property
    def features(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Places (n, 2) in pixels of ``picture``, and descriptors (n, 128)."""
        return _features(self.grey)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Squares that hold print."""
        side = round(_LIMITS.block_mm * PIXELS_PER_MM)
        height, width = self.grey.shape
        found = []
        for top in range(0, height - side // 2, side // 2):
            for left in range(0, width - side // 2, side // 2):
                right, bottom = min(width, left + side), min(height, top + side)
                piece = self.grey[top:bottom, left:right]
                # A line can be found anywhere along itself: it tells the shift across it alone.
                tells = tuple(bool(np.ptp(piece.mean(axis=axis)) > _LIMITS.contrast) for axis in (0, 1))
                if any(tells):
                    found.append(Block(left, top, right, bottom, (tells[0], tells[1])))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Registered:
    """A picture that is page ``number``: ``flat`` (H, W, 3) uint8; ``lost`` of ``cells`` squares lack their print."""

    number: int
    flat: Picture
    cells: int
    lost: int


def register_page(image: Picture, blanks: Sequence[BlankPage]) -> Registered | None:
    """The page of the worksheet that a picture (H, W, 3) uint8 shows, in any rotation; None: none of them."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    places, descriptors = _features(grey)
    best: Registered | None = None
    for blank in blanks:
        homography = _homography(blank, places, descriptors)
        if homography is None:
            continue
        registered = _refined(image, blank, homography)
        if registered and (best is None or _lost_share(registered) < _lost_share(best)):
            best = registered
    return best if best and _lost_share(best) <= _LIMITS.unlike else None


def _lost_share(registered: Registered) -> float:
    return registered.lost / max(1, registered.cells)


def _features(grey: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    small, scale = shrunk(grey, _LIMITS.side)
    detector: Any = cv2
    keypoints, descriptors = detector.SIFT_create(_LIMITS.features).detectAndCompute(small, None)
    if descriptors is None or len(keypoints) < _LIMITS.inliers:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    places = np.array([keypoint.pt for keypoint in keypoints], np.float32)
    # The root of each share tells print apart better than the shares themselves (RootSIFT, Arandjelović 2012).
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6))
    return (places + 0.5) / np.float32(scale) - 0.5, rooted.astype(np.float32)


def _homography(
    blank: BlankPage, places: NDArray[np.float32], descriptors: NDArray[np.float32]
) -> NDArray[np.float64] | None:
    """From the empty page to the picture; None where too little of the print is seen."""
    own, known = blank.features
    if len(own) < _LIMITS.inliers or len(places) < _LIMITS.inliers:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(known, descriptors, k=2)
    good = [one for one, other in pairs if one.distance < _LIMITS.ratio * other.distance]
    if len(good) < _LIMITS.inliers:
        return None
    source = np.array([own[match.queryIdx] for match in good])
    target = np.array([places[match.trainIdx] for match in good])
    # In pixels of the empty page, whose scale is known; that of the picture is not.
    back, used = cv2.findHomography(
        target,
        source,
        cv2.USAC_MAGSAC,
        _LIMITS.reprojection_mm * PIXELS_PER_MM,
        maxIters=5000,
        confidence=0.999,
    )
    if back is None or int(used.sum()) < _LIMITS.inliers or abs(np.linalg.det(back)) < 1e-12:
        return None
    homography = np.linalg.inv(back)
    height, width = blank.grey.shape
    corners = np.array([[(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]])
    return homography if shortest_side(cv2.perspectiveTransform(corners, homography)[0]) > 0 else None


def _refined(image: Picture, blank: BlankPage, homography: NDArray[np.float64]) -> Registered | None:
    """The page flat, with its curl taken out; None where its print is not found again."""
    image, homography = reduced(image, homography)
    size_wh = flat_size(blank.size_mm)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    first = cv2.warpPerspective(image, homography, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    shifts, found = _shifts(cv2.cvtColor(first, cv2.COLOR_RGB2GRAY), blank)
    if found < _LIMITS.found or min(map(len, shifts)) < _LIMITS.least_blocks:
        return None
    x, y = (grid.astype(np.float64) for grid in np.meshgrid(*(np.arange(side) for side in size_wh)))
    dx, dy = (_smooth(one[:, :2], one[:, 2], x, y) for one in shifts)
    x, y = x + dx, y + dy
    depth = homography[2, 0] * x + homography[2, 1] * y + homography[2, 2]
    seen_x, seen_y = (
        ((row[0] * x + row[1] * y + row[2]) / depth).astype(np.float32) for row in homography[:2]
    )
    flat = cv2.remap(image, seen_x, seen_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Registered(blank.number, flat, *_compared(flat, blank))


def _compared(flat: Picture, blank: BlankPage) -> tuple[int, int]:
    """In how many squares there is print, and in how many of these the picture lacks it."""
    printed = blank.print.astype(np.float32)
    reach = 2 * round(_LIMITS.near_mm * PIXELS_PER_MM) + 1
    dark = cv2.dilate((_darkness(flat) > _LEAST_DARK).astype(np.uint8), np.ones((reach, reach), np.uint8))
    side = round(_LIMITS.cell_mm * PIXELS_PER_MM)
    own, there = (_sums(one, side) for one in (printed, printed * dark))
    cells = own >= _LIMITS.cell_print_mm2 * PIXELS_PER_MM**2
    return int(cells.sum()), int((there[cells] < _LIMITS.covered * own[cells]).sum())


def _sums(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """The sums of an array (H, W) over squares of this side."""
    height, width = (length // side for length in values.shape)
    whole = values[: height * side, : width * side].reshape(height, side, width, side)
    return np.asarray(whole.sum(axis=(1, 3)), np.float32)


def _darkness(picture: Picture) -> NDArray[np.float32]:
    """Share of the paper's light that is missing (H, W), 0 … 1."""
    grey = cv2.cvtColor(evened(picture), cv2.COLOR_RGB2GRAY)
    return (255 - grey).astype(np.float32) / np.float32(255)


def _shifts(flat: Picture, blank: BlankPage) -> tuple[list[NDArray[np.float64]], float]:
    """How far blocks are from their places, across and down: middles and shifts (n, 3); and the share that is found."""
    reach = round(_LIMITS.reach_mm * PIXELS_PER_MM)
    around = cv2.copyMakeBorder(flat, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    found: tuple[list[tuple[float, float, float]], ...] = ([], [])
    count = 0
    for block in blank.blocks:
        piece = blank.grey[block.top : block.bottom, block.left : block.right]
        x, y = (reach if tells else 0 for tells in block.tells)
        window = around[
            block.top + reach - y : block.bottom + reach + y, block.left + reach - x : block.right + reach + x
        ]
        _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(window, piece, cv2.TM_CCOEFF_NORMED))
        if best < _LIMITS.alike:
            continue
        count += 1
        for axis, shift in enumerate((at[0] - x, at[1] - y)):
            if block.tells[axis]:
                found[axis].append(((block.left + block.right) / 2, (block.top + block.bottom) / 2, shift))
    shifts = [np.array(one, float).reshape(-1, 3) for one in found]
    return shifts, count / max(1, len(blank.blocks))


def _smooth(
    middles: NDArray[np.float64], shifts: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A smooth surface through shifts at some places, at all pixels: a cubic where there are many, else a plane.

    Shifts that do not fit the others are left out twice.
    """
    scale = max(x.shape)
    degree = 3 if len(middles) >= 30 else 2 if len(middles) >= 14 else 1 if len(middles) >= 8 else 0
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    terms = np.stack([(middles[:, 0] / scale) ** i * (middles[:, 1] / scale) ** j for i, j in powers], axis=1)
    keep = np.abs(shifts - np.median(shifts)) <= np.inf
    for _ in range(3):
        weights = np.linalg.lstsq(terms[keep], shifts[keep], rcond=None)[0]
        off = np.abs(terms @ weights - shifts)
        keep = off <= max(2.0, 3 * float(np.median(off[keep])))
        if keep.sum() < len(powers) + 2:
            break
    surface = sum(
        weight * (x / scale) ** i * (y / scale) ** j for weight, (i, j) in zip(weights, powers, strict=True)
    )
    limit = 2 * _LIMITS.reach_mm * PIXELS_PER_MM
    return np.clip(np.asarray(surface) + np.zeros_like(x), -limit, limit)
