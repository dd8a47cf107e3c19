"""Pen strokes (UNIPEN train_r01_v07, UCI pendigits) from .npz files, and their drawing with any pen.

UNIPEN: Guyon et al. 1994, doi 10.5281/zenodo.1195803, CC BY 4.0. Pendigits: Alpaydin and Alimoglu, UCI, CC BY 4.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing
from inkread.training.data.mnist import data_folder
from inkread.training.data.tables import open_arrays

CANVAS: Final = 112
"""Side of the square that samples are drawn on and perturbed in: four times a glyph's."""
_INK_SIDE = 80
"""Longer side of the drawn ink, which leaves a margin for turning and thickening."""
LOOK_ALIKES: Final = frozenset("OoQDIlijSsZzBbGgqTLJftr|/\\()[]!',.-")
"""Letters and signs that people tell from digits only by context: neither digits nor "none" in training."""
_HELD_OUT_SHARE = 20
_HELD_OUT_WRITERS = frozenset({"18"})
_SOFT_EDGES = 2.4
"""cv2 draws smooth lines so many pixels wider than it is told, and even widths as the odd ones below."""
_SHIFT = 4
"""cv2's fixed-point bits: points are placed to a sixteenth of a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class StrokeSet:
    """``len(labels)`` samples; y runs downwards. ``source`` is the writer (pendigits) or site (UNIPEN)."""

    points: NDArray[np.float32]
    stroke_offsets: NDArray[np.int64]
    sample_offsets: NDArray[np.int64]
    labels: NDArray[np.str_]
    source: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.labels)

    def strokes(self, sample: int) -> list[NDArray[np.float32]]:
        """The strokes of one sample, each (n, 2) float32 as x, y."""
        first, last = self.sample_offsets[sample], self.sample_offsets[sample + 1]
        ends = self.stroke_offsets[first : last + 1]
        return [self.points[a:b] for a, b in pairwise(ends) if b > a]


def load_strokes(name: str) -> StrokeSet:
    """``strokes/<name>.npz`` of the data folder; raises DataMissing when it is not there."""
    path = data_folder() / "strokes" / f"{name}.npz"
    if not path.exists():
        raise DataMissing(
            f"{path} is not there, and --augment full learns from pen strokes, too (CONTRIBUTING.md says which): "
            "set INKREAD_DATA to the folder that holds strokes/, or train with --augment light"
        )
    with open_arrays(path) as arrays:
        names = ("points", "stroke_offsets", "sample_offsets", "labels", "source")
        strokes = StrokeSet(*(arrays[name] for name in names))
    if fault := _fault_of(strokes):
        raise DataMissing(f"{path} is damaged ({fault}): get it again")
    return strokes


def _fault_of(strokes: StrokeSet) -> str:
    """What does not fit together; "" if all does."""
    points, labels, source = strokes.points, strokes.labels, strokes.source
    of_strokes, of_samples = strokes.stroke_offsets, strokes.sample_offsets
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        return "its points are not pairs of numbers"
    if not np.abs(points).max(initial=0) < 1e6:
        return "its points lie too far apart"
    if labels.ndim != 1 or source.shape != labels.shape or {labels.dtype.kind, source.dtype.kind} != {"U"}:
        return "it has not one label and one source for each sample"
    if not all(map(_go_up, (of_strokes, of_samples))):
        return "its offsets do not go up from 0"
    if len(of_samples) != len(labels) + 1:
        return "it has not one end for each sample"
    if of_samples[-1] != len(of_strokes) - 1 or of_strokes[-1] != len(points):
        return "its offsets end elsewhere than its points"
    return ""


def _go_up(ends: NDArray[Any]) -> bool:
    """Whether offsets are integers (n,), n > 0, which begin with 0 and never fall."""
    whole = ends.ndim == 1 and ends.dtype.kind == "i" and len(ends) > 0
    return whole and ends[0] == 0 and not bool(np.any(np.diff(ends) < 0))


def held_out(strokes: StrokeSet) -> NDArray[np.bool_]:
    """Which samples (n,) validate: a whole writer of pendigits; the last twentieth of each UNIPEN site's.

    UNIPEN's files follow one writer after another, so the last ones are mostly hands of their own.
    """
    if strokes.source.size and strokes.source[0].isdigit():
        return np.isin(strokes.source, list(_HELD_OUT_WRITERS))
    chosen = np.zeros(len(strokes), bool)
    for source in np.unique(strokes.source):
        for label in np.unique(strokes.labels):
            where = np.flatnonzero((strokes.source == source) & (strokes.labels == label))
            chosen[where[len(where) - len(where) // _HELD_OUT_SHARE :]] = True
    return chosen


def draw_strokes(strokes: list[NDArray[np.float32]], pen: float) -> NDArray[np.float32]:
    """Ink (112, 112) float32, 0 paper … 1 ink; ``pen``: width of the line over the ink's longer side."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    longer = max(float((high - low).max()), 1e-3)
    width = pen * _INK_SIDE
    scale = (_INK_SIDE - width) / longer
    offset = np.float32(CANVAS / 2 - 0.5) - (low + high) / 2 * scale
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    lines = [np.rint((stroke * scale + offset) * (1 << _SHIFT)).astype(np.int32) for stroke in strokes]
    thickness = max(2, 2 * round((width - _SOFT_EDGES - 1) / 2) + 1)
    cv2.polylines(canvas, lines, False, 255, thickness, cv2.LINE_AA, _SHIFT)
    for line in lines:
        # A touch of the pen without movement is a dot, which cv2 does not draw as a line.
        if np.ptp(line, axis=0).max() < 1 << _SHIFT:
            centre, radius = line[0].tolist(), round(width / 2 * (1 << _SHIFT))
            cv2.circle(canvas, centre, radius, 255, cv2.FILLED, cv2.LINE_AA, _SHIFT)
    return canvas.astype(np.float32) / np.float32(255)
