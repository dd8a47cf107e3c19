"""Ink -> connected parts: soft edges kept, page furniture and dust set aside, fragments joined.

A part is one or more connected pieces of ink, named by their labels in the label map. This module knows of
sizes and strokes only, not of lines of writing or digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.measure import Pieces, find_pieces, quantile
from inkread.reading import Box, Rejected
from inkread.segments.bindings import find_bindings

__all__ = ["Part", "Parts", "find_parts"]

_MOST_PARTS = 3000
"""More connected parts than that are a texture, not writing: the smallest ones are left unread."""
_LEAST, _BROAD, _DIGIT, _FOOT = 0.7, 1.6, 0.6, 0.35
"""A point is at least so many pens high, and at most so many times as broad as high. It stands beside a part that is at
least so high, in heights of the writing, and begins in its lowest part, which is so high."""


@dataclass(frozen=True)
class Part:
    """Connected ink: the labels of its pieces, and the box around them in pixels of the ink map."""

    labels: tuple[int, ...]
    box: Box


@dataclass(frozen=True)
class Parts:
    """All parts of a page, their label map (H, W) int32 (0: paper), the pen's width, and what was left out."""

    parts: tuple[Part, ...]
    labels: NDArray[np.int32]
    pen: float
    rejected: tuple[Rejected, ...]


def find_parts(ink: NDArray[np.float32], pieces: Pieces | None = None) -> Parts:
    """The connected parts of an ink map (H, W) float32, 0 paper … 1 ink; ``pieces`` are its own, if known."""
    pieces = find_pieces(ink) if pieces is None else pieces
    if not len(pieces):
        return Parts((), np.zeros(ink.shape, np.int32), 0.0, ())
    pen = pieces.pen
    boxes = {
        i: Box(left, top, left + width, top + height)
        for i, (left, top, width, height) in enumerate(pieces.boxes_ltwh.tolist())
        if i
    }
    labels = _with_soft_edges(pieces, ink, pen)
    if len(boxes) == 1:  # as in most drawings: neither furniture nor in pieces
        return Parts((Part((1,), boxes[1]),), labels, pen, ())
    rejected = _reject_furniture(pieces, boxes, pen)
    return Parts(tuple(_joined_fragments(labels, boxes, pen)), labels, pen, tuple(rejected))


