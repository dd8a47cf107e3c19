"""One digit of a reading, seen closely: the glyph that the network saw, its ten probabilities, its own ink.

    steps = reader.steps(source)
    closeup = look_at(steps, steps.reading.digits[0])
    closeup.glyph, closeup.probabilities, closeup.picture

For programs that show a reading and have it corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.elements import Box, Digit, Rejected
from inkread.glyphs.box_ink import ink_in_box

_MARGIN = 0.2
"""Paper round the picture of a digit, as a share of its longer side."""
_INKED = 0.1
"""Ink (0 … 1) below which a pixel is paper."""
_PICTURE_MAX = 160
"""Pixels: the longer side of a digit in its picture; glyphs are cut from 80, so that this loses nothing."""


class StepsLike(Protocol):
    """What is needed of a reader's ``Steps``."""

    def placed(self, box: Box) -> Box: ...  # one of the ink map in pixels of the image
    @property
    def ink(self) -> NDArray[np.float32]: ...  # (h, w), 0 paper … 1 ink
    @property
    def labels(self) -> NDArray[np.int32]: ...  # (h, w), the atom of each pixel, 0: none
    @property
    def candidates(self) -> Sequence[Candidate]: ...  # boxes in pixels of the ink map
    @property
    def glyphs(self) -> NDArray[np.float32]: ...  # (n, 28, 28), one per candidate
    @property
    def scores(self) -> NDArray[np.float32]: ...  # (n, C)
    @property
    def classes(self) -> Sequence[str]: ...  # C names: "0" … "9" and others


@dataclass(frozen=True, eq=False)
class Closeup:
    """What a reading holds of one digit, or of one piece of ink that was left unread."""

    glyph: NDArray[np.float32]
    """(28, 28), 0 paper … 1 ink: what the network saw."""
    probabilities: NDArray[np.float32]
    """(10,), which digit it is, given that it is one; they sum to 1."""
    not_a_digit: float
    """The network's probability, 0 … 1, that it is none."""
    picture: NDArray[np.uint8]
    """(H, W): its own ink, dark on white with a margin, no neighbour in it; what a correction keeps."""


def look_at(steps: StepsLike, part: Digit | Rejected) -> Closeup | None:
    """The closeup of a digit, or of ink left unread, of ``steps.reading``.

    None where no candidate was made of it (rules, specks, blots) or where ``part`` is from another reading.
    """
    index = _candidate_of(steps, part)
    if index is None:
        return None
    columns = [list(steps.classes).index(str(value)) for value in range(10)]
    digits = np.asarray(steps.scores[index, columns], np.float32)
    share = float(digits.sum())
    probabilities = digits / np.float32(max(share, 1e-12))
    other = max(0.0, 1.0 - share) if len(steps.classes) > len(columns) else 0.0
    return Closeup(steps.glyphs[index], probabilities, other, _picture_of(steps, steps.candidates[index]))


def _candidate_of(steps: StepsLike, part: Digit | Rejected) -> int | None:
    """The candidate that lies where ``part`` does; of several, the one that looks most like it."""
    overlaps = [steps.placed(candidate.box).iou(part.box) for candidate in steps.candidates]
    best = max(overlaps, default=0.0)
    if best < 0.5:  # a digit's own candidate overlaps by all but the rounding
        return None
    close = [i for i, overlap in enumerate(overlaps) if overlap > best - 1e-9]
    if not isinstance(part, Digit):
        return close[0]
    column = list(steps.classes).index(str(part.value))
    return max(close, key=lambda i: float(steps.scores[i, column]))


def _picture_of(steps: StepsLike, candidate: Candidate) -> NDArray[np.uint8]:
    box = candidate.box
    window = np.s_[box.top : box.bottom, box.left : box.right]
    return _shown(np.where(np.isin(steps.labels[window], candidate.parts), steps.ink[window], np.float32(0)))


def ink_picture(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8] | None:
    """The picture of the ink in a box of an image (H, W, 3), as ``Closeup.picture`` has it; None without ink."""
    ink = ink_in_box(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255, box.to_list())
    rows, columns = (np.flatnonzero((ink > _INKED).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return _shown(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _shown(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Ink (h, w), 0 paper … 1 ink, dark on white with a margin."""
    longer = max(ink.shape)
    if longer > _PICTURE_MAX:
        share = _PICTURE_MAX / longer
        size_wh = max(1, round(ink.shape[1] * share)), max(1, round(ink.shape[0] * share))
        ink = cv2.resize(ink, size_wh, interpolation=cv2.INTER_AREA)
    margin = max(4, round(_MARGIN * max(ink.shape)))
    padded = np.pad(ink, margin)
    return np.round(255 * (1 - np.clip(padded, 0, 1))).astype(np.uint8)
