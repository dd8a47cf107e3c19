"""Steps -> a picture for each: what the image, the ink, the segments, the glyphs and the reading look like.

Made for learners: each picture says in its title what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.candidate import Candidate
from inkread.confidence import DEFAULT_MIN_CONFIDENCE, percent
from inkread.elements import Box
from inkread.render.annotation import annotate, enlarged
from inkread.render.drawing import (
    DARK,
    DOUBTFUL,
    GREY,
    LIGHT,
    SURE,
    Colour,
    Picture,
    Text,
    outline,
    paint,
    text_width,
    write,
)

if TYPE_CHECKING:
    from inkread.reading import Reading

_WIDTH_MIN, _LONG_MAX = 640, 1600
"""Pixels: step pictures are at least that wide, for their titles, and not much larger than a screen."""
_ZOOM = 3  # Screen pixels per glyph pixel
_GLYPHS_MAX = 200
_INKS: tuple[Colour, ...] = (SURE, DOUBTFUL, (0, 138, 100), (196, 98, 150), (150, 110, 0), (60, 150, 205))
"""Colours for atoms side by side: Okabe & Ito's, darkened where they would be faint on white."""


class StepsLike(Protocol):
    """What ``draw_steps`` needs of a reader's steps."""

    @property
    def image(self) -> NDArray[np.uint8]: ...  # (H, W, 3)
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
    def classes(self) -> Sequence[str]: ...  # C names: "0" … "9", "none", …
    @property
    def reading(self) -> Reading: ...
    @property
    def scale(self) -> float: ...  # pixels of the ink map per pixel of the image


def draw_steps(steps: StepsLike) -> dict[str, Picture]:
    """A picture (H, W, 3) uint8 per step, by name in reading order: ``1-image`` … ``5-reading``."""
    height, width = steps.image.shape[:2]
    atoms = len(np.unique(steps.labels[steps.labels > 0]))
    lines = len({candidate.line for candidate in steps.candidates})
    pieces = f"{_count(atoms, 'piece')} of ink on {_count(lines, 'line')} of writing"
    grey = np.round(255 * (1 - np.clip(steps.ink, 0, 1))).astype(np.uint8)
    ink = _sized(np.repeat(grey[..., None], 3, axis=2))
    return {
        "1-image": _titled(
            _sized(steps.image), "1  Image", f"as it came, upright: {width} by {height} pixels"
        ),
        "2-ink": _titled(
            ink,
            "2  Ink",
            "how much of each pixel is pen, whatever the pen and paper",
        ),
        "3-segments": _titled(
            _segments(steps),
            "3  Segments",
            f"{pieces}; {_count(len(steps.candidates), 'box', 'boxes')} that may hold a digit",
        ),
        "4-glyphs": _titled(_contact_sheet(steps), "4  Glyphs", _about_glyphs(len(steps.glyphs))),
        "5-reading": _titled(
            _widened(annotate(steps.image, steps.reading)),
            "5  Reading",
            "the boxes that make the likeliest whole",
        ),
    }


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _about_glyphs(number: int) -> str:
    shown = f", the first {_GLYPHS_MAX} of {number}" if number > _GLYPHS_MAX else ""
    return f"each box as the network sees it, 28 by 28, with its best guess from the shape alone{shown}"


def _fitting(width: int, height: int) -> float:
    """The enlargement (or reduction) that brings a picture to the size of the others."""
    scale = min(_LONG_MAX / max(width, height, 1), max(1.0, _WIDTH_MIN / max(width, 1)))
    return float(int(scale)) if scale >= 2 else scale


def _sized(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = _fitting(width, height)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return _widened(_resized(picture, size_wh))


def _resized(picture: Picture, size_wh: tuple[int, int]) -> Picture:
    if size_wh[0] < picture.shape[1]:
        return np.asarray(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return enlarged(picture, size_wh)


def _widened(picture: Picture) -> Picture:
    """At least ``_WIDTH_MIN`` wide, with margins left and right."""
    missing = max(0, _WIDTH_MIN - picture.shape[1])
    return np.pad(picture, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)), constant_values=LIGHT[0])


