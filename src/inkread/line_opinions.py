"""Opinions of the network for lines on each detection of the page network.

That network sees a line as a whole, and cuts nothing. Detections side by side make a line. Its ink is cut out of the
grey picture, made level and brought to one height. Each detection covers a run of columns. The probability that just
one digit is read off there, or none, is a sum over all ways to read them (connectionist temporal classification:
Graves et al. 2006).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.calibration import log_odds
from inkread.detection import Evidence
from inkread.layout import group_lines
from inkread.lines.strips import Strip, cut_line
from inkread.lines.transcriber import STEP, Transcriber

__all__ = ["LineOpinions", "LineSettings", "opinions_of_lines", "with_lines"]

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Lengths in heights of the line's digits."""

    tall: float = 40.0
    """Pixels: higher lines are reduced before their ink is sought."""
    room: tuple[float, float] = (1.35, 1.1)
    """What is looked at around the digits, across and in height."""
    stroke: float = 0.8
    """Dark areas wider than this are shaded paper, not strokes."""
    beside: float = 0.35
    """At the edges of what is looked at, ink is not judged: it is that of other lines."""
    faintest: float = 0.02
    """Grey levels (0 … 1) that ink differs from the paper."""
    softness: float = 0.44
    """How far the grey levels of paper and ink lie apart around Otsu's threshold."""
    level: float = 0.75
    """Ink whose middle is farther from the line's is another line's, if it touches no digit."""
    near: float = 0.6
    """A detection whose middle is at most so far above or below the line is of the line."""
    beyond: float = 1.2
    """How far before the first digit and behind the last one a detection may stand."""
    edge: float = 0.03
    """A digit's columns begin so far before its box, and end so far behind it."""
    least: float = -12.0
    """The least log probability that counts: the network has not seen everything."""
    weight: float = 0.3
    """Of the network for lines, in log-linear pooling with the others (Heskes 1998)."""
    least_pooled: float = -8.0
    """The least log probability that is pooled."""


@dataclass(frozen=True, slots=True, eq=False)
class LineOpinions:
    """Log probabilities for ``n`` detections."""

    digits: NDArray[np.float64]
    """(n, 10) that just one digit, and which, stands in a box."""
    nothing: NDArray[np.float64]
    """(n,) that no digit does."""
    seen: NDArray[np.bool_]
    """(n,) whether a detection is of a line that was looked at; all else is 0 where it is not."""
    among: NDArray[np.bool_]
    """(n,) whether its line has several digits."""


def opinions_of_lines(
    grey: Grey,
    boxes: NDArray[np.float32],
    members: NDArray[np.intp],
    transcriber: Transcriber,
    settings: LineSettings = LineSettings(),
) -> LineOpinions:
    """The opinions on boxes (n, 4) of a grey picture (H, W), 0 … 1; ``members`` are those that tell where lines are."""
    count = len(boxes)
    found = LineOpinions(np.zeros((count, 10)), np.zeros(count), np.zeros(count, bool), np.zeros(count, bool))
    nearest = np.full(count, settings.near)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    for line in group_lines(boxes[members]):
        of = boxes[members[line]]
        strip = _strip(grey, of, settings)
        if strip is None:
            continue
        height = float(np.median(of[:, 3] - of[:, 1]))
        x, y = ((of[:, i] + of[:, i + 2]) / 2 for i in (0, 1))
        order = np.argsort(x)
        away = np.abs(middles[:, 1] - np.interp(middles[:, 0], x[order], y[order])) / height
        reach = settings.beyond * height
        here = np.flatnonzero(
            (away < nearest)
            & (middles[:, 0] > of[:, 0].min() - reach)
            & (middles[:, 0] < of[:, 2].max() + reach)
        )
        if not len(here):
            continue
        nearest[here] = away[here]
        seen = transcriber.columns([strip.ink])[0]
        edge = settings.edge * height
        starts, ends = (
            (boxes[here, i] + side - strip.left) * strip.scale / STEP for i, side in ((0, -edge), (2, edge))
        )
        digits, nothing = _exactly_one(seen, np.rint(starts).astype(int), np.rint(ends).astype(int))
        found.digits[here] = np.maximum(digits, settings.least)
        found.nothing[here] = np.maximum(nothing, settings.least)
        found.seen[here], found.among[here] = True, len(of) > 1
    return found


