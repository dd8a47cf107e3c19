"""The page network, looked through at the scales that a page needs: coarse first, finer only where that may help.

A quick look at low resolution finds large writing. What it leaves unexplained is looked at again at twice the
resolution, down to the picture's own; blank paper is not. So cost grows with the written area.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.detection.detections import Detections
from inkread.detection.peaks import PeakSettings, peaks_of, without_duplicates

__all__ = ["Detector", "LookSettings", "as_grey"]

Grey = NDArray[np.float32]
Cells = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class LookSettings:
    """What is looked at; sizes in pixels of the picture that the network sees."""

    first_side: int = 56
    """The first look: the longer side of the picture is at most this, and more than half of it."""
    tile: int = 32
    margin: int = 32
    """What the network sees around an area, beyond it."""
    widest: int = 32
    """Tiles of a side that the network sees at once: more would take much memory."""
    readable: tuple[float, float] = (14.0, 56.0)
    """Heights of digits that are taken from a look, unless there is no coarser or finer one."""
    legible: float = 24.0
    """A digit that is at least so high is seen well enough: no finer look is needed where it stands."""
    sure: float = 0.5
    """Score of a digit that makes a finer look unnecessary."""
    blank: float = 0.08
    """Paper whose grey differs by less within a tile (0 … 1) has nothing on it."""
    finest: float = 2.0
    """The largest magnification, of pictures that are no larger than ``small_side``."""
    small_side: int = 160
    most_pixels: float = 6e6
    """Pixels that are looked at of one picture in all; the finest looks are left out beyond."""


def as_grey(image: NDArray[np.uint8]) -> Grey:
    """An RGB picture (H, W, 3) as grey (H, W) float32: its darkest and lightest spots become 0.1 and 0.9."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    # Averaged over a few pixels, so that grain and a speck do not count.
    small = _resized(grey, min(1.0, 500 / max(grey.shape)))
    low, high = float(small.min()), float(small.max())
    if high - low < 0.05:
        low, high = (low + high) / 2 - 0.025, (low + high) / 2 + 0.025
    return np.asarray(np.clip((grey - low) / (high - low) * 0.8 + 0.1, 0, 1), np.float32)


