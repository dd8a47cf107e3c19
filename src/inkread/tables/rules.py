"""Grey picture -> the straight or gently bent rules on it, each as one curve however often it is interrupted.

Rules are made of line segments (LSD: Grompone von Gioi et al. 2010). This module does not know what a table is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.tables.curves import Curve, fitted

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Lengths are in heights of the digits. Chosen on made tables."""

    seed: float = 0.9
    """A segment that begins a rule is at least this long."""
    sure: float = 1.5
    """Longer than any stroke of a digit."""
    part: float = 0.3
    """Shorter segments are not looked at."""
    off: float = 0.15
    """A segment that ends farther from a rule is no part of it."""
    reach: float = 8.0
    """How far a rule goes on without a segment."""
    steepest: float = 0.36
    """Tangent of the largest lean of a rule: 20°."""
    turn: float = 0.05
    """Tangent of the largest angle between a rule and a sure segment of it."""
    covered: float = 0.4
    """Share of its length that a rule shows."""
    covered_by_short: float = 0.75
    """The same of a rule of which no segment is sure: a column of 1s is none."""
    same: float = 0.35
    """Rules are at least so far apart."""
    enough: float = 40.0
    """Height of the digits in pixels that is enough to see rules: larger pictures are made smaller."""
    contrast: float = 3.0
    """Limit of the local contrast (CLAHE): faint rules are found, too."""
    shortest: float = 1.8
    """A rule is at least this long."""
    shortest_of_short: float = 2.5
    """The same of a rule of which no segment is sure."""
    bent: float = 4.0
    """A rule from this length on may be bent."""
    both_edges: float = 0.5
    """Share of its length at which a rule is darker, or lighter, than what lies on either side: an edge of a sheet is
    on one side alone."""


def find_rules(
    grey: NDArray[np.uint8], height: float, settings: RuleSettings = RuleSettings()
) -> tuple[list[Curve], list[Curve]]:
    """The rules that run across and those that run down; ``height`` is that of the digits, in pixels of ``grey``."""
    scale = min(1.0, settings.enough / height)
    if scale < 1:
        grey, height = (
            cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
            settings.enough,
        )
    clear = cv2.createCLAHE(settings.contrast, (8, 8)).apply(grey)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(clear)[0]
    segments = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    along = np.abs(segments[:, 2:] - segments[:, :2])
    flat = along[:, 1] <= settings.steepest * along[:, 0]
    steep = along[:, 0] <= settings.steepest * along[:, 1]
    across = _chained(segments[flat], height, settings)
    down = _chained(segments[steep][:, [1, 0, 3, 2]], height, settings)
    return [curve.scaled(1 / scale) for curve in across], [curve.scaled(1 / scale) for curve in down]


def _chained(segments: Numbers, height: float, settings: RuleSettings) -> list[Curve]:
    """Segments (n, 4) u, v, u, v that run along u, joined to curves."""
    backwards = segments[:, 0] > segments[:, 2]
    segments = np.where(backwards[:, None], segments[:, [2, 3, 0, 1]], segments)
    long = segments[:, 2] - segments[:, 0] >= settings.part * height
    segments, backwards = segments[long], backwards[long]
    lengths = segments[:, 2] - segments[:, 0]
    free = np.ones(len(segments), bool)
    found: list[tuple[float, Curve, bool]] = []
    for seed in np.argsort(-lengths, kind="stable").tolist():
        if lengths[seed] < settings.seed * height:
            break
        if free[seed]:
            members = _gathered(segments, seed, free, height, settings)
            free[members] = False
            curve, shown = _fit(segments[members], height, settings), _shown(segments[members])
            sure = lengths[seed] >= settings.sure * height
            least = settings.covered if sure else settings.covered_by_short
            shortest = settings.shortest if sure else settings.shortest_of_short
            if shown >= max(shortest * height, least * curve.length):
                # The detector gives segments the direction in which the same side is the darker one.
                edges = [lengths[members][backwards[members] == way].sum() for way in (False, True)]
                found.append((shown, curve, bool(min(edges) < settings.both_edges * shown)))
    return _inside(_apart(found, settings.same * height))


def _inside(found: list[tuple[Curve, bool]]) -> list[Curve]:
    """The curves without the outermost ones that are edges: the sheet ends there."""
    found = sorted(found, key=lambda each: float(each[0].at((each[0].start + each[0].stop) / 2)))
    while found and found[0][1]:
        del found[0]
    while found and found[-1][1]:
        del found[-1]
    return [curve for curve, _ in found]


def _gathered(
    segments: Numbers, seed: int, free: NDArray[np.bool_], height: float, settings: RuleSettings
) -> NDArray[np.intp]:
    """The segments that go on where the one at ``seed`` ends, and so on."""
    members = np.zeros(len(segments), bool)
    members[seed] = True
    start, stop = segments[:, 0], segments[:, 2]
    slopes = (segments[:, 3] - segments[:, 1]) / (stop - start)
    turn = settings.turn * np.maximum(1.0, settings.sure * height / (stop - start))
    while True:
        curve = _fit(segments[members], height, settings)
        away = np.maximum(np.abs(segments[:, 1] - curve.at(start)), np.abs(segments[:, 3] - curve.at(stop)))
        apart = np.maximum(np.maximum(start - curve.stop, curve.start - stop), 0)
        near = free & ~members & (away <= settings.off * height) & (apart <= settings.reach * height)
        near &= np.abs(slopes - curve.slope((start + stop) / 2)) <= turn
        if not near.any():
            return np.flatnonzero(members)
        members |= near & (apart <= apart[near].min() + height)


def _apart(found: list[tuple[float, Curve, bool]], least: float) -> list[tuple[Curve, bool]]:
    """The curves, and which are edges, without those that run into one that shows more of itself."""
    kept: list[tuple[Curve, bool]] = []
    for _, curve, edge in sorted(found, key=lambda each: -each[0]):
        clash = False
        for other, _ in kept:
            u = np.linspace(max(curve.start, other.start), min(curve.stop, other.stop), 9)
            if u[0] < u[-1]:
                gap = curve.at(u) - other.at(u)
                clash |= bool(np.abs(gap).min() < least or gap.min() < 0 < gap.max())
        if not clash:
            kept.append((curve, edge))
    return kept


def _fit(segments: Numbers, height: float, settings: RuleSettings) -> Curve:
    lengths = segments[:, 2] - segments[:, 0]
    u = np.concatenate([segments[:, 0], (segments[:, 0] + segments[:, 2]) / 2, segments[:, 2]])
    v = np.concatenate([segments[:, 1], (segments[:, 1] + segments[:, 3]) / 2, segments[:, 3]])
    bent = u.max() - u.min() >= settings.bent * height
    return fitted(u.tolist(), v.tolist(), np.tile(lengths, 3).tolist(), bent)


def _shown(segments: Numbers) -> float:
    """How much of its length the segments cover."""
    shown, reached = 0.0, -np.inf
    for start, stop in segments[np.argsort(segments[:, 0])][:, [0, 2]].tolist():
        shown += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return shown
