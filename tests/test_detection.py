"""Detection: cells to boxes, each symbol once, and looks at the scales that a page needs. The network is a fake."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.detection.detections import Detections
from inkread.detection.detector import Detector, LookSettings, as_grey
from inkread.detection.evidence import Evidence, with_mates
from inkread.detection.peaks import peaks_of, without_duplicates

CLASSES = 11


def cells_with(
    *symbols: tuple[int, int, int, float, tuple[float, float, float, float]],
) -> NDArray[np.float32]:
    """Cells (8, 10, CLASSES + 6) with symbols: row, column, class, score and distances."""
    cells = np.zeros((8, 10, CLASSES + 6), np.float32)
    for y, x, label, score, distances in symbols:
        cells[y, x, 0] = score
        cells[y, x, 1 + label] = 1
        cells[y, x, -4:] = distances
    return cells


def found(boxes: list[list[float]], scores: list[float], label: int = 1) -> Detections:
    n = len(boxes)
    classes = np.tile(np.eye(CLASSES, dtype=np.float32)[label], (n, 1))
    ones = np.ones(n, np.float32)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32), classes, 0 * ones, ones
    )


def blobs(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """A fake network: every dark blob from 10 to 60 pixels high is the digit 3."""
    inked = (picture < 0.5).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inked)
    cells = np.zeros((picture.shape[0] // 4, picture.shape[1] // 4, CLASSES + 6), np.float32)
    for left, top, width, height, _ in stats[1:count].tolist():
        if not 10 <= height <= 60:
            continue
        x, y = int((left + width / 2) / 4), int((top + height / 2) / 4)
        middle = np.array([(x + 0.5) * 4, (y + 0.5) * 4] * 2)
        cells[y, x, [0, 4]] = 0.9, 1
        cells[y, x, -4:] = np.abs(np.array([left, top, left + width, top + height]) - middle)
    return cells


def page(size_wh: tuple[int, int], *boxes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    picture = np.full((size_wh[1], size_wh[0], 3), 255, np.uint8)
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = 0
    return picture


def test_a_local_maximum_is_a_box_in_pixels_of_the_picture() -> None:
    cells = cells_with(
        (2, 3, 5, 0.9, (4, 8, 6, 10)), (2, 4, 5, 0.6, (8, 8, 2, 10)), (6, 8, 1, 0.05, (1, 1, 1, 1))
    )
    peaks = peaks_of(cells, scale=0.5)
    assert len(peaks) == 1
    assert peaks.boxes.tolist() == [[(14 - 4) * 2, (10 - 8) * 2, (14 + 6) * 2, (10 + 10) * 2]]
    assert peaks.classes.argmax(axis=1).tolist() == [5]


def test_each_symbol_is_kept_once_and_a_mark_within_reach_of_a_digit_stays() -> None:
    boxes = [[0, 0, 20, 30], [1, 0, 21, 31], [18, 0, 38, 30], [14, 24, 18, 28]]
    kept = without_duplicates(np.array(boxes, np.float32), np.array([0.8, 0.9, 0.7, 0.6], np.float32))
    assert kept.tolist() == [1, 2, 3]


def test_nothing_is_found_in_nothing() -> None:
    assert len(without_duplicates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))) == 0
    assert len(Detector(blobs).find(page((300, 200)))) == 0


def test_writing_of_any_size_is_found_where_it_is() -> None:
    for height in (12, 30, 75, 190, 450):
        box = (60, 40, 60 + height // 2, 40 + height)
        detections = Detector(blobs).find(page((700, 600), box))
        assert len(detections) == 1, height
        assert np.abs(detections.boxes[0] - box).max() <= 0.1 * height + 2, height


def test_small_and_large_writing_on_one_page_are_both_found() -> None:
    small = [(500 + 40 * at, 60, 512 + 40 * at, 84) for at in range(4)]
    detections = Detector(blobs).find(page((800, 800), (50, 300, 230, 720), *small))
    assert len(detections) == 5


def test_blank_paper_costs_next_to_nothing() -> None:
    seen = 0

    def counted(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal seen
        seen += picture.size
        return blobs(picture)

    Detector(counted).find(page((3000, 4000), (200, 200, 215, 225)))
    assert 0 < seen < 0.2 * 3000 * 4000


def test_the_network_never_sees_much_at_once_and_misses_nothing_between() -> None:
    largest = 0

    def noted(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal largest
        largest = max(largest, picture.size)
        return blobs(picture)

    boxes = [
        (40 + 50 * at, 60 + 30 * row, 52 + 50 * at, 80 + 30 * row) for at in range(34) for row in range(40)
    ]
    detections = Detector(noted, settings=LookSettings(widest=16)).find(page((1800, 1400), *boxes))
    assert largest <= (16 * 32 + 2 * 32 + 16) ** 2
    middles = {(round(float(x)), round(float(y))) for x, y in detections.centres}
    assert len(middles) == len(boxes)


def test_the_pixels_that_are_looked_at_are_limited() -> None:
    seen = 0

    def counted(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal seen
        seen += picture.size
        return np.zeros((picture.shape[0] // 4, picture.shape[1] // 4, CLASSES + 6), np.float32)

    noise = np.random.default_rng(1).integers(0, 255, (1500, 1500, 3), np.uint8)
    Detector(counted, settings=LookSettings(most_pixels=1e6)).find(noise)
    assert seen < 1.5e6


def test_grey_is_stretched_so_that_faint_writing_is_seen() -> None:
    faint = np.full((50, 50, 3), 120, np.uint8)
    faint[10:30, 10:15] = 100
    grey = as_grey(faint)
    assert grey.max() - grey.min() > 0.7
    assert np.ptp(as_grey(np.full((20, 20, 3), 90, np.uint8))) == 0


def test_a_bracket_has_its_other_half_on_the_line_and_a_slash_another_slash() -> None:
    """``(51)``: what may be a 1 or a bracket behind digits counts as a bracket only with an opening one before it."""
    marks = "-/.,():+×÷=%"

    def mates(kinds: str) -> NDArray[np.float64]:
        boxes = np.array([[30 * at, 10, 30 * at + 15, 50] for at in range(len(kinds))], np.float32)
        symbols = np.zeros((len(kinds), 23), np.float32)
        for row, kind in zip(symbols, kinds, strict=True):
            row["0123456789".find(kind) if kind.isdigit() else 10 + marks.find(kind)] = 0.9
        bare = Evidence(np.zeros((len(kinds), 1)), symbols[:, :10], symbols, boxes, symbols)
        return with_mates(bare, np.full(len(kinds), 0.9, np.float32), marks).numbers[:, 1:]

    brackets, slashes = mates("(51)").T
    assert brackets[0] > 0 < brackets[3]
    assert max(brackets[1:3]) < -4
    assert max(slashes) < -4
    assert max(mates("751)")[:, 0]) < -4 > max(mates(")51(")[:, 0])
    assert mates("3/7/8")[[1, 3], 1].min() > 0
    assert max(mates("3/78")[:, 1]) < -4