class Detector:
    """Finds symbols with a network: ``cells`` gives its output (h / 4, w / 4, C + 6) for a grey picture (h, w)."""

    def __init__(self, cells: Cells, digits: int = 10, settings: LookSettings = LookSettings()) -> None:
        self._cells = cells
        self._digits = digits
        self.settings = settings
        self.peaks = PeakSettings()
        self.repeats = PeakSettings(most_iou=0.7, most_covered=2.0)

    def find(self, image: NDArray[np.uint8]) -> Detections:
        """The symbols on an upright RGB picture (H, W, 3) uint8, in no order; several may be one, seen differently."""
        grey = as_grey(image)
        unexplained = self._written(grey)
        looks: list[Detections] = []
        spent = 0.0
        scales = list(self._scales(grey.shape[1], grey.shape[0]))
        for scale in scales:
            seen = _resized(grey, scale)
            area = self._area(unexplained, seen.shape[::-1])
            spent += float(area.sum()) * self.settings.tile**2
            if not area.any() or (looks and spent > self.settings.most_pixels):
                break
            found = self._look(seen, area, scale)
            looks.append(self._readable(found, scale, first=scale == scales[0], final=scale == scales[-1]))
            unexplained &= ~self._explained(found, unexplained.shape, grey.shape)
        return self._joined(looks)

    def _scales(self, width: int, height: int) -> Iterator[float]:
        """Magnifications from the first look to the finest, each twice the one before."""
        longer = max(width, height)
        finest = self.settings.finest if longer <= self.settings.small_side else 1.0
        steps = max(0, int(np.ceil(np.log2(longer * finest / self.settings.first_side))))
        for step in range(steps, -1, -1):
            yield finest / 2**step

    def _area(self, unexplained: NDArray[np.bool_], size_wh: tuple[int, int]) -> NDArray[np.bool_]:
        """The tiles of a look of this size on which something is not explained."""
        columns, rows = (max(1, -(-side // self.settings.tile)) for side in size_wh)
        # Each tile of this look covers several of the finest, or a part of one.
        y = np.linspace(0, unexplained.shape[0], rows + 1)
        x = np.linspace(0, unexplained.shape[1], columns + 1)
        total = cv2.integral(unexplained.astype(np.uint8))
        top, bottom = np.floor(y[:-1]).astype(int), np.ceil(y[1:]).astype(int)
        left, right = np.floor(x[:-1]).astype(int), np.ceil(x[1:]).astype(int)
        inside = total[bottom][:, right] - total[top][:, right] - total[bottom][:, left] + total[top][:, left]
        return np.asarray(inside > 0)

    def _written(self, grey: Grey) -> NDArray[np.bool_]:
        """Tiles of the whole picture that are not blank; of large pictures the grain is averaged away first."""
        fine = _resized(grey, 0.5) if grey.size > 500_000 else grey
        tile = self.settings.tile // 2
        rows, columns = (-(-side // tile) for side in fine.shape)
        room = rows * tile - fine.shape[0], columns * tile - fine.shape[1]
        blocks = np.pad(fine, ((0, room[0]), (0, room[1])), mode="edge").reshape(rows, tile, columns, tile)
        contrast = blocks.max(axis=(1, 3)) - blocks.min(axis=(1, 3))
        # A symbol at the edge of a tile reaches into the next.
        return cv2.dilate((contrast >= self.settings.blank).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    def _look(self, seen: Grey, area: NDArray[np.bool_], scale: float) -> Detections:
        """What the network finds in an area of one look."""
        tile, margin = self.settings.tile, self.settings.margin
        edge = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
        beyond = float(np.median(edge))
        found = []
        for left, top, right, bottom in _rectangles(area, self.settings.widest):
            x, y, x2, y2 = (
                left * tile,
                top * tile,
                min(right * tile, seen.shape[1]),
                min(bottom * tile, seen.shape[0]),
            )
            cells = self._cells(_window(seen, (x - margin, y - margin, x2 + margin, y2 + margin), beyond))
            peaks = peaks_of(cells, scale, self.peaks)
            inside = ((peaks.centres * scale - margin) >= 0) & (
                (peaks.centres * scale - margin) < [x2 - x, y2 - y]
            )
            shift = np.array([x - margin, y - margin] * 2, np.float32) / np.float32(scale)
            kept = peaks[inside.all(axis=1)]
            found.append(Detections(kept.boxes + shift, kept.scores, kept.classes, kept.printed, kept.scales))
        return Detections.joined(found)

    def _seen_heights(self, found: Detections) -> NDArray[np.float32]:
        sizes = found.sizes_wh * found.scales[:, None]
        return np.asarray(np.maximum(sizes[:, 1], 0.6 * sizes[:, 0]), np.float32)

    def _is_digit(self, found: Detections) -> NDArray[np.bool_]:
        return np.asarray(found.classes.argmax(axis=1) < self._digits)

    def _readable(self, found: Detections, scale: float, *, first: bool, final: bool) -> Detections:
        low, high = self.settings.readable
        heights, digits = self._seen_heights(found), self._is_digit(found)
        kept = ~digits | (((heights >= low) | final) & ((heights <= high) | first))
        return found[kept]

    def _explained(
        self, found: Detections, tiles: tuple[int, ...], shape: tuple[int, ...]
    ) -> NDArray[np.bool_]:
        """The tiles of the whole picture, in rows and columns, whose middle lies in a digit that is seen well."""
        explained = np.zeros(tiles, bool)
        seen = self._is_digit(found) & (found.scores >= self.settings.sure)
        seen &= self._seen_heights(found) >= self.settings.legible
        tall, wide = shape[0] / tiles[0], shape[1] / tiles[1]
        for left, top, right, bottom in found.boxes[seen]:
            rows = slice(max(0, round(top / tall)), max(0, round(bottom / tall)))
            explained[rows, max(0, round(left / wide)) : max(0, round(right / wide))] = True
        return explained

    def _joined(self, looks: list[Detections]) -> Detections:
        """All looks together; boxes that nearly repeat another once, as the look saw it that shows its size best."""
        looks = [look for look in looks if len(look)]
        if not looks:
            return Detections.empty(1)
        found = Detections.joined(looks)
        away = np.abs(np.log2(np.maximum(self._seen_heights(found), 1) / 26)) * self._is_digit(found)
        preference = np.asarray(found.scores - 0.15 * away, np.float32)
        return found[without_duplicates(found.boxes, preference, self.repeats)]


def _resized(grey: Grey, scale: float) -> Grey:
    if scale == 1:
        return grey
    size_wh = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(np.clip(cv2.resize(grey, size_wh, interpolation=how), 0, 1), np.float32)


def _rectangles(area: NDArray[np.bool_], widest: int) -> list[tuple[int, int, int, int]]:
    """Rectangles (left, top, right, bottom) in tiles around each connected part of an area, cut where it is wider."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=8)
    return [
        (left, top, min(x + w, left + widest), min(y + h, top + widest))
        for x, y, w, h, _ in stats[1:count].tolist()
        for top in range(y, y + h, widest)
        for left in range(x, x + w, widest)
    ]


def _window(seen: Grey, box: tuple[int, int, int, int], beyond: float) -> Grey:
    """A part of a picture that may reach beyond it, grown to sides that the network takes."""
    left, top, right, bottom = box
    right, bottom = right + (left - right) % 16, bottom + (top - bottom) % 16
    window = np.full((bottom - top, right - left), beyond, np.float32)
    a, b, c, d = max(0, left), max(0, top), min(seen.shape[1], right), min(seen.shape[0], bottom)
    window[b - top : d - top, a - left : c - left] = seen[b:d, a:c]
    return window