def with_lines(
    evidence: Evidence, opinions: LineOpinions, settings: LineSettings = LineSettings()
) -> Evidence:
    """The evidence for detections with what the network for lines says of them."""
    pooled = np.log(evidence.shares + 1e-4) + settings.weight * np.maximum(
        opinions.digits, settings.least_pooled
    )
    shares = np.exp(pooled - pooled.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    best, rows = shares.argmax(axis=1), np.arange(len(shares))
    own, others = opinions.digits[rows, best], opinions.digits.copy()
    others[rows, best] = settings.least
    several = 1 - np.exp(opinions.nothing) - np.exp(opinions.digits).sum(axis=1)
    numbers = np.column_stack([
        evidence.numbers, own, np.where(opinions.seen, others.max(axis=1), 0), opinions.nothing,
        np.where(opinions.seen, np.log(np.clip(several, 1e-4, 1)), 0), opinions.among, opinions.seen,
        (best == 1) * own, log_odds(shares[rows, best]),
    ])  # fmt: skip
    return replace(evidence, numbers=numbers, shares=np.asarray(shares, np.float32))


def _exactly_one(
    seen: NDArray[np.float32], starts: NDArray[np.intp], stops: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log probabilities (n, 10) that just one digit is read off the columns from ``starts`` to ``stops``, and (n,)
    that none is; ``seen`` (T, 11) are those of each digit and, last, of none."""
    starts = np.clip(starts, 0, len(seen) - 1)
    stops = np.clip(stops, starts + 1, len(seen))
    count = len(starts)
    nothing, within, after = np.zeros((count, 1)), np.full((count, 10), -1e9), np.full((count, 10), -1e9)
    for step in range(int((stops - starts).max())):
        inside = (starts + step < stops)[:, None]
        column = seen[np.minimum(starts + step, len(seen) - 1)].astype(np.float64)
        after = np.where(inside, np.logaddexp(after, within) + column[:, 10:], after)
        within = np.where(inside, np.logaddexp(nothing, within) + column[:, :10], within)
        nothing = np.where(inside, nothing + column[:, 10:], nothing)
    return np.logaddexp(within, after), nothing[:, 0]


def _strip(grey: Grey, boxes: NDArray[np.float32], settings: LineSettings) -> Strip | None:
    """The strip of the line of digits in boxes (n, 4); None where there is no ink, or for a line that is too long."""
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    x, y = ((boxes[:, i] + boxes[:, i + 2]) / 2 for i in (0, 1))
    level, slope = float(np.median(y)), 0.0
    if len(boxes) > 2 and np.ptp(x) >= 2 * height:
        slope, level = (float(each) for each in np.polyfit(x, y, 1))
    room = settings.room[0] * height, settings.room[1] * height
    left, right = max(0, int(boxes[:, 0].min() - room[0])), int(np.ceil(boxes[:, 2].max() + room[0]))
    ends = level + slope * left, level + slope * min(right, grey.shape[1])
    top, bottom = max(0, int(min(ends) - room[1])), int(np.ceil(max(ends) + room[1]))
    window = grey[top:bottom, left:right]
    if min(window.shape) < 2:
        return None
    scale = min(1.0, settings.tall / height)
    if scale < 1:
        size_wh = max(1, round(window.shape[1] * scale)), max(1, round(window.shape[0] * scale))
        window = cv2.resize(window, size_wh, interpolation=cv2.INTER_AREA)
    placed = (boxes - np.array([left, top, left, top], np.float32)) * np.float32(scale)
    of_level = (level + slope * left - top) * scale, slope
    ink = _own_ink(_ink(window, height * scale, settings), placed, height * scale, of_level, settings)
    strip = cut_line(ink, height * scale, of_level)
    return strip and Strip(strip.ink, left + strip.left / scale, strip.scale * scale)


def _ink(window: Grey, height: float, settings: LineSettings) -> Grey:
    """The ink (h, w), 0 paper … 1 ink, of dark or light strokes in a window around a line.

    Paper is what a morphological closing (of light strokes: an opening) leaves.
    """
    reach = max(3, int(settings.stroke * height) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    darkest, paper, lightest = (float(each) for each in np.percentile(window, (3, 50, 97)))
    dark = paper - darkest >= lightest - paper
    edges = reach, reach, reach, reach
    around = cv2.copyMakeBorder(np.ascontiguousarray(window), *edges, borderType=cv2.BORDER_REPLICATE)
    hat = cv2.morphologyEx(around, cv2.MORPH_BLACKHAT if dark else cv2.MORPH_TOPHAT, kernel)
    hat = hat[reach:-reach, reach:-reach]
    beside = round(settings.beside * height)
    inner = hat[beside:-beside, beside:-beside] if min(hat.shape) > 3 * beside else hat
    deepest = float(np.percentile(inner, 97))
    if deepest < settings.faintest:
        return np.zeros_like(hat)
    levels = np.rint(np.clip(inner / deepest, 0, 1) * 255).astype(np.uint8)
    threshold = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0] / 255
    return np.asarray(np.clip((hat / deepest - threshold) / settings.softness + 0.5, 0, 1), np.float32)


def _own_ink(
    ink: Grey,
    boxes: NDArray[np.float32],
    height: float,
    level_slope: tuple[float, float],
    settings: LineSettings,
) -> Grey:
    """The ink whose pieces touch a box, or lie on the line."""
    _, labels, stats, middles = cv2.connectedComponentsWithStats(
        (ink >= 0.5).astype(np.uint8), connectivity=8
    )
    away = np.abs(middles[:, 1] - level_slope[0] - level_slope[1] * middles[:, 0])
    own = (away < settings.level * height) & (stats[:, cv2.CC_STAT_AREA] >= 4)
    for left, top, right, bottom in np.maximum(boxes, 0).astype(int).tolist():
        own[np.unique(labels[top : bottom + 1, left : right + 1])] = True
    own[0] = False
    return ink * cv2.dilate(own[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