def _with_soft_edges(pieces: Pieces, ink: NDArray[np.float32], pen: float) -> NDArray[np.int32]:
    """Faint ink beside a part belongs to it, so that glyphs keep their soft edges."""
    reach = max(1, round(0.9 * pen))
    left, top, width, height = pieces.written_ltwh
    near = np.s_[max(0, top - reach) : top + height + reach, max(0, left - reach) : left + width + reach]
    own = pieces.labels[near]
    # OpenCV spreads bytes fastest, and no integers; those of labels fit exactly into floats up to 16.7 million.
    kind = np.uint8 if len(pieces) < 256 else np.uint16 if len(pieces) < 65536 else np.float32
    spread = cv2.dilate(own.astype(kind), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    spread *= ink[near] > 0.02
    labels = np.zeros_like(pieces.labels)
    labels[near] = spread if len(pieces) == 1 else np.where(own > 0, own, spread)
    return labels


def _reject_furniture(pieces: Pieces, boxes: dict[int, Box], pen: float) -> list[Rejected]:
    """Takes page edges, frames and surplus specks out of ``boxes``, and says so."""
    rejected = []
    if len(boxes) > _MOST_PARTS:
        by_size = sorted(boxes, key=lambda i: boxes[i].area, reverse=True)
        surplus = [boxes.pop(i) for i in by_size[_MOST_PARTS:]]
        rejected.append(Rejected(Box.around(surplus), "too many specks"))
    rejected += [Rejected(boxes.pop(i), "binding") for i in find_bindings(boxes, pieces.labels)]
    widths, outlines = pieces.widths, pieces.outlines
    height, width = pieces.labels.shape
    usual = _usual_height(boxes.values(), pen, (width, height))
    edges = np.array([box.to_list() for box in boxes.values()], np.int64).reshape(-1, 4)
    for i, box in list(boxes.items()):
        if len(boxes) > 1 and _is_page_edge(box, widths[i], pen, usual, (width, height)):
            rejected.append(Rejected(boxes.pop(i), "page edge"))
        elif widths[i] < 0.35 * pen and max(box.width, box.height) > 3 * min(box.width, box.height):
            rejected.append(Rejected(boxes.pop(i), "rule"))  # a printed line, too faint to be found as one
        elif _is_frame(box, outlines[i], pen, edges):
            rejected.append(Rejected(boxes.pop(i), "frame"))
    return rejected


def _usual_height(boxes: Iterable[Box], pen: float, size_wh: tuple[int, int]) -> float:
    """The height in pixels of parts that lie free in the page; infinity if none does."""
    width, height = size_wh
    inner = [
        box.height
        for box in boxes
        if box.left > 0 and box.top > 0 and box.right < width and box.bottom < height and box.height > 5 * pen
    ]
    return quantile(inner, 0.75) if inner else float("inf")


def _is_page_edge(box: Box, stroke: float, pen: float, usual: float, size_wh: tuple[int, int]) -> bool:
    """Whether the part is the edge of the sheet, a fold, a dark border or a thumb, and not cut-off writing.

    ``stroke`` is its own stroke width, ``pen`` the page's, ``usual`` the height of what lies free in it.
    """
    width, height = size_wh
    aside = box.right <= 0.025 * width or box.left >= 0.975 * width
    if aside and not 0.6 * usual <= box.height <= 1.3 * usual:
        return True
    beside = min(box.left, width - box.right) <= 0.01 * width
    above = min(box.top, height - box.bottom) <= 0.005 * height + 1
    if not (beside or above):
        return False
    if stroke > 2.5 * pen or box.height > (1.3 if box.width <= 3 * pen and beside else 1.8) * usual:
        return True
    if stroke < 0.6 * pen and max(box.width, box.height) > 0.5 * usual:
        return True  # a printed line, faint but for this end
    lies_along = above and box.height < 0.35 * usual < float("inf")
    return lies_along or (box.width > 0.9 * width and box.height < 5 * pen < 0.5 * height)


def _is_frame(box: Box, outline: float, pen: float, edges: NDArray[np.int64]) -> bool:
    """Whether the part is a drawn box: outlined twice by its rectangle, with a sizeable part inside it.

    ``edges`` (n, 4) are the left, top, right and bottom of all parts.
    """
    rectangles = 4 * (box.width + box.height)
    if not 0.7 * rectangles < outline < 1.4 * rectangles:
        return False
    left, top, right, bottom = edges.T
    inside = (
        (left > box.left + pen)
        & (right < box.right - pen)
        & (top > box.top + pen)
        & (bottom < box.bottom - pen)
    )
    return bool((inside & (bottom - top > 0.35 * box.height)).any())


def _joined_fragments(labels: NDArray[np.int32], boxes: dict[int, Box], pen: float) -> list[Part]:
    """Parts, with fragments closer than a pen's width to another part joined to it (a dotted scan)."""
    if not boxes:
        return []
    usual = quantile([box.height for box in boxes.values()], 0.75)
    parent = {i: i for i in boxes}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    longest = max(0.5 * usual, 4.5 * pen)
    small = [i for i, box in boxes.items() if max(box.width, box.height) < longest]
    reach = max(1, round(1.8 * pen))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    for i in small:
        box = boxes[i]
        rows = slice(max(0, box.top - reach), box.bottom + reach)
        columns = slice(max(0, box.left - reach), box.right + reach)
        window = labels[rows, columns]
        near = np.unique(window[cv2.dilate((window == i).astype(np.uint8), kernel) > 0])
        for j in map(int, near):
            if j in parent and not _is_point_beside(box, boxes[j], usual, pen):
                parent[root(i)] = root(j)
    members: dict[int, list[int]] = {}
    for i in boxes:
        members.setdefault(root(i), []).append(i)
    return [Part(tuple(names), Box.around(boxes[i] for i in names)) for names in members.values()]


def _is_point_beside(box: Box, other: Box, usual: float, pen: float) -> bool:
    """Whether a fragment may be a point or comma on the base line of a digit, ``other``: beside its foot, not above it.

    ``usual`` is the height of the writing, ``pen`` the width of its strokes.
    """
    if box.height < _LEAST * pen or box.width > _BROAD * box.height:
        return False
    apart = max(box.left - other.right, other.left - box.right) >= 0
    return apart and other.height >= _DIGIT * usual and box.top >= other.bottom - _FOOT * other.height