def _titled(picture: Picture, title: str, words: str) -> Picture:
    """The picture under a strip with its title and, beside or below it, a few words."""
    width = picture.shape[1]
    size = round(min(max(width / 42, 20), 34))
    small, pad = round(0.68 * size), round(0.8 * size)
    beside = text_width(title, size) + text_width(words, small) + 3.2 * pad <= width
    strip = round(size + 1.3 * pad + (0 if beside else 1.5 * small))
    framed: Picture = np.full((strip + picture.shape[0], width, 3), LIGHT, np.uint8)
    framed[strip:] = picture
    paint(framed, Box(0, strip - 1, width, strip), (214, 216, 218))
    baseline = 0.6 * pad + 0.9 * size
    at = (pad + text_width(title, size) + 1.2 * pad, baseline) if beside else (pad, baseline + 1.5 * small)
    write(framed, [Text(title, pad, baseline, size, DARK, bold=True), Text(words, at[0], at[1], small, GREY)])
    return framed


def _segments(steps: StepsLike) -> Picture:
    """The ink in the colours of its atoms, with a frame for each candidate, and a band behind each line."""
    height, width = steps.labels.shape
    scale = _fitting(width, height)
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    palette = np.array([(120, 126, 132), *_INKS], np.float32)
    colours = palette[np.where(steps.labels > 0, 1 + (steps.labels - 1) % len(_INKS), 0)]
    ground = np.full((height, width, 3), 255, np.float32)
    for _, box in _line_boxes(steps.candidates):
        ground[max(0, box.top - 2) : box.bottom + 2, max(0, box.left - 2) : box.right + 2] = (238, 242, 246)
    amount = np.clip(steps.ink, 0, 1)[..., None]
    picture = np.round(ground + (colours - ground) * amount).astype(np.uint8)
    picture = _resized(picture, size_wh)
    # Frames of joined atoms lie round those of their parts, one pixel farther out for each atom.
    for candidate in sorted(steps.candidates, key=lambda c: c.start - c.stop):
        box, span = candidate.box, candidate.stop - candidate.start
        left, top = round(box.left * scale) - 2 * span, round(box.top * scale) - 2 * span
        frame = Box(left, top, round(box.right * scale) + 2 * span, round(box.bottom * scale) + 2 * span)
        outline(
            picture,
            frame,
            1.0,
            3,
            _INKS[(candidate.parts[0] - 1) % len(_INKS)] if span == 1 else (176, 182, 190),
        )
    return _widened(_numbered(picture, steps.candidates, scale))


def _line_boxes(candidates: Sequence[Candidate]) -> list[tuple[int, Box]]:
    numbers = sorted({candidate.line for candidate in candidates})
    return [(n, Box.around(c.box for c in candidates if c.line == n)) for n in numbers]


def _numbered(picture: Picture, candidates: Sequence[Candidate], scale: float) -> Picture:
    """A margin on the left with the number of each line of writing."""
    size = round(min(max(picture.shape[1] / 60, 13), 22))
    margin = round(text_width("line 00", size) + size)
    wide: Picture = np.pad(picture, ((0, 0), (margin, 0), (0, 0)), constant_values=255)
    texts = [
        Text(f"line {number + 1}", size / 2, (box.top + box.bottom) / 2 * scale + size / 3, size, GREY)
        for number, box in _line_boxes(candidates)
    ]
    write(wide, texts)
    return wide


def _contact_sheet(steps: StepsLike) -> Picture:
    """The glyphs in rows, under each its likeliest class and how likely that is."""
    side, size = 28 * _ZOOM, 15
    cell_w, cell_h, pad = side + 14, side + 38, 14
    number = min(len(steps.glyphs), _GLYPHS_MAX)
    columns = min(max(number, 1), 12)
    rows = -(-number // columns)
    width = max(_WIDTH_MIN, columns * cell_w + 2 * pad)
    sheet: Picture = np.full((max(rows, 1) * cell_h + 2 * pad, width, 3), LIGHT, np.uint8)
    texts = (
        [] if number else [Text("no ink, so no glyphs", width / 2, cell_h / 2 + pad, 18, GREY, middle=True)]
    )
    for i in range(number):
        x, y = pad + i % columns * cell_w + 7, pad + i // columns * cell_h
        glyph = np.round(255 * np.clip(steps.glyphs[i], 0, 1)).astype(np.uint8)
        sheet[y : y + side, x : x + side] = np.kron(glyph, np.ones((_ZOOM, _ZOOM), np.uint8))[..., None]
        best = int(steps.scores[i].argmax())
        name, sure = str(steps.classes[best]), float(steps.scores[i][best])
        colour = GREY if not name.isdigit() else DOUBTFUL if sure < DEFAULT_MIN_CONFIDENCE else SURE
        words = f"{name} {percent(sure)}"
        texts.append(Text(words, x + side / 2, y + side + 20, size, colour, bold=name.isdigit(), middle=True))
    write(sheet, texts)
    return sheet
