"""The box and label round what was read, as layers with soft edges, and how they come and go.

    spec    what a label says and where: plain numbers, compared to tell what changed
    Label   its pixels, colour times opacity and opacity
    Labels  those on the canvas; each fades in, and takes the place of its predecessor without a flicker

This module does not know what a reading is, nor what lies under its labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inkread.apps.window.palette import Colour, Paper
from inkread.apps.window.placement import Rect, joined, overlap
from inkread.apps.window.shapes import dashed, ring, rounded, text_mask, text_size

__all__ = ["Kind", "Label", "LabelSpec", "Labels", "draw_label", "without_collisions"]

Kind = Literal["sure", "doubt", "said", "scrap", "mark"]
_FADE_STEPS = 5
"""Frames until a new label is fully there."""
_FIRST = 0.45
"""Opacity at once: a result is on screen from its first frame."""


@dataclass(frozen=True)
class LabelSpec:
    """``box`` is the ink with a little room, in canvas pixels; ``value`` and ``detail`` stand on the label."""

    box: Rect
    value: str
    detail: str
    kind: Kind
    selected: bool = False
    dpi: float = 1.0
    canvas_wh: tuple[int, int] = (10_000, 10_000)

    @cached_property
    def chip(self) -> Rect:
        """Where the label is: over the box, or under it where there is no room, or in it."""
        width, height = self._chip_wh
        left = min(max(0, self.box[0]), max(0, self.canvas_wh[0] - width))
        gap = round(4 * self.dpi)
        top = self.box[1] - gap - height
        if top < 0:
            top = self.box[3] + gap
            if top + height > self.canvas_wh[1]:
                top = max(0, self.box[1]) + gap
        return left, top, left + width, top + height

    @property
    def rect(self) -> Rect:
        """All that it covers."""
        whole = joined(self.box, self.chip if self.value or self.detail else None)
        assert whole is not None
        return whole

    @property
    def _chip_wh(self) -> tuple[int, int]:
        value, detail = self._sizes
        width = text_size(self.value, value, bold=True)[0] if self.value else 0
        if self.detail:
            width += text_size(self.detail, detail)[0] + (round(5 * self.dpi) if self.value else 0)
        return width + round(14 * self.dpi), round(23 * self.dpi)

    @property
    def _sizes(self) -> tuple[int, int]:
        return round(16 * self.dpi), round(12 * self.dpi)


@dataclass(frozen=True, eq=False)
class Label:
    """Pixels of ``spec.rect``: ``colour`` (h, w, 3) is already multiplied by ``opacity`` (h, w, 1), 0 … 1."""

    spec: LabelSpec
    colour: NDArray[np.float32]
    opacity: NDArray[np.float32]


class Labels:
    """What is on the canvas; ``step`` is a frame of a fade."""

    def __init__(self) -> None:
        self._shown: list[tuple[Label, float]] = []

    @property
    def shown(self) -> Sequence[tuple[Label, float]]:
        """Each label with its strength, 0 … 1."""
        return self._shown

    @property
    def fading(self) -> bool:
        return any(strength < 1 for _, strength in self._shown)

    def show(self, specs: Iterable[LabelSpec], paper: Paper, anew: bool = False) -> list[Rect]:
        """Shows these from now on; returns where the canvas changed. ``anew``: their colours did."""
        former, self._shown, changed = self._shown, [], []
        for spec in specs:
            same = next((pair for pair in former if pair[0].spec == spec), None)
            if same is not None and not anew:
                former.remove(same)
                self._shown.append(same)
                continue
            near = [strength for label, strength in former if overlap(label.spec.box, spec.box) > 0.4]
            self._shown.append((draw_label(spec, paper), max(near, default=_FIRST)))
            changed.append(spec.rect)
        return changed + [label.spec.rect for label, _ in former]

    def step(self) -> list[Rect]:
        """One frame on; returns where the canvas changed."""
        changed = [label.spec.rect for label, strength in self._shown if strength < 1]
        step = (1 - _FIRST) / _FADE_STEPS
        self._shown = [(label, min(1.0, strength + step)) for label, strength in self._shown]
        return changed


def without_collisions(specs: Sequence[LabelSpec]) -> list[LabelSpec]:
    """Labels that would lie on each other are made shorter, and left out if that does not help."""
    shorter = list(specs)
    for lacking in (_without_detail, _without_label):
        # Neighbours are treated alike, so that a number does not look ragged.
        rows = {_row(spec) for i, spec in enumerate(shorter) if _collides(i, shorter)}
        shorter = [lacking(spec) if _row(spec) in rows else spec for spec in shorter]
    return shorter


def _without_detail(spec: LabelSpec) -> LabelSpec:
    return replace(spec, detail="") if spec.value else spec


def _without_label(spec: LabelSpec) -> LabelSpec:
    return replace(spec, value="", detail="")


def _row(spec: LabelSpec) -> int:
    return round((spec.box[1] + spec.box[3]) / 2 / (80 * spec.dpi))


def _collides(i: int, specs: Sequence[LabelSpec]) -> bool:
    chip = specs[i].chip
    return any(
        j != i and (other.value or other.detail) and overlap(chip, other.chip) > 0.02
        for j, other in enumerate(specs)
    )


def draw_label(spec: LabelSpec, paper: Paper) -> Label:
    """The pixels of a label."""
    left, top, right, bottom = spec.rect
    colour: NDArray[np.float32] = np.zeros((bottom - top, right - left, 3), np.float32)
    opacity: NDArray[np.float32] = np.zeros((bottom - top, right - left, 1), np.float32)
    line, text = {
        "sure": (paper.sure, paper.on_sure),
        "doubt": (paper.doubt, paper.on_doubt),
        "said": (paper.said, paper.on_said),
        "scrap": (paper.scrap, paper.on_scrap),
        "mark": (paper.scrap, paper.on_scrap),
    }[spec.kind]

    def lay(mask: NDArray[np.float32], x: int, y: int, tint: Colour, strength: float = 1.0) -> None:
        window = np.s_[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]]
        share = mask[..., None] * np.float32(strength)
        colour[window] = colour[window] * (1 - share) + np.array(tint, np.float32) * share
        opacity[window] = opacity[window] * (1 - share) + share

    box, dpi = spec.box, spec.dpi
    width, height = box[2] - box[0], box[3] - box[1]
    radius, thick = 9 * dpi, (2.5 if spec.selected else 1.5) * dpi
    lay(rounded(width, height, radius), box[0], box[1], line, 0.10 if spec.selected else 0.035)
    frame = ring(width, height, radius, thick)
    if spec.kind in ("doubt", "scrap"):
        frame = dashed(frame, 6 * dpi, 4 * dpi, thick)
    lay(frame, box[0], box[1], line, 1.0 if spec.selected else 0.75)
    if spec.value or spec.detail:
        x, y, chip_right, chip_bottom = spec.chip
        lay(rounded(chip_right - x, chip_bottom - y, 7 * dpi), x, y, line, 0.96)
        at, (large, small) = x + round(7 * dpi), spec._sizes
        baseline = y + round(17 * dpi)
        if spec.value:
            value = text_mask(spec.value, large, bold=True)
            lay(value, at, baseline - large, text)
            at += value.shape[1] + round(5 * dpi)
        if spec.detail:
            lay(text_mask(spec.detail, small), at, baseline - small, text, 0.92)
    return Label(spec, colour, opacity)
